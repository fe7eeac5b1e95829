//! The fixtures as real clients ship: minified and obfuscated by the tools that are used for it.

use std::path::Path;
use std::process::Command;

use inspect::{Findings, Severity};

use crate::fixtures::expected;
use crate::support::{fixtures, lines, run};

/// Forms that must be read as well as the plain one.
const FORMS: &[&str] = &["esbuild", "terser", "default", "base64", "rc4", "flattened", "low"];

/// Where the tools are: `.ci/peers` installs them and says so. Missing tools are told; where peers are required they fail the test.
#[expect(clippy::print_stderr, reason = "a check that did not happen is told")]
fn tools() -> Option<String> {
    let tools = std::env::var("RINGFENCE_NPM_TOOLS").ok().filter(|t| Path::new(t).join("node_modules/terser").is_dir());
    if tools.is_none() {
        let missing = "NOT CHECKED: minified and obfuscated clients; RINGFENCE_NPM_TOOLS names no folder with esbuild, terser and javascript-obfuscator (.ci/peers installs them)";
        assert!(std::env::var_os("RINGFENCE_REQUIRE_PEERS").is_none_or(|r| r != "1"), "{missing}");
        eprintln!("{missing}");
    }
    tools
}

fn made(tools: &str, forms: &[&str]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let made = Command::new("node")
        .arg(here.join("variants.mjs"))
        .arg(tools)
        .arg(here.join("fixtures"))
        .arg(out.path())
        .args(forms)
        .output()
        .expect("node starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    out
}

/// Whether what the fixture expects is named; how the list was hidden may be lost with the code's shape.
fn is_named(f: &Findings, text: &str) -> bool {
    expected(text).iter().all(|e| {
        f.findings.iter().any(|x| {
            x.severity >= Severity::Medium
                && x.source.word() == e.source
                && x.channel.is_some_and(|c| c.word() == e.channel)
                && x.encoding.is_some_and(|c| c.word() == e.encoding)
        })
    })
}

#[test]
fn minified_and_obfuscated_clients_are_read_like_plain_ones() {
    let Some(tools) = tools() else { return };
    let out = made(&tools, FORMS);
    let mut wrong = Vec::new();
    for form in FORMS {
        for (name, text) in fixtures("covert") {
            let content = std::fs::read(out.path().join(format!("covert/{name}.{form}.js"))).unwrap();
            if !is_named(&run(&name, content), &text) {
                wrong.push(format!("{name} as {form} is missed"));
            }
        }
        for (name, _) in fixtures("twin") {
            let content = std::fs::read(out.path().join(format!("twin/{name}.{form}.js"))).unwrap();
            let f = run(&name, content);
            if f.findings.iter().any(|x| x.severity >= Severity::Medium || x.is_covert()) {
                wrong.push(format!("the twin {name} as {form} is accused:\n{}", lines(&f)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
