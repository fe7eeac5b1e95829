//! Calls, construction, classes.

use oxc_ast::ast::{ArrowFunctionBody, Class, ClassElement, FormalParameters, MethodDefinitionKind};
use std::rc::Rc;

use super::heap::{ClassOf, Closure, Code, Native, Object, ScopeId, What};
use super::machine::{Done, Frame, Leaves, Machine, Run, Stop};
use super::taint::{Place, Taint, union};
use super::value::{Kind, Shape, Value, constant_text};
use super::{builtins, globals};

/// Bundles load their modules from within each other, hundreds deep.
const DEPTH_MAX: u32 = 600;
/// Calls in calls, those of built-in functions counted as well.
const NESTED_MAX: u32 = 2_000;
const DECODER_TEXTS: usize = 10;
const SAME_MAX: usize = 60;
const SAME_UNKNOWN_MAX: usize = 3;

impl<'a> Machine<'a> {
    /// Calls whatever a value is.
    pub(crate) fn call(&mut self, f: &Value, this: &Value, arguments: Vec<Value>, at: u32) -> Run<Value> {
        self.spend(3)?;
        // A built-in method that is kept under its own name in the object it belongs to would call itself for ever.
        if self.nested >= NESTED_MAX {
            let place = self.place(at);
            self.note(place, "calls nest too deep to follow");
            return Ok(Value::unknown(Kind::Any, this.taint.clone()));
        }
        self.nested += 1;
        let result = self.call_value(f, this, arguments, at);
        self.nested -= 1;
        result
    }

    fn call_value(&mut self, f: &Value, this: &Value, arguments: Vec<Value>, at: u32) -> Run<Value> {
        match &f.shape {
            Shape::Object(id) => match self.store.get(*id).what.clone() {
                What::Function(closure) => self.invoke(&closure, this.clone(), arguments),
                What::Bound { target, this, arguments: first } => {
                    let mut all = first;
                    all.extend(arguments);
                    if let Shape::Outside(n) = &target.shape
                        && let Some(name) = n.strip_prefix('%')
                    {
                        return builtins::call(self, &this, name, all, at);
                    }
                    self.call(&target, &this, all, at)
                }
                What::Proxy { target, handler } => match self.trap(&handler, "apply", at)? {
                    Some(trap) => {
                        let list = self.array(arguments);
                        self.call(&trap, &handler, vec![target, this.clone(), list], at)
                    }
                    None => self.call(&target, this, arguments, at),
                },
                What::Native(Native::Constant(v)) => Ok(v),
                What::Native(Native::Nothing) => Ok(Value::UNDEFINED),
                What::Native(Native::Resolve(promise)) => {
                    let given = arguments.into_iter().next().unwrap_or(Value::UNDEFINED);
                    let given = self.settled(&given, at)?;
                    let place = self.place(at);
                    let joined = match self.store.get(promise).rest.clone() {
                        Some(old) => self.join(old, given, &None, place),
                        None => given,
                    };
                    self.store.change(promise).rest = Some(joined);
                    Ok(Value::UNDEFINED)
                }
                What::Class(_) => self.construct(f, arguments, at),
                _ => self.unknown_call("?", &f.taint, arguments, at),
            },
            Shape::Outside(name) => globals::call(self, &name.clone(), f, this, arguments, at),
            Shape::Choice(all) => self.call_one_of(&all.clone(), &f.taint, this, arguments, at),
            _ => self.unknown_call("?", &f.taint, arguments, at),
        }
    }

    fn call_one_of(
        &mut self,
        all: &[Value],
        taint: &Taint,
        this: &Value,
        arguments: Vec<Value>,
        at: u32,
    ) -> Run<Value> {
        let callable: Vec<&Value> = all
            .iter()
            .filter(|v| matches!(v.shape, Shape::Object(_) | Shape::Outside(_) | Shape::Unknown(_)))
            .take(8)
            .collect();
        let place = self.place(at);
        let mut result: Option<Value> = None;
        for f in callable {
            let leaves = |r: &Run<Value>| if r.is_ok() { Leaves::Stays } else { Leaves::Fails };
            let args = arguments.clone();
            let (got, _) = self.fork(taint, place, leaves, |m| m.call(f, this, args, at), |_| Ok(Value::UNDEFINED));
            let v = match got {
                Err(Stop::Throw) => continue,
                other => other?,
            };
            result = Some(match result {
                Some(r) => self.join(r, v, taint, place),
                None => v,
            });
        }
        Ok(result.unwrap_or_else(|| Value::unknown(Kind::Any, taint.clone())))
    }

