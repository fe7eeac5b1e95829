//! Files followed one after another in one run: what one of them loaded is there for the next, as in the program itself.

use std::rc::Rc;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;

use super::heap::{Code, What};
use super::machine::{Frame, Loader, Machine, Stop};
use super::modules::FILES_MAX;
use super::report::{Flow, Question, flows, questions};
use super::sinks::EVENTS_MAX;
use super::taint::Place;
use super::value::{ObjectId, Value, constant_text};

/// Functions that are entered by themselves, in one file.
const ROUNDS_MAX: u32 = 20_000;
/// Functions that were not followed, told one by one.
const LEFT_OUT_MAX: usize = 20;
const BUDGET: &str = "the budget of steps was spent";

/// A file to follow.
pub(crate) struct Root<'r, 'a> {
    pub(crate) name: &'r str,
    pub(crate) program: &'a Program<'a>,
    /// Steps that it may take.
    pub(crate) fuel: u64,
    /// Which of its functions are worth entering when nothing calls them; all where nothing is said.
    pub(crate) relevant: Option<&'r [(u32, u32)]>,
}

/// What became of one file.
pub(crate) struct Rooted {
    pub(crate) notes: Vec<(Place, String)>,
    /// Where the budget of steps ran out first, if it did.
    pub(crate) spent: Option<Place>,
    /// Whether it ran out in the statements outside of functions.
    pub(crate) top_spent: bool,
    /// Steps that were left.
    pub(crate) left: u64,
}

/// What following files gave.
pub(crate) struct Followed {
    pub(crate) flows: Vec<Flow>,
    pub(crate) questions: Vec<Question>,
    /// Whether anything was seen to leave the machine.
    pub(crate) sends: bool,
    /// The files that places count in.
    pub(crate) files: Vec<String>,
}

/// A run that follows files.
pub(crate) struct Follower<'a>(Machine<'a>);

impl<'a> Follower<'a> {
    pub(crate) fn new(allocator: &'a Allocator, loader: &'a dyn Loader<'a>) -> Self {
        Self(Machine::new(allocator, loader))
    }

    /// Whether the next file had better get a run of its own.
    pub(crate) fn is_full(&self) -> bool {
        self.0.store.is_half_full() || self.0.files.len() > FILES_MAX / 2 || self.0.events.len() > EVENTS_MAX / 4
    }

    /// The name of a file that places count in.
    pub(crate) fn file(&self, place: Place) -> Option<&str> {
        self.0.files.get(place.file as usize).map(|name| &**name)
    }

    /// Runs a file, then each of its functions that nothing called.
    pub(crate) fn follow(&mut self, root: &Root<'_, 'a>) -> Rooted {
        let m = &mut self.0;
        m.settle_down();
        m.fuel = root.fuel / 4 * 3;
        let name: Rc<str> = root.name.into();
        let known = m.modules.get(&name).is_some_and(|module| std::ptr::eq(module.program, root.program));
        let top = if known { m.resume(&name) } else { m.run_file(name.clone(), root.program) };
        m.fuel += root.fuel / 4;
        let mut spent = matches!(top, Err(Stop::Spent));
        let file = m.modules.get(&name).map_or(0, |module| module.file);
        m.name_exports(&name);
        if let Some(module) = m.modules.get_mut(&name) {
            let own = std::mem::take(&mut module.functions);
            m.pending.splice(0..0, own);
        }
        // What others call comes first: it calls the rest with what they are called with.
        let exported = |f: &Value| f.as_object().is_some_and(|id| m.exported.contains_key(&id));
        m.pending.sort_by_key(|f| !exported(f));
        let mut left_out = m.enter_pending(root, file, &mut spent);
        // What the statements at the top would have made, had they been followed to their end.
        for (from, _) in root.relevant.unwrap_or_default().iter().filter(|_| spent) {
            let place = Place { file, at: *from };
            if !m.called.contains(&(file, *from)) && !left_out.iter().any(|(p, _)| *p == place) {
                left_out.push((place, format!("a function that reads about the machine was not reached: {BUDGET}")));
            }
        }
        let more = left_out.len().saturating_sub(LEFT_OUT_MAX);
        left_out.truncate(LEFT_OUT_MAX);
        if more > 0 {
            left_out.push((Place { file, at: 0 }, format!("{more} more functions were not followed: {BUDGET}")));
        }
        let mut notes = std::mem::take(&mut m.notes);
        notes.extend(left_out);
        let spent_at = m.spent_at.take();
        Rooted {
            notes,
            spent: spent.then(|| spent_at.unwrap_or(Place { file, at: 0 })),
            top_spent: matches!(top, Err(Stop::Spent)),
            left: m.fuel,
        }
    }

