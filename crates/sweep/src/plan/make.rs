//! From a scan and a ban to a draft. Pure: the same arguments give the same draft.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, civil::Date};

use super::{Action, Draft, LIFE_DAYS, Left, Object, Running, Scanned, Totals};
use crate::{
    MachinePath,
    ban::{Ban, Data, Subject},
    catalogue::{Catalogue, Class},
    scan::{Confidence, Item, Key, Kind, Scan, Shape},
    setting,
};

enum Fate {
    Act(Action, String),
    Report(String),
    Leave(String),
}

/// What the ban means for the machine that was scanned.
pub fn plan(scan: &Scan, ban: &Ban, catalogue: &Catalogue, today: Date) -> Draft {
    let banned: Vec<&Item> = scan.items.iter().filter(|item| ban.is_item(catalogue, item)).collect();
    let paths: BTreeSet<&MachinePath> = banned.iter().map(|item| &item.path).collect();
    let mut fates: Vec<(&Item, Fate)> = Vec::new();
    for item in &banned {
        fates.push((item, fate(item, ban, catalogue, &scan.machine.name, today, &paths)));
    }
    let stays = stays_below(scan, &fates);
    let (mut objects, mut left) = (BTreeMap::new(), BTreeMap::new());
    for (item, fate) in fates {
        sort_in(item, fate, ban, catalogue, &stays, &paths, &mut objects, &mut left);
    }
    let objects = without_nested(objects);
    let left: Vec<Left> = left.into_values().collect();
    Draft {
        version: 1,
        ban: ban.name.clone(),
        reason: ban.reason.clone(),
        from: ban.from,
        made: today,
        expires: today.checked_add(Span::new().days(LIFE_DAYS)).unwrap_or(Date::MAX),
        machine: scan.machine.name.clone(),
        root: scan.scope.root.clone(),
        catalogue: catalogue.version().to_owned(),
        scanned: Scanned { started: scan.scope.started, finished: scan.scope.finished },
        limits: ban.limits,
        totals: totals(&objects, &left),
        notes: notes(scan, ban, catalogue),
        running: running(&banned),
        objects,
        left,
    }
}

fn fate(
    item: &Item,
    ban: &Ban,
    catalogue: &Catalogue,
    machine: &str,
    today: Date,
    banned: &BTreeSet<&MachinePath>,
) -> Fate {
    if let Some(exception) = ban.exception(catalogue, item, machine, today) {
        return Fate::Leave(format!("excepted until {}: {}", exception.expires, exception.reason));
    }
    if item.kind == Kind::UnknownClient || item.confidence == Confidence::Low {
        return Fate::Leave("the evidence is weak: somebody has to look at it".to_owned());
    }
    if item.evidence.iter().any(|evidence| evidence.rule == "container-layer") {
        return Fate::Report("lies in a container or an image: rebuild or remove that".to_owned());
    }
    if item.evidence.iter().any(|evidence| evidence.rule == "container-volume") {
        return Fate::Report("is a volume of containers: remove it with what runs them".to_owned());
    }
    if item.kind == Kind::ModelUse {
        return model_use(item, ban, catalogue);
    }
    if item.class == Class::Project || item.repository && item.kind != Kind::Client && item.kind != Kind::Model {
        return Fate::Report("belongs to a repository: its owners decide".to_owned());
    }
    if item.kind == Kind::Credential && item.keys.iter().any(|key| key.names == "secret") {
        return Fate::Report("holds secrets by these names among other settings: revoke them at the vendor".to_owned());
    }
    if item.class == Class::Data && ban.data == Data::Keep {
        return Fate::Leave("people's work is kept (`data = \"keep\"`)".to_owned());
    }
    if let Some(other) = item.needed_by.iter().find(|path| !banned.contains(path)) {
        return Fate::Leave(format!("`{other}` still needs it"));
    }
    let evidence = item.evidence.first().map(|evidence| evidence.text.as_str()).unwrap_or("found");
    let why = format!("{} of {}: {evidence}", item.class.as_str(), item.subject);
    Fate::Act(if item.class == Class::Service { Action::Stop } else { Action::Move }, why)
}