    /// A call of something that the code does not define: what goes in may come out.
    pub(crate) fn unknown_call(&mut self, name: &str, taint: &Taint, arguments: Vec<Value>, at: u32) -> Run<Value> {
        self.unknown_calls += 1;
        let is_answered_elsewhere = super::sinks::outside_call(self, name, &arguments, at);
        // What a server or a person answers is theirs, however the question was put.
        let mut influence = if is_answered_elsewhere { None } else { taint.clone() };
        if !is_answered_elsewhere && !super::sinks::asks_a_person(name) {
            for a in &arguments {
                influence = union(&influence, &self.deep_taint(a, 3));
            }
        }
        let asked = arguments.first().map(|a| self.address_of(a)).unwrap_or_default();
        if asked.len() < 300 && super::sources::of_lookup(&asked) && !super::sinks::is_local(name) {
            let place = self.place(at);
            let found = self.marks.source(crate::axes::Source::Geolocation, place);
            influence = union(&influence, &found);
        }
        if super::taint::is_marked(&influence) {
            self.call_back(&arguments, &influence, at)?;
        }
        Ok(Value::outside(format!("{}()", shorten(name)), influence))
    }

    /// What is known of the address that is asked: a text, or the parts of it in options.
    fn address_of(&self, v: &Value) -> String {
        let of = |v: &Value| super::sources::known_text(self, v);
        match v.as_object().map(|id| self.store.get(id)) {
            Some(Object { what: What::Url(inner), .. }) => of(inner),
            Some(o @ Object { what: What::Plain, .. }) if !o.properties.is_empty() => {
                let part = |names: &[&str]| names.iter().find_map(|n| o.properties.get(*n)).map(of);
                match part(&["url", "uri"]) {
                    Some(url) => url,
                    None => format!(
                        "//{}{}",
                        part(&["hostname", "host"]).unwrap_or_default(),
                        part(&["path"]).unwrap_or_default()
                    ),
                }
            }
            _ => of(v),
        }
    }

    /// Functions that are handed to something outside may be called with what it has.
    pub(crate) fn call_back(&mut self, arguments: &[Value], influence: &Taint, at: u32) -> Run<()> {
        let place = self.place(at);
        for a in arguments {
            let Some(id) = a.as_object() else { continue };
            let given = match self.store.get(id).what.clone() {
                What::Function(c) => match c.code {
                    Code::Function(f) => f.params.items.len(),
                    Code::Arrow(f) => f.params.items.len(),
                },
                What::Native(Native::Resolve(_)) => 1,
                _ => continue,
            };
            let given = vec![Value::outside("?given", super::taint::marks_only(influence)); given];
            let leaves = |r: &Run<Value>| if r.is_ok() { Leaves::Stays } else { Leaves::Fails };
            let (done, _) =
                self.fork(&None, place, leaves, |m| m.call(a, &Value::UNDEFINED, given, at), |_| Ok(Value::UNDEFINED));
            if let Err(Stop::Spent) = done {
                return Err(Stop::Spent);
            }
        }
        Ok(())
    }

