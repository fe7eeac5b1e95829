//! One list in the languages of those who enforce it. Each says its version and where it came from.

use std::{fmt::Write as _, str::FromStr};

use serde_json::json;

use super::List;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    Hosts,
    Nftables,
    Dnsmasq,
    Rpz,
    Squid,
    Pac,
    EnvoyJson,
    EnvoyYaml,
    WindowsFirewall,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no form; there are plain, hosts, nftables, dnsmasq, rpz, squid, pac, envoy-json, envoy-yaml and windows-firewall"
)]
pub struct FormError(String);

impl FromStr for Form {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        Ok(match text {
            "plain" => Self::Plain,
            "hosts" => Self::Hosts,
            "nftables" => Self::Nftables,
            "dnsmasq" => Self::Dnsmasq,
            "rpz" => Self::Rpz,
            "squid" => Self::Squid,
            "pac" => Self::Pac,
            "envoy" | "envoy-json" => Self::EnvoyJson,
            "envoy-yaml" => Self::EnvoyYaml,
            "windows-firewall" => Self::WindowsFirewall,
            _ => return Err(FormError(text.to_owned())),
        })
    }
}

/// The list in a form. Shared hosts are comments, unless they are asked for.
pub fn render(list: &List, form: Form, with_shared: bool) -> String {
    let mut hosts: Vec<&str> = list.core.keys().map(String::as_str).collect();
    if with_shared {
        hosts.extend(list.shared.keys().map(String::as_str));
        hosts.sort_unstable();
    }
    let head = |mark: &str| head(list, mark, with_shared);
    match form {
        Form::Plain => head("#") + &lines(&hosts, |host| host.to_owned()),
        Form::Hosts => head("#") + &lines(&hosts, |host| format!("0.0.0.0 {host}\n0.0.0.0 www.{host}\n:: {host}")),
        Form::Dnsmasq => {
            // The second line keeps addresses in a set that the firewall may use.
            head("#")
                + &lines(&hosts, |host| {
                    format!("local=/{host}/\nnftset=/{host}/4#inet#ringfence#banned4,6#inet#ringfence#banned6")
                })
        }
        Form::Rpz => {
            let zone = "$TTL 60\n@ SOA localhost. ringfence.localhost. 1 3600 600 86400 60\n@ NS localhost.\n";
            head(";") + zone + &lines(&hosts, |host| format!("{host} CNAME .\n*.{host} CNAME ."))
        }
        Form::Squid => {
            // Squid refuses a list that names a domain beside one that it lies in.
            let outer: Vec<&str> = hosts.iter().copied().filter(|host| !lies_in_another(host, &hosts)).collect();
            let tls = lines(&outer, |host| format!("#acl ringfence_banned_tls ssl::server_name .{host}"));
            head("#")
                + &lines(&outer, |host| format!("acl ringfence_banned dstdomain .{host}"))
                + "http_access deny ringfence_banned\n# For a Squid that was built with OpenSSL and has ssl_bump:\n"
                + &tls
                + "#ssl_bump terminate ringfence_banned_tls\n"
        }
        Form::Nftables => nftables(&head("#"), &hosts),
        Form::Pac => pac(&head("//"), &hosts),
        Form::EnvoyJson => format!("{:#}\n", envoy(list, &hosts)),
        Form::EnvoyYaml => head("#") + &envoy_yaml(&hosts),
        Form::WindowsFirewall => windows(&head("#"), &hosts),
    }
}

fn head(list: &List, mark: &str, with_shared: bool) -> String {
    let mut text = format!(
        "{mark} ringfence egress list: {}\n{mark} catalogue {}, {} core domain(s)\n",
        line(&list.title),
        list.version,
        list.core.len()
    );
    for (host, of) in &list.shared {
        let what =
            if with_shared { "also listed, though it serves others" } else { "not listed, since it serves others" };
        _ = writeln!(text, "{mark} shared: {host} ({}): {what}", of.join(", "));
    }
    text
}

fn lies_in_another(host: &str, hosts: &[&str]) -> bool {
    hosts.iter().any(|other| *other != host && super::is_within(host, other))
}

/// A title must not begin a line of its own.
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn lines(hosts: &[&str], each: impl Fn(&str) -> String) -> String {
    hosts.iter().map(|host| each(host) + "\n").collect()
}

