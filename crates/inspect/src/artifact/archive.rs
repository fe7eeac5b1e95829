//! Archives: tar, gzip, zip, asar. Nothing is written anywhere; paths and links are only names.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::{Artifact, Limits};

pub(super) fn open(a: &mut Artifact, place: &str, path: &str, content: &[u8], limits: &Limits, depth: u32) {
    if content.starts_with(&[0x1f, 0x8b]) {
        gzip(a, place, path, content, limits, depth);
    } else if content.starts_with(b"PK") {
        zip(a, place, content, limits, depth);
    } else if content.get(257..262) == Some(b"ustar") {
        tar(a, place, content, limits, depth);
    } else if path.to_ascii_lowercase().ends_with(".asar") {
        asar(a, place, content, limits, depth);
    } else {
        a.unread(at(place, path), "named like an archive, but not one");
    }
}

fn at<'a>(place: &'a str, path: &'a str) -> &'a str {
    if place.is_empty() { path } else { place }
}

fn room(a: &Artifact, packed: usize, limits: &Limits) -> u64 {
    let by_ratio = (packed as u64).saturating_mul(limits.ratio).max(limits.ratio_from);
    by_ratio.min(limits.unpacked_bytes.saturating_sub(a.unpacked))
}

fn gzip(a: &mut Artifact, place: &str, path: &str, content: &[u8], limits: &Limits, depth: u32) {
    let room = room(a, content.len(), limits);
    let mut out = Vec::new();
    if let Err(e) = MultiGzDecoder::new(content).take(room + 1).read_to_end(&mut out) {
        a.unread(at(place, path), &format!("the gzip stream is damaged: {e}"));
    }
    if out.len() as u64 > room {
        return a.unread(at(place, path), "unpacks to more than the limit of size or ratio; not read");
    }
    if out.get(257..262) == Some(b"ustar") {
        return tar(a, place, &out, limits, depth);
    }
    let inner = path.rsplit(['/', '\\']).next().unwrap_or(path).trim_end_matches(".gz").trim_end_matches(".tgz");
    if out.is_empty() {
        return a.unread(at(place, path), "nothing in it could be unpacked");
    }
    a.add(place, inner, out, limits, depth);
}

/// A path inside the archive, or nothing for one that would leave it.
fn contained(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.get(1..2) == Some(":") || path.split('/').any(|p| p == "..") {
        return None;
    }
    Some(path.split('/').filter(|p| !p.is_empty() && *p != ".").collect::<Vec<_>>().join("/"))
}

fn tar(a: &mut Artifact, place: &str, content: &[u8], limits: &Limits, depth: u32) {
    let mut archive = tar::Archive::new(content);
    let Ok(entries) = archive.entries() else { return a.unread(place, "the tar archive is damaged") };
    for entry in entries {
        let mut entry = match entry {
            Ok(e) => e,
            Err(e) => return a.unread(place, &format!("the tar archive is damaged: {e}")),
        };
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if a.files.len() >= limits.files {
            return a.unread(&path, "more files than the limit; the rest is not read");
        }
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let Some(inside) = contained(&path) else {
            a.unread(&path, "its path leaves the archive; not read");
            continue;
        };
        if !kind.is_file() {
            a.unread(&inside, "a link or device in an archive; not followed");
            continue;
        }
        if entry.size() > content.len() as u64 {
            a.unread(&inside, "longer than the archive that holds it");
            continue;
        }
        let mut out = Vec::with_capacity(entry.size() as usize);
        if entry.read_to_end(&mut out).is_err() {
            a.unread(&inside, "cut off");
            continue;
        }
        let inside = inside.strip_prefix("package/").unwrap_or(&inside).to_owned();
        a.add(place, &inside, out, limits, depth);
        if a.unpacked > limits.unpacked_bytes {
            return;
        }
    }
}

fn zip(a: &mut Artifact, place: &str, content: &[u8], limits: &Limits, depth: u32) {
    let mut archive = match zip::ZipArchive::new(Cursor::new(content)) {
        Ok(z) => z,
        Err(e) => return a.unread(place, &format!("the zip archive is damaged: {e}")),
    };
    let mut left = room(a, content.len(), limits);
    for i in 0..archive.len().min(limits.files + 1) {
        let mut file = match archive.by_index(i) {
            Ok(f) => f,
            Err(e) => {
                a.unread(place, &format!("entry {i} cannot be opened: {e}"));
                continue;
            }
        };
        let path = file.name().to_owned();
        if a.files.len() >= limits.files {
            return a.unread(&path, "more files than the limit; the rest is not read");
        }
        if file.is_dir() {
            continue;
        }
        let Some(inside) = contained(&path) else {
            a.unread(&path, "its path leaves the archive; not read");
            continue;
        };
        if file.is_symlink() {
            a.unread(&inside, "a link in an archive; not followed");
            continue;
        }
        let mut out = Vec::new();
        let read = file.by_ref().take(left + 1).read_to_end(&mut out);
        drop(file);
        if out.len() as u64 > left {
            return a
                .unread(&inside, "unpacks to more than the limit of size or ratio; it and what follows is not read");
        }
        left -= out.len() as u64;
        if let Err(e) = read {
            a.unread(&inside, &format!("damaged: {e}"));
            continue;
        }
        a.add(place, &inside, out, limits, depth);
    }
}

fn asar(a: &mut Artifact, place: &str, content: &[u8], limits: &Limits, depth: u32) {
    let number = |at: usize| content.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let header = number(12).and_then(|n| content.get(16..16usize.checked_add(n)?));
    let base = number(4).map(|n| n.saturating_add(8));
    let (Some(header), Some(base)) = (header, base) else { return a.unread(place, "the asar header is cut off") };
    let Ok(tree) = serde_json::from_slice::<serde_json::Value>(header) else {
        return a.unread(place, "the asar header is not JSON");
    };
    let mut open = vec![(String::new(), &tree, 0)];
    while let Some((path, node, level)) = open.pop() {
        if a.files.len() >= limits.files {
            return a.unread(&path, "more files than the limit; the rest is not read");
        }
        if level > 64 {
            return a.unread(&path, "folders nest deeper than the limit");
        }
        if let Some(children) = node["files"].as_object() {
            for (name, child) in children {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                open.push((path, child, level + 1));
            }
            continue;
        }
        let Some(inside) = contained(&path) else {
            a.unread(&path, "its path leaves the archive; not read");
            continue;
        };
        if node["link"].is_string() {
            a.unread(&inside, "a link in an archive; not followed");
            continue;
        }
        if node["unpacked"].as_bool() == Some(true) {
            a.unread(&inside, "kept beside the archive, which was not handed over");
            continue;
        }
        let offset = node["offset"].as_str().and_then(|o| o.parse::<usize>().ok());
        let size = node["size"].as_u64().and_then(|n| usize::try_from(n).ok());
        let bytes = offset.zip(size).and_then(|(o, n)| {
            let start = base.checked_add(o)?;
            content.get(start..start.checked_add(n)?)
        });
        match bytes {
            Some(b) => a.add(place, &inside, b.to_vec(), limits, depth),
            None => a.unread(&inside, "its place in the asar archive is outside of it"),
        }
    }
}
