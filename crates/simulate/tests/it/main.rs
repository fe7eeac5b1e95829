//! The simulation seen from outside: what a plan gives, and that it keeps the plan's settings.

mod bounds;
mod people;
mod repeat;
mod settings;
mod wording;
