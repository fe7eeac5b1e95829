//! What the tests share.

use std::{
    collections::BTreeMap,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use sha2::Digest as _;
use sweep::{ban::Ban, catalogue::Catalogue, plan::Plan, scan::Scan};
use sweeper::{Order, Settings};

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::shipped().unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

pub(crate) fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

pub(crate) fn scan(root: &Path, catalogue: &Catalogue) -> Scan {
    sweeper::scan(&Settings::new(root, "testbed"), catalogue, &now).unwrap()
}

/// Everything about a tree that a restore must bring back.
pub(crate) fn snapshot(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    let mut names: BTreeMap<(u64, u64), PathBuf> = BTreeMap::new();
    let mut left = vec![root.to_path_buf()];
    while let Some(path) = left.pop() {
        let meta = path.symlink_metadata().unwrap();
        let relative = path.strip_prefix(root).unwrap().to_path_buf();
        let kind = meta.file_type();
        let content = if kind.is_symlink() {
            format!("-> {}", std::fs::read_link(&path).unwrap().display())
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let first = names.entry((meta.dev(), meta.ino())).or_insert_with(|| relative.clone()).clone();
            format!(
                "{} bytes {:x?} same as {} ({} names)",
                bytes.len(),
                sha2::Sha256::digest(&bytes),
                first.display(),
                meta.nlink()
            )
        } else {
            String::new()
        };
        // Reading changes when a file was read; it is set back, so that the next look sees the same.
        if kind.is_file() {
            set_times(&path, &meta);
        }
        let attributes = if kind.is_symlink() { String::new() } else { attributes(&path) };
        let row = format!(
            "{:o} {}:{} m{}.{:09} {attributes} {content}",
            meta.mode(),
            meta.uid(),
            meta.gid(),
            meta.mtime(),
            meta.mtime_nsec()
        );
        if kind.is_dir() {
            let mut inner: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            inner.sort();
            inner.reverse();
            left.extend(inner);
        }
        all.insert(relative, row);
    }
    all
}

fn set_times(path: &Path, meta: &std::fs::Metadata) {
    let file = std::fs::File::open(path).unwrap();
    let times = std::fs::FileTimes::new().set_accessed(meta.accessed().unwrap()).set_modified(meta.modified().unwrap());
    _ = file.set_times(times);
}

fn attributes(path: &Path) -> String {
    let mut names = vec![0u8; 4096];
    let Ok(length) = rustix::fs::listxattr(path, &mut names) else { return String::new() };
    let mut all = Vec::new();
    for name in names[..length].split(|&b| b == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name).into_owned();
        let mut value = vec![0u8; 4096];
        let length = rustix::fs::getxattr(path, name.as_str(), &mut value).unwrap_or(0);
        all.push(format!("{name}={:?}", &value[..length]));
    }
    all.sort();
    all.join(",")
}

