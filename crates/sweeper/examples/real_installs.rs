//! Real tools, installed by npm and pip into an empty root, found, taken off and brought back: `real_installs FOLDER`.
//!
//! Needs npm, python3 and their registries. None of what is installed is ever run; install scripts are off.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use std::{
    collections::BTreeMap,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, ensure};
use jiff::{Timestamp, tz::TimeZone};
use sha2::Digest as _;
use sweep::{ban, catalogue::Catalogue, plan, scan::Scan};
use sweeper::{Order, Settings};

/// Openly licensed: Apache-2.0 or MIT.
const NPM: &[(&str, &str)] = &[
    ("@openai/codex", "codex"),
    ("@google/gemini-cli", "gemini-cli"),
    ("@qwen-code/qwen-code", "qwen-code"),
    ("opencode-ai", "opencode"),
    ("cline", "cline"),
    ("@continuedev/cli", "continue"),
];
const PIP: &[(&str, &str)] = &[("litellm", "litellm"), ("huggingface-hub", "huggingface")];
const PIPX: &[(&str, &str)] = &[("aider-chat", "aider")];

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name an empty folder")?);
    let (root, vault) = (folder.join("root"), folder.join("vault"));
    install(&root)?;
    let catalogue = Catalogue::shipped().map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
    let before = snapshot(&root)?;
    let scan = scanned(&root, &catalogue)?;
    let wanted = NPM.iter().chain(PIP).chain(PIPX);
    for (package, tool) in wanted.clone() {
        let found = scan.items.iter().find(|item| item.subject == *tool && item.version.is_some());
        let found = found.with_context(|| format!("{package} was not found"))?;
        println!("{package} {} -> {tool}: {}", found.version.as_deref().unwrap_or_default(), found.path);
    }
    let subjects: String = wanted.map(|(_, tool)| format!("[[subject]]\ntool = \"{tool}\"\n")).collect();
    let ban = ban::parse(&format!("name = \"trial\"\nfrom = 2026-01-01\nreason = \"trial\"\n{subjects}"), &catalogue)?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let plan = sweeper::seal(&root, plan::plan(&scan, &ban, &catalogue, today), &ban, &catalogue)?;
    let totals = plan.draft().totals;
    println!("plan: {} objects, {} files, {}", totals.objects, totals.files, sweep::output::size(totals.bytes));
    let started = Instant::now();
    let order = Order {
        root: root.clone(),
        vault: vault.clone(),
        plan: &plan,
        digest: plan.digest().to_owned(),
        catalogue: &catalogue,
        today,
        confirmed: None,
        stop_services: false,
        now: &Timestamp::now,
        step: &|_| {},
    };
    let taken = sweeper::quarantine(&order)?;
    ensure!(taken.not_done.is_empty(), "not taken: {:?}", taken.not_done);
    println!(
        "quarantine: {:.2} s; {} of {} entries are left",
        started.elapsed().as_secs_f64(),
        snapshot(&root)?.len(),
        before.len()
    );
    let again = plan::plan(&scanned(&root, &catalogue)?, &ban, &catalogue, today);
    ensure!(again.totals.objects == 0, "still found: {again}");
    let started = Instant::now();
    let back = sweeper::restore(&root, &vault, plan.digest(), &catalogue, &Timestamp::now, &|_| {})?;
    ensure!(back.not_done.is_empty(), "not restored: {:?}", back.not_done);
    let after = snapshot(&root)?;
    let other: Vec<_> =
        before.iter().filter(|(path, row)| after.get(*path) != Some(row)).map(|(path, _)| path).collect();
    ensure!(other.is_empty() && before.len() == after.len(), "not the same: {other:?}");
    println!(
        "restore: {:.2} s; all {} entries are the same: content, mode, owner, times, links",
        started.elapsed().as_secs_f64(),
        after.len()
    );
    Ok(())
}

fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status =
        Command::new(program).args(arguments).env("npm_config_fund", "false").env("npm_config_audit", "false").status();
    ensure!(
        status.with_context(|| format!("`{program}` is missing"))?.success(),
        "`{program} {}` failed",
        arguments.join(" ")
    );
    Ok(())
}

fn install(root: &Path) -> anyhow::Result<()> {
    let text = |path: PathBuf| path.display().to_string();
    std::fs::create_dir_all(root.join("etc"))?;
    std::fs::write(root.join("etc/passwd"), "alice:x:1000:1000::/home/alice:/bin/sh\n")?;
    for (package, _) in NPM {
        run("npm", &["install", "--global", "--ignore-scripts", "--prefix", &text(root.join("usr/local")), package])?;
    }
    for (package, _) in PIP {
        run(
            "python3",
            &[
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--root-user-action=ignore",
                "--ignore-installed",
                "--root",
                &text(root.to_path_buf()),
                package,
            ],
        )?;
    }
    for (package, _) in PIPX {
        let venv = root.join("home/alice/.local/pipx/venvs").join(package);
        run("python3", &["-m", "venv", &text(venv.clone())])?;
        run(&text(venv.join("bin/python")), &["-m", "pip", "install", "--quiet", "--no-deps", package])?;
    }
    Ok(())
}

fn scanned(root: &Path, catalogue: &Catalogue) -> anyhow::Result<Scan> {
    Ok(sweeper::scan(&Settings::new(root, "trial"), catalogue, &Timestamp::now)?)
}

fn snapshot(root: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut all = BTreeMap::new();
    let mut left = vec![root.to_path_buf()];
    while let Some(path) = left.pop() {
        let meta = path.symlink_metadata()?;
        let content = match meta.file_type() {
            kind if kind.is_symlink() => format!("-> {}", std::fs::read_link(&path)?.display()),
            kind if kind.is_file() => format!("{:x?}", sha2::Sha256::digest(std::fs::read(&path)?)),
            _ => String::new(),
        };
        if meta.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                left.push(entry?.path());
            }
        }
        let links = if meta.is_dir() { 0 } else { meta.nlink() };
        let row = format!(
            "{:o} {}:{} {}.{:09} {links} {} {content}",
            meta.mode(),
            meta.uid(),
            meta.gid(),
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ino()
        );
        all.insert(path, row);
    }
    Ok(all)
}
