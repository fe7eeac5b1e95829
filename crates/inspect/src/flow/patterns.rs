//! Binding and assignment, with destructuring.

use oxc_ast::ast::{
    AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, BindingPattern, SimpleAssignmentTarget,
};
use oxc_span::GetSpan;

use super::heap::{Object, ScopeId, What};
use super::machine::{Machine, Run};
use super::taint::marks_only;
use super::value::{Shape, Value, constant_text};

impl<'a> Machine<'a> {
    /// Gives a pattern's names their values; `scope` is where initialisers are evaluated.
    pub(crate) fn bind(&mut self, p: &'a BindingPattern<'a>, value: Value, target: ScopeId, scope: ScopeId) -> Run<()> {
        match p {
            BindingPattern::BindingIdentifier(id) => {
                self.name_candidates(&value, id.name.as_str());
                self.store.write(target, id.name.as_str(), value);
            }
            BindingPattern::AssignmentPattern(a) => {
                let v = if value.alternatives().iter().any(|v| matches!(v.shape, Shape::Undefined | Shape::Absent)) {
                    let default = self.eval(&a.right, scope)?;
                    self.or_default(value, default, a.span.start)
                } else {
                    value
                };
                self.bind(&a.left, v, target, scope)?;
            }
            BindingPattern::ObjectPattern(o) => {
                let mut taken = Vec::new();
                for p in &o.properties {
                    let key = self.key_of(&p.key, p.computed, scope)?;
                    let v = self.member(&value, &key, p.span.start)?;
                    taken.extend(constant_text(&key));
                    self.bind(&p.value, v, target, scope)?;
                }
                if let Some(r) = &o.rest {
                    let v = self.without(&value, &taken, r.span.start)?;
                    self.bind(&r.argument, v, target, scope)?;
                }
            }
            BindingPattern::ArrayPattern(a) => {
                let (items, rest, order) = self.elements(&value);
                let mut items = items.into_iter();
                let missing = rest.clone().unwrap_or(Value::UNDEFINED);
                // What decides the order of a list is known by its items, and by the parts of its items.
                let outer = if matches!(value.shape, Shape::Object(_)) { marks_only(&value.taint) } else { None };
                for p in &a.elements {
                    let v = items.next().unwrap_or_else(|| missing.clone()).tainted(&outer);
                    if let Some(p) = p {
                        self.bind(p, v, target, scope)?;
                    }
                }
                if let Some(r) = &a.rest {
                    let id = self.store.add(Object { rest, order, ..Object::array(items.collect()) });
                    self.bind(&r.argument, Value::object(id), target, scope)?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn or_default(&mut self, value: Value, default: Value, at: u32) -> Value {
        let there: Vec<Value> = value
            .alternatives()
            .iter()
            .filter(|v| !matches!(v.shape, Shape::Undefined | Shape::Absent))
            .cloned()
            .collect();
        let place = self.place(at);
        there.into_iter().fold(default, |a, v| self.join(v, a, &value.taint, place))
    }

    /// An object's properties without some.
    fn without(&mut self, value: &Value, taken: &[std::rc::Rc<str>], at: u32) -> Run<Value> {
        let id = self.store.add(Object::new(What::Plain));
        self.spread_into(id, value, at)?;
        self.store.change(id).properties.retain(|k, _| !taken.contains(k));
        Ok(Value::object(id))
    }

    pub(crate) fn assign(&mut self, t: &'a AssignmentTarget<'a>, value: Value, scope: ScopeId) -> Run<()> {
        if let Some(simple) = t.as_simple_assignment_target() {
            return self.assign_simple(simple, value, scope);
        }
        match t {
            AssignmentTarget::ArrayAssignmentTarget(a) => {
                let (items, rest, _) = self.elements(&value);
                let mut items = items.into_iter();
                let missing = rest.clone().unwrap_or(Value::UNDEFINED);
                for e in &a.elements {
                    let v = items.next().unwrap_or_else(|| missing.clone());
                    if let Some(e) = e {
                        self.assign_default(e, v, scope)?;
                    }
                }
                if let Some(r) = &a.rest {
                    let id = self.store.add(Object { rest, ..Object::array(items.collect()) });
                    self.assign(&r.target, Value::object(id), scope)?;
                }
            }
            AssignmentTarget::ObjectAssignmentTarget(o) => {
                for p in &o.properties {
                    match p {
                        AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(p) => {
                            let mut v = self.member_named(&value, p.binding.name.as_str(), p.span.start)?;
                            if let Some(e) = &p.init {
                                let d = self.eval(e, scope)?;
                                v = self.or_default(v, d, p.span.start);
                            }
                            self.assign_name(p.binding.name.as_str(), v, scope);
                        }
                        AssignmentTargetProperty::AssignmentTargetPropertyProperty(p) => {
                            let key = self.key_of(&p.name, p.computed, scope)?;
                            let v = self.member(&value, &key, p.span.start)?;
                            self.assign_default(&p.binding, v, scope)?;
                        }
                    }
                }
                if let Some(r) = &o.rest {
                    self.assign(&r.target, value, scope)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn assign_default(&mut self, t: &'a AssignmentTargetMaybeDefault<'a>, value: Value, scope: ScopeId) -> Run<()> {
        match t {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(d) => {
                let default = self.eval(&d.init, scope)?;
                let v = self.or_default(value, default, d.span.start);
                self.assign(&d.binding, v, scope)
            }
            other => self.assign(other.to_assignment_target(), value, scope),
        }
    }

    pub(crate) fn assign_simple(&mut self, t: &'a SimpleAssignmentTarget<'a>, value: Value, scope: ScopeId) -> Run<()> {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = t {
            self.name_candidates(&value, id.name.as_str());
            self.assign_name(id.name.as_str(), value, scope);
            return Ok(());
        }
        if let Some(m) = t.as_member_expression() {
            let object = self.eval(m.object(), scope)?;
            let key = self.member_key(m, scope)?;
            self.set_member(&object, &key, value, m.span().start)?;
        }
        Ok(())
    }

    fn assign_name(&mut self, name: &'a str, value: Value, scope: ScopeId) {
        let target = self.store.find(scope, name).unwrap_or(self.global);
        self.store.write(target, name, value);
    }
}
