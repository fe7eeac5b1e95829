//! Log v1 as Parquet: no input may panic.
//!
//! A panic inside the `parquet` crate is caught by the reader and must not stop the search, so the panic hook is taken out.

#![no_main]

use bytes::Bytes;
use exchanges::{Blocks, Format, Limits, Log};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    std::panic::set_hook(Box::new(|_| {}));
    let file = Bytes::copy_from_slice(bytes);
    let Ok(blocks) = Blocks::open_file(file, Log::Exchanges, Format::Auto, Limits::default()) else { return };
    blocks.map_while(Result::ok).for_each(|block| drop(block.exchanges()));
});
