use std::io::Write;

use expect_test::{Expect, expect};
use inspect::{Artifact, Entry, Form, Limits, Role};

const SCRIPT: &[u8] = b"const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;";

fn show(a: &Artifact) -> String {
    let mut out = format!("{} {}\n", a.name, a.form.word());
    for f in &a.files {
        // How small a packed file is hangs on who packed it.
        let bytes = if f.path.ends_with(".tgz") { "packed".to_owned() } else { f.bytes.to_string() };
        out.push_str(&format!("{} {:?} {bytes}\n", f.path, f.role));
    }
    for u in &a.unread {
        out.push_str(&format!("unread {}: {}\n", u.place, u.why));
    }
    out
}

#[track_caller]
fn check(a: &Artifact, expected: Expect) {
    expected.assert_eq(&show(a));
}

pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut b = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut h = tar::Header::new_ustar();
        h.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        h.set_size(content.len() as u64);
        h.set_mode(0o644);
        h.set_cksum();
        b.append(&h, *content).unwrap();
    }
    b.into_inner().unwrap()
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    e.write_all(content).unwrap();
    e.finish().unwrap()
}

pub(crate) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, content) in files {
        z.start_file(*path, zip::write::SimpleFileOptions::default()).unwrap();
        z.write_all(content).unwrap();
    }
    z.finish().unwrap().into_inner()
}

fn asar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tree = serde_json::Map::new();
    let mut data = Vec::new();
    for (path, content) in files {
        tree.insert((*path).to_owned(), serde_json::json!({ "size": content.len(), "offset": data.len().to_string() }));
        data.extend_from_slice(content);
    }
    let json = serde_json::to_vec(&serde_json::json!({ "files": tree })).unwrap();
    let mut out = Vec::new();
    for n in [4, json.len() as u32 + 8, json.len() as u32 + 4, json.len() as u32] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    out.extend_from_slice(&json);
    out.extend_from_slice(&data);
    out
}

/// An executable with Bun's table of modules at its end.
fn bun(modules: &[(&str, &[u8], usize)]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut rows = Vec::new();
    let piece = |data: &mut Vec<u8>, b: &[u8]| {
        let at = data.len() as u32;
        data.extend_from_slice(b);
        [at.to_le_bytes(), (b.len() as u32).to_le_bytes()].concat()
    };
    for (name, content, bytecode) in modules {
        rows.extend(piece(&mut data, name.as_bytes()));
        rows.extend(piece(&mut data, content));
        rows.extend(piece(&mut data, b""));
        rows.extend(piece(&mut data, &vec![7; *bytecode]));
        rows.extend([1, 1, 1, 0]);
    }
    let table = piece(&mut data, &rows);
    let mut out = b"\x7fELF".to_vec();
    out.resize(4096, 0);
    let bytes = data.len() as u64;
    out.extend(data);
    out.extend(bytes.to_le_bytes());
    out.extend(table);
    out.extend(0u32.to_le_bytes());
    out.extend([0; 12]);
    out.extend(b"\n---- Bun! ----\n");
    out
}

#[test]
fn an_npm_tarball_is_opened_and_named_by_its_manifest() {
    let t = gzip(&tar(&[
        ("package/package.json", br#"{"name":"@x/cli","version":"1.2.3"}"#),
        ("package/dist/a.js", SCRIPT),
        ("package/README.md", b"text"),
    ]));
    let a = Artifact::open("x-cli-1.2.3.tgz", t, &Limits::default());
    assert_eq!(a.version.as_deref(), Some("1.2.3"));
    check(
        &a,
        expect![[r#"
            @x/cli archive
            package.json Data 35
            dist/a.js Script 60
            README.md Data 4
            x-cli-1.2.3.tgz Data packed
        "#]],
    );
}

#[test]
fn archives_in_archives_are_opened_to_a_depth() {
    let inner = zipped(&[("a.js", SCRIPT)]);
    let a = Artifact::open(
        "x.vsix",
        zipped(&[("extension/inner.zip", &inner), ("resources/app.asar", &asar(&[("main.js", SCRIPT)]))]),
        &Limits::default(),
    );
    let scripts: Vec<&str> = a.files.iter().filter(|f| f.role == Role::Script).map(|f| f.path.as_str()).collect();
    assert_eq!(scripts, ["extension/inner.zip!a.js", "resources/app.asar!main.js"]);
    let mut nested = SCRIPT.to_vec();
    for _ in 0..6 {
        nested = gzip(&nested);
    }
    let a = Artifact::open("x.gz", nested, &Limits::default());
    assert!(a.unread.iter().any(|u| u.why.contains("nest deeper")), "{:?}", a.unread);
}

#[test]
fn a_bun_executable_gives_its_modules_and_says_which_are_bytecode() {
    let a = Artifact::open(
        "client",
        bun(&[
            ("/$bunfs/root/src/a.js", SCRIPT, 0),
            ("/$bunfs/root/b.js", b"", 40),
            ("/$bunfs/root/chunk", b"// @bun\nlet a;", 0),
        ]),
        &Limits::default(),
    );
    assert_eq!(a.form, Form::Bun);
    let shown = show(&a);
    assert!(shown.contains("client!src/a.js Script 60"), "{shown}");
    assert!(shown.contains("client!chunk.js Script 14"), "{shown}");
    assert!(shown.contains("unread client!b.js: there as bytecode only"), "{shown}");
}

#[test]
fn a_node_executable_gives_its_script() {
    let mut b = b"\x7fELF".to_vec();
    b.resize(256, 0);
    b.extend(b"NODE_SEA_BLOB\0");
    b.extend(0x0143_da20u32.to_le_bytes());
    b.extend(0u32.to_le_bytes());
    for part in [b"main.js".as_slice(), SCRIPT] {
        b.extend((part.len() as u64).to_le_bytes());
        b.extend(part);
    }
    let a = Artifact::open("client", b, &Limits::default());
    assert_eq!(a.form, Form::NodeSea);
    assert!(a.files.iter().any(|f| f.path.ends_with("sea-main.js") && f.content == SCRIPT), "{}", show(&a));
}

#[test]
fn a_native_executable_is_shallow_and_says_so() {
    let mut b = b"\x7fELF\x02\x01\x01".to_vec();
    b.resize(200, 0);
    b.extend(b"https://telemetry.example.invalid/v1");
    let f = crate::support::run("client", b);
    assert_eq!(f.verdict, inspect::Verdict::Inconclusive);
    assert!(f.endpoints.iter().any(|e| e.host == "telemetry.example.invalid"));
    assert!(f.unknown.iter().any(|u| u.why.contains("only its strings")), "{:?}", f.unknown);
}

#[test]
fn a_folder_is_what_its_walker_says() {
    let entries = [
        Entry::File { path: "a.ts".into(), content: SCRIPT.to_vec() },
        Entry::Link { path: "b.js".into(), target: "/etc/passwd".into() },
        Entry::Unreadable { path: "c.js".into(), why: "permission denied".into() },
    ];
    check(
        &Artifact::folder("client", entries, &Limits::default()),
        expect![[r#"
            client folder
            a.ts Script 60
            unread b.js: a link to `/etc/passwd`; links are not followed
            unread c.js: permission denied
        "#]],
    );
}
