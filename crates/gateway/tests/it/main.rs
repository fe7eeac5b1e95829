//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests say what they skip, and fail where they stand")]

mod authzen;
mod client;
mod clients;
mod clocks;
mod crowds;
mod draining;
mod envoy;
mod facts;
mod faults;
mod full_disk;
mod grpc;
mod http_faces;
mod identity;
mod killed;
mod laws;
mod nginx;
mod odd;
mod outages;
mod peers;
mod postgres;
mod proxying;
mod raw;
mod refusal;
mod reloading;
mod running;
mod smuggling;
mod support;
mod tables;
mod telemetry;
mod wire;
