//! What starts tools without being one: quadlets, scheduled tasks, shells, recipes, containers for development.

use std::io;

use sweep::{catalogue::Tool, scan::Kind};

use super::{Garden, Layout};

pub(super) fn plant(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    match garden.layout {
        Layout::Linux => quadlets(garden, tool)?,
        Layout::Windows => tasks(garden, tool)?,
        Layout::MacOs => {}
    }
    shell(garden, tool)?;
    recipes(garden, tool)
}

fn quadlets(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    let home = garden.home()?;
    let folders = ["/etc/containers/systemd".to_owned(), format!("{home}/.config/containers/systemd")];
    for (at, image) in tool.packages.image.iter().enumerate() {
        let path = format!("{}/unit-{}-{at}.container", garden.chance.pick(&folders)?, tool.id);
        garden.write(&path, format!("[Container]\nImage={image}:latest\n").as_bytes())?;
        garden.expect(&tool.id, Kind::Service, &path)?;
    }
    Ok(())
}

fn tasks(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    for command in &tool.commands {
        let path = format!("/Windows/System32/Tasks/Own/Nightly {command}");
        let xml = format!("<Task><Actions><Exec><Command>D:\\t\\{command}.exe</Command></Exec></Actions></Task>");
        let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(xml.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        garden.write(&path, &bytes)?;
        garden.expect(&tool.id, Kind::Service, &path)?;
    }
    Ok(())
}

/// A file for each line, so that each is found for itself.
fn shell(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    let home = garden.home()?;
    let names = tool.environment.names.iter().map(|name| format!("export {name}=/srv/x\n"));
    let aliases = tool.commands.iter().map(|command| format!("alias x='{command} --quiet'\n"));
    for (at, line) in names.chain(aliases).enumerate() {
        let path = format!("{home}/.config/shell/{}-{at}.zsh", tool.id);
        garden.write(&path, line.as_bytes())?;
        garden.expect(&tool.id, Kind::ModelUse, &path)?;
    }
    Ok(())
}

fn recipes(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    let work = format!("{}/work/images/{}", garden.home()?, tool.id);
    let images = tool.packages.image.iter().map(|image| format!("FROM {image}:1\n"));
    let packages = tool.packages.npm.iter().map(|name| format!("FROM node:22\nRUN npm install -g {name}\n"));
    for (at, text) in images.chain(packages).enumerate() {
        let path = format!("{work}/{at}/Dockerfile");
        garden.write(&path, text.as_bytes())?;
        garden.expect(&tool.id, Kind::ModelUse, &path)?;
    }
    for (at, feature) in tool.packages.feature.iter().enumerate() {
        let path = format!("{work}/f{at}/.devcontainer/devcontainer.json");
        garden.write(&path, format!("{{\"features\":{{\"{feature}:1\":{{}}}}}}\n").as_bytes())?;
        garden.expect(&tool.id, Kind::ModelUse, &path)?;
    }
    Ok(())
}
