//! The structure that is looked up: where each stretch of addresses starts, as a ladder of ever fewer starts.
//!
//! The starts of a step fill one cache line, and the first start of each step stands in the level above. A lookup reads
//! one line per level; only the lowest, beside which the records lie, and the record itself are not in the processor's
//! caches. See `docs/adr/0008-spans-not-a-trie.md` for why this is no trie.

mod wide;

pub(super) use self::wide::WideSpans;

/// IPv4: 16 starts to a line.
pub(super) type NarrowSpans = Spans<u32, 16>;

/// Stretches in order that cover every address; each ends where the next starts. `N`, a power of two,
/// starts fill a cache line.
pub(super) struct Spans<T, const N: usize> {
    /// From the one step that holds all down to the level above the leaves.
    levels: Vec<Vec<Step<T, N>>>,
    leaves: Vec<Leaf<T, N>>,
    len: usize,
}

/// Starts in order; where there are fewer than `N`, the last is repeated.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Step<T, const N: usize>([T; N]);

/// The lowest starts and their records, so that both come from one place in memory.
struct Leaf<T, const N: usize> {
    starts: Step<T, N>,
    records: [u32; N],
}

impl<T: Copy + Ord, const N: usize> Step<T, N> {
    fn of(starts: &[T]) -> Self {
        Self(padded(starts))
    }

    /// The place of the last start that an address has reached, found by halving without a branch. The first start of a
    /// step is never past the address, since that is how the step was chosen.
    #[inline(always)]
    fn reached(&self, address: T) -> usize {
        let (mut place, mut half) = (0, N / 2);
        while half > 0 {
            place += half * usize::from(self.0[place + half] <= address);
            half /= 2;
        }
        place
    }
}

/// The values, and the last one again until there are `N`.
fn padded<V: Copy, const N: usize>(values: &[V]) -> [V; N] {
    std::array::from_fn(|place| values[place.min(values.len() - 1)])
}

impl<T: Copy + Ord, const N: usize> Spans<T, N> {
    /// The record of an address; 0 where nothing is said.
    #[inline]
    pub(super) fn get(&self, address: T) -> u32 {
        let place = self.levels.iter().fold(0, |place, level| {
            // A repeated start leads past the end, where the last step is meant.
            let place = place.min(level.len() - 1);
            place * N + level[place].reached(address)
        });
        let leaf = &self.leaves[place.min(self.leaves.len() - 1)];
        leaf.records[leaf.starts.reached(address)]
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }
}

/// Stretches as they come, in order.
pub(super) struct SpansBuilder<T> {
    starts: Vec<T>,
    records: Vec<u32>,
}

impl<T: Copy + Ord + Default> SpansBuilder<T> {
    pub(super) fn new() -> Self {
        Self { starts: vec![T::default()], records: vec![0] }
    }

    /// Adds a stretch up to `after`, or to the last address; it starts where the last one ended, or later.
    pub(super) fn add(&mut self, first: T, after: Option<T>, record: u32) {
        self.start(first, record);
        if let Some(after) = after {
            self.start(after, 0);
        }
    }

    fn start(&mut self, at: T, record: u32) {
        if self.starts.last() == Some(&at) {
            self.starts.pop();
            self.records.pop();
        }
        if self.records.last() != Some(&record) {
            self.starts.push(at);
            self.records.push(record);
        }
    }

    pub(super) fn finish<const N: usize>(self) -> Spans<T, N> {
        let starts = self.starts.chunks(N);
        let leaves: Vec<Leaf<T, N>> = starts
            .zip(self.records.chunks(N))
            .map(|(starts, records)| Leaf { starts: Step::of(starts), records: padded(records) })
            .collect();
        let mut firsts: Vec<T> = self.starts.iter().copied().step_by(N).collect();
        let mut levels = Vec::new();
        while firsts.len() > 1 {
            levels.push(firsts.chunks(N).map(Step::of).collect());
            firsts = firsts.into_iter().step_by(N).collect();
        }
        levels.reverse();
        Spans { levels, leaves, len: self.starts.len() }
    }
}
