//! Text to rules: every check, and all mistakes at once.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Authorizer, Entities, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator, pst};
use miette::Diagnostic;

use super::{
    Limits, Part, Rule, RuleFile, Rules,
    reads::Reads,
    rule::{self, Place},
    scan::{self, Excess, Statement},
};
use crate::{
    gate::Gate,
    lint,
    problem::{Problem, shown},
    request::Translation,
    signal::Signal,
};

/// The schema's text, as it is shipped.
const SCHEMA: &str = include_str!("../../policies/ringfence.cedarschema");

/// A rule that could be read, before it is held against the others.
struct Read {
    rule: Rule,
    policy: Policy,
    body: pst::Template,
    /// It reads something that is no signal, so the schema need not say it again.
    undeclared: bool,
}

pub(super) fn load(sources: &[RuleFile], limits: &Limits) -> Result<Rules, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut read = Vec::new();
    if sources.len() > limits.files {
        let what = format!("there are {} files and {} may be loaded", sources.len(), limits.files);
        problems.push(of_file("", what, "put several rules into one file"));
    }
    for source in sources.iter().take(limits.files) {
        read_file(source, limits, &mut read, &mut problems);
    }
    if read.len() > limits.rules {
        let what = format!("there are {} rules and {} may be loaded", read.len(), limits.rules);
        let todo = "every rule is evaluated for every request: put countries, networks and owners into lists";
        problems.push(of_file(sources.last().map_or("", |s| &s.name), what, todo));
        read.truncate(limits.rules);
    }
    repeated(&read, &mut problems);
    let mut warnings = Vec::new();
    against_schema(&read, &mut problems, &mut warnings);
    for one in &read {
        lint::rule(&one.rule, &one.body, limits, &mut problems, &mut warnings);
    }
    if problems.is_empty() {
        lint::default_deny(read.iter().map(|one| (&one.rule, &one.body)), limits, &mut problems, &mut warnings);
    }
    if problems.is_empty() {
        return build(read, limits, warnings).map_err(|problem| vec![problem]);
    }
    problems.sort();
    problems.dedup();
    problems.truncate(limits.problems);
    Err(problems)
}

fn read_file(source: &RuleFile, limits: &Limits, read: &mut Vec<Read>, problems: &mut Vec<Problem>) {
    if source.text.len() > limits.file_bytes {
        let what = format!("has {} bytes and {} may be read", source.text.len(), limits.file_bytes);
        problems.push(of_file(&source.name, what, "split it, or shorten its lists"));
        return;
    }
    let statements = scan::statements(&source.text, limits);
    if statements.len() > limits.rules {
        let what = format!("has {} rules and {} may be loaded", statements.len(), limits.rules);
        let todo = "every rule is evaluated for every request: put countries, networks and owners into lists";
        problems.push(of_file(&source.name, what, todo));
        return;
    }
    let excess = excess(source, &statements, limits);
    if !excess.is_empty() {
        problems.extend(excess);
        return;
    }
    let set: PolicySet = match source.text.parse() {
        Ok(set) => set,
        Err(errors) => return problems.extend(unparsed(source, &errors)),
    };
    for template in set.templates() {
        let line = line_of(&statements, template.id());
        problems.push(Problem {
            line,
            ..of_file(&source.name, "is a template", "write the principal or model out: nothing fills templates in")
        });
    }
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(|policy| number(policy.id()));
    for policy in policies {
        let line = line_of(&statements, policy.id());
        let mut place = Place { file: &source.name, line, rule: None, problems: Vec::new() };
        read.extend(read_policy(policy, &mut place));
        problems.append(&mut place.problems);
    }
}

fn read_policy(policy: &Policy, place: &mut Place<'_>) -> Option<Read> {
    let body = match policy.to_pst() {
        Ok(pst::Policy::Static(body)) => body.body().clone(),
        Ok(_) => {
            place.problem("is a linked template", "write it as a rule of its own");
            return None;
        }
        Err(error) => {
            place.problem(format!("cannot be read: {}", shown(&error.to_string())), "write it in plain Cedar");
            return None;
        }
    };
    let reads = Reads::of(&body);
    let rule = rule::read(&body, &reads, place);
    for path in &reads.undeclared {
        place.problem(
            format!("reads `{}`, which is no declared signal", shown(path)),
            "use only the signals of ringfence.cedarschema; what is not declared may not be used",
        );
    }
    Some(Read { rule: rule?, policy: policy.clone(), body, undeclared: !reads.undeclared.is_empty() })
}

fn excess(source: &RuleFile, statements: &[Statement], limits: &Limits) -> Vec<Problem> {
    let told = |statement: &Statement| {
        let what = match statement.excess? {
            Excess::Depth => format!("nests more than {} levels deep", limits.depth),
            Excess::Operators => format!("has more than {} operators", limits.operators),
        };
        let problem = of_file(&source.name, what, "split the rule, or use a list and `contains`");
        Some(Problem { line: statement.line, ..problem })
    };
    statements.iter().filter_map(told).collect()
}

