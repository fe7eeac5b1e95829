//! Cutting XML into its records, without reading what is in them and without expanding anything.

use super::{
    ReadError,
    rows::{Cut, Cutter, Row, cut_off},
};
use crate::reject::{Fault, Reason, clip};

/// Cuts XML into the elements of one name.
pub(super) struct Markup {
    record: &'static str,
    state: State,
    /// The beginning of the tag that is being read.
    tag: Vec<u8>,
    /// How long the tag is, also where its beginning only is kept.
    tag_length: usize,
    in_record: bool,
    /// Elements that are open inside the record.
    depth: usize,
    root: Option<Vec<u8>>,
    root_closed: bool,
    /// A record that begins before the one before it ended.
    pending: Vec<u8>,
    counting: bool,
    digits: Vec<u8>,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Tag,
    /// In an attribute's value.
    Value(u8),
    /// Up to `-->`, `]]>` or `?>`.
    Until(&'static [u8]),
}

/// What is kept of a tag.
const TAG_BYTES: usize = 4 << 10;

impl Markup {
    pub(super) fn new(record: &'static str) -> Self {
        Self {
            record,
            state: State::Text,
            tag: Vec::new(),
            tag_length: 0,
            in_record: false,
            depth: 0,
            root: None,
            root_closed: false,
            pending: Vec::new(),
            counting: false,
            digits: Vec::new(),
            ended: false,
        }
    }

    /// How many records the header of the file says to follow.
    pub(super) fn stated(&self) -> Option<u64> {
        std::str::from_utf8(&self.digits).ok()?.trim().parse().ok()
    }

    fn tag_byte(&mut self, byte: u8) {
        self.tag_length += 1;
        if self.tag.len() < TAG_BYTES {
            self.tag.push(byte);
        }
    }

    /// Follows one byte of a tag; says whether it ended.
    fn in_tag(&mut self, byte: u8) -> bool {
        match (self.state, byte) {
            (State::Tag, b'>') => return true,
            (State::Tag, b'"' | b'\'') if !self.tag.starts_with(b"!") => self.state = State::Value(byte),
            (State::Value(quote), _) if byte == quote => self.state = State::Tag,
            _ => {}
        }
        self.tag_byte(byte);
        match self.tag.as_slice() {
            b"!--" => self.state = State::Until(b"-->"),
            b"![CDATA[" => self.state = State::Until(b"]]>"),
            b"?" => self.state = State::Until(b"?>"),
            _ => {}
        }
        false
    }

    /// What a whole tag means. The row holds the tag already where a record is open.
    fn tag_ends(&mut self, row: &mut Row) -> Cut {
        self.state = State::Text;
        let tag = std::mem::take(&mut self.tag);
        let length = std::mem::take(&mut self.tag_length);
        if tag.starts_with(b"!DOCTYPE") || tag.starts_with(b"!ENTITY") {
            return Cut::Fatal(ReadError::DocumentType);
        }
        let closes = tag.first() == Some(&b'/');
        let empty = tag.last() == Some(&b'/') && length <= TAG_BYTES;
        let name = local_name(&tag).to_vec();
        if self.in_record {
            return self.inside(&name, closes, empty, tag, length, row);
        }
        self.counting = !closes && name == b"RecordCount" && self.digits.is_empty();
        if closes {
            self.root_closed |= self.root.as_ref() == Some(&name);
        } else if name == self.record.as_bytes() {
            self.begin(tag);
        } else if self.root.is_none() {
            self.root = Some(name);
        }
        Cut::More
    }

    fn inside(&mut self, name: &[u8], closes: bool, empty: bool, tag: Vec<u8>, length: usize, row: &mut Row) -> Cut {
        let is_record = name == self.record.as_bytes();
        match (closes, is_record) {
            (true, true) => {
                self.in_record = false;
                return Cut::Row;
            }
            (true, false) if self.depth == 0 => {
                self.in_record = false;
                self.root_closed |= self.root.as_deref() == Some(name);
                row.pop(length + 2);
            }
            (true, false) => {
                self.depth -= 1;
                return Cut::More;
            }
            (false, true) => {
                row.pop(length + 2);
                self.in_record = false;
                self.begin(tag);
            }
            (false, false) => {
                self.depth += usize::from(!empty);
                return Cut::More;
            }
        }
        let detail = format!("record is not closed: `</{}>` is missing before what follows it", clip(self.record));
        Cut::Broken(Fault::new(Reason::BadXml, detail))
    }

    fn begin(&mut self, tag: Vec<u8>) {
        if self.root.is_none() {
            // The record is the document.
            self.root = Some(self.record.as_bytes().to_vec());
            self.root_closed = true;
        }
        self.pending = [b"<", tag.as_slice(), b">"].concat();
        self.depth = 0;
    }

    fn take_byte(&mut self, byte: u8) -> bool {
        match self.state {
            State::Text => {
                if byte == b'<' {
                    self.state = State::Tag;
                    self.tag.clear();
                    self.tag_length = 0;
                } else if self.counting && self.digits.len() < 20 {
                    self.digits.push(byte);
                }
                false
            }
            State::Tag | State::Value(_) => self.in_tag(byte),
            State::Until(end) => {
                // Only the last bytes matter, and the beginning, which must not be taken for the end.
                self.tag_length += 1;
                if self.tag.len() > 64 {
                    self.tag.drain(..60);
                }
                self.tag.push(byte);
                let begin = match end {
                    b"?>" => 2,
                    _ => end.len() + 1,
                };
                if self.tag.ends_with(end) && self.tag_length >= begin {
                    self.state = State::Text;
                }
                false
            }
        }
    }
}

impl Cutter for Markup {
    fn take(&mut self, chunk: &[u8], row: &mut Row) -> (usize, Cut) {
        if !self.pending.is_empty() {
            row.push(&std::mem::take(&mut self.pending));
            self.in_record = true;
            return (0, Cut::More);
        }
        let mut at = 0;
        while at < chunk.len() {
            if self.state == State::Text && !self.counting {
                at += memchr::memchr(b'<', &chunk[at..]).unwrap_or(chunk.len() - at);
                if at == chunk.len() {
                    break;
                }
            }
            let ended = self.take_byte(chunk[at]);
            at += 1;
            if ended {
                if self.in_record {
                    row.push(&chunk[..at]);
                }
                return (at, self.tag_ends(row));
            }
        }
        if self.in_record {
            row.push(chunk);
        }
        (chunk.len(), Cut::More)
    }

    fn end(&mut self, row: &mut Row) -> Cut {
        if std::mem::replace(&mut self.ended, true) {
            return Cut::More;
        }
        if self.in_record || !self.pending.is_empty() {
            return Cut::Broken(cut_off(row.length()));
        }
        match &self.root {
            Some(_) if self.root_closed && self.state == State::Text => Cut::More,
            root => {
                let root = root.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                let detail = format!(
                    "document ends before `</{}>` closes it; records before the cut were read, fetch the file again",
                    clip(&root)
                );
                Cut::Broken(Fault::new(Reason::Truncated, detail))
            }
        }
    }
}

/// The name of a tag without its prefix.
fn local_name(tag: &[u8]) -> &[u8] {
    let tag = tag.strip_prefix(b"/").unwrap_or(tag);
    let end = tag.iter().position(|b| b.is_ascii_whitespace() || *b == b'/').unwrap_or(tag.len());
    let name = &tag[..end];
    memchr::memchr(b':', name).map_or(name, |at| &name[at + 1..])
}