    /// Runs a function of the program.
    pub(crate) fn invoke(&mut self, c: &Closure<'a>, this: Value, arguments: Vec<Value>) -> Run<Value> {
        let (span, params) = match c.code {
            Code::Function(f) => (f.span, &f.params),
            Code::Arrow(f) => (f.span, &f.params),
        };
        let key = (c.file, span.start);
        let same = self.frames.iter().filter(|f| f.function == Some(key)).count();
        let known = arguments.iter().all(|v| v.is_constant() || matches!(v.shape, Shape::Object(_)));
        if self.depth >= DEPTH_MAX || same >= SAME_MAX || (same >= SAME_UNKNOWN_MAX && !known) {
            let mut taint = this.taint.clone();
            for a in &arguments {
                taint = union(&taint, &self.deep_taint(a, 2));
            }
            if self.depth >= DEPTH_MAX {
                self.note(Place { file: c.file, at: span.start }, "calls nest too deep to follow");
            }
            return Ok(Value::unknown(Kind::Any, taint));
        }
        self.spend(5)?;
        let index = arguments.iter().take(5).find_map(super::operators::index_of);
        let remembered =
            index.filter(|_| self.decoders.get(&key).is_some_and(|s| s.len() >= DECODER_TEXTS)).and_then(|_| {
                let all: Option<Vec<_>> = arguments.iter().map(constant_text).collect();
                all.map(|all| (key, all.join("\0")))
            });
        if let Some(v) = remembered.as_ref().and_then(|k| self.decoded.get(k)) {
            return Ok(v.clone());
        }
        self.called.insert(key);
        let before = self.store.scopes.len();
        let scope = self.store.scope(Some(c.scope), true);
        let is_arrow = matches!(c.code, Code::Arrow(_));
        let saved = (self.file, self.this.clone(), self.home, std::mem::take(&mut self.arguments));
        self.file = c.file;
        self.this = if is_arrow { c.this.clone().unwrap_or(Value::UNDEFINED) } else { this };
        self.home = c.home;
        self.arguments = if is_arrow { saved.3.clone() } else { arguments.clone() };
        self.depth += 1;
        // What a generator gives is a list that branches change like any other.
        let is_generator = matches!(c.code, Code::Function(f) if f.generator);
        let yields = is_generator.then(|| self.store.add(Object::array(Vec::new())));
        self.frames.push(Frame { first_scope: scope, function: Some(key), yields, ..Frame::default() });
        let frames = self.frames.len();
        let conditions = self.conditions.len();
        let result = self.run_body(c, params, arguments, scope, key);
        self.store.release(before);
        self.frames.truncate(frames);
        self.conditions.truncate(conditions);
        let frame = self.frames.pop().unwrap_or_default();
        self.depth -= 1;
        self.file = saved.0;
        self.this = saved.1;
        self.home = saved.2;
        self.arguments = saved.3;
        let last = match result {
            Ok(v) => v,
            Err(Stop::Throw) if !frame.partial.is_empty() => frame.partial[frame.partial.len() - 1].0.clone(),
            Err(stop) => return Err(stop),
        };
        if is_generator {
            return Ok(frame.yields.map_or(Value::UNDEFINED, Value::object));
        }
        let mut value = last;
        for (v, condition, place) in frame.partial.into_iter().rev() {
            value = self.join(v, value, &condition, place);
        }
        self.name_candidates(&value, &c.name);
        if let (Some(n), Some(_)) = (index, value.as_text().filter(|t| t.len() > 2))
            && super::taint::codes_of(&value.taint) != 0
        {
            // A function that gives texts for many numbers hides all of a program's strings, not a table.
            let seen = self.decoders.entry(key).or_default();
            if seen.len() < DECODER_TEXTS {
                seen.insert(n.to_bits());
            }
            if seen.len() >= DECODER_TEXTS {
                value.taint = super::taint::without_codes(&value.taint);
            }
        }
        if let Some(k) = remembered.filter(|_| self.store.is_branching() && value.as_text().is_some()) {
            self.decoded.insert(k, value.clone());
        }
        Ok(value)
    }

