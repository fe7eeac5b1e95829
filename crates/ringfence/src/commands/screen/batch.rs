//! Many organisations from a CSV, one JSON line each; what was stopped goes on where it stopped.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use ownership::Place;
use screening::{Question, Register};
use serde_json::{Value, json};

use super::{Under, is_found};
use crate::{outcome::Outcome, progress, say};

/// A row's line is on disk after at most so many more.
const FLUSHED: u64 = 64;

/// Where what is asked stands.
struct Columns {
    id: Option<usize>,
    name: Option<usize>,
    country: Option<usize>,
}

pub(super) fn run(batch: &Path, out: &Path, register: &Register, under: &Under) -> Result<Outcome> {
    let shown = batch.display().to_string();
    let opened = File::open(batch).with_context(|| format!("cannot read `{shown}`"))?;
    let length = opened.metadata().map(|meta| meta.len()).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(opened));
    let columns = Columns::of(reader.headers().with_context(|| format!("cannot read the header of `{shown}`"))?)
        .with_context(|| format!("`{shown}` cannot be used"))?;
    let (done, mut file) = resumed(out)?;
    if done.rows > 0 {
        say::note(&format!("ringfence: {} rows are in `{}` already; going on after them", done.rows, out.display()));
    }
    let bar = progress::bytes("screening", length);
    let (mut outcome, mut row) = (if done.found { Outcome::Found } else { Outcome::Nothing }, 0u64);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).with_context(|| format!("`{shown}`, after row {row}"))? {
        row += 1;
        bar.set_position(reader.position().byte());
        let asked = columns.asked(&record);
        if row <= done.rows {
            if row == done.rows && done.asked.as_deref() != Some(&asked) {
                bail!(
                    "`{}` was made from other rows: its row {row} asks `{}`, and `{shown}` asks `{}` there; name another --out",
                    out.display(),
                    done.asked.unwrap_or_default().escape_debug(),
                    asked.escape_debug()
                );
            }
            continue;
        }
        let (line, is_found) = line(register, under, &columns, &record, &asked, row);
        if is_found {
            outcome = Outcome::Found;
        }
        writeln!(file, "{line}").with_context(|| format!("cannot write `{}`", out.display()))?;
        if row.is_multiple_of(FLUSHED) {
            file.flush().with_context(|| format!("cannot write `{}`", out.display()))?;
        }
    }
    file.flush().with_context(|| format!("cannot write `{}`", out.display()))?;
    bar.finish_and_clear();
    Ok(outcome)
}

/// The line of one row; a row that cannot be asked has its reason in place of a standing.
fn line(
    register: &Register,
    under: &Under,
    columns: &Columns,
    record: &csv::StringRecord,
    asked: &str,
    row: u64,
) -> (Value, bool) {
    let wrong = |why: String| (json!({"row": row, "asked": asked, "error": why}), false);
    if asked.trim().is_empty() {
        return wrong("the row names nobody".to_owned());
    }
    let country = columns.country.and_then(|at| record.get(at)).map(str::trim).filter(|code| !code.is_empty());
    let country = match country.map(str::parse::<Place>).transpose() {
        Ok(country) => country,
        Err(error) => return wrong(error.to_string()),
    };
    let question = Question { countries: country.into_iter().collect(), ..Question::typed(asked) };
    match register.answer(&question, &under.regime, under.on) {
        Err(error) => wrong(format!("{error:#}")),
        Ok(answer) => {
            let mut value = answer.to_value(register, asked, &under.regime, under.on);
            if let Value::Object(fields) = &mut value {
                fields.insert("row".to_owned(), json!(row));
            }
            (value, is_found(answer.verdict()))
        }
    }
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self> {
        let find = |name: &str| {
            header.iter().position(|column| column.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
        };
        let columns = Self { id: find("id"), name: find("name"), country: find("country") };
        if columns.id.is_none() && columns.name.is_none() {
            bail!("its first line must name a column `name` or `id`");
        }
        Ok(columns)
    }

    /// The id where there is one, else the name.
    fn asked(&self, record: &csv::StringRecord) -> String {
        let at = |column: Option<usize>| column.and_then(|at| record.get(at)).filter(|text| !text.trim().is_empty());
        at(self.id).or_else(|| at(self.name)).unwrap_or_default().to_owned()
    }
}

/// What an earlier run left.
#[derive(Default)]
struct Done {
    rows: u64,
    asked: Option<String>,
    found: bool,
}

/// Opens the file of lines behind its last whole line; a torn one is cut off.
fn resumed(out: &Path) -> Result<(Done, std::io::BufWriter<File>)> {
    let cannot = || format!("cannot use `{}`", out.display());
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(out).with_context(cannot)?;
    let (mut done, mut whole) = (Done::default(), 0u64);
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).with_context(cannot)? > 0 {
        let Some(text) = line.strip_suffix(b"\n") else { break };
        let Ok(value) = serde_json::from_slice::<Value>(text) else {
            bail!("`{}` holds a line that is no standing; name another --out", out.display());
        };
        done.rows += 1;
        done.asked = value.get("asked").and_then(Value::as_str).map(str::to_owned);
        let standing = value.get("standing").and_then(Value::as_str);
        done.found |= matches!(standing, Some("caught" | "possible"));
        whole += line.len() as u64;
        line.clear();
    }
    file.set_len(whole).with_context(cannot)?;
    file.seek(SeekFrom::Start(whole)).with_context(cannot)?;
    Ok((done, std::io::BufWriter::new(file)))
}
