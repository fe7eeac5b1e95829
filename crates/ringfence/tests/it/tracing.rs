//! `ringfence trace`: what is said of an address, by whom, and what is said of bad tables and addresses.

use std::{fs, io::Write, path::PathBuf, process::Stdio};

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::folder::{Folder, Ran};

/// Days that hold whatever day the test runs on.
const MANIFEST: &str = r#"
[[table]]
file = "*"
as_of = 2026-08-22
max_age_days = 65535
"#;

const TABLES: &[(&str, &str)] = &[
    ("tables.toml", MANIFEST),
    ("vpn.txt", "192.0.2.0/24\n198.51.100.0/25\n"),
    ("relay.txt", "198.51.100.0/24\n"),
    ("hosting.txt", "192.0.2.0/25\n"),
    ("cloud_acme.txt", "203.0.113.0/24\n"),
    ("rir.csv", "prefix,country\n192.0.2.0/24,DE\n203.0.113.0/24,CN\n2001:db8::/32,SG\n"),
    ("geo.csv", "203.0.113.0/24,US\n"),
    ("ip2asn.csv", "start,end,asn\n192.0.2.0,192.0.2.255,64496\n"),
    ("names.csv", "asn,name\n64496,EXAMPLE \u{1b}[31m NET\n"),
];

fn folder(tables: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    fs::create_dir(folder.at("tables")).expect("writable");
    tables.iter().for_each(|(name, text)| folder.write(&format!("tables/{name}"), text));
    folder
}

#[track_caller]
fn check(words: &str, expect: Expect) {
    folder(TABLES).check(&format!("trace --tables tables {words}"), expect);
}

