//! What a value depends on: sources with the transforms on the way, and how its constants were encoded.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::axes::{Source, Transform};

/// A place in the files that one run reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: u16,
    pub(crate) at: u32,
}

/// How a constant was hidden before the code took it apart, as bits.
pub(crate) mod codes {
    pub(crate) const BASE64: u8 = 1;
    pub(crate) const HEX: u8 = 2;
    pub(crate) const XOR: u8 = 4;
    pub(crate) const CHAR_CODES: u8 = 8;
    pub(crate) const REVERSED: u8 = 16;
    /// A number mixed from other values, as a hash is.
    pub(crate) const MIXED: u8 = 32;
    /// No code: folders that are searched for programs.
    pub(crate) const SEARCH_PATH: u8 = 64;
}

/// A source that was read, with what was done to it since; an index into `Marks`.
pub(crate) type MarkId = u32;

/// A selection between look-alikes; an index into the run's candidates.
pub(crate) type CandidateId = u32;

const MARKS_MAX: usize = 20;
const STEPS_MAX: usize = 6;
const CANDIDATES_MAX: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    pub(crate) transform: Transform,
    pub(crate) place: Place,
    pub(crate) detail: Rc<str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) source: Source,
    pub(crate) place: Place,
    pub(crate) steps: Vec<Step>,
}

/// How a text or number that is not known was written anew: what may have been in it, and what is there now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub(crate) before: Rc<str>,
    pub(crate) after: Rc<str>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Influence {
    pub(crate) marks: Vec<MarkId>,
    pub(crate) candidates: Vec<CandidateId>,
    pub(crate) codes: u8,
    pub(crate) form: Option<Rc<Form>>,
}

/// The influences on a value; most values have none.
pub(crate) type Taint = Option<Rc<Influence>>;

pub(crate) fn is_marked(taint: &Taint) -> bool {
    taint.as_ref().is_some_and(|t| !t.marks.is_empty())
}

pub(crate) fn codes_of(taint: &Taint) -> u8 {
    taint.as_ref().map_or(0, |t| t.codes)
}

/// What both depend on; bounded, so that a hub of a program does not carry everything.
pub(crate) fn union(a: &Taint, b: &Taint) -> Taint {
    match (a, b) {
        (None, other) | (other, None) => other.clone(),
        (Some(x), Some(y)) if Rc::ptr_eq(x, y) || x == y => a.clone(),
        (Some(x), Some(y)) => {
            let mut both = (**x).clone();
            merge(&mut both.marks, &y.marks, MARKS_MAX);
            merge(&mut both.candidates, &y.candidates, CANDIDATES_MAX);
            both.codes |= y.codes;
            both.form = both.form.filter(|f| y.form.as_ref() == Some(f));
            Some(Rc::new(both))
        }
    }
}

fn merge(into: &mut Vec<u32>, from: &[u32], limit: usize) {
    for id in from {
        if into.len() < limit && !into.contains(id) {
            into.push(*id);
        }
    }
}

pub(crate) fn with_codes(taint: &Taint, bits: u8) -> Taint {
    let mut next = taint.as_deref().cloned().unwrap_or_default();
    next.codes |= bits;
    Some(Rc::new(next))
}

pub(crate) fn with_form(taint: &Taint, before: &str, after: &str) -> Taint {
    let form = Some(Rc::new(Form { before: before.into(), after: after.into() }));
    Some(Rc::new(Influence { form, ..taint.as_deref().cloned().unwrap_or_default() }))
}

/// Without what was said of how the value is written.
pub(crate) fn without_form(taint: &Taint) -> Taint {
    let t = taint.as_deref()?;
    if t.form.is_none() {
        return taint.clone();
    }
    (!t.marks.is_empty() || !t.candidates.is_empty() || t.codes != 0)
        .then(|| Rc::new(Influence { form: None, ..t.clone() }))
}

