//! Personal data by salted digest.

use expect_test::expect;
use ledger::{Salt, SaltedDigest};

#[test]
fn a_digest_needs_its_salt_its_domain_and_its_value() {
    let salt = Salt::new([3; 32]);
    let digest = SaltedDigest::of(&salt, "account", b"a-17");
    assert!(digest.is_of(&salt, "account", b"a-17"));
    assert!(!digest.is_of(&salt, "account", b"a-18"));
    assert!(!digest.is_of(&salt, "address", b"a-17"));
    assert!(!digest.is_of(&Salt::new([4; 32]), "account", b"a-17"));
    assert!(!SaltedDigest::of(&salt, "ab", b"c").is_of(&salt, "a", b"bc"));
    assert_eq!(digest.to_string().parse::<SaltedDigest>().unwrap(), digest);
}

/// By Python: `hmac.new(b"\x03" * 32, struct.pack("<Q", 7) + b"account" + b"a-17", "sha256")`.
#[test]
fn it_is_hmac_sha256() {
    expect!["hmac-sha256:yTxJa8k0rhWFrqZIsJGy5x+MQ6QwyYh0LMMOvT0fIyY="]
        .assert_eq(&SaltedDigest::of(&Salt::new([3; 32]), "account", b"a-17").to_string());
}

#[test]
fn a_salt_does_not_show() {
    expect!["Salt(redacted)"].assert_eq(&format!("{:?}", Salt::new([3; 32])));
}

#[test]
fn what_is_no_digest_is_refused() {
    for bad in ["", "hmac-sha256:", "hmac-sha256:AA==", "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        bad.parse::<SaltedDigest>().unwrap_err();
    }
    expect!["`x` is no salted digest; it is `hmac-sha256:` and 32 bytes in standard base64"]
        .assert_eq(&"x".parse::<SaltedDigest>().unwrap_err().to_string());
}
