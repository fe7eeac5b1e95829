//! Keys of entities to numbers and back, 16 bytes a key where keys are short.

/// Numbers keys in the order in which they are first seen. At most `u32::MAX - 1` keys.
///
/// A short key lies in its slot; of a long one the slot says where it lies. The table holds half of a hash beside each number, so that a
/// look-up touches one slot and growing touches none.
#[derive(Debug, Default, Clone)]
pub(crate) struct Keys {
    slots: Vec<[u8; 16]>,
    long: Vec<u8>,
    /// `hash << 32 | number + 1`; 0 is free.
    table: Vec<u64>,
}

/// How many keys are warmed at once.
pub(crate) const WARMED: usize = 32;
/// The longest key that lies in its slot.
const SHORT: usize = 15;
const LONG_MARK: u8 = 255;

/// A key with its hash and, when short, its slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe<'a> {
    key: &'a [u8],
    slot: [u8; 16],
    hash: u32,
}

impl<'a> Probe<'a> {
    pub(crate) fn of(key: &'a [u8]) -> Self {
        let mut slot = [0; 16];
        if key.len() <= SHORT {
            slot[..key.len()].copy_from_slice(key);
            slot[SHORT] = key.len() as u8;
        }
        Self { key, slot, hash: hash(key, slot) }
    }
}

impl Keys {
    pub(crate) fn get(&self, number: u32) -> &str {
        let slot = &self.slots[number as usize];
        let bytes = match slot[SHORT] {
            LONG_MARK => self.long_key(slot),
            length => &slot[..usize::from(length)],
        };
        std::str::from_utf8(bytes).expect("keys are made of text")
    }

    pub(crate) fn find(&self, probe: Probe<'_>) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut at = probe.hash as usize & mask;
        loop {
            let entry = self.table[at];
            if entry == 0 {
                return None;
            }
            let number = (entry as u32) - 1;
            if (entry >> 32) as u32 == probe.hash && self.is(number, &probe) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// Brings the places of some keys into the caches, all at once rather than one after the other.
    pub(crate) fn warm(&self, probes: &[Probe<'_>]) {
        if self.table.is_empty() {
            return;
        }
        let mask = self.table.len() - 1;
        let mut entries = [0u64; WARMED];
        for (entry, probe) in entries.iter_mut().zip(probes) {
            *entry = self.table[probe.hash as usize & mask];
        }
        let touched = entries.iter().filter_map(|&entry| self.slots.get((entry as u32).wrapping_sub(1) as usize));
        std::hint::black_box(touched.fold(0u8, |sum, slot| sum ^ slot[0]));
    }

    /// The key's number, a new one when it is new.
    pub(crate) fn intern(&mut self, probe: Probe<'_>) -> u32 {
        if let Some(number) = self.find(probe) {
            return number;
        }
        let number = u32::try_from(self.slots.len()).ok().filter(|&n| n < u32::MAX - 1);
        let number = number.expect("fewer than four billion entities are loaded");
        let slot = if probe.key.len() <= SHORT { probe.slot } else { self.store(probe.key) };
        self.slots.push(slot);
        if self.slots.len() * 8 > self.table.len() * 5 {
            self.grow();
        } else {
            place(&mut self.table, probe.hash, number);
        }
        number
    }

    fn is(&self, number: u32, probe: &Probe<'_>) -> bool {
        let slot = &self.slots[number as usize];
        if probe.key.len() <= SHORT {
            return u128::from_ne_bytes(*slot) == u128::from_ne_bytes(probe.slot);
        }
        slot[SHORT] == LONG_MARK && self.long_key(slot) == probe.key
    }

    fn long_key(&self, slot: &[u8; 16]) -> &[u8] {
        let at = u64::from_le_bytes(slot[..8].try_into().expect("eight bytes")) as usize;
        let length = u32::from_le_bytes(slot[8..12].try_into().expect("four bytes")) as usize;
        &self.long[at..at + length]
    }

    fn store(&mut self, key: &[u8]) -> [u8; 16] {
        let mut slot = [0; 16];
        slot[..8].copy_from_slice(&(self.long.len() as u64).to_le_bytes());
        slot[8..12].copy_from_slice(&(key.len() as u32).to_le_bytes());
        slot[SHORT] = LONG_MARK;
        self.long.extend_from_slice(key);
        slot
    }

    /// Doubles the table and puts every key in anew, the last one included.
    fn grow(&mut self) {
        let mut table = vec![0; (self.table.len() * 2).max(64)];
        for &entry in self.table.iter().filter(|&&entry| entry != 0) {
            place(&mut table, (entry >> 32) as u32, (entry as u32) - 1);
        }
        self.table = table;
        let last = (self.slots.len() - 1) as u32;
        let hash = Probe::of(self.get(last).as_bytes()).hash;
        place(&mut self.table, hash, last);
    }
}

fn place(table: &mut [u64], hash: u32, number: u32) {
    let mask = table.len() - 1;
    let mut at = hash as usize & mask;
    while table[at] != 0 {
        at = (at + 1) & mask;
    }
    table[at] = u64::from(hash) << 32 | u64::from(number + 1);
}

fn hash(key: &[u8], slot: [u8; 16]) -> u32 {
    let fold = |low: u64, high: u64| {
        let product = u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ 0xd6e8_feb8_6659_fd93);
        (product as u64) ^ (product >> 64) as u64
    };
    let mixed = if key.len() <= SHORT {
        let whole = u128::from_le_bytes(slot);
        fold(whole as u64, (whole >> 64) as u64)
    } else {
        key.chunks(8).fold(key.len() as u64, |state, chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            fold(state, u64::from_le_bytes(word))
        })
    };
    (mixed ^ (mixed >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::{Keys, Probe};

    #[test]
    fn keys_of_every_length_keep_their_numbers() {
        let texts: Vec<String> = (0..3000).map(|i| format!("{}{i}", "k".repeat(i % 40))).collect();
        let mut keys = Keys::default();
        for _ in 0..2 {
            for (number, text) in texts.iter().enumerate() {
                assert_eq!(keys.intern(Probe::of(text.as_bytes())), number as u32);
            }
        }
        assert!(texts.iter().enumerate().all(|(number, text)| keys.get(number as u32) == text));
        assert_eq!(keys.find(Probe::of(b"missing")), None);
    }
}
