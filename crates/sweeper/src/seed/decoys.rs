//! Names that look like a tool and are none.

use std::io;

use super::{Garden, files};

pub(super) fn plant(garden: &mut Garden) -> io::Result<()> {
    for home in garden.homes.clone() {
        let text = b"an ordinary text\n";
        for path in [
            "Pictures/jan/1.txt",
            "projects/cursor/main.txt",
            "projects/zed/alphabet.txt",
            "Documents/claude.txt",
            "Documents/Jan.txt",
            ".claude-notes/day.txt",
            ".cursorrc",
            ".config/zeditor/x.txt",
            ".config/claude-monet/x.txt",
            "goose/wing.txt",
            "amp/guitar.txt",
            "forge-world/q.txt",
            "Music/Continue.txt",
            ".local/share/goosebumps/a.txt",
            "opencode-notes/x.txt",
            "src/aider/readme.txt",
            "bin/kimi.txt",
            "Documents/models/list.txt",
            ".vscode/extensions/someone.claude-code-theme-1.0.0/readme.txt",
            ".vscode/extensions/continue.continued-1.0.0/readme.txt",
            ".config/google-chrome/Default/Extensions/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1.0/readme.txt",
            ".ollamarc",
            "llama.cpp.txt",
            "Documents/LM Studio.txt",
            ".gemini-observatory/log.txt",
            "Library/Calendars/Jan/x.txt",
            "AppData/Roaming/Cursors/x.txt",
            ".foundry/bin/cast.txt",
            "Downloads/koboldcpp-notes",
            "Downloads/old/ComfyUI_windows_portable/readme.txt",
            "src/volumes/open-webui/readme.txt",
            "src/NativeMessagingHosts/com.example.claude.json",
            ".foundry/keystores/wallet.txt",
        ] {
            garden.decoy(&format!("{home}/{path}"), text)?;
        }
        for name in ["cursor", "claude", "jan", "aider", "opencode", "@anthropic-ai/sdk", "codex", "amp", "openai"] {
            let path = format!("{home}/work/site/node_modules/{name}/package.json");
            garden.decoy(&path, format!(r#"{{"name":"{name}","version":"0.1.0"}}"#).as_bytes())?;
        }
        // A folder with a package's name that says it is another one.
        garden.decoy(
            &format!("{home}/work/copy/node_modules/cline/package.json"),
            br#"{"name":"incline","version":"1.0.0"}"#,
        )?;
        for name in ["aider", "vllm_notes", "claude", "goose"] {
            let path = format!("{home}/work/api/.venv/lib/python3.12/site-packages/{name}-1.0.dist-info/METADATA");
            garden.decoy(&path, format!("Name: {}\nVersion: 1.0\n\n", name.replace('_', "-")).as_bytes())?;
        }
        prose(garden, &home)?;
        garden.decoy(&format!("{home}/Documents/about-gguf"), b"GGUF is a format of files.\n")?;
        garden.decoy(&format!("{home}/Documents/photos.zip"), &files::zip(&[("a.txt", b"x"), ("data.txt", b"y")]))?;
        garden.decoy(
            &format!("{home}/Documents/eight"),
            b"\x20\0\0\0\0\0\0\0{ \"not\": \"tensors\" , \"at\": 1 }        ",
        )?;
        garden.decoy(&format!("{home}/Documents/proto.bin"), &[0x08, 0x03, 0x12, 0x04, b'a', b'b', b'c', b'd'])?;
    }
    let plist =
        b"<plist><dict><key>CFBundleIdentifier</key><string>org.example.claude-the-game</string></dict></plist>";
    garden.decoy("/Applications/Claude.app/Contents/Info.plist", plist)?;
    garden.decoy("/Applications/Jan.app/Contents/Info.plist", plist)?;
    garden.decoy("/opt/zed/bin/zed", b"\x7fELF")?;
    garden.decoy("/usr/local/bin/goose", b"#!/bin/sh\n# migrates a database\n")?;
    garden.decoy("/usr/local/bin/q", b"#!/bin/sh\n# looks into text as tables\n")?;
    garden.decoy("/usr/lib/some-sdk/create.yaml", b"- arg_name: gemini-prompt-log\n  model: gemini-2.5-pro\n")?;
    garden.decoy("/usr/share/doc/cursor/readme", b"pointers\n")
}

/// Mention is not use.
fn prose(garden: &mut Garden, home: &str) -> io::Result<()> {
    for (path, text) in [
        ("notes/models.md", "We tried claude-3-opus and gpt-4o in spring.\n"),
        (
            "notes/settings.json",
            "{\"description\":\"compares claude-3-opus with gpt-4o\",\"homepage\":\"https://api.openai.com\",\"name\":\"claude\"}\n",
        ),
        ("notes/config.yaml", "# model: claude-3-opus\ntitle: the gpt-4o of dishwashers\ncity: Llama Valley\n"),
        ("notes/app.toml", "name = \"gemini-observatory\"\nsign = \"gemini\"\n"),
        ("notes/.env", "# ANTHROPIC_MODEL=claude-3\nCITY=Opus\nCURSOR=block\n"),
    ] {
        garden.decoy(&format!("{home}/{path}"), text.as_bytes())?;
    }
    Ok(())
}
