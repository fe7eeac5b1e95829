//! Weights by their header, and the stores that name them.

use std::{
    fs::File,
    io::Read,
    sync::atomic::{AtomicU64, Ordering},
};

use sweep::{
    MachinePath,
    catalogue::Class,
    model::{self, ModelFacts, PEEK, store},
    scan::{Confidence, Evidence},
};

use super::{read_below, read_here};
use crate::walk::{At, Found, Worker, reason};

/// A file whose name speaks for anything else is opened from this size.
const LARGE: u64 = 256 << 10;

/// How many smaller ones are opened all the same: weights that matter are not small, but trials have small ones.
const MAX_SMALL: u64 = 25_000;

/// How many files with names of text, pictures or documents are asked for their size. On a cold disk the asking costs more than the listing.
const MAX_TEXT: u64 = 50_000;

const UNKNOWN: &str = "unknown-model";

/// Whether a file is worth its opening: by its name, by its size, or because not many were opened yet.
fn is_worth_a_look(worker: &mut Worker<'_, '_>, at: &At<'_>, text: bool) -> bool {
    let thorough = worker.walk.bounds.thorough;
    let fewer = |seen: &AtomicU64, than: u64| thorough || seen.fetch_add(1, Ordering::Relaxed) < than;
    if !text && (has_model_name(at.name.to_bytes()) || fewer(&worker.walk.small, MAX_SMALL)) {
        return true;
    }
    let plain = text || is_picture_or_document(at.name.to_bytes());
    let asked = !plain || fewer(&worker.walk.text, MAX_TEXT);
    if asked && at.folder.stat_of(at.name).is_ok_and(|stat| u64::try_from(stat.st_size).unwrap_or(0) >= LARGE) {
        return true;
    }
    worker.out.passed_over += u64::from(!text || !asked);
    false
}

/// Endings that come in masses beside source code.
fn is_picture_or_document(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|&b| b == b'.') else { return false };
    let ending = name.get(dot + 1..).unwrap_or_default();
    matches!(
        ending,
        b"txt"
            | b"log"
            | b"csv"
            | b"png"
            | b"jpg"
            | b"jpeg"
            | b"gif"
            | b"ico"
            | b"webp"
            | b"pdf"
            | b"ttf"
            | b"woff"
            | b"woff2"
            | b"mp3"
            | b"wav"
            | b"so"
    )
}

/// Endings that weights have, and names without any.
fn has_model_name(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|&b| b == b'.') else { return name.starts_with(b"sha256-") };
    let ending = name.get(dot + 1..).unwrap_or_default();
    matches!(
        ending,
        b"gguf"
            | b"ggml"
            | b"safetensors"
            | b"onnx"
            | b"pt"
            | b"pth"
            | b"ckpt"
            | b"llamafile"
            | b"model"
            | b"weights"
            | b"mlmodel"
            | b"tflite"
    )
}

pub(super) fn file(worker: &mut Worker<'_, '_>, at: &At<'_>, text: bool) {
    if !is_worth_a_look(worker, at, text) {
        return;
    }
    let (file, stat) = match at.folder.file(at.name) {
        Ok(opened) => opened,
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::INVAL | rustix::io::Errno::NXIO) => return,
        Err(errno) => {
            if let Some(path) = at.own() {
                worker.out.unreadable(&path, reason(errno));
            }
            return;
        }
    };
    worker.out.opened += 1;
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    let mut head = [0u8; PEEK];
    let Ok(read) = rustix::io::pread(&file, &mut head, 0) else { return };
    let head = head.get(..read).unwrap_or_default();
    if model::suspect(head, size).is_none() {
        return;
    }
    let mut file = File::from(file);
    let Ok(mut facts) = model::read(&mut file, head, size) else { return };
    let name = shown_name(at.name.to_bytes());
    beside(at, &mut facts);
    let looker = &worker.walk.looker;
    let mut names: Vec<&str> = facts.name.as_deref().into_iter().collect();
    let published =
        facts.publisher.as_ref().map(|publisher| format!("{publisher}/{}", facts.name.as_deref().unwrap_or_default()));
    names.extend(published.as_deref());
    let mut family = looker.catalogue.family_of_weight(facts.architecture.as_deref(), &names);
    if family.is_none() {
        // The last resort is the file's name: weaker, and only for what is a model by its header.
        family = looker.catalogue.family_of_weight(None, &[&name]);
    }
    let subject = family.map_or(UNKNOWN, |family| family.id.as_str()).to_owned();
    let Some(path) = at.own() else { return };
    let text = describe(&facts);
    let mut item =
        looker.item(&subject, Class::Model, path, Confidence::High, Evidence::new("model-header", text), Some(&stat));
    item.digest = digest_in_name(&name);
    item.model = Some(facts);
    worker.push(Found { item, measure: None, weak: false, inherited: false });
}

