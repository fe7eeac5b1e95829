//! Places of the catalogue, with something in them.

use std::io;

use sweep::{
    catalogue::{Anchor, Class, Tool},
    scan::Kind,
};

use super::{Garden, Layout};

const ANYWHERE: &[&str] = &["~/", "$any/"];
const LINUX: &[&str] = &["$config/", "$data/", "$state/", "$cache/", "/"];
const MACOS: &[&str] = &["$support/", "$caches/", "$library/", "/Library/"];
const WINDOWS: &[&str] = &["$appdata/", "$localappdata/", "C:/"];

fn belongs(place: &str, layout: Layout) -> bool {
    let begins = |anchors: &[&str]| anchors.iter().any(|anchor| place.starts_with(anchor));
    let own = match layout {
        Layout::Linux => begins(LINUX) && !place.starts_with("/Library/"),
        Layout::MacOs => begins(MACOS),
        Layout::Windows => begins(WINDOWS),
    };
    own || begins(ANYWHERE)
}

pub(super) fn plant(garden: &mut Garden, tool: &Tool) -> io::Result<()> {
    let home = garden.home()?;
    let places: Vec<_> = tool.paths.iter().filter(|spot| belongs(spot.at.as_str(), garden.layout)).collect();
    let surer = places.iter().any(|spot| !spot.weak);
    for spot in &places {
        let steps = spot.at.steps().join("/").replace('*', "1.2.3");
        let path = match spot.at.anchor() {
            Anchor::Home => format!("{home}/{steps}"),
            Anchor::Any => format!("{home}/Downloads/new/{steps}"),
            Anchor::System => format!("/{steps}"),
        };
        if let Some(proof) = spot.proof.first() {
            let within = format!("{}/{proof}", spot.at);
            let folder = !proof.trim_start_matches('.').contains('.')
                && tool.paths.iter().any(|other| other.at.as_str().starts_with(&within));
            garden.write(&format!("{path}/{proof}{}", if folder { "/x" } else { "" }), b"{}\n")?;
        } else if is_folder(tool, spot.at.as_str(), spot.class) {
            garden.write(&format!("{path}/content"), format!("{} of {}\n", spot.class.as_str(), tool.id).as_bytes())?;
        } else if !garden.real(&path).exists() {
            garden.write(&path, format!("{} of {}\n", spot.class.as_str(), tool.id).as_bytes())?;
        }
        if !spot.weak || surer {
            garden.expect(&tool.id, Kind::of(spot.class), &path)?;
        }
        if spot.class == Class::Service && path.ends_with(".service") {
            let (folder, name) = path.rsplit_once('/').unwrap_or_default();
            let wants = format!("{folder}/default.target.wants/{name}");
            garden.link(&wants, &format!("../{name}"))?;
            garden.expect(&tool.id, Kind::Service, &wants)?;
        }
    }
    Ok(())
}

fn is_folder(tool: &Tool, place: &str, class: Class) -> bool {
    let below = format!("{place}/");
    let holds = tool.paths.iter().any(|other| other.at.as_str().starts_with(&below));
    let last = place.rsplit('/').next().unwrap_or_default();
    let file = last.trim_start_matches('.').contains('.') || place.contains("/bin/") || class == Class::Credential;
    holds || !file || last.ends_with(".d") || last.ends_with(".app")
}
