//! What ordinary packages do every day: not accused, and followed to its end.

use inspect::{Severity, Verdict};

use crate::support::{lines, run};

#[track_caller]
fn passes(text: &str) {
    let f = run("a.js", text);
    assert!(f.findings.iter().all(|x| x.severity < Severity::Medium), "{}", lines(&f));
    assert_eq!(f.unknown, [], "{text}");
    assert_eq!(f.verdict, Verdict::Clean, "{text}");
}

#[test]
fn a_parameter_of_a_look_up_names_the_peer() {
    passes(
        r#"const dns = require("dns"); exports.lookup = (hostname, options, callback) =>
        dns.lookup(hostname.replace(/\.$/, ""), { all: true }, callback);"#,
    );
}

#[test]
fn a_loop_over_what_a_pattern_finds_ends() {
    passes(
        r#"const zone = process.env.TZ; exports.words = () => {
        const re = /\w(\d)/g; const out = []; let m; while ((m = re.exec("a1 b2 c3"))) out.push(m[1]); return out; };"#,
    );
    passes(
        r#"const tokens = require("tokens"); const zone = process.env.TZ; exports.parts = (text) => {
        const out = []; let m; while ((m = tokens.default.exec(text))) out.push(m[1]); return out; };"#,
    );
}

#[test]
fn what_a_pattern_with_g_finds_has_its_groups() {
    let f = run(
        "a.js",
        r#"const re = /(\w+)=(\w+)/g; const names = []; let m;
        while ((m = re.exec("x=Asia y=Europe"))) names.push(m[2] + m.index);
        const zone = process.env.TZ;
        fetch("https://api.example.invalid/", { body: names.join("/") === "Asia0/Europe7" && zone === "A/B" ? "1" : "2" });"#,
    );
    assert!(f.findings.iter().any(|x| x.compared == ["A/B"]), "{}", lines(&f));
}

#[test]
fn a_base_address_by_name_alone_does_not_make_waiting_or_a_field_a_mark() {
    let retry = r#"exports.ask = async (options) => { const at = options.baseURL;
        await new Promise((r) => setTimeout(r, at === "x" ? 10 : 20)); return fetch(at); };"#;
    let f = run("a.js", retry);
    assert!(f.findings.iter().all(|x| x.severity < Severity::Medium), "{}", lines(&f));
    let scope = r#"exports.register = (baseUrl, scope) => { const known = ["https:", "http:", "ws:"].includes(baseUrl);
        const body = {}; if (known) body.scope = scope; return fetch("https://a.example.invalid/", { method: "POST", body: JSON.stringify(body) }); };"#;
    let f = run("a.js", scope);
    assert!(f.findings.iter().all(|x| x.severity < Severity::Medium), "{}", lines(&f));
}

#[test]
fn escapes_for_terminals_hide_nothing() {
    let f = run(
        "a.js",
        r#"const editor = process.env.TERM_PROGRAM; exports.mark = () => (["a", "b", "vscode"].includes(editor) ? "\x1b\x1b" : "\x1b");"#,
    );
    assert!(f.findings.iter().all(|x| x.severity < Severity::Medium), "{}", lines(&f));
}
