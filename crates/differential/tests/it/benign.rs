//! Clients that must not be accused.

use inspect::{Severity, Verdict};

use crate::bench::{graver, job, node, quiet};

#[test]
fn what_varies_by_itself_follows_nothing() {
    let report = node(
        r#"const q = Math.random() < 0.5 ? "\u2019" : "'"; const keys = Math.random() < 0.5 ? { a: 1, b: 2 } : { b: 2, a: 1 };
        await send(`It${q}s ${new Date().toISOString()} ${Math.random() < 0.2 ? "\u200b" : ""}`, { ...keys, id: crypto.randomUUID() },
          Math.random() < 0.3 ? { "x-maybe": "1" } : {});"#,
    );
    assert_eq!(graver(&report), Vec::<String>::new());
}

#[test]
fn a_localised_date_is_no_mark() {
    let report =
        node(r#"await send(`Now: ${new Date(0).toLocaleString()} and ${(1234.5).toLocaleString()}, zone ${zone}`);"#);
    assert_eq!(graver(&report), Vec::<String>::new(), "{:#?}", report.findings);
}

#[test]
fn what_is_said_openly_is_information() {
    let report = node(r#"await send(`Zone ${zone}`, {}, { "user-agent": "client/1 " + env.LANG });"#);
    assert!(!report.findings.is_empty());
    assert!(report.findings.iter().all(|f| f.finding.severity == Severity::Info), "{:#?}", report.findings);
    assert_eq!(report.verdict, Verdict::Clean);
}

#[test]
fn a_client_that_never_calls_is_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = quiet(&job(&folder, &["sh", "-c", "echo no key >&2; exit 3"])).expect("the client runs");
    assert!(!report.was_heard());
    assert_eq!(report.verdict, Verdict::Inconclusive);
    let why = &report.unknown.iter().find(|u| u.place == "the client").expect("told").why;
    assert!(why.contains("code 3") && why.contains("no key"), "{why}");
}

#[test]
fn a_command_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = quiet(&job(&folder, &["no-such-program"])).expect_err("nothing to run");
    assert!(error.to_string().contains("`no-such-program`"), "{error}");
}

#[test]
fn an_address_in_place_of_localhost_is_no_mark() {
    let report = node(
        r#"env.ANTHROPIC_BASE_URL = env.ANTHROPIC_BASE_URL.replace("//localhost", "//127.0.0.1"); await send("Be brief.");"#,
    );
    assert_eq!(graver(&report), Vec::<String>::new(), "{:#?}", report.findings);
}

#[test]
fn a_field_with_the_servers_name_is_its_dialect() {
    let report = node(
        r#"const h = new URL(env.BASE_URL).hostname; await send("Be brief.", {}, h.includes("deepseek") ? { "x-deepseek-cache": "on" } : {});"#,
    );
    assert_eq!(graver(&report), Vec::<String>::new(), "{:#?}", report.findings);
}

#[test]
fn several_members_for_one_server_are_its_dialect() {
    let report = node(
        r#"const deep = new URL(env.BASE_URL).hostname === "api.deepseek.com";
        const content = deep ? "Hello" : [{ type: "text", text: "Hello" }];
        await send("Be brief.", { ...(deep ? { temperature: 0 } : {}),
          messages: [{ role: "user", content }, { role: "assistant", content: "Yes", ...(deep ? { reasoning_content: "" } : {}) }] });"#,
    );
    assert_eq!(graver(&report), Vec::<String>::new(), "{:#?}", report.findings);
    let text = |f: &differential::RunFinding| f.finding.text.clone();
    assert!(report.findings.iter().map(text).any(|t| t.contains("reasoning_content") && t.contains("dialect")));
}

#[test]
fn one_member_for_one_server_may_be_its_dialect_and_is_told_without_alarm() {
    let report = node(
        r#"const deep = new URL(env.BASE_URL).hostname === "api.deepseek.com";
        const more = deep ? { cache_control: { type: "ephemeral" } } : {};
        const message = { role: "user", content: [{ type: "text", text: "Hello", ...more }] };
        await send("Be brief.", { messages: [message, message] });"#,
    );
    let [one] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!(one.finding.severity, Severity::Medium, "{}", one.finding.text);
    assert_eq!(one.difference.further, 1, "told once: {:?}", one.difference);
    assert_eq!(one.difference.also, ["POST /v1/messages, /messages/1/content/0/cache_control"]);
}
