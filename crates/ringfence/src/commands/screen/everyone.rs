//! Every organisation of the graph, one JSON line each.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result};
use ownership::EntityKind;
use screening::Register;

use super::{Under, is_found};
use crate::{outcome::Outcome, progress, say};

pub(super) fn run(out: Option<&Path>, register: &Register, under: &Under) -> Result<Outcome> {
    let graph = register.graph();
    let all = graph.ids().filter(|entity| graph.kind(*entity) != EntityKind::Joint);
    let bar = progress::count("screening", graph.entities() as u64);
    let mut outcome = Outcome::Nothing;
    let mut lines = all.map(|entity| {
        let standing = register.standing(&under.regime, under.on, entity)?;
        bar.inc(1);
        if is_found(standing.standing) {
            outcome = Outcome::Found;
        }
        Ok(standing.to_json())
    });
    match out {
        None => say::answers(lines)?,
        Some(path) => {
            let cannot = || format!("cannot write `{}`", path.display());
            let mut file = BufWriter::new(File::create(path).with_context(cannot)?);
            lines.try_for_each(|line: Result<String>| writeln!(file, "{}", line?).with_context(cannot))?;
            file.flush().with_context(cannot)?;
        }
    }
    bar.finish_and_clear();
    Ok(outcome)
}
