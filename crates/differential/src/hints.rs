//! Values that a client's own files name: what it holds facts against is what is worth trying. Files are read, never run.

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use inspect::{Artifact, Disclosures, inspect};
use regex::Regex;

use crate::environment::Factor;

/// A file larger than this is not looked at.
const FILE_MAX: u64 = 16 << 20;
/// Up to this size a script is followed as by static inspection, and its lists are read.
const FOLLOWED_MAX: usize = 1 << 20;
const VALUES_MAX: usize = 16;

static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?")
        .expect("the pattern above is well-formed")
});
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"["'`]([^"'`\\\n]{2,80})["'`]"#).expect("the pattern above is well-formed"));
/// What something is compared with.
static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) (?: [=!]==? | \b(?:includes|startsWith|endsWith|startswith|endswith|has|indexOf|match|test|case|in)\b \s* \(? ) \s*
           ["'`] ([^"'`\\\n]{2,60}) ["'`]"#,
    )
    .expect("the pattern above is well-formed")
});
/// Two strings and more, one after the other.
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:["'`][^"'`\\\n]{2,60}["'`]\s*,\s*)+["'`][^"'`\\\n]{2,60}["'`]"#)
        .expect("the pattern above is well-formed")
});
/// Patterns of a shell's `case`, alternatives of an expression.
static PATTERNS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*\(?([\w*?.:/|@-]{2,120})\)|/([\w.\\|-]{3,80})/[a-z]*\.test")
        .expect("the pattern above is well-formed")
});
static LOCALE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[a-z]{2,3}[-_][A-Z]{2}(?:\.[\w-]+)?$").expect("the pattern above is well-formed"));
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:https?://)?\.?((?:[a-z0-9][a-z0-9-]*\.)*[a-z0-9][a-z0-9-]*)(?::\d+)?/?$")
        .expect("the pattern above is well-formed")
});
static TABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/]{12,4096}={0,2}").expect("the pattern above is well-formed"));

/// Values by factor, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Hints(Vec<(Factor, Vec<String>)>);

impl Hints {
    pub fn of(&self, factor: Factor) -> &[String] {
        self.0.iter().find(|(f, _)| *f == factor).map_or(&[], |(_, v)| v)
    }

    fn add(&mut self, factor: Factor, value: &str) {
        let zones = Path::new("/usr/share/zoneinfo");
        let unknown_zone = factor == Factor::Timezone && zones.is_dir() && !zones.join(value).is_file();
        if factor.check(value).is_err() || unknown_zone {
            return;
        }
        let at = self.0.iter().position(|(f, _)| *f == factor).unwrap_or_else(|| {
            self.0.push((factor, Vec::new()));
            self.0.len() - 1
        });
        let all = &mut self.0[at].1;
        if all.len() < VALUES_MAX && !all.iter().any(|v| v == value) {
            all.push(value.to_owned());
        }
    }
}

/// Reads the files that a command names.
pub fn hints<'p>(files: impl IntoIterator<Item = &'p Path>) -> Hints {
    let mut hints = Hints::default();
    for path in files {
        let Some(bytes) =
            fs::metadata(path).ok().filter(|m| m.is_file() && m.len() <= FILE_MAX).and_then(|_| fs::read(path).ok())
        else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut compared: Vec<String> = Vec::new();
        if bytes.len() <= FOLLOWED_MAX && !bytes.starts_with(b"\x7fELF") {
            let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            let findings = inspect(
                &Artifact::open(&name, bytes.clone(), &inspect::Limits::default()),
                &Disclosures::default(),
                &inspect::Limits::default(),
            );
            compared.extend(
                findings
                    .findings
                    .iter()
                    .flat_map(|f| &f.compared)
                    .flat_map(|c| c.split([',', ';', '|', ' ']))
                    .map(str::to_owned),
            );
            compared.extend(COMPARED.captures_iter(&text).filter_map(|c| c.get(1)).map(|m| m.as_str().to_owned()));
            let lists = LISTED.find_iter(&text).flat_map(|l| QUOTED.captures_iter(l.as_str()));
            compared.extend(lists.filter_map(|c| c.get(1)).map(|m| m.as_str().to_owned()));
            compared.extend(
                PATTERNS
                    .captures_iter(&text)
                    .filter_map(|c| c.get(1).or_else(|| c.get(2)))
                    .flat_map(|m| m.as_str().split('|'))
                    .map(|p| p.replace(['*', '?', '\\'], "")),
            );
            compared.extend(decoded(&text));
        }
        ZONE.find_iter(&text).for_each(|m| hints.add(Factor::Timezone, m.as_str()));
        if bytes.len() <= FOLLOWED_MAX {
            QUOTED
                .captures_iter(&text)
                .filter_map(|c| c.get(1))
                .filter(|m| LOCALE.is_match(m.as_str()))
                .for_each(|m| locale(&mut hints, m.as_str()));
        }
        // Ends of hosts and whole hosts say more than words do.
        compared.sort_by_key(|c| !c.contains('.'));
        compared
            .iter()
            .map(|c| c.trim().trim_matches(['"', '\'', '(', ')', '[', ']']))
            .for_each(|word| of_word(&mut hints, word));
    }
    hints
}

