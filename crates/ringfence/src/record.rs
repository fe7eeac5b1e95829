//! Decisions, read back from the ledger of the data folder.

use anyhow::{Context, Result, bail};
use gateway::{DECISION_KIND, Recorded};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use policy::DecisionId;

use crate::data::DataFolder;

/// Decisions in the order of the ledger.
pub(crate) fn decisions(
    data: &DataFolder,
    since: Option<Timestamp>,
) -> Result<impl Iterator<Item = Result<Recorded>> + use<>> {
    let folder = data.ledger();
    if !folder.is_dir() {
        bail!("there is no ledger in `{}`; `ringfence serve` writes one", folder.display());
    }
    let entries = journal::entries(&folder, since)?;
    Ok(entries.filter_map(|record| match record {
        Err(error) => Some(Err(error.into())),
        Ok(record) if record.leaf.kind().as_str() == DECISION_KIND => {
            let read = Recorded::read(record.leaf.body());
            Some(read.with_context(|| format!("entry {} of the ledger is no decision of this version", record.index)))
        }
        Ok(_) => None,
    }))
}

/// The decision of an id.
pub(crate) fn decision(data: &DataFolder, id: DecisionId) -> Result<Option<Recorded>> {
    for recorded in decisions(data, None)? {
        let recorded = recorded?;
        if recorded.decision.decision_id == id {
            return Ok(Some(recorded));
        }
    }
    Ok(None)
}

/// A time in full, or the begin of a day (UTC).
pub(crate) fn moment(text: &str) -> Result<Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let day: Date =
        text.parse().with_context(|| format!("`{text}` is no time: write 2026-11-01T00:00:00Z, or a day"))?;
    Ok(day.to_zoned(TimeZone::UTC).with_context(|| format!("`{text}` is out of range"))?.timestamp())
}
