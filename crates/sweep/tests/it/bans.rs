//! Bans: what is read, and every mistake at once.

use expect_test::expect;
use sweep::{
    ban::{self, Data, Subject},
    catalogue::Catalogue,
};

#[test]
fn a_ban_says_what_since_when_and_how_far() {
    let catalogue = Catalogue::shipped().unwrap();
    let ban = ban::parse(
        "name = \"x\"\nfrom = 2026-02-01\nreason = \"r\"\n[[subject]]\ntool = \"codex\"\n[[subject]]\nvendor = \"anthropic\"\n[[subject]]\ndigest = \"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n[[exception]]\npath = \"/home/a\"\nreason = \"audit\"\nexpires = 2027-01-01\n[limits]\nhosts = 3\n",
        &catalogue,
    )
    .unwrap();
    assert_eq!(ban.data, Data::Keep);
    assert_eq!(ban.subjects[1], Subject::Vendor("Anthropic".to_owned()));
    assert_eq!(ban.subjects[2], Subject::Digest(format!("sha256:{}", "a".repeat(64))));
    assert_eq!((ban.limits.objects, ban.limits.hosts), (500, 3));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let catalogue = Catalogue::shipped().unwrap();
    let error = ban::parse(
        "from = 2026-13-01\nreasn = \"x\"\ndata = \"burn\"\n[[subject]]\ntool = \"claude\"\n[[subject]]\nvendor = \"Acme\"\ntool = \"codex\"\n[[subject]]\nmodel = \"*\"\n[[subject]]\ndigest = \"12\"\n[[exception]]\npath = \"home\"\n[limits]\nobjects = -1\n",
        &catalogue,
    )
    .unwrap_err();
    // TOML itself knows no month 13.
    assert_eq!(error.mistakes.len(), 1);
    let error = ban::parse(
        "from = \"2026-13-01\"\nreasn = \"x\"\ndata = \"burn\"\n[[subject]]\ntool = \"claude\"\n[[subject]]\nvendor = \"Acme\"\ntool = \"codex\"\n[[subject]]\nmodel = \"*\"\n[[subject]]\ndigest = \"12\"\n[[exception]]\npath = \"home\"\n[limits]\nobjects = -1\n",
        &catalogue,
    )
    .unwrap_err();
    expect![[r#"
        the ban has 13 mistake(s):
          `reasn` is no key of the ban; it knows name, from, reason, data, subject, exception, limits
          the ban lacks `name`
          the ban lacks `reason`
          `2026-13-01` as `from` of the ban is no day; write 2026-01-31
          `data` must be "keep" or "take"
          `claude` of subject 1 is no tool of the catalogue; did you mean `claude-code`?
          subject 2 must have exactly one of tool, vendor, family, model, digest
          `*` of subject 3 would fit nearly every model
          `12` of subject 4 is no digest: sha256: or header: and 64 hexadecimal digits
          exception 1 lacks `reason`
          exception 1 lacks `expires`, a day such as 2026-01-31
          `path` of exception 1: `home` is no absolute path in normal form
          `objects` of limits must be a whole number of zero or more"#]]
    .assert_eq(&error.to_string());
}
