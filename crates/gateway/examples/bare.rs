//! What the library itself takes: a proxy that sends every request on, reads nothing and decides nothing.
//! `cargo run --release -p gateway --example bare -- STUB`
//!
//! A thread and a runtime for each processor, as the gateway has them. Prints its address as one line of JSON.

#![expect(clippy::print_stdout, reason = "whoever starts it reads its address there")]

use std::{net::SocketAddr, thread};

use anyhow::Context;
use http::{Request, Response, Uri, header, uri::Scheme};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use serde_json::json;
use tokio::{net::TcpListener, runtime, task::LocalSet};

fn main() -> anyhow::Result<()> {
    let stub: SocketAddr = std::env::args().nth(1).context("name the stub's address")?.parse()?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    println!("{}", json!({"address": listener.local_addr()?}));
    let lanes = (0..thread::available_parallelism()?.get()).map(|_| {
        let listener = listener.try_clone()?;
        Ok(thread::spawn(move || -> anyhow::Result<()> {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(LocalSet::new().run_until(lane(listener, stub)))
        }))
    });
    for lane in lanes.collect::<std::io::Result<Vec<_>>>()? {
        lane.join().map_err(|_| anyhow::anyhow!("a lane panicked"))??;
    }
    Ok(())
}

type Pool = Client<HttpConnector, Incoming>;

async fn lane(listener: std::net::TcpListener, stub: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let pool: Pool = Client::builder(TokioExecutor::new()).build(connector);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let pool = pool.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| pass(&pool, stub, request));
            // A caller that leaves is no news here.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn pass(pool: &Pool, stub: SocketAddr, mut request: Request<Incoming>) -> anyhow::Result<Response<Incoming>> {
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(stub.to_string().parse()?);
    *request.uri_mut() = Uri::from_parts(parts)?;
    request.headers_mut().remove(header::HOST);
    Ok(pool.request(request).await?)
}
