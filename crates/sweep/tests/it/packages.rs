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
