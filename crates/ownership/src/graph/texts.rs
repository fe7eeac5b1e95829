//! Many short texts in one piece of memory, eight bytes to find one.

/// Where a text lies in [`Texts`]: 40 bits of place, 24 of length. Zero is no text.
pub(crate) type TextAt = u64;

#[derive(Debug, Clone)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    last: TextAt,
}

const LENGTH_BITS: u32 = 24;
/// A record that is only the number of a line.
const LINE: u64 = 1 << 63;

impl Default for Texts {
    fn default() -> Self {
        // The first byte is spent so that no text lies at zero.
        Self { bytes: vec![0], last: 0 }
    }
}

impl Texts {
    /// Keeps a text, cut at 16 MiB; one that equals the last one is kept once.
    pub(crate) fn keep(&mut self, text: &str) -> TextAt {
        if text.is_empty() {
            return 0;
        }
        if self.last != 0 && self.get(self.last) == text {
            return self.last;
        }
        let longest = text.floor_char_boundary((1 << LENGTH_BITS) - 1);
        let at = (self.bytes.len() as u64) << LENGTH_BITS | longest as u64;
        self.bytes.extend_from_slice(&text.as_bytes()[..longest]);
        self.last = at;
        at
    }

    pub(crate) fn get(&self, at: TextAt) -> &str {
        let (from, length) = ((at >> LENGTH_BITS) as usize, (at & ((1 << LENGTH_BITS) - 1)) as usize);
        std::str::from_utf8(&self.bytes[from..from + length]).expect("only text was kept")
    }

    /// What a stake's record says: `line 7`, or the source's own id.
    pub(crate) fn record(&self, record: u64) -> String {
        match record & LINE {
            0 => self.get(record).to_owned(),
            _ => format!("line {}", record & !LINE),
        }
    }

    pub(crate) fn line(line: u64) -> u64 {
        LINE | line
    }
}
