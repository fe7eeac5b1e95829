//! Runs a client in all environments: `run [--json] [--no-isolation] [--keep DIR] [FACTOR=VALUE,…] -- COMMAND…`; needs `cargo build -p differential` for the process of a run.

use std::{env, path::PathBuf};

use differential::{Helper, Job, Limits, Watch, receipt, study};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let split = arguments.iter().position(|a| a == "--").ok_or("usage: run [--json] [--keep DIR] -- COMMAND")?;
    let (flags, command) = (&arguments[..split], arguments[split + 1..].to_vec());
    let keep = flags.iter().position(|f| f == "--keep").and_then(|i| flags.get(i + 1)).map(PathBuf::from);
    let here = env::current_exe()?;
    let program = here.parent().and_then(|p| p.parent()).ok_or("no folder")?.join("differential-cell");
    let job = Job {
        helper: Helper { program, arguments: Vec::new() },
        command,
        folder: env::current_dir()?,
        stdin: None,
        variables: Vec::new(),
        base_names: Vec::new(),
        shown: Vec::new(),
        limits: Limits::default(),
        isolate: !flags.iter().any(|f| f == "--no-isolation"),
        repeat: 3,
        vary: flags.iter().filter(|f| f.contains('=')).map(|f| f.parse()).collect::<Result<_, _>>()?,
        workers: 2,
        keep,
        disclosures: Default::default(),
    };
    let report = study(&job, &Watch { planned: &|_| {}, done: &|| {}, stopped: &|| false })?;
    let text =
        if flags.iter().any(|f| f == "--json") { serde_json::to_string_pretty(&report)? } else { receipt(&report) };
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())?;
    Ok(())
}
