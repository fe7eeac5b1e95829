use inspect::{Artifact, Disclosures, Findings, Limits, inspect};

pub(crate) fn run(name: &str, content: impl Into<Vec<u8>>) -> Findings {
    let limits = Limits::default();
    inspect(&Artifact::open(name, content.into(), &limits), &Disclosures::default(), &limits)
}

/// The findings, one a line: severity, source, transform, channel, encoding.
pub(crate) fn lines(f: &Findings) -> String {
    let word = |w: Option<&'static str>| w.unwrap_or("none");
    let all: Vec<String> = f
        .findings
        .iter()
        .map(|x| {
            format!(
                "{} | {} | {} | {} | {}\n",
                x.severity,
                x.source,
                word(x.transform.map(|t| t.word())),
                word(x.channel.map(|t| t.word())),
                word(x.encoding.map(|t| t.word()))
            )
        })
        .collect();
    all.concat()
}

pub(crate) fn fixtures(kind: &str) -> Vec<(String, String)> {
    let folder = format!("{}/tests/fixtures/{kind}", env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(p).unwrap()))
        .collect();
    all.sort();
    all
}
