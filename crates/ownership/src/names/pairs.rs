//! Pairs of names in CSV, each scored, and a tally where the pairs are labelled.

use std::io;

use super::{Bearer, Explanation, NameError, Parsed, score};

/// The longest row of a file of pairs, in bytes: two names at their limit, and room for other columns.
const ROW_LIMIT: usize = 64 * 1024;

/// Why a file of pairs, or a row of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PairsError {
    #[error("the file of pairs has no column `{0}`; its first line must name `name1` and `name2`")]
    Column(&'static str),
    #[error("line {line}: the row does not parse as CSV")]
    Csv { line: u64, source: csv::Error },
    #[error(
        "line {line}: the row has {bytes} bytes, over the limit of {ROW_LIMIT}; look for a quote that is never closed"
    )]
    Row { line: u64, bytes: usize },
    #[error("line {line}: `{column}` is no name")]
    Name { line: u64, column: &'static str, source: NameError },
    #[error("line {line}: `{text}` is no label; write `true` or `false`, or leave it empty")]
    Label { line: u64, text: String },
    #[error(
        "line {line}: `{text}` is no schema; write Person, Company, Organization, LegalEntity, PublicBody or Vessel"
    )]
    Schema { line: u64, text: String },
}

impl PairsError {
    /// Whether the rest of the file can still be read.
    pub fn is_of_one_row(&self) -> bool {
        !matches!(self, Self::Column(_))
    }
}

/// One scored pair, as it is written out.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Scored {
    pub name1: String,
    pub name2: String,
    #[serde(serialize_with = "super::serialize_shown")]
    pub score: f32,
    #[serde(rename = "match")]
    pub is_match: bool,
    /// What the file says, where it says so.
    #[serde(rename = "is_match", skip_serializing_if = "Option::is_none")]
    pub label: Option<bool>,
    pub explanation: Explanation,
}

/// Reads pairs from CSV with a header and scores them, one at a time.
pub struct Pairs<R> {
    reader: csv::Reader<R>,
    columns: Columns,
    row: csv::StringRecord,
}

struct Columns {
    name1: usize,
    name2: usize,
    label: Option<usize>,
    schema: Option<usize>,
}

impl<R: io::Read> Pairs<R> {
    /// Reads the header: `name1` and `name2`, and perhaps `is_match` and `schema`; other columns are passed over.
    pub fn new(input: R) -> Result<Self, PairsError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let header = reader.headers().map_err(|source| PairsError::Csv { line: 1, source })?;
        let find = |name: &str| header.iter().position(|column| column.trim().trim_start_matches('\u{feff}') == name);
        let columns = Columns {
            name1: find("name1").ok_or(PairsError::Column("name1"))?,
            name2: find("name2").ok_or(PairsError::Column("name2"))?,
            label: find("is_match"),
            schema: find("schema"),
        };
        Ok(Self { reader, columns, row: csv::StringRecord::new() })
    }

    fn scored(&self) -> Result<Scored, PairsError> {
        let line = self.row.position().map_or(0, csv::Position::line);
        let bytes = self.row.as_slice().len();
        if bytes > ROW_LIMIT {
            return Err(PairsError::Row { line, bytes });
        }
        let field = |at: usize| self.row.get(at).unwrap_or("");
        let label = self.columns.label.map_or(Ok(None), |at| label(field(at), line))?;
        let bearer = self.columns.schema.map_or(Ok(Bearer::Organisation), |at| bearer(field(at), line))?;
        let parsed =
            |column, at| Parsed::new(field(at), bearer).map_err(|source| PairsError::Name { line, column, source });
        let result = score(&parsed("name1", self.columns.name1)?, &parsed("name2", self.columns.name2)?);
        Ok(Scored {
            name1: field(self.columns.name1).to_owned(),
            name2: field(self.columns.name2).to_owned(),
            score: result.score,
            is_match: result.is_match(),
            label,
            explanation: result.explanation,
        })
    }
}

impl<R: io::Read> Iterator for Pairs<R> {
    type Item = Result<Scored, PairsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.reader.position().line();
        match self.reader.read_record(&mut self.row) {
            Ok(false) => None,
            Ok(true) => Some(self.scored()),
            Err(source) => Some(Err(PairsError::Csv { line, source })),
        }
    }
}

fn label(text: &str, line: u64) -> Result<Option<bool>, PairsError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" | "1" | "yes" => Ok(Some(true)),
        "false" | "0" | "no" => Ok(Some(false)),
        _ => Err(PairsError::Label { line, text: clipped(text) }),
    }
}

fn bearer(text: &str, line: u64) -> Result<Bearer, PairsError> {
    match text.trim() {
        "Person" => Ok(Bearer::Person),
        "" | "Company" | "Organization" | "LegalEntity" | "PublicBody" => Ok(Bearer::Organisation),
        "Vessel" | "Airplane" | "Vehicle" => Ok(Bearer::Vessel),
        _ => Err(PairsError::Schema { line, text: clipped(text) }),
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_debug().to_string()
}

/// How often the verdict agreed with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub true_matches: u64,
    pub false_matches: u64,
    pub missed: u64,
    pub true_misses: u64,
    pub unlabelled: u64,
}

impl Tally {
    pub fn add(&mut self, label: Option<bool>, is_match: bool) {
        match (label, is_match) {
            (Some(true), true) => self.true_matches += 1,
            (Some(false), true) => self.false_matches += 1,
            (Some(true), false) => self.missed += 1,
            (Some(false), false) => self.true_misses += 1,
            (None, _) => self.unlabelled += 1,
        }
    }

    /// The share of matches that are right; nothing where nothing matched.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_matches, self.true_matches + self.false_matches)
    }

    /// The share of labelled matches that were found; nothing where there are none.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_matches, self.true_matches + self.missed)
    }

    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.true_matches, 2 * self.true_matches + self.false_matches + self.missed)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
