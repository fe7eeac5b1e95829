//! Lists for the network, and use that logs show.

use expect_test::expect;
use sweep::{
    ban,
    catalogue::Catalogue,
    egress::{Form, List, Seen, render},
};

fn list() -> List {
    let catalogue = Catalogue::shipped().unwrap();
    let ban = ban::parse("name = \"q\"\nfrom = 2026-01-01\nreason = \"r\"\n[[subject]]\ntool = \"qoder\"\n[[subject]]\ntool = \"supermaven\"\n[[subject]]\ntool = \"goose\"\n", &catalogue).unwrap();
    let mut list = List::of(&catalogue, Some(&ban));
    list.version = "0".to_owned();
    list
}

#[test]
fn shared_hosts_are_told_and_not_listed() {
    expect![[r#"
        # ringfence egress list: q
        # catalogue 0, 4 core domain(s)
        # shared: us.i.posthog.com (goose): not listed, since it serves others
        qoder.cn
        qoder.com
        qoder.sh
        supermaven.com
    "#]]
    .assert_eq(&render(&list(), Form::Plain, false));
    assert!(render(&list(), Form::Plain, true).contains("\nus.i.posthog.com\n"));
}

#[test]
fn every_form_names_every_host_and_its_version() {
    for form in
        ["plain", "hosts", "nftables", "dnsmasq", "rpz", "squid", "pac", "envoy-json", "envoy-yaml", "windows-firewall"]
    {
        let text = render(&list(), form.parse().unwrap(), false);
        for host in ["qoder.cn", "qoder.com", "supermaven.com"] {
            assert!(
                text.contains(host)
                    || text.contains(&host.replace('.', "\\\\."))
                    || text.contains(&host.replace('.', "\\.")),
                "{form} lacks {host}:\n{text}"
            );
        }
        assert!(text.contains("catalogue 0"), "{form}");
        assert!(
            !text.lines().any(|line| line.contains("posthog") && !line.trim_start().starts_with(['#', ';', '/'])),
            "{form}"
        );
    }
    assert!("iptables".parse::<Form>().is_err());
}

/// Squid does not start with a list that names a domain and one within it.
#[test]
fn squid_gets_no_domain_within_another() {
    let catalogue = Catalogue::shipped().unwrap();
    let ban = "name = \"q\"\nfrom = 2026-01-01\nreason = \"r\"\n[[subject]]\nvendor = \"Anthropic\"\n[[subject]]\nvendor = \"Alibaba\"\n";
    let list = List::of(&catalogue, Some(&ban::parse(ban, &catalogue).unwrap()));
    let text = render(&list, Form::Squid, false);
    let named: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("acl ringfence_banned dstdomain ")).collect();
    assert!(named.contains(&".anthropic.com"), "{text}");
    for domain in &named {
        assert!(!named.iter().any(|other| other != domain && domain.ends_with(other)), "{domain}");
    }
    assert!(text.lines().all(|line| line.starts_with('#') || !line.contains("ssl::")), "{text}");
}

#[test]
fn logs_of_other_formats_and_packed_ones() {
    let list = list();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(
        &mut packed,
        b"1764237600.123    45 10.0.0.9 TCP_TUNNEL/200 3902 CONNECT qoder.cn:443 - HIER_DIRECT/1.2.3.4 -\n",
    )
    .unwrap();
    let combined = "10.0.0.4 - - [27/Nov/2025:10:00:00 +0000] \"CONNECT api.qoder.com:443 HTTP/1.1\" 200 39 \"-\" \"curl/8\" TCP_TUNNEL:HIER_DIRECT\n10.0.0.3 - - [27/Nov/2025:10:00:00 +0000] \"GET http://example.org/?u=qoder.com HTTP/1.1\" 200 39 \"-\" \"-\" TCP_MISS:HIER_DIRECT\n";
    let custom = "1764237601 10.0.0.5 TCP_MISS/200 POST https://qoder.sh/v1?x\n";
    let http = "#fields\tts\tuid\tid.orig_h\thost\turi\n1764237602.5\tC1\t10.0.0.6\tqoder.com\t/\n";
    let dated = "2025-11-27T11:00:00+01:00 gw dnsmasq[7]: query[A] www.qoder.com from 10.0.0.7\n";
    let mut seen = Seen::new(&list);
    for log in
        [packed.finish().unwrap().as_slice(), combined.as_bytes(), custom.as_bytes(), http.as_bytes(), dated.as_bytes()]
    {
        seen.read(log).unwrap();
    }
    let uses = seen.finish();
    let one = &uses.uses[0];
    expect![[r#"{"qoder.cn": 1, "qoder.com": 3, "qoder.sh": 1} 5 2025-11-27T10:00:00Z 2025-11-27T10:00:02.5Z 0"#]]
        .assert_eq(&format!(
            "{:?} {} {} {} {}",
            one.domains,
            one.hosts,
            one.first.as_deref().unwrap_or_default(),
            one.last.as_deref().unwrap_or_default(),
            uses.unread
        ));
}

#[test]
fn logs_of_every_kind() {
    let list = list();
    let logs = [
        "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tquery\n1764237600.5\tC1\t10.0.0.5\t99\tapi.qoder.com\n1764237700\tC2\t10.0.0.6\t99\tnotqoder.com\n1764237800\tC3\t10.0.0.6\t99\t-\n",
        "{\"ts\":1764237900.0,\"id.orig_h\":\"10.0.0.7\",\"server_name\":\"QODER.com\"}\n{\"ts\":\"2025-11-27T10:00:00Z\",\"id.orig_h\":\"10.0.0.5\",\"query\":\"us.i.posthog.com\"}\nnot a log\n",
        "Nov 27 10:00:01 dnsmasq[7]: query[A] www.supermaven.com from 10.0.0.5\nNov 27 10:00:02 dnsmasq[7]: reply www.supermaven.com is 1.2.3.4\n",
        "1764237600.123    45 10.0.0.9 TCP_TUNNEL/200 3902 CONNECT qoder.cn:443 - HIER_DIRECT/1.2.3.4 -\n1764237601.123    45 10.0.0.9 TCP_MISS/200 39 GET http://qoder.com/x - HIER_DIRECT/1.2.3.4 text/html\n",
    ];
    let mut seen = Seen::new(&list);
    for log in logs {
        seen.read(log.as_bytes()).unwrap();
    }
    let uses = seen.finish();
    let text: String = uses
        .uses
        .iter()
        .map(|one| {
            format!(
                "{} {} {} host(s) {:?} {} {}\n",
                one.subject,
                one.group,
                one.hosts,
                one.domains,
                one.first.as_deref().unwrap_or("-"),
                one.last.as_deref().unwrap_or("-")
            )
        })
        .collect();
    expect![[r#"
        goose shared 1 host(s) {"us.i.posthog.com": 1} 2025-11-27T10:00:00Z 2025-11-27T10:00:00Z
        qoder core 3 host(s) {"qoder.cn": 1, "qoder.com": 3} 2025-11-27T10:00:00.123Z 2025-11-27T10:05:00Z
        supermaven core 1 host(s) {"supermaven.com": 1} Nov 27 10:00:01 Nov 27 10:00:01
    "#]]
    .assert_eq(&text);
    assert_eq!((uses.lines, uses.unread), (10, 2));
    assert!(!serde_json::to_string(&uses).unwrap().contains("10.0.0"));
}
