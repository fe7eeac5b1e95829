//! Which kind of table a file is: the format from its bytes, the role from its path.

use super::{Format, Kind, Role};
use crate::{class::Class, network::Span, read::asn};

/// How much of a file is looked at.
const HEAD: usize = 64 * 1024;
/// What stands before the metadata of a MaxMind DB, which lies in the last 128 KiB.
const MMDB_MARK: &[u8] = b"\xab\xcd\xefMaxMind.com";
const MMDB_TAIL: usize = 128 * 1024;
/// Lists in JSON are a few megabytes.
const LONGEST_JSON: usize = 64 * 1024 * 1024;

/// Why a file was not taken for a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// A readme, a licence, something else.
    #[error("`{0}` is in no format of a table; take it out of the folder of tables, or see whether it is damaged")]
    NotTable(String),
    #[error(
        "`{0}` is a list, but its name does not say of what; put relay, tor, vpn, proxy, hosting, mobile, access or a \
         cloud provider into its path"
    )]
    NoRole(String),
    #[error("`{0}` holds countries, but its name does not say which; put `registered` or `located` into its path")]
    NoCountryRole(String),
    #[error("`{0}` is in a format that cannot be of the kind that was named for it; name another kind, or none")]
    WrongRole(String),
}

impl Kind {
    /// Looks at the content for the format and at the path for the role, such as `vpn` or `cloud/amazon`.
    pub fn recognise(path: &str, bytes: &[u8]) -> Result<Self, Unrecognised> {
        let format = format(bytes).ok_or_else(|| Unrecognised::NotTable(path.to_owned()))?;
        let role = match format {
            Format::Mmdb | Format::AsRanges | Format::AsNames => Role::Own,
            Format::Delegated => Role::Registered,
            Format::TorExits => Role::Class(Class::Tor),
            Format::CountryPrefixes => country_role(path)
                .or_else(|| membership(path))
                .ok_or_else(|| Unrecognised::NoCountryRole(path.to_owned()))?,
            Format::Prefixes | Format::AsNumbers => {
                membership(path).ok_or_else(|| Unrecognised::NoRole(path.to_owned()))?
            }
            Format::WarningList | Format::CloudJson => membership(path)
                .or_else(|| title(bytes).and_then(|title| membership(&title)))
                .ok_or_else(|| Unrecognised::NoRole(path.to_owned()))?,
        };
        Ok(Self { format, role })
    }

    /// Looks at the content for the format and takes the role as given; `path` is only for messages.
    pub fn with_role(path: &str, bytes: &[u8], role: Role) -> Result<Self, Unrecognised> {
        let format = format(bytes).ok_or_else(|| Unrecognised::NotTable(path.to_owned()))?;
        let fits = match format {
            Format::Mmdb | Format::AsRanges | Format::AsNames => role == Role::Own,
            Format::Delegated => role == Role::Registered,
            Format::TorExits => role == Role::Class(Class::Tor),
            Format::CountryPrefixes => role != Role::Own,
            Format::Prefixes | Format::AsNumbers | Format::WarningList | Format::CloudJson => {
                matches!(role, Role::Class(_) | Role::Cloud(_))
            }
        };
        if fits { Ok(Self { format, role }) } else { Err(Unrecognised::WrongRole(path.to_owned())) }
    }
}

fn format(bytes: &[u8]) -> Option<Format> {
    let tail = &bytes[bytes.len().saturating_sub(MMDB_TAIL)..];
    if tail.windows(MMDB_MARK.len()).any(|window| window == MMDB_MARK) {
        return Some(Format::Mmdb);
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if text.trim_start().starts_with('{') {
        return json(bytes);
    }
    text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';'])).and_then(line)
}

/// The format whose first line this may be, heading or not.
fn line(line: &str) -> Option<Format> {
    let is_delegated = line.split('|').count() >= 6;
    let cells: Vec<String> =
        line.split([',', '\t']).map(|cell| cell.trim().trim_matches('"').to_ascii_lowercase()).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let is_prefix = |text: &str| Span::parse(text).is_ok();
    match cells[..] {
        _ if is_delegated => Some(Format::Delegated),
        ["fingerprint", "ipaddr", ..] => Some(Format::TorExits),
        ["asn", "name"] => Some(Format::AsNames),
        ["start", "end", "asn", ..] => Some(Format::AsRanges),
        ["prefix" | "ip_prefix" | "network", "country" | "country_code" | "alpha2code", ..] => {
            Some(Format::CountryPrefixes)
        }
        [first, last, number, ..] if !first.contains('/') && is_prefix(first) && is_prefix(last) => {
            asn(number).ok().map(|_| Format::AsRanges)
        }
        [prefix, country, ..] if is_prefix(prefix) && country.len() <= 2 => Some(Format::CountryPrefixes),
        [entry] => entry_format(entry),
        [number, _, ..] if asn(number).is_ok() => Some(Format::AsNames),
        _ => entry_format(cells.first()?),
    }
}