    fn run_body(
        &mut self,
        c: &Closure<'a>,
        params: &'a FormalParameters<'a>,
        arguments: Vec<Value>,
        scope: ScopeId,
        key: (u16, u32),
    ) -> Run<Value> {
        let mut given = arguments.into_iter();
        let order = std::mem::take(&mut self.argument_order);
        for p in &params.items {
            let mut v = given.next().unwrap_or(Value::UNDEFINED);
            if let Some(init) = &p.initializer
                && v.alternatives().iter().any(|v| matches!(v.shape, Shape::Undefined | Shape::Absent))
            {
                let default = self.eval(init, scope)?;
                v = self.or_default(v, default, p.span.start);
            }
            if (p.accessibility.is_some() || p.readonly)
                && let oxc_ast::ast::BindingPattern::BindingIdentifier(id) = &p.pattern
            {
                let this = self.this.clone();
                self.set_member(&this, &Value::text(id.name.as_str()), v.clone(), p.span.start)?;
            }
            self.bind(&p.pattern, v, scope, scope)?;
        }
        if let Some(rest) = &params.rest {
            let all = self.store.add(Object { order, ..Object::array(given.collect()) });
            self.bind(&rest.rest.argument, Value::object(all), scope, scope)?;
        }
        let body = match c.code {
            Code::Function(f) => match &f.body {
                Some(b) => b,
                None => return Ok(Value::UNDEFINED),
            },
            Code::Arrow(f) => match &f.body {
                ArrowFunctionBody::FunctionBody(b) => b,
                other => return self.eval(other.to_expression(), scope),
            },
        };
        self.hoist_vars(key, &body.statements, scope);
        match self.block(&body.statements, scope)? {
            Done::Return(v) => Ok(v),
            _ => Ok(Value::UNDEFINED),
        }
    }

    /// Runs a function that nobody in the program was seen to call, with arguments that nobody knows.
    pub(crate) fn enter(&mut self, f: &Value) -> Run<Value> {
        let Some(id) = f.as_object() else { return Ok(Value::UNDEFINED) };
        let What::Function(c) = self.store.get(id).what.clone() else { return Ok(Value::UNDEFINED) };
        let arguments = unknown_arguments(self, c.code);
        let this = match c.home {
            Some(home) if self.class_at(home).is_some() => self.instance_of(home)?,
            Some(home) => {
                let id = self.store.add(Object {
                    prototype: Some(home),
                    open: Some(Value::outside("?this", None)),
                    ..Object::new(What::Plain)
                });
                Value::object(id)
            }
            None => Value::outside("?this", None),
        };
        self.invoke(&c, this, arguments)
    }

    /// `new callee(...)`.
    pub(crate) fn construct(&mut self, callee: &Value, arguments: Vec<Value>, at: u32) -> Run<Value> {
        self.spend(3)?;
        match &callee.shape {
            Shape::Object(id) => match self.store.get(*id).what.clone() {
                What::Class(class) => {
                    let this = Value::object(
                        self.store.add(Object { prototype: Some(class.prototype), ..Object::new(What::Plain) }),
                    );
                    self.initialise(&class, &this, arguments, at)?;
                    Ok(this)
                }
                What::Function(c) => {
                    let prototype = self.store.get(*id).properties.get("prototype").and_then(Value::as_object);
                    let this = Value::object(self.store.add(Object { prototype, ..Object::new(What::Plain) }));
                    let result = self.invoke(&c, this.clone(), arguments)?;
                    Ok(if matches!(result.shape, Shape::Object(_)) { result } else { this })
                }
                What::Bound { target, arguments: first, .. } => {
                    let mut all = first;
                    all.extend(arguments);
                    self.construct(&target, all, at)
                }
                What::Proxy { target, handler } => match self.trap(&handler, "construct", at)? {
                    Some(trap) => {
                        let list = self.array(arguments);
                        self.call(&trap, &handler, vec![target, list], at)
                    }
                    None => self.construct(&target, arguments, at),
                },
                _ => Ok(Value::unknown(Kind::Any, None)),
            },
            Shape::Outside(name) => globals::construct(self, &name.clone(), callee, arguments, at),
            Shape::Choice(all) => {
                let first = all.iter().find(|v| matches!(v.shape, Shape::Object(_) | Shape::Outside(_))).cloned();
                match first {
                    Some(f) => self.construct(&f, arguments, at),
                    None => Ok(Value::unknown(Kind::Any, None)),
                }
            }
            _ => self.unknown_call("new ?", &callee.taint, arguments, at),
        }
    }

    fn initialise(&mut self, class: &Rc<ClassOf<'a>>, this: &Value, arguments: Vec<Value>, at: u32) -> Run<()> {
        let Some(c) = class.constructor.clone() else {
            self.construct_parent(class, this, arguments, at)?;
            return self.fields(class, this);
        };
        if class.class.heritage.is_none() {
            self.fields(class, this)?;
        }
        self.invoke(&c, this.clone(), arguments).map(|_| ())
    }

