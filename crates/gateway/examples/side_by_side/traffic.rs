//! Accounts with keys, the addresses that they call from, and the requests that they send.

use std::{
    fmt::Write,
    net::Ipv4Addr,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use exchanges::{Account, AccountId, Time};
use gateway::Fingerprint;
use http::{HeaderValue, Request, header};
use http_body_util::Full;
use jiff::Timestamp;
use serde_json::json;
use store::{DatabaseUrl, Store};

use crate::load::{Ask, Target};

/// Requests without end, the same ones in every run of the same length.
pub(crate) struct Traffic {
    keys: Vec<HeaderValue>,
    addresses: Vec<HeaderValue>,
    chats: Vec<Bytes>,
    streams: Vec<Bytes>,
    long: Bytes,
    next: AtomicU64,
}

pub(crate) const ACCOUNTS: usize = 24_000;
const PROMPTS: u64 = 256;
/// Characters of a prompt of about 100,000 tokens.
const LONG: usize = 400_000;

impl Traffic {
    /// Requests from so many accounts; each calls from one of the addresses.
    pub(crate) fn new(addresses: &[Ipv4Addr]) -> Self {
        let value = |text: String| HeaderValue::try_from(text).expect("visible characters");
        Self {
            keys: (0..ACCOUNTS).map(|n| value(format!("Bearer {}", key(n)))).collect(),
            addresses: addresses.iter().map(|address| value(address.to_string())).collect(),
            chats: (0..PROMPTS).map(|n| chat(n, 900, "stub-1", false)).collect(),
            streams: (0..PROMPTS).map(|n| chat(n, 900, "stub-paced", true)).collect(),
            long: chat(0, LONG, "stub-1", false),
            next: AtomicU64::new(0),
        }
    }

    pub(crate) fn request(&self, target: &Target, ask: Ask) -> Request<Full<Bytes>> {
        let number = mixed(self.next.fetch_add(1, Ordering::Relaxed));
        let account = below(number, self.keys.len());
        self.request_from(target, ask, number, account % self.addresses.len())
    }

    /// One request from each address.
    pub(crate) fn of_all_callers(&self, target: &Target) -> impl Iterator<Item = Request<Full<Bytes>>> {
        (0..self.addresses.len()).map(|address| self.request_from(target, Ask::Chat, address as u64, address))
    }

    fn request_from(&self, target: &Target, ask: Ask, number: u64, address: usize) -> Request<Full<Bytes>> {
        let account = below(number, self.keys.len());
        let body = match ask {
            Ask::Chat => &self.chats[below(number >> 20, self.chats.len())],
            Ask::Stream => &self.streams[below(number >> 20, self.streams.len())],
            Ask::Long => &self.long,
        };
        let key = target.key.map_or_else(|| self.keys[account].clone(), HeaderValue::from_static);
        Request::post("/v1/chat/completions")
            .header(header::HOST, "models.example")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "OpenAI/Python 3.57.0")
            .header(header::ACCEPT, "application/json")
            .header("x-forwarded-for", self.addresses[address].clone())
            .header(header::AUTHORIZATION, key)
            .body(Full::new(body.clone()))
            .expect("a request")
    }
}

/// A chat of about so many characters.
fn chat(number: u64, characters: usize, model: &str, stream: bool) -> Bytes {
    const WORDS: [&str; 16] = [
        "the", "report", "explains", "how", "a", "gateway", "keeps", "latency", "low", "while", "every", "request",
        "is", "weighed", "and", "recorded",
    ];
    let mut prompt = String::with_capacity(characters + 16);
    for n in 0.. {
        if prompt.len() >= characters {
            break;
        }
        let word = WORDS[below(mixed(number << 32 | n), WORDS.len())];
        let _never = write!(prompt, "{word} ");
    }
    let messages = json!([
        {"role": "system", "content": "You are a careful editor. Answer in one short paragraph."},
        {"role": "user", "content": prompt},
    ]);
    let tokens = if stream { 8 } else { 16 };
    let body =
        json!({"model": model, "messages": messages, "max_tokens": tokens, "temperature": 0.7, "stream": stream});
    Bytes::from(body.to_string())
}

/// Public addresses, spread over all networks; which of them the rules let in is for the gateway to say.
pub(crate) fn candidates(count: usize) -> Vec<Ipv4Addr> {
    let all = (1u64..).map(|n| Ipv4Addr::from_bits((mixed(n) >> 32) as u32));
    let public = |address: &Ipv4Addr| {
        let [first, ..] = address.octets();
        (1..224).contains(&first) && !address.is_private() && !address.is_loopback() && !address.is_link_local()
    };
    all.filter(public).take(count).collect()
}

/// Puts the accounts and their keys into a new store.
pub(crate) async fn fill(file: &Path) -> anyhow::Result<()> {
    let store = Store::open(&DatabaseUrl::sqlite(file), &store::Limits::default()).await?;
    let now = Timestamp::now();
    let created = Time::from_micros((now - Duration::from_secs(200 * 86_400)).as_microsecond())?;
    let now = Time::from_micros(now.as_microsecond())?;
    let ids = (0..ACCOUNTS).map(|n| format!("account-{n:05}").parse()).collect::<Result<Vec<AccountId>, _>>()?;
    let accounts: Vec<Account> = ids.iter().map(|id| account(id.clone(), created)).collect();
    for batch in accounts.chunks(1_000) {
        store.put_accounts(batch).await?;
    }
    for (number, id) in ids.iter().enumerate() {
        let fingerprint = store::Fingerprint::new(Fingerprint::of(key(number).as_bytes()).0);
        store.add_key(&fingerprint, id, now).await?;
    }
    store.close().await;
    Ok(())
}

fn account(account_id: AccountId, created: Time) -> Account {
    Account {
        account_id,
        organization_id: None,
        created,
        plan: "api".to_owned(),
        email_domain: Some("example.com".to_owned()),
        payment_id: None,
        phone_country: None,
        signup_address: None,
        device_id: None,
        declared_country: None,
    }
}

fn key(account: usize) -> String {
    let number = account as u64;
    format!("sk-{:016x}{:016x}", mixed(number), mixed(number ^ 0xdead_beef))
}

fn below(number: u64, limit: usize) -> usize {
    (number % limit.max(1) as u64) as usize
}

/// The finaliser of SplitMix64.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
