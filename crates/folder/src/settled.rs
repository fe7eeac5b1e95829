//! When to read something anew that changes while a server runs.

/// The states that were seen of a file or a folder.
///
/// A new state counts once two looks in a row saw it, so that what is being written in place, or copied file by file, is left
/// alone until the writer pauses. That is a help and no promise: a writer that wants one writes under another name and renames.
#[derive(Debug, Clone)]
pub struct Settled<T> {
    /// The state that was read, or tried; none when it has to be tried again.
    read: Option<T>,
    seen: T,
}

impl<T: PartialEq + Clone> Settled<T> {
    /// From the state that was read.
    pub fn at(read: T) -> Self {
        Self { seen: read.clone(), read: Some(read) }
    }

    /// Whether to read now. A state that was refused is not asked for again until it changes.
    pub fn is_due(&mut self, now: T) -> bool {
        let settled = now == self.seen;
        let due = settled && self.read.as_ref() != Some(&now);
        if due {
            self.read = Some(now.clone());
        }
        self.seen = now;
        due
    }

    /// Has the same state asked for once more: what failed was not the state.
    pub fn again(&mut self) {
        self.read = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_once_when_it_is_at_rest() {
        let mut settled = Settled::at(1);
        let asked: Vec<bool> = [1, 2, 3, 3, 3, 1, 1].into_iter().map(|now| settled.is_due(now)).collect();
        assert_eq!(asked, [false, false, false, true, false, false, true]);
        settled.again();
        assert!(settled.is_due(1));
        assert!(!settled.is_due(1));
    }
}
