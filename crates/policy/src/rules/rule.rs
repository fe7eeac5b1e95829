//! One rule, and the annotations that say what it does.

use std::collections::BTreeSet;

use cedar_policy::pst::{self, Expr, Literal, Template};
use serde::Serialize;

use crate::{
    effect::{Basis, Effect},
    problem::{Problem, shown},
    rules::reads::{self, Reads},
    signal::{Family, Signal},
    verdict::{FAILED_CLOSED, NOT_PERMITTED},
};

/// A rule of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    pub id: String,
    /// The words for the person who is refused.
    pub text: String,
    pub effect: Effect,
    /// On every forbid, on no permit.
    pub basis: Option<Basis>,
    pub file: String,
    pub line: usize,
    /// In the order of the catalogue.
    pub signals: Vec<&'static Signal>,
}

/// Where a statement is, and what was found wrong in it so far.
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    pub(super) rule: Option<String>,
    pub(super) problems: Vec<Problem>,
}

const KEYS: [&str; 4] = ["id", "text", "effect", "basis"];
const ID_BYTES: usize = 64;
const TEXT_CHARS: usize = 300;

impl Place<'_> {
    pub(super) fn problem(&mut self, what: impl Into<String>, todo: impl Into<String>) {
        let (file, line, rule) = (self.file.to_owned(), self.line, self.rule.clone());
        self.problems.push(Problem { file, line, rule, what: what.into(), todo: todo.into() });
    }
}

/// The rule that a statement is, as far as its annotations say; none when they are wrong, and the place says why.
pub(super) fn read(body: &Template, reads: &Reads, place: &mut Place<'_>) -> Option<Rule> {
    let before = place.problems.len();
    let id = id(body, place);
    place.rule.clone_from(&id);
    known_keys(body, place);
    let text = text(body, place);
    let forbids = body.effect == pst::Effect::Forbid;
    let effect = if forbids { forbidding(body, place) } else { permitting(body, place) };
    let basis = if forbids { basis(body, place) } else { None };
    if !forbids && body.annotations.contains_key("basis") {
        place.problem("a permit has no basis", "take `@basis` off: it says on what ground a caller is refused");
    }
    if place.problems.len() > before {
        return None;
    }
    let (file, line) = (place.file.to_owned(), place.line);
    Some(Rule { id: id?, text: text?, effect: effect?, basis, file, line, signals: reads.signals.clone() })
}

fn id(body: &Template, place: &mut Place<'_>) -> Option<String> {
    let Some(id) = body.annotations.get("id") else {
        place.problem("has no `@id`", "give it one: it is what a decision cites");
        return None;
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > ID_BYTES || !id.chars().all(fits) {
        let todo = format!("use 1 to {ID_BYTES} small letters, digits and hyphens");
        place.problem(format!("`{}` is no id", shown(id)), todo);
        return None;
    }
    if [FAILED_CLOSED, NOT_PERMITTED].contains(&id.as_str()) {
        place.problem(format!("`{id}` is what decisions cite that no rule made"), "give it another id");
        return None;
    }
    Some(id.to_string())
}

fn known_keys(body: &Template, place: &mut Place<'_>) {
    for key in body.annotations.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let todo = match KEYS.iter().find(|known| is_near(key, known)) {
            Some(near) => format!("did you mean `@{near}`?"),
            None => "only @id, @text, @effect and @basis mean something; use a comment for the rest".to_owned(),
        };
        place.problem(format!("`@{}` is no annotation", shown(key)), todo);
    }
}

/// Whether two words are the same but for one letter too many, too few, or other, or two that changed places.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase().into_bytes(), b.as_bytes());
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tails = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    match tails {
        ([_, x @ ..], [_, y @ ..]) if x == y => true,
        ([_, x @ ..], y) | (x, [_, y @ ..]) if x == y => true,
        ([p, q, x @ ..], [r, s, y @ ..]) => p == s && q == r && x == y,
        (x, y) => x == y,
    }
}

fn text(body: &Template, place: &mut Place<'_>) -> Option<String> {
    let Some(text) = body.annotations.get("text") else {
        place.problem("has no `@text`", "say in plain words what the person who is refused will read");
        return None;
    };
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS || text.chars().any(char::is_control) {
        place.problem("its text cannot be shown", format!("write one line of 1 to {TEXT_CHARS} characters"));
        return None;
    }
    if let Some(value) = told(body, text) {
        place.problem(
            format!("its text names `{}`, a value that the rule looks for", shown(&value)),
            "say what the person can do, not which signal fired",
        );
        return None;
    }
    Some(text.to_string())
}

