//! What a machine sends over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Serialize;
use url::Url;

/// A fleet's server, as a machine reaches it.
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
}

/// Why something did not get through; it can be sent again.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    #[error("`{0}` is no address of a server: give one like `https://fleet.example.com`")]
    Address(String),
    #[error("no certificate authorities are known to this machine, so no server can be trusted")]
    Roots(#[source] std::io::Error),
    #[error("`{base}` cannot be reached: {why}")]
    Unreachable { base: String, why: String },
    /// The server has said why.
    #[error("the server refused it ({status}): {why}")]
    Refused {
        status: u16,
        /// `replayed`, `revoked` and the like; docs/fleet.md lists them.
        kind: String,
        why: String,
    },
    #[error("it cannot be written as JSON")]
    Json(#[source] serde_json::Error),
}

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const MAX_ANSWER: usize = 256 << 10;
/// How often a server that asks to wait is waited for, and how long at most, each.
const TRIES: u32 = 4;
const LONGEST_WAIT: u64 = 61;

impl Client {
    pub fn new(url: &Url) -> Result<Self, Unsent> {
        let plain = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
        if !plain || !url.username().is_empty() {
            return Err(Unsent::Address(url.to_string()));
        }
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(Unsent::Roots)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { pool: Pool::builder(TokioExecutor::new()).build(connector), base })
    }

    /// As `new`, from the text of an address.
    pub(super) fn at(address: &str) -> Result<Self, Unsent> {
        Self::new(&address.parse().map_err(|_| Unsent::Address(address.to_owned()))?)
    }

    /// The answer to something that was posted; waits where the server asks for it.
    pub async fn post<T: Serialize>(&self, what: &str, value: &T) -> Result<Vec<u8>, Unsent> {
        let body = Bytes::from(serde_json::to_vec(value).map_err(Unsent::Json)?);
        let uri: Uri =
            format!("{}/v1/fleet/{what}", self.base).parse().map_err(|_| Unsent::Address(self.base.clone()))?;
        let mut tries = 0;
        loop {
            tries += 1;
            let (status, wait, answer) = self.once(&uri, &body).await?;
            if status.is_success() {
                return Ok(answer);
            }
            let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            match wait.filter(|wait| busy && tries < TRIES && *wait <= LONGEST_WAIT) {
                Some(wait) => tokio::time::sleep(Duration::from_secs(wait)).await,
                None => return Err(refused(status, &answer)),
            }
        }
    }

    async fn once(&self, uri: &Uri, body: &Bytes) -> Result<(StatusCode, Option<u64>, Vec<u8>), Unsent> {
        let unreachable = |why: String| Unsent::Unreachable { base: self.base.clone(), why };
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("ringfence/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body.clone()))
            .map_err(|_| Unsent::Address(self.base.clone()))?;
        let asked = async {
            let response = self.pool.request(request).await.map_err(|error| unreachable(chain(&error)))?;
            let wait = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let status = response.status();
            let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
            let body = body.map_err(|error| unreachable(format!("its answer broke off or is too long: {error}")))?;
            Ok((status, wait, body.to_bytes().to_vec()))
        };
        let in_time = tokio::time::timeout(PATIENCE, asked).await;
        in_time.unwrap_or_else(|_| Err(unreachable("it did not answer in a minute".to_owned())))
    }
}

fn refused(status: StatusCode, answer: &[u8]) -> Unsent {
    let problem: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let text = |key: &str| problem.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    // What a stranger says may end up on a terminal.
    let safe = |text: &str| text.chars().filter(|c| !c.is_control()).take(400).collect::<String>();
    let why = match text("detail") {
        "" => "it says no more; is this the address of a fleet's server?".to_owned(),
        detail => safe(detail),
    };
    let kind = safe(text("type").rsplit(':').next().unwrap_or_default());
    Unsent::Refused { status: status.as_u16(), kind, why }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(source) = at {
        text = format!("{text}: {source}");
        at = source.source();
    }
    text
}
