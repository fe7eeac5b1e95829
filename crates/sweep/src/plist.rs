//! Property lists in binary form: the texts under a key of the dictionary at the top. Counts and places are checked, depth is one.

pub(crate) const MAGIC: &[u8] = b"bplist00";

/// Most entries of a dictionary or list that are looked at.
const MAX_ENTRIES: usize = 4096;

/// The text under a key, or the texts of the list under it; `None` when the bytes are no such list or lack the key.
pub(crate) fn strings(bytes: &[u8], wanted: &str) -> Option<Vec<String>> {
    let list = List::open(bytes)?;
    let (kind, count, at) = list.object(list.top)?;
    if kind != 0xd {
        return None;
    }
    let found = (0..count).find_map(|entry| {
        let key = list.reference(at, entry)?;
        (list.text(key)? == wanted).then(|| list.reference(at, count + entry))?
    })?;
    if let Some(text) = list.text(found) {
        return Some(vec![text]);
    }
    let (kind, count, at) = list.object(found)?;
    (kind == 0xa).then(|| (0..count).filter_map(|entry| list.text(list.reference(at, entry)?)).collect())
}

struct List<'b> {
    bytes: &'b [u8],
    offset_size: usize,
    reference_size: usize,
    objects: usize,
    top: usize,
    table: usize,
}

impl<'b> List<'b> {
    fn open(bytes: &'b [u8]) -> Option<Self> {
        let trailer = bytes.get(bytes.len().checked_sub(32)?..)?;
        let number = |at: usize| usize::try_from(big_endian(trailer.get(at..at + 8)?)).ok();
        let list = Self {
            bytes,
            offset_size: usize::from(*trailer.get(6)?),
            reference_size: usize::from(*trailer.get(7)?),
            objects: number(8)?,
            top: number(16)?,
            table: number(24)?,
        };
        let sound = bytes.starts_with(MAGIC)
            && (1..=8).contains(&list.offset_size)
            && (1..=8).contains(&list.reference_size)
            && list.objects <= bytes.len();
        sound.then_some(list)
    }

    /// Kind, count and the place of the content.
    fn object(&self, index: usize) -> Option<(u8, usize, usize)> {
        if index >= self.objects {
            return None;
        }
        let at = self.table.checked_add(index.checked_mul(self.offset_size)?)?;
        let at = self.number(at, self.offset_size)?;
        let mark = *self.bytes.get(at)?;
        let (kind, count) = (mark >> 4, usize::from(mark & 0xf));
        if count != 0xf {
            return Some((kind, count, at + 1));
        }
        // The count is an integer of its own.
        let size = 1usize << (*self.bytes.get(at + 1)? & 0xf).min(3);
        let count = self.number(at + 2, size)?;
        Some((kind, count, at + 2 + size)).filter(|_| count <= self.bytes.len())
    }

    fn number(&self, at: usize, size: usize) -> Option<usize> {
        usize::try_from(big_endian(self.bytes.get(at..at.checked_add(size)?)?)).ok()
    }

    fn reference(&self, at: usize, entry: usize) -> Option<usize> {
        if entry > 2 * MAX_ENTRIES {
            return None;
        }
        self.number(at.checked_add(entry.checked_mul(self.reference_size)?)?, self.reference_size)
    }

    fn text(&self, index: usize) -> Option<String> {
        let (kind, count, at) = self.object(index)?;
        match kind {
            0x5 => String::from_utf8(self.bytes.get(at..at.checked_add(count)?)?.to_vec()).ok(),
            0x6 => {
                let units = self.bytes.get(at..at.checked_add(count.checked_mul(2)?)?)?;
                let units: Vec<u16> = units.chunks_exact(2).map(|unit| big_endian(unit) as u16).collect();
                String::from_utf16(&units).ok()
            }
            _ => None,
        }
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
