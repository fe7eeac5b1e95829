//! Installs as they look on real machines, written down by hand and apart from the catalogue: managers' layouts, settings of clients,
//! secrets, stores of models, use in CI. And names that only look alike.

use std::{fs, os::unix::fs::symlink, path::Path};

use sweep::scan::{Kind, Scan};

use crate::support;

/// Something that must be found: its path, kind and subject.
struct Shape {
    path: String,
    kind: Kind,
    subject: &'static str,
}

pub(crate) struct Tree<'r> {
    pub(crate) root: &'r Path,
    shapes: Vec<Shape>,
    pub(crate) decoys: Vec<String>,
}

impl Tree<'_> {
    pub(crate) fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        let path = self.root.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    pub(crate) fn expect(&mut self, path: impl Into<String>, kind: Kind, subject: &'static str) {
        self.shapes.push(Shape { path: path.into(), kind, subject });
    }

    /// A file that is a shape by itself.
    pub(crate) fn file(&mut self, path: &str, content: &str, kind: Kind, subject: &'static str) {
        self.put(path, content);
        self.expect(path, kind, subject);
    }

    pub(crate) fn decoy(&mut self, path: &str, content: &str) {
        self.put(path, content);
        self.decoys.push(path.to_owned());
    }

    /// A package in a `node_modules`, and the command that is linked to it.
    fn npm(&mut self, modules: &str, name: &str, command: &str, bin: Option<&str>, subject: &'static str) {
        let folder = format!("{modules}/{name}");
        let main = "bin/cli.js";
        self.put(
            &format!("{folder}/package.json"),
            format!(r#"{{"name":"{name}","version":"2.1.0","bin":{{"{command}":"{main}"}}}}"#),
        );
        self.put(&format!("{folder}/{main}"), "#!/usr/bin/env node\n");
        self.expect(&folder, Kind::Client, subject);
        if let Some(bin) = bin {
            let up = "../".repeat(bin.trim_start_matches('/').split('/').count());
            self.link(&format!("{bin}/{command}"), &format!("{up}{}/{main}", folder.trim_start_matches('/')));
            self.expect(format!("{bin}/{command}"), Kind::Client, subject);
        }
    }

    fn python(&mut self, site: &str, name: &str, module: &str, subject: &'static str) {
        let info = format!("{site}/{}-1.2.3.dist-info", name.replace('-', "_"));
        self.put(&format!("{info}/METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.3\n"));
        self.put(&format!("{info}/RECORD"), format!("{module}/__init__.py,sha256=x,0\n"));
        self.put(&format!("{site}/{module}/__init__.py"), "");
        self.expect(info, Kind::Client, subject);
    }

    fn extension(&mut self, folder: &str, publisher: &str, name: &str, subject: &'static str) {
        self.put(
            &format!("{folder}/package.json"),
            format!(r#"{{"name":"{name}","publisher":"{publisher}","version":"1.9.0"}}"#),
        );
        self.expect(folder, Kind::Extension, subject);
    }

    fn app(&mut self, path: &str, id: &str, subject: &'static str) {
        let plist = format!(
            "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>CFBundleIdentifier</key><string>{id}</string>\
             <key>CFBundleShortVersionString</key><string>1.0</string></dict></plist>"
        );
        self.put(&format!("{path}/Contents/Info.plist"), plist);
        self.expect(path, Kind::Client, subject);
    }
}

const APPIMAGE: &[u8] = b"\x7fELF\x02\x01\x01\0AI\x02\0\0\0\0\0";

pub(crate) fn users(tree: &Tree<'_>) {
    tree.put("/etc/passwd", "root:x:0:0::/root:/bin/bash\nmia:x:1000:1000::/home/mia:/bin/bash\nnoor:x:1001:1001::/srv/people/noor:/bin/zsh\n");
    fs::create_dir_all(tree.root.join("srv/people/noor")).unwrap();
    fs::create_dir_all(tree.root.join("root")).unwrap();
}

/// Managers of packages, each with the layout that it makes.
fn packages(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    tree.npm("/usr/lib/node_modules", "@anthropic-ai/claude-code", "claude", Some("/usr/bin"), "claude-code");
    tree.npm(
        &format!("{mia}/.nvm/versions/node/v22.11.0/lib/node_modules"),
        "@openai/codex",
        "codex",
        Some("/home/mia/.nvm/versions/node/v22.11.0/bin"),
        "codex",
    );
    tree.npm(
        &format!("{mia}/.npm-global/lib/node_modules"),
        "@google/gemini-cli",
        "gemini",
        Some("/home/mia/.npm-global/bin"),
        "gemini-cli",
    );
    tree.npm(
        &format!("{mia}/.npm/_npx/7d2f0f1a2b3c4d5e/node_modules"),
        "@qwen-code/qwen-code",
        "qwen",
        None,
        "qwen-code",
    );
    tree.npm(&format!("{mia}/.config/yarn/global/node_modules"), "opencode-ai", "opencode", None, "opencode");
    tree.npm(
        &format!("{mia}/.bun/install/global/node_modules"),
        "@github/copilot",
        "copilot",
        Some("/home/mia/.bun/bin"),
        "copilot-cli",
    );
    tree.npm(&format!("{mia}/.volta/tools/image/packages/cline/lib/node_modules"), "cline", "cline", None, "cline");
    tree.npm(&format!("{mia}/.asdf/installs/nodejs/20.1.0/lib/node_modules"), "@sourcegraph/amp", "amp", None, "amp");
    tree.npm(
        &format!("{mia}/.local/share/mise/installs/node/22/lib/node_modules"),
        "@moonshot-ai/kimi-code",
        "kimi",
        None,
        "kimi-code",
    );
    tree.npm(
        &format!("{mia}/.local/share/fnm/node-versions/v20.9.0/installation/lib/node_modules"),
        "@qoder-ai/qodercli",
        "qodercli",
        None,
        "qoder-cli",
    );
    // pnpm: the package in its store of links, and a link to it.
    let store = format!("{mia}/.local/share/pnpm/global/5/.pnpm/@continuedev+cli@1.5.0/node_modules");
    tree.npm(&store, "@continuedev/cli", "cn", None, "continue");
    tree.link(
        &format!("{mia}/.local/share/pnpm/global/5/node_modules/@continuedev/cli"),
        "../../.pnpm/@continuedev+cli@1.5.0/node_modules/@continuedev/cli",
    );
    tree.npm(
        "/srv/people/noor/.local/lib/node_modules",
        "openclaw",
        "openclaw",
        Some("/srv/people/noor/.local/bin"),
        "openclaw",
    );

    tree.python("/usr/lib/python3/dist-packages", "litellm", "litellm", "litellm");
    tree.python(
        &format!("{mia}/.local/share/pipx/venvs/aider-chat/lib/python3.12/site-packages"),
        "aider-chat",
        "aider",
        "aider",
    );
    tree.python(
        &format!("{mia}/.local/pipx/venvs/open-webui/lib/python3.11/site-packages"),
        "open-webui",
        "open_webui",
        "open-webui",
    );
    tree.python(&format!("{mia}/.local/share/uv/tools/vllm/lib/python3.12/site-packages"), "vllm", "vllm", "vllm");
    tree.python(
        &format!("{mia}/work/ml/.venv/lib/python3.12/site-packages"),
        "huggingface_hub",
        "huggingface_hub",
        "huggingface",
    );
    tree.python("/opt/conda/envs/serve/lib/python3.10/site-packages", "aider_chat", "aider", "aider");

    // Homebrew on Linux.
    tree.put("/home/linuxbrew/.linuxbrew/Cellar/ollama/0.5.1/INSTALL_RECEIPT.json", "{}");
    tree.put("/home/linuxbrew/.linuxbrew/Cellar/ollama/0.5.1/bin/ollama", "x");
    tree.link("/home/linuxbrew/.linuxbrew/bin/ollama", "../Cellar/ollama/0.5.1/bin/ollama");
    tree.expect("/home/linuxbrew/.linuxbrew/Cellar/ollama", Kind::Client, "ollama");
    tree.expect("/home/linuxbrew/.linuxbrew/bin/ollama", Kind::Client, "ollama");
    tree.put("/home/linuxbrew/.linuxbrew/Cellar/llama.cpp/4589/INSTALL_RECEIPT.json", "{}");
    tree.expect("/home/linuxbrew/.linuxbrew/Cellar/llama.cpp", Kind::Client, "llama-cpp");

    // Own installers.
    tree.put(&format!("{mia}/.local/share/claude/versions/2.0.14"), "\x7fELF");
    tree.link(&format!("{mia}/.local/bin/claude"), "/home/mia/.local/share/claude/versions/2.0.14");
    tree.expect(format!("{mia}/.local/bin/claude"), Kind::Client, "claude-code");
    tree.put(&format!("{mia}/.local/share/cursor-agent/versions/2025.11.06-abc/cursor-agent"), "x");
    tree.link(
        &format!("{mia}/.local/bin/cursor-agent"),
        "/home/mia/.local/share/cursor-agent/versions/2025.11.06-abc/cursor-agent",
    );
    tree.expect(format!("{mia}/.local/bin/cursor-agent"), Kind::Client, "cursor-cli");
    tree.file(&format!("{mia}/.opencode/bin/opencode"), "x", Kind::Client, "opencode");
    tree.file(&format!("{mia}/.grok/bin/grok"), "x", Kind::Client, "grok-cli");
    tree.put("/usr/lib/ollama/libggml-base.so", "x");
    tree.expect("/usr/lib/ollama", Kind::Client, "ollama");
    tree.file("/usr/local/bin/ollama", "x", Kind::Client, "ollama");
    tree.file(
        "/etc/systemd/system/ollama.service",
        "[Service]\nExecStart=/usr/local/bin/ollama serve\n",
        Kind::Service,
        "ollama",
    );
    tree.file(
        &format!("{mia}/.config/systemd/user/openclaw.service"),
        "[Service]\nExecStart=/x\n",
        Kind::Service,
        "openclaw",
    );

    // Programs of one file, wherever they were put, and what containers keep.
    tree.file(&format!("{mia}/Downloads/koboldcpp-linux-x64-nocuda"), "\x7fELF", Kind::Client, "koboldcpp");
    tree.file("/opt/tools/llama-server", "\x7fELF", Kind::Client, "llama-cpp");
    tree.put("/var/lib/docker/volumes/stack_open-webui/_data/webui.db", "x");
    tree.expect("/var/lib/docker/volumes/stack_open-webui", Kind::Config, "open-webui");
    // Images and packages of desktop programs.
    for (path, subject) in [
        (format!("{mia}/Downloads/Cursor-1.7.44-x86_64.AppImage"), "cursor"),
        ("/opt/cursor.appimage".to_owned(), "cursor"),
        (format!("{mia}/Applications/LM-Studio-0.3.30-2-x64.AppImage"), "lm-studio"),
        (format!("{mia}/AppImages/jan-linux-x86_64-0.6.10.AppImage"), "jan"),
        (format!("{mia}/Desktop/AnythingLLMDesktop.AppImage"), "anythingllm"),
        ("/srv/people/noor/Downloads/Msty_x86_64_amd64.AppImage".to_owned(), "msty"),
    ] {
        tree.put(&path, APPIMAGE);
        tree.expect(path, Kind::Client, subject);
    }
    for (path, proof, subject) in [
        ("/opt/Cursor", "resources/app/product.json", "cursor"),
        ("/usr/share/cursor", "resources/app/product.json", "cursor"),
        ("/usr/share/windsurf", "resources/app/product.json", "windsurf"),
        ("/usr/share/kiro", "resources/app/product.json", "kiro"),
        ("/usr/share/antigravity", "resources/app/product.json", "antigravity"),
        ("/usr/share/trae", "resources/app/product.json", "trae"),
    ] {
        tree.put(&format!("{path}/{proof}"), "{}");
        tree.put(&format!("{path}/{}", path.rsplit('/').next().unwrap()), "\x7fELF");
        tree.expect(path, Kind::Client, subject);
    }
    tree.put("/snap/ollama/42/bin/ollama", "x");
    tree.expect("/snap/ollama", Kind::Client, "ollama");
    for (id, subject) in [
        ("ai.jan.Jan", "jan"),
        ("io.gpt4all.gpt4all", "gpt4all"),
        ("com.jeffser.Alpaca", "alpaca"),
        ("dev.zed.Zed", "zed"),
    ] {
        tree.put(&format!("/var/lib/flatpak/app/{id}/current/active/metadata"), "[Application]\n");
        if subject != "alpaca" {
            tree.expect(format!("/var/lib/flatpak/app/{id}"), Kind::Client, subject);
        }
    }
    tree.put(
        &format!("{mia}/.cargo/.crates.toml"),
        "[v1]\n\"goose-cli 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)\" = [\"goose\"]\n",
    );
}

fn editors(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    tree.extension(
        &format!("{mia}/.vscode/extensions/saoudrizwan.claude-dev-3.36.0"),
        "saoudrizwan",
        "claude-dev",
        "cline",
    );
    tree.extension(
        &format!("{mia}/.vscode-server/extensions/github.copilot-chat-0.33.0"),
        "GitHub",
        "copilot-chat",
        "github-copilot",
    );
    tree.extension(
        &format!("{mia}/.cursor/extensions/anthropic.claude-code-2.0.1-linux-x64"),
        "Anthropic",
        "claude-code",
        "claude-code",
    );
    tree.extension(
        &format!("{mia}/.windsurf/extensions/rooveterinaryinc.roo-cline-3.29.0-universal"),
        "RooVeterinaryInc",
        "roo-cline",
        "roo-code",
    );
    tree.extension(
        &format!("{mia}/.vscode-oss/extensions/continue.continue-1.2.11-linux-x64"),
        "Continue",
        "continue",
        "continue",
    );
    tree.extension(
        &format!("{mia}/.vscode-insiders/extensions/kilocode.kilo-code-4.100.0"),
        "kilocode",
        "Kilo-Code",
        "kilo-code",
    );
    tree.extension(
        &format!("{mia}/.cursor-server/extensions/openai.chatgpt-0.4.46-linux-x64"),
        "openai",
        "chatgpt",
        "codex",
    );
    tree.extension(
        &format!("{mia}/.vscode-remote/extensions/tabnine.tabnine-vscode-3.300.0"),
        "TabNine",
        "tabnine-vscode",
        "tabnine",
    );
    tree.extension(
        &format!("{mia}/.var/app/com.visualstudio.code/data/vscode/extensions/augment.vscode-augment-0.600.0"),
        "augment",
        "vscode-augment",
        "augment",
    );
    tree.extension("/usr/share/code/resources/app/extensions/copilot", "GitHub", "copilot-chat", "github-copilot");
    tree.extension(
        "/snap/code/200/usr/share/code/resources/app/extensions/github.copilot-1.300.0",
        "GitHub",
        "copilot",
        "github-copilot",
    );
    let storage = format!("{mia}/.config/Code/User/globalStorage/saoudrizwan.claude-dev");
    tree.put(&format!("{storage}/tasks/1/api_conversation_history.json"), "[]");
    tree.expect(storage, Kind::Config, "cline");
    for (place, id, subject) in [
        (".local/share/JetBrains/IntelliJIdea2025.2/github-copilot-intellij", "com.github.copilot", "github-copilot"),
        (".config/JetBrains/PyCharm2024.3/plugins/ml-llm", "com.intellij.ml.llm", "jetbrains-ai"),
    ] {
        tree.put(
            &format!("{mia}/{place}/META-INF/plugin.xml"),
            format!("<idea-plugin><id>{id}</id><version>1</version></idea-plugin>"),
        );
        tree.expect(format!("{mia}/{place}"), Kind::Extension, subject);
    }
}

/// Settings of clients, MCP servers, secrets.
fn homes(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    let mcp = r#"{"mcpServers":{"files":{"command":"npx","args":["-y","files"]}}}"#;
    for (path, content, kind, subject) in [
        (".claude.json", mcp, Kind::Config, "claude-code"),
        (".config/Claude/claude_desktop_config.json", mcp, Kind::Config, "claude-desktop"),
        (".codex/config.toml", "model = \"gpt-5\"\n[mcp_servers.files]\ncommand = \"npx\"\n", Kind::Config, "codex"),
        (".codex/auth.json", "{}", Kind::Credential, "codex"),
        (".gemini/settings.json", mcp, Kind::Config, "gemini-cli"),
        (".gemini/oauth_creds.json", "{}", Kind::Credential, "gemini-cli"),
        (".cursor/mcp.json", mcp, Kind::Config, "cursor"),
        (".codeium/windsurf/mcp_config.json", mcp, Kind::Config, "windsurf"),
        (".copilot/mcp-config.json", mcp, Kind::Config, "copilot-cli"),
        (".kiro/settings/mcp.json", mcp, Kind::Config, "kiro"),
        (".lmstudio/mcp.json", mcp, Kind::Config, "lm-studio"),
        (".qwen/settings.json", mcp, Kind::Config, "qwen-code"),
        (".kimi-code/config.toml", "x = 1\n", Kind::Config, "kimi-code"),
        (".config/opencode/opencode.jsonc", "{}", Kind::Config, "opencode"),
        (".local/share/opencode/auth.json", "{}", Kind::Credential, "opencode"),
        (".continue/config.yaml", "models: []\n", Kind::Config, "continue"),
        (".config/goose/config.yaml", "GOOSE_PROVIDER: x\n", Kind::Config, "goose"),
        (".config/goose/secrets.yaml", "a: b\n", Kind::Credential, "goose"),
        (".config/amp/settings.json", "{}", Kind::Config, "amp"),
        (".aws/amazonq/mcp.json", mcp, Kind::Config, "amazon-q"),
        (".config/zed/settings.json", "{\"context_servers\":{}}", Kind::Config, "zed"),
        (".config/github-copilot/apps.json", "{}", Kind::Credential, "github-copilot"),
        (".aider.conf.yml", "dark-mode: true\n", Kind::Config, "aider"),
        (".openclaw/openclaw.json", "{}", Kind::Config, "openclaw"),
        (".cache/huggingface/token", "hf_x", Kind::Credential, "huggingface"),
        (".config/crush/crush.json", "{}", Kind::Config, "crush"),
        (".iflow/settings.json", "{}", Kind::Config, "iflow"),
        (".codebuddy/settings.json", "{}", Kind::Config, "codebuddy"),
        (".config/kilo/kilo.jsonc", "{}", Kind::Config, "kilo-code"),
        (".qoder/settings.json", "{}", Kind::Config, "qoder"),
    ] {
        let path = format!("{mia}/{path}");
        tree.put(&path, content);
        tree.expect(path, kind, subject);
    }
    tree.put(&format!("{mia}/.bashrc"), "export PS1='$ '\nexport ANTHROPIC_API_KEY=sk-ant-not-a-key\n");
    tree.expect(format!("{mia}/.bashrc"), Kind::Credential, "claude-code");
    tree.put("/srv/people/noor/.zshenv", "export OPENAI_API_KEY=sk-not-a-key\n");
    tree.expect("/srv/people/noor/.zshenv", Kind::Credential, "codex");
}

/// Stores of models, and use of hosted ones.
fn models(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    for (path, content, subject) in [
        ("src/api/.env", "LLM_MODEL=claude-sonnet-4-5\n", "claude"),
        (
            "src/api/docker-compose.yaml",
            "services:\n  a:\n    environment:\n      MODEL: anthropic/claude-opus-4\n",
            "claude",
        ),
        (
            "src/api/.github/workflows/ci.yml",
            "jobs:\n  a:\n    steps:\n      - uses: x/y@v1\n        with:\n          model: claude-haiku-4-5\n",
            "claude",
        ),
        ("src/api/.gitlab-ci.yml", "variables:\n  MODEL: us.anthropic.claude-sonnet-4-20250514-v1:0\n", "claude"),
        (
            ".config/litellm/config.yaml",
            "model_list:\n  - model_name: a\n    litellm_params:\n      model: qwen/qwen3-max\n",
            "qwen",
        ),
    ] {
        let path = format!("{mia}/{path}");
        tree.put(&path, content);
        tree.expect(path, Kind::ModelUse, subject);
    }
    let gguf = sweeper::seed::files::gguf("qwen3", "Qwen3 8B", 15, 1024);
    tree.put(&format!("{mia}/stuff/backup.old"), &gguf);
    tree.expect(format!("{mia}/stuff/backup.old"), Kind::Model, "qwen");
    tree.put(&format!("{mia}/.lmstudio/models/lmstudio-community/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf"), &gguf);
    tree.expect(
        format!("{mia}/.lmstudio/models/lmstudio-community/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf"),
        Kind::Model,
        "qwen",
    );
    let blob = format!("{mia}/.cache/huggingface/hub/models--Qwen--Qwen3-0.6B");
    tree.put(&format!("{blob}/refs/main"), "abc");
    tree.put(&format!("{blob}/blobs/0123"), "weights");
    tree.link(&format!("{blob}/snapshots/abc/model.bin"), "../../blobs/0123");
    tree.expect(blob, Kind::Model, "qwen");
}

/// macOS and Windows, as trees.
fn other_systems(tree: &mut Tree<'_>) {
    let lee = "/Users/lee";
    tree.app("/Applications/Cursor.app", "com.todesktop.230313mzl4w4u92", "cursor");
    tree.app("/Applications/Claude.app", "com.anthropic.claudefordesktop", "claude-desktop");
    tree.app(&format!("{lee}/Applications/LM Studio.app"), "ai.elementlabs.lmstudio", "lm-studio");
    tree.app("/Applications/Zed.app", "dev.zed.Zed", "zed");
    tree.app("/Applications/Windsurf.app", "com.exafunction.windsurf", "windsurf");
    tree.app("/Applications/Trae.app", "com.trae.app", "trae");
    tree.app("/Applications/Jan.app", "jan.ai.app", "jan");
    for (path, subject) in [
        ("Library/Application Support/Claude", "claude-desktop"),
        ("Library/Application Support/Cursor", "cursor"),
        ("Library/Application Support/Windsurf", "windsurf"),
        ("Library/Application Support/Trae", "trae"),
        ("Library/Caches/claude-cli-nodejs", "claude-code"),
        ("Library/Caches/com.electron.ollama", "ollama"),
    ] {
        let path = format!("{lee}/{path}");
        tree.put(&format!("{path}/config.json"), "{}");
        tree.expect(path, Kind::Config, subject);
    }
    tree.npm("/opt/homebrew/lib/node_modules", "@openai/codex", "codex", Some("/opt/homebrew/bin"), "codex");
    tree.put("/opt/homebrew/Caskroom/claude-code/2.0.1/claude", "x");
    tree.expect("/opt/homebrew/Caskroom/claude-code", Kind::Client, "claude-code");
    tree.file(&format!("{lee}/Library/LaunchAgents/ai.openclaw.gateway.plist"), "<plist/>", Kind::Service, "openclaw");
}

fn windows(tree: &mut Tree<'_>) {
    let kim = "/Users/kim";
    tree.put("/Windows/System32/drivers/etc/hosts", "");
    tree.put("/Program Files/x", "");
    for (path, kind, subject) in [
        ("AppData/Local/Programs/cursor", Kind::Client, "cursor"),
        ("AppData/Local/Programs/Windsurf", Kind::Client, "windsurf"),
        (
            "AppData/Local/Microsoft/WinGet/Packages/Anthropic.ClaudeCode_Microsoft.Winget.Source_8wekyb3d8bbwe",
            Kind::Client,
            "claude-code",
        ),
        ("AppData/Roaming/Claude", Kind::Config, "claude-desktop"),
        ("AppData/Roaming/Cursor", Kind::Config, "cursor"),
        ("AppData/Roaming/Block/goose", Kind::Config, "goose"),
    ] {
        let path = format!("{kim}/{path}");
        tree.put(&format!("{path}/a.txt"), "x");
        tree.expect(path, kind, subject);
    }
    tree.npm(
        &format!("{kim}/AppData/Roaming/npm/node_modules"),
        "@anthropic-ai/claude-code",
        "claude",
        None,
        "claude-code",
    );
    tree.put(&format!("{kim}/AppData/Roaming/npm/claude.cmd"), "@echo off");
    tree.expect(format!("{kim}/AppData/Roaming/npm/claude.cmd"), Kind::Client, "claude-code");
    tree.extension(&format!("{kim}/.vscode/extensions/sourcegraph.amp-0.0.1"), "sourcegraph", "amp", "amp");
    tree.file(&format!("{kim}/Desktop/KoboldCpp_cu12.exe"), "MZ\0\0", Kind::Client, "koboldcpp");
    let portable = "/Tools/new/ComfyUI_windows_portable";
    tree.put(&format!("{portable}/ComfyUI/main.py"), "");
    tree.expect(portable, Kind::Client, "comfyui");
    tree.file(&format!("{portable}/ComfyUI/output/1.png"), "x", Kind::Config, "comfyui");
    tree.decoys.push("/Games/OpenClaw/OpenClaw.exe".to_owned());
    tree.put("/Games/OpenClaw/OpenClaw.exe", "MZ\0\0");
    for (name, command, arguments, subject) in [
        (
            "Gateway",
            "C:\\Program Files\\nodejs\\node.exe",
            "C:\\n\\node_modules\\openclaw\\index.js gateway",
            "openclaw",
        ),
        ("Own/Chat", "C:\\Users\\kim\\AppData\\Local\\Programs\\cursor\\Cursor.exe", "--wait", "cursor"),
        ("Models", "C:\\Tools\\llama-server.exe", "-hf ggml-org/gemma-3-1b-it-GGUF", "llama-cpp"),
    ] {
        let path = format!("/Windows/System32/Tasks/{name}");
        tree.put(&path, task(command, arguments));
        tree.expect(&path, Kind::Service, subject);
    }
    tree.expect("/Windows/System32/Tasks/Models", Kind::ModelUse, "gemma");
    tree.put("/Windows/System32/Tasks/Report", task("C:\\Reports\\january.exe", "--claude --codex"));
    tree.decoys.push("/Windows/System32/Tasks/Report".to_owned());
}

/// A scheduled task as Windows keeps it: XML in UTF-16.
pub(crate) fn task(command: &str, arguments: &str) -> Vec<u8> {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task><Actions Context=\"Author\"><Exec><Command>{command}</Command>\
         <Arguments>{arguments}</Arguments></Exec></Actions></Task>"
    );
    [0xff, 0xfe].into_iter().chain(xml.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// Ordinary words, other people's packages, prose.
fn decoys(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    for (path, content) in [
        ("Documents/jan/letter.txt", "Dear Jan"),
        ("Documents/cursor.md", "about database cursors, and claude-3-opus in prose"),
        ("Pictures/Zed/a.png", "x"),
        ("src/goose/README.md", "a bird; model = claude-sonnet-4 in an example"),
        ("src/api/notes.txt", "ANTHROPIC_API_KEY is what you have to set"),
        ("Downloads/cursor-theme-editor-2.0.AppImage", "not even an image"),
        ("Downloads/CursorThemes.AppImage", "x"),
        (".icons/cursor/index.theme", "[Icon Theme]"),
        ("bin/continue", "#!/bin/sh\n"),
        ("bin/forge", "#!/bin/sh\n"),
        ("go/bin/q", "x"),
        ("work/node_modules/claude/package.json", "{\"name\":\"claude\",\"version\":\"0.0.1\"}"),
        ("work/node_modules/cline-utils/package.json", "{\"name\":\"cline-utils\",\"version\":\"1.0.0\"}"),
        (
            ".vscode/extensions/someone.claude-theme-1.0.0/package.json",
            "{\"name\":\"claude-theme\",\"publisher\":\"someone\"}",
        ),
        (".vscode/extensions/copilot/package.json", "{\"name\":\"flight\",\"publisher\":\"someone\"}"),
        ("lib/python3/site-packages/aiderlike-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: aiderlike\n"),
        ("stuff/GGUF.txt", "GGUF is a format"),
        ("music/Ollama - Llama Song.mp3", "ID3"),
    ] {
        tree.decoy(&format!("{mia}/{path}"), content);
    }
    tree.decoy("/opt/cursor-tools/readme", "x");
    tree.decoy("/var/lib/flatpak/app/org.gnome.Builder/metadata", "[Application]");
}

/// What starts tools, whatever its own name.
fn starters(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    tree.file(
        "/etc/systemd/system/inference.service",
        "[Service]\nExecStart=/opt/venv/bin/vllm serve some/model --port 8000\n",
        Kind::Service,
        "vllm",
    );
    tree.file(
        &format!("{mia}/.config/systemd/user/nightly.service"),
        "[Service]\nExecStart=-/usr/bin/env HOME=/tmp %h/.local/bin/claude -p report\n",
        Kind::Service,
        "claude-code",
    );
    tree.put("/opt/LM Studio/lm-studio-bin", "x");
    tree.file(
        &format!("{mia}/.config/autostart/models.desktop"),
        "[Desktop Entry]\nType=Application\nExec=\"/opt/LM Studio/lm-studio-bin\" --hidden\n",
        Kind::Service,
        "lm-studio",
    );
    tree.file(
        "/etc/containers/systemd/chat.container",
        "[Container]\nImage=ghcr.io/open-webui/open-webui:main\nVolume=chat:/app/backend/data\n",
        Kind::Service,
        "open-webui",
    );
    tree.file(
        "/etc/systemd/system/models.service",
        "[Service]\nExecStart=/usr/bin/docker run --rm --name m ollama/ollama:0.12\n",
        Kind::Service,
        "ollama",
    );
    // The image was deleted, what starts it was not.
    tree.file(
        &format!("{mia}/.config/autostart/msty.desktop"),
        "[Desktop Entry]\nExec=/home/mia/gone/Msty_x86_64_amd64.AppImage\n",
        Kind::Service,
        "msty",
    );
    tree.file(
        "/etc/systemd/system/chat.service",
        "[Service]\nExecStart=/opt/l/llama-server -hf Qwen/Qwen3-8B-GGUF --port 1\n",
        Kind::ModelUse,
        "qwen",
    );
    tree.expect("/etc/systemd/system/chat.service", Kind::Service, "llama-cpp");
    tree.file(
        "/etc/cron.d/report",
        "SHELL=/bin/sh\n0 3 * * * mia cd /tmp && claude -p report\n",
        Kind::ModelUse,
        "claude-code",
    );
    tree.file("/var/spool/cron/crontabs/mia", "@daily npx -y @openai/codex exec tidy\n", Kind::ModelUse, "codex");
    tree.put(&format!("{mia}/src/tool/.git/HEAD"), "ref: x");
    tree.file(
        &format!("{mia}/src/tool/.git/hooks/commit-msg"),
        "#!/bin/sh\nqwen -p check < \"$1\"\n",
        Kind::ModelUse,
        "qwen-code",
    );
    tree.file(
        &format!("{mia}/src/tool/.github/workflows/review.yml"),
        "jobs:\n  r:\n    steps:\n      - uses: anthropics/claude-code-action@v1\n      - run: |\n          npm i -g @google/gemini-cli\n",
        Kind::ModelUse,
        "tool:gemini-cli",
    );
    tree.file(
        &format!("{mia}/stack/docker-compose.yml"),
        "services:\n  m:\n    image: ollama/ollama:0.12\n",
        Kind::ModelUse,
        "tool:ollama",
    );
    tree.file(
        &format!("{mia}/.config/Code/User/mcp.json"),
        "{\"servers\":{\"helper\":{\"command\":\"claude\",\"args\":[\"mcp\",\"serve\"]}}}",
        Kind::ModelUse,
        "tool:claude-code",
    );
    tree.file(
        &format!("{mia}/.local/share/pnpm/opencode"),
        "#!/bin/sh\nexec node \"$basedir/global/5/node_modules/opencode-ai/bin/opencode\" \"$@\"\n",
        Kind::Client,
        "opencode",
    );
    tree.put(&format!("{mia}/.vim/plugged/copilot.vim/plugin/copilot.vim"), "");
    tree.expect(format!("{mia}/.vim/plugged/copilot.vim"), Kind::Extension, "github-copilot");
    tree.file(
        "/srv/models/store/manifests/registry.ollama.ai/library/qwen3/8b",
        &format!("{{\"layers\":[{{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"sha256:{}\",\"size\":1}}]}}", "a".repeat(64)),
        Kind::Model,
        "qwen",
    );
    for (path, content) in [
        ("/etc/systemd/system/goose-migrate.service", "[Service]\nExecStart=/usr/bin/goose up\n"),
        ("/etc/containers/systemd/db.container", "[Container]\nImage=docker.io/library/postgres:16\n"),
        ("/home/mia/.config/autostart/player.desktop", "[Desktop Entry]\nExec=/home/mia/Msty-Radio-Player.AppImage\n"),
        ("/etc/cron.d/backup", "0 1 * * * mia tar cf /b.tar /home/mia/codex\n# 0 1 * * * mia claude -p x\n"),
        ("/home/mia/.config/autostart/gemini.desktop", "[Desktop Entry]\nName=Gemini\nExec=/usr/bin/lagrange\n"),
        ("/home/mia/src/tool/.git/hooks/pre-push", "#!/bin/sh\n# ask claude at the desk first\nmake lint\n"),
        ("/home/mia/src/other/docker-compose.yml", "services:\n  goose:\n    image: kukymbr/goose-docker:3\n"),
        ("/home/mia/src/other/ci.yml", "jobs:\n  codex:\n    steps:\n      - run: echo gemini\n"),
        ("/home/mia/src/copilot.vim/README", "a checkout is nobody's plugin"),
        (
            "/home/mia/src/mcp.json",
            "{\"mcpServers\":{\"claude\":{\"command\":\"npx\",\"args\":[\"-y\",\"server-postgres\"]}}}",
        ),
        ("/home/mia/bin/kimi", "#!/bin/sh\necho raikkonen\n"),
        ("/home/mia/phones.yaml", "phones:\n  - model: phi-100\n  - model: command-line\n"),
    ] {
        tree.decoy(path, content);
    }
}

fn missing<'t>(scan: &Scan, tree: &'t Tree<'_>) -> Vec<&'t Shape> {
    let found = |shape: &&Shape| {
        let path: sweep::MachinePath = shape.path.parse().unwrap();
        // A file of a folder that is the tool's own is found with its folder.
        let folder_counts = matches!(shape.kind, Kind::Config | Kind::Client);
        scan.items.iter().any(|item| {
            let here = item.path == path
                && (item.kind == shape.kind || shape.kind == Kind::Credential && !item.keys.is_empty());
            let above = folder_counts && path.is_within(&item.path) && matches!(item.kind, Kind::Config | Kind::Client);
            let uses = shape.kind == Kind::ModelUse && item.keys.iter().any(|key| key.names == shape.subject);
            let secret = shape.kind == Kind::Credential && item.path == path && !item.keys.is_empty();
            (here || above) && (item.subject == shape.subject || uses || secret)
        })
    };
    tree.shapes.iter().filter(|shape| !found(shape)).collect()
}

pub(crate) fn check(name: &str, make: &dyn Fn(&mut Tree<'_>)) {
    let root = tempfile::tempdir().unwrap();
    let mut tree = Tree { root: root.path(), shapes: vec![], decoys: vec![] };
    make(&mut tree);
    let scan = support::scan(root.path(), &support::catalogue());
    let lost = missing(&scan, &tree);
    let wrong: Vec<String> = scan
        .items
        .iter()
        .filter(|item| item.confidence > sweep::scan::Confidence::Low)
        .filter(|item| {
            tree.decoys.iter().any(|decoy| decoy.parse::<sweep::MachinePath>().unwrap().is_within(&item.path))
        })
        .map(|item| format!("{} {} {:?}", item.subject, item.path, item.evidence))
        .collect();
    let lost: Vec<String> =
        lost.iter().map(|shape| format!("{} {:?} {}", shape.subject, shape.kind, shape.path)).collect();
    eprintln!(
        "{name}: {} of {} shapes found, {} of {} decoys",
        tree.shapes.len() - lost.len(),
        tree.shapes.len(),
        wrong.len(),
        tree.decoys.len()
    );
    assert!(lost.is_empty() && wrong.is_empty(), "{name}: missing {lost:#?}\nwrong {wrong:#?}");
}

#[test]
fn a_linux_machine_as_people_have_it() {
    check("linux", &|tree| {
        users(tree);
        packages(tree);
        editors(tree);
        homes(tree);
        models(tree);
        decoys(tree);
    });
}

#[test]
fn what_starts_tools() {
    check("starters", &|tree| {
        users(tree);
        starters(tree);
    });
}

#[test]
fn a_mac_as_people_have_it() {
    check("macos", &|tree| {
        fs::create_dir_all(tree.root.join("System/Library")).unwrap();
        other_systems(tree);
    });
}

#[test]
fn a_windows_tree_as_people_have_it() {
    check("windows", &windows);
}
