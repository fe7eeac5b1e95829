//! Signed notes and keys, against the examples that others publish.

use expect_test::{Expect, expect};
use ledger::{Name, PublicKey, SecretKey, Tree, notes};

use crate::support::{chain, key, leaf};

/// From the documentation of Go's golang.org/x/mod/sumdb/note.
const GO_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn notes_of_go_open() {
    let key: PublicKey = GO_PUBLIC.parse().unwrap();
    assert_eq!(key.to_string(), GO_PUBLIC);
    assert!(key.open(GO_NOTE).unwrap().ends_with("problem is.\n"));
    let secret: SecretKey = GO_SECRET.parse().unwrap();
    assert_eq!((secret.public(), secret.secret_text()), (&key, GO_SECRET.to_owned()));
}

#[test]
fn a_secret_does_not_show() {
    expect!["SecretKey(example.com/ledger, redacted)"].assert_eq(&format!("{:?}", key()));
}

#[test]
fn other_signatures_do_not_matter() {
    let note = key().sign_checkpoint(&Tree::default());
    let line = GO_NOTE.lines().last().unwrap();
    let before = note.replacen("\n\n", &format!("\n\n{line}\n"), 1);
    for note in [format!("{note}{line}\n"), before] {
        assert_eq!(key().public().open_checkpoint(&note).unwrap().size(), 0);
    }
}

#[track_caller]
fn refused(change: impl FnOnce(String) -> String, says: Expect) {
    let mut tree = Tree::default();
    tree.push(leaf(0).hash());
    let note = change(key().sign_checkpoint(&tree));
    says.assert_eq(&chain(&key().public().open_checkpoint(&note).unwrap_err()));
}

#[test]
fn bad_notes() {
    refused(
        |_| String::new(),
        expect!["the checkpoint is not to be believed: the note does not end in an empty line and signatures"],
    );
    refused(
        |note| note.replacen("\n1\n", "\n2\n", 1),
        expect![
            "the checkpoint is not to be believed: the signature of `example.com/ledger` does not fit the text: one of them was changed"
        ],
    );
    refused(
        |note| note + "x",
        expect!["the checkpoint is not to be believed: the note does not end in an empty line and signatures"],
    );
    refused(
        |note| note + "\n",
        expect!["the checkpoint is not to be believed: the note does not end in an empty line and signatures"],
    );
    refused(
        |note| note + "x\n",
        expect!["the checkpoint is not to be believed: line 2 of the signatures is not `\u{2014} name base64`"],
    );
    refused(|note| note + "\r\n", expect!["the checkpoint is not to be believed: the note has a control character"]);
    refused(
        |note| note.replace("ledger ", "ledges "),
        expect![
            "the checkpoint is not to be believed: the note has no signature of `example.com/ledger`; see whether this is the right key"
        ],
    );
    refused(
        |note| format!("{}{note}", "x".repeat(300_000)),
        expect!["the checkpoint is not to be believed: the note has 300183 bytes, which is more than 262144"],
    );
    let line = GO_NOTE.lines().last().unwrap();
    refused(
        |note| note + &format!("{line}\n").repeat(64),
        expect!["the checkpoint is not to be believed: the note has more than 64 signatures"],
    );
}

#[test]
fn bad_keys() {
    let says = |text: &str| chain(&text.parse::<PublicKey>().unwrap_err());
    expect!["this is no key; a public key reads `name+hash+base64`, a secret one `PRIVATE+KEY+name+hash+base64`"]
        .assert_eq(&says("x"));
    expect!["the hash in the key does not belong to its name and bytes; copy it again"]
        .assert_eq(&says(&GO_PUBLIC.replace("c74f", "c74e")));
    expect!["the hash in the key does not belong to its name and bytes; copy it again"]
        .assert_eq(&says(&GO_PUBLIC.replace("Peter", "Petra")));
    expect!["the key is not of type Ed25519"].assert_eq(&says(&GO_PUBLIC.replace("+AR", "+BR")));
    // The neutral point signs everything.
    expect!["the key is no point of Ed25519 that may be used"]
        .assert_eq(&says("n+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    GO_PUBLIC.parse::<SecretKey>().unwrap_err();
}

#[test]
fn bad_names() {
    for bad in ["", "a b", "a+b", "a\nb", "a\u{a0}b", &"x".repeat(201)] {
        bad.parse::<Name>().unwrap_err();
    }
    expect![
        "`a b` is no name of a ledger; write one like `example.com/ledger`, up to 200 bytes without spaces and `+`"
    ]
    .assert_eq(&"a b".parse::<Name>().unwrap_err().to_string());
}

#[test]
fn notes_in_a_row() {
    let one = key().sign_checkpoint(&Tree::default());
    let text = format!("{one}\n{one}\n{one}\n");
    assert_eq!(notes(&text).collect::<Vec<_>>(), [&one, &one, &one]);
    assert_eq!(notes(&format!("{one}\n{one}")).collect::<Vec<_>>(), [&one, &one]);
    assert_eq!(notes("").count(), 0);
    assert_eq!(notes(&one[..30]).collect::<Vec<_>>(), [&one[..30]]);
}
