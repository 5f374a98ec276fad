//! TLS before a plain server: what makes the embedded DynamoDB an endpoint like Amazon's.
//!
//! It passes bytes on and looks at none of them, so that what it adds to an answer is the cipher and one more hop.

use std::net::SocketAddr;
use std::sync::Arc;

use local_aws::{Error, listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A running endpoint. It ends with this value.
pub(crate) struct Endpoint {
    port: u16,
    handshakes: watch::Sender<usize>,
    /// Counts up; each connection ends when it does.
    broken_off: watch::Sender<usize>,
    // Held for its end: a task in a set is aborted when the set goes.
    _server: JoinSet<()>,
}

impl Endpoint {
    /// Starts an endpoint before `upstream` (`http://HOST:PORT`).
    pub(crate) async fn start(config: Arc<ServerConfig>, upstream: &str) -> Result<Self, Error> {
        let upstream: SocketAddr = upstream
            .trim_start_matches("http://")
            .parse()
            .map_err(|error| Error::new(format!("`{upstream}` is no address: {error}")))?;
        let listener = listener::listen(0).await?;
        let port = listener::address(&listener)?.port();
        let (handshakes, broken_off) = (watch::Sender::new(0), watch::Sender::new(0));
        let mut server = JoinSet::new();
        server.spawn(accept(listener, TlsAcceptor::from(config), upstream, handshakes.clone(), broken_off.clone()));
        Ok(Self { port, handshakes, broken_off, _server: server })
    }

    /// Where it listens: `https://localhost:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// How many TLS handshakes were begun so far: one for each connection.
    pub(crate) fn handshakes(&self) -> usize {
        *self.handshakes.borrow()
    }

    /// Ends every connection, as a service does that has not heard of a client for a while.
    pub(crate) fn break_off(&self) {
        self.broken_off.send_modify(|times| *times += 1);
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    upstream: SocketAddr,
    handshakes: watch::Sender<usize>,
    broken_off: watch::Sender<usize>,
) {
    // In a set, so that the connections end with the endpoint.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                handshakes.send_modify(|handshakes| *handshakes += 1);
                let acceptor = acceptor.clone();
                let mut broken_off = broken_off.subscribe();
                connections.spawn(async move {
                    tokio::select! {
                        () = relay(stream, acceptor, upstream) => {}
                        _ = broken_off.changed() => {}
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Until one of the two sides ends the connection; whoever it was, there is nobody left to tell.
async fn relay(stream: TcpStream, acceptor: TlsAcceptor, upstream: SocketAddr) {
    stream.set_nodelay(true).ok();
    let (Ok(mut client), Ok(mut server)) = tokio::join!(acceptor.accept(stream), TcpStream::connect(upstream)) else {
        return;
    };
    server.set_nodelay(true).ok();
    tokio::io::copy_bidirectional(&mut client, &mut server).await.ok();
}
