//! What settings say of models, and settings without just that.

use expect_test::{Expect, expect};
use sweep::{
    catalogue::Catalogue,
    setting::{self, Format},
};

#[track_caller]
fn uses(format: Format, text: &str, expected: Expect) {
    let settings = setting::read(&Catalogue::shipped().unwrap(), format, text).unwrap();
    let mut lines: Vec<String> = settings
        .uses
        .iter()
        .map(|found| format!("{} {} {}\n", found.key.key, found.key.names, found.key.value.as_deref().unwrap_or("")))
        .collect();
    lines.extend(settings.secrets.iter().map(|name| format!("secret {name}\n")));
    lines.extend(settings.mcp_servers.iter().map(|name| format!("server {name}\n")));
    expected.assert_eq(&lines.concat());
}

#[track_caller]
fn without_claude(format: Format, text: &str, expected: Expect) {
    let catalogue = Catalogue::shipped().unwrap();
    let claude = |key: &sweep::scan::Key| key.names == "claude" || key.names == "endpoint:Anthropic";
    let edited = match setting::without(&catalogue, format, text, &claude) {
        Ok(text) => text.unwrap_or_else(|| "(nothing to take out)".to_owned()),
        Err(error) => format!("({error})"),
    };
    expected.assert_eq(&edited);
    // What was taken out can be put back.
    if !edited.starts_with('(') {
        let hunks = sweep::patch::between(text, &edited);
        assert_eq!(sweep::patch::undo(&edited, &hunks).as_deref(), Some(text));
    }
}

