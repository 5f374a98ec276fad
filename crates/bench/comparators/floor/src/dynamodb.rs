//! DynamoDB's `GetItem` over one connection.

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use lambda_runtime::Error;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::Value;

use crate::signature::Signer;

const TARGET: &str = "DynamoDB_20120810.GetItem";

/// A client with an open connection.
pub struct DynamoDb {
    /// `HOST:PORT`.
    host: String,
    tls: Arc<ClientConfig>,
    connection: StreamOwned<ClientConnection, TcpStream>,
    signer: Signer,
    /// What was read and is looked at; kept, so that its memory is.
    answer: Vec<u8>,
}

impl DynamoDb {
    /// Connects to the endpoint in `AWS_ENDPOINT_URL_DYNAMODB`, which the one root in `AWS_CA_BUNDLE` vouches for.
    pub fn connect() -> Result<Self, Error> {
        let host = env::var("AWS_ENDPOINT_URL_DYNAMODB")?.trim_start_matches("https://").to_owned();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(env::var("AWS_CA_BUNDLE")?)?)?;
        let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = Arc::new(tls);
        let connection = open(&host, &tls)?;
        Ok(Self { host, tls, connection, signer: Signer::from_environment("dynamodb")?, answer: Vec::new() })
    }

    /// The answer to this request.
    pub fn get_item(&mut self, request: &Value) -> Result<Value, Error> {
        let body = request.to_string();
        let request = self.signer.sign(&self.host, TARGET, &body) + &body;
        if self.exchange(request.as_bytes()).is_err() {
            // The service ends connections that are idle.
            self.connection = open(&self.host, &self.tls)?;
            self.exchange(request.as_bytes())?;
        }
        let head = end_of_head(&self.answer).unwrap_or_default();
        let (head, body) = self.answer.split_at(head);
        let answer = serde_json::from_slice(body)?;
        if head.starts_with(b"HTTP/1.1 200 ") { Ok(answer) } else { Err(format!("DynamoDB says {answer}").into()) }
    }

    /// Writes a request and reads the whole answer to it.
    fn exchange(&mut self, request: &[u8]) -> Result<(), Error> {
        self.connection.write_all(request)?;
        self.connection.flush()?;
        self.answer.clear();
        let mut buffer = [0; 4096];
        let mut length = None;
        while length.is_none_or(|length| self.answer.len() < length) {
            let read = self.connection.read(&mut buffer)?;
            if read == 0 {
                return Err("the connection has ended".into());
            }
            self.answer.extend_from_slice(&buffer[..read]);
            if length.is_none()
                && let Some(head) = end_of_head(&self.answer)
            {
                length = Some(head + content_length(&self.answer[..head]).ok_or("an answer without a length")?);
            }
        }
        Ok(())
    }
}

/// Opens a connection and shakes hands.
fn open(host: &str, tls: &Arc<ClientConfig>) -> Result<StreamOwned<ClientConnection, TcpStream>, Error> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    let name = host.split(':').next().unwrap_or_default().to_owned();
    let mut connection = ClientConnection::new(Arc::clone(tls), ServerName::try_from(name)?)?;
    connection.complete_io(&mut stream)?;
    Ok(StreamOwned::new(connection, stream))
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|position| position + 4)
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let value = head.lines().filter_map(|line| line.split_once(':'));
    value.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")).find_map(|(_, value)| value.trim().parse().ok())
}
