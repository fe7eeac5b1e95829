//! One regular expression that was understood, by the engine that can.

use std::ops::Range;

/// Steps back that an expression with look-around may take to one match, and the machine's steps that this counts for.
const BACKTRACKS_MAX: usize = 10_000;
const BACKTRACKING_STEPS: u64 = 10_000;
const SPLITS_MAX: usize = 100_000;
const COMPILED_BYTES: usize = 1 << 20;
const CACHE_BYTES: usize = 256 << 10;

/// Where a match and its groups are, in bytes.
pub(crate) type Groups = Vec<Option<Range<usize>>>;

#[derive(Debug)]
pub(crate) enum Pattern {
    /// In time that is linear in the text.
    Linear(regex::Regex),
    /// With look-around or references back, and a limit on their work.
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// In Rust's syntax, with JavaScript's flags; none where neither engine takes it.
    pub(super) fn new(text: &str, flags: &str) -> Option<Self> {
        let is = |flag: char| flags.contains(flag);
        let linear = regex::RegexBuilder::new(text)
            .case_insensitive(is('i'))
            .multi_line(is('m'))
            .dot_matches_new_line(is('s'))
            .size_limit(COMPILED_BYTES)
            .dfa_size_limit(CACHE_BYTES)
            .build();
        if let Ok(linear) = linear {
            return Some(Self::Linear(linear));
        }
        let given: String = ['i', 'm', 's'].into_iter().filter(|flag| is(*flag)).collect();
        let text = if given.is_empty() { text.to_owned() } else { format!("(?{given}){text}") };
        let backtracking = fancy_regex::RegexBuilder::new(&text)
            .backtrack_limit(BACKTRACKS_MAX)
            .delegate_size_limit(COMPILED_BYTES)
            .delegate_dfa_size_limit(CACHE_BYTES)
            .build();
        backtracking.ok().map(|made| Self::Backtracking(Box::new(made)))
    }

    /// The machine's steps that looking through a text for some matches counts for.
    pub(super) fn steps(&self, text: &str, matches: usize) -> u64 {
        let one = match self {
            Self::Linear(_) => 0,
            Self::Backtracking(_) => BACKTRACKING_STEPS,
        };
        text.len() as u64 / 64 + one * (1 + matches as u64)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Linear(r) => r.is_match(text),
            Self::Backtracking(r) => r.is_match(text).unwrap_or(false),
        }
    }

    /// The first match at or after a place.
    pub(super) fn from(&self, text: &str, at: usize) -> Option<Groups> {
        match self {
            Self::Linear(r) => r.captures_at(text, at).map(|c| c.iter().map(|g| g.map(|g| g.range())).collect()),
            Self::Backtracking(r) => {
                let found = r.captures_from_pos(text, at).ok()??;
                Some(found.iter().map(|g| g.map(|g| g.range())).collect())
            }
        }
    }

    /// All matches that do not overlap, as many as are wanted.
    pub(super) fn all(&self, text: &str, most: usize) -> Vec<Groups> {
        match self {
            Self::Linear(r) => {
                let found = r.captures_iter(text).take(most);
                found.map(|c| c.iter().map(|g| g.map(|g| g.range())).collect()).collect()
            }
            Self::Backtracking(r) => {
                let found = r.captures_iter(text).map_while(Result::ok).take(most);
                found.map(|c| c.iter().map(|g| g.map(|g| g.range())).collect()).collect()
            }
        }
    }

    /// The pieces between all matches, with what their groups found.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut end = 0;
        let mut pieces = Vec::new();
        for groups in self.all(text, SPLITS_MAX) {
            let Some(whole) = groups[0].clone() else { continue };
            // JavaScript finds nothing that is empty at either end.
            if whole.is_empty() && (whole.start == 0 || whole.start == text.len()) {
                continue;
            }
            pieces.push(&text[end..whole.start]);
            pieces.extend(groups.iter().skip(1).map(|g| g.clone().map_or("", |g| &text[g])));
            end = whole.end;
        }
        pieces.push(&text[end..]);
        pieces
    }

    /// The names of groups, with their numbers.
    pub(super) fn names(&self) -> Vec<(usize, &str)> {
        match self {
            Self::Linear(r) => r.capture_names().enumerate().filter_map(|(i, n)| Some((i, n?))).collect(),
            Self::Backtracking(r) => r.capture_names().enumerate().filter_map(|(i, n)| Some((i, n?))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn look_around_is_understood_and_limited() {
        let grouped = Pattern::new(r"(\d)(?=(\d{3})+$)", "g").unwrap();
        assert_eq!(grouped.all("10000", 10)[0][0], Some(1..2));
        assert_eq!(Pattern::new(r",(?!x)", "").unwrap().split("a,b,x"), ["a", "b,x"]);
        assert!(Pattern::new(r"(a)\1", "i").unwrap().is_match("xAa"));
        assert!(!Pattern::new(r"(?=((a+)+)+$)b\1", "").unwrap().is_match(&"a".repeat(5_000)));
        assert!(Pattern::new(r"(", "").is_none());
    }

    #[test]
    fn a_split_by_nothing_parts_all() {
        assert_eq!(Pattern::new("(?:)", "").unwrap().split("abc"), ["a", "b", "c"]);
        assert_eq!(Pattern::new(r"\s+", "").unwrap().split(" a b"), ["", "a", "b"]);
        assert_eq!(Pattern::new(r"(\d)", "").unwrap().split("a1b"), ["a", "1", "b"]);
    }
}