pub(crate) fn form_of(taint: &Taint) -> Option<&Form> {
    taint.as_ref().and_then(|t| t.form.as_deref())
}

pub(crate) fn without_codes(taint: &Taint) -> Taint {
    let t = taint.as_deref()?;
    if t.codes == 0 {
        return taint.clone();
    }
    (!t.marks.is_empty() || !t.candidates.is_empty()).then(|| Rc::new(Influence { codes: 0, ..t.clone() }))
}

pub(crate) fn with_candidate(taint: &Taint, id: CandidateId) -> Taint {
    let mut next = taint.as_deref().cloned().unwrap_or_default();
    merge(&mut next.candidates, &[id], CANDIDATES_MAX);
    Some(Rc::new(next))
}

/// Only the marks: what a condition hands on to the values that it chooses between.
pub(crate) fn marks_only(taint: &Taint) -> Taint {
    let t = taint.as_ref()?;
    (!t.marks.is_empty() || !t.candidates.is_empty()).then(|| {
        Rc::new(Influence { marks: t.marks.clone(), candidates: t.candidates.clone(), ..Influence::default() })
    })
}

/// All marks of a run, each kept once.
#[derive(Default)]
pub(crate) struct Marks {
    all: Vec<Mark>,
    sources: FxHashMap<(Source, Place), MarkId>,
    derived: FxHashMap<(MarkId, Transform, Rc<str>), MarkId>,
}

impl Marks {
    pub(crate) fn get(&self, id: MarkId) -> &Mark {
        &self.all[id as usize]
    }

    pub(crate) fn all(&self) -> &[Mark] {
        &self.all
    }

    pub(crate) fn source(&mut self, source: Source, place: Place) -> Taint {
        let next = self.all.len() as MarkId;
        let id = *self.sources.entry((source, place)).or_insert(next);
        if id == next {
            self.all.push(Mark { source, place, steps: Vec::new() });
        }
        Some(Rc::new(Influence { marks: vec![id], ..Influence::default() }))
    }

    /// The taint without what one source put into it.
    pub(crate) fn without(&self, taint: &Taint, source: Source) -> Taint {
        let t = taint.as_ref()?;
        if !t.marks.iter().any(|id| self.get(*id).source == source) {
            return taint.clone();
        }
        let marks: Vec<MarkId> = t.marks.iter().copied().filter(|id| self.get(*id).source != source).collect();
        let empty = marks.is_empty() && t.candidates.is_empty() && t.codes == 0;
        (!empty).then(|| Rc::new(Influence { marks, ..(**t).clone() }))
    }

    /// Adds a step to every mark; the same step twice, or one too many, changes nothing.
    pub(crate) fn step(&mut self, taint: &Taint, transform: Transform, place: Place, detail: &str) -> Taint {
        let t = taint.as_ref()?;
        let mut next = Influence { marks: Vec::new(), ..(**t).clone() };
        let detail: Rc<str> = shorten(detail).into();
        for id in &t.marks {
            let id = self.stepped(*id, transform, place, &detail);
            merge(&mut next.marks, &[id], MARKS_MAX);
        }
        Some(Rc::new(next))
    }

    fn stepped(&mut self, id: MarkId, transform: Transform, place: Place, detail: &Rc<str>) -> MarkId {
        let old = &self.all[id as usize];
        let known = old.steps.iter().any(|s| s.transform == transform && (s.detail == *detail || detail.is_empty()));
        if known || old.steps.len() >= STEPS_MAX {
            return id;
        }
        if let Some(found) = self.derived.get(&(id, transform, detail.clone())) {
            return *found;
        }
        let mut mark = old.clone();
        mark.steps.push(Step { transform, place, detail: detail.clone() });
        let next = self.all.len() as MarkId;
        self.all.push(mark);
        self.derived.insert((id, transform, detail.clone()), next);
        next
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 200 { text.to_owned() } else { text.chars().take(199).chain(['…']).collect() }
}
