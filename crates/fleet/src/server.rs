//! The listener, and who may ask what.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use listener::{Listener, same_token};

use crate::{desk::Desk, fault::Fault};

/// A desk that is being asked.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    listener: Listener,
}

/// Why a desk cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address} for the fleet; is the port taken?")]
    Bind {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error(
        "{address} can be reached from other machines, and anybody could look at the fleet; set `fleet.token_file`, or listen on 127.0.0.1"
    )]
    Open { address: SocketAddr },
}

/// The longest that a request may take to arrive and be answered.
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

/// Ends what takes too long, and sends away what there is no room for.
pub(crate) async fn admit(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let Ok(_room) = desk.room.try_acquire() else { return Fault::busy().into_response() };
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::busy().into_response(),
    }
}

/// Asks for the token where there is one.
pub(crate) async fn operators_only(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    if let Some(token) = &desk.settings.token
        && !shown(request.headers()).is_some_and(|shown| same_token(&shown, token))
    {
        return Fault::no_token().into_response();
    }
    next.run(request).await
}

/// A bearer token, or the password that a browser asks for.
fn shown(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    if let Some(token) = value.strip_prefix("Bearer ") {
        return Some(token.trim().to_owned());
    }
    let pair = BASE64.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}
