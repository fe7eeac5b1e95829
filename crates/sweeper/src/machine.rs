//! A scan of one machine: its accounts, the walk, and what its findings mean together.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;
use sweep::{
    MachinePath,
    catalogue::{Catalogue, Class},
    matcher::Matcher,
    scan::{Confidence, Evidence, Item, Kind, Machine, Scan, Scope, Shape},
};

use crate::{
    container,
    error::SweepError,
    handle::Dir,
    homes::Accounts,
    keychain,
    look::Looker,
    process,
    state::state,
    walk::{Bounds, Found, Gathered, Link, Starter, Walk},
};

/// Where and how far to look.
#[derive(Debug, Clone)]
pub struct Settings {
    pub root: PathBuf,
    pub machine: String,
    /// One home, when only one person's files may be read.
    pub home: Option<MachinePath>,
    pub threads: usize,
    pub cross_file_systems: bool,
    /// Ask every file for its size and open every small one, however many there are.
    pub thorough: bool,
    /// Most findings that are held.
    pub items: usize,
    /// Most names that are looked at.
    pub entries: u64,
}

impl Settings {
    pub fn new(root: impl Into<PathBuf>, machine: &str) -> Self {
        let (root, machine) = (root.into(), machine.to_owned());
        Self {
            root,
            machine,
            home: None,
            threads: 2,
            cross_file_systems: false,
            thorough: false,
            items: 200_000,
            entries: 50_000_000,
        }
    }
}

/// Looks at a machine. `now` is asked twice: when it starts and when it is done.
pub fn scan(settings: &Settings, catalogue: &Catalogue, now: &dyn Fn() -> Timestamp) -> Result<Scan, SweepError> {
    look(settings, catalogue, now, true)
}

/// `whole`: also what runs, keychains, and layers of containers, which are machines of their own.
fn look(
    settings: &Settings,
    catalogue: &Catalogue,
    now: &dyn Fn() -> Timestamp,
    whole: bool,
) -> Result<Scan, SweepError> {
    let started = now();
    let shown_root = settings.root.display().to_string();
    let root = Dir::open(&settings.root)
        .map_err(|errno| SweepError::Root { path: shown_root.clone(), source: errno.into() })?;
    let device = root.stat().map_err(SweepError::io("look at", &shown_root))?.st_dev;
    let accounts = Accounts::read(&root, settings.home.as_ref());
    let homes: Vec<MachinePath> = accounts.homes.iter().map(|home| home.path.clone()).collect();
    let matcher = Matcher::new(catalogue, &homes);
    let root = Arc::new(root);
    let looker = Looker { catalogue, tools: catalogue.tools().collect(), accounts: &accounts, root: &root };
    let bounds = Bounds {
        threads: settings.threads,
        cross_file_systems: settings.cross_file_systems,
        thorough: settings.thorough,
        items: settings.items,
        entries: settings.entries,
    };
    let walk = Walk::new(&matcher, looker, bounds, device);
    let mut all = Gathered::default();
    let mut sizes: HashMap<u32, (u64, u64)> = HashMap::new();
    for one in walk.run(&root) {
        all.found.extend(one.found);
        all.links.extend(one.links);
        all.starters.extend(one.starters);
        all.unreadable.extend(one.unreadable);
        all.skipped.extend(one.skipped);
        all.manifests.extend(one.manifests);
        (all.folders, all.files, all.opened, all.cut) =
            (all.folders + one.folders, all.files + one.files, all.opened + one.opened, all.cut | one.cut);
        all.passed_over += one.passed_over;
        for (measure, bytes, files) in one.sizes {
            let size = sizes.entry(measure).or_default();
            *size = (size.0 + bytes, size.1 + files);
        }
    }
    let mut items = together(all.found, all.links, all.starters, &all.manifests, &sizes, &accounts, &root);
    if whole {
        let stores = container::stores(&root, &accounts.homes);
        let (layers, closed) = container::layers(&root, &settings.root, &stores);
        all.skipped.extend(closed);
        let mut in_layers = Vec::new();
        for layer in layers {
            let settings = Settings { root: layer.folder, home: None, ..settings.clone() };
            match look(&settings, catalogue, now, false) {
                Ok(scan) => in_layers.extend(scan.items.into_iter().map(|item| (layer.path.clone(), item))),
                Err(error) => {
                    let why = format!("a layer of a container: {error}");
                    all.skipped.push(sweep::scan::Unreadable { path: layer.path, why });
                }
            }
        }
        container::add(&mut items, &stores, in_layers);
        let (entries, closed) = keychain::look(&root, &accounts, catalogue);
        items.extend(entries);
        all.skipped.extend(closed);
        process::add(&mut items, &root, catalogue, &matcher, &accounts);
        items.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
    }
    all.unreadable.sort();
    all.unreadable.dedup();
    all.skipped.sort();
    Ok(Scan {
        version: 1,
        machine: Machine { name: settings.machine.clone(), system: accounts.system.to_owned() },
        scope: Scope {
            root: shown_root,
            homes: accounts.homes.clone(),
            folders: all.folders,
            files: all.files,
            opened: all.opened,
            passed_over: all.passed_over,
            skipped: all.skipped,
            catalogue: catalogue.version().to_owned(),
            started,
            finished: now(),
            complete: !all.cut,
        },
        unreadable: all.unreadable,
        items,
    })
}