#[track_caller]
pub(crate) fn same(before: &BTreeMap<PathBuf, String>, after: &BTreeMap<PathBuf, String>) {
    let mut wrong = Vec::new();
    for path in before.keys().chain(after.keys()) {
        if before.get(path) != after.get(path) {
            wrong.push(format!("{}\n   was {:?}\n   is  {:?}", path.display(), before.get(path), after.get(path)));
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} difference(s):\n{}", wrong.len(), wrong.join("\n"));
}

/// A small machine with everything that is hard to bring back: links of both kinds, attributes, odd modes, times, names.
pub(crate) fn small_machine(root: &Path) {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("etc/passwd", "alice:x:1000:1000::/home/alice:/bin/sh\n");
    let package = "usr/local/lib/node_modules/@anthropic-ai/claude-code";
    write(
        &format!("{package}/package.json"),
        r#"{"name":"@anthropic-ai/claude-code","version":"2.0.0","bin":{"claude":"cli.js"}}"#,
    );
    write(&format!("{package}/cli.js"), "#!/usr/bin/env node\n");
    write("usr/local/lib/node_modules/other/package.json", r#"{"name":"other"}"#);
    std::fs::create_dir_all(root.join("usr/local/bin")).unwrap();
    std::os::unix::fs::symlink(
        "../lib/node_modules/@anthropic-ai/claude-code/cli.js",
        root.join("usr/local/bin/claude"),
    )
    .unwrap();
    std::fs::hard_link(root.join(package).join("cli.js"), root.join(package).join("again.js")).unwrap();
    write("home/alice/.claude/settings.json", "{}\n");
    write("home/alice/.claude/projects/p/1.jsonl", "work\n");
    write("home/alice/.claude/cache/a b\nc", "odd name\n");
    write("home/alice/.claude.json", "{\"mcpServers\":{}}\n");
    write(
        "home/alice/.config/gateway/litellm.yaml",
        "model_list:\n  - model_name: fast # ours\n    litellm_params:\n      model: anthropic/claude-haiku-4-5\n  - model_name: local\n    litellm_params:\n      model: ollama/llama3.2\n",
    );
    write(
        "home/alice/.config/helper/settings.json",
        "{\n  // mine\n  \"model\": \"claude-opus-4-1\",\n  \"theme\": \"dark\"\n}\n",
    );
    let models = root.join("home/alice/models");
    std::fs::create_dir_all(&models).unwrap();
    std::fs::write(models.join("x.bin"), sweeper::seed::files::gguf("qwen3", "Qwen3 8B", 15, 100)).unwrap();
    std::fs::hard_link(models.join("x.bin"), models.join("y.bin")).unwrap();
    std::fs::set_permissions(root.join("home/alice/.claude/settings.json"), std::fs::Permissions::from_mode(0o4640))
        .unwrap();
    std::fs::set_permissions(root.join("home/alice/.claude/cache"), std::fs::Permissions::from_mode(0o1711)).unwrap();
    for path in [
        "home/alice/.claude/settings.json",
        "home/alice/.claude/cache",
        "home/alice/.config/helper/settings.json",
        "home/alice/models/x.bin",
    ] {
        _ = rustix::fs::setxattr(root.join(path), "user.note", b"kept\0as is", rustix::fs::XattrFlags::empty());
    }
    if rustix::process::geteuid().is_root() {
        for path in
            ["home/alice/.claude/settings.json", "home/alice/.config/helper/settings.json", "home/alice/.claude/cache"]
        {
            std::os::unix::fs::chown(root.join(path), Some(1000), Some(1001)).unwrap();
        }
    }
    age(root);
}

/// Old times with a part of a second, on everything.
fn age(root: &Path) {
    let mut all: Vec<PathBuf> = snapshot(root).into_keys().collect();
    all.reverse();
    for (at, path) in all.iter().enumerate() {
        let path = root.join(path);
        let time = rustix::fs::Timespec { tv_sec: 1_600_000_000 + at as i64, tv_nsec: 123_456_789 };
        let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
        rustix::fs::utimensat(rustix::fs::CWD, &path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }
}

pub(crate) const BAN: &str = r#"
name = "trial"
from = 2026-11-01
reason = "a trial"
data = "keep"
[[subject]]
vendor = "Anthropic"
[[subject]]
family = "qwen"
"#;

pub(crate) fn planned(root: &Path, catalogue: &Catalogue, ban: &str) -> (Ban, Plan) {
    let ban = sweep::ban::parse(ban, catalogue).unwrap();
    let draft = sweep::plan::plan(&scan(root, catalogue), &ban, catalogue, "2026-11-27".parse().unwrap());
    let plan = sweeper::seal(root, draft, &ban, catalogue).unwrap();
    (ban, plan)
}

pub(crate) fn order<'a>(
    root: &Path,
    vault: &Path,
    plan: &'a Plan,
    catalogue: &'a Catalogue,
    step: &'a dyn Fn(&'static str),
) -> Order<'a> {
    Order {
        root: root.to_path_buf(),
        vault: vault.to_path_buf(),
        plan,
        digest: plan.digest().to_owned(),
        catalogue,
        today: "2026-11-27".parse().unwrap(),
        confirmed: None,
        stop_services: false,
        now: &now,
        step,
    }
}
