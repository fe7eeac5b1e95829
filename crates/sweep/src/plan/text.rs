//! A plan for people.

use std::fmt;

use super::{Draft, Plan};
use crate::output::size;

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Ban `{}` on {} (root {}), in force from {}", self.ban, self.machine, self.root, self.from)?;
        writeln!(f, "Why: {}", self.reason)?;
        let totals = &self.totals;
        writeln!(
            f,
            "{} object(s), {} file(s), {} would be taken; {} reported; {} left alone. Valid until {}.\n",
            totals.objects,
            totals.files,
            size(totals.bytes),
            totals.reported,
            totals.left,
            self.expires
        )?;
        for object in &self.objects {
            writeln!(
                f,
                "  {:<6} {:<13} {:>9}  {}",
                object.action.as_str(),
                object.class.as_str(),
                size(object.bytes),
                object.path
            )?;
            writeln!(f, "         {}", object.why)?;
            for key in &object.keys {
                writeln!(f, "         key {} ({})", key.key, key.value.as_deref().unwrap_or(&key.names))?;
            }
        }
        if !self.left.is_empty() {
            writeln!(f, "\nLeft alone:")?;
        }
        for left in &self.left {
            writeln!(f, "  {:<13} {}\n         {}", left.class.as_str(), left.path, left.why)?;
        }
        if !self.running.is_empty() {
            writeln!(f, "\nRunning, and running on until it is ended:")?;
        }
        for running in &self.running {
            writeln!(f, "  running: {}  {}", running.what, running.path)?;
        }
        for note in &self.notes {
            writeln!(f, "\nNote: {note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nDigest: {}", self.draft(), self.digest())
    }
}