/// A firewall knows addresses, not names: the sets are empty until a resolver fills them.
fn nftables(head: &str, hosts: &[&str]) -> String {
    let names = lines(hosts, |host| format!("#   {host}"));
    format!(
        "{head}# The sets are filled by dnsmasq (form `dnsmasq`, nftset= lines) from these names:\n{names}table inet ringfence {{\n\
         \tset banned4 {{\n\t\ttype ipv4_addr\n\t\tflags timeout\n\t\ttimeout 1d\n\t}}\n\
         \tset banned6 {{\n\t\ttype ipv6_addr\n\t\tflags timeout\n\t\ttimeout 1d\n\t}}\n\
         \tchain out {{\n\t\ttype filter hook output priority filter; policy accept;\n\
         \t\tip daddr @banned4 counter reject\n\t\tip6 daddr @banned6 counter reject\n\t}}\n\
         \tchain through {{\n\t\ttype filter hook forward priority filter; policy accept;\n\
         \t\tip daddr @banned4 counter reject\n\t\tip6 daddr @banned6 counter reject\n\t}}\n}}\n"
    )
}

fn pac(head: &str, hosts: &[&str]) -> String {
    let list: Vec<String> = hosts.iter().map(|host| format!("  \"{host}\"")).collect();
    format!(
        "{head}var banned = [\n{}\n];\nfunction FindProxyForURL(url, host) {{\n  host = host.toLowerCase().replace(/\\.$/, \"\");\n  for (var i = 0; i < banned.length; i++) {{\n    \
         if (host === banned[i] || host.slice(-banned[i].length - 1) === \".\" + banned[i]) {{\n      return \"PROXY 127.0.0.1:9\";\n    }}\n  }}\n  return \"DIRECT\";\n}}\n",
        list.join(",\n")
    )
}

/// A filter for the network and HTTP: denies by TLS server name or by host.
fn envoy(list: &List, hosts: &[&str]) -> serde_json::Value {
    let names = |matcher: fn(&str) -> serde_json::Value| hosts.iter().map(|host| matcher(host)).collect::<Vec<_>>();
    let server = names(|host| json!({ "requested_server_name": { "safe_regex": { "regex": regex(host) } } }));
    let header = names(
        |host| json!({ "header": { "name": ":authority", "string_match": { "safe_regex": { "regex": format!("{}(:[0-9]+)?", regex(host)) } } } }),
    );
    json!({
        "_comment": format!("ringfence egress list: {}; catalogue {}", line(&list.title), list.version),
        "network": {
            "name": "envoy.filters.network.rbac",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC",
                "stat_prefix": "ringfence",
                "rules": { "action": "DENY", "policies": { "banned": { "permissions": [{ "or_rules": { "rules": server } }], "principals": [{ "any": true }] } } },
            },
        },
        "http": {
            "name": "envoy.filters.http.rbac",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
                "rules": { "action": "DENY", "policies": { "banned": { "permissions": [{ "or_rules": { "rules": header } }], "principals": [{ "any": true }] } } },
            },
        },
    })
}

fn regex(host: &str) -> String {
    format!("(.+\\.)?{}", host.replace('.', "\\."))
}

fn envoy_yaml(hosts: &[&str]) -> String {
    let rules = lines(hosts, |host| {
        format!("                - requested_server_name: {{ safe_regex: {{ regex: '{}' }} }}", regex(host))
    });
    format!(
        "name: envoy.filters.network.rbac\ntyped_config:\n  \"@type\": type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC\n  stat_prefix: ringfence\n  \
         rules:\n    action: DENY\n    policies:\n      banned:\n        permissions:\n          - or_rules:\n              rules:\n{rules}        principals:\n          - any: true\n"
    )
}

fn windows(head: &str, hosts: &[&str]) -> String {
    let list: Vec<String> = hosts.iter().map(|host| format!("    '{host}'")).collect();
    format!(
        "{head}# Run as administrator in PowerShell. Names become keywords of the firewall, which resolve them as they are used (Windows 10 22H2 and newer).\n\
         $banned = @(\n{}\n)\nforeach ($name in $banned) {{\n    foreach ($keyword in @($name, \"*.$name\")) {{\n        $id = '{{' + (New-Guid).ToString() + '}}'\n        \
         New-NetFirewallDynamicKeywordAddress -Id $id -Keyword $keyword -AutoResolve $true\n        \
         New-NetFirewallRule -DisplayName \"Ringfence: $keyword\" -Group 'Ringfence' -Direction Outbound -Action Block -RemoteDynamicKeywordAddresses $id\n    }}\n}}\n",
        list.join(",\n")
    )
}
