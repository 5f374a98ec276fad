//! The server behind a server: where what is not answered here is passed on to.

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// A server that is asked by HTTP.
pub(crate) struct Upstream {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Upstream {
    /// The server at this URL: `http://HOST:PORT`.
    pub(crate) fn new(url: String) -> Self {
        Self { url, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Its answer to this request, or why there is none.
    pub(crate) async fn pass_on(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, String> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("{}{path}", self.url).parse().map_err(|error| format!("{error}"))?;
        let response = self.client.request(request).await.map_err(|error| format!("{}: {error}", self.url))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| format!("{}: {error}", self.url))?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }
}
