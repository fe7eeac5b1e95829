//! Input that wants to hurt: each ends soon, and each says what was not read.

use inspect::{Artifact, Findings, Limits, Verdict, inspect};

use crate::artifacts::{gzip, tar, zipped};
use crate::support::run;

#[track_caller]
fn unknown(f: &Findings, why: &str) {
    assert!(f.unknown.iter().any(|u| u.why.contains(why)), "{why}: {:?}", f.unknown);
    assert_ne!(f.verdict, Verdict::Clean);
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let small = Limits { unpacked_bytes: 32 << 20, ratio_from: 1 << 20, ..Limits::default() };
    let zeros = vec![b' '; 64 << 20];
    for (name, bytes) in [("b.tgz", gzip(&tar(&[("package/a.js", &zeros)]))), ("b.zip", zipped(&[("a.js", &zeros)]))] {
        let a = Artifact::open(name, bytes, &small);
        unknown(&inspect(&a, &inspect::Disclosures::default(), &small), "limit of size or ratio");
    }
}

#[test]
fn more_files_than_the_limit_are_not_read() {
    let small = Limits { files: 10, ..Limits::default() };
    let names: Vec<String> = (0..50).map(|i| format!("package/{i}.js")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), b"1".as_slice())).collect();
    let a = Artifact::open("x.tar", tar(&files), &small);
    unknown(&inspect(&a, &inspect::Disclosures::default(), &small), "more files than the limit");
}

#[test]
fn paths_that_leave_the_archive_are_not_read() {
    unknown(&run("x.tar", tar(&[("../../etc/passwd.js", b"1")])), "leaves the archive");
    unknown(&run("x.tar", tar(&[("/etc/cron.js", b"1")])), "leaves the archive");
    unknown(&run("x.zip", zipped(&[("a/../../b.js", b"1")])), "leaves the archive");
}

#[test]
fn links_in_archives_are_not_followed() {
    let mut b = tar::Builder::new(Vec::new());
    let mut h = tar::Header::new_ustar();
    h.set_entry_type(tar::EntryType::Symlink);
    h.set_size(0);
    b.append_link(&mut h, "package/a.js", "/etc/passwd").unwrap();
    unknown(&run("x.tar", b.into_inner().unwrap()), "link or device");
}

#[test]
fn nesting_that_no_stack_holds_is_refused() {
    let deep = [
        "[".repeat(200_000),
        "(".repeat(200_000),
        "{".repeat(200_000),
        "!".repeat(200_000) + "1",
        "a=>".repeat(100_000) + "1",
        "if(a)".repeat(100_000),
        "a?".repeat(100_000),
        "a=".repeat(100_000) + "1",
        "new ".repeat(100_000) + "A",
        "`${".repeat(100_000),
        "if(a){}else ".repeat(100_000),
        "1+".repeat(100_000) + "1",
    ];
    for text in deep {
        let shown = text[..8.min(text.len())].to_owned();
        let f = run("a.js", text);
        assert_ne!(f.verdict, Verdict::Clean, "{shown}");
    }
}

#[test]
fn nesting_within_the_limit_is_followed() {
    let f = run("a.js", format!("const z = process.env.TZ; const a = {}z{};", "[".repeat(1_000), "]".repeat(1_000)));
    assert_eq!(f.unknown, []);
}

#[test]
fn a_line_longer_than_the_limit_is_searched_only() {
    let mut line = b"const h = 'https://host.example.invalid/'; var a = '".to_vec();
    line.resize(80 << 20, b'x');
    line.extend(b"';");
    let f = run("a.js", line);
    unknown(&f, "longer than the limit");
    assert!(f.endpoints.iter().any(|e| e.host == "host.example.invalid"));
}

