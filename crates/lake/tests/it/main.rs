//! The lake through its public face.

mod accounts;
mod bad_input;
mod commits;
mod failing;
mod kill;
mod plans;
mod queries;
mod repeats;
mod rows;
mod writing;
