//! Covert channels of our own making, each with an honest twin.

use inspect::{Findings, Severity};

use crate::support::{fixtures, run};

pub(crate) struct Expected {
    pub(crate) source: String,
    pub(crate) transform: String,
    pub(crate) channel: String,
    pub(crate) encoding: String,
}

pub(crate) fn expected(text: &str) -> Vec<Expected> {
    let parts = |l: &str| -> Vec<String> { l.split(" | ").map(str::to_owned).collect() };
    text.lines()
        .filter_map(|l| l.strip_prefix("// expect: "))
        .map(|l| {
            let [source, transform, channel, encoding] = parts(l).try_into().unwrap();
            Expected { source, transform, channel, encoding }
        })
        .collect()
}

fn finds(f: &Findings, e: &Expected) -> bool {
    f.findings.iter().any(|x| {
        x.severity >= Severity::Medium
            && x.source.word() == e.source
            && x.transform.map_or("none", |t| t.word()) == e.transform
            && x.channel.is_some_and(|c| c.word() == e.channel)
            && x.encoding.is_some_and(|c| c.word() == e.encoding)
    })
}

#[test]
fn every_covert_channel_is_found_on_all_its_axes() {
    let all = fixtures("covert");
    assert!(all.len() >= 40, "{} fixtures", all.len());
    for (name, text) in all {
        let f = run(&name, text.clone());
        let want = expected(&text);
        assert!(!want.is_empty(), "{name} says what to expect");
        for e in want {
            assert!(
                finds(&f, &e),
                "{name}: {} {} {} {}\n{}",
                e.source,
                e.transform,
                e.channel,
                e.encoding,
                crate::support::lines(&f)
            );
        }
    }
}

#[test]
fn no_honest_twin_is_accused() {
    for (name, text) in fixtures("twin") {
        let f = run(&name, text);
        let accused: Vec<_> = f.findings.iter().filter(|x| x.severity >= Severity::Medium || x.is_covert()).collect();
        assert!(accused.is_empty(), "{name}:\n{}", crate::support::lines(&f));
    }
}

#[test]
fn every_covert_fixture_has_a_twin() {
    let twins: Vec<String> = fixtures("twin").into_iter().map(|(n, _)| n).collect();
    let covert: Vec<String> = fixtures("covert").into_iter().map(|(n, _)| n).collect();
    assert_eq!(twins, covert);
}

#[test]
fn the_reported_behaviour_is_shown_with_its_code_points_and_its_table() {
    let (name, text) = fixtures("covert").into_iter().find(|(n, _)| n == "date_line.js").unwrap();
    let f = run(&name, text);
    let mark = f.findings.iter().find(|x| x.encoding == Some(inspect::Encoding::Punctuation)).unwrap();
    let points = mark.variants.iter().flat_map(|v| &v.code_points).map(String::as_str).collect::<Vec<_>>();
    for p in [
        "U+0027 APOSTROPHE",
        "U+2019 RIGHT SINGLE QUOTATION MARK",
        "U+02BC MODIFIER LETTER APOSTROPHE",
        "U+02B9 MODIFIER LETTER PRIME",
    ] {
        assert!(points.contains(&p), "{points:?}");
    }
    assert!(mark.variants.iter().all(|v| v.normalised == "'"));
    assert!(
        mark.compared.iter().any(|c| c.contains("XOR") && c.contains("gateway-cn.example") || c.contains("relay")),
        "{:?}",
        mark.compared
    );
    assert!(mark.path.iter().all(|s| s.line > 0 && s.file == "date_line.js"));
    assert_eq!(f.verdict, inspect::Verdict::Findings);
}

#[test]
fn a_module_of_the_same_package_is_followed() {
    let files = [
        ("src/env.js", "export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;"),
        (
            "src/mark.js",
            "import { zone } from './env.js';\nexport default () => (['Asia/Urumqi', 'Asia/Shanghai'].includes(zone()) ? '\\u2019' : \"'\");",
        ),
        (
            "index.js",
            "import mark from './src/mark.js';\nexport const ask = (c) => c.messages.create({ system: `Don${mark()}t`, messages: [] });",
        ),
    ];
    let entries = files.map(|(path, text)| inspect::Entry::File { path: path.into(), content: text.into() });
    let limits = inspect::Limits::default();
    let artifact = inspect::Artifact::folder("client", entries, &limits);
    let f = inspect::inspect(&artifact, &inspect::Disclosures::default(), &limits);
    assert!(f.findings.iter().any(|x| x.severity == Severity::Critical), "{}", crate::support::lines(&f));
}

/// A file asks a package beside it, by name, and that one asks a table; `list` is what the table holds.
fn packages_with(list: &str) -> Findings {
    let files = [
        ("package.json", r#"{ "name": "roots", "private": true, "workspaces": ["packages/*"] }"#.to_owned()),
        ("packages/place/package.json", r#"{ "name": "@roots/place", "main": "./src/place" }"#.to_owned()),
        ("packages/place/src/near.json", format!(r#"{{ "zones": [{list}] }}"#)),
        (
            "packages/place/src/place.js",
            r#"const near = require("./near.json");
            const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
            exports.isNear = () => near.zones.includes(zone);"#
                .to_owned(),
        ),
        ("packages/talk/package.json", r#"{ "name": "@roots/talk", "exports": { ".": { "import": "./talk.mjs" } } }"#.to_owned()),
        (
            "packages/talk/talk.mjs",
            r#"import { isNear } from "@roots/place";
            export const ask = (question) => fetch("https://api.example.invalid/v1/messages", {
                body: JSON.stringify({ system: `Be brief${isNear() ? "\u2024" : "."}`, messages: [{ role: "user", content: question }] }),
            });"#
                .to_owned(),
        ),
    ];
    let entries = files.map(|(path, text)| inspect::Entry::File { path: path.into(), content: text.into() });
    let limits = inspect::Limits::default();
    inspect::inspect(&inspect::Artifact::folder("roots", entries, &limits), &inspect::Disclosures::default(), &limits)
}

#[test]
fn a_package_finds_the_other_one_by_its_name_and_that_one_its_table() {
    let f = packages_with(r#""Asia/Dili", "Asia/Male", "Asia/Hovd""#);
    let found = f.findings.iter().find(|x| x.severity == Severity::Critical).expect("the mark is found");
    assert_eq!(found.compared, ["Asia/Dili, Asia/Male, Asia/Hovd"]);
}

#[test]
fn what_is_built_at_run_time_and_not_known_is_unknown_never_clean() {
    let f = run("a.js", "const tz = Intl.DateTimeFormat().resolvedOptions().timeZone; eval(globalThis.load(tz));");
    assert_eq!(f.verdict, inspect::Verdict::Inconclusive);
    assert!(f.unknown.iter().any(|u| u.why.contains("built at run time")), "{:?}", f.unknown);
}
