//! Settings that use models.

use std::io;

use sweep::scan::Kind;

use super::Garden;

pub(super) fn plant(garden: &mut Garden) -> io::Result<()> {
    let home = garden.home()?;
    let uses: &[(&str, &str, &str)] = &[
        (
            "service/.env",
            "# the assistant\nPORT=8080\nexport ANTHROPIC_MODEL=\"claude-sonnet-4-5\"\nANTHROPIC_API_KEY=not-a-real-key\n",
            "claude",
        ),
        (
            "service/docker-compose.yml",
            "services:\n  api:\n    image: api:1  # ours\n    environment:\n      - LLM_MODEL=deepseek-chat\n      - PORT=80\n",
            "deepseek",
        ),
        (
            "service/.github/workflows/review.yml",
            "on: push\njobs:\n  review:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: some/action@v1\n        with:\n          model: gpt-5-mini\n",
            "gpt",
        ),
        (
            ".config/gateway/litellm.yaml",
            "model_list:\n  - model_name: fast  # ours\n    litellm_params:\n      model: anthropic/claude-haiku-4-5\n  - model_name: local\n    litellm_params:\n      model: ollama/llama3.2\n",
            "claude",
        ),
        (
            ".config/assistant/settings.json",
            "{\n  // which one answers\n  \"model\": \"us.anthropic.claude-opus-4-1-20250805-v1:0\",\n  \"theme\": \"dark\", // mine\n}\n",
            "claude",
        ),
        (
            ".config/assistant2/config.toml",
            "# mine\ntheme = \"dark\"\nmodel = \"qwen3-coder-plus\"\n\n[ui]\nwide = true\n",
            "qwen",
        ),
        (
            ".newtool/mcp.json",
            "{\"mcpServers\":{\"files\":{\"command\":\"files-server\"}},\"baseUrl\":\"https://api.moonshot.ai/v1\"}\n",
            "endpoint:Moonshot AI",
        ),
        (
            "open-webui/config.json",
            "{\"openai\":{\"api_base_urls\":[\"https://api.deepseek.com/v1\"],\"enable\":true}}\n",
            "endpoint:DeepSeek",
        ),
    ];
    for (path, text, subject) in uses {
        let path = format!("{home}/{path}");
        garden.write(&path, text.as_bytes())?;
        garden.expect(subject, Kind::ModelUse, &path)?;
    }
    garden.expect("newtool-is-unknown", Kind::UnknownClient, &format!("{home}/.newtool/mcp.json"))?;
    garden.expect("claude-code", Kind::Credential, &format!("{home}/service/.env"))?;
    let shell = format!("{home}/.bashrc");
    garden
        .write(&shell, b"alias ll='ls -l'\nexport OPENAI_API_KEY=not-a-real-key\nexport PATH=\"$HOME/bin:$PATH\"\n")?;
    garden.expect("codex", Kind::Credential, &shell)
}
