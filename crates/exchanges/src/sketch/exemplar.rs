//! Which template has been used by enough accounts that its text may be shown.
//!
//! The table counts hashes and account keys; it never sees text. [`Sketcher::exemplar`](super::Sketcher::exemplar)
//! writes the text of a part once the table says that the part is due.

mod state;

pub use state::{MAX_STATE_BYTES, StateError};

use super::Sketch;

/// A hashed part of a prompt that can become an exemplar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    SystemKey,
    SystemPrefix,
    Prefix4,
    Prefix8,
    Prefix16,
    Suffix4,
    Suffix8,
    Suffix16,
}

impl Part {
    pub const ALL: [Self; 8] = [
        Self::SystemKey,
        Self::SystemPrefix,
        Self::Prefix4,
        Self::Prefix8,
        Self::Prefix16,
        Self::Suffix4,
        Self::Suffix8,
        Self::Suffix16,
    ];

    /// The column that holds the part's hash.
    pub fn column(self) -> &'static str {
        match self {
            Self::SystemKey => "system_key",
            Self::SystemPrefix => "system_prefix",
            Self::Prefix4 => "prefix_4",
            Self::Prefix8 => "prefix_8",
            Self::Prefix16 => "prefix_16",
            Self::Suffix4 => "suffix_4",
            Self::Suffix8 => "suffix_8",
            Self::Suffix16 => "suffix_16",
        }
    }

    /// The part's hash in a sketch.
    pub fn key(self, sketch: &Sketch) -> Option<u64> {
        match self {
            Self::SystemKey => sketch.system_key,
            Self::SystemPrefix => sketch.system_prefix,
            Self::Prefix4 => sketch.prefix[0],
            Self::Prefix8 => sketch.prefix[1],
            Self::Prefix16 => sketch.prefix[2],
            Self::Suffix4 => sketch.suffix[0],
            Self::Suffix8 => sketch.suffix[1],
            Self::Suffix16 => sketch.suffix[2],
        }
    }
}

/// The text of a template: the skeleton of one hashed part, with placeholders for what is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemplar {
    pub part: Part,
    /// The part's hash, as in its column.
    pub key: u64,
    pub text: String,
}

/// How many accounts make a template public enough, and how much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExemplarLimits {
    accounts: u8,
    slots: usize,
}

/// A number outside what an exemplar table can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    #[error("{accounts} accounts are outside 2 to 16; with one account an exemplar would show what a person wrote")]
    Accounts { accounts: u8 },
    #[error("{slots} slots are outside 64 to 1048576, or no power of two")]
    Slots { slots: usize },
}

impl ExemplarLimits {
    /// `accounts` must use a part before its text is shown; `slots` parts are counted at a time.
    pub fn new(accounts: u8, slots: usize) -> Result<Self, LimitError> {
        if !(2..=16).contains(&accounts) {
            return Err(LimitError::Accounts { accounts });
        }
        if !(64..=1 << 20).contains(&slots) || !slots.is_power_of_two() {
            return Err(LimitError::Slots { slots });
        }
        Ok(Self { accounts, slots })
    }

    pub fn accounts(self) -> u8 {
        self.accounts
    }

    pub fn slots(self) -> usize {
        self.slots
    }
}

impl Default for ExemplarLimits {
    fn default() -> Self {
        Self { accounts: 5, slots: 1 << 18 }
    }
}

/// Slots of a bucket: their hashes fill one cache line.
const WAYS: usize = 8;
/// Parts seen by one account only wait in this many places per slot.
const FRONT: usize = 4;
/// Stands in the place of a number of accounts once the text was shown.
const SHOWN: u8 = u8::MAX;

/// Counts, in bounded memory, the distinct accounts that used each part.
///
/// A part's first sight waits in a direct-mapped front, where newer parts push it out; its second account moves it to
/// a slot. A full bucket gives up the slot that was seen least, after a decay by one for every part that wanted in.
/// With the default limits the table takes 28 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemplarTable {
    limits: ExemplarLimits,
    front: Vec<First>,
    hashes: Vec<u64>,
    slots: Vec<Slot>,
    /// `limits.accounts - 1` places a slot.
    accounts: Vec<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct First {
    hash: u64,
    account: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Slot {
    /// Distinct accounts, or [`SHOWN`]; 0 = the slot is free.
    accounts: u8,
    /// Uses less decay, up to 255.
    seen: u8,
}

impl ExemplarTable {
    pub fn new(limits: ExemplarLimits) -> Self {
        Self {
            limits,
            front: vec![First::default(); limits.slots * FRONT],
            hashes: vec![0; limits.slots],
            slots: vec![Slot::default(); limits.slots],
            accounts: vec![0; limits.slots * usize::from(limits.accounts - 1)],
        }
    }

    /// Counts one exchange; the parts whose text is due are those that this account brought to the number needed.
    ///
    /// A part is due once for as long as its slot is remembered.
    pub fn due(&mut self, sketch: &Sketch, account_key: u64) -> Vec<Part> {
        let mut due = Vec::new();
        for part in Part::ALL {
            // The keys of different columns are unrelated, so the hash alone names the part.
            if let Some(hash) = part.key(sketch)
                && self.count(hash, account_key)
            {
                due.push(part);
            }
        }
        due
    }

    fn count(&mut self, hash: u64, account: u64) -> bool {
        let bucket = self.bucket(hash);
        if let Some(way) = self.hashes[bucket..bucket + WAYS].iter().position(|h| *h == hash)
            && self.slots[bucket + way].accounts != 0
        {
            return self.again(bucket + way, account);
        }
        let place = self.front_place(hash);
        let first = self.front[place];
        if first.hash != hash {
            self.front[place] = First { hash, account };
            return false;
        }
        if first.account == account {
            return false;
        }
        let Some(slot) = self.free(bucket) else { return false };
        self.front[place] = First::default();
        self.hashes[slot] = hash;
        self.slots[slot] = Slot { accounts: 1, seen: 1 };
        let at = self.accounts_at(slot);
        self.accounts[at] = first.account;
        self.again(slot, account)
    }

    fn again(&mut self, slot: usize, account: u64) -> bool {
        let at = self.accounts_at(slot);
        let entry = &mut self.slots[slot];
        entry.seen = entry.seen.saturating_add(1);
        if entry.accounts == SHOWN {
            return false;
        }
        let places = usize::from(self.limits.accounts - 1);
        let known = usize::from(entry.accounts);
        if self.accounts[at..at + known].contains(&account) {
            return false;
        }
        if known < places {
            self.accounts[at + known] = account;
            entry.accounts += 1;
            return false;
        }
        entry.accounts = SHOWN;
        self.accounts[at..at + places].fill(0);
        true
    }

    /// A slot of the bucket that may be overwritten; where there is none, the least-seen slot decays.
    fn free(&mut self, bucket: usize) -> Option<usize> {
        let weight = |slot: &Slot| if slot.accounts == 0 { 0 } else { slot.seen };
        let slot = (bucket..bucket + WAYS).min_by_key(|s| weight(&self.slots[*s])).expect("a bucket has slots");
        if weight(&self.slots[slot]) > 2 {
            self.slots[slot].seen -= 1;
            return None;
        }
        Some(slot)
    }

    fn bucket(&self, hash: u64) -> usize {
        hash as usize & (self.limits.slots - 1) & !(WAYS - 1)
    }

    fn front_place(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.front.len() - 1)
    }

    fn accounts_at(&self, slot: usize) -> usize {
        slot * usize::from(self.limits.accounts - 1)
    }
}
