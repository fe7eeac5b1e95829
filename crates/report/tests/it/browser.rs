//! The page in a real browser: it must not scroll sideways, on a phone or on a desk.
//!
//! Uses `RINGFENCE_CHROMIUM`, or `chromium` from the path. Without one, CI fails and other machines say so.

#![expect(clippy::disallowed_methods, reason = "the test writes pages for a browser to read")]

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use hunt::campaign::Findings;
use report::html;

use crate::fixture;

/// The page in a frame `width` pixels wide, since a browser window has a least width. Once loaded, the title says how wide
/// the frame and the page in it are. The page itself runs no script.
fn framed(page: &str, width: u32) -> String {
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        r#"<!DOCTYPE html><title></title><iframe style="border:0" width="{width}" height="800" srcdoc="{page}"></iframe>
        <script>onload = () => {{
            const root = document.querySelector("iframe").contentDocument.documentElement;
            document.title = root.clientWidth + " " + root.scrollWidth;
        }}</script>"#
    )
}

fn chromium() -> Option<PathBuf> {
    let binary = env::var_os("RINGFENCE_CHROMIUM").map_or_else(|| PathBuf::from("chromium"), PathBuf::from);
    let found = Command::new(&binary).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(binary);
    }
    let message = format!(
        "NO BROWSER: `{}` does not run, so the page was NOT rendered; set RINGFENCE_CHROMIUM",
        binary.display()
    );
    assert!(env::var_os("CI").is_none(), "{message}");
    // Past the capture of the test harness, which would keep it silent.
    writeln!(io::stderr(), "\n*** {message} ***\n").expect("stderr takes a line");
    None
}

#[track_caller]
fn check(name: &str, findings: &Findings) {
    let Some(binary) = chromium() else { return };
    let page = html(findings);
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.html"));
    fs::write(kept, &page).expect("the target folder is writable");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for width in [360, 1_280] {
        let file = folder.path().join(format!("{width}.html"));
        fs::write(&file, framed(&page, width)).expect("the folder is writable");
        let output = Command::new(&binary)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
            .args(["--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--dump-dom"])
            .arg("--window-size=1400,900")
            .arg(format!("--user-data-dir={}", folder.path().join(width.to_string()).display()))
            .arg(&file)
            .output()
            .expect("the browser ran a moment ago");
        let dom = String::from_utf8_lossy(&output.stdout);
        let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert_eq!(title, format!("{width} {width}"), "{name}: frame and page width");
    }
}

#[test]
fn ordinary_findings_fit() {
    check("ordinary", &fixture::ordinary());
}

#[test]
fn hostile_findings_fit() {
    check("hostile", &fixture::hostile());
}

#[test]
fn no_findings_fit() {
    check("empty", &fixture::findings(&[]));
}

#[test]
fn huge_findings_fit() {
    check("huge", &fixture::findings(&[fixture::HUGE, fixture::RING]));
}
