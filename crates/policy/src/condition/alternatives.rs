//! A condition's alternatives: what must hold together, signal by signal.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Atom, Condition};
use crate::signal::{Kind, Signal};

/// A conjunction: all of this holds at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alternative {
    pub(crate) asked: BTreeMap<&'static str, Asked>,
    /// Pairs that must be the same (or not).
    pub(crate) pairs: Vec<(&'static str, &'static str, bool)>,
    /// Signals in conditions that are not understood.
    pub(crate) unread: BTreeSet<&'static str>,
    /// Nothing of it was left out.
    pub(crate) exact: bool,
}

/// What an alternative asks of one signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) signal: &'static Signal,
    /// One of these, when there are any.
    pub(crate) among: Option<BTreeSet<String>>,
    pub(crate) except: BTreeSet<String>,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The alternatives that can hold; none when there are more than the limit on the way.
pub(crate) fn alternatives(condition: &Condition, limit: usize) -> Option<Vec<Alternative>> {
    expand(condition, true, limit)
}

fn expand(condition: &Condition, holds: bool, limit: usize) -> Option<Vec<Alternative>> {
    match condition {
        Condition::Constant(truth) => Some(if *truth == holds { vec![Alternative::default()] } else { Vec::new() }),
        Condition::Not(inner) => expand(inner, !holds, limit),
        Condition::Atom(atom) => Some(of_atom(atom, holds)),
        Condition::All(parts) if holds => product(parts, holds, limit),
        Condition::Any(parts) if !holds => product(parts, holds, limit),
        Condition::All(parts) | Condition::Any(parts) => {
            let mut sum: Vec<Alternative> = Vec::new();
            for part in parts {
                for alternative in expand(part, holds, limit)? {
                    if !sum.contains(&alternative) {
                        sum.push(alternative);
                    }
                }
                if sum.len() > limit {
                    return None;
                }
            }
            Some(sum)
        }
    }
}

fn product(parts: &[Condition], holds: bool, limit: usize) -> Option<Vec<Alternative>> {
    let mut factors = Vec::with_capacity(parts.len());
    for part in parts {
        factors.push(expand(part, holds, limit)?);
    }
    // A part that cannot hold makes all of it short.
    factors.sort_by_key(Vec::len);
    let mut product = vec![Alternative::default()];
    for factor in factors {
        let mut next: Vec<Alternative> = Vec::new();
        for (left, right) in product.iter().flat_map(|left| factor.iter().map(move |right| (left, right))) {
            if let Some(both) = left.and(right)
                && !next.contains(&both)
            {
                next.push(both);
            }
            if next.len() > limit {
                return None;
            }
        }
        product = next;
    }
    Some(product)
}

fn of_atom(atom: &Atom, holds: bool) -> Vec<Alternative> {
    match atom {
        Atom::Among { signal, values, except } => {
            let mut asked = Asked::anything(signal);
            if *except == holds {
                asked.except.clone_from(values);
            } else {
                asked.among = Some(values.clone());
            }
            Alternative::asking(asked).into_iter().collect()
        }
        Atom::Between { signal, from, to } => {
            let range = |from: Option<i64>, to: Option<i64>| {
                Alternative::asking(Asked { from: from?, to: to?, ..Asked::anything(signal) })
            };
            if holds {
                range(Some(*from), Some(*to)).into_iter().collect()
            } else {
                let (below, above) = (from.checked_sub(1), to.checked_add(1));
                [range(Some(i64::MIN), below), range(above, Some(i64::MAX))].into_iter().flatten().collect()
            }
        }
        Atom::Same { a, b, same } => {
            vec![Alternative { pairs: vec![(a.name, b.name, *same == holds)], ..Alternative::default() }]
        }
        Atom::Opaque(signals) => {
            vec![Alternative {
                unread: signals.iter().map(|s| s.name).collect(),
                exact: false,
                ..Alternative::default()
            }]
        }
    }
}

/// Anything holds.
impl Default for Alternative {
    fn default() -> Self {
        Self { asked: BTreeMap::new(), pairs: Vec::new(), unread: BTreeSet::new(), exact: true }
    }
}

impl Alternative {
    fn asking(asked: Asked) -> Option<Self> {
        let asked = asked.possible()?;
        Some(Self { asked: BTreeMap::from([(asked.signal.name, asked)]), ..Self::default() })
    }

