//! The walk beside `find` on the same tree, its memory, and a thousand weights by their headers.
//!
//! `cargo bench -p sweeper --bench walk [-- FILES]` plants half a million files in a temporary folder. With `RINGFENCE_BENCH_COLD=1`, as root, it also drops the caches.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and one that cannot go on stops")]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use sweep::{catalogue::Catalogue, scan::Kind};
use sweeper::{Settings, seed::files};

const ENDINGS: [&str; 12] = ["txt", "jpg", "js", "py", "md", "json", "html", "c", "h", "png", "bin", "dat"];
const FOLDERS: [&str; 5] =
    ["usr/share", "home/alice/Documents", "home/bob/src", "home/alice/work/node_modules", "opt/data"];

fn main() {
    let wanted = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(500_000);
    let catalogue = Catalogue::shipped().unwrap();
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path(), wanted);
    println!(
        "{wanted} files; warm, best of five: find {:.2} s, sweep {:.2} s, one thread {:.2} s",
        best(|| find(folder.path())),
        best(|| sweep(folder.path(), &catalogue, 2)),
        best(|| sweep(folder.path(), &catalogue, 1))
    );
    if std::env::var_os("RINGFENCE_BENCH_COLD").is_some() {
        let cold = |run: &dyn Fn()| {
            drop_caches();
            timed(run).as_secs_f64()
        };
        println!(
            "cold: find {:.2} s, sweep {:.2} s",
            cold(&|| find(folder.path())),
            cold(&|| sweep(folder.path(), &catalogue, 2))
        );
    }
    println!("most memory held: {} MiB", peak());
    let models = tempfile::tempdir().unwrap();
    let home = models.path().join("home/alice/models");
    std::fs::create_dir_all(&home).unwrap();
    for at in 0..1000 {
        let bytes = if at % 2 == 0 {
            files::gguf("qwen3", "Qwen3 8B", 15, 32_000)
        } else {
            files::safetensors(r#"{"name":"DeepSeek-V3"}"#)
        };
        std::fs::write(home.join(format!("{at}.bin")), bytes).unwrap();
    }
    let scan = sweeper::scan(&Settings::new(models.path(), "bench"), &catalogue, &Timestamp::now).unwrap();
    assert_eq!(scan.items.iter().filter(|item| item.kind == Kind::Model).count(), 1000);
    println!(
        "1,000 weights, half of them with 32,000 words in the header: {:.2} s",
        best(|| sweep(models.path(), &catalogue, 2))
    );
}

fn plant(root: &Path, wanted: usize) {
    for (at, top) in (0..wanted.div_ceil(20)).zip(FOLDERS.iter().cycle()) {
        let folder = root.join(format!("{top}/d{}/e{}/f{at}", at / 400, at / 20 % 20));
        std::fs::create_dir_all(&folder).unwrap();
        for file in 0..20.min(wanted - at * 20) {
            let ending = ENDINGS[(at * 7 + file) % ENDINGS.len()];
            std::fs::write(folder.join(format!("file{file}.{ending}")), "some text that is small\n".repeat(1 + file))
                .unwrap();
        }
    }
}

fn timed(run: impl Fn()) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

fn best(run: impl Fn()) -> f64 {
    (0..5).map(|_| timed(&run)).min().unwrap_or_default().as_secs_f64()
}

fn find(root: &Path) {
    assert!(Command::new("find").arg(root).stdout(Stdio::null()).status().unwrap().success());
}

fn sweep(root: &Path, catalogue: &Catalogue, threads: usize) {
    let mut settings = Settings::new(root, "bench");
    settings.threads = threads;
    assert!(sweeper::scan(&settings, catalogue, &Timestamp::now).unwrap().scope.complete);
}

fn drop_caches() {
    assert!(Command::new("sync").status().unwrap().success());
    std::fs::write("/proc/sys/vm/drop_caches", "3").unwrap();
}

fn peak() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
