//! Folders of tables: what is read, what is passed over, what is refused, and when to read again.

mod refused;
mod watched;

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use expect_test::{Expect, expect};
use gateway::{Loaded, TableFolder};
use jiff::civil::{Date, date};
use origin::Limits;
use tempfile::TempDir;

pub(crate) const ON: Date = date(2026, 9, 1);

/// A folder whose files were last changed on 2026-08-22.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = File::create(path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_787_400_000)).unwrap();
    }

    pub(crate) fn tables(&self) -> TableFolder {
        TableFolder::at(self.0.path())
    }

    pub(crate) fn load(&self) -> Loaded {
        self.tables().load(ON, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What the refusal says, without the folder's name.
    #[track_caller]
    pub(crate) fn refusal(&self, limits: &Limits) -> String {
        let error = self.tables().load(ON, limits).err().expect("is refused");
        error.to_string().replace(&self.0.path().display().to_string(), "FOLDER")
    }
}

/// What was read and what was passed over.
#[track_caller]
fn check(files: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&told(&Folder::new(files).load()));
}

fn told(loaded: &Loaded) -> String {
    let mut out = String::new();
    for file in &loaded.files {
        let (format, role) = (file.kind.format, &file.kind.role);
        let day = format!("{} by {:?}, good until {}", file.as_of, file.day, file.good_until);
        writeln!(out, "{}: {format:?} {role:?}, {day}, {} rows", file.name, file.rows).unwrap();
    }
    loaded.skipped.iter().for_each(|skipped| writeln!(out, "passed over {}: {}", skipped.name, skipped.why).unwrap());
    out
}

fn class(loaded: &Loaded, address: &str) -> String {
    loaded.tables.trace(address.parse().unwrap()).class().to_string()
}

#[test]
fn kinds_and_days_are_found() {
    check(
        &[
            ("vpn.txt", "192.0.2.0/24\n198.51.100.0/24\n"),
            ("cloud/amazon_ipv6.txt", "2001:db8::/32\n"),
            (
                "delegated-apnic",
                "2|apnic|1|1|19830613|20260810|+1000\napnic|CN|ipv4|1.0.0.0|256|20110414|allocated|A\n",
            ),
            ("README.md", "x"),
            ("licenses/MIT.txt", "x"),
            ("test-data/broken.mmdb", "x"),
            ("vpn.txt.new~", "x"),
            (".hidden", "x"),
        ],
        expect![[r#"
            cloud/amazon_ipv6.txt: Prefixes Cloud("amazon"), 2026-08-22 by Modified, good until 2027-08-22, 1 rows
            delegated-apnic: Delegated Registered, 2026-08-10 by Content, good until 2027-08-10, 1 rows
            vpn.txt: Prefixes Class(Vpn), 2026-08-22 by Modified, good until 2027-02-18, 2 rows
            passed over .hidden: a hidden name
            passed over README.md: a readme
            passed over licenses: licences
            passed over test-data: test data
            passed over vpn.txt.new~: a temporary name
        "#]],
    );
}

#[test]
fn the_manifest_has_the_first_word() {
    check(
        &[
            (
                "tables.toml",
                "[[table]]\nfile = \"lists/exits.txt\"\nkind = \"tor\"\nname = \"exits\"\nas_of = 2026-08-01\nmax_age_days = 40\n\
                 [[table]]\nfile = \"lists/*.txt\"\nkind = \"cloud/acme\"\nas_of = \"2026-07-01\"\n\
                 [[table]]\nfile = \"**/use.csv\"\nkind = \"located\"\n\
                 [[skip]]\nfile = \"drafts/**\"\nwhy = \"not in use yet\"\n",
            ),
            ("lists/exits.txt", "192.0.2.1\n"),
            ("lists/b.txt", "192.0.2.2\n"),
            ("a/b/use.csv", "prefix,country\n192.0.2.0/24,DE\n"),
            ("drafts/x.txt", "nonsense"),
        ],
        expect![[r#"
            a/b/use.csv: CountryPrefixes Located, 2026-08-22 by Modified, good until 2027-08-22, 1 rows
            lists/b.txt: Prefixes Cloud("acme"), 2026-07-01 by Manifest, good until 2027-07-01, 1 rows
            exits: Prefixes Class(Tor), 2026-08-01 by Manifest, good until 2026-09-10, 1 rows
            passed over drafts/x.txt: not in use yet
        "#]],
    );
}

#[test]
fn packed_tables_are_unpacked_and_called_as_if_they_were_not() {
    let folder = Folder::new(&[]);
    let text = "192.0.2.0/24\n";
    folder.write("vpn.txt.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"198.51.100.0/24\n").unwrap();
    folder.write("tor.txt.gz", packer.finish().unwrap());
    let loaded = folder.load();
    assert_eq!(loaded.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["tor.txt", "vpn.txt"]);
    assert_eq!([class(&loaded, "192.0.2.9"), class(&loaded, "198.51.100.9")], ["vpn", "tor"]);
}

/// A file of the future would be fresh for too long, so its day is today.
#[test]
fn a_time_in_the_future_is_no_day() {
    let folder = Folder::new(&[("vpn.txt", "192.0.2.0/24\n")]);
    let file = File::options().write(true).open(folder.at("vpn.txt")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000)).unwrap();
    assert_eq!(folder.load().files[0].as_of, ON);
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_long_as_they_lead_on() {
    use std::os::unix::fs::symlink;
    // As Kubernetes mounts a volume: what is visible leads into a hidden folder.
    let folder = Folder::new(&[("..2026/vpn.txt", "192.0.2.0/24\n")]);
    symlink("..2026", folder.at("..data")).unwrap();
    symlink("..data/vpn.txt", folder.at("vpn.txt")).unwrap();
    let loaded = folder.load();
    assert_eq!(loaded.files.len(), 1);
    assert_eq!(class(&loaded, "192.0.2.1"), "vpn");
}

/// The real tables, where they lie beside the workspace.
#[test]
fn real_tables() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/origin");
    let folder = std::env::var_os("RINGFENCE_SHARED").map_or(beside, |shared| PathBuf::from(shared).join("origin"));
    if !folder.is_dir() {
        let _ = std::io::stderr().write_all(b"\n*** SKIPPED: ../shared/origin is missing ***\n");
        return;
    }
    let on = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let loaded = TableFolder::at(folder).load(on, &Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    let skipped: Vec<&str> = loaded.skipped.iter().map(|skipped| skipped.name.as_str()).collect();
    expect![[r#"
        [
            "LICENSES",
            "NOTICE.md",
            "README.md",
            "SHA256SUMS",
            "mmdb/bad-data",
            "mmdb/source-data",
            "mmdb/test-data",
        ]
    "#]]
    .assert_debug_eq(&skipped);
    assert_eq!(loaded.files.len(), 30);
    assert_eq!(class(&loaded, "47.88.0.1"), "cloud");
}
