//! Packages as their managers lay them out.

use std::io;

use sweep::{catalogue::Tool, scan::Kind};

use super::{Garden, Layout, files};

const EDITORS: &[&str] =
    &[".vscode", ".vscode-insiders", ".vscode-oss", ".cursor", ".windsurf", ".vscode-server", ".antigravity", ".trae"];

pub(super) fn plant(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    for name in &tool.packages.npm {
        npm(garden, tool, name)?;
    }
    for name in &tool.packages.pip {
        python(garden, tool, name)?;
    }
    for id in &tool.extensions.vscode {
        let (home, editor) = (garden.home()?, garden.chance.pick(EDITORS)?);
        let (publisher, name) = id.split_once('.').unwrap_or_default();
        let folder =
            format!("{home}/{editor}/extensions/{id}-1.4.2{}", garden.chance.pick(&["", "-linux-x64", "-universal"])?);
        garden.write(
            &format!("{folder}/package.json"),
            format!(r#"{{"publisher":"{publisher}","name":"{name}","version":"1.4.2"}}"#).as_bytes(),
        )?;
        garden.write(&format!("{folder}/out/extension.js"), b"exports.activate = () => {};\n")?;
        garden.expect(&tool.id, Kind::Extension, &folder)?;
    }
    for id in &tool.extensions.jetbrains {
        let home = garden.home()?;
        let base = match garden.layout {
            Layout::Linux => ".local/share/JetBrains/IntelliJIdea2025.1",
            Layout::MacOs => "Library/Application Support/JetBrains/PyCharm2025.1/plugins",
            Layout::Windows => "AppData/Roaming/JetBrains/WebStorm2025.1/plugins",
        };
        let folder = format!("{home}/{base}/plugin-{}", tool.id);
        let folder = if garden.real(&folder).exists() { format!("{folder}-{}", id.len()) } else { folder };
        let xml = format!("<idea-plugin><id>{id}</id><name>x</name><version>251.1</version></idea-plugin>");
        garden.write(&format!("{folder}/lib/plugin.jar"), &files::zip(&[("META-INF/plugin.xml", xml.as_bytes())]))?;
        garden.expect(&tool.id, Kind::Extension, &folder)?;
    }
    for id in &tool.extensions.chrome {
        let home = garden.home()?;
        let profile = match garden.layout {
            Layout::Linux => ".config/google-chrome/Default",
            Layout::MacOs => "Library/Application Support/Google/Chrome/Profile 1",
            Layout::Windows => "AppData/Local/Google/Chrome/User Data/Default",
        };
        let folder = format!("{home}/{profile}/Extensions/{id}");
        garden.write(
            &format!("{folder}/1.0.0_0/manifest.json"),
            br#"{"manifest_version":3,"name":"__MSG_name__","version":"1.0.0"}"#,
        )?;
        garden.expect(&tool.id, Kind::Extension, &folder)?;
    }
    others(garden, tool)
}

fn npm(garden: &mut Garden, tool: &Tool, name: &str) -> io::Result<()> {
    let home = garden.home()?;
    let prefixes: Vec<String> = match garden.layout {
        Layout::Linux => vec![
            "/usr/local/lib/node_modules".to_owned(),
            "/usr/lib/node_modules".to_owned(),
            format!("{home}/.nvm/versions/node/v22.11.0/lib/node_modules"),
            format!("{home}/.volta/tools/image/packages/{name}/lib/node_modules"),
            format!("{home}/.asdf/installs/nodejs/20.18.0/lib/node_modules"),
            format!("{home}/.local/share/mise/installs/node/22.1.0/lib/node_modules"),
            format!("{home}/.bun/install/global/node_modules"),
            format!("{home}/.local/share/pnpm/global/5/.pnpm/{}@1.2.3/node_modules", name.replace('/', "+")),
            format!("{home}/.npm/_npx/1a2b3c4d/node_modules"),
            format!("{home}/work/site/node_modules"),
        ],
        Layout::MacOs => vec![
            "/opt/homebrew/lib/node_modules".to_owned(),
            "/usr/local/lib/node_modules".to_owned(),
            format!("{home}/.nvm/versions/node/v22.11.0/lib/node_modules"),
            format!("{home}/Library/pnpm/global/5/node_modules"),
        ],
        Layout::Windows => vec![
            format!("{home}/AppData/Roaming/npm/node_modules"),
            format!("{home}/AppData/Local/Volta/tools/image/packages/{name}/node_modules"),
        ],
    };
    let prefix = garden.chance.pick(&prefixes)?;
    let folder = format!("{prefix}/{name}");
    let command = name.rsplit('/').next().unwrap_or(name);
    garden.write(
        &format!("{folder}/package.json"),
        format!(r#"{{"name":"{name}","version":"1.2.3","bin":{{"{command}":"cli.js"}}}}"#).as_bytes(),
    )?;
    garden.write(&format!("{folder}/cli.js"), b"#!/usr/bin/env node\n")?;
    garden.expect(&tool.id, Kind::Client, &folder)?;
    if let Some(base) = prefix.strip_suffix("/lib/node_modules") {
        let link = format!("{base}/bin/{command}");
        if garden.real(&link).symlink_metadata().is_err() {
            garden.link(&link, &format!("../lib/node_modules/{name}/cli.js"))?;
            garden.expect(&tool.id, Kind::Client, &link)?;
        }
    }
    Ok(())
}

fn python(garden: &mut Garden, tool: &Tool, name: &str) -> io::Result<()> {
    let home = garden.home()?;
    let environments: Vec<String> = match garden.layout {
        Layout::Windows => vec![format!("{home}/AppData/Local/Programs/Python/Python312/Lib")],
        _ => vec![
            "/usr/local/lib/python3.12".to_owned(),
            format!("{home}/.local/lib/python3.11"),
            format!("{home}/.local/pipx/venvs/{name}/lib/python3.12"),
            format!("{home}/.local/share/uv/tools/{name}/lib/python3.12"),
            format!("{home}/work/api/.venv/lib/python3.12"),
        ],
    };
    let lib = garden.chance.pick(&environments)?;
    let site = format!("{lib}/site-packages");
    let module = name.replace('-', "_");
    let info = format!("{site}/{module}-0.9.1.dist-info");
    let bin = if garden.layout == Layout::Windows { "../../Scripts" } else { "../../../bin" };
    garden.write(
        &format!("{info}/METADATA"),
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: 0.9.1\n\nText\n").as_bytes(),
    )?;
    garden.write(&format!("{info}/RECORD"), format!("{bin}/{name},,\n{module}/__init__.py,,\n{module}/main.py,,\n{module}-0.9.1.dist-info/METADATA,,\n{module}-0.9.1.dist-info/RECORD,,\n").as_bytes())?;
    garden.write(&format!("{site}/{module}/__init__.py"), b"")?;
    garden.write(&format!("{site}/{module}/main.py"), b"print()\n")?;
    let script = files::resolved(&format!("{site}/{bin}/{name}"));
    garden.write(&script, b"#!/bin/sh\n")?;
    garden.expect(&tool.id, Kind::Client, &info)?;
    garden.expect(&tool.id, Kind::Client, &format!("{site}/{module}"))?;
    garden.expect(&tool.id, Kind::Client, &script)?;
    if let Some((venv, _)) = lib.split_once(&format!("/{name}/")) {
        garden.expect(&tool.id, Kind::Client, &format!("{venv}/{name}"))?;
    }
    Ok(())
}

/// Programs of one file, volumes of containers, and what browsers may start.
fn loose(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    let home = garden.home()?;
    for name in &tool.packages.portable {
        let (ending, head): (_, &[u8]) =
            if garden.layout == Layout::Windows { (".exe", b"MZ\0\0") } else { ("", b"\x7fELF") };
        let path = format!("{home}/Downloads/{}{ending}", name.replace('*', "v1"));
        garden.write(&path, head)?;
        garden.expect(&tool.id, Kind::Client, &path)?;
    }
    let linux = garden.layout == Layout::Linux;
    for name in tool.packages.volume.iter().filter(|_| linux) {
        let stores = ["/var/lib/docker".to_owned(), format!("{home}/.local/share/containers/storage")];
        let volume = format!("{}/volumes/{}{name}", garden.chance.pick(&stores)?, garden.chance.pick(&["", "stack_"])?);
        garden.write(&format!("{volume}/_data/x"), b"x")?;
        garden.expect(&tool.id, Kind::Config, &volume)?;
    }
    for name in &tool.extensions.native {
        let browser = match garden.layout {
            Layout::Linux => ".config/google-chrome",
            Layout::MacOs => "Library/Application Support/Google/Chrome",
            Layout::Windows => "AppData/Local/Host",
        };
        let path = format!("{home}/{browser}/NativeMessagingHosts/{name}.json");
        garden.write(&path, b"{\"type\":\"stdio\"}\n")?;
        garden.expect(&tool.id, Kind::Config, &path)?;
    }
    Ok(())
}

fn others(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    loose(garden, tool)?;
    let home = garden.home()?;
    if garden.layout != Layout::Windows {
        let prefix = if garden.layout == Layout::Linux { "/home/linuxbrew/.linuxbrew" } else { "/opt/homebrew" };
        for name in &tool.packages.brew {
            let folder = format!("{prefix}/Cellar/{name}");
            garden.write(&format!("{folder}/1.0.1/INSTALL_RECEIPT.json"), b"{}")?;
            garden.write(&format!("{folder}/1.0.1/bin/{name}"), b"\x7fELF")?;
            garden.link(&format!("{prefix}/opt/{name}"), &format!("../Cellar/{name}/1.0.1"))?;
            garden.expect(&tool.id, Kind::Client, &folder)?;
            garden.expect(&tool.id, Kind::Client, &format!("{prefix}/opt/{name}"))?;
        }
    }
    if garden.layout == Layout::MacOs {
        for name in &tool.packages.cask {
            garden.write(&format!("/opt/homebrew/Caskroom/{name}/1.0/.metadata/x.json"), b"{}")?;
            garden.expect(&tool.id, Kind::Client, &format!("/opt/homebrew/Caskroom/{name}"))?;
        }
        for (at, id) in tool.mac.bundles.iter().enumerate() {
            let id = id.trim_end_matches('*');
            let app = format!(
                "{}/{} {at}.app",
                garden.chance.pick(&["/Applications".to_owned(), format!("{home}/Applications")])?,
                tool.name
            );
            let plist = format!(
                "<plist><dict><key>CFBundleIdentifier</key>\n<string>{id}</string><key>CFBundleShortVersionString</key><string>3.2</string></dict></plist>"
            );
            garden.write(&format!("{app}/Contents/Info.plist"), plist.as_bytes())?;
            garden.expect(&tool.id, Kind::Client, &app)?;
        }
    }
    if garden.layout == Layout::Windows {
        for name in &tool.packages.winget {
            let folder =
                format!("{home}/AppData/Local/Microsoft/WinGet/Packages/{name}_Microsoft.Winget.Source_8wekyb3d8bbwe");
            garden.write(&format!("{folder}/tool.exe"), b"MZ")?;
            garden.expect(&tool.id, Kind::Client, &folder)?;
        }
    }
    for name in &tool.packages.cargo {
        let toml = format!("{home}/.cargo/.crates.toml");
        let mut text = std::fs::read_to_string(garden.real(&toml)).unwrap_or_else(|_| "[v1]\n".to_owned());
        text.push_str(&format!(
            "\"{name} 0.3.1 (registry+https://github.com/rust-lang/crates.io-index)\" = [\"{name}\"]\n"
        ));
        garden.write(&toml, text.as_bytes())?;
        garden.write(&format!("{home}/.cargo/bin/{name}"), b"\x7fELF")?;
        garden.expect(&tool.id, Kind::Client, &format!("{home}/.cargo/bin/{name}"))?;
    }
    for repository in &tool.packages.cargo_git {
        let (folder, name) = (format!("{home}/.local/opt/cargo-{}", tool.id), format!("{}-built", tool.id));
        let text = format!("[v1]\n\"{name} 0.1.0 (git+https://{repository}.git?tag=v1#0a1b2c3d)\" = [\"{name}\"]\n");
        garden.write(&format!("{folder}/.crates.toml"), text.as_bytes())?;
        garden.write(&format!("{folder}/bin/{name}"), b"\x7fELF")?;
        garden.expect(&tool.id, Kind::Client, &format!("{folder}/bin/{name}"))?;
    }
    for name in &tool.packages.go {
        garden.write(&format!("{home}/go/bin/{name}"), b"\x7fELF")?;
        garden.expect(&tool.id, Kind::Client, &format!("{home}/go/bin/{name}"))?;
    }
    for name in tool.project.iter().filter(|name| !name.contains('*')) {
        let repository = format!("{home}/src/{}", tool.id);
        garden.folder(&format!("{repository}/.git"))?;
        let path = format!("{repository}/{name}");
        let steps = name.split('/').count();
        if !name.contains('.')
            || name.starts_with('.')
                && !name.ends_with("rules")
                && !name.trim_start_matches('.').contains('.')
                && !name.ends_with("ignore")
                && !name.ends_with("modes")
                && !name.ends_with("hints")
        {
            garden.write(&format!("{path}/rules.txt"), b"use tabs\n")?;
        } else {
            garden.write(&path, b"{}\n")?;
        }
        // In a folder that is a project's own as well, the folder is what is told.
        if steps == 1 || !tool.project.iter().any(|other| name.starts_with(&format!("{other}/"))) {
            garden.expect(&tool.id, Kind::Config, &path)?;
        }
    }
    Ok(())
}
