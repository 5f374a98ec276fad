//! How long a trigger takes to give up when AWS does not answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use local_aws::function::RunningFunction;
use local_aws::{Error, listener};
use serde::Serialize;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::site::Site;
use crate::statistics::milliseconds;
use crate::subject::Subject;

/// A trigger while DynamoDB, and Secrets Manager where it asks for a secret, are out.
#[derive(Serialize)]
pub(crate) struct Outages {
    /// The service takes connections and never answers.
    pub(crate) hung: Outage,
    /// The service does not even take connections: what a missing route looks like.
    pub(crate) unreachable: Outage,
}

/// A cold start in an outage.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Outage {
    pub(crate) init_ms: f64,
    /// From the event to the answer: a deciding trigger refuses and a recording one lets go.
    pub(crate) answer_ms: f64,
}

/// Starts a trigger in either outage, and invokes it once.
pub(crate) async fn measure(site: &Site, trigger: &Subject) -> Result<Outages, Error> {
    let hung = listener::listen(0).await?;
    let (unreachable, _connections) = full().await?;
    Ok(Outages { hung: outage(site, trigger, &hung).await?, unreachable: outage(site, trigger, &unreachable).await? })
}

async fn outage(site: &Site, trigger: &Subject, service: &TcpListener) -> Result<Outage, Error> {
    let url = format!("https://{}", listener::address(service)?);
    let mut configuration = site.configuration(trigger);
    for (name, value) in [
        ("AWS_ENDPOINT_URL_DYNAMODB", url.as_str()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url),
        ("PASSWORD_SECRET", "pepper"),
    ] {
        configuration.environment.insert(name.to_owned(), value.to_owned());
    }
    let function = RunningFunction::start(configuration).await?;
    let init_ms = milliseconds(function.ready().await?);
    let asked = Instant::now();
    function.invoke(&trigger.event).await;
    let answer_ms = milliseconds(asked.elapsed());
    function.stop().await;
    Ok(Outage { init_ms, answer_ms })
}

/// A listener whose queue is full, so that the system drops whoever else wants to connect; and those in the queue.
async fn full() -> Result<(TcpListener, Vec<TcpStream>), Error> {
    let cannot = |error: std::io::Error| Error::new(format!("cannot fill the queue of a listener: {error}"));
    let socket = TcpSocket::new_v4().map_err(cannot)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(cannot)?;
    let listener = socket.listen(1).map_err(cannot)?;
    let address = listener::address(&listener)?;
    let mut connections = Vec::new();
    while let Ok(connection) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        connections.push(connection.map_err(cannot)?);
    }
    Ok((listener, connections))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_listener_takes_no_connection() {
        let (listener, connections) = full().await.unwrap();
        assert!(!connections.is_empty());
        let address = listener::address(&listener).unwrap();
        assert!(timeout(Duration::from_millis(500), TcpStream::connect(address)).await.is_err());
    }
}
