//! What is forged, replayed, too much or not theirs is refused, and told in what way.

use fleet::Settings;
use store::Limits;
use sweep::{
    attest::{self, Envelope, SigningKey},
    fleet::{self as protocol, Enrolment, Report, Status},
};

use crate::support::{Fleet, ask, named, on_both, report};

/// A machine whose key the test has.
async fn enrolled(fleet: &Fleet, name: &str, number: u8) -> SigningKey {
    let key = SigningKey::from_bytes(&[number; 32]);
    let envelope = Enrolment::sign(&named(name), &fleet.token(1).await, &key).unwrap();
    let (status, body) = fleet.post("/v1/fleet/enrol", &serde_json::to_string(&envelope).unwrap()).await;
    assert_eq!(status, 200, "{body}");
    key
}

fn sealed(report: &Report, key: &SigningKey) -> Envelope {
    protocol::sign(report, key).unwrap()
}

async fn send(fleet: &Fleet, envelope: &Envelope) -> (u16, String) {
    let (status, body) = fleet.post("/v1/fleet/reports", &serde_json::to_string(envelope).unwrap()).await;
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let kind = problem["type"].as_str().unwrap_or("").rsplit(':').next().unwrap_or("").to_owned();
    (status, kind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_and_replayed_reports_are_refused() {
    on_both(async |url| {
        let fleet = Fleet::start(&url).await;
        let (a, b) = (enrolled(&fleet, "a", 1).await, enrolled(&fleet, "b", 2).await);
        let stranger = SigningKey::from_bytes(&[3; 32]);
        let first = report("a", "friday", Status::Pending).numbered(1, "");
        let good = sealed(&first, &a);
        let answers = |pairs: &[(u16, &str)]| pairs.iter().map(|(s, k)| (*s, (*k).to_owned())).collect::<Vec<_>>();
        let mut seen = vec![];
        // By nobody; by another machine under its name; by another with the id of the right key; with a changed body.
        seen.push(send(&fleet, &sealed(&first, &stranger)).await);
        seen.push(send(&fleet, &sealed(&first, &b)).await);
        let mut stolen = sealed(&first, &b);
        stolen.signatures[0].keyid = attest::key_id(&a.verifying_key());
        seen.push(send(&fleet, &stolen).await);
        let mut changed = good.clone();
        changed.payload = sealed(&Report { status: Status::Clean, ..first.clone() }, &b).payload;
        seen.push(send(&fleet, &changed).await);
        // Of another kind, though by the right key.
        let other = attest::sign(&first, "application/vnd.in-toto+json", &a).unwrap();
        seen.push(send(&fleet, &other).await);
        assert_eq!(
            seen,
            answers(&[
                (401, "unknown-key"),
                (403, "other-machine"),
                (401, "forged"),
                (401, "forged"),
                (400, "bad-envelope")
            ])
        );
        assert_eq!(fleet.count("/v1/fleet", "pending").await, 0, "nothing of it was kept");

        assert_eq!(send(&fleet, &good).await.0, 200);
        assert_eq!(send(&fleet, &good).await.0, 200, "the same again is the same");
        let name = protocol::name(&first);
        let second = report("a", "friday", Status::Clean).numbered(2, &name);
        let mut seen = vec![send(&fleet, &sealed(&report("a", "friday", Status::Clean).numbered(3, &name), &a)).await];
        seen.push(send(&fleet, &sealed(&report("a", "friday", Status::Clean).numbered(2, "x"), &a)).await);
        seen.push(send(&fleet, &sealed(&Report { status: Status::Clean, ..first.clone() }, &a)).await);
        assert_eq!(send(&fleet, &sealed(&second, &a)).await.0, 200);
        seen.push(send(&fleet, &good).await);
        assert_eq!(seen, answers(&[(409, "broken"), (409, "broken"), (409, "replayed"), (409, "replayed")]));
        assert_eq!(fleet.count("/v1/fleet", "clean").await, 1);
        let told = fleet.notes.lock().unwrap().iter().filter(|note| note.kind == "fleet-report").count();
        assert_eq!(told, 3, "what was refused is not on record; what was sent twice is told twice");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_much_is_sent_away() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("s.db").display());
    let settings = Settings { reports_per_minute: 3, failures_per_minute: 5, ..Settings::default() };
    let fleet = Fleet::with(&url, settings, &Limits { fleet_machines: 1, ..Limits::default() }).await;
    let a = enrolled(&fleet, "a", 1).await;
    let full = Enrolment::sign(&named("b"), &fleet.token(1).await, &SigningKey::from_bytes(&[2; 32])).unwrap();
    let (status, body) = fleet.post("/v1/fleet/enrol", &serde_json::to_string(&full).unwrap()).await;
    assert_eq!((status, body.contains("the fleet has 1 machines")), (403, true), "{body}");

    let (status, body) = fleet.post("/v1/fleet/reports", &"x".repeat(3 << 20)).await;
    assert!(status == 413 && body.contains("2097152 bytes"), "{status} {body}");
    let (status, _) = fleet.post("/v1/fleet/enrol", &"x".repeat(65 << 10)).await;
    assert_eq!(status, 413);

    let first = report("a", "friday", Status::Clean).numbered(1, "");
    // A minute may end in between, after which the count begins anew.
    let mut statuses = vec![];
    for _ in 0..8 {
        statuses.push(send(&fleet, &sealed(&first, &a)).await.0);
    }
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    let mut statuses = vec![];
    for _ in 0..12 {
        statuses.push(fleet.post("/v1/fleet/reports", "{}").await.0);
    }
    assert!(statuses.contains(&400) && statuses.contains(&429), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_operators_look() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("s.db").display());
    let settings = Settings { token: Some("secret".to_owned()), ..Settings::default() };
    let fleet = Fleet::with(&url, settings, &Limits::default()).await;
    let paths = [
        "/fleet",
        "/v1/fleet",
        "/v1/fleet/machines",
        "/v1/fleet/machines/x",
        "/v1/fleet/bans",
        "/v1/fleet/days",
        "/v1/fleet/items",
        "/v1/fleet/leaves",
        "/fleet/machines/x",
    ];
    let address = fleet.server.address;
    for path in paths {
        assert_eq!(fleet.get(path).await.0, 401, "{path}");
        assert_eq!(ask(address, "GET", path, "authorization: Bearer secreT\r\n", "").await.0, 401, "{path}");
        let (status, _) = ask(address, "GET", path, "authorization: Bearer secret\r\n", "").await;
        assert!(status == 200 || path.ends_with("/x") && status == 404, "{path} {status}");
        // As a browser sends it: `:secret`.
        assert_ne!(ask(address, "GET", path, "authorization: Basic OnNlY3JldA==\r\n", "").await.0, 401, "{path}");
    }
    assert_eq!(fleet.post("/v1/fleet/machines/x/revoke", r#"{"who":"x"}"#).await.0, 401);
    // Machines need no token: their signature says who they are.
    enrolled(&fleet, "a", 1).await;
    let open = fleet::Server::start(
        &fleet::Desk::new(fleet.store.clone(), crate::support::server_key(), Settings::default(), None),
        std::net::SocketAddr::from(([0, 0, 0, 0], 0)),
    )
    .await;
    assert!(matches!(open, Err(fleet::ServeError::Open { .. })));
}
