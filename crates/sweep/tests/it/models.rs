//! Headers of weights: what they say, and what is refused.

use std::io::Cursor;

use expect_test::{Expect, expect};
use sweep::model::{self, NotModel};

#[track_caller]
fn check(bytes: &[u8], expected: Expect) {
    let head = &bytes[..bytes.len().min(model::PEEK)];
    let text = match model::read(&mut Cursor::new(bytes), head, bytes.len() as u64) {
        Ok(facts) => format!(
            "{} {:?} {:?} {:?} {:?}",
            facts.format.as_str(),
            facts.name,
            facts.architecture,
            facts.parameters,
            facts.quantisation
        ),
        Err(error) => format!("error: {error}"),
    };
    expected.assert_eq(&text);
}

fn gguf(version: u32, tensors: u64, pairs: u64, rest: &[u8]) -> Vec<u8> {
    [b"GGUF".as_slice(), &version.to_le_bytes(), &tensors.to_le_bytes(), &pairs.to_le_bytes(), rest].concat()
}

#[test]
fn gguf_headers() {
    let text = |s: &str| [&(s.len() as u64).to_le_bytes(), s.as_bytes()].concat();
    let pair = [text("general.architecture"), 8u32.to_le_bytes().to_vec(), text("qwen3")].concat();
    check(&gguf(3, 0, 1, &pair), expect![[r#"gguf None Some("qwen3") None None"#]]);
    check(&gguf(2, 0, 1, &pair), expect![[r#"gguf None Some("qwen3") None None"#]]);
    check(&gguf(1, 0, 0, b""), expect!["error: a version of GGUF other than 2 and 3"]);
    check(
        &gguf(3, u64::MAX, 0, b""),
        expect!["error: the count of tensors is 18446744073709551615, more than 1048576"],
    );
    check(&gguf(3, 0, u64::MAX, b""), expect!["error: the count of metadata is 18446744073709551615, more than 65536"]);
    check(&gguf(3, 0, 1, &u64::MAX.to_le_bytes()), expect!["error: a string is 18446744073709551615, more than 65536"]);
    check(&gguf(3, 0, 1, b""), expect!["error: the header breaks off or cannot be read"]);
    let nested = [
        text("x"),
        9u32.to_le_bytes().to_vec(),
        [9u32.to_le_bytes().as_slice(), &1u64.to_le_bytes()].concat().repeat(10),
    ]
    .concat();
    check(&gguf(3, 0, 1, &nested), expect!["error: metadata of an unknown kind"]);
    let endless =
        [text("x"), 9u32.to_le_bytes().to_vec(), 8u32.to_le_bytes().to_vec(), u64::MAX.to_le_bytes().to_vec()].concat();
    check(&gguf(3, 0, 1, &endless), expect!["error: the header breaks off or cannot be read"]);
    // Big-endian machines write all numbers the other way round.
    let big = |s: &str| [&(s.len() as u64).to_be_bytes(), s.as_bytes()].concat();
    let bytes = [
        b"GGUF".to_vec(),
        3u32.to_be_bytes().to_vec(),
        0u64.to_be_bytes().to_vec(),
        1u64.to_be_bytes().to_vec(),
        big("general.architecture"),
        8u32.to_be_bytes().to_vec(),
        big("llama"),
    ]
    .concat();
    check(&bytes, expect![[r#"gguf None Some("llama") None None"#]]);
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

#[test]
fn safetensors_headers() {
    check(
        &safetensors(r#"{"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}"#, 12),
        expect![[r#"safetensors None None Some(6) Some("BF16")"#]],
    );
    check(
        &safetensors(
            r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[2],"data_offsets":[2,6]}}"#,
            6,
        ),
        expect!["error: offsets of tensors that overlap or leave the file"],
    );
    check(
        &safetensors(r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 3),
        expect!["error: offsets of tensors that overlap or leave the file"],
    );
    check(
        &safetensors(r#"{"a":{"dtype":"F16","shape":[18446744073709551615,2],"data_offsets":[0,4]}}"#, 4),
        expect!["error: a tensor larger than any memory"],
    );
    check(&safetensors(r#"{"name":"x","version":2}"#, 0), expect!["error: a tensor without dtype, shape and offsets"]);
    check(&safetensors("{}", 0), expect!["error: no tensor"]);
    check(b"\xff\xff\xff\xff\xff\xff\xff\x7f{", expect!["error: no model begins like this"]);
}

#[test]
fn archives_and_protobufs_that_are_no_models() {
    check(b"PK\x03\x04 and then nothing", expect!["error: an archive without a directory"]);
    check(&[0x08, 3, 0x12, 2, b'a', b'b'], expect!["error: no graph and operator set that fill the file"]);
    check(&[0x08, 3, 0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], expect!["error: the header breaks off or cannot be read"]);
    check(b"plain text that is long enough to be looked at in full", expect!["error: no model begins like this"]);
}

proptest::proptest! {
    #[test]
    fn no_header_breaks_the_reader(kind in 0usize..5, tail in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let starts: [&[u8]; 5] = [b"GGUF\x03\0\0\0", b"\x20\0\0\0\0\0\0\0{", b"PK\x03\x04", b"MZqFpD='", b"\x08\x03\x12"];
        let bytes = [starts[kind], &tail].concat();
        let read = model::read(&mut Cursor::new(&bytes), &bytes[..bytes.len().min(64)], bytes.len() as u64);
        let bounded = matches!(read, Ok(_) | Err(NotModel::Unlike | NotModel::Short | NotModel::Broken(_) | NotModel::TooLarge { .. }));
        proptest::prop_assert!(bounded);
    }
}