fn with_input(folder: &Folder, words: &str, input: impl AsRef<[u8]>) -> Ran {
    let mut child = folder
        .command(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // A run that ends early closes the pipe; what it says is what counts.
    let _ = child.stdin.take().expect("was piped").write_all(input.as_ref());
    folder.end(child)
}

#[test]
fn each_word_has_its_table() {
    check(
        "192.0.2.1",
        expect![[r#"
        192.0.2.1
          class       vpn                            vpn.txt of 2026-08-22
            also      hosting                        hosting.txt of 2026-08-22
          registered  DE                             rir.csv of 2026-08-22
          network     AS64496                        ip2asn.csv of 2026-08-22
            name      EXAMPLE �[31m NET              names.csv of 2026-08-22

        exit code 1
    "#]],
    );
    check(
        "203.0.113.9",
        expect![[r#"
            203.0.113.9
              class       cloud                          cloud_acme.txt of 2026-08-22
              provider    acme                           cloud_acme.txt of 2026-08-22
              registered  CN                             rir.csv of 2026-08-22
              located     US                             geo.csv of 2026-08-22
              contradicts registered_country is CN by `rir.csv`; located_country is US by `geo.csv`

            exit code 1
        "#]],
    );
}

#[test]
fn a_relay_is_no_finding_though_a_vpn_list_takes_it_in() {
    check(
        "198.51.100.1 2001:db8::1 ::ffff:198.51.100.200",
        expect![[r#"
        198.51.100.1
          class       relay                          relay.txt of 2026-08-22
            also      vpn                            vpn.txt of 2026-08-22

        2001:db8::1
          class       unknown: no table says, which is not the same as clean
          registered  SG                             rir.csv of 2026-08-22

        198.51.100.200
          class       relay                          relay.txt of 2026-08-22

        exit code 0
    "#]],
    );
}

#[test]
fn an_address_of_no_table_is_unknown() {
    check(
        "8.8.8.8",
        expect![[r#"
        8.8.8.8
          class       unknown: no table says, which is not the same as clean

        exit code 0
    "#]],
    );
}

#[test]
fn json_is_a_line_each() {
    check(
        "203.0.113.9 8.8.8.8 --json",
        expect![[r#"
            {"address":"203.0.113.9","class":"cloud","provider":"acme","registered_country":"CN","located_country":"US","contradictions":[{"text":"registered_country is CN by `rir.csv`; located_country is US by `geo.csv`","says":[{"fact":"registered_country","value":"CN","table":"rir.csv"},{"fact":"located_country","value":"US","table":"geo.csv"}]}],"sources":[{"fact":"registered_country","table":"rir.csv","as_of":"2026-08-22"},{"fact":"located_country","table":"geo.csv","as_of":"2026-08-22"},{"fact":"class","table":"cloud_acme.txt","as_of":"2026-08-22"},{"fact":"provider","table":"cloud_acme.txt","as_of":"2026-08-22"}]}
            {"address":"8.8.8.8","class":"unknown","contradictions":[],"sources":[]}
            exit code 1
        "#]],
    );
}

#[test]
fn addresses_from_standard_input() {
    let folder = folder(TABLES);
    let ran = with_input(&folder, "trace --tables tables --json -", "# mine\n\n  8.8.8.8\r\n2001:db8::1");
    let told: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        told.iter().map(|origin| origin["address"].as_str()).collect::<Vec<_>>(),
        [Some("8.8.8.8"), Some("2001:db8::1")]
    );
    assert_eq!(ran.code, 0);
    let shown = |input: &[u8]| with_input(&folder, "trace --tables tables --json -", input).shown();
    expect![[r#"
        {"address":"8.8.8.8","class":"unknown","contradictions":[],"sources":[]}
        ringfence: standard input, line 2: `8.8.8` is no address; write it as 192.0.2.1 or 2001:db8::1
        exit code 2
    "#]]
    .assert_eq(&shown(b"8.8.8.8\n8.8.8\n1.1.1.1\n"));
    expect![[r#"
        ringfence: standard input, line 1: is longer than 256 bytes; write one address a line
        exit code 2
    "#]]
    .assert_eq(&shown(&[b'1'; 1 << 20]));
    expect![[r#"
        ringfence: standard input, line 1: is no text; write one address a line
        exit code 2
    "#]]
    .assert_eq(&shown(b"8.8.8.8\xff\n"));
}

#[test]
fn mistakes_on_the_command_line() {
    check(
        "192.0.2",
        expect![[r#"
        error: invalid value '192.0.2' for '[ADDRESS]...': write it as 192.0.2.1 or 2001:db8::1

        For more information, try '--help'.
        exit code 2
    "#]],
    );
    check(
        "- -",
        expect![[r#"
        ringfence: `-` stands for standard input, which can be read only once; leave one out
        exit code 2
    "#]],
    );
    check(
        "",
        expect![[r#"
        error: the following required arguments were not provided:
          <ADDRESS>...

        Usage: ringfence trace --tables <DIR> <ADDRESS>...

        For more information, try '--help'.
        exit code 2
    "#]],
    );
}

#[test]
fn a_table_that_is_too_old_is_told_and_does_not_count() {
    let old = "[[table]]\nfile = \"vpn.txt\"\nas_of = 2020-01-01\n";
    let folder = folder(&[("tables.toml", old), ("vpn.txt", "192.0.2.0/24\n")]);
    folder.check(
        "trace --tables tables 192.0.2.1",
        expect![[r#"
        192.0.2.1
          class       unknown: no table says, which is not the same as clean
          not counted too old                        vpn.txt of 2020-01-01

        ringfence: table `vpn.txt` of 2020-01-01 is too old to count; fetch it again
        exit code 0
    "#]],
    );
}

#[test]
fn tables_that_cannot_be_used() {
    Folder::new().check(
        "trace 192.0.2.1",
        expect![[r#"
        ringfence: there are no tables in `ringfence-data/tables`; put some there, or name a folder with --tables
        exit code 2
    "#]],
    );
    Folder::new().check(
        "trace --tables nowhere 192.0.2.1",
        expect![[r#"
        ringfence: cannot use the tables in `nowhere`: there is no such folder; name one that holds the files
        exit code 2
    "#]],
    );
    folder(&[("vpn.txt", "nonsense\n"), ("tor.txt", "192.0.2.0/24\n192.0.2/24\n")])
        .check("trace --tables tables 192.0.2.1", expect![[r#"
            ringfence: cannot use the tables in `tables`, for 2 reasons:
              table `tor.txt`, line 2: `192.0.2/24` is no prefix; write it as 192.0.2.0/24 or 2001:db8::/32, or remove the line
              `vpn.txt` is in no format of a table; take it out of the folder of tables, or see whether it is damaged
            exit code 2
        "#]]);
}

/// A day by the file's time is marked as such: it differs from run to run, so only the mark is looked at.
#[test]
fn tables_are_found_in_the_data_folder_and_by_the_environment() {
    let folder = folder(&[("vpn.txt", "192.0.2.0/24\n")]);
    let told = |ran: Ran| ran.out.contains("vpn.txt of 20") && ran.out.contains("(file time)") && ran.code == 1;
    assert!(told(folder.run("trace --data . 192.0.2.1")));
    let output = folder.command("trace 192.0.2.1").env("RINGFENCE_TABLES", "tables").output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_list_of_tables() {
    let folder = folder(&[TABLES, &[("README.md", "x")]].concat());
    folder.check(
        "trace --tables tables --list",
        expect![[r#"
            cloud_acme.txt: cloud/acme, 1 rows of 2026-08-22 by the manifest, good until 2206-01-26
            geo.csv: located, 1 rows of 2026-08-22 by the manifest, good until 2206-01-26
            hosting.txt: hosting, 1 rows of 2026-08-22 by the manifest, good until 2206-01-26
            ip2asn.csv: networks, 1 rows of 2026-08-22 by the manifest, good until 2206-01-26
            names.csv: network names, 1 rows of 2026-08-22 by the manifest, good until 2206-01-26
            relay.txt: relay, 1 rows of 2026-08-22 by the manifest, good until 2206-01-26
            rir.csv: registered, 3 rows of 2026-08-22 by the manifest, good until 2206-01-26
            vpn.txt: vpn, 2 rows of 2026-08-22 by the manifest, good until 2206-01-26
            passed over README.md: a readme
            exit code 0
        "#]],
    );
    let lines = folder.run("trace --tables tables --list --json").out;
    expect![[r#"{"table":"cloud_acme.txt","path":"tables/cloud_acme.txt","kind":"cloud/acme","as_of":"2026-08-22","day":"manifest","good_until":"2206-01-26","rows":1}"#]].assert_eq(lines.lines().next().unwrap_or_default());
}

/// The real tables, where they lie beside the workspace.
#[test]
fn real_tables() {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("RINGFENCE_SHARED").map_or(beside, PathBuf::from).join("origin");
    if !shared.is_dir() {
        let _ = std::io::stderr()
            .write_all(b"\n*** SKIPPED: ../shared/origin is missing, `trace` saw no real tables ***\n");
        return;
    }
    let told = Folder::new().run(&format!("trace --json --tables {} 47.88.0.1 2606:4700::1", shared.display()));
    let told: Vec<Value> = told.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let facts: Vec<_> = told
        .iter()
        .map(|origin| (origin["class"].as_str(), origin["provider"].as_str(), origin["asn"].as_u64()))
        .collect();
    assert_eq!(
        facts,
        [(Some("cloud"), Some("alibaba"), Some(45102)), (Some("cloud"), Some("cloudflare"), Some(13335))]
    );
}