fn model_use(item: &Item, ban: &Ban, catalogue: &Catalogue) -> Fate {
    if item.repository {
        return Fate::Report("belongs to a repository: its owners decide".to_owned());
    }
    let mut keys = item.keys.iter().filter(|key| ban.is_key(catalogue, key));
    if keys.all(setting::is_start) {
        return Fate::Report(
            "starts it or sets it up among other things: whoever wrote it has to change it".to_owned(),
        );
    }
    if item.evidence.iter().any(|evidence| evidence.rule == "utf-16") {
        return Fate::Report("is written in UTF-16: whoever wrote it has to change it".to_owned());
    }
    let name = String::from_utf8_lossy(item.path.name()).into_owned();
    match setting::format_of(&name) {
        _ if item.state.as_ref().is_none_or(|state| state.shape != Shape::File) => {
            Fate::Report("is no plain file".to_owned())
        }
        None => Fate::Report("is a shell's file or starts programs: whoever wrote it has to change it".to_owned()),
        Some(_) => Fate::Act(Action::Edit, "its settings name what is banned".to_owned()),
    }
}

/// Paths that stay, so that no folder above them moves whole. Each with what it is.
fn stays_below(scan: &Scan, fates: &[(&Item, Fate)]) -> BTreeMap<MachinePath, MachinePath> {
    let acted: BTreeSet<&MachinePath> = fates
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Act(Action::Move | Action::Stop, _)))
        .map(|(item, _)| &item.path)
        .collect();
    let mut stays = BTreeMap::new();
    let mut keep = |path: &MachinePath| {
        for folder in path.above() {
            stays.entry(folder).or_insert_with(|| path.clone());
        }
    };
    for (item, fate) in fates {
        let bound = match fate {
            // Nothing is edited that leaves with its folder.
            Fate::Act(..) => false,
            Fate::Report(_) => item.class != Class::ModelUse && item.kind != Kind::Credential,
            Fate::Leave(_) => item.confidence != Confidence::Low && item.kind != Kind::UnknownClient,
        };
        if bound && !acted.contains(&item.path) {
            keep(&item.path);
        }
    }
    // What belongs to tools that are not banned stays as well.
    for item in &scan.items {
        let of_tool =
            matches!(item.kind, Kind::Client | Kind::Config | Kind::Credential | Kind::Extension | Kind::Service);
        let known = fates.iter().any(|(banned, _)| std::ptr::eq(*banned, item));
        if of_tool && !known && item.confidence > Confidence::Low && item.keys.is_empty() && !acted.contains(&item.path)
        {
            keep(&item.path);
        }
    }
    stays
}

#[expect(clippy::too_many_arguments, reason = "one step of a loop, with what the loop fills")]
fn sort_in(
    item: &Item,
    fate: Fate,
    ban: &Ban,
    catalogue: &Catalogue,
    stays: &BTreeMap<MachinePath, MachinePath>,
    banned: &BTreeSet<&MachinePath>,
    objects: &mut BTreeMap<MachinePath, Object>,
    left: &mut BTreeMap<MachinePath, Left>,
) {
    let mut leave = |why: String| {
        let row = Left { path: item.path.clone(), subject: item.subject.clone(), class: item.class, why };
        left.entry(item.path.clone()).or_insert(row);
    };
    let (action, why) = match fate {
        Fate::Leave(why) => return leave(why),
        Fate::Report(why) => (Action::Report, why),
        Fate::Act(action, why) => (action, why),
    };
    if matches!(action, Action::Move | Action::Stop)
        && let Some(kept) = stays.get(&item.path)
    {
        let told = banned.iter().any(|other| **other != item.path && other.is_within(&item.path) && *other != kept);
        return leave(match told {
            true => format!("stays as a folder, since `{kept}` in it stays; what else is in it is listed on its own"),
            false => format!("`{kept}` in it stays"),
        });
    }
    let keys =
        item.keys.iter().filter(|key| action != Action::Edit || !setting::is_start(key)).filter(|key| {
            ban.is_key(catalogue, key) || (action == Action::Report && is_secret_of(ban, catalogue, key))
        });
    let object = Object {
        path: item.path.clone(),
        subject: item.subject.clone(),
        class: item.class,
        action,
        why,
        bytes: if action == Action::Edit { 0 } else { item.bytes.unwrap_or(0) },
        files: item.files.unwrap_or(1),
        reversible: true,
        keys: keys.cloned().collect(),
        before: None,
        after: None,
    };
    let place = objects.entry(item.path.clone()).or_insert_with(|| object.clone());
    // A path that is several things: what moves is not edited, and what acts is not only reported.
    if rank(object.action) < rank(place.action) {
        *place = object;
    }
}

