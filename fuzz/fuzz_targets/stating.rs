//! What every reader of ownership statements must hold: it ends, keeps within its limits, counts what it hands on, and says the same
//! however small the pieces are in which it is fed.

use std::io::{self, Read};

use ownership::{Format, Item, Limits, Feed, read};

const SMALL: Limits = Limits { row_bytes: 2048, kept_bytes: 64, name_bytes: 100, values: 50, depth: 8, held_bytes: 64 << 10 };

pub(crate) fn all(bytes: &[u8], format: Format) {
    let whole = once(bytes, format);
    assert_eq!(whole, once(Drops(bytes), format), "pieces of another size say something else");
}

fn once(input: impl Read, format: Format) -> (Vec<Item>, bool) {
    let mut items = Vec::new();
    let outcome = read(input, &Feed { format, limits: SMALL, ..Feed::of("fuzz") }, &mut |item| items.push(item));
    assert_eq!(items.len() as u64, outcome.totals.statements() + outcome.totals.rejected());
    for item in &items {
        if let Item::Reject(reject) = item {
            assert!(reject.line > 0 && reject.original.len() <= SMALL.kept_bytes && reject.detail.len() < 2000);
        }
    }
    (items, outcome.failure.is_some())
}

/// Gives three bytes at a time.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.0.len().min(3).min(buf.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}
