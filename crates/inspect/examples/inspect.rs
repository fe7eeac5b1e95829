//! Inspects a path and prints a receipt, JSON or SARIF: `inspect [--json|--sarif|--text|--brief] PATH…`; `--diff OLD NEW`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example reads files and prints"
)]

use std::path::Path;

use inspect::{Artifact, Disclosures, Entry, Findings, Limits, diff, inspect, receipt, sarif, text, text_receipt};

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mode = if args.first().is_some_and(|a| a.starts_with("--")) { args.remove(0) } else { "--receipt".to_owned() };
    if mode == "--diff" {
        let (old, new) = (run(&args[0])?, run(&args[1])?);
        println!("{}", serde_json::to_string_pretty(&diff(&old, &new))?);
        return Ok(());
    }
    for path in &args {
        if mode == "--text" {
            print!("{}", text_receipt(&text(&String::from_utf8_lossy(&std::fs::read(path)?))));
            continue;
        }
        let started = std::time::Instant::now();
        let found = run(path)?;
        match mode.as_str() {
            "--json" => println!("{}", serde_json::to_string_pretty(&found)?),
            "--sarif" => println!("{}", serde_json::to_string_pretty(&sarif(&found))?),
            "--brief" => {
                println!("{path}: {}", found.verdict.word());
                for f in found.findings.iter().filter(|f| f.severity > inspect::Severity::Info) {
                    println!(
                        "  {} {} | {} | {:?} | {:?} | {:?} | {:?}",
                        f.severity, f.rule, f.source, f.transform, f.channel, f.encoding, f.compared
                    );
                }
            }
            _ => print!("{}", receipt(&found)),
        }
        eprintln!("{path}: {:.2} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}

fn run(path: &str) -> anyhow::Result<Findings> {
    let mut limits = Limits::default();
    if let Some(steps) = std::env::var("INSPECT_STEPS").ok().and_then(|s| s.parse().ok()) {
        limits.fuel = steps;
    }
    let artifact = if Path::new(path).is_dir() {
        let mut entries = Vec::new();
        walk(Path::new(path), Path::new(path), &mut entries);
        Artifact::folder(path, entries, &limits)
    } else {
        Artifact::open(path, std::fs::read(path)?, &limits)
    };
    Ok(inspect(&artifact, &Disclosures::default(), &limits))
}

fn walk(root: &Path, at: &Path, out: &mut Vec<Entry>) {
    let Ok(all) = std::fs::read_dir(at) else { return };
    for e in all.flatten() {
        let path = e.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        match e.file_type() {
            Ok(t) if t.is_symlink() => out.push(Entry::Link { path: name, target: String::new() }),
            Ok(t) if t.is_dir() => walk(root, &path, out),
            Ok(t) if t.is_file() => match std::fs::read(&path) {
                Ok(content) => out.push(Entry::File { path: name, content }),
                Err(e) => out.push(Entry::Unreadable { path: name, why: e.to_string() }),
            },
            _ => out.push(Entry::Unreadable { path: name, why: "neither a file nor a folder".to_owned() }),
        }
    }
}
