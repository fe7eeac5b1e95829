//! Redis and PostgreSQL go, and come back.

use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    sync::watch,
};

use crate::{
    peers::find,
    running::{Running, start, until},
};

/// A Redis of a test's own; it ends with the value.
struct Redis {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Redis {
    async fn start() -> Option<Self> {
        find("REDIS_SERVER", "redis-server")?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = Self::run(port, &folder).await;
        Some(Self { child, port, folder })
    }

    async fn run(port: u16, folder: &TempDir) -> Child {
        let binary = find("REDIS_SERVER", "redis-server").unwrap();
        let mut command = Command::new(binary);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        command.arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().unwrap();
        until("Redis", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        child
    }

    async fn goes(&mut self) {
        self.child.kill().await.unwrap();
    }

    async fn comes_back(&mut self) {
        self.child = Self::run(self.port, &self.folder).await;
    }

    /// `[limits]` with a quota that does not grow back while a test runs. Waits long for Redis, since this machine may be busy.
    fn limits(&self, gone: &str, requests: u32) -> String {
        format!(
            "[limits]\nredis = 'redis://127.0.0.1:{}/0'\nredis_gone = '{gone}'\nredis_patience = 2\n\
             [limits.plans.tiny]\nrequests = {requests}\nwindow = 86400\n",
            self.port
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways_of_a_fleet_share_a_quota() {
    let Some(redis) = Redis::start().await else { return };
    let limits = redis.limits("refuse", 50);
    let fleet = [Running::start("", &limits).await, Running::start("", &limits).await];
    let ask = async |gateway: usize| fleet[gateway % 2].chat("key-small").await.status;
    let mut admitted = 0;
    for wave in 0..10 {
        let (a, b, c, d, e, f, g, h) =
            tokio::join!(ask(0), ask(1), ask(0), ask(1), ask(0), ask(1), ask(wave), ask(wave + 1));
        for status in [a, b, c, d, e, f, g, h] {
            assert!([StatusCode::OK, StatusCode::TOO_MANY_REQUESTS].contains(&status), "{status}");
            admitted += usize::from(status == StatusCode::OK);
        }
    }
    assert_eq!(admitted, 50, "exactly the quota, of both together");
    assert_eq!(fleet[0].stub.requests() + fleet[1].stub.requests(), 50);
    for running in fleet {
        running.gateway.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_nothing_is_admitted_where_the_operator_wants_it_so() {
    let Some(mut redis) = Redis::start().await else { return };
    let running = Running::start("", &redis.limits("refuse", 1_000)).await;
    assert_eq!(running.chat("key-small").await.status, StatusCode::OK);
    for _ in 0..2 {
        redis.goes().await;
        let before = running.stub.requests();
        for _ in 0..3 {
            let got = running.chat("key-small").await;
            assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(got.headers.get("x-ringfence-effect").is_none(), "no verdict");
        }
        assert_eq!(running.stub.requests(), before);
        assert!(running.metric("ringfence_redis_errors_total").await >= 1.0);
        redis.comes_back().await;
        let begun = Instant::now();
        until("admissions", async || running.chat("key-small").await.status == StatusCode::OK).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
    running.gateway.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_gateway_counts_for_itself() {
    let Some(mut redis) = Redis::start().await else { return };
    let running = Running::start("", &redis.limits("local", 3)).await;
    let status = async || running.chat("key-small").await.status;
    assert_eq!(status().await, StatusCode::OK);
    redis.goes().await;
    for _ in 0..3 {
        assert_eq!(status().await, StatusCode::OK);
    }
    assert_eq!(status().await, StatusCode::TOO_MANY_REQUESTS, "the quota holds here as well");
    redis.comes_back().await;
    until("the fleet's quota", async || status().await == StatusCode::OK).await;
    running.gateway.stop().await.unwrap();
}

/// A wire to a database that can be cut.
async fn wire(target: String) -> (SocketAddr, watch::Sender<bool>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (cut, state) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (target, mut state) = (target.clone(), state.clone());
            tokio::spawn(async move {
                if *state.borrow() {
                    return;
                }
                let Ok(mut far) = TcpStream::connect(target).await else { return };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = state.wait_for(|cut| *cut) => {}
                }
            });
        }
    });
    (address, cut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_decisions_go_on_with_what_was_known() {
    let server = std::env::var("RINGFENCE_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let url = url::Url::parse(&server).unwrap();
    let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    if TcpStream::connect(&target).await.is_err() {
        let required = ["CI", "RINGFENCE_REQUIRE_PEERS"].iter().any(|name| std::env::var_os(name).is_some());
        assert!(!required, "there is no PostgreSQL at {server}");
        eprintln!("SKIPPED: there is no PostgreSQL at {server}");
        return;
    }
    let (address, cut) = wire(target.clone()).await;
    let database = crate::postgres::Schema::make(&server).await;
    let through = database.url.replace(&target, &address.to_string());
    let running = Running::start(&format!("store = '{through}'"), "").await;
    assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
    let denied = running.chat("key-of-nobody").await;
    let id = denied.headers["x-ringfence-decision-id"].to_str().unwrap();
    let appeal = json!({"decision_id": id, "statement": "My key is new.", "contact": "me@example.org"});
    for _ in 0..2 {
        cut.send_replace(true);
        until("the word of it", async || running.part("store").await.0 == "stale").await;
        assert_eq!(running.chat("key-old").await.status, StatusCode::OK);
        assert_eq!(running.chat("key-of-nobody").await.status, StatusCode::UNAUTHORIZED);
        let got = running.ask(Method::POST, "/v1/appeals", "key-old", &appeal).await;
        assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{:?}", got.body);
        assert_eq!(got.headers["retry-after"], "30");
        // A roster that changes meanwhile is taken once the database is back.
        running.replace(
            "accounts.jsonl",
            &format!("{}\n", json!({"account_id": "late", "created": "2020-01-01T00:00:00Z", "plan": "pro"})),
        );
        until("the refusal", async || running.part("accounts").await.0 == "stale").await;
        cut.send_replace(false);
        until("the database", async || running.part("store").await.0 == "ok").await;
        until("the roster", async || running.part("accounts").await.0 == "ok").await;
    }
    let got = running.ask(Method::POST, "/v1/appeals", "key-old", &appeal).await;
    assert_eq!(got.status, StatusCode::CREATED, "the first that was kept: {:?}", got.body);
    running.gateway.stop().await.unwrap();
    // Without the wire, as another process would.
    let again = start(&running.config.replace(&through, &database.url), running.folder.path()).await;
    assert_eq!(again.store().book().await.unwrap().len(), 4);
    again.stop().await.unwrap();
    database.drop().await;
}
