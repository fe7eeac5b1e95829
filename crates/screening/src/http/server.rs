//! The listener, and who may ask.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use listener::{Listener, same_token};

use super::{Desk, Fault};

/// A desk that is being asked.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    listener: Listener,
}

/// Why a desk cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address} for screening; is the port taken?")]
    Bind {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error(
        "{address} can be reached from other machines, and anybody could ask; set `screening.token_file`, or listen on 127.0.0.1"
    )]
    Open { address: SocketAddr },
}

/// The longest that a question may take to arrive and be answered.
const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// Binds and serves. Without a token, only callers on this machine are listened to.
    pub async fn start(desk: &Arc<Desk>, address: SocketAddr) -> Result<Self, ServeError> {
        if desk.settings.token.is_none() && !address.ip().is_loopback() {
            return Err(ServeError::Open { address });
        }
        let bind = |source| ServeError::Bind { address, source };
        let listener = Listener::start(address, desk.router()).await.map_err(bind)?;
        Ok(Self { address: listener.address, listener })
    }

    /// Lets answers that run end, for a while, and stops.
    pub async fn stop(self) {
        self.listener.stop().await;
    }
}

/// Asks for the token where there is one, and ends what takes too long.
pub(super) async fn admit(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    if let Some(token) = &desk.settings.token {
        let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("ApiKey ")));
        if !shown.is_some_and(|shown| same_token(shown.trim(), token)) {
            return Fault::no_token().into_response();
        }
    }
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::stopping().into_response(),
    }
}
