//! Bun's standalone executables: a table of modules before a trailer.
//!
//! The layout is `modules… offsets trailer`; offsets are: bytes u64, table {u32 at, u32 length}, entry u32, and more in newer
//! versions. A row of the table is name, contents, source map, bytecode (each {at, length}), and flags; newer ones are longer.

const TRAILER: &[u8] = b"\n---- Bun! ----\n";

pub(super) struct Module<'a> {
    pub(super) name: String,
    pub(super) contents: &'a [u8],
    pub(super) bytecode: usize,
}

/// The modules of an executable; `None` when it is none of Bun's, an empty list when its table cannot be read.
pub(super) fn modules(content: &[u8]) -> Option<Vec<Module<'_>>> {
    let end = memchr::memmem::rfind(content, TRAILER)?;
    for size in [32usize, 28, 24, 40, 48] {
        let Some(start) = end.checked_sub(size) else { continue };
        let Some(bytes) = number64(content, start) else { continue };
        let Some(base) = usize::try_from(bytes).ok().and_then(|n| start.checked_sub(n)) else { continue };
        for base in [base, base.saturating_sub(8), base.saturating_add(8)] {
            if let Some(found) = content.get(base..start).and_then(|data| table(data, content, start)) {
                return Some(found);
            }
        }
    }
    Some(Vec::new())
}

fn table<'a>(data: &'a [u8], content: &[u8], offsets: usize) -> Option<Vec<Module<'a>>> {
    let at = number32(content, offsets + 8)? as usize;
    let length = number32(content, offsets + 12)? as usize;
    let rows = data.get(at..at.checked_add(length)?)?;
    [52usize, 36, 44, 32, 28, 60].into_iter().filter(|size| length.is_multiple_of(*size) && length >= *size).find_map(
        |size| {
            let all: Option<Vec<Module<'a>>> = rows.chunks(size).map(|row| module(data, row)).collect();
            all.filter(|m| !m.is_empty())
        },
    )
}

fn module<'a>(data: &'a [u8], row: &[u8]) -> Option<Module<'a>> {
    let piece = |i: usize| -> Option<&'a [u8]> {
        let at = number32(row, i * 8)? as usize;
        let length = number32(row, i * 8 + 4)? as usize;
        data.get(at..at.checked_add(length)?)
    };
    let name = std::str::from_utf8(piece(0)?).ok()?;
    if name.is_empty() || name.len() > 4096 || name.contains('\0') {
        return None;
    }
    Some(Module { name: name.to_owned(), contents: piece(1)?, bytecode: piece(3).map_or(0, <[u8]>::len) })
}

fn number32(b: &[u8], at: usize) -> Option<u32> {
    b.get(at..at.checked_add(4)?).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn number64(b: &[u8], at: usize) -> Option<u64> {
    b.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}