/// What findings mean beside each other.
fn together(
    mut found: Vec<Found>,
    links: Vec<Link>,
    starters: Vec<Starter>,
    manifests: &[(MachinePath, sweep::model::store::Manifest)],
    sizes: &HashMap<u32, (u64, u64)>,
    accounts: &Accounts,
    root: &Dir,
) -> Vec<Item> {
    for one in &mut found {
        if let Some((bytes, files)) = one.measure.map(|measure| sizes.get(&measure).copied().unwrap_or_default()) {
            (one.item.bytes, one.item.files) = (Some(bytes), Some(files));
        }
    }
    let mut found = without_weak(without_plain_parts(found));
    let into = links_into(&found, links, accounts);
    found.extend(into);
    let started = starters_of(&found, starters, accounts);
    found.extend(started);
    let mut items: BTreeMap<(MachinePath, Kind, bool), Item> = BTreeMap::new();
    for one in found {
        // A credential by place and one by its keys are two things.
        match items.entry((one.path.clone(), one.kind, one.keys.is_empty())) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(one);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => merge(place.get_mut(), one),
        }
    }
    let mut items: Vec<Item> = items.into_values().collect();
    blobs(&mut items, manifests, accounts, root);
    in_hubs(&mut items);
    items.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
    items
}

/// Two rules that saw the same thing: the surer one names it, both are evidence.
fn merge(item: &mut Item, mut other: Item) {
    if (other.confidence, other.model.is_some()) > (item.confidence, item.model.is_some()) {
        std::mem::swap(item, &mut other);
    }
    for evidence in other.evidence {
        if !item.evidence.contains(&evidence) {
            item.evidence.push(evidence);
        }
    }
    for key in other.keys {
        if !item.keys.contains(&key) {
            item.keys.push(key);
        }
    }
    item.version = item.version.take().or(other.version);
    item.bytes = item.bytes.max(other.bytes);
    item.model = item.model.take().or(other.model);
    item.repository |= other.repository;
}

/// Parts of a folder matter only when one of them is of another class or tool than the folder.
fn without_plain_parts(found: Vec<Found>) -> Vec<Found> {
    let mut mixed: BTreeSet<MachinePath> = BTreeSet::new();
    let owner: HashMap<&MachinePath, (&str, Class)> = found
        .iter()
        .filter(|one| is_place(&one.item))
        .map(|one| (&one.item.path, (one.item.subject.as_str(), one.item.class)))
        .collect();
    for one in found.iter().filter(|one| is_place(&one.item)) {
        for folder in one.item.path.above() {
            if owner
                .get(&folder)
                .is_some_and(|(subject, class)| *subject != one.item.subject || *class != one.item.class)
            {
                mixed.insert(folder);
            }
        }
    }
    let told = |one: &Found| {
        !one.inherited
            || one.item.path.above().any(|folder| {
                mixed.contains(&folder)
                    && owner.contains_key(&folder)
                    && one.item.path.parent().as_ref() == Some(&folder)
            })
    };
    let keep: Vec<bool> = found.iter().map(told).collect();
    found.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(one, _)| one).collect()
}

fn is_place(item: &Item) -> bool {
    !matches!(item.kind, Kind::Model | Kind::ModelUse | Kind::UnknownClient) && item.keys.is_empty()
}

/// An ordinary word counts only beside something surer of the same tool.
fn without_weak(found: Vec<Found>) -> Vec<Item> {
    let sure: BTreeSet<String> = found
        .iter()
        .filter(|one| {
            !one.weak
                && one.item.confidence > Confidence::Low
                && is_place(&one.item)
                && one.item.class != Class::Project
        })
        .map(|one| one.item.subject.clone())
        .collect();
    found.into_iter().filter(|one| !one.weak || sure.contains(&one.item.subject)).map(|one| one.item).collect()
}

/// Links that lead into what was found.
fn links_into(items: &[Item], links: Vec<Link>, accounts: &Accounts) -> Vec<Item> {
    let programs: HashMap<&MachinePath, &Item> = items
        .iter()
        .filter(|item| matches!(item.kind, Kind::Client | Kind::Service) && item.confidence > Confidence::Low)
        .map(|item| (&item.path, item))
        .collect();
    let mut resolved: HashMap<MachinePath, MachinePath> = HashMap::new();
    for link in &links {
        if let Some(target) = link.path.resolve(&link.target) {
            resolved.insert(link.path.clone(), target);
        }
    }
    let leads = |path: &MachinePath| {
        programs.get(path).copied().or_else(|| path.above().find_map(|folder| programs.get(&folder).copied()))
    };
    let mut into = Vec::new();
    for link in links {
        let mut at = link.path.clone();
        // A link to a link, as Homebrew makes them.
        let mut hit = None;
        for _ in 0..8 {
            let Some(target) = resolved.get(&at) else { break };
            hit = leads(target);
            if hit.is_some() {
                break;
            }
            at = target.clone();
        }
        let Some(item) = hit else { continue };
        if link.path.is_within(&item.path) {
            continue;
        }
        into.push(Item {
            class: if item.kind == Kind::Service { Class::Service } else { Class::Program },
            path: link.path,
            confidence: Confidence::High,
            evidence: vec![Evidence::new("link", format!("leads into {}", item.path))],
            bytes: Some(0),
            files: None,
            digest: None,
            owner: accounts.name(link.stat.st_uid),
            version: item.version.clone(),
            model: None,
            keys: vec![],
            repository: false,
            state: state(&link.stat),
            needed_by: vec![],
            subject: item.subject.clone(),
            kind: item.kind,
        });
    }
    into
}

