//! Plants a machine for trials: `seed_home FOLDER [linux|macos|windows] [SEED]`. Prints what a scan must find, one line each.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use anyhow::{Context as _, bail};
use sweep::catalogue::Catalogue;
use sweeper::seed::{Layout, plant};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().context("name an empty folder")?;
    let layout = match arguments.next().as_deref() {
        None | Some("linux") => Layout::Linux,
        Some("macos") => Layout::MacOs,
        Some("windows") => Layout::Windows,
        Some(other) => bail!("`{other}` is no layout: linux, macos or windows"),
    };
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let catalogue = Catalogue::shipped().map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
    let seeded = plant(root.as_ref(), &catalogue, layout, seed)?;
    for planted in &seeded.planted {
        println!("planted {} {} {}", planted.kind.as_str(), planted.subject, planted.path);
    }
    for decoy in &seeded.decoys {
        println!("decoy {decoy}");
    }
    Ok(())
}
