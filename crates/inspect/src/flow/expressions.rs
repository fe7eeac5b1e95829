//! Expressions.

use std::rc::Rc;

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ChainElement, Expression, ObjectPropertyKind, PropertyKey, PropertyKind,
    SimpleAssignmentTarget,
};
use oxc_span::GetSpan;
use oxc_syntax::operator::{AssignmentOperator, LogicalOperator, UnaryOperator, UpdateOperator};

use super::heap::{Closure, Code, Native, Object, Properties, ScopeId, What, may_be_absent};
use super::machine::{Machine, Run, Stop, differ_in_order};
use super::taint::{marks_only, union};
use super::value::{Kind, Shape, Value, number_text};
use super::{operators, text};

/// What is kept of what a generator gives.
const YIELDS_MAX: usize = 20_000;

impl<'a> Machine<'a> {
    pub(crate) fn eval(&mut self, e: &'a Expression<'a>, scope: ScopeId) -> Run<Value> {
        self.spend(1)?;
        let at = e.span().start;
        match e {
            Expression::BooleanLiteral(b) => Ok(Value::bool(b.value)),
            Expression::NullLiteral(_) => Ok(Value::plain(Shape::Null)),
            Expression::NumericLiteral(n) => Ok(Value::number(n.value)),
            Expression::BigIntLiteral(n) => {
                Ok(n.value.parse::<f64>().map_or(Value::unknown(Kind::Number, None), Value::number))
            }
            Expression::StringLiteral(s) => Ok(Value::text(text::literal(s.value.as_str(), s.lone_surrogates))),
            Expression::RegExpLiteral(r) => {
                let source = Value::text(r.regex.pattern.text.as_str());
                let flags: Rc<str> = r.regex.flags.to_string().into();
                Ok(Value::object(self.store.add(Object::new(What::Regex { source, flags }))))
            }
            Expression::TemplateLiteral(t) => self.template(&t.quasis, &t.expressions, scope),
            Expression::TaggedTemplateExpression(t) => {
                let tag = self.eval(&t.tag, scope)?;
                if matches!(&tag.shape, Shape::Outside(n) if &**n == "String.raw" || super::globals::is_of_text(n)) {
                    return self.template(&t.quasi.quasis, &t.quasi.expressions, scope);
                }
                let strings = t
                    .quasi
                    .quasis
                    .iter()
                    .map(|q| Value::text(q.value.cooked.as_ref().map_or("", |s| s.as_str())))
                    .collect();
                let mut arguments = vec![self.array(strings)];
                for e in &t.quasi.expressions {
                    arguments.push(self.eval(e, scope)?);
                }
                self.call(&tag, &Value::UNDEFINED, arguments, at)
            }
            Expression::Identifier(id) => Ok(self.lookup(id.name.as_str(), scope, at)),
            Expression::ThisExpression(_) => Ok(self.this.clone()),
            Expression::Super(_) => Ok(self.super_prototype()),
            Expression::ArrayExpression(a) => self.array_literal(&a.elements, scope),
            Expression::ObjectExpression(o) => self.object_literal(&o.properties, scope, at),
            Expression::ArrowFunctionExpression(f) => Ok(self.closure(Code::Arrow(f), scope, "")),
            Expression::FunctionExpression(f) => {
                let Some(id) = &f.id else { return Ok(self.closure(Code::Function(f), scope, "")) };
                let inner = self.store.scope(Some(scope), false);
                let value = self.closure(Code::Function(f), inner, id.name.as_str());
                self.store.write(inner, id.name.as_str(), value.clone());
                Ok(value)
            }
            Expression::ClassExpression(c) => self.class(c, scope),
            Expression::AwaitExpression(a) => {
                let v = self.eval(&a.argument, scope)?;
                self.settled(&v, at)
            }
            Expression::YieldExpression(y) => {
                let v = match &y.argument {
                    Some(e) => self.eval(e, scope)?,
                    None => Value::UNDEFINED,
                };
                let (items, rest, order) = if y.delegate { self.elements(&v) } else { (vec![v], None, None) };
                if let Some(id) = self.frames.last().and_then(|f| f.yields)
                    && self.store.get(id).items.len() < YIELDS_MAX
                {
                    let place = self.place(at);
                    let rest = match (self.store.get(id).rest.clone(), rest) {
                        (Some(x), Some(y)) => Some(self.join(x, y, &None, place)),
                        (x, y) => x.or(y),
                    };
                    let list = self.store.change(id);
                    list.items.extend(items.into_iter().take(1000));
                    list.rest = rest;
                    list.order = union(&list.order, &order);
                }
                Ok(Value::unknown(Kind::Any, None))
            }
            Expression::ParenthesizedExpression(p) => self.eval(&p.expression, scope),
            Expression::SequenceExpression(s) => {
                let mut last = Value::UNDEFINED;
                for e in &s.expressions {
                    last = self.eval(e, scope)?;
                }
                Ok(last)
            }
            Expression::UnaryExpression(u) => self.unary(u.operator, &u.argument, scope, at),
            Expression::BinaryExpression(b) => {
                let left = self.eval(&b.left, scope)?;
                let right = self.eval(&b.right, scope)?;
                operators::binary(self, b.operator, &left, &right, at)
            }
            Expression::PrivateInExpression(_) => Ok(Value::unknown(Kind::Bool, None)),
            Expression::LogicalExpression(l) => {
                let left = self.eval(&l.left, scope)?;
                self.logical(l.operator, left, at, |m| m.eval(&l.right, scope))
            }
            Expression::ConditionalExpression(c) => {
                let test = self.eval(&c.test, scope)?;
                match test.truth() {
                    Some(true) => self.eval(&c.consequent, scope),
                    Some(false) => self.eval(&c.alternate, scope),
                    None => {
                        let place = self.place(at);
                        self.either(&test, place, |m| m.eval(&c.consequent, scope), |m| m.eval(&c.alternate, scope))
                    }
                }
            }
            Expression::AssignmentExpression(a) => self.assignment(a, scope),
            Expression::UpdateExpression(u) => {
                let old = self.simple_target_value(&u.argument, scope)?;
                let old = operators::to_number(self, &old, at);
                let by = if u.operator == UpdateOperator::Increment { 1.0 } else { -1.0 };
                let new = operators::add_number(self, &old, by, at)?;
                self.assign_simple(&u.argument, new.clone(), scope)?;
                Ok(if u.prefix { new } else { old })
            }
            Expression::CallExpression(c) => self.call_expression(c, scope),
            Expression::NewExpression(n) => {
                let callee = self.eval(&n.callee, scope)?;
                let arguments = self.arguments(&n.arguments, scope)?;
                self.construct(&callee, arguments, at)
            }
            Expression::ImportExpression(i) => {
                let name = self.eval(&i.source, scope)?;
                Ok(self.require(&name, at))
            }
            Expression::ChainExpression(c) => match &c.expression {
                ChainElement::CallExpression(call) => self.call_expression(call, scope),
                ChainElement::TSNonNullExpression(e) => self.eval(&e.expression, scope),
                ChainElement::ComputedMemberExpression(m) => {
                    let object = self.eval(&m.object, scope)?;
                    let key = self.eval(&m.expression, scope)?;
                    self.member(&object, &key, at)
                }
                ChainElement::StaticMemberExpression(m) => {
                    let object = self.eval(&m.object, scope)?;
                    self.member_named(&object, m.property.name.as_str(), m.property.span.start)
                }
                ChainElement::PrivateFieldExpression(m) => {
                    let object = self.eval(&m.object, scope)?;
                    self.member_named(&object, &format!("#{}", m.field.name), at)
                }
            },
            Expression::ComputedMemberExpression(m) => {
                let object = self.eval(&m.object, scope)?;
                let key = self.eval(&m.expression, scope)?;
                self.member(&object, &key, at)
            }
            Expression::StaticMemberExpression(m) => {
                let object = self.eval(&m.object, scope)?;
                self.member_named(&object, m.property.name.as_str(), m.property.span.start)
            }
            Expression::PrivateFieldExpression(m) => {
                let object = self.eval(&m.object, scope)?;
                self.member_named(&object, &format!("#{}", m.field.name), at)
            }
            Expression::TSAsExpression(e) => self.eval(&e.expression, scope),
            Expression::TSSatisfiesExpression(e) => self.eval(&e.expression, scope),
            Expression::TSTypeAssertion(e) => self.eval(&e.expression, scope),
            Expression::TSNonNullExpression(e) => self.eval(&e.expression, scope),
            Expression::TSInstantiationExpression(e) => self.eval(&e.expression, scope),
            Expression::ImportMeta(_) => Ok(Value::outside("import.meta", None)),
            Expression::NewTarget(_) | Expression::JSXFragment(_) | Expression::V8IntrinsicExpression(_) => {
                Ok(Value::unknown(Kind::Any, None))
            }
            Expression::JSXElement(_) => Ok(Value::unknown(Kind::Any, None)),
        }
    }

