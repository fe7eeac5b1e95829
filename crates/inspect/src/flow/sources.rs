//! Where facts about the machine and its user come from.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::machine::Machine;
use super::taint::{codes, with_codes};
use super::value::{Kind, Shape, Value};
use crate::axes::Source;

/// What an environment variable tells, by its name.
pub(crate) fn of_variable(name: &str) -> Option<Source> {
    let upper = name.to_ascii_uppercase();
    Some(match upper.as_str() {
        "TZ" | "TIMEZONE" => Source::Timezone,
        "LANG" | "LANGUAGE" => Source::Locale,
        "USER" | "LOGNAME" | "USERNAME" | "HOME" | "USERPROFILE" | "SUDO_USER" | "GIT_AUTHOR_NAME"
        | "GIT_AUTHOR_EMAIL" | "USERDOMAIN" => Source::Username,
        "HOSTNAME" | "COMPUTERNAME" | "HOST" => Source::Hostname,
        "SSH_CONNECTION" | "SSH_CLIENT" => Source::Geolocation,
        "TERM_PROGRAM" | "TERMINAL_EMULATOR" | "VSCODE_PID" | "TERM_PROGRAM_VERSION" | "__CFBUNDLEIDENTIFIER" => {
            Source::Parent
        }
        _ if upper.starts_with("LC_") => Source::Locale,
        _ if upper.ends_with("_PROXY") => Source::Proxy,
        _ if is_base_url(&upper) => Source::BaseUrl,
        _ => return None,
    })
}

fn is_base_url(upper: &str) -> bool {
    upper.contains("BASE_URL")
        || upper.ends_with("BASEURL")
        || upper.ends_with("API_BASE")
        || upper.ends_with("API_HOST")
        || upper.ends_with("_API_URL")
        || (upper.ends_with("_ENDPOINT") && !upper.contains("OTEL"))
}

pub(crate) fn environment(m: &mut Machine<'_>, name: &str, at: u32) -> Option<Value> {
    if name == "PATH" {
        return Some(Value::outside("process.env.PATH", with_codes(&None, codes::SEARCH_PATH)));
    }
    of_variable(name).map(|s| m.source(s, at, Kind::Text))
}

/// A name that says what it holds, where nothing else does: a parameter, a field of what came from outside.
pub(crate) fn of_name(name: &str) -> Option<Source> {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    Some(match plain.as_str() {
        "timezone" | "tz" | "tzname" | "timezoneid" | "usertimezone" | "zonename" | "timezoneoffset" | "tzoffset" => {
            Source::Timezone
        }
        "locale" | "userlocale" | "syslocale" | "systemlocale" => Source::Locale,
        "hostname" | "machinename" | "computername" => Source::Hostname,
        "username" => Source::Username,
        "machineid" | "deviceid" | "hardwareid" => Source::MachineId,
        "baseurl" | "apibase" | "apibaseurl" | "apihost" | "basehost" | "apiendpoint" => Source::BaseUrl,
        "proxyurl" | "httpsproxy" | "httpproxy" | "proxyhost" => Source::Proxy,
        "macaddress" | "mac" => Source::Network,
        "remoteurl" | "gitremote" | "remoteoriginurl" => Source::Git,
        "countrycode" | "ipcountry" | "publicip" => Source::Geolocation,
        _ => return None,
    })
}

pub(crate) fn named(_: &mut Machine<'_>, _: &str, _: u32) -> Option<Value> {
    None
}

