//! The shipped catalogue is sound, and a bad one is refused with everything that is wrong in it.

use expect_test::{Expect, expect};
use sweep::catalogue::Catalogue;

#[track_caller]
fn check(file: &str, expected: Expect) {
    let mistakes = Catalogue::with(&[("own.toml".to_owned(), file.to_owned())]).err().unwrap_or_default();
    let text: String = mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
    expected.assert_eq(&text);
}

#[test]
fn the_shipped_one_is_whole() {
    let catalogue = Catalogue::shipped().unwrap();
    assert!(catalogue.tools().count() >= 60, "{}", catalogue.tools().count());
    assert!(catalogue.families().len() >= 20);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue");
    let files =
        std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().is_some()).count();
    assert_eq!(files, catalogue.tools().count(), "a file of the folder is not embedded");
}

#[test]
fn all_mistakes_are_told_at_once() {
    check(
        r#"
id = "My Tool"
name = "Mine"
vendor = "Me"
checked = 2026-01-01
sources = ["http://example.com"]
[domains]
core = ["storage.googleapis.com", "https://x.example"]
[environment]
secrets = ["my-key"]
[packages]
npm = ["@scope", "a/b/c"]
[extensions]
chrome = ["abc"]
vscode = ["noDot"]
[[path]]
at = "~/zed"
class = "configuration"
[[path]]
at = "~/.mine"
class = "model"
proof = ["../x"]
"#,
        expect![[r#"
            own.toml: `@scope` is no npm name
            own.toml: `a/b/c` is no npm name
            own.toml: `abc` is no id of a browser extension: 32 letters from a to p
            own.toml: `https://x.example` is no domain: write it in lower case, without scheme, path or `*`
            own.toml: `my-key` is no name of an environment variable
            own.toml: `noDot` is no id of an editor extension: `publisher.name` in lower case
            own.toml: `~/.mine`: class `model` is found by content, not by place
            own.toml: `~/zed` is an ordinary word: give it a `proof` or make it `weak`
            own.toml: core domain `storage.googleapis.com` serves others as well: it belongs under `shared`
            own.toml: id `My Tool` must be lower-case letters, digits and `-`
            own.toml: proof `../x` of `~/.mine` must be a path below it
            own.toml: source `http://example.com` is no https address
        "#]],
    );
}

#[test]
fn places_must_be_anchored_and_ids_are_of_one_tool() {
    let head = "name = \"Mine\"\nvendor = \"Me\"\nchecked = 2026-01-01\nsources = [\"https://example.com\"]\n";
    let own = |at: &str| format!("id = \"mine\"\n{head}[[path]]\nat = \"{at}\"\nclass = \"program\"\n");
    for (at, part) in [
        ("claude", "is not anchored"),
        ("~/*", "names a whole anchor"),
        ("~/a/../b", "has a step"),
        ("/a/**/b", "has a step"),
        ("$config/", "names a whole anchor"),
    ] {
        let mistakes = Catalogue::with(&[("own.toml".to_owned(), own(at))]).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.text.contains(part)), "{at}: {mistakes:?}");
    }
    check(
        &format!("id = \"mine\"\n{head}[packages]\nnpm = [\"@openai/codex\"]\n"),
        expect![[r#"
            mine.toml: npm package `@openai/codex` is also of `codex`
        "#]],
    );
}

#[test]
fn a_file_of_the_operator_adds_and_replaces() {
    let own = "id = \"codex\"\nname = \"Our Codex\"\nvendor = \"OpenAI\"\nchecked = 2026-01-01\nsources = [\"https://example.com\"]\n";
    let shipped = Catalogue::shipped().unwrap();
    let catalogue = Catalogue::with(&[("own.toml".to_owned(), own.to_owned())]).unwrap();
    assert_eq!(catalogue.tool("codex").unwrap().name, "Our Codex");
    assert_eq!(catalogue.tools().count(), shipped.tools().count());
    assert_ne!(catalogue.version(), shipped.version());
    let family = "[[family]]\nid = \"house\"\nname = \"House\"\nvendor = \"Us\"\nids = [\"house-1*\"]\n";
    let catalogue = Catalogue::with(&[("models.toml".to_owned(), family.to_owned())]).unwrap();
    assert_eq!(catalogue.family_of_id("house-1-large", false).unwrap().vendor, "Us");
}

#[test]
fn ids_of_models_are_told_from_words() {
    let catalogue = Catalogue::shipped().unwrap();
    let family =
        |id: &str, names: bool| catalogue.family_of_id(id, names).map(|family| family.id.clone()).unwrap_or_default();
    for (id, expected) in [
        ("claude-sonnet-4-5", "claude"),
        ("anthropic/claude-3.5-sonnet", "claude"),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", "claude"),
        ("vertex_ai/claude-sonnet-4@20250514", "claude"),
        ("openrouter/anthropic/claude-haiku-4.5", "claude"),
        ("bedrock/converse/eu.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude"),
        ("openai/gpt-5", "gpt"),
        ("ollama/qwen3:8b", "qwen"),
        ("deepseek/deepseek-chat", "deepseek"),
        ("moonshotai/kimi-k2-instruct", "kimi"),
        ("claude-desktop", ""),
        ("claude", ""),
        ("gemini", ""),
        ("We use claude-3-opus", ""),
        ("grok", ""),
        ("llama-index", ""),
    ] {
        assert_eq!(family(id, false), expected, "{id}");
    }
    assert_eq!(family("Qwen/Qwen3-Coder-480B-A35B-Instruct", true), "qwen");
    assert_eq!(family("claude-next", true), "claude");
}
