//! A machine's life: enrolled, reporting, offline, asked to wait, revoked, enrolled again.

use fleet::{
    Settings,
    spool::{Spool, SpoolError, Unsent},
};
use jiff::{Timestamp, civil::date};
use store::Limits;
use sweep::{
    ban,
    catalogue::Catalogue,
    fleet::{Status, Token},
    plan::{Draft, Plan, Scanned, Totals},
};

use crate::support::{Fleet, named, on_both, report, server_key};

fn plan(ban: &str, hosts: u64) -> Plan {
    let at = Timestamp::now();
    let limits = ban::Limits { hosts, ..ban::Limits::default() };
    let catalogue = Catalogue::shipped().unwrap().version().to_owned();
    Plan::seal(Draft {
        version: 1,
        ban: ban.to_owned(),
        reason: "r".to_owned(),
        from: date(2026, 1, 1),
        made: date(2026, 1, 1),
        expires: date(2026, 1, 8),
        machine: "m".to_owned(),
        root: "/".to_owned(),
        catalogue,
        scanned: Scanned { started: at, finished: at },
        limits,
        totals: Totals::default(),
        objects: vec![],
        left: vec![],
        notes: vec![],
        running: vec![],
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_enrols_reports_and_was_offline() {
    on_both(async |url| {
        let fleet = Fleet::start(&url).await;
        let spool = Spool::open(&fleet.path("m1")).unwrap();
        assert!(matches!(spool.send(|_| {}).await, Err(SpoolError::NotEnrolled)));
        // Reports of before the enrolment wait for it.
        spool.queue(&report("m1", "friday", Status::Pending)).unwrap();
        let token: Token = fleet.token(1).await.reveal().parse().unwrap();
        spool.enrol(&fleet.url(), &named("m1"), &token).await.unwrap();
        let mut numbers = vec![];
        assert_eq!(spool.send(|receipt| numbers.push(receipt.sequence)).await.unwrap(), 1);
        for status in [Status::Failing, Status::Clean] {
            spool.queue(&report("m1", "friday", status)).unwrap();
        }
        assert!(matches!(spool.queue(&report("m2", "friday", Status::Clean)), Err(SpoolError::OtherName { .. })));
        assert_eq!(spool.waiting().unwrap(), 2);
        assert_eq!(fleet.count("/v1/fleet", "pending").await, 1);
        assert_eq!(spool.send(|receipt| numbers.push(receipt.sequence)).await.unwrap(), 2);
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(fleet.count("/v1/fleet", "clean").await, 1);

        // The server goes away, and comes back at another port with the same store and key.
        let Fleet { store, server, notes, folder } = fleet;
        server.stop().await;
        spool.queue(&report("m1", "friday", Status::Pending)).unwrap();
        spool.queue(&report("m1", "monday", Status::Clean)).unwrap();
        let gone = spool.send(|_| {}).await.unwrap_err();
        assert!(matches!(&gone, SpoolError::Unsent(Unsent::Unreachable { .. })), "{gone}");
        assert_eq!(spool.waiting().unwrap(), 2);
        store.close().await;
        let again = Fleet::start(&url).await;
        let file = folder.path().join("m1/enrolled.json");
        let text = std::fs::read_to_string(&file).unwrap();
        let old = format!("http://{}", server_of(&text));
        std::fs::write(&file, text.replace(&old, again.url().as_str().trim_end_matches('/'))).unwrap();
        assert_eq!(spool.send(|receipt| numbers.push(receipt.sequence)).await.unwrap(), 2);
        assert_eq!((numbers, spool.waiting().unwrap()), (vec![1, 2, 3, 4, 5], 0));
        assert_eq!(again.count("/v1/fleet", "pending").await, 1);
        let kinds: Vec<&str> = notes.lock().unwrap().iter().map(|note| note.kind).collect();
        assert_eq!(kinds, ["fleet-enrolment", "fleet-report", "fleet-report", "fleet-report"]);
    })
    .await;
}

/// Host and port in the file of a membership.
fn server_of(text: &str) -> &str {
    text.split("http://").nth(1).unwrap().split(['/', '"']).next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_asked_for_again() {
    on_both(async |url| {
        let fleet = Fleet::start(&url).await;
        let spool = fleet.machine("m1").await;
        spool.queue(&report("m1", "friday", Status::Clean)).unwrap();
        // The state before the receipt: sent, and cut off before anything was written down.
        let kept: Vec<_> = std::fs::read_dir(fleet.path("m1"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (std::fs::read(&path).unwrap(), path))
            .collect();
        let first = std::sync::Mutex::new(vec![]);
        spool.send(|receipt| first.lock().unwrap().push(receipt.clone())).await.unwrap();
        for (bytes, path) in kept {
            std::fs::write(path, bytes).unwrap();
        }
        spool.send(|receipt| first.lock().unwrap().push(receipt.clone())).await.unwrap();
        let receipts = first.into_inner().unwrap();
        assert_eq!(receipts[0], receipts[1], "the same report has the same receipt");
        spool.queue(&report("m1", "friday", Status::Pending)).unwrap();
        assert_eq!(spool.send(|_| {}).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leave_stops_a_runaway() {
    on_both(async |url| {
        let settings = Settings { hosts: 2, ..Settings::default() };
        let fleet = Fleet::with(&url, settings, &Limits::default()).await;
        let mut spools = vec![];
        for number in 0..4 {
            spools.push(fleet.machine(&format!("m{number}")).await);
        }
        let now = Timestamp::now();
        // The ban says ten, the server two.
        let wide = plan("friday", 10);
        for spool in &spools[..2] {
            let leave = spool.leave(&wide, now).await.unwrap();
            assert_eq!(leave.hosts, 2);
            assert_eq!(spool.leave(&wide, now).await.unwrap(), leave, "the same request is one request");
        }
        for spool in &spools[2..] {
            let refused = spool.leave(&wide, now).await.unwrap_err().to_string();
            assert!(refused.contains("2 machines hold leave under this ban, and 2 may"), "{refused}");
        }
        // A ban that allows fewer binds more.
        assert!(spools[2].leave(&plan("monday", 1), now).await.is_ok());
        assert!(spools[3].leave(&plan("monday", 1), now).await.is_err());
        let done =
            sweep::fleet::Report { plan: Some(wide.digest().to_owned()), ..report("m0", "friday", Status::Clean) };
        spools[0].queue(&done).unwrap();
        spools[0].send(|_| {}).await.unwrap();
        assert!(spools[2].leave(&wide, now).await.is_ok());
        let (status, body) = fleet.post("/v1/fleet/machines/m1/free", r#"{"who":"ana","ban":"friday"}"#).await;
        assert_eq!((status, body.contains("\"freed\":true")), (200, true), "{body}");
        assert!(spools[3].leave(&wide, now).await.is_ok());
        // Without a server there is no leave.
        fleet.server.stop().await;
        assert!(spools[1].leave(&wide, now).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_machine_is_heard_no_more_until_it_enrols_anew() {
    on_both(async |url| {
        let fleet = Fleet::start(&url).await;
        let spool = fleet.machine("m1").await;
        let (status, _) = fleet.post("/v1/fleet/machines/m1/revoke", r#"{"who":"ana"}"#).await;
        assert_eq!(status, 200);
        let (status, body) = fleet.post("/v1/fleet/machines/m1/revoke", "who=ana").await;
        assert_eq!(status, 400, "{body}");
        spool.queue(&report("m1", "friday", Status::Clean)).unwrap();
        let refused = spool.send(|_| {}).await.unwrap_err();
        assert!(
            matches!(&refused, SpoolError::Unsent(Unsent::Refused { status: 403, kind, .. }) if kind == "revoked"),
            "{refused}"
        );
        assert_eq!(spool.waiting().unwrap(), 1, "nothing is lost");
        assert_eq!(fleet.count("/v1/fleet", "revoked").await, 1);
        let token = fleet.token(1).await;
        spool.enrol(&fleet.url(), &named("m1"), &token).await.unwrap();
        let mut numbers = vec![];
        spool.send(|receipt| numbers.push(receipt.sequence)).await.unwrap();
        assert_eq!(numbers, [1], "a new key counts anew");
        assert_eq!(fleet.count("/v1/fleet", "clean").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_spool_lets_the_oldest_go_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet::start(&format!("sqlite://{}", folder.path().join("s.db").display())).await;
    let settings_allow_many = fleet.machine("m1").await;
    let spool = settings_allow_many;
    // As many as fit, without the syncs of queueing each.
    spool.queue(&report("m1", "friday", Status::Failing)).unwrap();
    let one = std::fs::read(fleet.path("m1/0000000000000001.report.json")).unwrap();
    for number in 2..=fleet::spool::MAX_WAITING {
        std::fs::write(fleet.path(&format!("m1/{number:016}.report.json")), &one).unwrap();
    }
    let waiting = spool.queue(&report("m1", "friday", Status::Clean)).unwrap();
    assert_eq!((waiting.reports, waiting.dropped), (fleet::spool::MAX_WAITING, 1));
    for number in 2..=fleet::spool::MAX_WAITING {
        std::fs::remove_file(fleet.path(&format!("m1/{number:016}.report.json"))).unwrap();
    }
    spool.send(|_| {}).await.unwrap();
    let (_, body) = fleet.get("/v1/fleet/machines/m1").await;
    assert!(body.contains("\"dropped\":1"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_impostor_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet::start(&format!("sqlite://{}", folder.path().join("s.db").display())).await;
    // A token that was made by another server: what this one answers is no welcome.
    let own = fleet.token(1).await;
    let mut seed = [9; 32];
    let text = own.reveal();
    seed.copy_from_slice(&base64_of(&text)[..32]);
    let other = Token::new(&seed, sweep::attest::SigningKey::from_bytes(&[1; 32]).verifying_key());
    let spool = Spool::open(&fleet.path("m1")).unwrap();
    let refused = spool.enrol(&fleet.url(), &named("m1"), &other).await;
    assert!(matches!(refused, Err(SpoolError::Impostor(_))), "{refused:?}");
    assert!(spool.membership().unwrap().is_none());
    // The right token finds the enrolment again, since the key is kept.
    assert_eq!(own.server(), &server_key().verifying_key());
    spool.enrol(&fleet.url(), &named("m1"), &own).await.unwrap();
}

fn base64_of(token: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.trim_start_matches("rfe1_")).unwrap()
}
