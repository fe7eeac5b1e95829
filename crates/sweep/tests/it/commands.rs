//! What command lines, and the files that hold them, start.

use sweep::{
    catalogue::Catalogue,
    command,
    starter::{self, Form},
    text,
};

#[track_caller]
fn starts(line: &str, expected: &str) {
    let catalogue = Catalogue::shipped().unwrap();
    let tool = command::line(&catalogue, line).map(|tool| tool.id.as_str());
    assert_eq!(tool.unwrap_or_default(), expected, "{line}");
}

#[test]
fn lines_start_tools() {
    for (line, tool) in [
        ("docker run -d -p 3000:8080 -v open-webui:/app ghcr.io/open-webui/open-webui:main", "open-webui"),
        ("podman pull docker.io/ollama/ollama:0.12", "ollama"),
        ("set -e; curl -fsSL https://claude.ai/install.sh | bash", "claude-code"),
        ("curl -fsSL https://ollama.com/install.sh | sh", "ollama"),
        ("irm https://claude.ai/install.ps1 | iex", "claude-code"),
        ("npm install -g @openai/codex@0.42.0", "codex"),
        ("docker run -d postgres:16", ""),
        ("curl https://api.openai.com/v1/models", ""),
        ("curl -O https://example.com/ollama.com/install.sh", ""),
        ("echo claude", ""),
    ] {
        starts(line, tool);
    }
}

#[test]
fn a_task_of_windows_in_utf_16() {
    let xml = "<?xml version=\"1.0\"?><Task><Actions><Exec><Command>C:\\Program Files\\nodejs\\node.exe</Command>\
               <Arguments>C:\\Users\\lee\\AppData\\Roaming\\npm\\node_modules\\openclaw\\dist\\index.js &quot;a b&quot;</Arguments></Exec>\
               <Exec><Command>\"C:\\Tools\\llama-server.exe\"</Command><Arguments>-hf ggml-org/gemma-3-1b-it-GGUF:Q4</Arguments></Exec></Actions></Task>";
    let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(xml.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let commands = starter::commands(Form::Task, &bytes);
    let catalogue = Catalogue::shipped().unwrap();
    let words: Vec<Vec<&str>> = commands.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let tools: Vec<&str> = words.iter().map(|words| command::tool(&catalogue, words).unwrap().id.as_str()).collect();
    assert_eq!(tools, ["openclaw", "llama-cpp"]);
    assert_eq!(words[0][2], "a b");
    let (flag, family, value) = command::model(&catalogue, &words[1]).unwrap();
    assert_eq!((flag, family.id.as_str(), value), ("-hf", "gemma", "ggml-org/gemma-3-1b-it-GGUF:Q4"));
    assert_eq!(command::paths(&words[1]), ["/Tools/llama-server.exe"]);
    assert_eq!(starter::commands(Form::Task, &bytes[..bytes.len() - 1]), Vec::<Vec<String>>::new());
}

#[test]
fn models_on_command_lines() {
    let catalogue = Catalogue::shipped().unwrap();
    for (line, family) in [
        ("ollama run qwen3:8b", "qwen"),
        ("vllm serve Qwen/Qwen3-8B --port 8000", "qwen"),
        ("claude --model=claude-opus-4-1 -p x", "claude"),
        ("llama-server -m /models/gemma.gguf", ""),
        ("podman run ghcr.io/ggml-org/llama.cpp:server", ""),
        ("python3 -m llama_cpp.server --port 1", ""),
        ("litellm --config gemma.yaml", ""),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let found = command::model(&catalogue, &words).map(|(_, family, _)| family.id.as_str());
        assert_eq!(found.unwrap_or_default(), family, "{line}");
    }
}

#[test]
fn a_quadlet_runs_an_image() {
    let text = "[Container]\nImage=docker.io/ollama/ollama:latest\nExec=serve\n";
    let commands = starter::commands(Form::Unit, text.as_bytes());
    assert_eq!(commands, [vec!["podman", "run", "docker.io/ollama/ollama:latest"], vec!["serve"]]);
}

#[test]
fn text_in_both_forms() {
    assert_eq!(text::decoded(b"\xff\xfea\0\xe4\0").as_deref(), Some("a\u{e4}"));
    assert_eq!(text::decoded(b"\xfe\xff\0a").as_deref(), Some("a"));
    assert_eq!(text::decoded(b"a").as_deref(), Some("a"));
    assert_eq!(text::decoded(b"\xff\xfea").as_deref(), None);
    assert_eq!(text::decoded(b"\xff\xfe\0\xd8").as_deref(), None);
}