/// The format of a list by one entry, with or without a remark.
fn entry_format(entry: &str) -> Option<Format> {
    let entry = entry.split(['#', ';']).next().unwrap_or(entry).trim_end();
    if Span::parse(entry).is_ok() {
        return Some(Format::Prefixes);
    }
    (entry.starts_with("as") && asn(entry).is_ok()).then_some(Format::AsNumbers)
}

fn json(bytes: &[u8]) -> Option<Format> {
    let bytes = Some(bytes).filter(|bytes| bytes.len() <= LONGEST_JSON)?;
    let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    let has = |key| keys.get(key).is_some_and(serde_json::Value::is_array);
    match () {
        () if has("list") && keys.contains_key("type") => Some(Format::WarningList),
        () if has("prefixes") || has("values") || has("regions") => Some(Format::CloudJson),
        () => None,
    }
}

/// What a list in JSON calls itself.
fn title(bytes: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Titled {
        name: String,
    }
    serde_json::from_slice::<Titled>(bytes).ok().map(|titled| titled.name)
}

fn country_role(path: &str) -> Option<Role> {
    let words = words(path);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    if has(&["rir", "registered", "registry", "delegated"]) {
        return Some(Role::Registered);
    }
    has(&["located", "location", "geo", "geolocation", "geofeed"]).then_some(Role::Located)
}

/// The class that a path names; the word nearest the end stands, so that `lists_vpn/datacenter.txt` is hosting.
fn membership(path: &str) -> Option<Role> {
    let words = words(path);
    let provider = words.iter().rev().find_map(|word| provider(word));
    let class = words.iter().rev().find_map(|word| class(word));
    match (class, provider) {
        (None | Some(Class::Cloud), Some(provider)) => Some(Role::Cloud(provider.to_owned())),
        (Some(Class::Cloud), None) => unknown_provider(path).map(Role::Cloud),
        (class, _) => class.map(Role::Class),
    }
}

/// A provider that is not known by name is the first word of the file that says nothing else.
fn unknown_provider(path: &str) -> Option<String> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file);
    let of_lists = ["ipv4", "ipv6", "v4", "v6", "ip", "ips", "ranges", "prefixes", "list"];
    words(stem).into_iter().find(|word| class(word).is_none() && !of_lists.contains(&word.as_str()))
}

fn words(path: &str) -> Vec<String> {
    path.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

fn class(word: &str) -> Option<Class> {
    match word {
        "relay" | "relays" => Some(Class::Relay),
        "tor" => Some(Class::Tor),
        "vpn" | "vpns" => Some(Class::Vpn),
        "proxy" | "proxies" => Some(Class::Proxy),
        "cloud" | "clouds" => Some(Class::Cloud),
        "hosting" | "datacenter" | "datacentre" | "datacenters" | "dc" => Some(Class::Hosting),
        "mobile" | "cellular" => Some(Class::Mobile),
        "access" | "residential" | "isp" => Some(Class::Access),
        _ => None,
    }
}

/// Providers under one name each, however a file calls them.
fn provider(word: &str) -> Option<&'static str> {
    match word {
        "amazon" | "aws" => Some("amazon"),
        "google" | "gcp" => Some("google"),
        "microsoft" | "azure" => Some("microsoft"),
        "oracle" | "oci" => Some("oracle"),
        "digitalocean" => Some("digitalocean"),
        "linode" | "akamai" => Some("linode"),
        "vultr" => Some("vultr"),
        "cloudflare" => Some("cloudflare"),
        "github" => Some("github"),
        "alibaba" | "aliyun" => Some("alibaba"),
        "tencent" => Some("tencent"),
        "huawei" => Some("huawei"),
        "hetzner" => Some("hetzner"),
        "ovh" => Some("ovh"),
        _ => None,
    }
}