    /// What the files did together.
    pub(crate) fn end(self) -> Followed {
        let m = self.0;
        Followed {
            flows: flows(&m),
            questions: questions(&m),
            sends: !m.events.is_empty(),
            files: m.files.iter().map(|f| f.to_string()).collect(),
        }
    }
}

impl Machine<'_> {
    /// Forgets what was under way when the last file ended.
    fn settle_down(&mut self) {
        self.pending.clear();
        self.frames.clear();
        self.frames.push(Frame::default());
        self.conditions.clear();
        self.emitting.clear();
        self.labels.clear();
        self.failing = None;
        self.requests = 0;
        self.depth = 0;
        self.nested = 0;
    }

    /// Enters the functions that nothing called; gives those that the budget did not reach.
    fn enter_pending(&mut self, root: &Root<'_, '_>, file: u16, spent: &mut bool) -> Vec<(Place, String)> {
        let mut next = 0;
        let mut rounds = 0;
        let mut left_out = Vec::new();
        while next < self.pending.len() {
            let f = self.pending[next].clone();
            next += 1;
            let Some((key, end)) = span_of(self, &f) else { continue };
            if self.called.contains(&key) {
                continue;
            }
            if let Some(r) = root.relevant
                && key.0 == file
                && !r.iter().any(|(from, to)| *from < end && *to > key.1)
            {
                continue;
            }
            let place = Place { file: key.0, at: key.1 };
            if self.fuel == 0 || rounds > ROUNDS_MAX {
                left_out.push((place, format!("{} was not followed: {BUDGET}", named(self, &f))));
                continue;
            }
            rounds += 1;
            let whole = self.fuel;
            let share = whole.min((root.fuel / 8).max(20_000));
            self.fuel = share;
            let result = self.enter(&f);
            if let (Ok(v), Some(name)) = (&result, f.as_object().and_then(|id| self.exported.get(&id).cloned())) {
                self.name_candidates(v, &name);
            }
            if matches!(result, Err(Stop::Spent)) {
                *spent = true;
                left_out.push((place, format!("{} was not followed to its end: {BUDGET}", named(self, &f))));
            }
            self.fuel = whole - (share - self.fuel);
            self.frames.truncate(1);
            self.conditions.clear();
            self.depth = 0;
        }
        left_out
    }

    /// What a file exports, by name, so that a choice in it is known by that name.
    fn name_exports(&mut self, file: &str) {
        let Some(exports) = self.modules.get(file).map(|m| m.exports) else { return };
        let value = Value::object(exports);
        for key in self.keys(&value).unwrap_or_default() {
            let Some(name) = constant_text(&key) else { continue };
            if let Ok(v) = self.member_named(&value, &name, 0) {
                let found: Vec<ObjectId> = v.alternatives().iter().filter_map(Value::as_object).collect();
                found.into_iter().for_each(|id| {
                    self.exported.insert(id, name.clone());
                });
            }
        }
    }
}

/// What a function is called, for people.
fn named(m: &Machine<'_>, f: &Value) -> String {
    let name = f.as_object().and_then(|id| match &m.store.get(id).what {
        What::Function(c) if !c.name.is_empty() => Some(c.name.clone()),
        _ => None,
    });
    name.map_or_else(|| "a function without a name".to_owned(), |n| format!("function `{n}`"))
}

fn span_of(m: &Machine<'_>, f: &Value) -> Option<((u16, u32), u32)> {
    let What::Function(c) = &m.store.get(f.as_object()?).what else { return None };
    let span = match c.code {
        Code::Function(f) => f.span,
        Code::Arrow(f) => f.span,
    };
    Some(((c.file, span.start), span.end))
}
