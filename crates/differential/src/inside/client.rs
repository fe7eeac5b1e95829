//! The last stage: sets limits, gives up rights, and becomes the client.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, setsid};
use serde::{Deserialize, Serialize};

use super::namespaces;

/// How `init` tells that the command was never started: the first words of its standard error.
pub(super) const NOT_STARTED: &str = "ringfence cannot start the client: ";

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) command: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) folder: PathBuf,
    pub(super) file_bytes: u64,
    pub(super) isolate: bool,
}

pub(super) fn run(order: Option<&str>) -> ExitCode {
    let error = match order.and_then(|o| serde_json::from_str::<Order>(o).ok()) {
        Some(order) => become_client(&order),
        None => io::Error::other("the order cannot be read"),
    };
    // Nothing can be told where telling fails.
    let _ = writeln!(io::stderr(), "{NOT_STARTED}{error}");
    ExitCode::from(125)
}

fn become_client(order: &Order) -> io::Error {
    let Some((program, arguments)) = order.command.split_first() else {
        return io::Error::other("there is no command");
    };
    if let Err(error) = prepare(order) {
        return error;
    }
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(order.variables.iter().cloned()).current_dir(&order.folder);
    let error = command.exec();
    io::Error::new(error.kind(), format!("`{program}`: {error}"))
}

fn prepare(order: &Order) -> io::Result<()> {
    // It may lead a session already.
    let _ = setsid();
    let below = |resource, most: u64| {
        let hard = getrlimit(resource).maximum.map_or(most, |m| m.min(most));
        setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) })
    };
    below(Resource::Core, 0)?;
    below(Resource::Fsize, order.file_bytes)?;
    if order.isolate {
        namespaces::give_up()?;
        // Killed before this process when memory runs out.
        if let Ok(mut file) = OpenOptions::new().write(true).open("/proc/self/oom_score_adj") {
            let _ = file.write_all(b"900");
        }
    }
    Ok(rustix::thread::set_no_new_privs(true)?)
}
