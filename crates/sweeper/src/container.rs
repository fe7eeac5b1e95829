//! Layers of containers and images that lie on this machine: each is looked at as a machine of its own, and never touched.

use std::path::{Path, PathBuf};

use sweep::{
    MachinePath,
    scan::{Evidence, Home, Item, Unreadable},
};

use crate::handle::Dir;

/// Where stores of containers lie: for all, and in a home.
const SYSTEM: [&str; 3] = ["/var/lib/docker/overlay2", "/var/lib/containers/storage/overlay", "/var/lib/containerd"];
const HOME: [&str; 2] = [".local/share/containers/storage/overlay", ".local/share/docker/overlay2"];

/// Most layers that are looked at.
const MAX_LAYERS: usize = 512;
/// Marks what is in a layer; a plan only tells it.
pub(crate) const RULE: &str = "container-layer";

/// A layer: its folder, as the machine and as this process sees it.
pub(crate) struct Layer {
    pub path: MachinePath,
    pub folder: PathBuf,
}

/// Stores that are there.
pub(crate) fn stores(root: &Dir, homes: &[Home]) -> Vec<MachinePath> {
    let system = SYSTEM.iter().filter_map(|path| path.parse::<MachinePath>().ok());
    let of_homes = homes.iter().flat_map(|home| HOME.iter().filter_map(|path| below(&home.path, path)));
    system.chain(of_homes).filter(|path| root.descend(path).is_ok()).collect()
}

fn below(home: &MachinePath, path: &str) -> Option<MachinePath> {
    path.split('/').try_fold(home.clone(), |at, step| at.join(step.as_bytes()))
}

/// Layers of the stores, and what could not be listed.
pub(crate) fn layers(root: &Dir, given: &Path, stores: &[MachinePath]) -> (Vec<Layer>, Vec<Unreadable>) {
    let (mut layers, mut closed) = (Vec::new(), Vec::new());
    for store in stores {
        let names = root.descend(store).and_then(|folder| folder.names());
        let names = match names {
            Ok(names) => names,
            Err(errno) => {
                let why = format!("a store of containers: {}", crate::walk::reason(errno));
                closed.push(Unreadable { path: store.clone(), why });
                continue;
            }
        };
        for name in names {
            let path = store.join(name.as_bytes()).and_then(|path| path.join(b"diff"));
            let Some(path) = path.filter(|path| root.descend(path).is_ok()) else { continue };
            if layers.len() >= MAX_LAYERS {
                let why = "a store of containers: further layers were not looked at".to_owned();
                closed.push(Unreadable { path: store.clone(), why });
                break;
            }
            let relative = String::from_utf8_lossy(path.as_bytes()).into_owned();
            layers.push(Layer { folder: given.join(relative.trim_start_matches('/')), path });
        }
    }
    (layers, closed)
}

/// Says of items in stores of containers that they are, and adds those that a layer shows when it is taken for a machine.
pub(crate) fn add(items: &mut Vec<Item>, stores: &[MachinePath], found: Vec<(MachinePath, Item)>) {
    for (layer, mut item) in found {
        let Some(path) = item.path.steps().try_fold(layer, |at, step| at.join(step)) else { continue };
        if !items.iter().any(|known| known.path == path && known.kind == item.kind) {
            item.path = path;
            items.push(item);
        }
    }
    for item in items.iter_mut() {
        if let Some(store) = stores.iter().find(|store| item.path.is_within(store)) {
            item.evidence.push(Evidence::new(RULE, format!("lies in the store of containers {store}")));
        }
    }
}
