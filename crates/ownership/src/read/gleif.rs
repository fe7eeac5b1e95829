//! GLEIF: who is who (Level 1), who consolidates whom (Level 2), and why a parent is not reported.
//!
//! LEI-CDF 3.1, RR-CDF 2.1 and the reporting exceptions format 2.1, as XML, as the CSV of the golden copy, or as JSON:
//! https://www.gleif.org/en/lei-data/access-and-use-lei-data. The three spellings give the same leaves, and one reader reads those.

mod entity;
mod leaves;
mod relationship;

use super::{
    ReadError, Said,
    build::{self, File},
    detect::Shape,
    elements::Elements,
    markup::Markup,
    out::{Count, Out},
    rows::{self, Lines},
    table::{Fields, Table},
    unpack::Text,
};
use crate::{
    Period,
    reject::{Fault, Reason, clip},
};
use leaves::{Columns, Leaves};

/// Which of the three files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Entities,
    Relationships,
    Exceptions,
}

impl Kind {
    /// The element that holds one record.
    fn element(self) -> &'static str {
        match self {
            Self::Entities => "LEIRecord",
            Self::Relationships => "RelationshipRecord",
            Self::Exceptions => "Exception",
        }
    }

    /// A column that no file of the kind is without, as the golden copy and as the element is called.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Entities => &["Entity.LegalName"],
            Self::Relationships => &["Relationship.StartNode.NodeID"],
            Self::Exceptions => &["Exception.Category", "ExceptionCategory"],
        }
    }
}

pub(super) fn read(
    text: &mut Text<'_>,
    kind: Kind,
    shape: Shape,
    file: &File,
    out: &mut Out<'_>,
) -> Result<(), ReadError> {
    let mut leaves = Leaves::new(kind.element(), file.limits);
    match shape {
        Shape::Xml => {
            let mut cutter = Markup::new(kind.element());
            let before = out.totals.rows;
            rows::each(text, &mut cutter, out, |row, _, said| {
                leaves.read_xml(row)?;
                record(kind, file, &leaves, said)
            })?;
            if let Some(stated) = cutter.stated() {
                let found = out.totals.rows - before;
                out.totals.counts.push(Count { of: "records", stated, found });
            }
            Ok(())
        }
        Shape::Document => rows::each(text, &mut Elements::new(), out, |row, _, said| {
            leaves.read_json(row)?;
            record(kind, file, &leaves, said)
        }),
        Shape::Lines => rows::each(text, &mut Lines, out, |row, _, said| {
            leaves.read_json(row)?;
            record(kind, file, &leaves, said)
        }),
        Shape::Csv => {
            let mut fields = Fields::default();
            let mut columns: Option<Columns> = None;
            let mut failed = None;
            rows::each(text, &mut Table::new(true), out, |row, _, said| {
                fields.split(row);
                match &columns {
                    None => {
                        said.pass("header");
                        match Columns::of(&fields, kind.columns()) {
                            Ok(found) => columns = Some(found),
                            Err(error) => failed = Some(error),
                        }
                        Ok(())
                    }
                    Some(columns) => {
                        columns.check(&fields)?;
                        leaves.read_row(columns, &fields);
                        record(kind, file, &leaves, said)
                    }
                }
            })?;
            failed.map_or(Ok(()), Err)
        }
    }
}

fn record(kind: Kind, file: &File, leaves: &Leaves, said: &mut Said) -> Result<(), Fault> {
    match kind {
        Kind::Entities => entity::record(file, leaves, said),
        Kind::Relationships => relationship::record(file, leaves, said),
        Kind::Exceptions => exception(file, leaves, said),
    }
}

/// An absent parent: unknown, never clear.
fn exception(file: &File, leaves: &Leaves, said: &mut Said) -> Result<(), Fault> {
    let lei = build::lei(leaves.need("LEI")?, "LEI")?;
    let category = leaves.one("ExceptionCategory").or(leaves.one("Exception.Category"));
    let category = category.ok_or_else(|| Fault::missing("ExceptionCategory"))?;
    if !matches!(category, "DIRECT_ACCOUNTING_CONSOLIDATION_PARENT" | "ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT") {
        let detail = format!("field `ExceptionCategory`: `{}` is no category that we know", clip(category));
        return Err(Fault::new(Reason::UnknownSchema, detail));
    }
    let mut reasons = leaves.all("ExceptionReason").chain(leaves.all("Exception.Reason")).peekable();
    if reasons.peek().is_none() {
        return Err(Fault::missing("ExceptionReason"));
    }
    for reason in reasons {
        let record = format!("{lei} {category}");
        said.statements.push(file.gap(&build::lei_key(lei), reason, Period::default(), &record));
    }
    Ok(())
}
