//! Where the servers of the local stack listen: 127.0.0.1 and nowhere else.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

use crate::Error;

/// Listens on a port of 127.0.0.1; `0` means any free one.
///
/// # Errors
/// Where something else listens there already, or the port may not be used.
pub async fn listen(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Error::new(format!("port {port} of 127.0.0.1 is already in use")),
        ErrorKind::PermissionDenied => Error::new(format!(
            "port {port} of 127.0.0.1 may not be used by this user: ports below 1024 belong to the system"
        )),
        _ => Error::new(format!("cannot listen on port {port} of 127.0.0.1: {error}")),
    })
}

/// The address of a listener.
///
/// # Errors
/// Where the operating system does not say.
pub fn address(listener: &TcpListener) -> Result<SocketAddr, Error> {
    listener.local_addr().map_err(|error| Error::new(format!("a listener has no address: {error}")))
}

/// A URL where nothing listens: a connection is refused at once.
///
/// The port stays reserved until this process ends, so that nothing else can begin to listen there in the middle of a
/// test.
///
/// # Errors
/// Where no port can be had.
pub fn nowhere() -> Result<String, Error> {
    let reserve = || {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        std::mem::forget(socket);
        Ok(format!("http://{address}"))
    };
    reserve().map_err(|error: std::io::Error| Error::new(format!("cannot reserve a port: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named() {
        let listener = listen(0).await.unwrap();
        let port = address(&listener).unwrap().port();
        let error = listen(port).await.unwrap_err();
        assert_eq!(error.to_string(), format!("port {port} of 127.0.0.1 is already in use"));
    }

    #[tokio::test]
    async fn nothing_listens_nowhere() {
        let url = nowhere().unwrap();
        let error = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}
