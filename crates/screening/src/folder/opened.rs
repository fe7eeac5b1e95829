//! A file, unpacked where it is packed, with a look at its first line.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use ownership::{Format, plain};

/// How much of a file is looked at to tell plain CSV.
const HEAD: usize = 64 << 10;

/// A file whose beginning was read, and can be read again.
pub(super) struct Opened {
    head: Vec<u8>,
    /// What stopped the look; it comes after the head, so that a file that is cut is never taken for a whole one.
    stopped: Option<io::Error>,
    reader: Box<dyn Read>,
}

/// Who reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Stakes,
    Entities,
    /// OpenSanctions' simplified table, which leaves out what a standing rests on.
    Summary,
    Other(Format),
}

impl Opened {
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let mut packed = BufReader::with_capacity(1 << 20, File::open(path)?);
        let magic = packed.fill_buf()?;
        let mut reader: Box<dyn Read> = match magic {
            [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
            _ => Box::new(packed),
        };
        let mut head = Vec::new();
        let stopped = reader.by_ref().take(HEAD as u64).read_to_end(&mut head).err();
        Ok(Self { head, stopped, reader })
    }

    /// By the columns that the first line names.
    pub(super) fn shape(&self) -> Shape {
        let line = self.head.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.starts_with(['{', '[', '<']) {
            return Shape::Other(Format::Auto);
        }
        let columns: Vec<String> = line
            .split(char::from(plain::delimiter(line.as_bytes())))
            .map(|column| column.trim().trim_matches('"').to_ascii_lowercase())
            .collect();
        let has = |name: &str| columns.iter().any(|column| column == name);
        match () {
            () if has("owner") && has("owned") => Shape::Stakes,
            () if has("schema") && has("aliases") && has("dataset") => Shape::Summary,
            // What a list of names may say and a file of entities may not.
            () if ["alias", "identifier", "programme", "country"].into_iter().any(has) => Shape::Other(Format::Auto),
            () if has("id") && has("name") => Shape::Entities,
            () => Shape::Other(Format::Auto),
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() {
            return match self.stopped.take() {
                Some(error) => Err(error),
                None => self.reader.read(buffer),
            };
        }
        let mut head = Cursor::new(&self.head);
        let read = head.read(buffer)?;
        self.head.drain(..read);
        Ok(read)
    }
}
