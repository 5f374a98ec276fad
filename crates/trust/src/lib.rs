//! Whom a program trusts when it calls AWS.
//!
//! Parsing a machine's whole trust store is most of what is left of a cold start once everything else is trimmed, and
//! Amazon's services use five roots, which Amazon Trust Services publishes (`roots/amazon-trust-services.pem`, each with
//! its fingerprint). So a function in the standard partition starts with those. Where they do not do it — another
//! partition, another endpoint, a root that changed — it trusts what the machine trusts: no call fails because of a root.

use std::{
    env,
    error::Error,
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
};

use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        result::ConnectorError,
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::region::Region;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The roots of Amazon Trust Services.
const AMAZON_ROOTS: &str = include_str!("../roots/amazon-trust-services.pem");

/// Partitions whose services use other roots, by how their regions' names begin.
const OTHER_PARTITIONS: [&str; 4] = ["cn-", "us-gov-", "us-iso", "eusc-"];

/// `AWS_CA_BUNDLE` names a file that cannot be read, or that is no bundle of PEM certificates.
#[derive(Debug, thiserror::Error)]
#[error("setting `AWS_CA_BUNDLE`: {0}")]
pub struct BundleError(String);

/// The HTTPS client for this environment. `AWS_CA_BUNDLE`, where set, is a PEM file that is trusted and nothing else.
/// Without a region, the machine's store is trusted.
///
/// # Errors
/// Where the bundle cannot be used.
pub fn client(region: Option<&Region>) -> Result<SharedHttpClient, BundleError> {
    if let Some(path) = env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        let pem = fs::read(&path).map_err(|error| BundleError(error.to_string()))?;
        return Ok(trusting(checked(pem)?));
    }
    let platform = trusting(TrustStore::default());
    let elsewhere = region.is_none_or(|region| OTHER_PARTITIONS.iter().any(|begin| region.as_ref().starts_with(begin)));
    let other_endpoint = env::vars_os()
        .any(|(name, value)| name.as_encoded_bytes().starts_with(b"AWS_ENDPOINT_URL") && !value.is_empty());
    if elsewhere || other_endpoint {
        return Ok(platform);
    }
    Ok(SharedHttpClient::new(AmazonFirst::new(
        trusting(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)),
        platform,
    )))
}

fn trusting(store: TrustStore) -> SharedHttpClient {
    #[expect(clippy::expect_used, reason = "the builder of smithy 1.5 has no failing path")]
    let context = TlsContext::builder().with_trust_store(store).build().expect("a trust store is a context");
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https()
}

/// The certificates of a PEM file as a trust store, which would panic at the first call on what is not one.
fn checked(pem: Vec<u8>) -> Result<TrustStore, BundleError> {
    let mut roots = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()))
            .map_err(|why| BundleError(format!("certificate {} of the file cannot be read: {why}", index + 1)))?;
    }
    if roots.is_empty() {
        return Err(BundleError("the file holds no PEM certificate".to_owned()));
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

/// Trusts Amazon's roots until they have vouched for an endpoint, or until an endpoint shows a certificate that they do
/// not vouch for: then, from that very request on, what the platform trusts.
#[derive(Clone, Debug)]
struct AmazonFirst {
    amazon: SharedHttpClient,
    platform: SharedHttpClient,
    trust: Arc<AtomicU8>,
}

/// [`AmazonFirst::trust`]: not settled yet; the two others are settled for the life of the process.
const UNTRIED: u8 = 0;
const AMAZON: u8 = 1;
const PLATFORM: u8 = 2;

impl AmazonFirst {
    fn new(amazon: SharedHttpClient, platform: SharedHttpClient) -> Self {
        Self { amazon, platform, trust: Arc::new(AtomicU8::new(UNTRIED)) }
    }
}

impl HttpClient for AmazonFirst {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        match self.trust.load(Relaxed) {
            AMAZON => self.amazon.http_connector(settings, components),
            PLATFORM => self.platform.http_connector(settings, components),
            _ => SharedHttpConnector::new(Untried {
                clients: self.clone(),
                settings: settings.clone(),
                components: components.clone(),
            }),
        }
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.amazon.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.amazon.validate_final_config(components, config)
    }
}

/// The connector as long as nobody knows which roots do.
#[derive(Debug)]
struct Untried {
    clients: AmazonFirst,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Untried {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let again = request.try_clone();
        let first = self.clients.amazon.http_connector(&self.settings, &self.components).call(request);
        let AmazonFirst { platform, trust, .. } = self.clients.clone();
        let (settings, components) = (self.settings.clone(), self.components.clone());
        HttpConnectorFuture::new(async move {
            match (first.await, again) {
                (Ok(answer), _) => {
                    trust.store(AMAZON, Relaxed);
                    Ok(answer)
                }
                (Err(error), Some(request)) if is_about_a_certificate(&error) => {
                    trust.store(PLATFORM, Relaxed);
                    platform.http_connector(&settings, &components).call(request).await
                }
                (Err(error), _) => Err(error),
            }
        })
    }
}

