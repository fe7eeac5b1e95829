//! Work on as many threads as the machine has, with answers in the order of the questions.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Maps each item; threads take the next item when they are done with one, so that a large one delays no other.
pub(crate) fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let turn = || {
        let mut done = Vec::new();
        while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|i| *i < items.len()) {
            done.push((i, work(&items[i])));
        }
        done
    };
    let mut answers: Vec<(usize, U)> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(turn)).collect();
        started.into_iter().flat_map(|s| s.join().expect("a worker ends as its items do")).collect()
    });
    answers.sort_unstable_by_key(|(i, _)| *i);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
