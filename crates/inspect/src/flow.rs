//! What a program does with what it reads: runs it on values that are known in part, and follows those that come from the machine.

mod builtins;
mod calls;
mod expressions;
mod follow;
mod formats;
mod globals;
mod heap;
mod lists;
mod machine;
mod members;
mod modules;
mod operators;
mod patterns;
mod report;
mod sinks;
mod sources;
mod statements;
mod strings;
mod taint;
mod text;
mod value;

pub(crate) use follow::{Follower, Root};
pub(crate) use machine::Loader;
pub(crate) use report::{Certainty, Flow, shown};
pub(crate) use sinks::{OWN_NAME, PUT_TOGETHER};
pub(crate) use sources::{may_tell, of_command, of_lookup, of_name, of_presence, of_variable};
pub(crate) use taint::Place;
