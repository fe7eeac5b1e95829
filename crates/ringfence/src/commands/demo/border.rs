//! The demo's second half: a gateway on loopback before a model stub, and a handful of requests that fare differently.

use std::{fmt::Write, fs, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result};
use bytes::Bytes;
use gateway::{Config, Fingerprint, Gateway, Recorded, stub::Stub};
use http_body_util::{BodyExt, Full};
use hunt::campaign::Findings;
use hyper::Request;
use hyper_util::rt::TokioIo;
use jiff::{Timestamp, ToSpan};
use policy::Standing;
use serde::Serialize;
use serde_json::{Value, json};
use store::Assessment;

use super::super::{cases, serve::compact};
use crate::{data::DataFolder, interrupt::Interrupt, record, say};

/// What became of a request, as the caller saw it and as the ledger has it.
#[derive(Debug, Serialize)]
pub(crate) struct Decided {
    pub(crate) who: &'static str,
    pub(crate) from: &'static str,
    pub(crate) route: &'static str,
    pub(crate) status: u16,
    pub(crate) effect: String,
    pub(crate) decision_id: String,
    pub(crate) reasons: Vec<Cited>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Cited {
    pub(crate) rule: String,
    pub(crate) text: String,
}

/// All that the demo's gateway did.
pub(crate) struct Border {
    pub(crate) decided: Vec<Decided>,
    pub(crate) captured: u64,
}

/// A request of the demo: who asks, with which key, from where, for what.
struct Visit {
    who: &'static str,
    key: &'static str,
    from: &'static str,
    place: &'static str,
    route: &'static str,
}

/// Whose accounts they all are; nobody on a list owns it.
const ORGANIZATION: &str = "demo-organization";
const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";
const HOME: (&str, &str) = ("192.0.2.10", "an access network in DE");
const VPN: (&str, &str) = ("198.51.100.7", "a VPN");
const FAR: (&str, &str) = ("203.0.113.5", "a region that is not served");

const VISITS: [Visit; 9] = [
    visit("an old account", "key-old", HOME, CHAT),
    visit("an old account", "key-old", HOME, MESSAGES),
    visit("an old account", "key-old", VPN, CHAT),
    visit("a new account", "key-new", VPN, CHAT),
    visit("an old account", "key-old", FAR, CHAT),
    visit("a small plan, first", "key-small", HOME, CHAT),
    visit("a small plan, again", "key-small", HOME, CHAT),
    visit("an account of a campaign", "key-campaign", HOME, CHAT),
    visit("an unknown key", "key-of-nobody", HOME, MESSAGES),
];

const fn visit(
    who: &'static str,
    key: &'static str,
    (from, place): (&'static str, &'static str),
    route: &'static str,
) -> Visit {
    Visit { who, key, from, place, route }
}

/// Runs the gateway over the demo's data; with `stay` it is left up until Ctrl-C.
pub(crate) fn show(folder: &Path, found: &Path, findings: &Findings, stay: bool, json: bool) -> Result<Border> {
    let border = folder.join("border");
    let campaign = findings.campaigns.first().and_then(|campaign| campaign.accounts.first());
    write_files(&border, campaign.map(String::as_str))?;
    crate::run(async {
        let stub = Stub::start().await.context("cannot start the model stub on loopback")?;
        let text = configuration(stub.address);
        fs::write(border.join("ringfence.toml"), &text).context("cannot write the demo's configuration")?;
        let config = Config::read(&text, &border)?;
        let data = DataFolder::at(&folder.join("ringfence-data"));
        let gateway = Gateway::start(config, data.path(), None).await?;
        let compaction = compact::start(&gateway, data.clone(), None);
        let clear = Assessment { standing: Standing::Clear, regime: None, as_of: None };
        gateway.store().put_organization(&ORGANIZATION.parse()?, &clear).await?;
        cases::file_campaigns(found, "demo", true, 30, gateway.store()).await?;
        // The gateway looks for changes of its store ten times a second.
        tokio::time::sleep(Duration::from_millis(400)).await;
        let mut seen = Vec::new();
        for visit in &VISITS {
            seen.push((visit, call(gateway.addresses.public, visit).await?));
        }
        if stay {
            if !json {
                say::note(&format!(
                    "the gateway is up: model routes {}, health and metrics {}; Ctrl-C ends it\n\
                     try: curl http://{}{CHAT} -H 'authorization: Bearer key-old' -d '{{\"model\": \"stub\", \"messages\": []}}'",
                    gateway.addresses.public, gateway.addresses.admin, gateway.addresses.public
                ));
            }
            Interrupt::listen("the demo's folder is whole")?.wait().await;
        }
        gateway.stop().await?;
        stub.stop().await;
        let captured = match compaction {
            Some(compaction) => compaction.finish().await,
            None => 0,
        };
        let decided =
            seen.into_iter().map(|(visit, (status, id))| decided(visit, status, id, &data)).collect::<Result<_>>()?;
        Ok(Border { decided, captured })
    })
}

fn decided(visit: &Visit, status: u16, id: String, data: &DataFolder) -> Result<Decided> {
    let recorded = record::decision(data, id.parse()?)?;
    let Recorded { decision, .. } = recorded.with_context(|| format!("decision `{id}` is not in the ledger"))?;
    let reasons = decision.reasons.into_iter().map(|reason| Cited { rule: reason.rule, text: reason.text }).collect();
    let effect = decision.effect.as_str().to_owned();
    Ok(Decided { who: visit.who, from: visit.place, route: visit.route, status, effect, decision_id: id, reasons })
}

/// Accounts, their keys, and tables of documentation addresses (RFC 5737).
fn write_files(folder: &Path, campaign: Option<&str>) -> Result<()> {
    let tables = folder.join("tables");
    fs::create_dir_all(&tables).with_context(|| format!("cannot make `{}`", tables.display()))?;
    let now = Timestamp::now();
    let recent = now.checked_sub((3 * 24).hours())?.to_string();
    let old = "2021-03-01T00:00:00Z".to_owned();
    let accounts = [
        ("demo-old", "key-old", old.as_str(), "pro"),
        ("demo-new", "key-new", recent.as_str(), "pro"),
        ("demo-small", "key-small", old.as_str(), "small"),
        (campaign.unwrap_or("demo-none"), "key-campaign", old.as_str(), "pro"),
    ];
    let (mut rows, mut keys) = (String::new(), String::new());
    for (id, key, created, plan) in accounts {
        let account = json!({"account_id": id, "created": created, "plan": plan, "organization_id": ORGANIZATION});
        writeln!(rows, "{account}")?;
        let Fingerprint(digest) = Fingerprint::of(key.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(keys, "{}", json!({"account_id": id, "key_sha256": hex}))?;
    }
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let countries = "192.0.2.0/24,DE\n198.51.100.0/24,NL\n203.0.113.0/24,KP\n";
    let files = [
        ("accounts.jsonl", rows),
        ("keys.jsonl", keys),
        (
            "tables/tables.toml",
            format!(
                "[[table]]\nfile = \"access.txt\"\nkind = \"access\"\nas_of = {today}\n[[table]]\nfile = \"*\"\nas_of = {today}\n"
            ),
        ),
        ("tables/access.txt", "192.0.2.0/24\n203.0.113.0/24\n".to_owned()),
        ("tables/vpn.txt", "198.51.100.0/24\n".to_owned()),
        ("tables/rir.csv", format!("prefix,country\n{countries}")),
        ("tables/geo.csv", countries.to_owned()),
        ("tables/ip2asn.csv", "start,end,asn\n192.0.2.0,192.0.2.255,64496\n".to_owned()),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}

fn configuration(stub: SocketAddr) -> String {
    format!(
        "# The demo's gateway: callers are believed where they come from, since all of them are the demo itself.\n\
         listen = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\nreload = 0.1\ndrain = 5\ntables = \"tables\"\n\
         [clients]\ntrusted_proxies = [\"127.0.0.1\"]\n\
         [accounts]\naccounts = \"accounts.jsonl\"\nkeys = \"keys.jsonl\"\n\
         [limits.plans.small]\nrequests = 1\nwindow = 60\n\
         [capture]\nsegment_age = 0.2\n\
         [upstream.openai]\nurl = \"http://{stub}\"\n[upstream.anthropic]\nurl = \"http://{stub}\"\n"
    )
}

/// The status that the caller got, and the decision's id.
async fn call(gateway: SocketAddr, visit: &Visit) -> Result<(u16, String)> {
    let body = json!({"model": "stub", "max_tokens": 8, "stream": true,
        "messages": [{"role": "user", "content": "Where does the border run?"}]});
    let request = Request::post(visit.route)
        .header("host", gateway.to_string())
        .header("authorization", format!("Bearer {}", visit.key))
        .header("content-type", "application/json")
        .header("x-forwarded-for", visit.from)
        .body(Full::new(Bytes::from(Value::to_string(&body))))?;
    let stream = tokio::net::TcpStream::connect(gateway).await.context("the demo's gateway does not answer")?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let (head, body) = answer.into_parts();
    body.collect().await.context("the demo's gateway broke off")?;
    drop(sender);
    connection.await??;
    let id = head.headers.get("x-ringfence-decision-id").and_then(|id| id.to_str().ok());
    Ok((head.status.as_u16(), id.context("an answer without a decision")?.to_owned()))
}

/// The decisions for a person: one line each, and why.
pub(crate) fn told(decisions: &[Decided], colours: bool) -> String {
    let mut text = String::from("At the border (a gateway before a model stub, on loopback)\n");
    for Decided { who, from, status, effect, reasons, .. } in decisions {
        // Colour-blind readers have the word; the colour only helps the eye along.
        let (on, off) = match (colours, effect.as_str()) {
            (false, _) => ("", ""),
            (true, "allow" | "observe" | "restrict") => ("\u{1b}[36m", "\u{1b}[0m"),
            (true, _) => ("\u{1b}[1;33m", "\u{1b}[0m"),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {on}{effect:<9}{off} {status}  {who} from {from}");
        for Cited { rule, text: words } in reasons {
            let _ = writeln!(text, "                 {rule}: {words}");
        }
    }
    text
}
