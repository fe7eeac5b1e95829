//! Listening: connections within limits of number, size and time, and a stop that lets answers end.

mod prompt;
mod tls;

use std::{
    convert::Infallible,
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use self::prompt::Prompt;
pub(crate) use self::tls::Certificates;
pub use self::tls::TlsError;
use crate::{
    config::Admission,
    lanes::{Lane, Lanes},
    metrics::Metrics,
};

/// The body of an answer.
pub(crate) type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// An answer whose body is here already.
pub(crate) fn whole(answer: Response<Bytes>) -> Response<Body> {
    answer.map(|body| Full::new(body).map_err(|never| match never {}).boxed_unsync())
}

/// Answers requests; a listener has one for each lane.
pub(crate) trait Serve: Send + Sync + 'static {
    fn serve(&self, request: Request<Incoming>, peer: IpAddr) -> impl Future<Output = Response<Body>> + Send;
}

/// Lanes, and who answers in each of them.
pub(crate) struct Served<S> {
    lanes: Arc<Lanes>,
    services: Vec<Arc<S>>,
}

/// A port that is being listened on.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

/// A port that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}; choose another with `{key}` in the configuration")]
pub struct ListenError {
    address: SocketAddr,
    key: &'static str,
    #[source]
    source: io::Error,
}

/// What all listeners of a gateway share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) admission: Admission,
    pub(crate) stop: watch::Receiver<bool>,
    /// Breaks off what still runs.
    pub(crate) cut: watch::Receiver<bool>,
}

/// Of concurrent streams in one HTTP/2 connection.
const STREAMS: u32 = 256;
/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// After the system had no descriptor for a new connection.
const BREATH: Duration = Duration::from_millis(50);

impl<S> Served<S> {
    /// One service for all lanes.
    pub(crate) fn alike(lanes: &Arc<Lanes>, service: S) -> Self {
        let service = Arc::new(service);
        Self { lanes: Arc::clone(lanes), services: vec![service; lanes.count()] }
    }

    pub(crate) fn each(lanes: &Arc<Lanes>, services: impl FnMut(usize) -> Arc<S>) -> Self {
        Self { lanes: Arc::clone(lanes), services: (0..lanes.count()).map(services).collect() }
    }

    fn emptiest(&self) -> Option<(&Lane, Arc<S>)> {
        let lane = self.lanes.emptiest()?;
        Some((lane, Arc::clone(self.services.get(lane.number)?)))
    }
}

impl Listener {
    pub(crate) async fn bind(
        address: SocketAddr,
        key: &'static str,
        certificates: Option<Arc<Certificates>>,
        lanes: Served<impl Serve>,
        shared: Shared,
    ) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address, key, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let task = tokio::spawn(accept(socket, certificates, lanes, shared));
        Ok(Self { address, task })
    }

    /// Waits until every connection has ended, after the stop.
    pub(crate) async fn ended(self) {
        // A listener that panicked has ended, too.
        drop(self.task.await);
    }
}

async fn accept(
    socket: TcpListener,
    certificates: Option<Arc<Certificates>>,
    served: Served<impl Serve>,
    mut shared: Shared,
) {
    let graceful = GracefulShutdown::new();
    let builder = Arc::new(builder(&shared.admission));
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = shared.stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Ok(room) = Arc::clone(&shared.connections).try_acquire_owned() else {
            shared.metrics.shed("connections");
            continue;
        };
        drop(stream.set_nodelay(true));
        let Some((lane, service)) = served.emptiest() else { continue };
        // Its readiness is told to the lane from now on, not to the runtime that accepted it.
        let Ok(stream) = stream.into_std() else { continue };
        let metrics = Arc::clone(&shared.metrics);
        let (builder, certificates) = (Arc::clone(&builder), certificates.clone());
        let (watcher, mut cut) = (graceful.watcher(), shared.cut.clone());
        let patience = shared.admission.header_time;
        let place = lane.place();
        lane.spawn(async move {
            metrics.connections.inc();
            let served = async {
                let Ok(stream) = TcpStream::from_std(stream) else { return };
                match certificates {
                    None => connection(Prompt::new(stream, patience), peer.ip(), service, &builder, watcher).await,
                    Some(certificates) => {
                        secured(stream, peer.ip(), service, &builder, watcher, &certificates, patience).await;
                    }
                }
            };
            tokio::select! {
                () = served => {}
                _ = cut.wait_for(|cut| *cut) => {}
            }
            metrics.connections.dec();
            drop((room, place));
        });
    }
    drop(socket);
    graceful.shutdown().await;
}

async fn secured(
    stream: TcpStream,
    peer: IpAddr,
    service: Arc<impl Serve>,
    builder: &Builder<TokioExecutor>,
    watcher: hyper_util::server::graceful::Watcher,
    certificates: &Certificates,
    patience: Duration,
) {
    match tokio::time::timeout(HANDSHAKE, certificates.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => connection(Prompt::new(stream, patience), peer, service, builder, watcher).await,
        Ok(Err(error)) => tracing::debug!(error = %error, "a tls handshake failed"),
        Err(_) => tracing::debug!("a tls handshake took too long"),
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: IpAddr,
    service: Arc<impl Serve>,
    builder: &Builder<TokioExecutor>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let peer = peer.to_canonical();
    let served = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.serve(request, peer).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), served);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error = %error, "a connection ended badly");
    }
}

fn builder(admission: &Admission) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(admission.header_time)
        .max_buf_size(admission.header_bytes.max(8192))
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(admission.header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(admission.header_time)
        .keep_alive_timeout(admission.header_time);
    builder
}
