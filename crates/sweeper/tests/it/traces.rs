//! What only tells of a tool: project files, shells, recipes, settings in the encoding of Windows. Found, and never touched.

use sweep::scan::Kind;

use crate::{
    shapes::{Tree, check, task, users},
    support,
};

/// What projects hold for tools, with a repository around it or without one.
fn projects(tree: &mut Tree<'_>) {
    let mcp = "{\"mcpServers\":{\"files\":{\"command\":\"claude\",\"args\":[\"mcp\",\"serve\"]}}}";
    tree.put("/home/mia/src/with/.git/HEAD", "ref: x");
    for folder in ["/home/mia/src/with", "/home/mia/unpacked/without"] {
        tree.file(&format!("{folder}/.mcp.json"), mcp, Kind::Config, "claude-code");
        tree.file(&format!("{folder}/.vscode/mcp.json"), "{\"servers\":{}}", Kind::Config, "github-copilot");
        tree.file(&format!("{folder}/.github/copilot-instructions.md"), "Be short.", Kind::Config, "github-copilot");
    }
    tree.decoy("/home/mia/src/with/docs/copilot-instructions.md", "for pilots");
    tree.decoy("/home/mia/src/with/.vscode/settings.json", "{\"editor.tabSize\": 2}");
    tree.decoy("/home/mia/src/with/tools/mcp.json", "{\"ports\":{}}");
}

