//! Loops.

use oxc_ast::ast::{Expression, ForStatementLeft, Statement, VariableDeclarationKind};

use crate::flow::heap::ScopeId;
use crate::flow::machine::{Done, Machine, Run};
use crate::flow::taint::Taint;
use crate::flow::value::{Shape, Value};

/// How often the body of a loop runs whose end is not known.
const UNKNOWN_ROUNDS: u32 = 2;
/// Rounds of a loop that goes on while something is there, as far as that is known.
const THERE_ROUNDS: u32 = 2_000;
/// Rounds of a loop whose condition is a literal, and that was not seen to be left.
const ENDLESS_ROUNDS: u32 = 20_000;

impl<'a> Machine<'a> {
    pub(super) fn take_left(&mut self) -> bool {
        self.frames.last_mut().is_some_and(|f| std::mem::take(&mut f.maybe_left))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    pub(super) fn rounds(
        &mut self,
        test: Option<&'a Expression<'a>>,
        update: Option<&'a Expression<'a>>,
        body: &'a Statement<'a>,
        scope: ScopeId,
        body_first: bool,
        at: u32,
        labels: &[&'a str],
    ) -> Run<Done<'a>> {
        let outer = self.take_left();
        let mut unknown = 0;
        let (mut there, mut endless) = (0, 0);
        let is_endless = test.is_none_or(|t| {
            matches!(
                t.get_inner_expression(),
                Expression::BooleanLiteral(_) | Expression::UnaryExpression(_) | Expression::NumericLiteral(_)
            )
        });
        let mut first = body_first;
        let done = loop {
            self.spend(2)?;
            let condition = match test {
                Some(t) if !first => self.eval(t, scope)?,
                _ => Value::bool(true),
            };
            first = false;
            there += u32::from(matches!(condition.shape, Shape::Object(_)));
            endless += u32::from(is_endless);
            match condition.truth() {
                Some(false) => break Done::Normal,
                Some(true) if there > THERE_ROUNDS || endless > ENDLESS_ROUNDS => {
                    let place = self.place(at);
                    self.note(place, "a loop was not followed to its end: nothing was seen that ends it");
                    break Done::Normal;
                }
                Some(true) => match self.round(body, scope)? {
                    Done::Break(None) => break Done::Normal,
                    Done::Normal | Done::Continue(None) => {}
                    Done::Continue(Some(n)) if labels.contains(&n) => {}
                    other => break other,
                },
                None => {
                    unknown += 1;
                    let done =
                        self.branches(&condition.taint, at, |m| m.statement(body, scope), |_| Ok(Done::Normal))?;
                    if matches!(done, Done::Return(_)) || unknown >= UNKNOWN_ROUNDS {
                        break match done {
                            Done::Break(None) | Done::Continue(None) => Done::Normal,
                            other => other,
                        };
                    }
                }
            }
            if self.take_left() && is_endless {
                unknown += 1;
                if unknown > UNKNOWN_ROUNDS {
                    break Done::Normal;
                }
            }
            if let Some(u) = update {
                self.eval(u, scope)?;
            }
        };
        if let Some(f) = self.frames.last_mut() {
            f.maybe_left = outer;
        }
        Ok(done)
    }

    /// One round of a loop's body; its scopes are given back.
    fn round(&mut self, body: &'a Statement<'a>, scope: ScopeId) -> Run<Done<'a>> {
        let before = self.store.scopes.len();
        let done = self.statement(body, scope);
        self.store.release(before);
        done
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    pub(super) fn over(
        &mut self,
        left: &'a ForStatementLeft<'a>,
        items: Vec<Value>,
        rest: Option<Value>,
        taint: &Taint,
        body: &'a Statement<'a>,
        scope: ScopeId,
        at: u32,
        labels: &[&'a str],
    ) -> Run<Done<'a>> {
        let outer = self.take_left();
        let rounds = items
            .into_iter()
            .map(|v| (v, true))
            .chain(rest.iter().flat_map(|v| [(v.clone(), false), (v.clone(), false)]));
        let mut result = Done::Normal;
        for (value, certain) in rounds {
            self.spend(2)?;
            let before = self.store.scopes.len();
            let scope = self.store.scope(Some(scope), false);
            let run = |m: &mut Self| -> Run<Done<'a>> {
                match left {
                    ForStatementLeft::VariableDeclaration(v) => {
                        let target =
                            if v.kind == VariableDeclarationKind::Var { m.store.function_scope(scope) } else { scope };
                        if let Some(d) = v.declarations.first() {
                            m.bind(&d.id, value.clone(), target, scope)?;
                        }
                    }
                    other => m.assign(other.to_assignment_target(), value.clone(), scope)?,
                }
                m.statement(body, scope)
            };
            let done = if certain { run(self)? } else { self.branches(taint, at, run, |_| Ok(Done::Normal))? };
            self.store.release(before);
            match done {
                Done::Break(None) => break,
                Done::Normal | Done::Continue(None) => {}
                Done::Continue(Some(n)) if labels.contains(&n) => {}
                other => {
                    result = other;
                    break;
                }
            }
        }
        if let Some(f) = self.frames.last_mut() {
            f.maybe_left = outer;
        }
        Ok(result)
    }
}
