//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests say what they skip, and fail where they stand")]

mod authzen;
mod client;
mod clients;
mod crowds;
mod envoy;
mod facts;
mod faults;
mod grpc;
mod http_faces;
mod nginx;
mod odd;
mod peers;
mod proxying;
mod raw;
mod refusal;
mod running;
mod smuggling;
mod support;
mod tables;
