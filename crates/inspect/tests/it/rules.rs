use std::path::PathBuf;

use inspect::Rules;

use crate::support::{lines, run};

#[test]
fn each_rule_names_its_positive_and_not_its_negative() {
    for r in Rules::shipped().rule {
        let positive = run("positive.js", r.positive.clone());
        assert!(positive.findings.iter().any(|f| f.rule == r.id), "{}:\n{}", r.id, lines(&positive));
        let negative = run("negative.js", r.negative.clone());
        assert!(!negative.findings.iter().any(|f| f.rule == r.id), "{}:\n{}", r.id, lines(&negative));
    }
}

/// `UPDATE_EXPECT=1 cargo test -p inspect` writes the pages anew.
#[test]
fn the_pages_of_the_findings_are_those_of_the_rules() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    if update {
        std::fs::create_dir_all(&folder).unwrap();
    }
    for (name, text) in Rules::shipped().pages() {
        let path = folder.join(&name);
        if update {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap_or_default(),
            text,
            "docs/findings/{name} is not what the rules say"
        );
    }
}
