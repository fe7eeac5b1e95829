//! Progress bars on a terminal, nothing in a pipe.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over bytes.
pub(crate) fn bytes(what: &str, length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{msg:28} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    let style = ProgressStyle::with_template(template).expect("the template above is well-formed");
    ProgressBar::new(length).with_style(style).with_message(what.to_owned())
}

/// A bar over things of one kind.
pub(crate) fn count(what: &str, length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:28} {bar:30} {pos}/{len} {per_sec} {eta}");
    ProgressBar::new(length).with_style(style.expect("the template above is well-formed")).with_message(what.to_owned())
}

/// A wheel for a step without a known length.
pub(crate) fn wheel(what: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let wheel = ProgressBar::new_spinner().with_message(what.to_owned());
    wheel.enable_steady_tick(Duration::from_millis(120));
    wheel
}
