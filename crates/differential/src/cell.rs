//! One run: what the process that carries it out is told, and what it tells.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// What a run may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub time: Duration,
    /// Resident memory of all processes together, in bytes.
    pub memory: u64,
    /// Of standard output and standard error each, in bytes.
    pub output: u64,
    /// Of the private home and `/tmp` each, in bytes; also the largest file.
    pub disk: u64,
    pub processes: u64,
    /// How long background processes may go on after the client has ended.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60),
            memory: 2 << 30,
            output: 4 << 20,
            disk: 512 << 20,
            processes: 512,
            linger: Duration::from_millis(1_500),
        }
    }
}

/// Everything that the process of a run needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// Arguments that make this program carry out a stage, before the stage's name.
    pub(crate) helper: Vec<String>,
    pub(crate) command: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) folder: PathBuf,
    /// Paths that the client needs from folders that are private by default.
    pub(crate) shown: Vec<PathBuf>,
    /// An empty folder, used as a mount point, or as the home where nothing is isolated.
    pub(crate) scratch: PathBuf,
    pub(crate) stdin: Option<PathBuf>,
    pub(crate) hostname: String,
    pub(crate) username: String,
    pub(crate) timezone: String,
    /// Names that stand for this machine.
    pub(crate) hosts: Vec<String>,
    pub(crate) ports: Vec<u16>,
    pub(crate) limits: Limits,
    pub(crate) isolate: bool,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    Direct,
    /// With the whole address in the first line, as a proxy is asked.
    Proxy,
    /// Within a tunnel that a proxy was asked for.
    Tunnel,
}

/// A request as it came, byte by byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub via: Via,
    /// The host that it was for, in lower case, without its port.
    pub host: String,
    /// Whether it was for the recorder, and so answered.
    pub answered: bool,
    pub method: String,
    /// Path and query as they came, without scheme and host.
    pub target: String,
    /// From the first byte to the empty line.
    #[serde(with = "base64_bytes")]
    pub head: Vec<u8>,
    /// Without the framing of its transfer.
    #[serde(with = "base64_bytes")]
    pub body: Vec<u8>,
    /// The body was longer than what is kept, or ended early.
    pub cut: bool,
}

/// A host that was tried and not answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum Peer {
    /// A name was looked up.
    Dns(String),
    /// A TLS connection for this name, or to this address where it named none.
    Tls(String),
    /// A proxy was asked for a tunnel.
    Tunnel(String),
    /// A connection that spoke nothing known here.
    Other(String),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    Exited(i32),
    Signal(i32),
    Time,
    Memory,
    Output,
    Processes,
    /// The command could not be started.
    NotStarted(String),
}

/// What the client left, beside its calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub end: End,
    /// Processes that were still there at the end and were killed.
    pub lingered: u64,
    #[serde(with = "base64_bytes")]
    pub stdout: Vec<u8>,
    #[serde(with = "base64_bytes")]
    pub stderr: Vec<u8>,
    pub milliseconds: u64,
}

/// What a run showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    pub calls: Vec<Call>,
    pub peers: Vec<Peer>,
    pub outcome: Outcome,
    /// What the recorder or the isolation could not do.
    pub notes: Vec<String>,
}

/// Why a run gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    #[error("cannot start the process of a run: `{program}`")]
    Start { program: String, source: std::io::Error },
    #[error("cannot make a private folder for a run")]
    Scratch(#[source] std::io::Error),
    #[error("the process of a run ended without an answer: {0}")]
    Silent(String),
    #[error("{0}")]
    Refused(String),
}

/// What the process of a run writes to its standard output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Recorded(Recording),
    Refused(String),
}

mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}
