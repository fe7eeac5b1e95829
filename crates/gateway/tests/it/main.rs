//! The public face of the crate, one binary.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests say what they skip, and fail where they stand")]

mod authzen;
mod client;
mod clients;
mod envoy;
mod facts;
mod grpc;
mod http_faces;
mod nginx;
mod peers;
mod proxying;
mod refusal;
mod running;
mod support;
mod tables;
