//! How long a decision takes in process, from the question to the entry in the ledger's queue, with 50 rules.
//!
//! `cargo bench -p gateway --bench decision`. Everything is as `serve` has it: the account of a key, the tables' word on the address (those in
//! `RINGFENCE_TABLES`), behaviour, rules, quotas, metrics, and a real ledger under the target folder.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints figures, and stops at what it does not expect"
)]
#![expect(clippy::indexing_slicing, reason = "a bench, on what it made itself")]

use std::{
    env,
    fmt::Write,
    fs,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use exchanges::{Account, AccountId, Time};
use gateway::{Ask, Config, Credential, Decide, Face, Fingerprint, Gateway, Route, Seen, request_facts};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use policy::Effect;
use store::{DatabaseUrl, Store};
use tokio::runtime::Runtime;

const RULES: usize = 50;
const ACCOUNTS: usize = 500;
const DECISIONS: usize = 20_000;
const BATCHES: usize = 9;
const BUDGET: Duration = Duration::from_micros(100);

fn main() {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    runtime.block_on(fill(&folder.path().join("store.db")));
    println!(
        "question to ledger entry, {RULES} rules; the budget is p99 <= {BUDGET:?}; the median of {BATCHES} batches of {DECISIONS}"
    );
    let mut held = true;
    // A condition with `like` is not understood without Cedar, so that each such rule is evaluated for each question.
    for (what, also) in [("as they are", ""), ("none can be left out", " && context.network.provider like \"*\"")] {
        let gateway = runtime.block_on(start(folder.path(), also));
        let (p50, p99) = runtime.block_on(time(&gateway));
        let verdict = if p99 <= BUDGET { "held" } else { "OVER BUDGET" };
        println!("{what:<22} p50 {p50:>9.2?}  p99 {p99:>9.2?}  {verdict}");
        held &= p99 <= BUDGET;
        runtime.block_on(gateway.stop()).unwrap();
    }
    if !held {
        std::process::exit(1);
    }
}

async fn fill(file: &Path) {
    let store = Store::open(&DatabaseUrl::sqlite(file), &store::Limits::default()).await.unwrap();
    let created: Time = Time::from_micros((Timestamp::now().as_second() - 200 * 86_400) * 1_000_000).unwrap();
    for number in 0..ACCOUNTS {
        let account_id: AccountId = format!("account-{number}").parse().unwrap();
        let account = Account {
            account_id: account_id.clone(),
            organization_id: None,
            created,
            plan: "api".to_owned(),
            email_domain: None,
            payment_id: None,
            phone_country: None,
            signup_address: None,
            device_id: None,
            declared_country: None,
        };
        store.put_account(&account).await.unwrap();
        let fingerprint = store::Fingerprint::new(Fingerprint::of(key(number).as_bytes()).0);
        store.add_key(&fingerprint, &account_id, created).await.unwrap();
    }
    store.close().await;
}

fn key(account: usize) -> String {
    format!("sk-bench-{account:020}")
}

/// A gateway with the shipped rules and as many more, made like them, as it takes.
async fn start(folder: &Path, also: &str) -> Gateway {
    let rules = folder.join("rules");
    fs::create_dir_all(&rules).unwrap();
    for file in policy::default_files() {
        fs::write(rules.join(file.name), file.text).unwrap();
    }
    let mut more = String::new();
    for n in policy::default_rules().unwrap().rules().len()..RULES {
        let most = 1_000_000 + n;
        writeln!(
            more,
            "@id(\"more-{n}\") @text(\"Please verify your account.\") @effect(\"verify\") @basis(\"risk\")\n\
             forbid (principal, action, resource)\n\
             when {{ [\"tor\", \"vpn\", \"proxy\", \"hosting\"].contains(context.network.class) }}\n\
             when {{ context.behaviour.requests_last_day > {most} && context.account.plan != \"plan-{n}\"{also} }}\n\
             unless {{ context.account.verified || context.account.allow_listed }};"
        )
        .unwrap();
    }
    fs::write(rules.join("more.cedar"), more).unwrap();
    let tables = env::var("RINGFENCE_TABLES").map(|tables| format!("tables = '{tables}'\n")).unwrap_or_default();
    let text = format!(
        "listen = '127.0.0.1:0'\nadmin = '127.0.0.1:0'\n{tables}\
         [policy]\nrules = 'rules'\n[limits.default]\nrequests = 1000000000\ntokens = 1000000000\n"
    );
    Gateway::start(Config::read(&text, folder).unwrap(), folder, None).await.unwrap()
}

async fn time(gateway: &Gateway) -> (Duration, Duration) {
    let asks: Vec<Ask> = (0..ACCOUNTS).map(ask).collect();
    let mut quantiles = Vec::new();
    for _ in 0..BATCHES {
        let mut times = Vec::with_capacity(DECISIONS);
        let mut passed = 0;
        for number in 0..DECISIONS {
            let ask = asks[number % ACCOUNTS].clone();
            let begun = Instant::now();
            let ruling = gateway.decide(ask).await.unwrap();
            times.push(begun.elapsed());
            passed += usize::from(ruling.decision.effect < Effect::Verify);
        }
        assert!(passed * 10 > DECISIONS * 9, "only {passed} of {DECISIONS} passed: refusals wait for the disk");
        times.sort_unstable();
        quantiles.push((times[DECISIONS / 2], times[DECISIONS * 99 / 100]));
    }
    let (mut p50, mut p99): (Vec<_>, Vec<_>) = quantiles.into_iter().unzip();
    p50.sort_unstable();
    p99.sort_unstable();
    (p50[BATCHES / 2], p99[BATCHES / 2])
}

/// A chat from a network that is registered and located in the United States, by the tables that have it.
fn ask(account: usize) -> Ask {
    let body = br#"{"model":"stub-1","messages":[{"role":"user","content":"Hello"}],"max_tokens":16,"stream":true}"#;
    let route = Route::of(&Method::POST, "/v1/chat/completions", &HeaderMap::new());
    let [high, low] = u16::try_from(account).unwrap().to_be_bytes();
    Ask {
        face: Face::Proxy,
        client: Some(IpAddr::V4(Ipv4Addr::new(73, 10 + high, low, 7))),
        credential: Credential::Key(Fingerprint::of(key(account).as_bytes())),
        account: None,
        request: request_facts(route, "direct", &Seen::Whole(Bytes::from_static(body))),
        counts: true,
    }
}