#[test]
fn servers_that_are_tools_themselves() {
    uses(
        Format::Json,
        "{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"-y\",\"@openai/codex@latest\",\"mcp\"]},\"b\":{\"command\":\"uvx\",\"args\":[\"mcp-server-git\"]},\"codex\":{\"url\":\"https://example.org\"}}}",
        expect![[r#"
            mcpServers.a tool:codex 
            server a
            server b
            server codex
        "#]],
    );
    let catalogue = Catalogue::shipped().unwrap();
    let of_claude = |key: &sweep::scan::Key| key.names == "tool:claude-code";
    let text = "[mcp_servers.docs]\ncommand = \"docs\" # stays\n\n[mcp_servers.cc]\ncommand = \"claude\"\nargs = [\"mcp\", \"serve\"]\n";
    let edited = setting::without(&catalogue, Format::Toml, text, &of_claude).unwrap();
    assert_eq!(edited.as_deref(), Some("[mcp_servers.docs]\ncommand = \"docs\" # stays\n"));
}

#[test]
fn a_mark_of_byte_order_stays_where_it_was() {
    let text = "\u{feff}{\r\n  \"model\": \"claude-opus-4-1\",\r\n  \"theme\": \"dark\"\r\n}";
    let claude = |key: &sweep::scan::Key| key.names == "claude";
    let edited = setting::without(&Catalogue::shipped().unwrap(), Format::Json, text, &claude).unwrap();
    assert_eq!(edited.as_deref(), Some("\u{feff}{\r\n  \"theme\": \"dark\"\r\n}"));
}

#[test]
fn ids_in_names_and_addresses_of_clouds() {
    uses(
        Format::Yaml,
        "a: arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0\nb: https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict\nc: arn:aws:s3:::claude-3-monet\n",
        expect![[r#"
            a claude arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0
            b claude https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict
        "#]],
    );
}

#[test]
fn json_with_comments() {
    let text = "{\n  // which one\n  \"model\": \"claude-opus-4-1\", // ours\n  \"models\": [\"gpt-5\", \"claude-3-opus\"],\n  \"list\": [{\"model\": \"gpt-4o\", \"fallback_model\": \"claude-haiku-4-5\"}],\n  \"theme\": \"dark\",\n  \"env\": {\"ANTHROPIC_BASE_URL\": \"https://api.anthropic.com\", \"OPENAI_API_KEY\": \"x\"}\n}\n";
    uses(
        Format::Json,
        text,
        expect![[r#"
        model claude claude-opus-4-1
        models.0 gpt gpt-5
        models.1 claude claude-3-opus
        list.0.model gpt gpt-4o
        list.0.fallback_model claude claude-haiku-4-5
        env.ANTHROPIC_BASE_URL endpoint:Anthropic api.anthropic.com
        secret OPENAI_API_KEY
    "#]],
    );
    without_claude(
        Format::Json,
        text,
        expect![[r#"
            {
              // which one
               // ours
              "models": ["gpt-5"],
              "list": [{"model": "gpt-4o"}],
              "theme": "dark",
              "env": { "OPENAI_API_KEY": "x"}
            }
        "#]],
    );
}

#[test]
fn json_that_is_all_of_it() {
    without_claude(Format::Json, "{\"model\":\"claude-3-opus\"}", expect!["{}"]);
    without_claude(Format::Json, "{\"a\":1,\"model\":\"claude-3-opus\"}", expect![[r#"{"a":1}"#]]);
    without_claude(
        Format::Json,
        "{\"models\":{\"claude-3-opus\":{\"x\":1},\"gpt-5\":{}}}",
        expect![[r#"{"models":{"gpt-5":{}}}"#]],
    );
    without_claude(
        Format::Json,
        "{\"models\":[{\"id\":\"claude-3-opus\",\"n\":1},{\"id\":\"gpt-5\"}]}",
        expect![[r#"{"models":[{"id":"gpt-5"}]}"#]],
    );
    without_claude(Format::Json, "{\"note\":\"claude-3-opus is one\"}", expect!["(nothing to take out)"]);
}

#[test]
fn yaml_of_a_gateway() {
    let text = "# gateway\nmodel_list:\n  - model_name: fast   # ours\n    litellm_params:\n      model: anthropic/claude-haiku-4-5\n      api_key: os.environ/ANTHROPIC_API_KEY\n  - model_name: local\n    litellm_params:\n      model: ollama/llama3.2\nsettings:\n  default: \"claude-sonnet-4-5\"   # for all\n  retries: 3\n";
    uses(
        Format::Yaml,
        text,
        expect![[r#"
        model_list.0.litellm_params.model claude anthropic/claude-haiku-4-5
        model_list.1.litellm_params.model llama ollama/llama3.2
        settings.default claude claude-sonnet-4-5
    "#]],
    );
    without_claude(
        Format::Yaml,
        text,
        expect![[r#"
        # gateway
        model_list:
          - model_name: local
            litellm_params:
              model: ollama/llama3.2
        settings:
          retries: 3
    "#]],
    );
}

#[test]
fn yaml_in_its_other_shapes() {
    without_claude(
        Format::Yaml,
        "model: claude-3-opus\nprovider: anthropic\nname: x\n",
        expect![[r#"
        name: x
    "#]],
    );
    without_claude(
        Format::Yaml,
        "models: [gpt-5, claude-3-opus]\nmap: {model: claude-3-opus, a: b}\n",
        expect![[r#"
        models: [gpt-5]
        map: { a: b}
    "#]],
    );
    without_claude(
        Format::Yaml,
        "services:\n  a:\n    environment:\n      - MODEL=claude-3-opus\n      - PORT=1\n",
        expect![[r#"
        services:
          a:
            environment:
              - PORT=1
    "#]],
    );
    without_claude(
        Format::Yaml,
        "a:\n  env:\n    MODEL: claude-3-opus\nb: 1\n",
        expect![[r#"
        a:
          env:
            {}
        b: 1
    "#]],
    );
    without_claude(
        Format::Yaml,
        "- model: claude-3-opus\n  ü: größer\n- x: 1\n",
        expect![[r#"
        - ü: größer
        - x: 1
    "#]],
    );
    without_claude(
        Format::Yaml,
        "models:\n- claude-3-opus\n- gpt-5\n",
        expect![[r#"
        models:
        - gpt-5
    "#]],
    );
    without_claude(
        Format::Yaml,
        "base: &m\n  model: claude-3-opus\n  x: 1\nuse: *m\n",
        expect![[r#"
        base: &m
          x: 1
        use: *m
    "#]],
    );
}

#[test]
fn toml_and_dotenv() {
    without_claude(
        Format::Toml,
        "# top\nmodel = \"claude-3-opus\" # ours\ntheme = \"dark\"\n\n[profile.x]\nmodel = \"gpt-5\"\nfallback_model = \"claude-3-opus\"\n\n[[models]]\nid = \"claude-3-opus\"\n\n[[models]]\nid = \"gpt-5\"\n",
        expect![[r#"
        theme = "dark"

        [profile.x]
        model = "gpt-5"

        [[models]]
        id = "gpt-5"
    "#]],
    );
    without_claude(
        Format::Dotenv,
        "# mine\nexport MODEL='claude-3-opus' # one\nPORT=80\nANTHROPIC_API_KEY=claude-3-opus\n",
        expect![[r#"
        # mine
        PORT=80
        ANTHROPIC_API_KEY=claude-3-opus
    "#]],
    );
}

#[test]
fn two_characters_are_a_model_beside_what_goes_with_one() {
    uses(Format::Yaml, "phones:\n  - model: o3\n    colour: red\n  - model: o1\n", expect![""]);
    uses(
        Format::Yaml,
        "model: o3\nsteps:\n  - model: o1\n    temperature: 1\nagents:\n  - name: a\n    model: o3\nmodels:\n  - o4\n",
        expect![[r#"
            model gpt o3
            steps.0.model gpt o1
            agents.0.model gpt o3
            models.0 gpt o4
        "#]],
    );
}

#[test]
fn mentions_are_no_use() {
    uses(Format::Yaml, "# model: claude-3-opus\ntitle: claude-3-opus and gpt-4o compared\nname: claude\n", expect![""]);
    uses(Format::Json, "{\"homepage\":\"https://api.openai.com\",\"tags\":[\"claude\",\"gemini\"]}", expect![""]);
    uses(Format::Dotenv, "# MODEL=claude-3-opus\nCITY=Opus\n", expect![""]);
}

#[test]
fn servers_are_told_by_name_only() {
    uses(
        Format::Json,
        "{\"mcpServers\":{\"files\":{\"command\":\"x\",\"env\":{\"XAI_API_KEY\":\"s\"}}}}",
        expect![[r#"
        secret XAI_API_KEY
        server files
    "#]],
    );
}

proptest::proptest! {
    #[test]
    fn an_edit_can_be_undone(lines in proptest::collection::vec("[abc]{0,2}", 0..12), keep in proptest::collection::vec(proptest::bool::ANY, 12)) {
        let old: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let new: String = lines.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(line, _)| format!("{line}\n")).collect();
        let undone = sweep::patch::undo(&new, &sweep::patch::between(&old, &new));
        // Where the surroundings stand there twice it says so; it never puts a line at a wrong place.
        proptest::prop_assert!(undone.is_none_or(|text| text == old));
    }

    #[test]
    fn nothing_that_is_read_breaks_the_reader(text in "\\PC{0,200}") {
        let catalogue = Catalogue::shipped().unwrap();
        for format in [Format::Json, Format::Toml, Format::Yaml, Format::Dotenv] {
            _ = setting::without(&catalogue, format, &text, &|_| true);
        }
    }
}
