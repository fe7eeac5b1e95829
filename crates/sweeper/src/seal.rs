//! From a draft to a plan: the exact state of every object, asked of the machine once.

use std::path::Path;

use sweep::{
    ban::Ban,
    catalogue::Catalogue,
    plan::{Action, Before, Draft, Left, Object, Plan},
    scan::Shape,
};

use crate::{
    edit,
    error::SweepError,
    handle::Dir,
    state::{content, state},
};

/// Reads every object that is acted on and names the plan by its digest. What cannot be read is left alone, and said.
pub fn seal(root: &Path, mut draft: Draft, ban: &Ban, catalogue: &Catalogue) -> Result<Plan, SweepError> {
    let path = root.display().to_string();
    let root = Dir::open(root).map_err(|errno| SweepError::Root { path, source: errno.into() })?;
    let mut kept = Vec::new();
    for mut object in std::mem::take(&mut draft.objects) {
        if !object.action.acts() {
            kept.push(object);
            continue;
        }
        match look(&root, &mut object, ban, catalogue) {
            Ok(()) => kept.push(object),
            Err(why) => draft.left.push(Left { path: object.path, subject: object.subject, class: object.class, why }),
        }
    }
    draft.objects = kept;
    draft.recount();
    Ok(Plan::seal(draft)?)
}

fn look(root: &Dir, object: &mut Object, ban: &Ban, catalogue: &Catalogue) -> Result<(), String> {
    let cannot = |errno: rustix::io::Errno| format!("could not be read: {}", std::io::Error::from(errno));
    let (parent, name) = root.parent_of(&object.path).map_err(cannot)?;
    let stat = parent.stat_of(&name).map_err(cannot)?;
    let state = state(&stat).ok_or("is neither file, folder nor link")?;
    let inside = content(&parent, &name).map_err(cannot)?;
    if object.action == Action::Edit {
        if state.shape != Shape::File || state.links > 1 {
            object.action = Action::Report;
            object.why = "has several names (hard links): an edit would part them".to_owned();
            return Ok(());
        }
        match edit::edited(&parent, &name, &object.keys, catalogue, &|key| ban.is_key(catalogue, key)) {
            Ok(text) => object.after = Some(edit::digest(text.as_bytes())),
            Err(why) => {
                object.action = Action::Report;
                object.why = format!("its settings cannot be taken out alone: {why}");
                return Ok(());
            }
        }
    } else {
        (object.bytes, object.files) = (inside.bytes, inside.files);
    }
    object.before = Some(Before { state, content: inside.digest });
    Ok(())
}
