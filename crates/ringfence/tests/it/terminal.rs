//! Bars are drawn on a terminal, and only there.

use crate::{
    folder::{Folder, skip},
    rows::exchanges,
};

/// `script` of util-linux gives a command a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_bars_and_a_pipe_does_not() {
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    folder.write("x.jsonl", exchanges(0..2000));
    let binary = env!("CARGO_BIN_EXE_ringfence");
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{binary} import x.jsonl"), "/dev/null"]).current_dir(folder.path());
    let Ok(seen) = command.env("TERM", "xterm").stdin(Stdio::null()).output() else {
        return skip("`script` is not there: bars on a terminal were not tested");
    };
    let seen = String::from_utf8_lossy(&seen.stdout).into_owned();
    assert!(seen.contains("importing exchanges") && seen.contains('\r'), "{seen:?}");
    let piped = folder.run("import x.jsonl");
    let piped = piped.out + &piped.err;
    assert!(!piped.contains("importing exchanges") && !piped.contains(['\r', '\u{1b}']), "{piped:?}");
}