    fn construct_parent(&mut self, class: &Rc<ClassOf<'a>>, this: &Value, arguments: Vec<Value>, at: u32) -> Run<()> {
        let parent = class.parent.clone();
        match &parent.shape {
            Shape::Object(id) => match self.store.get(*id).what.clone() {
                What::Class(up) => self.initialise(&up, this, arguments, at),
                What::Function(c) => self.invoke(&c, this.clone(), arguments).map(|_| ()),
                _ => Ok(()),
            },
            Shape::Outside(name) => {
                let made = globals::construct(self, &name.clone(), &parent, arguments, at)?;
                if let Some(id) = this.as_object() {
                    self.store.change(id).open = Some(made);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn fields(&mut self, class: &Rc<ClassOf<'a>>, this: &Value) -> Run<()> {
        let saved = (self.file, self.this.clone(), self.home);
        self.file = class.file;
        self.this = this.clone();
        self.home = Some(class.prototype);
        let result = self.fields_of(class, this);
        self.file = saved.0;
        self.this = saved.1;
        self.home = saved.2;
        result
    }

    fn fields_of(&mut self, class: &Rc<ClassOf<'a>>, this: &Value) -> Run<()> {
        for e in &class.class.body.body {
            let ClassElement::PropertyDefinition(p) = e else { continue };
            if p.r#static {
                continue;
            }
            let key = self.key_of(&p.key, p.computed, class.scope)?;
            let v = match &p.value {
                Some(e) => match constant_text(&key) {
                    Some(n) => self.eval_named(e, &n, class.scope)?,
                    None => self.eval(e, class.scope)?,
                },
                None => Value::UNDEFINED,
            };
            self.set_member(this, &key, v, p.span.start)?;
        }
        Ok(())
    }

    pub(crate) fn super_call(&mut self, arguments: Vec<Value>, at: u32) -> Run<Value> {
        let this = self.this.clone();
        if let Some(class) = self.class_of_home() {
            self.construct_parent(&class, &this, arguments, at)?;
            self.fields(&class, &this)?;
        }
        Ok(this)
    }

    /// An object of a class that nobody was seen to make, made with arguments that nobody knows; one for each class.
    fn instance_of(&mut self, home: u32) -> Run<Value> {
        if let Some(id) = self.instances.get(&home) {
            return Ok(Value::object(*id));
        }
        let Some(class) = self.class_at(home) else { return Ok(Value::UNDEFINED) };
        let open = Value::outside("?this", None);
        let id = self.store.add(Object { prototype: Some(home), open: None, ..Object::new(What::Plain) });
        self.instances.insert(home, id);
        let this = Value::object(id);
        let arguments = class.constructor.as_ref().map_or(Vec::new(), |c| unknown_arguments(self, c.code));
        match self.initialise(&class, &this, arguments, 0) {
            Err(Stop::Spent) => return Err(Stop::Spent),
            Err(Stop::Throw) | Ok(()) => {}
        }
        if self.store.get(id).open.is_none() {
            self.store.change(id).open = Some(open);
        }
        Ok(this)
    }

    fn class_at(&self, home: u32) -> Option<Rc<ClassOf<'a>>> {
        let constructor = self.store.get(home).properties.get("constructor")?.as_object()?;
        match &self.store.get(constructor).what {
            What::Class(c) => Some(c.clone()),
            _ => None,
        }
    }

    fn class_of_home(&self) -> Option<Rc<ClassOf<'a>>> {
        let constructor = self.store.get(self.home?).properties.get("constructor")?.as_object()?;
        match &self.store.get(constructor).what {
            What::Class(c) => Some(c.clone()),
            _ => None,
        }
    }

    pub(crate) fn super_prototype(&self) -> Value {
        let up = self.home.and_then(|h| self.store.get(h).prototype);
        match up {
            Some(id) => Value::object(id),
            None => Value::outside("?super", None),
        }
    }

    pub(crate) fn class(&mut self, c: &'a Class<'a>, scope: ScopeId) -> Run<Value> {
        let parent = match &c.heritage {
            Some(h) => self.eval(&h.expression, scope)?,
            None => Value::UNDEFINED,
        };
        let scope = self.store.scope(Some(scope), false);
        self.store.hold(scope);
        let parent_prototype = parent.as_object().and_then(|id| match &self.store.get(id).what {
            What::Class(up) => Some(up.prototype),
            _ => self.store.get(id).properties.get("prototype").and_then(Value::as_object),
        });
        let prototype = self.store.add(Object { prototype: parent_prototype, ..Object::new(What::Plain) });
        let mut constructor = None;
        let mut statics = Vec::new();
        for e in &c.body.body {
            let ClassElement::MethodDefinition(m) = e else { continue };
            if m.value.body.is_none() {
                continue;
            }
            let key = self.key_of(&m.key, m.computed, scope)?;
            let Some(name) = constant_text(&key) else { continue };
            let f = self.closure(Code::Function(&m.value), scope, &name);
            self.set_home(&f, prototype);
            let stored: Rc<str> = match m.kind {
                MethodDefinitionKind::Get => format!("\0get {name}").into(),
                MethodDefinitionKind::Set => format!("\0set {name}").into(),
                _ => name.clone(),
            };
            if m.kind == MethodDefinitionKind::Constructor {
                if let Some(id) = f.as_object()
                    && let What::Function(c) = &self.store.get(id).what
                {
                    constructor = Some(c.clone());
                }
            } else if m.r#static {
                statics.push((stored, f));
            } else {
                self.store.change(prototype).properties.insert(stored, f);
            }
        }
        let class = ClassOf { class: c, file: self.file, scope, parent: parent.clone(), prototype, constructor };
        let id = self.store.add(Object { prototype: parent.as_object(), ..Object::new(What::Class(Rc::new(class))) });
        let value = Value::object(id);
        self.store.change(prototype).properties.insert("constructor".into(), value.clone());
        self.store.change(id).properties.insert("prototype".into(), Value::object(prototype));
        self.store.change(id).properties.extend(statics);
        if let Some(name) = &c.id {
            self.store.write(scope, name.name.as_str(), value.clone());
        }
        self.statics(c, &value, scope)?;
        Ok(value)
    }