    /// Both at once; none when they cannot hold together.
    fn and(&self, other: &Self) -> Option<Self> {
        let mut both = self.clone();
        for (name, asked) in &other.asked {
            let joined = match both.asked.get(name) {
                Some(own) => own.and(asked)?,
                None => asked.clone(),
            };
            both.asked.insert(name, joined);
        }
        for pair in &other.pairs {
            if both.pairs.iter().any(|(a, b, same)| (*a, *b) == (pair.0, pair.1) && *same != pair.2) {
                return None;
            }
            if !both.pairs.contains(pair) {
                both.pairs.push(*pair);
            }
        }
        both.unread.extend(&other.unread);
        both.exact &= other.exact;
        Some(both)
    }

    /// Every signal that it looks at.
    pub(crate) fn signals(&self) -> impl Iterator<Item = &'static Signal> {
        let names = self.asked.keys().chain(&self.unread).copied();
        names.chain(self.pairs.iter().flat_map(|(a, b, _)| [*a, *b])).filter_map(Signal::named)
    }

    pub(crate) fn is_always(&self) -> bool {
        self.asked.is_empty() && self.pairs.is_empty() && self.exact
    }

    pub(crate) fn takes_unknown_age_for_new(&self) -> bool {
        self.asked.get("account.age_days").is_some_and(|asked| asked.to < i64::MAX && asked.to >= 0 && asked.has("-1"))
    }
}

impl Asked {
    fn anything(signal: &'static Signal) -> Self {
        Self { signal, among: None, except: BTreeSet::new(), from: i64::MIN, to: i64::MAX }
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let among = match (&self.among, &other.among) {
            (Some(a), Some(b)) => Some(a.intersection(b).cloned().collect()),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        let except = self.except.union(&other.except).cloned().collect();
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        Self { signal: self.signal, among, except, from, to }.possible()
    }

    /// In its simplest form; none when no value is left.
    fn possible(mut self) -> Option<Self> {
        let words: Option<&[&str]> = match self.signal.kind {
            Kind::Word(words) => Some(words),
            Kind::Truth => Some(&["true", "false"]),
            Kind::Text(_) | Kind::Number(_) => None,
        };
        if let Some(words) = words {
            let left = words.iter().filter(|word| self.has(word)).map(|word| (*word).to_owned()).collect();
            self.among = Some(left);
            self.except = BTreeSet::new();
        } else if let Some(among) = &self.among {
            self.among = Some(among.iter().filter(|value| self.has(value)).cloned().collect());
            self.except = BTreeSet::new();
        }
        let empty = self.from > self.to || self.among.as_ref().is_some_and(BTreeSet::is_empty);
        (!empty).then_some(self)
    }

    /// Whether a value is left.
    pub(crate) fn has(&self, value: &str) -> bool {
        let in_range = !matches!(self.signal.kind, Kind::Number(_))
            || value.parse::<i64>().is_ok_and(|number| (self.from..=self.to).contains(&number));
        in_range && !self.except.contains(value) && self.among.as_ref().is_none_or(|among| among.contains(value))
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.asked.values().map(Asked::to_string).collect();
        parts.extend(self.pairs.iter().map(|(a, b, same)| format!("{a} {} {b}", if *same { "is" } else { "is not" })));
        if !self.unread.is_empty() {
            let unread: Vec<_> = self.unread.iter().copied().collect();
            parts.push(format!("something is computed from {}", unread.join(", ")));
        }
        if parts.is_empty() {
            return f.write_str("anything holds");
        }
        f.write_str(&parts.join(" and "))
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signal.name)?;
        if let Some(among) = &self.among {
            return write!(f, " is {}", listed(among));
        }
        match (self.from > i64::MIN, self.to < i64::MAX) {
            (true, true) if self.from == self.to => write!(f, " is {}", self.from)?,
            (true, true) => write!(f, " is {} to {}", self.from, self.to)?,
            (true, false) => write!(f, " is at least {}", self.from)?,
            (false, true) => write!(f, " is at most {}", self.to)?,
            (false, false) => {}
        }
        if !self.except.is_empty() {
            write!(f, " is not {}", listed(&self.except))?;
        }
        Ok(())
    }
}

fn listed(values: &BTreeSet<String>) -> String {
    const SHOWN: usize = 4;
    let mut shown: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
    if values.len() > SHOWN {
        shown.push("…");
    }
    shown.join(" or ")
}
