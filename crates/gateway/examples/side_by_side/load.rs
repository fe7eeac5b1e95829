//! The load: closed loops, an open loop on a fixed schedule, streams.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet};

use crate::traffic::Traffic;

/// Whom the load goes to, and with which requests.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) traffic: Arc<Traffic>,
    /// A key that replaces the accounts' own, for peers that know no accounts.
    pub(crate) key: Option<&'static str>,
}

/// What a run of load saw.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// Nanoseconds; sorted once the run is over.
    times: Vec<u64>,
    /// Answers other than 200, and connections that broke.
    pub(crate) failed: usize,
    /// Requests of the schedule that had no answer when the run was given up; they count with the time that they had waited.
    pub(crate) unanswered: usize,
    took: Duration,
}

impl Sample {
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let place = (last as f64 * q).round() as usize;
        self.times.get(place).map_or(f64::NAN, |nanos| *nanos as f64 / 1e6)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.answered() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn answered(&self) -> usize {
        self.times.len() - self.unanswered
    }

    fn of(parts: impl IntoIterator<Item = Self>, took: Duration) -> Self {
        let mut whole = Self { took, ..Self::default() };
        for part in parts {
            whole.times.extend(part.times);
            whole.failed += part.failed;
            whole.unanswered += part.unanswered;
        }
        whole.times.sort_unstable();
        whole
    }
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Chat,
    /// The time that counts is the one to the first piece.
    Stream,
    /// A prompt of about 100,000 tokens.
    Long,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    async fn open(to: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to).await.with_context(|| format!("no connection to {to}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends one request, reads the answer to its end, and says when its first piece came.
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Instant> {
        self.sender.ready().await?;
        let mut answer = self.sender.send_request(request).await?;
        let mut first = None;
        while let Some(frame) = answer.body_mut().frame().await {
            if frame?.is_data() {
                first.get_or_insert_with(Instant::now);
            }
        }
        if answer.status() != StatusCode::OK {
            bail!("answered {}", answer.status());
        }
        first.context("an answer without a body")
    }
}

/// One connection, kept or opened anew.
async fn connection(kept: &mut Option<Connection>, to: SocketAddr) -> anyhow::Result<&mut Connection> {
    let open = match kept.take() {
        Some(open) if !open.sender.is_closed() => open,
        _ => Connection::open(to).await?,
    };
    Ok(kept.insert(open))
}

/// Connections that each send the next request when the last one is answered.
pub(crate) async fn closed(target: &Target, ask: Ask, connections: usize, time: Duration) -> anyhow::Result<Sample> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(target.address).await?);
    }
    let begin = Instant::now();
    let mut running = JoinSet::new();
    for connection in open {
        running.spawn(one_after_the_other(target.clone(), ask, connection, begin + time));
    }
    let parts = running.join_all().await;
    Ok(Sample::of(parts, begin.elapsed()))
}

async fn one_after_the_other(target: Target, ask: Ask, first: Connection, until: Instant) -> Sample {
    let mut sample = Sample::default();
    let mut kept = Some(first);
    while Instant::now() < until {
        let request = target.traffic.request(&target, ask);
        let sent = Instant::now();
        let answered = match connection(&mut kept, target.address).await {
            Ok(connection) => connection.ask(request).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(first) if ask == Ask::Stream => sample.times.push(nanos(first - sent)),
            Ok(_) => sample.times.push(nanos(sent.elapsed())),
            Err(_) => {
                sample.failed += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    sample
}

/// Which of the addresses that requests come from are let in.
pub(crate) async fn let_in(target: &Target) -> anyhow::Result<Vec<bool>> {
    let mut kept = None;
    let mut all = Vec::new();
    for request in target.traffic.of_all_callers(target) {
        all.push(connection(&mut kept, target.address).await?.ask(request).await.is_ok());
    }
    Ok(all)
}

/// The text at a path.
pub(crate) async fn get(from: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut connection = Connection::open(from).await?;
    let request = Request::get(path).header("host", "localhost").body(Full::default())?;
    let body = connection.sender.send_request(request).await?.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8(body.to_vec())?)
}

/// Connections that are free, and moments of the schedule for which none was.
struct Pool {
    free: VecDeque<Option<Connection>>,
    waiting: VecDeque<Instant>,
    sample: Sample,
}

/// How long answers may still come when the schedule is over.
const GRACE: Duration = Duration::from_secs(2);

/// Requests at fixed times, whatever happened to those before. A time counts from the scheduled moment, so that a stall counts for every
/// request that it held up.
pub(crate) async fn open(target: &Target, rate: u32, connections: usize, time: Duration) -> anyhow::Result<Sample> {
    let mut free = VecDeque::with_capacity(connections);
    for _ in 0..connections {
        free.push_back(Some(Connection::open(target.address).await?));
    }
    let pool = Arc::new(Mutex::new(Pool { free, waiting: VecDeque::new(), sample: Sample::default() }));
    let under_way = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut moments = schedule(rate, time);
    let mut scheduled = VecDeque::new();
    while let Some(moment) = moments.recv().await {
        scheduled.push_back(moment);
        let free = {
            let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
            let free = pool.free.pop_front();
            if free.is_none() {
                pool.waiting.push_back(moment);
            }
            free
        };
        if let Some(kept) = free {
            under_way.fetch_add(1, Ordering::Relaxed);
            let (target, pool, under_way) = (target.clone(), Arc::clone(&pool), Arc::clone(&under_way));
            tokio::spawn(async move {
                work_off(&target, &pool, kept, moment).await;
                under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
    let took = begin.elapsed();
    while under_way.load(Ordering::Relaxed) > 0 && begin.elapsed() < took + GRACE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sample = std::mem::take(&mut pool.sample);
    let unanswered = scheduled.len().saturating_sub(sample.times.len() + sample.failed);
    // Answers come about in order, so those that are missing are the last of the schedule.
    sample.times.extend(scheduled.iter().rev().take(unanswered).map(|moment| nanos(moment.elapsed())));
    sample.unanswered = unanswered;
    pool.waiting.clear();
    Ok(Sample::of([sample], took))
}

/// Sends for one moment of the schedule, then for those that wait, and gives the connection back.
async fn work_off(target: &Target, pool: &Mutex<Pool>, mut kept: Option<Connection>, mut moment: Instant) {
    loop {
        let request = target.traffic.request(target, Ask::Chat);
        let answered = match connection(&mut kept, target.address).await {
            Ok(connection) => connection.ask(request).await,
            Err(error) => Err(error),
        };
        let took = moment.elapsed();
        let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
        match answered {
            Ok(_) => pool.sample.times.push(nanos(took)),
            Err(_) => pool.sample.failed += 1,
        }
        match pool.waiting.pop_front() {
            Some(next) => moment = next,
            None => {
                pool.free.push_back(kept);
                return;
            }
        }
    }
}

/// The moments of a schedule, told by a thread that sleeps: the timers of the runtime are a millisecond coarse.
fn schedule(rate: u32, time: Duration) -> mpsc::UnboundedReceiver<Instant> {
    let (tell, told) = mpsc::unbounded_channel();
    let begin = Instant::now() + Duration::from_millis(5);
    let step = Duration::from_secs(1) / rate.max(1);
    thread::spawn(move || {
        for moment in (0..).map(|n| begin + step * n).take_while(|moment| *moment < begin + time) {
            thread::sleep(moment.saturating_duration_since(Instant::now()));
            if tell.send(moment).is_err() {
                return;
            }
        }
    });
    told
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