/// Shells: names that a tool reads, aliases, and folders on the way to programs.
fn shells(tree: &mut Tree<'_>) {
    let mia = "/home/mia";
    for (path, text, subject) in [
        (".profile", "export OLLAMA_HOST=0.0.0.0:11434\n", "ollama"),
        (".config/environment.d/50-ai.conf", "CODEX_HOME=/opt/codex\n", "codex"),
        (".config/fish/config.fish", "set -gx CLAUDE_CODE_USE_BEDROCK 1\n", "claude-code"),
        (".config/fish/conf.d/a.fish", "alias cc claude\n", "claude-code"),
        (".zshrc", "alias yolo='claude --dangerously-skip-permissions'\n", "claude-code"),
        (".zprofile", "export PATH=\"$HOME/.opencode/bin:$PATH\"\n", "opencode"),
        (".bash_profile", "export PATH=$PATH:/home/mia/.lmstudio/bin\n", "lm-studio"),
        (".bashrc", "fish_add_path ~/.grok/bin\n", "grok-cli"),
        (".bash_aliases", "[ -t 0 ] && eval \"$(ollama completion bash)\"\n", "ollama"),
    ] {
        tree.file(&format!("{mia}/{path}"), text, Kind::ModelUse, subject);
    }
    let profile = "$env:GOOSE_PROVIDER = \"x\"\r\nSet-Alias cc claude\r\n";
    let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(profile.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    tree.put(&format!("{mia}/Documents/PowerShell/Microsoft.PowerShell_profile.ps1"), bytes);
    tree.expect(format!("{mia}/Documents/PowerShell/Microsoft.PowerShell_profile.ps1"), Kind::ModelUse, "tool:goose");
    for (path, text) in [
        ("noor/.profile", "# OLLAMA_HOST=x\nexport OLLAMA_HOST=\nexport OPENAI_BASE_URL=http://localhost:1/v1\n"),
        ("noor/.zshrc", "alias c='cd ~/work/claude'\nexport PATH=\"$HOME/.local/bin:$HOME/bin:$PATH\"\n"),
        ("noor/.bashrc", "case $1 in\n  claude) echo a ;;\n  ollama|codex) echo b ;;\nesac\necho claude\n"),
    ] {
        tree.decoy(&format!("/srv/people/{path}"), text);
    }
}

/// Recipes of images and of containers for development.
fn recipes(tree: &mut Tree<'_>) {
    let box_of = "/home/mia/src/devbox";
    for (path, text, subject) in [
        (
            ".devcontainer/devcontainer.json",
            "{\n  // ours\n  \"features\": { \"ghcr.io/anthropics/devcontainer-features/claude-code:1\": {} }\n}\n",
            "tool:claude-code",
        ),
        (
            "b/.devcontainer.json",
            "{\"customizations\":{\"vscode\":{\"extensions\":[\"GitHub.copilot-chat\"]}}}",
            "tool:github-copilot",
        ),
        (
            "Dockerfile",
            "FROM node:22\nRUN --mount=type=cache,target=/x apt-get update && \\\n    npm install -g @openai/codex@0.42.0\n",
            "codex",
        ),
        ("c/Dockerfile.gpu", "FROM ollama/ollama:0.12 AS m\nCMD [\"serve\"]\n", "ollama"),
        ("c/app.dockerfile", "FROM python:3\nENV LLM_MODEL=claude-opus-4-1 PORT=1\n", "claude"),
        ("c/Containerfile", "FROM debian\nRUN curl -fsSL https://claude.ai/install.sh | bash\n", "claude-code"),
        ("c/Modelfile", "FROM qwen3:8b\nSYSTEM you are llama\n", "qwen"),
    ] {
        tree.file(&format!("{box_of}/{path}"), text, Kind::ModelUse, subject);
    }
    for (path, text) in [
        (
            "d/Dockerfile",
            "FROM node:22\n# RUN npm i -g @openai/codex\nCOPY claude /claude\nLABEL by=codex\nRUN echo claude\n",
        ),
        ("d/Modelfile", "FROM ./house.gguf\n"),
        ("d/devcontainer.json", "{\"features\":{\"ghcr.io/devcontainers/features/node:1\":{}},\"name\":\"claude\"}"),
        ("d/Dockerfile.md", "RUN npm i -g @openai/codex\n"),
    ] {
        tree.decoy(&format!("{box_of}/{path}"), text);
    }
}

#[test]
fn what_projects_hold_is_told_and_never_moved() {
    check("projects", &|tree| {
        users(tree);
        projects(tree);
        let catalogue = support::catalogue();
        let ban = support::BAN.replace("family = \"qwen\"", "vendor = \"GitHub\"");
        let (_, plan) = support::planned(tree.root, &catalogue, &ban);
        assert_eq!(plan.objects().len(), 6, "{:?}", plan.objects());
        assert!(plan.objects().iter().all(|object| !object.action.acts()), "{:?}", plan.objects());
    });
}

#[test]
fn what_recipes_install_is_told_and_never_edited() {
    check("recipes", &|tree| {
        users(tree);
        recipes(tree);
        let ban = support::BAN.replace("[[subject]]\nfamily", "[[subject]]\nvendor = \"OpenAI\"\n[[subject]]\nfamily");
        let (_, plan) = support::planned(tree.root, &support::catalogue(), &ban);
        assert_eq!(plan.objects().len(), 5, "{:?}", plan.objects());
        assert!(plan.objects().iter().all(|object| !object.action.acts()), "{:?}", plan.objects());
    });
}

#[test]
fn what_shells_set_up_is_told_and_never_edited() {
    check("shells", &|tree| {
        users(tree);
        shells(tree);
        tree.put("/etc/environment", "CODEX_HOME=/opt/codex\n");
        let (_, plan) =
            support::planned(tree.root, &support::catalogue(), &support::BAN.replace("Anthropic", "OpenAI"));
        let acts: Vec<_> =
            plan.objects().iter().map(|object| (object.path.to_string(), object.action.acts())).collect();
        let told = ["/etc/environment", "/home/mia/.config/environment.d/50-ai.conf"];
        assert_eq!(acts, told.map(|path| (path.to_owned(), false)));
    });
}

#[test]
fn settings_in_utf_16_are_read_and_left_alone() {
    check("utf-16", &|tree| {
        users(tree);
        let json = "{\r\n  \"model\": \"claude-opus-4-1\"\r\n}";
        let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(json.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        tree.put("/home/mia/.config/helper/settings.json", bytes);
        tree.expect("/home/mia/.config/helper/settings.json", Kind::ModelUse, "claude");
        let (_, plan) = support::planned(tree.root, &support::catalogue(), support::BAN);
        assert!(plan.objects().len() == 1 && !plan.objects()[0].action.acts(), "{:?}", plan.objects());
    });
}

#[test]
fn a_task_that_does_other_work_as_well_stays() {
    check("tasks", &|tree| {
        tree.put("/Windows/System32/drivers/etc/hosts", "");
        let action = |command: &str| format!("</Command></Exec><Exec><Command>{command}");
        tree.put("/Windows/System32/Tasks/Own", task("C:\\Tools\\claude.exe", ""));
        tree.expect("/Windows/System32/Tasks/Own", Kind::Service, "claude-code");
        let both = format!("C:\\Tools\\backup.exe{}", action("C:\\Tools\\claude.exe"));
        tree.put("/Windows/System32/Tasks/Both", task(&both, ""));
        tree.expect("/Windows/System32/Tasks/Both", Kind::ModelUse, "claude-code");
        let (_, plan) = support::planned(tree.root, &support::catalogue(), support::BAN);
        let acts: Vec<_> =
            plan.objects().iter().map(|object| (object.path.to_string(), object.action.acts())).collect();
        let told = [("Both", false), ("Own", true)];
        assert_eq!(acts, told.map(|(name, acts)| (format!("/Windows/System32/Tasks/{name}"), acts)));
    });
}
