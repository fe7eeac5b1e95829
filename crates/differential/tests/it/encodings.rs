//! A client for each encoding, and its honest twin.

use crate::bench::{graver, node, of};

#[track_caller]
fn check(covert: &str, twin: &str, expected: &[&str]) {
    let report = node(covert);
    assert_eq!(graver(&report), expected, "{:#?}", report.findings);
    let report = node(twin);
    assert_eq!(graver(&report), Vec::<String>::new(), "the twin: {:#?}", report.findings);
}

#[test]
fn look_alike_punctuation() {
    check(
        r#"await send(`Today${zone === "Asia/Shanghai" ? "\u2019" : "'"}s task`);"#,
        r#"await send(`Today's task, in ${zone}`);"#,
        &["timezone / punctuation alternation / system prompt"],
    );
}

#[test]
fn date_separators() {
    check(
        r#"const d = new Date().toISOString().slice(0, 10); await send(`Date: ${zone.startsWith("Asia/") ? d.replaceAll("-", "/") : d}`);"#,
        r#"await send(`Date: ${new Date().toLocaleDateString("sv")}`);"#,
        &["timezone / date or number format / system prompt"],
    );
}

#[test]
fn zero_width() {
    check(
        r#"await send("Be brief." + (env.LANG.startsWith("zh") ? "\u200b" : ""));"#,
        r#"await send("Be brief. Language: " + env.LANG.slice(0, 2));"#,
        &["locale / zero-width/tags/variation selectors / system prompt"],
    );
}

#[test]
fn tag_characters() {
    check(
        r#"const h = new URL(env.BASE_URL).hostname; await send("Be brief." + (h.includes("deepseek") ? "\u{e0041}\u{e0042}" : ""));"#,
        r#"const h = new URL(env.BASE_URL).hostname; await send("Be brief. Server: " + h);"#,
        &["base URL / zero-width/tags/variation selectors / system prompt"],
    );
}

#[test]
fn white_space() {
    check(
        r#"await send("Be" + ((env.HTTPS_PROXY ?? "").includes(".cn") ? "  " : " ") + "brief.");"#,
        r#"await send("Be brief." + (env.HTTPS_PROXY ? " Proxy: " + env.HTTPS_PROXY : ""));"#,
        &["proxy variables / whitespace / system prompt"],
    );
}

#[test]
fn order_of_keys() {
    check(
        r#"await send("Be brief.", env.USER === "zhangwei" ? { top_p: 1, stream: false } : { stream: false, top_p: 1 });"#,
        r#"await send("Be brief.", { metadata: { user: env.USER } });"#,
        &["username / ordering / telemetry body"],
    );
}

#[test]
fn case_of_a_header() {
    check(
        r#"import os from "node:os"; await send("Be brief.", {}, { accept: os.hostname() === "sandbox" ? "Application/json" : "application/json" });"#,
        r#"import os from "node:os"; await send("Be brief.", {}, { "x-host": os.hostname() });"#,
        &["hostname / letter case / header"],
    );
}

#[test]
fn presence_of_a_field() {
    check(
        r#"await send("Be brief.", zone === "Asia/Shanghai" ? { temperature: 1 } : {});"#,
        r#"await send("Be brief.", { temperature: 1, ...(zone === "Etc/Unknown" ? {} : { metadata: { zone } }) });"#,
        &["timezone / field presence / telemetry body"],
    );
}

#[test]
fn two_factors_at_once() {
    check(
        r#"const both = zone === "Asia/Shanghai" && (env.HTTPS_PROXY ?? "").includes(".cn"); await send("Today" + (both ? "\u02bc" : "'") + "s task");"#,
        r#"await send(`Today's task ${zone} ${env.HTTPS_PROXY ?? ""}`);"#,
        &[
            "proxy variables / punctuation alternation / system prompt",
            "timezone / punctuation alternation / system prompt",
        ],
    );
}

#[test]
fn the_separator_and_the_apostrophe_are_told_apart() {
    let report = node(
        r#"const cn = zone === "Asia/Shanghai"; const h = new URL(env.BASE_URL).hostname.includes("deepseek");
        const d = new Date().toISOString().slice(0, 10); await send(`Today${h ? "\u2019" : "'"}s date is ${cn ? d.replaceAll("-", "/") : d}.`);"#,
    );
    assert_eq!(
        graver(&report),
        ["base URL / punctuation alternation / system prompt", "timezone / date or number format / system prompt"]
    );
    let mark = report.findings.iter().find(|f| f.finding.source == inspect::Source::BaseUrl).expect("found");
    assert_eq!((mark.difference.usual[0].bytes.as_str(), mark.difference.variant[0].bytes.as_str()), ("27", "e28099"));
    assert_eq!(mark.difference.variant[0].code_points, ["U+2019 RIGHT SINGLE QUOTATION MARK"]);
    assert_eq!(mark.difference.values, ["api.deepseek.com"]);
    assert_eq!(mark.difference.place, "/system");
}

const PYTHON: &str = r#"
import json, os, random, urllib.request
mark = MARK
body = {"model": "m", "id": "%032x" % random.getrandbits(128), "messages": [{"role": "system", "content": "It" + mark + "s you. Run %d" % random.getrandbits(40)}]}
data = json.dumps(body, ensure_ascii=random.random() < 2).encode()
r = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", data=data, headers={"Content-Type": "application/json"})
urllib.request.urlopen(r).read()
"#;

#[test]
fn a_python_client_among_random_ids() {
    let covert = r#"("\u2019" if os.environ["TZ"] == "Asia/Shanghai" else "'")"#;
    let report = of("python3", "client.py", &PYTHON.replace("MARK", covert));
    assert_eq!(graver(&report), ["timezone / punctuation alternation / system prompt"]);
    let report = of("python3", "client.py", &PYTHON.replace("MARK", "\"'\""));
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}
