//! Connections: what they speak is told from their first bytes; each carries one request.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response,
    body::{Body, Incoming},
    header::HOST,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpListener,
    task::spawn_local,
    time::timeout,
};

use super::{
    Record, answers,
    stream::{HEAD_MAX, Tee},
    tls::hello_name,
};
use crate::cell::{Call, Peer, Via};

const BODY_MAX: usize = 32 << 20;
/// A client that opens a connection and says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a connection is thought to lead.
#[derive(Clone)]
struct Way {
    via: Via,
    /// `host:port`.
    to: String,
}

pub(super) fn accept(listener: TcpListener, record: Record) {
    spawn_local(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let to = stream.local_addr().map(named).unwrap_or_default();
                    spawn_local(connection(stream, Way { via: Via::Direct, to }, record.clone()));
                }
                // Too many open files: those that are open end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    });
}

fn named(address: SocketAddr) -> String {
    format!("{}:{}", address.ip().to_canonical(), address.port())
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, way: Way, record: Record) {
    let Ok(Ok(stream)) = timeout(PATIENCE, Tee::new(stream)).await else { return };
    match stream.peeked() {
        [] => {}
        [0x16, ..] => {
            let _ = timeout(PATIENCE, secured(stream, &way, &record)).await;
        }
        start if start.starts_with(b"PRI * HTTP/2.0") => {
            record.note(format!("a request to `{}` in HTTP/2 without TLS was not read", way.to));
            record.peer(Peer::Other(way.to));
        }
        start if start[0].is_ascii_alphabetic() => {
            let _ = timeout(PATIENCE, http(stream, way, record)).await;
        }
        _ => record.peer(Peer::Other(way.to)),
    }
}

/// Reads the name that TLS is for, and goes no further.
async fn secured<S: AsyncRead + Unpin>(mut stream: Tee<S>, way: &Way, record: &Record) -> io::Result<()> {
    let (host, port) = way.to.rsplit_once(':').unwrap_or((&way.to, "443"));
    let mut hello = Vec::new();
    let name = loop {
        if let Some(name) = hello_name(&hello) {
            break name;
        }
        if hello.len() > 64 << 10 || stream.read_buf(&mut hello).await? == 0 {
            break None;
        }
    };
    record.peer(Peer::Tls(format!("{}:{port}", name.as_deref().unwrap_or(host))));
    Ok(())
}

/// A boxed future, since a tunnel holds a connection within a connection.
fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: Tee<S>,
    way: Way,
    record: Record,
) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let seen = stream.seen();
        let mut server = http1::Builder::new();
        server.keep_alive(false).half_close(true).max_buf_size(HEAD_MAX);
        let service = {
            let (seen, way, record) = (Arc::clone(&seen), way.clone(), record.clone());
            service_fn(move |request| answer(request, head(&seen), way.clone(), record.clone()))
        };
        if let Err(error) = server.serve_connection(TokioIo::new(stream), service).with_upgrades().await
            && (error.is_parse() || error.is_parse_too_large())
        {
            record.note(format!("a request to `{}` could not be read: {error}", way.to));
            record.peer(Peer::Other(way.to));
        }
    })
}

/// The bytes of a head, with its empty line.
fn head(seen: &Mutex<Vec<u8>>) -> Vec<u8> {
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let ends = |mark: &[u8]| seen.windows(mark.len()).position(|w| w == mark).map(|at| at + mark.len());
    let end = [ends(b"\r\n\r\n"), ends(b"\n\n")].into_iter().flatten().min().unwrap_or(seen.len());
    seen[..end].to_vec()
}

/// Stands for no answer: the connection closes.
#[derive(Debug, thiserror::Error)]
#[error("not answered")]
struct Unanswered;

async fn answer(
    mut request: Request<Incoming>,
    head: Vec<u8>,
    way: Way,
    record: Record,
) -> Result<Response<Full<Bytes>>, Unanswered> {
    if request.method() == Method::CONNECT {
        return Ok(tunnel(&mut request, record));
    }
    let first = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let target = String::from_utf8_lossy(first.split(|b| *b == b' ').nth(1).unwrap_or_default()).into_owned();
    let is_whole = request.uri().authority().is_some();
    let stated = request.headers().get(HOST).and_then(|h| h.to_str().ok()).map(str::to_owned);
    let authority =
        request.uri().authority().map(|a| a.as_str().to_owned()).or(stated).unwrap_or_else(|| way.to.clone());
    let host = bare(&authority);
    let outside = way.to.rsplit_once(':').is_some_and(|(ip, _)| way.via == Via::Direct && !record.is_own(ip));
    let answered = record.is_own(&host) && !outside;
    let call = Call {
        via: if is_whole && way.via == Via::Direct { Via::Proxy } else { way.via },
        host,
        answered,
        method: request.method().as_str().to_owned(),
        target: if is_whole { relative(&target) } else { target.clone() },
        head,
        body: Vec::new(),
        cut: true,
    };
    let index = record.begin(call);
    let (parts, body) = request.into_parts();
    let (body, whole) = gather(body).await;
    if let Some(index) = index {
        record.end(index, &body, whole);
    }
    if answered { Ok(answers::answer(&parts, &body)) } else { Err(Unanswered) }
}

/// The body up to the limit, and whether it is whole.
async fn gather(body: Incoming) -> (Bytes, bool) {
    if body.is_end_stream() {
        return (Bytes::new(), true);
    }
    let mut limited = Limited::new(body, BODY_MAX);
    let mut bytes = Vec::new();
    while let Some(frame) = limited.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Err(_) => return (bytes.into(), false),
        }
    }
    (bytes.into(), true)
}

/// Agrees to a tunnel, and is its other end.
fn tunnel(request: &mut Request<Incoming>, record: Record) -> Response<Full<Bytes>> {
    let to = request.uri().authority().map_or_else(String::new, |a| a.as_str().to_ascii_lowercase());
    if !record.is_own(&bare(&to)) {
        record.peer(Peer::Tunnel(to.clone()));
    }
    let upgrade = hyper::upgrade::on(request);
    spawn_local(async move {
        if let Ok(upgraded) = upgrade.await {
            connection(TokioIo::new(upgraded), Way { via: Via::Tunnel, to }, record).await;
        }
    });
    Response::new(Full::default())
}

/// A host without its port and brackets, in lower case.
fn bare(authority: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or(host),
        None => host,
    };
    host.to_ascii_lowercase()
}

/// A whole address without scheme and host.
fn relative(target: &str) -> String {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    match rest.find(['/', '?']) {
        Some(at) if rest[at..].starts_with('/') => rest[at..].to_owned(),
        Some(at) => format!("/{}", &rest[at..]),
        None => "/".to_owned(),
    }
}