/// Units, desktop files and launch agents that start what was found.
fn starters_of(items: &[Item], starters: Vec<Starter>, accounts: &Accounts) -> Vec<Item> {
    let programs: HashMap<&MachinePath, &Item> = items
        .iter()
        .filter(|item| {
            matches!(item.kind, Kind::Client | Kind::Config | Kind::Extension) && item.confidence > Confidence::Low
        })
        .map(|item| (&item.path, item))
        .collect();
    let found = |target: &MachinePath| {
        let exact = programs.get(target).copied();
        exact.or_else(|| target.above().find_map(|folder| programs.get(&folder).copied()))
    };
    let item = |starter: Starter| {
        let program =
            starter.targets.iter().find_map(found).filter(|program| !starter.path.is_within(&program.path))?;
        let state = state(&starter.stat);
        Some(Item {
            subject: program.subject.clone(),
            kind: Kind::of(starter.class),
            class: starter.class,
            confidence: Confidence::High,
            evidence: vec![Evidence::new("starts", format!("starts {}", program.path))],
            path: starter.path,
            bytes: state.as_ref().map(|state| state.size),
            files: None,
            digest: None,
            owner: accounts.name(starter.stat.st_uid),
            version: None,
            model: None,
            keys: vec![],
            repository: false,
            state,
            needed_by: vec![],
        })
    };
    starters.into_iter().filter_map(item).collect()
}

/// Weights in a repository of a hub are what the repository is, when their headers do not say.
fn in_hubs(items: &mut [Item]) {
    let is_hub = |item: &&Item| item.evidence.iter().any(|evidence| evidence.rule == "huggingface-hub");
    let hubs: HashMap<MachinePath, String> =
        items.iter().filter(is_hub).map(|item| (item.path.clone(), item.subject.clone())).collect();
    for item in items.iter_mut().filter(|item| item.kind == Kind::Model && item.subject == "unknown-model") {
        if let Some(subject) = item.path.above().find_map(|folder| hubs.get(&folder)) {
            item.subject.clone_from(subject);
        }
    }
}

/// Blobs of Ollama go with their manifests, and stay while another manifest names them.
fn blobs(
    items: &mut Vec<Item>,
    manifests: &[(MachinePath, sweep::model::store::Manifest)],
    accounts: &Accounts,
    root: &Dir,
) {
    let mut needed: BTreeMap<MachinePath, (Vec<MachinePath>, String)> = BTreeMap::new();
    for (path, manifest) in manifests {
        let models = path.above().find(|folder| folder.name() == b"manifests").and_then(|folder| folder.parent());
        let Some(folder) = models.and_then(|models| models.join(b"blobs")) else { continue };
        for layer in &manifest.layers {
            let Some(blob) = folder.join(layer.digest.replace(':', "-").as_bytes()) else { continue };
            let entry = needed.entry(blob).or_insert_with(|| (vec![], layer.digest.clone()));
            entry.0.push(path.clone());
        }
    }
    let by_path: HashMap<MachinePath, String> = items
        .iter()
        .filter(|item| item.kind == Kind::Model)
        .map(|item| (item.path.clone(), item.subject.clone()))
        .collect();
    for (blob, (paths, digest)) in needed {
        let named = paths.iter().find_map(|path| by_path.get(path)).cloned();
        let mut known = items.iter_mut().filter(|item| item.path == blob && item.kind == Kind::Model);
        if let Some(item) = known.next() {
            item.needed_by = paths;
            item.digest = Some(digest);
            if let Some(subject) = named.filter(|_| item.subject == "unknown-model") {
                item.subject = subject;
            }
            continue;
        }
        // A layer that is named and not there is nothing.
        let stat = root.parent_of(&blob).and_then(|(folder, name)| folder.stat_of(&name));
        let (Some(subject), Ok(stat)) = (named, stat) else { continue };
        let Some(state) = state(&stat).filter(|state| state.shape == Shape::File) else { continue };
        items.push(Item {
            subject,
            kind: Kind::Model,
            class: Class::Model,
            confidence: Confidence::High,
            evidence: vec![Evidence::new(
                "ollama-layer",
                format!("a layer of {}", paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            )],
            path: blob,
            bytes: Some(state.size),
            files: None,
            digest: Some(digest),
            owner: accounts.name(stat.st_uid),
            version: None,
            model: None,
            keys: vec![],
            repository: false,
            state: Some(state),
            needed_by: paths,
        });
    }
}