fn forbidding(body: &Template, place: &mut Place<'_>) -> Option<Effect> {
    let todo = "write @effect(\"throttle\"), @effect(\"verify\") or @effect(\"deny\")";
    match body.annotations.get("effect").map(|e| e.as_str()) {
        Some("throttle") => return Some(Effect::Throttle),
        Some("verify") => return Some(Effect::Verify),
        Some("deny") => return Some(Effect::Deny),
        Some(other) => place.problem(format!("`{}` is no effect of a forbid", shown(other)), todo),
        None => place.problem("forbids and has no `@effect`", todo),
    }
    None
}

fn permitting(body: &Template, place: &mut Place<'_>) -> Option<Effect> {
    match body.annotations.get("effect").map(|e| e.as_str()) {
        None | Some("allow") => return Some(Effect::Allow),
        Some("observe") => return Some(Effect::Observe),
        Some("restrict") => return Some(Effect::Restrict),
        Some(other) => place.problem(
            format!("`{}` is no effect of a permit", shown(other)),
            "write @effect(\"allow\"), @effect(\"observe\") or @effect(\"restrict\")",
        ),
    }
    None
}

fn basis(body: &Template, place: &mut Place<'_>) -> Option<Basis> {
    let todo = "write @basis(\"legal\"), @basis(\"tos\"), @basis(\"risk\") or @basis(\"limit\")";
    match body.annotations.get("basis").map(|b| b.as_str()) {
        Some("legal") => return Some(Basis::Legal),
        Some("tos") => return Some(Basis::Tos),
        Some("risk") => return Some(Basis::Risk),
        Some("limit") => return Some(Basis::Limit),
        Some(other) => place.problem(format!("`{}` is no basis", shown(other)), todo),
        None => place.problem("forbids and has no `@basis`", todo),
    }
    None
}

/// A value that the rule compares a signal with and that its text gives away.
fn told(body: &Template, text: &str) -> Option<String> {
    let mut values = BTreeSet::new();
    for clause in body.clauses() {
        let (pst::Clause::When(expr) | pst::Clause::Unless(expr)) = clause;
        compared(expr, &mut values);
    }
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_told = |value: &str| {
        let parts: Vec<&str> = value.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        // `IN` is India and `in` is a word.
        let same = |a: &str, b: &str| if value.len() <= 2 { a == b } else { a.eq_ignore_ascii_case(b) || plural(a, b) };
        !parts.is_empty() && words.windows(parts.len()).any(|w| w.iter().zip(&parts).all(|(a, b)| same(a, b)))
    };
    values.into_iter().find(|value| is_told(value))
}

fn plural(word: &str, value: &str) -> bool {
    word.len() == value.len() + 1
        && word.to_ascii_lowercase().strip_suffix('s').is_some_and(|one| one.eq_ignore_ascii_case(value))
}

/// The constants that hidden signals are compared with. Whether a key is known, what was asked for, and what the hunt would do may be told.
fn compared(expr: &Expr, values: &mut BTreeSet<String>) {
    let open = |s: &&'static Signal| {
        matches!(s.family, Family::Request | Family::Key | Family::Declaration) || s.name == "campaign.recommended"
    };
    match expr {
        Expr::BinaryOp { op: pst::BinaryOp::And | pst::BinaryOp::Or, left, right } => {
            compared(left, values);
            compared(right, values);
        }
        Expr::UnaryOp { expr, .. } => compared(expr, values),
        Expr::IfThenElse { cond, then_expr, else_expr } => {
            for part in [cond, then_expr, else_expr] {
                compared(part, values);
            }
        }
        comparison if !Reads::of_expr(comparison).signals.iter().all(open) => constants(comparison, values),
        _ => {}
    }
}

fn constants(expr: &Expr, values: &mut BTreeSet<String>) {
    if reads::path(expr).is_some() {
        return;
    }
    match expr {
        Expr::Literal(Literal::String(text)) if text != "unknown" => {
            values.insert(text.to_string());
        }
        // Small numbers are in every text.
        Expr::Literal(Literal::Long(number)) if *number > 1 => {
            values.insert(number.to_string());
        }
        Expr::BinaryOp { left, right, .. } => {
            constants(left, values);
            constants(right, values);
        }
        Expr::UnaryOp { expr, .. } | Expr::GetAttr { expr, .. } => constants(expr, values),
        Expr::Like { pattern, .. } => {
            let text: String =
                pattern.iter().map(|p| if let pst::PatternElem::Char(c) = p { *c } else { ' ' }).collect();
            values.extend(text.split_whitespace().map(str::to_owned));
        }
        Expr::Set(items) => items.iter().for_each(|item| constants(item, values)),
        Expr::Record(fields) => fields.values().for_each(|field| constants(field, values)),
        Expr::IfThenElse { cond, then_expr, else_expr } => {
            for part in [cond, then_expr, else_expr] {
                constants(part, values);
            }
        }
        _ => {}
    }
}
