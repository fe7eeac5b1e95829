//! Metadata of packages, and paths.

use expect_test::expect;
use sweep::{MachinePath, package};

#[test]
fn a_record_gives_the_fewest_objects_that_are_the_packages_own() {
    let record = "../../../bin/tool,,\ntool/__init__.py,,\ntool/a/b.py,,\ngoogle/own/__init__.py,,\ngoogle/own/x.py,,\nsingle.py,,\n__pycache__/single.pyc,,\ntool-1.dist-info/RECORD,,\n../../../../../../../../etc/shadow,,\n\"odd,name.py\",,\n";
    let site: MachinePath = "/v/lib/python3/site-packages".parse().unwrap();
    let objects: Vec<String> =
        package::python_objects(record.as_bytes(), &site).iter().map(ToString::to_string).collect();
    expect![[r#"
        [
            "/v/bin/tool",
            "/v/lib/python3/site-packages/google/own",
            "/v/lib/python3/site-packages/odd,name.py",
            "/v/lib/python3/site-packages/single.py",
            "/v/lib/python3/site-packages/tool",
            "/v/lib/python3/site-packages/tool-1.dist-info",
        ]
    "#]]
    .assert_debug_eq(&objects);
}

#[test]
fn crates_name_the_repository_that_they_were_built_from() {
    let first = "[v1]\n\"goose-cli 1.9.0 (git+https://github.com/Block/goose.git?branch=main#8223)\" = [\"goose\"]\n\"rg 14.1.1 (registry+https://github.com/rust-lang/crates.io-index)\" = [\"rg\"]\n";
    let second = r#"{"installs":{"goose-cli 1.9.0 (git+ssh://git@github.com/block/goose#x)":{"bins":["goose"],"profile":"release"}}}"#;
    let told = |text: &str| -> Vec<String> {
        let crates = package::crates(text.as_bytes());
        crates.iter().map(|one| format!("{} {:?} {:?}", one.name, one.repository, one.binaries)).collect()
    };
    assert_eq!(told(first), [r#"goose-cli Some("github.com/block/goose") ["goose"]"#, r#"rg None ["rg"]"#]);
    assert_eq!(told(second), [r#"goose-cli Some("github.com/block/goose") ["goose"]"#]);
}

#[test]
fn paths_are_in_normal_form_and_bytes_survive() {
    for bad in ["", "a", "/a/", "/a//b", "/a/../b", "/.", "bytes:a", "bytes:/a%2", "/a\0"] {
        assert!(bad.parse::<MachinePath>().is_err(), "{bad}");
    }
    for bytes in [b"/a/\xff\n%41".as_slice(), b"/a/b c", b"/", b"/bytes:x"] {
        let path = MachinePath::from_bytes(bytes).unwrap();
        let json = serde_json::to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<MachinePath>(&json).unwrap(), path);
        assert!(!path.to_string().contains('\n'));
    }
    let link: MachinePath = "/usr/bin/x".parse().unwrap();
    assert_eq!(link.resolve(b"../lib/./y").unwrap().to_string(), "/usr/lib/y");
    assert_eq!(link.resolve(b"../../../y"), None);
}

#[test]
fn property_lists_in_binary_form() {
    // `plutil -convert binary1` of a dictionary with three keys.
    let bytes = BINARY_LIST;
    assert_eq!(package::plist_value(bytes, "CFBundleIdentifier").as_deref(), Some("com.openai.chat"));
    assert_eq!(package::plist_value(bytes, "CFBundleName").as_deref(), Some("Überchat"));
    assert_eq!(package::plist_strings(bytes, "ProgramArguments"), ["/a/b", "serve"]);
    assert_eq!(package::plist_value(bytes, "Other"), None);
    for cut in 0..bytes.len() {
        package::plist_value(&bytes[..cut], "CFBundleName");
        let mut bent = bytes.to_vec();
        bent[cut] ^= 0xff;
        package::plist_strings(&bent, "ProgramArguments");
    }
}

const BINARY_LIST: &[u8] = &[
    98, 112, 108, 105, 115, 116, 48, 48, 211, 1, 2, 3, 4, 5, 6, 95, 16, 18, 67, 70, 66, 117, 110, 100, 108, 101, 73,
    100, 101, 110, 116, 105, 102, 105, 101, 114, 92, 67, 70, 66, 117, 110, 100, 108, 101, 78, 97, 109, 101, 95, 16, 16,
    80, 114, 111, 103, 114, 97, 109, 65, 114, 103, 117, 109, 101, 110, 116, 115, 95, 16, 15, 99, 111, 109, 46, 111,
    112, 101, 110, 97, 105, 46, 99, 104, 97, 116, 104, 0, 220, 0, 98, 0, 101, 0, 114, 0, 99, 0, 104, 0, 97, 0, 116,
    162, 7, 8, 84, 47, 97, 47, 98, 85, 115, 101, 114, 118, 101, 8, 15, 36, 49, 68, 86, 103, 106, 111, 0, 0, 0, 0, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 117,
];
