//! The listener, and who may ask.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinHandle, JoinSet},
};

use super::{Desk, Fault};

/// A desk that is being asked.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
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

/// The longest that a stop waits for answers that run.
const DRAIN: Duration = Duration::from_secs(10);
/// The longest that a question may take to arrive and be answered.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that a connection may take to say what it asks, or say nothing between two questions.
const HEAD: Duration = Duration::from_secs(15);
/// Connections at a time; further ones wait to be accepted.
const CONNECTIONS: usize = 512;
/// After the system had no descriptor for a new connection.
const BREATH: Duration = Duration::from_millis(50);

impl Server {
    /// Binds and serves. Without a token, only callers on this machine are listened to.
    pub async fn start(desk: &Arc<Desk>, address: SocketAddr) -> Result<Self, ServeError> {
        if desk.settings.token.is_none() && !address.ip().is_loopback() {
            return Err(ServeError::Open { address });
        }
        let bind = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let bound = listener.local_addr().map_err(bind)?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, desk.router(), stopped));
        Ok(Self { address: bound, stop, task })
    }

    /// Lets answers that run end, for a while, and stops.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(DRAIN, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// Serves until told to stop, and then until the last answer is out.
async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    // Dropped with this task, which breaks off what still runs.
    let mut serving = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &room) => accepted,
            // A sender that is gone ends it as well.
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        while serving.try_join_next().is_some() {}
        let Some((stream, place)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        serving.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection for screening ended badly");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection and its place among those that are served; none where it could not be accepted.
async fn next(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(error = %error, "a connection for screening could not be accepted");
            None
        }
    }
}

/// Asks for the token where there is one, and ends what takes too long.
pub(super) async fn admit(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    if let Some(token) = &desk.settings.token {
        let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("ApiKey ")));
        if !shown.is_some_and(|shown| same(shown.trim().as_bytes(), token.as_bytes())) {
            return Fault::no_token().into_response();
        }
    }
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::stopping().into_response(),
    }
}

/// Compares without telling by its time how much of it was right.
fn same(shown: &[u8], token: &[u8]) -> bool {
    shown.len() == token.len() && shown.iter().zip(token).fold(0, |wrong, (a, b)| wrong | (a ^ b)) == 0
}
