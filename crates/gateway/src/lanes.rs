//! The threads that serve connections. Each has a runtime of its own, so that nothing of a request changes threads.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// Where connections are served; one stays with the lane that it was given.
pub(crate) struct Lanes(Vec<Lane>);

pub(crate) struct Lane {
    pub(crate) number: usize,
    runtime: Handle,
    connections: Arc<AtomicUsize>,
    /// Dropped with the lane, which ends its thread.
    _end: Option<oneshot::Sender<()>>,
}

/// A connection's place in a lane.
pub(crate) struct Place(Arc<AtomicUsize>);

/// How many lanes there should be: the processors that this process may use.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

impl Lanes {
    /// So many threads, each with a runtime.
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        (0..count.max(1)).map(Lane::start).collect::<io::Result<_>>().map(Self)
    }

    /// The runtime of whoever calls, for what must not wait behind requests.
    pub(crate) fn here() -> Self {
        Self(vec![Lane { number: 0, runtime: Handle::current(), connections: Arc::default(), _end: None }])
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Waits until every lane has done what it was given before.
    pub(crate) async fn settled(&self) {
        for lane in &self.0 {
            // A task that is handed to a lane may come before one that the lane gave itself, but not once it has stood back.
            drop(lane.runtime.spawn(tokio::task::yield_now()).await);
        }
    }

    /// The lane with the fewest connections.
    pub(crate) fn emptiest(&self) -> Option<&Lane> {
        self.0.iter().min_by_key(|lane| lane.connections.load(Ordering::Relaxed))
    }
}

impl Lane {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        thread::Builder::new().name(format!("lane-{number}")).spawn(move || {
            // Nothing is ever sent: the lane is gone once its sender is.
            drop(runtime.block_on(ended));
        })?;
        Ok(Self { number, runtime: handle, connections: Arc::default(), _end: Some(end) })
    }

    pub(crate) fn place(&self) -> Place {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Place(Arc::clone(&self.connections))
    }

    pub(crate) fn spawn(&self, serving: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(serving));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_spread_and_places_come_back() {
        let lanes = Lanes::start(3).expect("threads");
        let take = || lanes.emptiest().map(|lane| (lane.number, lane.place())).expect("a lane");
        let taken: Vec<_> = (0..6).map(|_| take()).collect();
        assert_eq!(taken.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2]);
        drop(taken.into_iter().nth(1));
        assert_eq!(take().0, 0, "all places are free again");
    }

    #[test]
    fn what_a_lane_does_stays_on_its_thread() {
        let lanes = Lanes::start(1).expect("threads");
        let (tell, told) = std::sync::mpsc::channel();
        lanes.emptiest().expect("a lane").spawn(async move {
            let outer = thread::current().id();
            let inner = tokio::spawn(async { thread::current().id() }).await.expect("no panic");
            tell.send((outer, inner)).expect("a listener");
        });
        let (outer, inner) = told.recv().expect("an answer");
        assert_eq!(outer, inner);
        assert_ne!(outer, thread::current().id());
    }
}
