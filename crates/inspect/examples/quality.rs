//! Recall and precision over the fixtures and their forms: `quality [OUT]`, where OUT is what `tests/variants.mjs` made.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "an example reads files and prints")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use inspect::{Artifact, Disclosures, Findings, Limits, Severity, inspect};

#[derive(Default)]
struct Count {
    expected: u32,
    found: u32,
    exact: u32,
}

fn main() -> Result<()> {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let out = std::env::args().nth(1).map(PathBuf::from);
    if out.is_none() {
        println!("only the plain form: give the folder that tests/variants.mjs made for the others\n");
    }
    println!("| form | family | expected | found | all axes | twins accused |\n|---|---|---|---|---|---|");
    for form in ["plain", "esbuild", "terser", "default", "low", "medium", "high"] {
        let place = |kind: &str, name: &str| match (&out, form) {
            (_, "plain") => Some(fixtures.join(kind).join(name)),
            (Some(out), form) => Some(out.join(kind).join(format!("{name}.{form}.js"))),
            (None, _) => None,
        };
        report(form, &fixtures, &place)?;
    }
    Ok(())
}

fn report(form: &str, fixtures: &Path, place: &dyn Fn(&str, &str) -> Option<PathBuf>) -> Result<()> {
    let mut families: BTreeMap<String, Count> = BTreeMap::new();
    let mut accused = 0;
    let mut twins = 0;
    for name in names(&fixtures.join("covert"))? {
        let (Some(covert), Some(twin)) = (place("covert", &name), place("twin", &name)) else { return Ok(()) };
        let found = run(&covert)?;
        let text = std::fs::read_to_string(fixtures.join("covert").join(&name))?;
        for line in text.lines().filter_map(|l| l.strip_prefix("// expect: ")) {
            let axes: Vec<&str> = line.split(" | ").collect();
            let count = families.entry(axes[3].to_owned()).or_default();
            count.expected += 1;
            let hits = found.findings.iter().filter(|f| {
                f.severity >= Severity::Medium
                    && f.source.word() == axes[0]
                    && f.channel.is_some_and(|c| c.word() == axes[2])
                    && f.encoding.is_some_and(|e| e.word() == axes[3])
            });
            let transforms: Vec<&str> = hits.map(|f| f.transform.map_or("none", |t| t.word())).collect();
            count.found += u32::from(!transforms.is_empty());
            count.exact += u32::from(transforms.contains(&axes[1]));
        }
        twins += 1;
        accused += u32::from(run(&twin)?.findings.iter().any(|f| f.severity >= Severity::Medium || f.is_covert()));
    }
    let mut total = Count::default();
    for (family, c) in &families {
        println!("| {form} | {family} | {} | {} | {} | |", c.expected, c.found, c.exact);
        total =
            Count { expected: total.expected + c.expected, found: total.found + c.found, exact: total.exact + c.exact };
    }
    println!(
        "| **{form}** | **all** | {} | {} | {} | {accused} of {twins} |",
        total.expected, total.found, total.exact
    );
    Ok(())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for e in std::fs::read_dir(folder)? {
        all.push(e?.file_name().to_string_lossy().into_owned());
    }
    all.sort();
    Ok(all)
}

fn run(path: &Path) -> Result<Findings> {
    let limits = Limits::default();
    let content = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(inspect(&Artifact::open(&path.to_string_lossy(), content, &limits), &Disclosures::default(), &limits))
}
