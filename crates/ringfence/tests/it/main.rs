//! The real binary in temporary folders: what it prints, writes and answers, and what it says of bad input.

mod architecture;
mod bad_input;
mod bad_lake;
mod demo;
mod disk;
mod folder;
mod hunting;
mod importing;
mod inspecting;
#[cfg(unix)]
mod interrupted;
mod lake_files;
mod rows;
#[cfg(target_os = "linux")]
mod running_clients;
#[cfg(unix)]
mod screening;
#[cfg(target_os = "linux")]
mod services;
mod serving;
mod simulating;
mod sweeping;
mod terminal;
mod tracing;
