//! The certificates of the endpoint: a chain like Amazon's, three RSA keys long, made once with OpenSSL.

use std::fs;
use std::path::{Path, PathBuf};

use local_aws::Error;
use tokio::process::Command;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// Amazon's five roots, which a function in production parses when it starts.
const AMAZON_ROOTS: &str = include_str!("../../trust/roots/amazon-trust-services.pem");

/// Where Linux distributions keep the certificates that a machine trusts.
const MACHINE_STORES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Root, intermediate and leaf, in the folder that this runs in; a day is enough, but a clock may be wrong.
const MAKE: &str = "\
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3650 -subj '/CN=bench root' \
  -addext basicConstraints=critical,CA:TRUE
openssl req -newkey rsa:2048 -nodes -keyout between.key -out between.csr -subj '/CN=bench intermediate'
printf 'basicConstraints=critical,CA:TRUE' >between.ext
openssl x509 -req -in between.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3650 -extfile between.ext -out between.pem
openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj '/CN=localhost'
printf 'subjectAltName=DNS:localhost' >leaf.ext
openssl x509 -req -in leaf.csr -CA between.pem -CAkey between.key -CAcreateserial -days 3650 -extfile leaf.ext -out leaf.pem";

/// What an endpoint shows, and what each kind of client is told to trust.
pub(crate) struct Certificates {
    folder: PathBuf,
    root: String,
}

impl Certificates {
    /// Those in this folder; made where there are none.
    pub(crate) async fn prepare(folder: &Path) -> Result<Self, Error> {
        if !folder.join("leaf.pem").exists() {
            let cannot = |why: String| Error::new(format!("cannot make certificates with `openssl`: {why}"));
            fs::create_dir_all(folder).map_err(|error| cannot(error.to_string()))?;
            let made = Command::new("sh").args(["-ec", MAKE]).current_dir(folder).output().await;
            let made = made.map_err(|error| cannot(error.to_string()))?;
            if !made.status.success() {
                return Err(cannot(String::from_utf8_lossy(&made.stderr).into_owned()));
            }
        }
        Ok(Self { root: read(&folder.join("root.pem"))?, folder: folder.to_owned() })
    }

    /// What the endpoint shows.
    pub(crate) fn server(&self) -> Result<ServerConfig, Error> {
        let bad = |error: &dyn std::fmt::Display| {
            Error::new(format!("the certificates in `{}` cannot be used: {error}", self.folder.display()))
        };
        let chain = ["leaf.pem", "between.pem"]
            .map(|file| CertificateDer::from_pem_file(self.folder.join(file)).map_err(|error| bad(&error)));
        let chain = chain.into_iter().collect::<Result<Vec<_>, Error>>()?;
        let key = PrivateKeyDer::from_pem_file(self.folder.join("leaf.key")).map_err(|error| bad(&error))?;
        ServerConfig::builder_with_provider(crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| bad(&error))
    }

    /// A file with the bench's root alone, for a client that adds it to a store that it brings along.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("root.pem")
    }

    /// A file with the bench's root and Amazon's five: as much to parse as a trigger has in production.
    pub(crate) fn with_amazon_roots(&self) -> Result<PathBuf, Error> {
        self.bundle("amazon", AMAZON_ROOTS)
    }

    /// A file with the bench's root and all that this machine trusts: what an SDK with its defaults parses.
    pub(crate) fn with_machine_store(&self) -> Result<PathBuf, Error> {
        let store = MACHINE_STORES.into_iter().find(|path| Path::new(path).exists());
        let store = store.ok_or_else(|| Error::new("this machine has no trust store in one file"))?;
        self.bundle("machine", &read(Path::new(store))?)
    }

    /// A file with the bench's root and those of this one.
    pub(crate) fn with_store(&self, name: &str, store: &Path) -> Result<PathBuf, Error> {
        self.bundle(name, &read(store)?)
    }

    fn bundle(&self, name: &str, store: &str) -> Result<PathBuf, Error> {
        let path = self.folder.join(format!("bundle-{name}.pem"));
        fs::write(&path, format!("{}\n{store}", self.root))
            .map_err(|error| Error::new(format!("cannot write `{}`: {error}", path.display())))?;
        Ok(path)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::new(format!("cannot read `{}`: {error}", path.display())))
}