fn is_secret_of(ban: &Ban, catalogue: &Catalogue, key: &Key) -> bool {
    key.names == "secret"
        && ban.subjects.iter().any(|subject| {
            catalogue.secrets().filter(|(name, _)| *name == key.key).any(|(_, tool)| match subject {
                Subject::Tool(id) => tool.is_some_and(|tool| tool.id == *id),
                Subject::Vendor(vendor) => tool.is_some_and(|tool| tool.vendor == *vendor),
                _ => false,
            })
        })
}

fn rank(action: Action) -> u8 {
    match action {
        Action::Stop => 0,
        Action::Move => 1,
        Action::Edit => 2,
        Action::Report => 3,
    }
}

/// What lies in a folder that moves needs no line of its own.
fn without_nested(objects: BTreeMap<MachinePath, Object>) -> Vec<Object> {
    let moved: BTreeSet<MachinePath> = objects
        .values()
        .filter(|object| matches!(object.action, Action::Move | Action::Stop))
        .map(|object| object.path.clone())
        .collect();
    objects.into_values().filter(|object| !object.path.above().any(|folder| moved.contains(&folder))).collect()
}

fn totals(objects: &[Object], left: &[Left]) -> Totals {
    let acting = || objects.iter().filter(|object| object.action.acts());
    Totals {
        objects: acting().count() as u64,
        files: acting().map(|object| object.files).sum(),
        bytes: acting().map(|object| object.bytes).sum(),
        reported: (objects.len() - acting().count()) as u64,
        left: left.len() as u64,
    }
}

/// Processes that were seen to run out of what is banned.
fn running(banned: &[&Item]) -> Vec<Running> {
    let of_item = |item: &&Item| {
        let (subject, path) = (item.subject.clone(), item.path.clone());
        let runs = item.evidence.iter().filter(|evidence| evidence.rule == "running").map(|one| one.text.clone());
        let row = move |what| Running { subject: subject.clone(), path: path.clone(), what };
        runs.map(row).collect::<Vec<_>>()
    };
    banned.iter().flat_map(of_item).collect()
}

/// What the plan cannot reach, in words.
fn notes(scan: &Scan, ban: &Ban, catalogue: &Catalogue) -> Vec<String> {
    let mut notes = Vec::new();
    for tool in ban.tools(catalogue) {
        for service in &tool.keychain {
            notes.push(format!("{}: a keychain may hold `{service}`; no file shows it, remove it there", tool.name));
        }
        if !tool.domains.shared.is_empty() {
            let hosts = tool.domains.shared.join(", ");
            notes.push(format!("{}: it also talks to {hosts}, which serve others too and are not blocked", tool.name));
        }
    }
    if !scan.unreadable.is_empty() {
        notes
            .push(format!("{} place(s) could not be read; what lies there is not in this plan", scan.unreadable.len()));
    }
    notes
}

impl Draft {
    /// Counts anew, after objects were changed or taken out.
    pub fn recount(&mut self) {
        self.totals = totals(&self.objects, &self.left);
    }
}
