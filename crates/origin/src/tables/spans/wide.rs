//! IPv6 stretches: nearly all start at a /64 or above, so nearly all lookups compare upper halves only.

use super::{Spans, SpansBuilder};

/// In place of a record: the /64 holds several stretches.
const SPLIT: u32 = u32::MAX;

pub(in crate::tables) struct WideSpans {
    /// By upper half: a record, or [`SPLIT`].
    upper: Spans<u64, 8>,
    /// The stretches of split /64s; between those it says nothing of use.
    split: Spans<u128, 4>,
    len: usize,
}

impl WideSpans {
    /// The record of an address; 0 where nothing is said.
    #[inline]
    pub(in crate::tables) fn get(&self, address: u128) -> u32 {
        match self.upper.get((address >> 64) as u64) {
            SPLIT => self.split.get(address),
            record => record,
        }
    }

    pub(in crate::tables) fn len(&self) -> usize {
        self.len
    }
}

impl SpansBuilder<u128> {
    pub(in crate::tables) fn finish_wide(self) -> WideSpans {
        let stretches: Vec<(u128, u32)> = self.starts.iter().copied().zip(self.records.iter().copied()).collect();
        let (mut upper, mut split) = (SpansBuilder::<u64>::new(), Self::new());
        // What is said just before the /64 at hand.
        let mut before = 0;
        for group in stretches.chunk_by(|a, b| a.0 >> 64 == b.0 >> 64) {
            let half = (group[0].0 >> 64) as u64;
            let (last_start, last) = group[group.len() - 1];
            if last_start as u64 == 0 {
                upper.start(half, last);
            } else {
                upper.start(half, SPLIT);
                split.start(u128::from(half) << 64, before);
                group.iter().for_each(|&(start, record)| split.start(start, record));
                // What the last of them says goes on in the next /64.
                if let Some(next) = half.checked_add(1) {
                    upper.start(next, last);
                }
            }
            before = last;
        }
        WideSpans { upper: upper.finish(), split: split.finish(), len: stretches.len() }
    }
}
