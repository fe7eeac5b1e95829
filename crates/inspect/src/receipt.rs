//! The receipt for people, as plain text.

use std::fmt::Write;

use crate::axes::Severity;
use crate::endpoints::Group;
use crate::findings::{Finding, Findings};
use crate::text::TextReport;

const SHOWN_MAX: usize = 40;

/// A page that says what was found, what was not read, and what that means.
pub fn receipt(f: &Findings) -> String {
    let mut out = String::new();
    let version = f.artifact.version.as_deref().map_or(String::new(), |v| format!(" {v}"));
    let _ = writeln!(out, "{}{version} ({})", f.artifact.name, f.artifact.kind);
    let _ = writeln!(out, "{}", f.artifact.digest);
    let _ = writeln!(out, "verdict: {}", f.verdict.word());
    let c = &f.coverage;
    let _ = writeln!(
        out,
        "read: {} files, {} bytes followed, {} bytes searched only, {} places not read\n",
        c.files, c.parsed_bytes, c.shallow_bytes, c.unread_places
    );
    let grave: Vec<&Finding> = f.grave().collect();
    for x in grave.iter().take(SHOWN_MAX) {
        one(&mut out, x);
    }
    if grave.len() > SHOWN_MAX {
        let _ = writeln!(out, "… and {} more\n", grave.len() - SHOWN_MAX);
    }
    let facts: Vec<&Finding> = f.findings.iter().filter(|x| x.severity < Severity::Medium).collect();
    if !facts.is_empty() {
        let _ = writeln!(out, "what it states openly:");
        for x in facts.iter().take(SHOWN_MAX) {
            let _ = writeln!(out, "  {:<8} {} ({})", x.severity.word(), x.text, x.disclosure);
        }
        if facts.len() > SHOWN_MAX {
            let _ = writeln!(out, "  … and {} more", facts.len() - SHOWN_MAX);
        }
        out.push('\n');
    }
    hosts(&mut out, f);
    if !f.unknown.is_empty() {
        let _ = writeln!(out, "not known:");
        for u in f.unknown.iter().take(SHOWN_MAX) {
            let _ = writeln!(out, "  {}: {}", u.place, u.why);
        }
        if f.unknown.len() > SHOWN_MAX {
            let _ = writeln!(out, "  … and {} more", f.unknown.len() - SHOWN_MAX);
        }
    }
    out
}

fn one(out: &mut String, x: &Finding) {
    let _ = writeln!(out, "{} {}: {}", x.severity.word().to_uppercase(), x.rule, x.text);
    let _ = writeln!(out, "  disclosure: {}", x.disclosure);
    if !x.compared.is_empty() {
        let _ = writeln!(out, "  compared with: {}", x.compared.join("; "));
    }
    for v in &x.variants {
        let _ = writeln!(out, "  variant: {:?} reads {:?} [{}]", v.text, v.normalised, v.code_points.join(", "));
    }
    for s in &x.path {
        let _ = writeln!(out, "    {}:{}:{} {}", s.file, s.line, s.column, s.text);
    }
    out.push('\n');
}

fn hosts(out: &mut String, f: &Findings) {
    for (group, title) in [
        (Group::Model, "model hosts"),
        (Group::Telemetry, "telemetry hosts"),
        (Group::Lookup, "address look-ups"),
        (Group::Other, "other hosts"),
    ] {
        let all: Vec<String> = f
            .endpoints
            .iter()
            .filter(|e| e.group == group)
            .map(|e| format!("{} ×{} ({})", e.host, e.count, e.disclosure))
            .collect();
        if !all.is_empty() {
            let _ = writeln!(
                out,
                "{title}: {}{}",
                all.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join(", "),
                if all.len() > SHOWN_MAX { ", …" } else { "" }
            );
        }
    }
    if !f.opt_outs.is_empty() {
        let all: Vec<&str> = f.opt_outs.iter().map(|n| n.name.as_str()).collect();
        let _ = writeln!(out, "switches named: {}", all.join(", "));
    }
    out.push('\n');
}

/// What was seen in a text.
pub fn text_receipt(r: &TextReport) -> String {
    let mut out = String::new();
    for m in &r.marks {
        let _ = writeln!(out, "{}:{} {}: {}", m.line, m.column, m.kind.word(), m.text);
    }
    if r.marks.is_empty() {
        let _ = writeln!(out, "nothing that a reader would not see");
    } else {
        let _ = writeln!(out, "\nas a reader sees it:\n{}", r.normalised);
    }
    out
}
