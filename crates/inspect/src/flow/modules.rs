//! Files: how they are run, and how they find each other.

use std::rc::Rc;

use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::heap::{Object, What};
use super::machine::{Machine, Module, Stop};
use super::value::{Kind, Shape, Value, constant_text};

/// Files in one run, those that a program builds counted as well.
pub(crate) const FILES_MAX: usize = 400;

impl<'a> Machine<'a> {
    /// Runs what a file does outside of its functions.
    pub(crate) fn run_file(&mut self, name: Rc<str>, program: &'a Program<'a>) -> Result<(), Stop> {
        let file = self.files.len() as u16;
        self.files.push(name.clone());
        self.texts.push(program.source_text);
        let exports = self.store.add(Object::new(What::Plain));
        let scope = self.store.scope(Some(self.global), true);
        self.store.hold(scope);
        let module = Module { exports, file, scope, program, done: 0, is_running: false, functions: Vec::new() };
        self.modules.insert(name.clone(), module);
        let module = self.plain(vec![("\0module", Value::bool(true)), ("exports", Value::object(exports))]);
        self.store.write(scope, "module", module);
        self.store.write(scope, "exports", Value::object(exports));
        self.hoist_vars((file, u32::MAX), &program.body, scope);
        self.resume(&name)
    }

    /// Goes on with a file after the statement that the budget of steps ran out in.
    pub(crate) fn resume(&mut self, name: &Rc<str>) -> Result<(), Stop> {
        let Some(module) = self.modules.get_mut(name).filter(|m| !m.is_running) else { return Ok(()) };
        module.is_running = true;
        let (file, exports) = (module.file, Value::object(module.exports));
        let saved = (std::mem::replace(&mut self.file, file), std::mem::replace(&mut self.this, exports), self.depth);
        let result = self.statements_of(name);
        (self.file, self.this, self.depth) = saved;
        if let Some(module) = self.modules.get_mut(name) {
            module.is_running = false;
        }
        result
    }

    /// A statement that fails at the top does not hide what comes after it.
    fn statements_of(&mut self, name: &Rc<str>) -> Result<(), Stop> {
        let Some(&Module { program, scope, done, .. }) = self.modules.get(name) else { return Ok(()) };
        if done == 0 {
            self.hoist_all(&program.body, scope)?;
        }
        for s in program.body.iter().skip(done) {
            let result = self.statement(s, scope);
            if let Some(module) = self.modules.get_mut(name) {
                module.done += 1;
            }
            if let Err(Stop::Spent) = result {
                return Err(Stop::Spent);
            }
        }
        Ok(())
    }

    /// Runs text that the program built; gives the value of its last expression, or nothing when it does not parse.
    pub(crate) fn run_text(&mut self, code: &str) -> Result<Option<Value>, Stop> {
        if self.files.len() >= FILES_MAX || self.depth > 60 || !crate::parse::is_shallow(code) {
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
        let known = self.modules.get(&path).map(|m| m.done < m.program.body.len());
        if known.is_none() && self.files.len() >= FILES_MAX {
            return Value::outside("?module", None);
        }
        let before = self.conditions.len();
        let first = self.pending.len();
        match known {
            None => drop(self.run_file(path.clone(), program)),
            Some(true) => drop(self.resume(&path)),
            Some(false) => {}
        }
        self.conditions.truncate(before);
        // What a file that is followed by itself made is entered when its turn comes.
        if self.loader.is_followed(&path)
            && let Some(module) = self.modules.get_mut(&path)
        {
            module.functions.extend(self.pending.drain(first..));
        }
        match self.modules.get(&path) {
            Some(m) => Value::object(m.exports),
            None => Value::UNDEFINED,
        }
    }
}
