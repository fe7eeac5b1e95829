//! Streaming readers of what others say of ownership: bytes in, statements and rejects out.
//!
//! Knows nothing of paths, of the graph or of regimes. A row is cut first ([`rows`] and the cutters beside it), then read by its format;
//! only BODS is held until its end. What each format becomes is told in `docs/ownership-formats.md`.

mod bods;
mod build;
mod detect;
mod elements;
mod error;
mod format;
mod ftm;
mod gleif;
mod json;
mod limits;
mod markup;
mod names;
mod ofac;
mod out;
mod psc;
mod rows;
mod table;
mod unpack;
mod when;

use std::{io::Read, sync::Arc};

use self::{
    build::File,
    detect::{Found, Shape},
    out::{Out, Said},
    rows::Lines,
    unpack::Text,
};
pub use self::{
    error::ReadError,
    format::{Format, FormatError},
    limits::Limits,
    out::{Count, Item, Totals},
    unpack::Packing,
};

/// How an input is to be read.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The source that statements name: the file or the register.
    pub source: Arc<str>,
    pub format: Format,
    /// The list that names are on, for OFAC's main file and CSV of names; otherwise the format's own.
    pub list: Option<String>,
    pub limits: Limits,
}

/// What came of a reading. Where it failed, everything before was handed on.
#[derive(Debug)]
#[must_use = "a reading may have failed half-way"]
pub struct Outcome {
    /// The format that was named or found.
    pub format: Option<Format>,
    pub totals: Totals,
    pub failure: Option<ReadError>,
}

impl Feed {
    /// Of a format that is found by looking, with the usual limits.
    pub fn of(source: &str) -> Self {
        Self { source: source.into(), format: Format::Auto, list: None, limits: Limits::default() }
    }
}

/// Reads an input to its end; `sink` gets statements and rejects in the order of the input (those of BODS at its end, and
/// stakes whose bare figure of at most 1 may be a fraction when another figure of the file tells its scale, or at the end).
pub fn read(input: impl Read, feed: &Feed, sink: &mut dyn FnMut(Item)) -> Outcome {
    let mut out = Out::new(feed.limits, sink);
    let opened = Text::open(input).and_then(|mut text| detect::find(&mut text, feed.format).map(|found| (text, found)));
    let (format, failure) = match opened {
        Err(error) => (None, Some(error)),
        Ok((mut text, found)) => (Some(found.format), rows_of(&mut text, found, feed, &mut out).err()),
    };
    out.end();
    Outcome { format, totals: out.totals, failure }
}

fn rows_of(text: &mut Text<'_>, found: Found, feed: &Feed, out: &mut Out<'_>) -> Result<(), ReadError> {
    let file = &File { name: Arc::clone(&feed.source), limits: feed.limits };
    let list = feed.list.as_deref();
    let main = |list: &str| ofac::Kind::Main(list.to_owned());
    match found.format {
        Format::Auto => Ok(()),
        Format::Ftm => json_rows(text, found.shape, out, |row, _, said| ftm::record(file, row, said)),
        Format::Psc => {
            let mut snapshot = psc::Snapshot::default();
            json_rows(text, found.shape, out, |row, _, said| snapshot.record(file, row, said))?;
            snapshot.finish(out);
            Ok(())
        }
        Format::Bods => {
            let mut declarations = bods::Declarations::default();
            let read = json_rows(text, found.shape, out, |row, line, said| declarations.record(file, row, line, said));
            // What was read before a failure is handed on all the same.
            declarations.finish(out).and(read)
        }
        Format::GleifEntities => gleif::read(text, gleif::Kind::Entities, found.shape, file, out),
        Format::GleifRelationships => gleif::read(text, gleif::Kind::Relationships, found.shape, file, out),
        Format::GleifExceptions => gleif::read(text, gleif::Kind::Exceptions, found.shape, file, out),
        Format::OfacSdn => ofac::read(text, &main(list.unwrap_or("ofac-sdn")), file, out),
        Format::OfacConsolidated => ofac::read(text, &main(list.unwrap_or("ofac-consolidated")), file, out),
        Format::OfacAliases => ofac::read(text, &ofac::Kind::Aliases, file, out),
        Format::OfacAddresses => ofac::read(text, &ofac::Kind::Addresses, file, out),
        Format::Names => names::read(text, list, file, out),
    }
}

fn json_rows(
    text: &mut Text<'_>,
    shape: Shape,
    out: &mut Out<'_>,
    read: impl FnMut(&str, u64, &mut Said) -> Result<(), crate::reject::Fault>,
) -> Result<(), ReadError> {
    match shape {
        Shape::Document => rows::each(text, &mut elements::Elements::new(), out, read),
        Shape::Lines | Shape::Xml | Shape::Csv => rows::each(text, &mut Lines, out, read),
    }
}