    fn template(
        &mut self,
        quasis: &'a [oxc_ast::ast::TemplateElement<'a>],
        expressions: &'a [Expression<'a>],
        scope: ScopeId,
    ) -> Run<Value> {
        let mut pieces = Vec::new();
        for (i, q) in quasis.iter().enumerate() {
            let cooked = q.value.cooked.as_ref().map_or_else(|| q.value.raw.as_str(), |s| s.as_str());
            pieces.push(Value::text(text::literal(cooked, q.lone_surrogates)));
            if let Some(e) = expressions.get(i) {
                let v = self.eval(e, scope)?;
                pieces.push(self.text_of(&v));
            }
        }
        Ok(self.concat(pieces))
    }

    fn array_literal(&mut self, elements: &'a [ArrayExpressionElement<'a>], scope: ScopeId) -> Run<Value> {
        let mut object = Object::array(Vec::new());
        for e in elements {
            match e {
                ArrayExpressionElement::SpreadElement(s) => {
                    let v = self.eval(&s.argument, scope)?;
                    let (items, rest, order) = self.elements(&v);
                    object.items.extend(items);
                    object.rest = object.rest.or(rest);
                    object.order = union(&object.order, &order);
                }
                ArrayExpressionElement::Elision(_) => object.items.push(Value::UNDEFINED),
                _ => {
                    let v = self.eval(e.to_expression(), scope)?;
                    object.items.push(v);
                }
            }
        }
        Ok(Value::object(self.store.add(object)))
    }

    pub(crate) fn key_of(&mut self, key: &'a PropertyKey<'a>, computed: bool, scope: ScopeId) -> Run<Value> {
        Ok(match key {
            PropertyKey::StaticIdentifier(id) => Value::text(id.name.as_str()),
            PropertyKey::PrivateIdentifier(id) => Value::text(format!("#{}", id.name)),
            PropertyKey::StringLiteral(s) if !computed => Value::text(s.value.as_str()),
            PropertyKey::NumericLiteral(n) if !computed => Value::text(number_text(n.value)),
            other => match other.as_expression() {
                Some(e) => self.eval(e, scope)?,
                None => Value::unknown(Kind::Text, None),
            },
        })
    }

    fn object_literal(&mut self, properties: &'a [ObjectPropertyKind<'a>], scope: ScopeId, at: u32) -> Run<Value> {
        let id = self.store.add(Object::new(What::Plain));
        let value = Value::object(id);
        for p in properties {
            match p {
                ObjectPropertyKind::SpreadProperty(s) => {
                    let v = self.eval(&s.argument, scope)?;
                    self.spread_into(id, &v, at)?;
                }
                ObjectPropertyKind::ObjectProperty(p) => {
                    let key = self.key_of(&p.key, p.computed, scope)?;
                    let name = super::value::constant_text(&key);
                    let v = match (&p.value, &name) {
                        (Expression::FunctionExpression(f), Some(n)) if f.id.is_none() => {
                            let v = self.closure(Code::Function(f), scope, n);
                            self.set_home(&v, id);
                            v
                        }
                        (Expression::ArrowFunctionExpression(f), Some(n)) => self.closure(Code::Arrow(f), scope, n),
                        (e, _) => self.eval(e, scope)?,
                    };
                    match (p.kind, name) {
                        (PropertyKind::Init, _) => self.set_member(&value, &key, v, at)?,
                        (PropertyKind::Get, Some(n)) => {
                            self.store.change(id).properties.insert(format!("\0get {n}").into(), v);
                        }
                        (PropertyKind::Set, Some(n)) => {
                            self.store.change(id).properties.insert(format!("\0set {n}").into(), v);
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(value)
    }

    pub(crate) fn set_home(&mut self, function: &Value, home: u32) {
        if let Some(f) = function.as_object()
            && let What::Function(c) = &mut self.store.change(f).what
        {
            c.home = Some(home);
        }
    }

    /// `{...value}` into an object.
    pub(crate) fn spread_into(&mut self, id: u32, value: &Value, at: u32) -> Run<()> {
        match &value.shape {
            Shape::Choice(all) => {
                let before = self.store.get(id).properties.clone();
                let place = self.place(at);
                let mut result: Option<Properties> = None;
                let all = all.clone();
                for v in all.iter() {
                    self.store.change(id).properties = before.clone();
                    self.spread_into(id, v, at)?;
                    let next = self.store.get(id).properties.clone();
                    result = Some(match result {
                        None => next,
                        Some(seen) if differ_in_order(&seen, &next) => {
                            let target = self.store.change(id);
                            target.order = union(&target.order, &marks_only(&value.taint));
                            self.join_properties(seen, next, &value.taint, place)
                        }
                        Some(seen) => self.join_properties(seen, next, &value.taint, place),
                    });
                }
                if let Some(p) = result {
                    self.store.change(id).properties = p;
                }
            }
            Shape::Object(from) => {
                if let What::Proxy { target, .. } = self.store.get(*from).what.clone() {
                    let seen = self.seen_through(value, &target, at)?;
                    return self.spread_into(id, &seen, at);
                }
                let object = self.store.copy(*from);
                for (k, v) in object.properties {
                    let Some(name) = k.strip_prefix("\0get ") else {
                        if may_be_absent(&v) {
                            let place = self.place(at);
                            let old =
                                self.store.get(id).properties.get(&k).cloned().unwrap_or(Value::plain(Shape::Absent));
                            let v = self.join(v.clone(), old, &v.taint, place);
                            self.store.change(id).properties.insert(k, v);
                        } else {
                            self.store.change(id).properties.insert(k, v);
                        }
                        continue;
                    };
                    let v = self.member_named(value, name, at)?;
                    self.store.change(id).properties.insert(name.into(), v);
                }
                let target = self.store.change(id);
                target.order = union(&target.order, &object.order);
                target.open = target.open.take().or(object.open);
                for (i, v) in object.items.into_iter().enumerate().take(100) {
                    self.store.change(id).properties.insert(i.to_string().into(), v);
                }
            }
            Shape::Outside(_) => self.store.change(id).open = Some(value.clone()),
            Shape::Unknown(Kind::Any) => {
                self.store.change(id).open = Some(Value::outside("?spread", value.taint.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    fn join_properties(
        &mut self,
        a: Properties,
        mut b: Properties,
        taint: &super::taint::Taint,
        place: super::taint::Place,
    ) -> Properties {
        let absent = Value::plain(Shape::Absent);
        let mut all = Properties::default();
        for (k, v) in a {
            let other = b.shift_remove(&k).unwrap_or_else(|| absent.clone());
            let v = self.join(v, other, taint, place);
            all.insert(k, v);
        }
        for (k, v) in b {
            let v = self.join(absent.clone(), v, taint, place);
            all.insert(k, v);
        }
        all
    }

    fn unary(&mut self, op: UnaryOperator, e: &'a Expression<'a>, scope: ScopeId, at: u32) -> Run<Value> {
        if op == UnaryOperator::Typeof
            && let Expression::Identifier(id) = e
            && self.store.find(scope, id.name.as_str()).is_none()
            && !super::globals::is_known(id.name.as_str())
        {
            return Ok(Value::unknown(Kind::Text, None));
        }
        if op == UnaryOperator::Delete {
            if let Some(m) = e.as_member_expression() {
                let object = self.eval(m.object(), scope)?;
                let key = self.member_key(m, scope)?;
                if let Some(name) = super::value::constant_text(&key) {
                    for id in object.alternatives().iter().filter_map(Value::as_object) {
                        self.store.change(id).properties.shift_remove(&name);
                    }
                }
            }
            return Ok(Value::bool(true));
        }
        let v = self.eval(e, scope)?;
        operators::unary(self, op, &v, at)
    }

    /// `&&`, `||` and `??`, with the right side only where it is reached.
    pub(crate) fn logical(
        &mut self,
        op: LogicalOperator,
        left: Value,
        at: u32,
        right: impl FnOnce(&mut Self) -> Run<Value>,
    ) -> Run<Value> {
        let goes_right = match op {
            LogicalOperator::And => left.truth(),
            LogicalOperator::Or => left.truth().map(|t| !t),
            LogicalOperator::Coalesce => left.is_nullish(),
        };
        match goes_right {
            // A known left side still decides: what it was chosen by goes along.
            Some(true) => right(self),
            Some(false) => Ok(left),
            None => {
                let place = self.place(at);
                let stays = match (op, &left.shape) {
                    (LogicalOperator::And, Shape::Unknown(Kind::Bool)) => Value::bool(false),
                    (LogicalOperator::Or, Shape::Unknown(Kind::Bool)) => Value::bool(true),
                    (_, Shape::Choice(all)) => {
                        let keep = |v: &&Value| match op {
                            LogicalOperator::And => v.truth() != Some(true),
                            LogicalOperator::Or => v.truth() != Some(false),
                            LogicalOperator::Coalesce => v.is_nullish() != Some(true),
                        };
                        let kept: Vec<Value> = all.iter().filter(keep).cloned().collect();
                        match kept.len() {
                            1 => kept[0].clone(),
                            _ => Value::new(Shape::Choice(kept.into()), left.taint.clone()),
                        }
                    }
                    _ => left.clone(),
                };
                let result = self.either(&left, place, right, |_| Ok(stays))?;
                Ok(result.tainted(&marks_only(&left.taint)))
            }
        }
    }

    fn assignment(&mut self, a: &'a oxc_ast::ast::AssignmentExpression<'a>, scope: ScopeId) -> Run<Value> {
        let at = a.span.start;
        if a.operator == AssignmentOperator::Assign {
            let value = match (&a.left, &a.right) {
                (oxc_ast::ast::AssignmentTarget::AssignmentTargetIdentifier(id), e) => {
                    self.eval_named(e, id.name.as_str(), scope)?
                }
                (oxc_ast::ast::AssignmentTarget::StaticMemberExpression(m), e) => {
                    self.eval_named(e, m.property.name.as_str(), scope)?
                }
                (_, e) => self.eval(e, scope)?,
            };
            self.assign(&a.left, value.clone(), scope)?;
            return Ok(value);
        }
        let Some(target) = a.left.as_simple_assignment_target() else { return self.eval(&a.right, scope) };
        let old = self.simple_target_value(target, scope)?;
        let value = if let Some(op) = a.operator.to_logical_operator() {
            self.logical(op, old, at, |m| m.eval(&a.right, scope))?
        } else if let Some(op) = a.operator.to_binary_operator() {
            let right = self.eval(&a.right, scope)?;
            operators::binary(self, op, &old, &right, at)?
        } else {
            self.eval(&a.right, scope)?
        };
        self.assign_simple(target, value.clone(), scope)?;
        Ok(value)
    }

    /// Evaluates what gets a name; functions and classes take it as theirs.
    pub(crate) fn eval_named(&mut self, e: &'a Expression<'a>, name: &str, scope: ScopeId) -> Run<Value> {
        match e {
            Expression::ArrowFunctionExpression(f) => Ok(self.closure(Code::Arrow(f), scope, name)),
            Expression::FunctionExpression(f) if f.id.is_none() => Ok(self.closure(Code::Function(f), scope, name)),
            _ => {
                let value = self.eval(e, scope)?;
                self.name_candidates(&value, name);
                Ok(value)
            }
        }
    }

    fn simple_target_value(&mut self, t: &'a SimpleAssignmentTarget<'a>, scope: ScopeId) -> Run<Value> {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = t {
            return Ok(self.lookup(id.name.as_str(), scope, id.span.start));
        }
        match t.as_member_expression() {
            Some(m) => {
                let object = self.eval(m.object(), scope)?;
                let key = self.member_key(m, scope)?;
                self.member(&object, &key, m.span().start)
            }
            None => Ok(Value::unknown(Kind::Any, None)),
        }
    }

    pub(crate) fn member_key(&mut self, m: &'a oxc_ast::ast::MemberExpression<'a>, scope: ScopeId) -> Run<Value> {
        use oxc_ast::ast::MemberExpression as M;
        Ok(match m {
            M::ComputedMemberExpression(c) => self.eval(&c.expression, scope)?,
            M::StaticMemberExpression(s) => Value::text(s.property.name.as_str()),
            M::PrivateFieldExpression(p) => Value::text(format!("#{}", p.field.name)),
        })
    }

    pub(crate) fn arguments(&mut self, list: &'a [Argument<'a>], scope: ScopeId) -> Run<Vec<Value>> {
        let mut all = Vec::with_capacity(list.len());
        let mut decides = None;
        for a in list {
            match a {
                Argument::SpreadElement(s) => {
                    let v = self.eval(&s.argument, scope)?;
                    let (items, rest, order) = self.elements(&v);
                    all.extend(items);
                    all.extend(rest);
                    decides = union(&decides, &order);
                }
                _ => all.push(self.eval(a.to_expression(), scope)?),
            }
        }
        self.argument_order = decides;
        Ok(all)
    }

    fn call_expression(&mut self, c: &'a oxc_ast::ast::CallExpression<'a>, scope: ScopeId) -> Run<Value> {
        let at = c.span.start;
        let callee = c.callee.get_inner_expression();
        if let Expression::Super(_) = callee {
            let arguments = self.arguments(&c.arguments, scope)?;
            return self.super_call(arguments, at);
        }
        let member = match callee {
            Expression::ChainExpression(ch) => ch.expression.as_member_expression(),
            other => other.as_member_expression(),
        };
        let Some(m) = member else {
            let f = self.eval(callee, scope)?;
            let arguments = self.arguments(&c.arguments, scope)?;
            if let (Expression::Identifier(id), Shape::Undefined) = (callee, &f.shape) {
                let unknown = Value::outside(format!("?{}", id.name), None);
                return self.call(&unknown, &Value::UNDEFINED, arguments, at);
            }
            return self.call(&f, &Value::UNDEFINED, arguments, at);
        };
        let is_super = matches!(m.object(), Expression::Super(_));
        let object = self.eval(m.object(), scope)?;
        let key = self.member_key(m, scope)?;
        let arguments = self.arguments(&c.arguments, scope)?;
        if is_super {
            let f = self.member(&object, &key, at)?;
            let this = self.this.clone();
            return self.call(&f, &this, arguments, at);
        }
        let named = super::value::constant_text(&key);
        match named {
            Some(name) => self.call_member(&object, &name, arguments, at),
            None => {
                let f = self.member(&object, &key, at)?;
                self.call(&f, &object, arguments, at)
            }
        }
    }

    /// `object.name(...)`.
    pub(crate) fn call_member(&mut self, object: &Value, name: &str, arguments: Vec<Value>, at: u32) -> Run<Value> {
        if let Shape::Choice(_) = &object.shape {
            return self.each(object, at, |m, v| {
                if matches!(v.shape, Shape::Undefined | Shape::Null) {
                    return Err(Stop::Throw);
                }
                m.call_member(v, name, arguments.clone(), at)
            });
        }
        if let Shape::Object(id) = object.shape {
            let found = self.property(id, name, object, at)?;
            if let Some(f) = found {
                return self.call(&f, object, arguments, at);
            }
        }
        super::builtins::call(self, object, name, arguments, at)
    }

    pub(crate) fn closure(&mut self, code: Code<'a>, scope: ScopeId, name: &str) -> Value {
        let this = matches!(code, Code::Arrow(_)).then(|| self.this.clone());
        let home = if matches!(code, Code::Arrow(_)) { self.home } else { None };
        self.store.hold(scope);
        let closure = Closure { code, file: self.file, scope, this, home, name: name.into() };
        let value = Value::object(self.store.add(Object::new(What::Function(closure))));
        if self.pending.len() < 200_000 {
            self.pending.push(value.clone());
        }
        value
    }

    pub(crate) fn native(&mut self, native: Native) -> Value {
        Value::object(self.store.add(Object::new(What::Native(native))))
    }

    /// What a promise, or a promise of a promise, gives.
    pub(crate) fn settled(&mut self, v: &Value, at: u32) -> Run<Value> {
        match &v.shape {
            Shape::Object(id) if matches!(self.store.get(*id).what, What::Promise) => {
                Ok(self.store.get(*id).rest.clone().unwrap_or(Value::unknown(Kind::Any, None)))
            }
            Shape::Choice(_) => self.each(v, at, |m, v| m.settled(v, at)),
            _ => Ok(v.clone()),
        }
    }

    /// A variable, or what the outside has under its name.
    pub(crate) fn lookup(&mut self, name: &str, scope: ScopeId, at: u32) -> Value {
        if let Some(v) = self.store.read(scope, name) {
            return v.clone();
        }
        match name {
            "undefined" => Value::UNDEFINED,
            "NaN" => Value::number(f64::NAN),
            "Infinity" => Value::number(f64::INFINITY),
            "arguments" => {
                let all = self.arguments.clone();
                self.array(all)
            }
            "globalThis" | "window" | "self" | "global" => Value::outside("globalThis", None),
            _ => {
                let place = at;
                super::sources::named(self, name, place).unwrap_or_else(|| {
                    Value::outside(
                        if super::globals::is_known(name) { name.to_owned() } else { format!("?{name}") },
                        None,
                    )
                })
            }
        }
    }
}
