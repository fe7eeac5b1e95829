//! Weights, under their own names and others, and the stores that know them.

use std::io;

use sweep::scan::Kind;

use super::{Garden, Layout, files};

pub(super) fn plant(garden: &mut Garden) -> io::Result<()> {
    loose(garden)?;
    ollama(garden)?;
    hub(garden)?;
    let home = garden.home()?;
    let app = |linux: &str, mac: &str, windows: &str| match garden.layout {
        Layout::Linux => format!("{home}/{linux}"),
        Layout::MacOs => format!("{home}/{mac}"),
        Layout::Windows => format!("{home}/{windows}"),
    };
    let jan = app(
        ".local/share/Jan/data/llamacpp/models/qwen/model.gguf",
        "Library/Application Support/Jan/data/llamacpp/models/qwen/model.gguf",
        "AppData/Roaming/Jan/data/llamacpp/models/qwen/model.gguf",
    );
    let gpt4all = app(
        ".local/share/nomic.ai/GPT4All/phi.gguf",
        "Library/Application Support/nomic.ai/GPT4All/phi.gguf",
        "AppData/Local/nomic.ai/GPT4All/phi.gguf",
    );
    for (path, architecture, name, family) in [
        (format!("{home}/.lmstudio/models/deepseek-ai/r1/r1.gguf"), "deepseek2", "DeepSeek R1", "deepseek"),
        (jan, "qwen3", "Qwen3 8B", "qwen"),
        (gpt4all, "phi3", "Phi-4 mini", "phi"),
    ] {
        garden.write(&path, &files::gguf(architecture, name, 15, 4))?;
        garden.expect(family, Kind::Model, &path)?;
    }
    Ok(())
}

/// Anywhere, called anything.
fn loose(garden: &mut Garden) -> io::Result<()> {
    let home = garden.home()?;
    let names = ["holiday.jpg", "notes.txt", "backup", "archive.bin", "thesis.pdf", "x.dat", "Musik.mp3"];
    let folders = ["Documents", "Pictures/2024", "Downloads", ".hidden", "a b c"];
    let llama = files::gguf("llama", "Meta-Llama-3.1 8B", 2, 3);
    let kinds: [(Vec<u8>, &str); 6] = [
        (files::gguf("qwen2", "Qwen2.5 7B Instruct", 15, 5), "qwen"),
        (files::safetensors(r#"{"name":"DeepSeek-V3"}"#), "deepseek"),
        (files::onnx("phi-3-mini"), "phi"),
        (files::pytorch("mistral-7b"), "mistral"),
        (files::llamafile(&llama), "llama"),
        (files::gguf("llama", "Mistral 7B v0.3", 7, 2), "mistral"),
    ];
    for (bytes, family) in kinds {
        let path = format!(
            "{home}/{}/{}-{}",
            garden.chance.pick(&folders)?,
            garden.chance.next() % 10_000,
            garden.chance.pick(&names)?
        );
        garden.write(&path, &bytes)?;
        garden.expect(family, Kind::Model, &path)?;
    }
    Ok(())
}

fn ollama(garden: &mut Garden) -> io::Result<()> {
    let models = format!("{}/.ollama/models", garden.home()?);
    let layer = |fill: char| std::iter::repeat_n(fill, 64).collect::<String>();
    let (shared, template, config) = (layer('a'), layer('b'), layer('c'));
    garden.write(&format!("{models}/blobs/sha256-{shared}"), &files::gguf("qwen3", "Qwen3 4B", 15, 6))?;
    garden.write(&format!("{models}/blobs/sha256-{template}"), b"{{ .Prompt }}")?;
    garden.write(&format!("{models}/blobs/sha256-{config}"), b"{}")?;
    for tag in ["qwen3/4b", "qwen3/latest"] {
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:{config}","size":2}},"layers":[{{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{shared}","size":900}},{{"mediaType":"application/vnd.ollama.image.template","digest":"sha256:{template}","size":13}}]}}"#
        );
        let path = format!("{models}/manifests/registry.ollama.ai/library/{tag}");
        garden.write(&path, manifest.as_bytes())?;
        garden.expect("qwen", Kind::Model, &path)?;
    }
    for blob in [shared, template, config] {
        garden.expect("qwen", Kind::Model, &format!("{models}/blobs/sha256-{blob}"))?;
    }
    Ok(())
}

fn hub(garden: &mut Garden) -> io::Result<()> {
    let home = garden.home()?;
    for (name, family) in [
        ("models--Qwen--Qwen3-0.6B", "qwen"),
        ("models--deepseek-ai--DeepSeek-R1", "deepseek"),
        ("models--mistralai--Mistral-7B-v0.3", "mistral"),
    ] {
        let folder = format!("{home}/.cache/huggingface/hub/{name}");
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let blob = "d".repeat(64);
        garden.write(&format!("{folder}/refs/main"), commit.as_bytes())?;
        garden.write(&format!("{folder}/blobs/{blob}"), &files::safetensors("{}"))?;
        garden.link(&format!("{folder}/snapshots/{commit}/model.safetensors"), &format!("../../blobs/{blob}"))?;
        garden.expect(family, Kind::Model, &folder)?;
    }
    Ok(())
}