/// Whether TLS failed on the other side's certificate, which is before any byte of the request was sent.
fn is_about_a_certificate(error: &ConnectorError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // `io::Error` hides what it wraps from `source`.
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::{
        Client,
        config::{BehaviorVersion, Credentials, retry::RetryConfig},
    };
    use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::{ServerConfig, pki_types::PrivateKeyDer};
    use std::{convert::Infallible, sync::atomic::AtomicUsize};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    /// A server that speaks TLS with a certificate of its own and answers `{}`.
    struct Server {
        url: String,
        certificate: String,
        connections: Arc<AtomicUsize>,
    }

    impl Server {
        async fn start() -> Self {
            let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
            let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![cert.der().clone()], key)
                .unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
            let connections = Arc::new(AtomicUsize::new(0));
            let (acceptor, accepted) = (TlsAcceptor::from(Arc::new(config)), connections.clone());
            tokio::spawn(async move {
                while let Ok((connection, _)) = listener.accept().await {
                    accepted.fetch_add(1, Relaxed);
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move {
                        let answer = service_fn(async |_: hyper::Request<Incoming>| {
                            Ok::<_, Infallible>(Response::new("{}".to_owned()))
                        });
                        if let Ok(connection) = acceptor.accept(connection).await {
                            let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), answer).await;
                        }
                    });
                }
            });
            Self { url, certificate: cert.pem(), connections }
        }

        async fn asked_by(&self, client: SharedHttpClient) -> Result<(), String> {
            let config = aws_sdk_dynamodb::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-west-1"))
                .endpoint_url(&self.url)
                .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .http_client(client)
                .build();
            Client::from_conf(config).list_tables().send().await.map(drop).map_err(|error| format!("{error:?}"))
        }
    }

    fn amazon() -> SharedHttpClient {
        trusting(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS))
    }

    #[tokio::test]
    async fn a_certificate_that_amazons_roots_do_not_vouch_for_is_left_to_the_platform_at_once_and_for_good() {
        let server = Server::start().await;
        let platform = trusting(TrustStore::empty().with_pem_certificate(server.certificate.as_str()));
        let client = AmazonFirst::new(amazon(), platform);
        server.asked_by(SharedHttpClient::new(client.clone())).await.unwrap();
        assert_eq!((client.trust.load(Relaxed), server.connections.load(Relaxed)), (PLATFORM, 2));
        server.asked_by(SharedHttpClient::new(client.clone())).await.unwrap();
        assert_eq!(
            (client.trust.load(Relaxed), server.connections.load(Relaxed)),
            (PLATFORM, 2),
            "the connection is kept"
        );
    }

    #[tokio::test]
    async fn roots_that_do_are_not_doubted_again() {
        let server = Server::start().await;
        let trusted = trusting(TrustStore::empty().with_pem_certificate(server.certificate.as_str()));
        let client = AmazonFirst::new(trusted, amazon());
        for _ in 0..2 {
            server.asked_by(SharedHttpClient::new(client.clone())).await.unwrap();
            assert_eq!((client.trust.load(Relaxed), server.connections.load(Relaxed)), (AMAZON, 1));
        }
    }

    #[tokio::test]
    async fn who_is_trusted_by_neither_is_not_talked_to() {
        let server = Server::start().await;
        let client = AmazonFirst::new(amazon(), amazon());
        let error = server.asked_by(SharedHttpClient::new(client)).await.unwrap_err();
        assert!(error.contains("UnknownIssuer"), "{error}");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_there_says_nothing_of_roots() {
        let server = Server { url: "https://127.0.0.1:9".to_owned(), ..Server::start().await };
        let client = AmazonFirst::new(amazon(), amazon());
        assert!(server.asked_by(SharedHttpClient::new(client.clone())).await.is_err());
        assert_eq!(client.trust.load(Relaxed), UNTRIED);
    }

    #[test]
    fn a_bundle_is_read_before_it_is_trusted() {
        assert!(checked(AMAZON_ROOTS.as_bytes().to_vec()).is_ok());
        for (pem, why) in [
            (String::new(), "the file holds no PEM certificate"),
            ("# only words".to_owned(), "the file holds no PEM certificate"),
            (AMAZON_ROOTS.replacen("MIIDQTCCAimg", "?", 1), "certificate 1 of the file cannot be read"),
            (format!("{AMAZON_ROOTS}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "certificate 6"),
        ] {
            let error = checked(pem.into_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("setting `AWS_CA_BUNDLE`: ") && error.contains(why), "{error}");
        }
    }
}
