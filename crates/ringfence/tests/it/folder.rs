//! A temporary folder in which the binary runs, and what a run came to.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use expect_test::Expect;
use serde_json::Value;
use tempfile::TempDir;

/// The working folder of the runs of one test; names in commands are relative to it.
pub(crate) struct Folder(TempDir);

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.at(name), bytes).expect("the folder can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).expect("the file is there")
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).expect("the file is JSON")
    }

    /// The binary with these words, separated by white space, as its arguments.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(words.split_whitespace()).current_dir(self.path()).stdin(Stdio::null());
        command
            .env_remove("RINGFENCE_DATA")
            .env_remove("RINGFENCE_TABLES")
            .env_remove("NO_COLOR")
            .env_remove("COLUMNS");
        command
    }

    pub(crate) fn run(&self, words: &str) -> Ran {
        self.ran(self.command(words).output().expect("the binary starts"))
    }

    /// Starts a run whose output is kept until [`Self::end`].
    pub(crate) fn start(&self, words: &str) -> Child {
        let piped = || Stdio::piped();
        self.command(words).stdout(piped()).stderr(piped()).spawn().expect("the binary starts")
    }

    /// Waits for a run that must end by itself soon.
    pub(crate) fn end(&self, child: Child) -> Ran {
        let (send, ended) = mpsc::channel();
        let id = child.id().to_string();
        thread::spawn(move || send.send(child.wait_with_output()));
        match ended.recv_timeout(Duration::from_secs(60)) {
            Ok(output) => self.ran(output.expect("the binary was started")),
            Err(_) => {
                let _ = Command::new("kill").args(["-KILL", &id]).status();
                panic!("the run does not end");
            }
        }
    }

    fn ran(&self, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("the binary writes text");
            steady(&text.replace(&self.path().display().to_string(), "FOLDER"))
        };
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs and compares everything that was printed.
    #[track_caller]
    pub(crate) fn check(&self, words: &str, expect: Expect) {
        expect.assert_eq(&self.run(words).shown());
    }

    /// Runs with `--json` and gives the answer.
    #[track_caller]
    pub(crate) fn answer(&self, words: &str) -> Value {
        let ran = self.run(&format!("{words} --json"));
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("an answer in JSON, not\n{}", ran.shown()))
    }
}

impl Ran {
    /// What it printed, and its exit code.
    pub(crate) fn shown(&self) -> String {
        let mut text = self.out.clone();
        text.push_str(&self.err);
        writeln!(text, "exit code {}", self.code).expect("writing to a string");
        text
    }
}

/// Without what differs from run to run: times, random names, and places in a packed file.
fn steady(text: &str) -> String {
    let digits = |c: char| c.is_ascii_hexdigit() || c == 'T';
    [
        ("/rejects-", "TIME"),
        ("/part-", "ID"),
        ("at byte ", "N"),
        ("near byte ", "N"),
        ("/.ringfence-", "ID"),
        ("/.tmp", "ID"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (before, name)| {
        let mut parts = text.split(before);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let random = |c: char| digits(c) || (before.starts_with("/.") && c.is_ascii_alphanumeric());
            out.push_str(before);
            out.push_str(name);
            out.push_str(part.trim_start_matches(random));
        }
        out
    })
}

/// Says loudly that a test cannot run here; in CI that is a failure.
pub(crate) fn skip(message: &str) {
    assert!(std::env::var_os("CI").is_none(), "{message}");
    // Past the capture of the test runner, which shows nothing of tests that pass.
    let _ = io::Write::write_all(&mut io::stderr(), format!("\n*** SKIPPED: {message} ***\n").as_bytes());
}