/// Variables that stand for all that tell something.
pub(crate) const VARIABLES: &[&str] =
    &["TZ", "LANG", "LC_ALL", "USER", "HOSTNAME", "HTTPS_PROXY", "http_proxy", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"];

pub(crate) fn is_environment(path: &str) -> bool {
    path.ends_with("process.env")
        || matches!(path, "import.meta.env" | "Bun.env" | "Deno.env.toObject()" | "?env" | "?process.env")
}

/// A member of something from outside that is a source itself.
pub(crate) fn member(m: &mut Machine<'_>, path: &str, name: &str, at: u32) -> Option<Value> {
    if is_environment(path) {
        return environment(m, name, at);
    }
    let source = match (tail(path), name) {
        ("resolvedOptions()", "timeZone") => Source::Timezone,
        ("resolvedOptions()", "locale") => Source::Locale,
        ("navigator", "language" | "languages" | "userLanguage" | "browserLanguage") => Source::Locale,
        ("navigator", "platform" | "userAgent" | "oscpu") => Source::Platform,
        ("process", "platform" | "arch") => Source::Platform,
        ("process", "ppid") => Source::Parent,
        ("Now", "timeZone" | "timeZoneId") => Source::Timezone,
        (_, "zoneName" | "timeZoneId")
            if path.contains("DateTime") || path.contains("ZonedDateTime") || path.contains("Temporal") =>
        {
            Source::Timezone
        }
        ("env", "language") if path.contains("vscode") => Source::Locale,
        ("env", "machineId") => Source::MachineId,
        ("env", "appName" | "appHost" | "uriScheme") if path.contains("vscode") => Source::Parent,
        ("os", "EOL") => return Some(Value::text("\n")),
        _ if path.starts_with('?') => {
            let named = of_name(name).filter(|s| *s == Source::BaseUrl || *s == Source::Timezone)?;
            m.guessed.insert(m.place(at));
            named
        }
        _ => return None,
    };
    Some(m.source(source, at, Kind::Text))
}

/// The last part of a name with dots.
pub(crate) fn tail(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A call of something from outside that is a source itself.
pub(crate) fn call(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Option<Value> {
    let name = tail(path);
    let module = path.split(['.', '(']).next().unwrap_or("");
    let is_os = path.strip_suffix(name).is_some_and(|p| matches!(p, "os." | "?os." | "?os()." | "Deno." | ""))
        || module == "os";
    let source = match name {
        "hostname" if is_os => Source::Hostname,
        "userInfo" if is_os => {
            let taint = m.marks.source(Source::Username, m.place(at));
            return Some(Value::outside("os.userInfo()", taint));
        }
        "homedir" if is_os => Source::Username,
        "networkInterfaces" if is_os => {
            let taint = m.marks.source(Source::Network, m.place(at));
            return Some(Value::outside("os.networkInterfaces()", taint));
        }
        "platform" | "type" | "release" | "arch" | "version" | "cpus" | "totalmem" if module == "os" => {
            Source::Platform
        }
        "getCurrentPosition" | "watchPosition" if path.contains("geolocation") => Source::Geolocation,
        "getTimezoneOffset" => return Some(m.source(Source::Timezone, at, Kind::Number)),
        "guess" if path.contains("tz") => Source::Timezone,
        "timeZoneId" if path.contains("Temporal") => Source::Timezone,
        "getLocale" | "getSystemLocale" | "getPreferredSystemLanguages" | "osLocale" => Source::Locale,
        "machineId" | "machineIdSync" => Source::MachineId,
        "getmac" => Source::Network,
        "get" if path.ends_with("Deno.env.get") => {
            let name = args.first().and_then(|a| a.as_text().cloned())?;
            return Some(
                environment(m, &name, at).unwrap_or_else(|| Value::outside(format!("process.env.{name}"), None)),
            );
        }
        _ => match module {
            "node-machine-id" => Source::MachineId,
            "os-locale" => Source::Locale,
            "macaddress" | "getmac" | "address" => Source::Network,
            "public-ip" | "geoip-lite" | "ip" | "external-ip" => Source::Geolocation,
            "git-remote-origin-url" | "parse-git-config" | "git-config" | "gitconfiglocal" => Source::Git,
            "username" | "fullname" => Source::Username,
            "ps-list" | "find-process" | "ppid" | "parent-process" => Source::Parent,
            "command-exists" | "which" | "hasbin" | "lookpath" => Source::Software,
            "simple-git" if name == "getRemotes" || name == "getConfig" || name == "remote" || name == "listConfig" => {
                Source::Git
            }
            "systeminformation" => Source::MachineId,
            _ => return None,
        },
    };
    // What comes back may be a promise, a text or an object; it keeps the name for what is asked of it next.
    let taint = m.marks.source(source, m.place(at));
    Some(match source {
        Source::Git | Source::Parent | Source::Network | Source::Geolocation | Source::Software => {
            Value::outside(format!("{path}()"), taint)
        }
        _ => Value::unknown(Kind::Text, taint),
    })
}

/// Words of commands, by what a command with one of them tells.
mod commands {
    pub(super) const TIMEZONE: &[&str] = &[
        "date +%z",
        "timedatectl",
        "systemsetup -gettimezone",
        "tzutil",
        "/etc/localtime",
        "/etc/timezone",
        "get-timezone",
    ];
    pub(super) const MACHINE_ID: &[&str] = &[
        "ioreg",
        "machineguid",
        "machine-id",
        "wmic csproduct",
        "kenv -q smbios",
        "product_uuid",
        "serialnumber",
        "system_profiler sphardware",
        "dmidecode",
    ];
    pub(super) const GIT: &[&str] = &["remote", "config", "ls-remote"];
    pub(super) const NETWORK: &[&str] =
        &["ifconfig", "ip addr", "ip link", "ip a", "ip route", "getmac", "arp -", "networksetup", "ipconfig"];
    pub(super) const PARENT: &[&str] = &["ppid", "ps -", "ps aux", "pstree", "tasklist", "get-process", "wmic process"];
    pub(super) const LOCALE: &[&str] =
        &["locale", "applelocale", "applelanguages", "get-culture", "get-winsystemlocale", "get-uiculture"];
    pub(super) const HOSTNAME: &[&str] = &["hostname", "scutil --get", "uname -n", "hostnamectl"];
    pub(super) const USERNAME: &[&str] = &["whoami", "id -un", "logname", "net user", "id -f"];
    pub(super) const SOFTWARE: &[&str] = &[
        "which ",
        "where ",
        "command -v",
        "--list-extensions",
        "dpkg",
        "rpm -q",
        "brew list",
        "npm ls",
        "npm list",
        "pip list",
        "mdfind",
        "ls /applications",
        "winget list",
        "pacman -q",
        "flatpak list",
        "snap list",
    ];
    pub(super) const PROXY: &[&str] =
        &["http_proxy", "https_proxy", "scutil --proxy", "networksetup -getwebproxy", "winhttp show proxy"];
}

/// Whether a text may be a command, a file or an address that tells something: one pass, since nearly all texts of a program are none.
pub(crate) fn may_tell(text: &str) -> bool {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        use commands::{HOSTNAME, LOCALE, MACHINE_ID, NETWORK, PARENT, PROXY, SOFTWARE, TIMEZONE, USERNAME};
        let lists = [TIMEZONE, MACHINE_ID, &["git", "ip -"], NETWORK, PARENT, LOCALE, HOSTNAME, USERNAME, SOFTWARE];
        let lists =
            lists.into_iter().chain([PROXY, LOOKUP, TOOLS, PLACES]).chain(FILES.iter().map(|(_, words)| *words));
        let word = |w: &&str| regex::escape(w).replace('/', r"[/\\]");
        let words: Vec<String> = lists.flatten().map(word).chain([NAMED.to_owned()]).collect();
        RegexBuilder::new(&words.join("|")).case_insensitive(true).build().ok()
    });
    WORDS.as_ref().is_none_or(|w| w.is_match(text)) || text.trim().eq_ignore_ascii_case("ps")
}

/// What running a command tells.
pub(crate) fn of_command(command: &str) -> Option<Source> {
    if !may_tell(command) {
        return None;
    }
    let c = command.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| c.contains(w));
    Some(if has(commands::TIMEZONE) {
        Source::Timezone
    } else if has(commands::MACHINE_ID) {
        Source::MachineId
    } else if c.contains("git") && has(commands::GIT) {
        Source::Git
    } else if (has(commands::NETWORK) || lists_links(&c)) && !has(&["ifconfig.me", "ifconfig.co"]) {
        Source::Network
    } else if of_lookup(&c) {
        Source::Geolocation
    } else if has(commands::PARENT) || c.trim() == "ps" {
        Source::Parent
    } else if has(commands::LOCALE) {
        Source::Locale
    } else if has(commands::HOSTNAME) {
        Source::Hostname
    } else if has(commands::USERNAME) {
        Source::Username
    } else if has(commands::SOFTWARE) {
        Source::Software
    } else if has(commands::PROXY) {
        Source::Proxy
    } else {
        return None;
    })
}

