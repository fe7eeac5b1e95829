//! A service of a running manager is stopped before its unit is taken, and starts again once it is back.

use std::{env, path::Path, process::Command};

use crate::folder::Folder;

#[test]
fn a_running_service_is_stopped_and_comes_back() {
    let folder = Folder::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/services.sh");
    std::fs::create_dir(folder.at("machine")).expect("writable");
    let ran = Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "sh"])
        .arg(script)
        .args([folder.at("machine").as_os_str(), env!("CARGO_BIN_EXE_ringfence").as_ref()])
        .output();
    let (out, err) = match &ran {
        Ok(done) => (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)),
        Err(error) => ("".into(), error.to_string().into()),
    };
    let lines: Vec<&str> = out.lines().collect();
    if !lines.contains(&"before: active active, enabled enabled") {
        let missing =
            format!("MISSING: no manager of services runs here (root, unshare and systemd are needed): {out}{err}");
        let required = env::var_os("CI").is_some() || env::var_os("RINGFENCE_REQUIRE_PEERS").is_some();
        assert!(!required, "{missing}");
        eprintln!("{missing}");
        return;
    }
    for expected in [
        "stopped ollama.service",
        "taken: active inactive, enabled ",
        "restored: active inactive, enabled enabled",
        "the tree is the same",
    ] {
        assert!(lines.contains(&expected), "no `{expected}` in:\n{out}{err}");
    }
}
