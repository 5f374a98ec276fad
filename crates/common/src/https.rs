//! Whom a function trusts when it calls AWS.
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

use aws_config::Region;
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
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::function::StartError;

/// The roots of Amazon Trust Services.
const AMAZON_ROOTS: &str = include_str!("../roots/amazon-trust-services.pem");

/// Partitions whose services use other roots, by how their regions' names begin.
const OTHER_PARTITIONS: [&str; 4] = ["cn-", "us-gov-", "us-iso", "eusc-"];

/// The HTTPS client for this environment. `AWS_CA_BUNDLE`, where set, is a PEM file that is trusted and nothing else.
pub fn client(region: Option<&Region>) -> Result<SharedHttpClient, StartError> {
    if let Some(path) = env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        let pem = fs::read(&path).map_err(|error| StartError::setting("AWS_CA_BUNDLE", &error))?;
        return Ok(trusting(checked(pem)?));
    }
    let platform = trusting(TrustStore::default());
    let elsewhere = region.is_none_or(|region| OTHER_PARTITIONS.iter().any(|begin| region.as_ref().starts_with(begin)));
    let other_endpoint = env::vars_os().any(|(name, _)| name.as_encoded_bytes().starts_with(b"AWS_ENDPOINT_URL"));
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
fn checked(pem: Vec<u8>) -> Result<TrustStore, StartError> {
    let bad = |what: String| StartError::setting("AWS_CA_BUNDLE", &what);
    let mut roots = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()))
            .map_err(|why| bad(format!("certificate {} of the file cannot be read: {why}", index + 1)))?;
    }
    if roots.is_empty() {
        return Err(bad("the file holds no PEM certificate".to_owned()));
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
