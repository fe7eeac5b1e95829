//! Which parts of a big file are worth following: those that read something about the machine, and what calls them.

use oxc_ast::ast::{
    ArrowFunctionExpression, CallExpression, Class, Function, IdentifierReference, Program, StaticMemberExpression,
    StringLiteral,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;
use rustc_hash::FxHashSet;

use crate::flow;

/// Files up to this size are run whole.
pub(crate) const WHOLE_BYTES: usize = 400 << 10;
const SPANS_MAX: usize = 4_000;

/// The places of functions to follow; nothing when the file reads nothing.
pub(crate) fn of(program: &Program<'_>, bytes: usize) -> Option<Vec<(u32, u32)>> {
    let mut finder = Finder::default();
    finder.visit_program(program);
    if finder.hits == 0 {
        return None;
    }
    if bytes < WHOLE_BYTES {
        return Some(Vec::new());
    }
    let mut spans = finder.spans;
    let mut names = finder.names;
    for _ in 0..3 {
        let mut callers = Callers { names: &names, stack: Vec::new(), spans: Vec::new(), found: FxHashSet::default() };
        callers.visit_program(program);
        let before = names.len();
        let found = callers.found;
        spans.extend(callers.spans);
        spans.sort_unstable();
        spans.dedup();
        names.extend(found);
        if names.len() == before || spans.len() > SPANS_MAX {
            break;
        }
    }
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
    ) || flow::of_variable(name).is_some()
}

fn is_source_text(text: &str) -> bool {
    text.len() < 300
        && (flow::of_variable(text).is_some()
            || matches!(text, "timeZone" | "resolvedOptions" | "hostname" | "getTimezoneOffset" | "language")
            || flow::of_command(text).is_some()
            || flow::of_file(text).is_some()
            || flow::of_presence(text).is_some()
            || is_source_module(text)
            || flow::of_lookup(text))
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

/// A long run of characters that may hide a source's name.
fn may_hide(text: &str) -> bool {
    text.len() >= 40
        && !text.contains(' ')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

#[derive(Default)]
struct Finder {
    hits: u32,
    stack: Vec<(u32, u32, String)>,
    spans: Vec<(u32, u32)>,
    names: FxHashSet<String>,
}

impl Finder {
    fn hit(&mut self) {
        self.hits += 1;
        if let Some((from, to, name)) = self.stack.last()
            && self.spans.len() < SPANS_MAX
        {
            self.spans.push((*from, *to));
            if name.len() > 1 {
                self.names.insert(name.clone());
            }
        }
    }
}

impl<'a> Visit<'a> for Finder {
    fn visit_function(&mut self, f: &Function<'a>, flags: ScopeFlags) {
        let name = f.id.as_ref().map_or(String::new(), |i| i.name.to_string());
        self.stack.push((f.span.start, f.span.end, name));
        walk::walk_function(self, f, flags);
        self.stack.pop();
    }

    fn visit_arrow_function_expression(&mut self, f: &ArrowFunctionExpression<'a>) {
        self.stack.push((f.span.start, f.span.end, String::new()));
        walk::walk_arrow_function_expression(self, f);
        self.stack.pop();
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

/// Functions that name one of some functions.
struct Callers<'n> {
    names: &'n FxHashSet<String>,
    stack: Vec<(u32, u32, String)>,
    spans: Vec<(u32, u32)>,
    found: FxHashSet<String>,
}

impl<'a> Visit<'a> for Callers<'_> {
    fn visit_function(&mut self, f: &Function<'a>, flags: ScopeFlags) {
        let name = f.id.as_ref().map_or(String::new(), |i| i.name.to_string());
        self.stack.push((f.span.start, f.span.end, name));
        walk::walk_function(self, f, flags);
        self.stack.pop();
    }

    fn visit_arrow_function_expression(&mut self, f: &ArrowFunctionExpression<'a>) {
        self.stack.push((f.span.start, f.span.end, String::new()));
        walk::walk_arrow_function_expression(self, f);
        self.stack.pop();
    }

    fn visit_identifier_reference(&mut self, r: &IdentifierReference<'a>) {
        if self.names.contains(r.name.as_str())
            && let Some((from, to, name)) = self.stack.last()
            && self.spans.len() < SPANS_MAX
        {
            self.spans.push((*from, *to));
            if name.len() > 1 {
                self.found.insert(name.clone());
            }
        }
    }

    fn visit_call_expression(&mut self, c: &CallExpression<'a>) {
        walk::walk_call_expression(self, c);
    }

    fn visit_class(&mut self, c: &Class<'a>) {
        walk::walk_class(self, c);
    }
}
