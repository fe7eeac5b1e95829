//! Starts a study of a script, over few values.

use std::{fs, path::PathBuf, time::Duration};

use differential::{Helper, Job, Limits, Report, StudyError, Watch, study};
use inspect::Severity;

/// What a client's JavaScript begins with.
pub(crate) const NODE: &str = r#"
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const { env } = process;
const send = (system, more = {}, headers = {}, path = "/v1/messages") =>
  fetch(env.ANTHROPIC_BASE_URL + path, { method: "POST", headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "m", max_tokens: 16, system, messages: [{ role: "user", content: "Hello" }], ...more }) });
"#;

/// Values that the tests try.
pub(crate) const FEW: [&str; 6] = [
    "timezone=Asia/Shanghai,Europe/Berlin",
    "locale=zh_CN.UTF-8,de_DE.UTF-8,fr_FR.UTF-8",
    "proxy=http://proxy.example.cn:3128,http://proxy.corp.example.com:8080",
    "base-url=api.deepseek.com,localhost",
    "username=zhangwei,runner",
    "hostname=sandbox,build-agent-01",
];

pub(crate) fn job(folder: &tempfile::TempDir, command: &[&str]) -> Job {
    Job {
        helper: Helper { program: PathBuf::from(env!("CARGO_BIN_EXE_differential-cell")), arguments: Vec::new() },
        command: command.iter().map(|w| (*w).to_owned()).collect(),
        folder: folder.path().to_owned(),
        stdin: None,
        variables: Vec::new(),
        base_names: Vec::new(),
        shown: Vec::new(),
        limits: Limits { time: Duration::from_secs(120), ..Limits::default() },
        isolate: true,
        repeat: 3,
        vary: FEW.iter().map(|v| v.parse().expect("values are well-formed")).collect(),
        workers: 2,
        keep: None,
        disclosures: Default::default(),
    }
}

pub(crate) fn quiet(job: &Job) -> Result<Report, StudyError> {
    study(job, &Watch { planned: &|_| {}, done: &|| {}, stopped: &|| false })
}

/// Runs a script in Node.
pub(crate) fn node(script: &str) -> Report {
    of("node", "client.mjs", &format!("{NODE}\n{script}"))
}

pub(crate) fn of(program: &str, name: &str, script: &str) -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), script).expect("writable");
    quiet(&job(&folder, &[program, name])).expect("the client runs")
}

/// `severity source encoding channel` of each finding that is more than information.
pub(crate) fn graver(report: &Report) -> Vec<String> {
    let mut all: Vec<String> = report
        .findings
        .iter()
        .map(|f| &f.finding)
        .filter(|f| f.severity > Severity::Info)
        .map(|f| format!("{} / {} / {}", f.source, f.encoding.expect("an encoding"), f.channel.expect("a channel")))
        .collect();
    all.sort();
    all
}
