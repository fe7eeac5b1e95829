//! A model API behind the gateway: a pool of connections, and how long to wait for what.

use std::{path::Path, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header,
    uri::{self, PathAndQuery},
};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::{chain::chain, config, fault::Fault, lanes, route::Provider};

/// A model API, as one lane reaches it.
pub(crate) struct Upstream {
    client: Pool,
    api: Arc<Api>,
    pub(crate) stall: Duration,
}

type Pool = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// What all lanes have in common.
struct Api {
    connector: HttpsConnector<HttpConnector>,
    base: Base,
    provider: Provider,
    /// Replaces the caller's key.
    key: ArcSwapOption<HeaderValue>,
    key_file: Option<std::path::PathBuf>,
    answer: Duration,
}

struct Base {
    scheme: uri::Scheme,
    authority: uri::Authority,
    path: String,
}

/// An upstream that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    #[error("`{0}` is no address of an API")]
    Address(String),
    #[error("the key file `{path}` cannot be read")]
    Key {
        path: std::path::PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the key file `{0}` holds no key: one line of visible characters")]
    NoKey(std::path::PathBuf),
    #[error("no certificate authorities are known to this machine, so no upstream can be trusted")]
    Roots(#[source] std::io::Error),
}

impl Upstream {
    pub(crate) fn new(config: &config::Upstream, provider: Provider) -> Result<Self, UpstreamError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(config.connect));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(UpstreamError::Roots)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let wrong = || UpstreamError::Address(config.url.to_string());
        let uri: Uri = config.url.as_str().parse().map_err(|_| wrong())?;
        let base = Base {
            scheme: uri.scheme().cloned().ok_or_else(wrong)?,
            authority: uri.authority().cloned().ok_or_else(wrong)?,
            path: uri.path().trim_end_matches('/').to_owned(),
        };
        let api = Api {
            connector,
            base,
            provider,
            key: ArcSwapOption::empty(),
            key_file: config.key_file.clone(),
            answer: config.answer,
        };
        let upstream = Self { client: pool(&api.connector), api: Arc::new(api), stall: config.stall };
        upstream.read_key()?;
        Ok(upstream)
    }

    /// The same API with connections of its own: theirs are served by the runtime that opened them.
    pub(crate) fn for_another_lane(&self) -> Self {
        Self { client: pool(&self.api.connector), api: Arc::clone(&self.api), stall: self.stall }
    }

    /// The name or address that it is reached at.
    pub(crate) fn host(&self) -> &str {
        self.api.base.authority.host()
    }

    /// Reads the key file anew.
    pub(crate) fn read_key(&self) -> Result<(), UpstreamError> {
        let Some(path) = &self.api.key_file else { return Ok(()) };
        self.api.key.store(Some(Arc::new(key(path, self.api.provider)?)));
        Ok(())
    }

    /// Sends a request on and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &PathAndQuery,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, Fault> {
        if let Some(key) = self.api.key.load().as_deref() {
            [header::AUTHORIZATION, HeaderName::from_static("x-api-key"), HeaderName::from_static("api-key")]
                .iter()
                .for_each(|name| drop(headers.remove(name)));
            headers.insert(key_header(self.api.provider), key.clone());
        }
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.api.base.uri(target).ok_or(Fault::NoRoute)?;
        *request.headers_mut() = headers;
        match tokio::time::timeout(self.api.answer, self.client.request(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "the upstream failed");
                Err(if error.is_connect() { Fault::UpstreamGone } else { Fault::UpstreamBroken })
            }
            Err(_) => Err(Fault::UpstreamSlow),
        }
    }
}

/// Connections to one upstream that may wait for work, in all lanes together, and in one of very many.
const IDLE: usize = 512;
const IDLE_LEAST: usize = 16;

fn pool(connector: &HttpsConnector<HttpConnector>) -> Pool {
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host((IDLE / lanes::cores()).max(IDLE_LEAST))
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .build(connector.clone())
}

impl Base {
    fn uri(&self, target: &PathAndQuery) -> Option<Uri> {
        let path = if self.path.is_empty() {
            target.clone()
        } else {
            PathAndQuery::try_from(format!("{}{target}", self.path)).ok()?
        };
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).ok()
    }
}

fn key(path: &Path, provider: Provider) -> Result<HeaderValue, UpstreamError> {
    let text = std::fs::read_to_string(path).map_err(|source| UpstreamError::Key { path: path.to_owned(), source })?;
    let none = || UpstreamError::NoKey(path.to_owned());
    let key = text.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(none());
    }
    let value = match provider {
        Provider::OpenAi => format!("Bearer {key}"),
        Provider::Anthropic => key.to_owned(),
    };
    let mut value = HeaderValue::try_from(value).map_err(|_| none())?;
    value.set_sensitive(true);
    Ok(value)
}

fn key_header(provider: Provider) -> HeaderName {
    match provider {
        Provider::OpenAi => header::AUTHORIZATION,
        Provider::Anthropic => HeaderName::from_static("x-api-key"),
    }
}