fn describe(facts: &ModelFacts) -> String {
    let mut words = vec![facts.format.as_str().to_owned()];
    words.extend(facts.name.clone());
    words.extend(facts.architecture.clone());
    words.extend(facts.parameters.map(|n| format!("{n} parameters")));
    words.extend(facts.quantisation.clone());
    words.extend(facts.licence.as_ref().map(|licence| format!("licence {licence}")));
    words.join(", ")
}

fn shown_name(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).take(255).collect()
}

/// Stores name blobs by their SHA-256.
fn digest_in_name(name: &str) -> Option<String> {
    let hex = name.strip_prefix("sha256-").unwrap_or(name);
    (hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())).then(|| format!("sha256:{hex}"))
}

/// What a configuration beside the weights adds: safetensors themselves say little.
fn beside(at: &At<'_>, facts: &mut ModelFacts) {
    if facts.architecture.is_some() && facts.name.is_some() {
        return;
    }
    let json = |name: &str| {
        let bytes = read_below(at.folder, name, 256 << 10)?;
        serde_json::from_slice::<serde_json::Value>(&bytes).ok()
    };
    // An adapter says what it was made for.
    if at.name.to_bytes().starts_with(b"adapter_model.")
        && let Some(adapter) = json("adapter_config.json")
    {
        let base = adapter.get("base_model_name_or_path").and_then(|v| v.as_str()).filter(|v| v.len() < 200);
        facts.name = facts.name.take().or_else(|| base.map(str::to_owned));
    }
    let Some(config) = json("config.json") else { return };
    let text = |key: &str| config.get(key).and_then(|v| v.as_str()).filter(|v| v.len() < 200).map(str::to_owned);
    facts.architecture = facts.architecture.take().or_else(|| text("model_type"));
    facts.name = facts.name.take().or_else(|| text("_name_or_path").filter(|name| !name.is_empty()));
}

/// A manifest of Ollama; its blobs are looked up when the walk is over.
pub(super) fn manifest(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let Ok(Some((bytes, ..))) = read_here(at, 256 << 10) else { return };
    worker.out.opened += 1;
    let Some(manifest) = store::manifest(&bytes) else { return };
    let Some(path) = at.own() else { return };
    let Some(name) = manifest_name(&path) else { return };
    let subject = family_of_name(worker, &name);
    if let Some(found) =
        worker.found(at, &subject, Class::Model, Confidence::High, Evidence::new("ollama-manifest", name), measures)
    {
        worker.push(found);
        worker.out.manifests.push((path, manifest));
    }
}

/// The tag that a manifest's path says.
pub(crate) fn manifest_name(path: &MachinePath) -> Option<String> {
    let steps: Vec<&str> = path.steps().map(|step| std::str::from_utf8(step).unwrap_or_default()).collect();
    let below = steps.iter().rposition(|step| *step == "manifests")?;
    store::ollama_name(steps.get(below + 1..)?)
}

fn family_of_name(worker: &Worker<'_, '_>, name: &str) -> String {
    let catalogue = worker.walk.looker.catalogue;
    let bare = name.split(':').next().unwrap_or(name);
    catalogue.family_of_weight(None, &[name, bare]).map_or(UNKNOWN, |family| family.id.as_str()).to_owned()
}

/// A repository of the Hugging Face hub.
pub(super) fn hub(worker: &mut Worker<'_, '_>, at: &At<'_>, measures: &mut Vec<u32>) {
    let Some(name) = std::str::from_utf8(at.name.to_bytes()).ok().and_then(store::hub_name) else { return };
    let Ok(folder) = at.folder.folder(at.name) else { return };
    if !folder.has(c"snapshots") && !folder.has(c"blobs") {
        return;
    }
    let subject = family_of_name(worker, &name);
    let mut reference = String::new();
    if let Some(commit) = read_below(&folder, "refs/main", 256) {
        _ = commit.as_slice().take(64).read_to_string(&mut reference);
    }
    let text =
        format!("{name} {}", reference.trim().chars().filter(char::is_ascii_hexdigit).take(12).collect::<String>());
    if let Some(found) = worker.found(
        at,
        &subject,
        Class::Model,
        Confidence::High,
        Evidence::new("huggingface-hub", text.trim_end()),
        measures,
    ) {
        worker.push(found);
    }
}
