//! The public face of the crate, one binary.

mod read_bad;
mod read_formats;
mod read_parquet;
mod read_stream;
mod read_support;
mod read_v1;
mod schema;
mod sketch;
mod sketch_exemplars;
mod sketch_laws;
mod sketch_marks;
mod sketch_support;
