//! The process of one run, in three stages that start each other: `outer` makes the namespaces and records, `init` is the first process
//! of its process namespace and keeps the limits, `client` gives up what is left of its rights and becomes the client.

mod client;
mod init;
mod loopback;
mod namespaces;
mod outer;
mod processes;
mod root;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::cell::Answer;

/// Why a stage could not do its part; says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum InsideError {
    #[error(
        "this system does not let a run be isolated ({what}: {source}); allow unprivileged user namespaces, or give --no-isolation where the client may reach the network and your files"
    )]
    Namespaces { what: &'static str, source: io::Error },
    #[error("cannot bring up the private network: {0}")]
    Loopback(String),
    #[error("cannot make the private view of the file system: {what}: {source}")]
    Root { what: String, source: io::Error },
    #[error("cannot listen for the client: {0}")]
    Listen(#[source] io::Error),
    #[error("cannot go on with the run: {what}: {source}")]
    Step { what: &'static str, source: io::Error },
    #[error("the order for a run cannot be read: {0}")]
    Order(String),
}

/// Carries out one stage; `arguments` begin with its name. Must be called before the program starts threads.
pub fn inside(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let stage = arguments.next().unwrap_or_default();
    let done = match stage.as_str() {
        "outer" => outer::run().map(Answer::Recorded),
        "init" => return init::run(arguments.next().as_deref()),
        "client" => return client::run(arguments.next().as_deref()),
        other => Err(InsideError::Order(format!("there is no stage `{other}`"))),
    };
    let answer = done.unwrap_or_else(|error| Answer::Refused(error.to_string()));
    match say(&answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn say(answer: &impl serde::Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.flush()
}
