//! One file into memory, unpacked, and never more of it than is allowed.

use std::{
    fs,
    io::{self, Read},
};

use flate2::bufread::MultiGzDecoder;
use origin::Limits;

use folder::File;

use super::error::Problem;

/// The window of a Zstandard file, as a power of two: what its own tool takes without being asked.
const ZSTD_WINDOW: u32 = 27;
/// Where a tar archive says what it is.
const TAR_MARK: (usize, &[u8]) = (257, b"ustar");

/// The content of a file.
pub(super) fn read(file: &File, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let (name, limit) = (|| file.name.clone(), limits.bytes);
    let unreadable = |error| Problem::Folder(folder::Problem::Unreadable { file: name(), error });
    let opened = fs::File::open(&file.path).map_err(unreadable)?;
    let raw = all(opened, limit).map_err(unreadable)?.ok_or_else(|| Problem::TooLarge { file: name(), limit })?;
    let packed = |error| Problem::Packed { file: name(), error };
    let unpacked = match raw[..] {
        [0x1f, 0x8b, ..] => Some(all(MultiGzDecoder::new(&raw[..]), limit).map_err(packed)?),
        // Seekable writers begin with a frame to be skipped.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(zstd(&raw, limit).map_err(packed)?),
        _ => None,
    };
    let bytes = match unpacked {
        None => raw,
        Some(unpacked) => unpacked.ok_or_else(|| Problem::Bomb { file: name(), limit })?,
    };
    let (at, mark) = TAR_MARK;
    match () {
        () if bytes.is_empty() => Err(Problem::Empty(name())),
        () if bytes.get(at..).is_some_and(|rest| rest.starts_with(mark)) => Err(Problem::Archive(name())),
        () => Ok(bytes),
    }
}

fn zstd(packed: &[u8], limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    all(decoder, limit)
}

/// Everything that can be read; none where that is more than the limit.
fn all(from: impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}
