//! What is wrong with a folder is said all at once, with what to do.

use std::{fs, io::Write};

use expect_test::{Expect, expect};
use origin::Limits;

use super::Folder;

#[track_caller]
fn check(files: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&Folder::new(files).refusal(&Limits::default()));
}

const GOOD: (&str, &str) = ("vpn.txt", "192.0.2.0/24\n");

#[test]
fn a_broken_table_refuses_the_folder_and_every_fault_is_named() {
    check(
        &[
            GOOD,
            ("tor.txt", "192.0.2.1\nnonsense\n"),
            ("asn.mmdb", "no database at all"),
            ("empty-proxy.txt", ""),
            ("list.txt", "192.0.2.0/24\n"),
        ],
        expect![[r#"
            cannot use the tables in `FOLDER`, for 4 reasons:
              `asn.mmdb` is in no format of a table; take it out of the folder of tables, or see whether it is damaged
              `empty-proxy.txt` is empty; fetch it again, since an empty table would hide what it used to say
              `list.txt` is a list, but its name does not say of what; put relay, tor, vpn, proxy, hosting, mobile, access or a cloud provider into its path
              table `tor.txt`, line 2: `nonsense` is no prefix; write it as 192.0.2.0/24 or 2001:db8::/32, or remove the line"#]],
    );
}

#[test]
fn a_folder_without_tables() {
    check(
        &[],
        expect![
            "cannot use the tables in `FOLDER`: there is no table in it, and 0 files were passed over; put tables into it"
        ],
    );
    check(
        &[("README.md", "x")],
        expect![
            "cannot use the tables in `FOLDER`: there is no table in it, and 1 files were passed over; put tables into it"
        ],
    );
    let folder = Folder::new(&[]);
    fs::remove_dir(folder.at("")).unwrap();
    expect!["cannot use the tables in `FOLDER`: there is no such folder; name one that holds the files"]
        .assert_eq(&folder.refusal(&Limits::default()));
}

#[test]
fn mistakes_in_the_manifest_are_told_together() {
    let manifest = "[[table]]\nfile = \"*.txt\"\nname = \"x\"\n\
                    [[table]]\nfile = \"a.txt\"\nkind = \"vnp\"\n\
                    [[table]]\nfile = \"b.txt\"\nkind = \"cloud\"\n\
                    [[table]]\nfile = \"c[.txt\"\n\
                    [[table]]\nfile = \"d.txt\"\nas_of = 2030-01-01\n\
                    [[table]]\nfile = \"e.txt\"\nas_of = \"yesterday\"\n\
                    [[skip]]\nfile = \"f.txt\"\nwhy = \" \"\n";
    check(
        &[GOOD, ("tables.toml", manifest)],
        expect![[r#"
        cannot use the tables in `FOLDER`, for 7 reasons:
          `tables.toml` is not what it should be: of `f.txt`: say why it is skipped
          `tables.toml` is not what it should be: of `*.txt`: a pattern cannot have a name, since tables must differ in theirs; name one file
          `tables.toml` is not what it should be: of `a.txt`: `vnp` is no class; write relay, tor, vpn, proxy, cloud, hosting, mobile or access; or registered, located, cloud/NAME
          `tables.toml` is not what it should be: of `b.txt`: write the cloud's provider in small letters, such as `cloud/amazon`
          `tables.toml` is not what it should be: of `c[.txt`: `c[.txt` is no pattern: unclosed character class; missing ']'
          `tables.toml` is not what it should be: of `d.txt`: 2030-01-01 is yet to come; write the day of the data
          `tables.toml` is not what it should be: of `e.txt`: `yesterday` is no day; write it as 2026-08-22"#]],
    );
    check(
        &[GOOD, ("tables.toml", "[[table]]\nfile = \"vpn.txt\"\nkindd = \"vpn\"\n")],
        expect![[r#"
        cannot use the tables in `FOLDER`: `tables.toml` is not what it should be: TOML parse error at line 3, column 1
          |
        3 | kindd = "vpn"
          | ^^^^^
        unknown field `kindd`, expected one of `file`, `kind`, `name`, `as_of`, `max_age_days`"#]],
    );
    let unused = "[[table]]\nfile = \"vnp.txt\"\nkind = \"vpn\"\n";
    check(
        &[GOOD, ("tables.toml", unused)],
        expect![
            "cannot use the tables in `FOLDER`: `tables.toml` has an entry for `vnp.txt` that stands for no file; correct it, move it before an entry for the same files, or remove it"
        ],
    );
    let unfit = "[[table]]\nfile = \"vpn.txt\"\nkind = \"registered\"\n";
    check(
        &[GOOD, ("tables.toml", unfit)],
        expect![
            "cannot use the tables in `FOLDER`: `vpn.txt` is in a format that cannot be of the kind that was named for it; name another kind, or none"
        ],
    );
}

#[test]
fn one_table_twice() {
    let folder = Folder::new(&[GOOD]);
    folder.write("vpn.txt.zst", zstd::encode_all(&b"192.0.2.0/24\n"[..], 1).unwrap());
    expect!["cannot use the tables in `FOLDER`: two tables are called `vpn.txt`; give each its own name, since origins cite them by it"].assert_eq(&folder.refusal(&Limits::default()));
}

#[test]
fn large_files_and_bombs() {
    let limits = Limits { bytes: 1000, ..Limits::default() };
    let folder = Folder::new(&[GOOD]);
    folder.write("tor.txt", vec![b'\n'; 1001]);
    folder.write("proxy.txt.zst", zstd::encode_all(&vec![b'\n'; 1 << 20][..], 1).unwrap());
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&[b'\n'; 1 << 16]).unwrap();
    folder.write("relay.txt.gz", packer.finish().unwrap());
    expect![[r#"
        cannot use the tables in `FOLDER`, for 3 reasons:
          `proxy.txt.zst` unpacks to more than the 1000 bytes that are allowed; see whether it is the right file
          `relay.txt.gz` unpacks to more than the 1000 bytes that are allowed; see whether it is the right file
          `tor.txt` is larger than the 1000 bytes that are allowed; see whether it is the right file"#]]
    .assert_eq(&folder.refusal(&limits));
}

#[test]
fn damaged_packings_and_archives() {
    let folder = Folder::new(&[GOOD]);
    let whole = zstd::encode_all(&b"192.0.2.0/24\n"[..], 1).unwrap();
    folder.write("proxy.txt.zst", &whole[..whole.len() - 3]);
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    folder.write("GeoLite2-ASN.tar", tar);
    expect![[r#"
        cannot use the tables in `FOLDER`, for 2 reasons:
          `GeoLite2-ASN.tar` is a tar archive; unpack it and keep the table in it
          `proxy.txt.zst` cannot be unpacked (incomplete frame); fetch it again"#]]
    .assert_eq(&folder.refusal(&Limits::default()));
}

#[cfg(unix)]
#[test]
fn circles_and_loose_ends() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new(&[GOOD, ("a/tor.txt", "192.0.2.1\n")]);
    symlink("..", folder.at("a/up")).unwrap();
    symlink("nowhere", folder.at("gone.txt")).unwrap();
    symlink("self", folder.at("self")).unwrap();
    expect![[r#"
        cannot use the tables in `FOLDER`, for 3 reasons:
          `a/up` leads back to a folder that it lies in; remove the link
          `gone.txt` cannot be read (No such file or directory (os error 2)); see whether it is there and this user may read it, or take it away
          `self` cannot be read (Too many levels of symbolic links (os error 40)); see whether it is there and this user may read it, or take it away"#]].assert_eq(&folder.refusal(&Limits::default()));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = Folder::new(&[GOOD]);
    let made = std::process::Command::new("mkfifo").arg(folder.at("tor.txt")).status().unwrap();
    assert!(made.success());
    let loaded = folder.load();
    assert_eq!(loaded.skipped[0].why, "neither a file nor a folder");
}

#[test]
fn too_many_files() {
    let folder = Folder::new(&[GOOD]);
    (0..4096).for_each(|n| drop(fs::File::create(folder.at(&format!("{n}.tmp"))).unwrap()));
    expect!["cannot use the tables in `FOLDER`: it holds more than 4096 files and folders; is it the right one?"]
        .assert_eq(&folder.refusal(&Limits::default()));
}

#[test]
fn too_deep() {
    let folder = Folder::new(&[GOOD, ("1/2/3/4/5/6/7/8/tor.txt", "192.0.2.1\n")]);
    assert_eq!(folder.load().files.len(), 2);
    folder.write("1/2/3/4/5/6/7/8/9/tor.txt", "192.0.2.1\n");
    expect![
        "cannot use the tables in `FOLDER`: `1/2/3/4/5/6/7/8/9` lies more than 8 folders deep; is it the right folder?"
    ]
    .assert_eq(&folder.refusal(&Limits::default()));
}