fn unparsed(source: &RuleFile, errors: &cedar_policy::ParseErrors) -> Vec<Problem> {
    let one = |error: &dyn Diagnostic| {
        let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        let line = offset.map_or(0, |at| 1 + source.text.bytes().take(at).filter(|b| *b == b'\n').count());
        let todo = error
            .help()
            .map_or_else(|| "see docs/policy.md for how a rule is written".to_owned(), |help| shown(&help.to_string()));
        Problem { line, ..of_file(&source.name, format!("is no Cedar: {}", shown(&error.to_string())), todo) }
    };
    errors.iter().map(|error| one(error)).collect()
}

fn repeated(read: &[Read], problems: &mut Vec<Problem>) {
    let mut first: BTreeMap<&str, &Rule> = BTreeMap::new();
    for Read { rule, .. } in read {
        if let Some(other) = first.get(rule.id.as_str()) {
            let what = format!("has the id of the rule in {}:{}", other.file, other.line);
            problems.push(of_rule(rule, what, "give one of them another id"));
        } else {
            first.insert(&rule.id, rule);
        }
    }
}

/// Strict validation, each rule under a number of its own so that rules with one id do not hide each other.
fn against_schema(read: &[Read], problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
    let schema = match SCHEMA.parse::<Schema>() {
        Ok(schema) => schema,
        Err(error) => {
            let what = format!("cannot be read: {}", shown(&error.to_string()));
            problems.push(of_file("ringfence.cedarschema", what, "this build is broken: report it"));
            return;
        }
    };
    let numbered = read.iter().enumerate().map(|(n, one)| one.policy.new_id(PolicyId::new(n.to_string())));
    let set = match PolicySet::from_policies(numbered) {
        Ok(set) => set,
        Err(error) => {
            problems.push(of_file("", shown(&error.to_string()), "report it"));
            return;
        }
    };
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    let rule_of = |id: &PolicyId| id.to_string().parse::<usize>().ok().and_then(|n| read.get(n));
    for error in result.validation_errors() {
        match rule_of(error.policy_id()) {
            Some(one) if one.undeclared => {}
            Some(one) => problems.push(of_rule(
                &one.rule,
                said(&error.to_string()),
                "see ringfence.cedarschema for names and types",
            )),
            None => problems.push(of_file("", said(&error.to_string()), "see ringfence.cedarschema")),
        }
    }
    for warning in result.validation_warnings() {
        if let Some(one) = rule_of(warning.policy_id()) {
            warnings.push(of_rule(&one.rule, said(&warning.to_string()), "look at it again"));
        }
    }
}

/// Cedar's words without its number of the rule.
fn said(message: &str) -> String {
    let rest = message.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, "));
    shown(rest.map_or(message, |(_, rest)| rest))
}

fn build(read: Vec<Read>, limits: &Limits, mut warnings: Vec<Problem>) -> Result<Rules, Problem> {
    let part = |one: &Read| {
        let set = PolicySet::from_policies([one.policy.new_id(PolicyId::new(&one.rule.id))])
            .map_err(|error| of_rule(&one.rule, shown(&error.to_string()), "report it"))?;
        Ok(Part { set, gate: Gate::of(&one.rule, &one.body, limits.alternatives) })
    };
    let parts = read.iter().map(part).collect::<Result<_, Problem>>()?;
    let rules: Vec<Rule> = read.into_iter().map(|one| one.rule).collect();
    let read: BTreeSet<&str> = rules.iter().flat_map(|rule| &rule.signals).map(|signal| signal.name).collect();
    let translation = Translation::of(Signal::ALL.iter().filter(|signal| read.contains(signal.name)))
        .map_err(|fault| of_file("ringfence.cedarschema", fault.text, "this build is broken: report it"))?;
    warnings.sort();
    warnings.dedup();
    Ok(Rules { parts, translation, authorizer: Authorizer::new(), entities: Entities::empty(), rules, warnings })
}

fn number(id: &PolicyId) -> usize {
    id.to_string().strip_prefix("policy").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX)
}

fn line_of(statements: &[Statement], id: &PolicyId) -> usize {
    statements.get(number(id)).map_or(0, |statement| statement.line)
}

fn of_file(file: &str, what: impl Into<String>, todo: impl Into<String>) -> Problem {
    Problem { file: file.to_owned(), line: 0, rule: None, what: what.into(), todo: todo.into() }
}

pub(crate) fn of_rule(rule: &Rule, what: impl Into<String>, todo: impl Into<String>) -> Problem {
    Problem {
        file: rule.file.clone(),
        line: rule.line,
        rule: Some(rule.id.clone()),
        what: what.into(),
        todo: todo.into(),
    }
}
