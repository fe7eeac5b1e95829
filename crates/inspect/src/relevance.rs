//! Which parts of a big file are worth following: those that read something about the machine, and what calls them.

use oxc_ast::ast::{
    Argument, ArrowFunctionExpression, CallExpression, Expression, Function, IdentifierReference, NewExpression,
    Program, RegExpLiteral, StaticMemberExpression, StringLiteral,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;
use rustc_hash::FxHashSet;

use crate::flow;

/// Files up to this size are run whole.
pub(crate) const WHOLE_BYTES: usize = 400 << 10;
const SPANS_MAX: usize = 4_000;
const CALLERS_DEEP: u32 = 3;

/// The places of functions to follow; nothing when the file reads nothing.
pub(crate) fn of(program: &Program<'_>, bytes: usize) -> Option<Vec<(u32, u32)>> {
    let is_whole = bytes < WHOLE_BYTES;
    let mut finder = Finder { keeps_names: !is_whole, ..Finder::default() };
    finder.visit_program(program);
    if finder.hits == 0 {
        return None;
    }
    if is_whole {
        return Some(Vec::new());
    }
    let Finder { functions, reading, named, .. } = finder;
    let mut follow: FxHashSet<u32> = reading.into_iter().collect();
    let name_of = |f: &u32| functions[*f as usize].name.filter(|name| name.len() > 1);
    let mut names: FxHashSet<&str> = follow.iter().filter_map(name_of).collect();
    // Those that name one of them, and those that name these.
    for _ in 0..CALLERS_DEEP {
        let callers: Vec<u32> = named.iter().filter(|(name, _)| names.contains(name)).map(|(_, f)| *f).collect();
        let before = names.len();
        names.extend(callers.iter().filter_map(name_of));
        follow.extend(callers);
        if names.len() == before || follow.len() > SPANS_MAX {
            break;
        }
    }
    let mut spans: Vec<(u32, u32)> = follow.iter().map(|f| functions[*f as usize].span).collect();
    spans.sort_unstable();
    spans.truncate(SPANS_MAX);
    Some(spans)
}

fn is_source_member(name: &str) -> bool {
    matches!(
        name,
        "timeZone"
            | "getTimezoneOffset"
            | "resolvedOptions"
            | "hostname"
            | "userInfo"
            | "networkInterfaces"
            | "machineId"
            | "machineIdSync"
            | "homedir"
            | "ppid"
            | "getLocale"
            | "geolocation"
    ) || flow::of_variable(name).is_some()
}

fn is_source_text(text: &str) -> bool {
    text.len() < 300
        && (flow::of_variable(text).is_some()
            || matches!(text, "timeZone" | "resolvedOptions" | "hostname" | "getTimezoneOffset" | "language")
            || is_source_module(text)
            || is_part_of_command(text)
            || (flow::may_tell(text)
                && (flow::of_command(text).is_some() || flow::of_presence(text).is_some() || flow::of_lookup(text))))
}

/// What a time zone is preceded by in the text of a date.
const OFFSET: &str = "GMT";

/// A program or an argument that tells something only with the other ones of its list.
fn is_part_of_command(text: &str) -> bool {
    matches!(text, "git" | "ps" | "uname" | "+%z" | "+%Z" | "-un" | OFFSET)
}

fn is_source_module(text: &str) -> bool {
    matches!(
        text,
        "node-machine-id"
            | "os-locale"
            | "macaddress"
            | "getmac"
            | "address"
            | "public-ip"
            | "geoip-lite"
            | "git-remote-origin-url"
            | "parse-git-config"
            | "username"
            | "fullname"
            | "ps-list"
            | "find-process"
            | "command-exists"
            | "simple-git"
            | "systeminformation"
            | "moment-timezone"
            | "luxon"
            | "networkInterfaces"
            | "userInfo"
            | "homedir"
            | "machineId"
            | "machineIdSync"
            | "ppid"
    )
}

/// A formatter of numbers, or a number that the code names and formats, without a locale.
fn is_formatter_of_this_machine(callee: &Expression<'_>, arguments: &[Argument<'_>]) -> bool {
    let Expression::StaticMemberExpression(member) = callee.without_parentheses() else { return false };
    let is_number = || matches!(member.object.without_parentheses(), Expression::NumericLiteral(_));
    let has_no_locale = match arguments.first() {
        None => true,
        Some(Argument::Identifier(id)) => id.name == "undefined",
        Some(_) => false,
    };
    has_no_locale
        && match member.property.name.as_str() {
            "NumberFormat" => true,
            "toLocaleString" => is_number(),
            _ => false,
        }
}