    fn statics(&mut self, c: &'a Class<'a>, value: &Value, scope: ScopeId) -> Run<()> {
        let saved = std::mem::replace(&mut self.this, value.clone());
        for e in &c.body.body {
            match e {
                ClassElement::PropertyDefinition(p) if p.r#static => {
                    let key = self.key_of(&p.key, p.computed, scope)?;
                    let v = match &p.value {
                        Some(e) => self.eval(e, scope)?,
                        None => Value::UNDEFINED,
                    };
                    self.set_member(value, &key, v, p.span.start)?;
                }
                ClassElement::StaticBlock(b) => {
                    let inner = self.store.scope(Some(scope), true);
                    self.store.hold(inner);
                    self.block(&b.body, inner)?;
                }
                _ => {}
            }
        }
        self.this = saved;
        Ok(())
    }

    /// A promise that has this value, or a function's way to give it one.
    pub(crate) fn promise(&mut self, value: Option<Value>) -> u32 {
        self.store.add(Object { rest: value, ..Object::new(What::Promise) })
    }
}

/// Arguments that go by the names of the parameters: undefined where there is a default, which then counts.
fn unknown_arguments(m: &mut Machine<'_>, code: Code<'_>) -> Vec<Value> {
    let params = match code {
        Code::Function(f) => &f.params,
        Code::Arrow(f) => &f.params,
    };
    let mut one = |p: &oxc_ast::ast::FormalParameter<'_>| match (&p.initializer, &p.pattern) {
        (Some(_), _) => Value::UNDEFINED,
        (None, oxc_ast::ast::BindingPattern::BindingIdentifier(id)) => {
            let place = m.place(id.span.start);
            let taint = super::sources::of_name(id.name.as_str()).and_then(|s| {
                m.guessed.insert(place);
                m.marks.source(s, place)
            });
            Value::outside(format!("?{}", id.name), taint)
        }
        _ => Value::outside("?argument", None),
    };
    params.items.iter().map(&mut one).collect()
}

fn shorten(name: &str) -> String {
    let count = name.chars().count();
    if count <= 120 { name.to_owned() } else { name.chars().skip(count - 100).collect() }
}
