//! A router that is being asked over HTTP/1.1, with limits of time and number, and an end that lets answers finish.
//!
//! Knows connections and how long they may take. What is asked, and by whom, is for whoever made the router.

#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
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

/// An address on which a router answers. Dropped, it breaks off what runs; [`Listener::stop`] does not.
#[derive(Debug)]
pub struct Listener {
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// The longest that a stop waits for answers that run.
const DRAIN: Duration = Duration::from_secs(10);
/// The longest that a connection may take to say what it asks, or say nothing between two questions.
const HEAD: Duration = Duration::from_secs(15);
/// Connections at a time; further ones wait to be accepted.
const CONNECTIONS: usize = 512;
/// After the system had no descriptor for a new connection.
const BREATH: Duration = Duration::from_millis(50);

impl Listener {
    /// Binds and serves. Handlers find the caller's address as `ConnectInfo<SocketAddr>`.
    pub async fn start(address: SocketAddr, router: Router) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(socket, router, stopped));
        Ok(Self { address, stop, task })
    }

    /// Lets answers that run end, for ten seconds, and stops.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(DRAIN, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// Serves until told to stop, and then until the last answer is out.
async fn accept(socket: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    // Dropped with this task, which breaks off what still runs.
    let mut serving = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = next(&socket, &room) => accepted,
            // A sender that is gone ends it as well.
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        while serving.try_join_next().is_some() {}
        let Some((stream, peer, place)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.call(request)
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        serving.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection ended badly");
            }
            drop(place);
        });
    }
    drop(socket);
    graceful.shutdown().await;
}

/// The next connection and its place among those that are served; none where it could not be accepted.
async fn next(socket: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(error = %error, "a connection could not be accepted");
            None
        }
    }
}

/// Whether a token that was shown is the one: compared without telling by its time how much of it was right.
pub fn same_token(shown: &str, token: &str) -> bool {
    let (shown, token) = (shown.as_bytes(), token.as_bytes());
    shown.len() == token.len() && shown.iter().zip(token).fold(0, |wrong, (a, b)| wrong | (a ^ b)) == 0
}
