//! Files: how they are run, and how they find each other.

use std::rc::Rc;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::heap::{Code, Object, What};
use super::machine::{Loader, Machine, Module, Stop};
use super::report::{Flow, Question, flows, questions};
use super::taint::Place;
use super::value::{Kind, ObjectId, Shape, Value, constant_text};

/// Functions that are entered by themselves, in one file.
const ROUNDS_MAX: u32 = 20_000;
/// Functions that were not followed, told one by one.
const LEFT_OUT_MAX: usize = 20;
const BUDGET: &str = "the budget of steps was spent";

/// What following one file gave.
pub(crate) struct Followed {
    pub(crate) flows: Vec<Flow>,
    pub(crate) questions: Vec<Question>,
    /// Whether anything was seen to leave the machine.
    pub(crate) sends: bool,
    /// The files that places count in.
    pub(crate) files: Vec<String>,
    pub(crate) notes: Vec<(Place, String)>,
    /// Where the budget of steps ran out first, if it did.
    pub(crate) spent: Option<Place>,
    /// Whether it ran out in the statements outside of functions.
    pub(crate) top_spent: bool,
}

/// Runs a file, then each of its functions that nothing called; `relevant` says which of those are worth it.
pub(crate) fn follow<'a>(
    allocator: &'a Allocator,
    name: &str,
    program: &'a Program<'a>,
    loader: &'a dyn Loader<'a>,
    fuel: u64,
    relevant: Option<&[(u32, u32)]>,
) -> Followed {
    let mut m = Machine::new(allocator, loader, fuel / 4 * 3);
    let top = m.run_file(name.into(), program);
    let mut spent = matches!(top, Err(Stop::Spent));
    m.fuel += fuel / 4;
    m.name_exports();
    let mut next = 0;
    let mut rounds = 0;
    let mut left_out = Vec::new();
    while next < m.pending.len() {
        let f = m.pending[next].clone();
        next += 1;
        let Some((key, end)) = span_of(&m, &f) else { continue };
        if m.called.contains(&key) {
            continue;
        }
        if let Some(r) = relevant
            && key.0 == 0
            && !r.iter().any(|(from, to)| *from < end && *to > key.1)
        {
            continue;
        }
        if m.fuel == 0 || rounds > ROUNDS_MAX {
            left_out.push((Place { file: key.0, at: key.1 }, format!("{} was not followed: {BUDGET}", named(&m, &f))));
            continue;
        }
        rounds += 1;
        let whole = m.fuel;
        let share = whole.min((fuel / 8).max(20_000));
        m.fuel = share;
        let result = m.enter(&f);
        if let (Ok(v), Some(name)) = (&result, f.as_object().and_then(|id| m.exported.get(&id).cloned())) {
            m.name_candidates(v, &name);
        }
        if matches!(result, Err(Stop::Spent)) {
            spent = true;
            let why = format!("{} was not followed to its end: {BUDGET}", named(&m, &f));
            left_out.push((Place { file: key.0, at: key.1 }, why));
        }
        m.fuel = whole - (share - m.fuel);
        m.frames.truncate(1);
        m.conditions.clear();
        m.depth = 0;
    }
    // What the statements at the top would have made, had they been followed to their end.
    for (from, _) in relevant.unwrap_or_default().iter().filter(|_| spent) {
        let place = Place { file: 0, at: *from };
        if !m.called.contains(&(0, *from)) && !left_out.iter().any(|(p, _)| *p == place) {
            left_out.push((place, format!("a function that reads about the machine was not reached: {BUDGET}")));
        }
    }
    let more = left_out.len().saturating_sub(LEFT_OUT_MAX);
    left_out.truncate(LEFT_OUT_MAX);
    if more > 0 {
        left_out.push((Place { file: 0, at: 0 }, format!("{more} more functions were not followed: {BUDGET}")));
    }
    m.notes.extend(left_out);
    Followed {
        flows: flows(&m),
        questions: questions(&m),
        sends: !m.events.is_empty(),
        files: m.files.iter().map(|f| f.to_string()).collect(),
        notes: m.notes,
        spent: spent.then(|| m.spent_at.unwrap_or(Place { file: 0, at: 0 })),
        top_spent: matches!(top, Err(Stop::Spent)),
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

impl<'a> Machine<'a> {
    pub(crate) fn run_file(&mut self, name: Rc<str>, program: &'a Program<'a>) -> Result<(), Stop> {
        let saved = (self.file, self.this.clone(), self.depth);
        self.file = self.files.len() as u16;
        self.files.push(name.clone());
        self.texts.push(program.source_text);
        let exports = self.store.add(Object::new(What::Plain));
        self.modules.insert(name, Module { exports });
        let scope = self.store.scope(Some(self.global), true);
        self.store.hold(scope);
        let module = self.plain(vec![("\0module", Value::bool(true)), ("exports", Value::object(exports))]);
        self.store.write(scope, "module", module);
        self.store.write(scope, "exports", Value::object(exports));
        self.this = Value::object(exports);
        self.hoist_vars((self.file, u32::MAX), &program.body, scope);
        let result = self.hoisted_block(program, scope);
        self.file = saved.0;
        self.this = saved.1;
        self.depth = saved.2;
        result
    }

    /// A statement that fails at the top does not hide what comes after it.
    fn hoisted_block(&mut self, program: &'a Program<'a>, scope: u32) -> Result<(), Stop> {
        self.hoist_all(&program.body, scope)?;
        for s in &program.body {
            match self.statement(s, scope) {
                Err(Stop::Spent) => return Err(Stop::Spent),
                Err(Stop::Throw) | Ok(_) => {}
            }
        }
        Ok(())
    }

    /// Runs text that the program built; gives the value of its last expression, or nothing when it does not parse.
    pub(crate) fn run_text(&mut self, code: &str) -> Result<Option<Value>, Stop> {
        if self.files.len() >= 400 || self.depth > 60 || !crate::parse::is_shallow(code) {
            return Ok(None);
        }
        let text: &'a str = self.allocator.alloc_str(code);
        let parsed = Parser::new(self.allocator, text, SourceType::cjs()).parse();
        if parsed.panicked {
            return Ok(None);
        }
        let program: &'a Program<'a> = self.allocator.alloc(parsed.program);
        let saved = self.file;
        self.file = self.files.len() as u16;
        self.files.push(format!("{} (built at run time)", self.files[saved as usize]).into());
        self.texts.push(text);
        let this = std::mem::replace(&mut self.this, Value::outside("globalThis", None));
        self.depth += 1;
        let result = self.last_value(program);
        self.depth -= 1;
        self.this = this;
        self.file = saved;
        result.map(Some)
    }

    fn last_value(&mut self, program: &'a Program<'a>) -> Result<Value, Stop> {
        let mut last = Value::UNDEFINED;
        let scope = self.global;
        self.hoist_all(&program.body, scope)?;
        for s in &program.body {
            match s {
                oxc_ast::ast::Statement::ExpressionStatement(e) => last = self.eval(&e.expression, scope)?,
                other => {
                    self.statement(other, scope)?;
                }
            }
        }
        Ok(last)
    }

    /// What a file exports, by name, so that a choice in it is known by that name.
    fn name_exports(&mut self) {
        let Some(exports) = self.modules.get(&self.files[0]).map(|m| m.exports) else { return };
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

    /// `require` or `import` of a name.
    pub(crate) fn require(&mut self, name: &Value, at: u32) -> Value {
        let Some(t) = constant_text(name) else {
            // What a caller outside of these files hands over is for that caller.
            let handed = matches!(&name.shape, Shape::Outside(n) if n.starts_with('?')) && name.taint.is_none();
            if !handed {
                let place = self.place(at);
                self.note(place, "a module whose name is not known is not followed");
            }
            return Value::unknown(Kind::Any, name.taint.clone());
        };
        let from = self.files[self.file as usize].clone();
        if let Some(table) = self.loader.table(&from, &t) {
            return super::globals::from_json(self, &table, &None, 0);
        }
        if let Some((path, program)) = self.loader.load(&from, &t) {
            return self.load(path, program);
        }
        if ['.', '/', '#', '~'].iter().any(|c| t.starts_with(*c)) || t.starts_with("@/") {
            return Value::outside(format!("?{}", t.rsplit('/').next().unwrap_or("module")), None);
        }
        let bare = t.strip_prefix("node:").unwrap_or(&t);
        let bare = match bare {
            "fs/promises" | "fs-extra" | "graceful-fs" => "fs",
            "dns/promises" => "dns",
            "timers/promises" => "timers",
            "path/posix" | "path/win32" => "path",
            other => other,
        };
        Value::outside(bare.replace('.', "-"), None)
    }

    fn load(&mut self, path: Rc<str>, program: &'a Program<'a>) -> Value {
        if let Some(m) = self.modules.get(&path) {
            return Value::object(m.exports);
        }
        if self.files.len() >= 400 {
            return Value::outside("?module", None);
        }
        let before = self.conditions.len();
        let _ = self.run_file(path.clone(), program);
        self.conditions.truncate(before);
        match self.modules.get(&path) {
            Some(m) => Value::object(m.exports),
            None => Value::UNDEFINED,
        }
    }
}