/// A long run of characters that may hide a source's name.
fn may_hide(text: &str) -> bool {
    text.len() >= 40
        && !text.contains(' ')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

struct Found<'a> {
    span: (u32, u32),
    name: Option<&'a str>,
}

#[derive(Default)]
struct Finder<'a> {
    hits: u32,
    functions: Vec<Found<'a>>,
    /// The functions that the place at hand is in, from the outermost on.
    stack: Vec<u32>,
    /// Functions that read something about the machine.
    reading: Vec<u32>,
    keeps_names: bool,
    /// Names that functions use.
    named: Vec<(&'a str, u32)>,
}

impl<'a> Finder<'a> {
    fn hit(&mut self) {
        self.hits += 1;
        self.reading.extend(self.stack.last());
    }

    fn within(&mut self, span: oxc_span::Span, name: Option<&'a str>, walk: impl FnOnce(&mut Self)) {
        self.stack.push(self.functions.len() as u32);
        self.functions.push(Found { span: (span.start, span.end), name });
        walk(self);
        self.stack.pop();
    }
}

impl<'a> Visit<'a> for Finder<'a> {
    fn visit_function(&mut self, f: &Function<'a>, flags: ScopeFlags) {
        let name = f.id.as_ref().map(|id| id.name.as_str());
        self.within(f.span, name, |finder| walk::walk_function(finder, f, flags));
    }

    fn visit_arrow_function_expression(&mut self, f: &ArrowFunctionExpression<'a>) {
        self.within(f.span, None, |finder| walk::walk_arrow_function_expression(finder, f));
    }

    fn visit_identifier_reference(&mut self, r: &IdentifierReference<'a>) {
        if let Some(f) = self.stack.last().filter(|_| self.keeps_names) {
            self.named.push((r.name.as_str(), *f));
        }
    }

    fn visit_static_member_expression(&mut self, m: &StaticMemberExpression<'a>) {
        if is_source_member(m.property.name.as_str())
            || (matches!(m.property.name.as_str(), "language" | "languages") && m.object.is_specific_id("navigator"))
        {
            self.hit();
        }
        walk::walk_static_member_expression(self, m);
    }

    fn visit_string_literal(&mut self, s: &StringLiteral<'a>) {
        if is_source_text(s.value.as_str()) || may_hide(s.value.as_str()) {
            self.hit();
        }
    }

    fn visit_new_expression(&mut self, e: &NewExpression<'a>) {
        if is_formatter_of_this_machine(&e.callee, &e.arguments) {
            self.hit();
        }
        walk::walk_new_expression(self, e);
    }

    fn visit_call_expression(&mut self, e: &CallExpression<'a>) {
        if is_formatter_of_this_machine(&e.callee, &e.arguments) {
            self.hit();
        }
        walk::walk_call_expression(self, e);
    }

    fn visit_reg_exp_literal(&mut self, r: &RegExpLiteral<'a>) {
        let text = r.regex.pattern.text.as_str();
        if text.find(OFFSET).is_some_and(|at| text[at..].contains("[+")) {
            self.hit();
        }
    }

    fn visit_identifier_name(&mut self, n: &oxc_ast::ast::IdentifierName<'a>) {
        if is_source_member(n.name.as_str()) {
            self.hit();
        }
    }

    fn visit_binding_identifier(&mut self, n: &oxc_ast::ast::BindingIdentifier<'a>) {
        if flow::of_name(n.name.as_str()).is_some() {
            self.hit();
        }
    }

    fn visit_template_element(&mut self, t: &oxc_ast::ast::TemplateElement<'a>) {
        if is_source_text(t.value.raw.as_str()) {
            self.hit();
        }
    }
}
