//! Statements and hoisting.

mod loops;
mod modules;

use std::rc::Rc;

use oxc_ast::ast::{
    BindingPattern, Declaration, ExportDefaultDeclarationKind, ForStatementInit, ForStatementLeft, IfStatement,
    Statement, VariableDeclaration, VariableDeclarationKind,
};
use oxc_ast_visit::Visit;
use oxc_span::GetSpan;

use super::heap::{Code, ScopeId};
use super::machine::{Done, Leaves, Machine, Run, Stop};
use super::operators;
use super::taint::{Place, Taint, is_marked, marks_only, union};
use super::value::{Kind, Value};

/// Attempts longer than this do more than asking.
const PROBE_MAX: usize = 2_000;

impl<'a> Machine<'a> {
    pub(crate) fn block(&mut self, statements: &'a [Statement<'a>], scope: ScopeId) -> Run<Done<'a>> {
        self.hoist_all(statements, scope)?;
        self.in_turn(statements, scope)
    }

    /// Statements one after the other. What comes after a guard that a source decides runs on one of its ways only.
    fn in_turn(&mut self, statements: &'a [Statement<'a>], scope: ScopeId) -> Run<Done<'a>> {
        for (i, s) in statements.iter().enumerate() {
            let rest = &statements[i + 1..];
            let done = match s {
                Statement::IfStatement(f) if !rest.is_empty() && is_guard(f) => {
                    self.now = f.span.start;
                    self.spend(1)?;
                    let test = self.eval(&f.test, scope)?;
                    if test.truth().is_none() && is_marked(&test.taint) {
                        return self.guarded(f, &test.taint, rest, scope);
                    }
                    self.chosen(f, &test, scope)?
                }
                _ => self.statement(s, scope)?,
            };
            match done {
                Done::Normal => {}
                other => return Ok(other),
            }
        }
        Ok(Done::Normal)
    }

    fn guarded(
        &mut self,
        f: &'a IfStatement<'a>,
        condition: &Taint,
        rest: &'a [Statement<'a>],
        scope: ScopeId,
    ) -> Run<Done<'a>> {
        let way = |m: &mut Self, first: Option<&'a Statement<'a>>| match first.map(|s| m.statement(s, scope)) {
            None | Some(Ok(Done::Normal)) => m.in_turn(rest, scope),
            Some(other) => other,
        };
        self.branches(condition, f.span.start, |m| way(m, Some(&f.consequent)), |m| way(m, f.alternate.as_ref()))
    }

    fn chosen(&mut self, f: &'a IfStatement<'a>, test: &Value, scope: ScopeId) -> Run<Done<'a>> {
        match test.truth() {
            Some(true) => self.statement(&f.consequent, scope),
            Some(false) => f.alternate.as_ref().map_or(Ok(Done::Normal), |s| self.statement(s, scope)),
            None => self.branches(
                &test.taint,
                f.span.start,
                |m| m.statement(&f.consequent, scope),
                |m| f.alternate.as_ref().map_or(Ok(Done::Normal), |s| m.statement(s, scope)),
            ),
        }
    }

    pub(crate) fn hoist_all(&mut self, statements: &'a [Statement<'a>], scope: ScopeId) -> Run<()> {
        for s in statements {
            let f = match s {
                Statement::FunctionDeclaration(f) => f,
                Statement::ExportDeclaration(e) => match &e.declaration {
                    Declaration::FunctionDeclaration(f) => f,
                    _ => continue,
                },
                Statement::ExportDefaultDeclaration(e) => match &e.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(f) => f,
                    _ => continue,
                },
                _ => continue,
            };
            let Some(id) = &f.id else { continue };
            if f.body.is_none() {
                continue;
            }
            self.spend(1)?;
            let v = self.closure(Code::Function(f), scope, id.name.as_str());
            self.store.write(scope, id.name.as_str(), v);
        }
        Ok(())
    }

    fn inner(&mut self, statements: &'a [Statement<'a>], scope: ScopeId) -> Run<Done<'a>> {
        let lexical = statements.iter().any(|s| match s {
            Statement::VariableDeclaration(v) => v.kind != VariableDeclarationKind::Var,
            Statement::ClassDeclaration(_) | Statement::FunctionDeclaration(_) => true,
            _ => false,
        });
        let scope = if lexical { self.store.scope(Some(scope), false) } else { scope };
        self.block(statements, scope)
    }

    pub(crate) fn statement(&mut self, s: &'a Statement<'a>, scope: ScopeId) -> Run<Done<'a>> {
        self.now = s.span().start;
        self.spend(1)?;
        let labels = if self.labels.is_empty() { Vec::new() } else { std::mem::take(&mut self.labels) };
        match s {
            Statement::BlockStatement(b) => self.inner(&b.body, scope),
            Statement::ExpressionStatement(e) => self.eval(&e.expression, scope).map(|_| Done::Normal),
            Statement::VariableDeclaration(v) => self.variables(v, scope).map(|()| Done::Normal),
            Statement::ReturnStatement(r) => {
                let v = match &r.argument {
                    Some(e) => self.eval(e, scope)?,
                    None => Value::UNDEFINED,
                };
                Ok(Done::Return(v))
            }
            Statement::IfStatement(i) => {
                let test = self.eval(&i.test, scope)?;
                self.chosen(i, &test, scope)
            }
            Statement::ForStatement(f) => {
                let scope = self.store.scope(Some(scope), false);
                match &f.init {
                    Some(ForStatementInit::VariableDeclaration(v)) => self.variables(v, scope)?,
                    Some(e) => {
                        self.eval(e.to_expression(), scope)?;
                    }
                    None => {}
                }
                self.rounds(f.test.as_ref(), f.update.as_ref(), &f.body, scope, false, f.span.start, &labels)
            }
            Statement::WhileStatement(w) => {
                self.rounds(Some(&w.test), None, &w.body, scope, false, w.span.start, &labels)
            }
            Statement::DoWhileStatement(w) => {
                self.rounds(Some(&w.test), None, &w.body, scope, true, w.span.start, &labels)
            }
            Statement::ForOfStatement(f) => {
                let v = self.eval(&f.right, scope)?;
                let (items, rest, order) = self.elements(&v);
                let items: Vec<Value> = items.into_iter().map(|v| v.tainted(&marks_only(&order))).collect();
                let (rounds, before) = (items.len() as u32, self.requests);
                let done = self.over(&f.left, items, rest, &v.taint, &f.body, scope, f.span.start, &labels)?;
                // What ends with the first answer asks one server, and its order is a preference.
                let is_sequence = matches!(done, Done::Normal) && !leaves_early(&f.body);
                if is_marked(&order) && rounds > 1 && is_sequence && self.requests - before >= rounds {
                    super::sinks::order_of_requests(self, &order, f.span.start);
                }
                Ok(done)
            }
            Statement::ForInStatement(f) => {
                let v = self.eval(&f.right, scope)?;
                let keys = self.keys(&v);
                let unknown = keys.is_none().then(|| Value::unknown(Kind::Text, v.taint.clone()));
                self.over(&f.left, keys.unwrap_or_default(), unknown, &v.taint, &f.body, scope, f.span.start, &labels)
            }
            Statement::SwitchStatement(s) => self.switch(s, scope),
            Statement::BreakStatement(b) => Ok(Done::Break(b.label.as_ref().map(|l| l.name.as_str()))),
            Statement::ContinueStatement(c) => Ok(Done::Continue(c.label.as_ref().map(|l| l.name.as_str()))),
            Statement::LabeledStatement(l) => {
                self.labels = labels;
                let name = l.label.name.as_str();
                self.labels.push(name);
                let done = self.statement(&l.body, scope);
                self.labels.clear();
                Ok(match done? {
                    Done::Break(Some(n)) | Done::Continue(Some(n)) if n == name => Done::Normal,
                    other => other,
                })
            }
            Statement::ThrowStatement(t) => {
                self.eval(&t.argument, scope)?;
                Err(Stop::Throw)
            }
            Statement::TryStatement(t) => self.try_statement(t, scope),
            Statement::WithStatement(w) => {
                self.note(Place { file: self.file, at: w.span.start }, "`with` changes what names mean");
                self.statement(&w.body, scope)
            }
            Statement::ClassDeclaration(c) => {
                let v = self.class(c, scope)?;
                if let Some(id) = &c.id {
                    self.store.write(scope, id.name.as_str(), v);
                }
                Ok(Done::Normal)
            }
            _ => self.module_statement(s, scope).map(|()| Done::Normal),
        }
    }

    fn variables(&mut self, v: &'a VariableDeclaration<'a>, scope: ScopeId) -> Run<()> {
        // What is declared is there already, outside.
        if v.declare {
            return Ok(());
        }
        let target = if v.kind == VariableDeclarationKind::Var { self.store.function_scope(scope) } else { scope };
        for d in &v.declarations {
            self.spend(1)?;
            let value = match (&d.init, &d.id) {
                (Some(e), BindingPattern::BindingIdentifier(id)) => self.eval_named(e, id.name.as_str(), scope)?,
                (Some(e), _) => self.eval(e, scope)?,
                (None, BindingPattern::BindingIdentifier(id))
                    if v.kind == VariableDeclarationKind::Var
                        && self.store.scopes[target as usize].names.contains_key(id.name.as_str()) =>
                {
                    continue;
                }
                (None, _) => Value::UNDEFINED,
            };
            self.bind(&d.id, value, target, scope)?;
        }
        Ok(())
    }

    /// Runs both branches of a condition that is not known.
    pub(crate) fn branches(
        &mut self,
        condition: &Taint,
        at: u32,
        one: impl FnOnce(&mut Self) -> Run<Done<'a>>,
        other: impl FnOnce(&mut Self) -> Run<Done<'a>>,
    ) -> Run<Done<'a>> {
        let place = self.place(at);
        let leaves = |r: &Run<Done<'a>>| match r {
            Ok(Done::Return(_)) => Leaves::Returns,
            Err(_) => Leaves::Fails,
            _ => Leaves::Stays,
        };
        let (a, b) = self.fork(condition, place, leaves, one, other);
        match (a, b) {
            (Err(Stop::Spent), _) | (_, Err(Stop::Spent)) => Err(Stop::Spent),
            (Err(Stop::Throw), other) | (other, Err(Stop::Throw)) => {
                self.failing = union(&self.failing, &marks_only(condition));
                other
            }
            (Ok(Done::Return(a)), Ok(Done::Return(b))) => Ok(Done::Return(self.join(a, b, condition, place))),
            (Ok(Done::Return(v)), Ok(other)) | (Ok(other), Ok(Done::Return(v))) => {
                if let Some(f) = self.frames.last_mut() {
                    f.partial.push((v, condition.clone(), place));
                }
                Ok(other)
            }
            (Ok(Done::Normal), Ok(Done::Normal)) => Ok(Done::Normal),
            (Ok(Done::Normal), Ok(_)) | (Ok(_), Ok(Done::Normal)) => {
                if let Some(f) = self.frames.last_mut() {
                    f.maybe_left = true;
                }
                Ok(Done::Normal)
            }
            (Ok(Done::Break(_)), Ok(other)) | (Ok(other), Ok(Done::Break(_))) => {
                if let Some(f) = self.frames.last_mut() {
                    f.maybe_left = true;
                }
                Ok(other)
            }
            (Ok(a), Ok(_)) => Ok(a),
        }
    }

    fn switch(&mut self, s: &'a oxc_ast::ast::SwitchStatement<'a>, scope: ScopeId) -> Run<Done<'a>> {
        let v = self.eval(&s.discriminant, scope)?;
        let scope = self.store.scope(Some(scope), false);
        for c in &s.cases {
            self.hoist_all(&c.consequent, scope)?;
        }
        let done = self.cases(&v, s, 0, scope)?;
        Ok(match done {
            Done::Break(None) => Done::Normal,
            other => other,
        })
    }

    fn cases(
        &mut self,
        v: &Value,
        s: &'a oxc_ast::ast::SwitchStatement<'a>,
        from: usize,
        scope: ScopeId,
    ) -> Run<Done<'a>> {
        for (i, c) in s.cases.iter().enumerate().skip(from) {
            let Some(test) = &c.test else { continue };
            let t = self.eval(test, scope)?;
            let equal = operators::equal(self, v, &t, c.span.start)?;
            match equal.truth() {
                Some(true) => return self.run_case(s, i, scope),
                Some(false) => {}
                None => {
                    let merge =
                        |d: Run<Done<'a>>| d.map(|d| if matches!(d, Done::Break(None)) { Done::Normal } else { d });
                    return self.branches(
                        &equal.taint,
                        c.span.start,
                        |m| merge(m.run_case(s, i, scope)),
                        |m| merge(m.cases(v, s, i + 1, scope)),
                    );
                }
            }
        }
        match s.cases.iter().position(|c| c.test.is_none()) {
            Some(i) => self.run_case(s, i, scope),
            None => Ok(Done::Normal),
        }
    }

    fn run_case(&mut self, s: &'a oxc_ast::ast::SwitchStatement<'a>, from: usize, scope: ScopeId) -> Run<Done<'a>> {
        for c in &s.cases[from..] {
            for st in &c.consequent {
                match self.statement(st, scope)? {
                    Done::Normal => {}
                    other => return Ok(other),
                }
            }
        }
        Ok(Done::Normal)
    }

    fn try_statement(&mut self, t: &'a oxc_ast::ast::TryStatement<'a>, scope: ScopeId) -> Run<Done<'a>> {
        let unknown_before = self.unknown_calls;
        let depth = (self.frames.len(), self.conditions.len());
        let outer = std::mem::take(&mut self.failing);
        // Where a fact may end the attempt, what it had done by then has to be taken back.
        let is_probe = t.handler.is_some() && self.probes(t.block.span);
        if is_probe {
            self.store.branch();
        }
        let tried = self.inner(&t.block.body, scope);
        let done = is_probe.then(|| self.store.rewind());
        let decides = marks_only(&std::mem::replace(&mut self.failing, outer));
        self.frames.truncate(depth.0);
        self.conditions.truncate(depth.1);
        let catch = |m: &mut Self| -> Run<Done<'a>> {
            let Some(h) = &t.handler else { return Ok(Done::Normal) };
            let scope = m.store.scope(Some(scope), false);
            if let Some(p) = &h.param {
                m.bind(&p.pattern, Value::unknown(Kind::Any, None), scope, scope)?;
            }
            m.inner(&h.body.body, scope)
        };
        let may_fail = t.handler.is_some() && (self.unknown_calls > unknown_before || decides.is_some());
        let again = |m: &mut Self| {
            if let Some(done) = done {
                m.store.redo(done);
            }
        };
        let mut done = match tried {
            Err(Stop::Throw) => {
                again(self);
                catch(self)
            }
            Ok(Done::Return(v)) if may_fail => self.branches(
                &decides,
                t.span.start,
                |m| {
                    again(m);
                    Ok(Done::Return(v))
                },
                catch,
            ),
            Ok(d) if may_fail => {
                let tried = |m: &mut Self| {
                    again(m);
                    Ok(Done::Normal)
                };
                match self.branches(&decides, t.span.start, tried, catch)? {
                    Done::Normal => Ok(d),
                    other => Ok(other),
                }
            }
            other => {
                again(self);
                other
            }
        };
        if let Some(f) = &t.finalizer {
            match self.inner(&f.body, scope)? {
                Done::Normal => {}
                other => done = Ok(other),
            }
        }
        done
    }

    /// Whether code asks for a file's being there by a call that fails where it is not.
    fn probes(&self, block: oxc_span::Span) -> bool {
        let text = self.texts.get(self.file as usize).and_then(|t| t.get(block.start as usize..block.end as usize));
        text.is_some_and(|t| {
            t.len() < PROBE_MAX && ["access(", "accessSync(", "stat(", "statSync("].iter().any(|c| t.contains(c))
        })
    }

    /// The names that `var` gives a function's scope, wherever they are written in it.
    pub(crate) fn hoist_vars(&mut self, key: (u16, u32), statements: &'a [Statement<'a>], scope: ScopeId) {
        let names = match self.hoisted.get(&key) {
            Some(n) => n.clone(),
            None => {
                let mut names = Vec::new();
                statements.iter().for_each(|s| vars_in(s, &mut names));
                let names: Rc<[&'a str]> = names.into();
                self.hoisted.insert(key, names.clone());
                names
            }
        };
        for n in names.iter() {
            if !self.store.scopes[scope as usize].names.contains_key(n) {
                self.store.write(scope, n, Value::UNDEFINED);
            }
        }
    }

    pub(crate) fn is_conditional(&self) -> Taint {
        self.conditions.iter().filter(|t| is_marked(t)).fold(None, |a, t| union(&a, t))
    }
}

