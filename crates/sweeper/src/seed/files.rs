//! Small valid files of formats: weights and archives.

/// A path with its `..` taken out.
pub(super) fn resolved(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/').filter(|step| !step.is_empty()) {
        if step == ".." {
            steps.pop();
        } else {
            steps.push(step);
        }
    }
    format!("/{}", steps.join("/"))
}

/// GGUF version 3 with one tensor, and as many words in its vocabulary as are asked for.
pub fn gguf(architecture: &str, name: &str, file_type: u32, words: u64) -> Vec<u8> {
    fn text(out: &mut Vec<u8>, text: &str) {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    }
    let mut out = b"GGUF".to_vec();
    out.extend(3u32.to_le_bytes());
    out.extend(1u64.to_le_bytes());
    out.extend(5u64.to_le_bytes());
    for (key, value) in
        [("general.architecture", architecture), ("general.name", name), ("general.license", "apache-2.0")]
    {
        text(&mut out, key);
        out.extend(8u32.to_le_bytes());
        text(&mut out, value);
    }
    text(&mut out, "general.file_type");
    out.extend(4u32.to_le_bytes());
    out.extend(file_type.to_le_bytes());
    text(&mut out, "tokenizer.ggml.tokens");
    out.extend(9u32.to_le_bytes());
    out.extend(8u32.to_le_bytes());
    out.extend(words.to_le_bytes());
    for word in 0..words {
        text(&mut out, &format!("t{word}"));
    }
    text(&mut out, "token_embd.weight");
    out.extend(2u32.to_le_bytes());
    out.extend(64u64.to_le_bytes());
    out.extend(2u64.to_le_bytes());
    out.extend(0u32.to_le_bytes());
    out.extend(0u64.to_le_bytes());
    out.resize(out.len().next_multiple_of(32) + 512, 0);
    out
}

/// safetensors with two tensors.
pub fn safetensors(metadata: &str) -> Vec<u8> {
    let header = format!(
        r#"{{"__metadata__":{metadata},"a":{{"dtype":"F16","shape":[2,4],"data_offsets":[0,16]}},"b":{{"dtype":"F16","shape":[4],"data_offsets":[16,24]}}}}"#
    );
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header.as_bytes());
    out.extend([0; 24]);
    out
}

/// ONNX: a model with a named graph without nodes, and an operator set.
pub fn onnx(name: &str) -> Vec<u8> {
    fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
        out.push(number << 3 | 2);
        out.push(u8::try_from(bytes.len()).unwrap_or(0));
        out.extend(bytes);
    }
    let mut graph = Vec::new();
    field(&mut graph, 2, name.as_bytes());
    let mut out = vec![0x08, 8];
    field(&mut out, 2, b"pytorch");
    field(&mut out, 7, &graph);
    field(&mut out, 8, &[0x10, 17]);
    out
}

/// An archive whose members are stored as they are.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let offset = u32::try_from(out.len()).unwrap_or(0);
        let size = u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes();
        let length = u16::try_from(name.len()).unwrap_or(0).to_le_bytes();
        out.extend(b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0");
        out.extend([size, size].concat());
        out.extend(length);
        out.extend([0, 0]);
        out.extend(name.as_bytes());
        out.extend(*bytes);
        directory.extend(b"PK\x01\x02\x0a\0\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0");
        directory.extend([size, size].concat());
        directory.extend(length);
        directory.extend([0; 12]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let at = u32::try_from(out.len()).unwrap_or(0);
    let count = u16::try_from(members.len()).unwrap_or(0).to_le_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(u32::try_from(directory.len()).unwrap_or(0).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A checkpoint of PyTorch.
pub fn pytorch(name: &str) -> Vec<u8> {
    let names = [format!("{name}/data.pkl"), format!("{name}/version"), format!("{name}/data/0")];
    let [pickle, version, data] = &names;
    zip(&[(pickle, b"\x80\x02."), (version, b"3\n"), (data, &[0; 32])])
}

/// A llamafile: an actually portable executable that is an archive with weights in it.
pub fn llamafile(weights: &[u8]) -> Vec<u8> {
    // The executable's own bytes stand before the archive, whose offsets count from the start of the file.
    let stub = b"MZqFpD='\nexit 1\n'\n";
    let archive = zip(&[(".args", b"-m\nmodel.gguf\n"), ("model.gguf", weights)]);
    let mut out = stub.to_vec();
    let shift = u32::try_from(stub.len()).unwrap_or(0);
    let mut moved = archive;
    let mut at = 0;
    while let Some(entry) = moved.get(at..) {
        let found = entry.windows(4).position(|w| w == b"PK\x01\x02" || w == b"PK\x05\x06");
        let Some(found) = found else { break };
        let place = if entry.get(found + 2) == Some(&1) { at + found + 42 } else { at + found + 16 };
        if let Some(bytes) = moved.get_mut(place..place + 4).and_then(|b| b.first_chunk_mut::<4>()) {
            *bytes = (u32::from_le_bytes(*bytes) + shift).to_le_bytes();
        }
        at += found + 4;
    }
    out.extend(moved);
    out
}