#[test]
fn invalid_text_and_cut_off_files_are_told() {
    unknown(&run("a.js", b"const a = '\xff\xfe';".to_vec()), "not UTF-8");
    unknown(&run("client", b"\x7fELF\x02\x01\x01\0\0".to_vec()), "damaged or cut off");
    unknown(&run("a.tgz", gzip(&tar(&[("package/a.js", &[b'1'; 5000])]))[..60].to_vec()), "damaged");
    unknown(&run("a.zip", b"PK\x03\x04\0\0".to_vec()), "damaged");
    unknown(&run("a.asar", b"\x04\0\0\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\x7f".to_vec()), "asar header is cut off");
    unknown(&run("a.js", "const = ; }{".to_owned()), "does not parse");
    unknown(&run("client", [b"\x7fELF".as_slice(), &[0; 100], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\n---- Bun! ----\n"].concat()), "cannot be read");
}

#[test]
fn a_program_that_never_ends_is_left_after_its_budget() {
    for text in [
        "const z = process.env.TZ; while (true) {}",
        "const z = process.env.TZ; function f(n) { return f(n + 1) + f(n + 2); } f(0);",
        "const z = process.env.TZ; let a = [z]; for (;;) a.push(a);",
        "const z = process.env.TZ; let a = []; a.push(a); String(a);",
        "const z = process.env.TZ; let s = 'x'; for (;;) s += s;",
        "const z = process.env.TZ; const s = 'a'.repeat(2000); for (;;) /(?=((a+)+)+$)b\\1/.test(s + z.length % 7);",
        "const z = process.env.TZ; const s = 'a'.repeat(2000) + 'b'; for (;;) s.replace(/^(?:(?!x)[^])*?(a+)+\\1$/g, '');",
        "const z = process.env.TZ; const s = 'a,'.repeat(9000); for (;;) s.split(/,(?=a)/);",
        "const z = process.env.TZ; let s = [z]; for (let i = 0; i < 100; i++) { s = [s, s, z ? s : i]; } JSON.stringify(s);",
    ] {
        let small = Limits { fuel: 2_000_000, ..Limits::default() };
        let a = Artifact::open("a.js", text.into(), &small);
        let f = inspect(&a, &inspect::Disclosures::default(), &small);
        assert!(f.coverage.parsed_bytes > 0, "{text}");
    }
}

#[test]
fn a_loop_that_nothing_ends_is_told() {
    unknown(&run("a.js", "const z = process.env.TZ; while (true) {}"), "nothing was seen that ends it");
    let there = "const z = process.env.TZ; const o = {}; while (o) { o.n = z; }";
    unknown(&run("a.js", there), "nothing was seen that ends it");
}

#[test]
fn what_holds_itself_does_not_take_the_stack() {
    for text in [
        "const o = {}; o.slice = Array.prototype.slice; o.slice(1); const z = process.env.TZ;",
        "const p = {}; p.call = Function.prototype.call; p.call(p); const z = process.env.TZ;",
        "function b() { return 1; } b.call = b.call; b.call(b, 1); const z = process.env.TZ;",
        "const l = []; l.push(l, l); require('tool').run(l, process.env.TZ);",
    ] {
        assert_eq!(run("a.js", text).coverage.parsed_bytes, text.len() as u64);
    }
}

#[test]
fn options_that_are_all_chosen_are_not_put_together_in_all_ways() {
    let text = "const z = process.env.TZ, o = {}; for (let i = 0; i < 60; i++) o['k' + i] = z === 'a' ? 1 : 2;
        fetch('https://x.invalid/' + new Intl.NumberFormat('en', o).format(5));";
    let begun = std::time::Instant::now();
    assert_eq!(run("a.js", text).coverage.parsed_bytes, text.len() as u64);
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn long_lists_of_a_choice_do_not_take_minutes() {
    let lists: Vec<String> = (0..30).map(|i| format!("if (k === {i}) l = l.concat(Array(900).fill({i}));")).collect();
    let text =
        format!("const z = process.env.TZ; exports.f = (k) => {{ let l = [z]; {} return [...l]; }};", lists.concat());
    let small = Limits { fuel: 2_000_000, ..Limits::default() };
    let a = Artifact::open("a.js", text.into_bytes(), &small);
    assert!(inspect(&a, &inspect::Disclosures::default(), &small).coverage.parsed_bytes > 0);
}
