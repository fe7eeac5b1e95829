//! The process of one run, for tests: `differential-cell STAGE …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    differential::inside(std::env::args().skip(1))
}