/// `ip -o link show`: options before what is asked for.
fn lists_links(command: &str) -> bool {
    let mut words = command.split_whitespace().skip_while(|w| *w != "ip" && !w.ends_with("/ip")).skip(1);
    let what = words.find(|w| !w.starts_with('-'));
    what.is_some_and(|w| matches!(w, "a" | "addr" | "address" | "l" | "link" | "r" | "route" | "n" | "neigh"))
}

/// Parts of the names of files, by what a file with one of them tells.
const FILES: &[(Source, &[&str])] = &[
    (Source::Timezone, &["/etc/localtime", "/etc/timezone", "zoneinfo"]),
    (Source::MachineId, &["machine-id", "product_uuid", "board_serial", "boot_id", "machineguid"]),
    (Source::Git, &[".git/config", ".gitconfig", ".git/head", ".git/fetch_head"]),
    (Source::Hostname, &["/etc/hostname", "/proc/sys/kernel/hostname"]),
    (Source::Locale, &["/etc/locale.conf", "/etc/default/locale"]),
    (Source::Username, &["/etc/passwd"]),
    (Source::Parent, &["/proc/"]),
    (Source::Network, &["/sys/class/net", "/proc/net/"]),
];

/// Folders that other tools leave in a home.
const TOOLS: &[&str] = &[
    "/.cursor",
    "/.codeium",
    "/.windsurf",
    "/.claude",
    "/.continue",
    "/.aider",
    "/.codex",
    "/.gemini",
    "/.qwen",
    "/.kimi",
    "/.trae",
    "/.ollama",
    "/.lmstudio",
    "/.tabnine",
    "/.opencode",
    "/.config/opencode",
    "/.config/github-copilot",
    "/.config/clash",
    "/.config/zed",
    "/.vscode-server",
];

