//! The quarantine's journal: what was about to be done, and what was done. Its last word on an object decides how to go on.
//!
//! A record is one line: sixteen hexadecimal digits of SHA-256 over the rest, a space, JSON. A torn last line never happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{MachinePath, catalogue::hex};

/// One line. Written and on disk before the step that it announces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Record {
    Opened {
        plan: String,
        at: Timestamp,
    },
    /// Times of a folder before anything in it was touched.
    Folder {
        path: MachinePath,
        modified: i64,
        accessed: i64,
    },
    /// Somebody else changed the folder since: its times are theirs.
    Disturbed {
        path: MachinePath,
    },
    Moving {
        object: usize,
        copy: bool,
    },
    /// A copy is complete in the vault, checked and on disk; the original is being removed.
    Copied {
        object: usize,
    },
    Editing {
        object: usize,
    },
    Taken {
        object: usize,
        inode: u64,
    },
    Stopped {
        object: usize,
        unit: String,
    },
    Skipped {
        object: usize,
        why: String,
    },
    Quarantined {
        at: Timestamp,
    },
    Restoring {
        object: usize,
        copy: bool,
    },
    /// A copy is complete at its old place; the one in the vault is being removed.
    Placed {
        object: usize,
    },
    Returned {
        object: usize,
    },
    Conflict {
        object: usize,
        why: String,
    },
    Restored {
        at: Timestamp,
    },
    Purging {
        object: usize,
    },
    Purged {
        at: Timestamp,
    },
}

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    #[default]
    Untouched,
    Moving {
        copy: bool,
    },
    Copied,
    Editing,
    /// In the vault. For an edit: the original is, and the edited file has this inode.
    Taken {
        inode: u64,
    },
    Skipped(String),
    Restoring {
        copy: bool,
        inode: u64,
    },
    Placed,
    Returned,
    Conflict(String),
    Purging,
}

/// What a journal says, as far as it is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    pub plan: Option<String>,
    pub objects: BTreeMap<usize, Standing>,
    /// Modified and accessed, before the first touch.
    pub folders: BTreeMap<MachinePath, (i64, i64)>,
    pub disturbed: BTreeSet<MachinePath>,
    pub stopped: Vec<String>,
    pub quarantined: Option<Timestamp>,
    /// When everything was back.
    pub restored: Option<Timestamp>,
    pub purged: bool,
    /// Bytes that are whole records; what follows was torn and is cut.
    pub whole: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("line {line} of the journal is damaged, and others follow it: it was changed by somebody else")]
    Damaged { line: usize },
    #[error("line {line} of the journal is of a newer version")]
    Unknown { line: usize },
}

/// A record as a line.
pub fn line(record: &Record) -> String {
    let json = serde_json::to_string(record).unwrap_or_default();
    format!("{} {json}\n", check(json.as_bytes()))
}

fn check(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).chars().take(16).collect()
}

/// Follows a journal from its first line.
pub fn replay(bytes: &[u8]) -> Result<Replayed, JournalError> {
    let mut now = Replayed::default();
    let mut left = bytes;
    let mut line = 0;
    while let Some(end) = left.iter().position(|&b| b == b'\n') {
        line += 1;
        let (this, rest) = left.split_at(end);
        let rest = rest.get(1..).unwrap_or_default();
        let sound =
            this.split_at_checked(17).filter(|(head, json)| head.strip_suffix(b" ") == Some(check(json).as_bytes()));
        let Some((_, json)) = sound else {
            // Only the very end can be torn by a crash.
            return if rest.is_empty() { Ok(now) } else { Err(JournalError::Damaged { line }) };
        };
        let record = serde_json::from_slice(json).map_err(|_| JournalError::Unknown { line })?;
        now.take(record);
        now.whole += end + 1;
        left = rest;
    }
    Ok(now)
}

impl Replayed {
    /// The state after one more record.
    pub fn take(&mut self, record: Record) {
        match record {
            Record::Opened { plan, .. } => self.plan = Some(plan),
            Record::Folder { path, modified, accessed } => {
                self.folders.entry(path).or_insert((modified, accessed));
            }
            Record::Disturbed { path } => {
                self.disturbed.insert(path);
            }
            Record::Moving { object, copy } => self.set(object, Standing::Moving { copy }),
            Record::Copied { object } => self.set(object, Standing::Copied),
            Record::Editing { object } => self.set(object, Standing::Editing),
            Record::Taken { object, inode } => self.set(object, Standing::Taken { inode }),
            Record::Skipped { object, why } => self.set(object, Standing::Skipped(why)),
            Record::Stopped { unit, .. } => self.stopped.push(unit),
            Record::Quarantined { at } => self.quarantined = Some(at),
            Record::Restoring { object, copy } => {
                let inode = match self.of(object) {
                    Standing::Taken { inode } | Standing::Restoring { inode, .. } => inode,
                    _ => 0,
                };
                self.set(object, Standing::Restoring { copy, inode });
            }
            Record::Placed { object } => self.set(object, Standing::Placed),
            Record::Returned { object } => self.set(object, Standing::Returned),
            Record::Conflict { object, why } => self.set(object, Standing::Conflict(why)),
            Record::Restored { at } => self.restored = Some(at),
            Record::Purging { object } => self.set(object, Standing::Purging),
            Record::Purged { .. } => self.purged = true,
        }
    }

    fn set(&mut self, object: usize, standing: Standing) {
        self.objects.insert(object, standing);
    }

    pub fn of(&self, object: usize) -> Standing {
        self.objects.get(&object).cloned().unwrap_or_default()
    }
}