/// Whether one way of an `if` leaves what comes after it, and the other goes on.
fn is_guard(f: &IfStatement<'_>) -> bool {
    leaves(&f.consequent) != f.alternate.as_ref().is_some_and(leaves)
}

fn leaves(s: &Statement<'_>) -> bool {
    match s {
        Statement::ReturnStatement(_) | Statement::BreakStatement(_) | Statement::ContinueStatement(_) => true,
        Statement::BlockStatement(b) => b.body.last().is_some_and(leaves),
        _ => false,
    }
}

/// Whether the body of a loop may end it.
fn leaves_early(body: &Statement<'_>) -> bool {
    let mut finder = Leaving { found: false };
    finder.visit_statement(body);
    finder.found
}

struct Leaving {
    found: bool,
}

impl<'a> Visit<'a> for Leaving {
    fn visit_break_statement(&mut self, _: &oxc_ast::ast::BreakStatement<'a>) {
        self.found = true;
    }

    fn visit_return_statement(&mut self, _: &oxc_ast::ast::ReturnStatement<'a>) {
        self.found = true;
    }

    fn visit_function(&mut self, _: &oxc_ast::ast::Function<'a>, _: oxc_syntax::scope::ScopeFlags) {}

    fn visit_arrow_function_expression(&mut self, _: &oxc_ast::ast::ArrowFunctionExpression<'a>) {}
}

pub(crate) fn names_in<'a>(p: &'a BindingPattern<'a>, out: &mut Vec<&'a str>) {
    match p {
        BindingPattern::BindingIdentifier(id) => out.push(id.name.as_str()),
        BindingPattern::ObjectPattern(o) => {
            o.properties.iter().for_each(|p| names_in(&p.value, out));
            if let Some(r) = &o.rest {
                names_in(&r.argument, out);
            }
        }
        BindingPattern::ArrayPattern(a) => {
            a.elements.iter().flatten().for_each(|p| names_in(p, out));
            if let Some(r) = &a.rest {
                names_in(&r.argument, out);
            }
        }
        BindingPattern::AssignmentPattern(a) => names_in(&a.left, out),
    }
}

fn vars_in<'a>(s: &'a Statement<'a>, out: &mut Vec<&'a str>) {
    let mut declared = |v: &'a VariableDeclaration<'a>| {
        if v.kind == VariableDeclarationKind::Var {
            v.declarations.iter().for_each(|d| names_in(&d.id, out));
        }
    };
    match s {
        Statement::VariableDeclaration(v) => declared(v),
        Statement::ForStatement(f) => {
            if let Some(ForStatementInit::VariableDeclaration(v)) = &f.init {
                declared(v);
            }
            vars_in(&f.body, out);
        }
        Statement::ForInStatement(f) => {
            if let ForStatementLeft::VariableDeclaration(v) = &f.left {
                declared(v);
            }
            vars_in(&f.body, out);
        }
        Statement::ForOfStatement(f) => {
            if let ForStatementLeft::VariableDeclaration(v) = &f.left {
                declared(v);
            }
            vars_in(&f.body, out);
        }
        Statement::BlockStatement(b) => b.body.iter().for_each(|s| vars_in(s, out)),
        Statement::IfStatement(i) => {
            vars_in(&i.consequent, out);
            if let Some(a) = &i.alternate {
                vars_in(a, out);
            }
        }
        Statement::WhileStatement(w) => vars_in(&w.body, out),
        Statement::DoWhileStatement(w) => vars_in(&w.body, out),
        Statement::LabeledStatement(l) => vars_in(&l.body, out),
        Statement::WithStatement(w) => vars_in(&w.body, out),
        Statement::SwitchStatement(s) => s.cases.iter().for_each(|c| c.consequent.iter().for_each(|s| vars_in(s, out))),
        Statement::TryStatement(t) => {
            t.block.body.iter().for_each(|s| vars_in(s, out));
            if let Some(h) = &t.handler {
                h.body.body.iter().for_each(|s| vars_in(s, out));
            }
            if let Some(f) = &t.finalizer {
                f.body.iter().for_each(|s| vars_in(s, out));
            }
        }
        _ => {}
    }
}
