//! The exemplar table as bytes, so that it accumulates across imports: hashes and account keys, never text.

use super::{ExemplarLimits, ExemplarTable, First, SHOWN, Slot, WAYS};

const MAGIC: [u8; 8] = *b"ringfexm";
const VERSION: u32 = 1;
/// No state is longer; a longer file is refused before it is looked at.
pub const MAX_STATE_BYTES: usize = 256 << 20;

/// Why bytes are no exemplar table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("exemplar state of {bytes} bytes is over the limit of {MAX_STATE_BYTES}")]
    TooLarge { bytes: usize },
    #[error("exemplar state does not begin as one; delete the file to begin anew")]
    NotState,
    #[error("exemplar state is of version {found}, this ringfence reads version {VERSION}; update ringfence")]
    Version { found: u32 },
    #[error("exemplar state ends early or holds more than it says; delete the file to begin anew")]
    Damaged,
}

impl ExemplarTable {
    /// The state, version 1: little-endian counts, slots and first sights.
    pub fn to_bytes(&self) -> Vec<u8> {
        let used: Vec<usize> = (0..self.slots.len()).filter(|s| self.slots[*s].accounts != 0).collect();
        let firsts: Vec<&First> = self.front.iter().filter(|f| f.hash != 0).collect();
        let mut out = Vec::with_capacity(24 + used.len() * 48 + firsts.len() * 16);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(used.len() as u32).to_le_bytes());
        out.extend_from_slice(&(firsts.len() as u32).to_le_bytes());
        for slot in used {
            let Slot { accounts, seen } = self.slots[slot];
            out.extend_from_slice(&self.hashes[slot].to_le_bytes());
            out.extend_from_slice(&[accounts, seen]);
            let known = if accounts == SHOWN { 0 } else { usize::from(accounts) };
            let at = self.accounts_at(slot);
            self.accounts[at..at + known].iter().for_each(|a| out.extend_from_slice(&a.to_le_bytes()));
        }
        for first in firsts {
            out.extend_from_slice(&first.hash.to_le_bytes());
            out.extend_from_slice(&first.account.to_le_bytes());
        }
        out
    }

    /// A table with the given limits and what a state remembers, as far as it finds room.
    ///
    /// A part that was shown stays shown, whatever number of accounts is needed now.
    pub fn from_bytes(bytes: &[u8], limits: ExemplarLimits) -> Result<Self, StateError> {
        if bytes.len() > MAX_STATE_BYTES {
            return Err(StateError::TooLarge { bytes: bytes.len() });
        }
        let mut table = Self::new(limits);
        let mut rest = bytes;
        if take(&mut rest) != Some(MAGIC) {
            return Err(StateError::NotState);
        }
        let found = u32::from_le_bytes(take(&mut rest).ok_or(StateError::Damaged)?);
        if found != VERSION {
            return Err(StateError::Version { found });
        }
        let used = u32::from_le_bytes(take(&mut rest).ok_or(StateError::Damaged)?);
        let firsts = u32::from_le_bytes(take(&mut rest).ok_or(StateError::Damaged)?);
        for _ in 0..used {
            table.read_slot(&mut rest).ok_or(StateError::Damaged)?;
        }
        for _ in 0..firsts {
            let hash = u64::from_le_bytes(take(&mut rest).ok_or(StateError::Damaged)?);
            let account = u64::from_le_bytes(take(&mut rest).ok_or(StateError::Damaged)?);
            let place = table.front_place(hash);
            table.front[place] = First { hash, account };
        }
        if rest.is_empty() { Ok(table) } else { Err(StateError::Damaged) }
    }

    fn read_slot(&mut self, rest: &mut &[u8]) -> Option<()> {
        let hash = u64::from_le_bytes(take(rest)?);
        let [accounts, seen] = take(rest)?;
        if accounts == 0 || accounts > 15 && accounts != SHOWN {
            return None;
        }
        let known = if accounts == SHOWN { 0 } else { accounts };
        let mut keys = [0u64; 15];
        for key in &mut keys[..usize::from(known)] {
            *key = u64::from_le_bytes(take(rest)?);
        }
        let bucket = self.bucket(hash);
        let Some(slot) = (bucket..bucket + WAYS).find(|s| self.slots[*s].accounts == 0) else { return Some(()) };
        let kept = known.min(self.limits.accounts - 1);
        let at = self.accounts_at(slot);
        self.accounts[at..at + usize::from(kept)].copy_from_slice(&keys[..usize::from(kept)]);
        self.hashes[slot] = hash;
        self.slots[slot] = Slot { accounts: if accounts == SHOWN { SHOWN } else { kept }, seen };
        Some(())
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}