fn locale(hints: &mut Hints, text: &str) {
    let base = text.split('.').next().unwrap_or(text).replace('-', "_");
    hints.add(Factor::Locale, &format!("{base}.UTF-8"));
}

/// What something is held against may be a zone, a language, a host, a part of one, or a name.
fn of_word(hints: &mut Hints, word: &str) {
    if ZONE.find(word).is_some_and(|m| m.as_str() == word) {
        return hints.add(Factor::Timezone, word);
    }
    if LOCALE.is_match(word) {
        return locale(hints, word);
    }
    if let ([a, b], true) = (word.as_bytes(), word.bytes().all(|b| b.is_ascii_lowercase())) {
        let country = match (a, b) {
            (b'z', b'h') => "CN".to_owned(),
            (b'j', b'a') => "JP".to_owned(),
            (b'k', b'o') => "KR".to_owned(),
            (b'u', b'k') => "UA".to_owned(),
            (b'f', b'a') => "IR".to_owned(),
            _ => word.to_ascii_uppercase(),
        };
        hints.add(Factor::Locale, &format!("{word}_{country}.UTF-8"));
    }
    let lower = word.to_ascii_lowercase();
    if let Some(host) =
        HOST.captures(&lower).and_then(|c| c.get(1)).map(|m| m.as_str().to_owned()).filter(|h| h.len() <= 60)
    {
        let host = match host.contains('.') {
            // A suffix is the end of a host, a word the middle of one.
            _ if lower.starts_with('.') => format!("gateway.example.{host}"),
            true => host,
            false if host.len() <= 24 => format!("{host}.example.com"),
            false => return,
        };
        hints.add(Factor::BaseUrl, &host);
        hints.add(Factor::Proxy, &format!("http://{host}:8080"));
    }
    if word.len() >= 2 && word.len() <= 24 && word.bytes().any(|b| b.is_ascii_alphabetic()) {
        hints.add(Factor::Username, word);
        hints.add(Factor::Hostname, word);
    }
}

/// Tables that a file hides behind base64, or behind that and one byte of XOR.
fn decoded(text: &str) -> Vec<String> {
    let mut out = BTreeSet::new();
    let mut tables = 0;
    for table in TABLE.find_iter(text).map(|m| m.as_str().trim_end_matches('=')) {
        let Ok(bytes) = STANDARD_NO_PAD.decode(table) else { continue };
        tables += 1;
        if tables > 500 {
            break;
        }
        for key in 0..=255_u8 {
            let plain: Vec<u8> = bytes.iter().map(|b| b ^ key).collect();
            let words = |c: &u8| c.is_ascii_alphanumeric() || b"._-/,;|: \n\"[]".contains(c);
            if !plain.iter().all(words) {
                continue;
            }
            let plain = String::from_utf8_lossy(&plain).into_owned();
            let telling = |w: &str| ZONE.is_match(w) || (w.contains('.') && HOST.is_match(w) && w.len() >= 5);
            out.extend(
                plain.split([',', ';', '|', ' ', '\n', '"', '[', ']']).filter(|w| telling(w)).map(str::to_owned),
            );
        }
    }
    out.into_iter().collect()
}