/// Where software is installed.
const PLACES: &[&str] = &[
    "/applications",
    "/usr/bin/",
    "/usr/local/bin",
    "/opt/",
    "program files",
    "/extensions",
    "/snap/bin",
    "/appdata/",
    "/usr/share/applications",
];

fn normal(path: &str) -> String {
    path.to_ascii_lowercase().replace('\\', "/")
}

/// What reading a file tells.
pub(crate) fn of_file(path: &str) -> Option<Source> {
    if !may_tell(path) {
        return None;
    }
    let p = normal(path);
    let tells = |(source, words): &&(Source, &[&str])| match source {
        Source::Parent => p.contains("/proc/") && ["cmdline", "comm", "exe", "stat"].iter().any(|w| p.contains(w)),
        Source::Network => p.starts_with("/sys/class/net") || p.contains("/proc/net/"),
        _ => words.iter().any(|w| p.contains(w)),
    };
    FILES.iter().find(tells).map(|(source, _)| *source)
}

/// Files whose being there tells what is installed.
pub(crate) fn of_presence(path: &str) -> Option<Source> {
    if !may_tell(path) {
        return None;
    }
    let p = normal(path);
    let is_installed = || TOOLS.iter().any(|t| p.ends_with(t)) || PLACES.iter().any(|w| p.contains(w));
    of_file(path).or_else(|| is_installed().then_some(Source::Software))
}

/// Hosts and paths that are called after what they answer.
const NAMED: &str = r"(?:^|//|\.)(?:ip|geo|geoip|whois|where|locate|location)\.[a-z0-9-]+\.|//[^/]+/(?:v\d/)?(?:geo|geoip|country|locate|whoami|my-?ip)(?:$|[/?.])";

/// Whether an address is asked for what it sees of the caller.
pub(crate) fn of_lookup(url: &str) -> bool {
    static CALLED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMED).ok());
    may_tell(url)
        && (LOOKUP.iter().any(|h| url.contains(h))
            || (url.len() < 300 && CALLED.as_ref().is_some_and(|r| r.is_match(url))))
}

const LOOKUP: &[&str] = &[
    "ipinfo.io",
    "ifconfig.me",
    "ifconfig.co",
    "ip-api.com",
    "ipapi.co",
    "ipify.org",
    "icanhazip.com",
    "ipwho.is",
    "ipgeolocation.io",
    "freegeoip",
    "geojs.io",
    "checkip.amazonaws.com",
    "cdn-cgi/trace",
    "ident.me",
    "myip",
    "whatismyip",
    "ipdata.co",
    "ip.sb",
    "geoip",
    "country.is",
    "ipecho.net",
    "wtfismyip",
    "jsonip",
    "extreme-ip-lookup",
    "ipstack.com",
    "db-ip.com",
    "seeip.org",
    "geolocation",
    "ipapi",
    "whereami",
    "iplookup",
    "ip-lookup",
];

/// The text that a value has for sure, holes left out.
pub(crate) fn known_text(m: &Machine<'_>, v: &Value) -> String {
    known_text_to(m, v, 3)
}

/// A list may hold itself, so lists in lists are read to a depth.
fn known_text_to(m: &Machine<'_>, v: &Value, depth: u32) -> String {
    match &v.shape {
        Shape::Object(_) if depth == 0 => String::new(),
        Shape::Object(id) => {
            let items = &m.store.get(*id).items;
            items.iter().take(200).map(|x| known_text_to(m, x, depth - 1)).collect::<Vec<_>>().join(" ")
        }
        _ => m.renderings(v, 4).and_then(|r| r.into_iter().next()).unwrap_or_default(),
    }
}
