//! A fleet in the store: who enrols, which reports are taken, who may quarantine, and what is told of it.

use ed25519_dalek::SigningKey;
use expect_test::expect;
use jiff::{SignedDuration, civil::date};
use store::{
    Fingerprint, Limits, Store, StoreError,
    fleet::{MachineFilter, MachineState, NewReport, NewToken, NoEnrolment, NoLeave, NotTaken},
};
use sweep::{
    attest::Finding,
    fleet::{self, Enrolled, Enrolment, LeaveRequest, MachineName, Refused, Report, Status, Token},
};

use crate::support::{DAY, at, line, on_both};

pub(crate) fn machine(name: &str) -> MachineName {
    name.parse().unwrap()
}

pub(crate) fn key(number: u64) -> SigningKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_bytes(&seed)
}

pub(crate) fn id(key: &SigningKey) -> Fingerprint {
    sweep::attest::key_id(&key.verifying_key()).parse().unwrap()
}

fn token(number: u8) -> Token {
    Token::new(&[number; 32], key(0).verifying_key())
}

async fn give(store: &Store, token: &Token, machine: Option<&str>, uses: u32, made: i64) {
    let machine = machine.map(|name| name.parse().unwrap());
    let new = NewToken { digest: token.digest(), label: line("office"), machine, uses, expires: at(made + DAY) };
    store.put_fleet_token(&new, at(made)).await.unwrap();
}

fn told(name: &str, token: &Token, key: &SigningKey) -> Enrolled {
    let envelope = Enrolment::sign(&machine(name), token, key).unwrap();
    Enrolment::open(&serde_json::to_vec(&envelope).unwrap()).unwrap()
}

/// Enrols machine `name` with the key of its number.
pub(crate) async fn enrol(store: &Store, name: &str, number: u64) {
    let one = Token::new(&[number as u8 ^ 0x80; 32], key(0).verifying_key());
    give(store, &one, None, 1, 0).await;
    let own = key(number);
    store.enrol(&told(name, &one, &own), &id(&own), at(1)).await.unwrap().unwrap();
}

pub(crate) fn report(name: &str, sequence: u64, previous: &str, status: Status) -> Report {
    let finding = Finding {
        subject: "cursor".into(),
        kind: "client".into(),
        path: "/opt/cursor".parse().unwrap(),
        confidence: "high".into(),
        why: "still there".into(),
    };
    Report {
        version: 1,
        machine: machine(name),
        sequence,
        previous: previous.to_owned(),
        at: "2026-09-01T00:00:00Z".parse().unwrap(),
        ban: "friday".to_owned(),
        plan: None,
        status,
        objects: u64::from(status != Status::Clean) * 3,
        bytes: u64::from(status != Status::Clean) * 1000,
        unreadable: 1,
        catalogue: "c".to_owned(),
        items: if status == Status::Clean { vec![] } else { vec![finding; 2] },
        left_out: 0,
        dropped: 0,
    }
}

pub(crate) fn signed(report: Report, number: u64) -> NewReport {
    let own = key(number);
    let envelope = serde_json::to_vec(&fleet::sign(&report, &own).unwrap()).unwrap();
    NewReport { key: id(&own), report, envelope }
}

#[tokio::test]
async fn a_token_enrols_as_often_as_it_says() {
    on_both(async |database| {
        let store = database.open().await;
        let (one, two) = (token(1), token(2));
        give(&store, &one, None, 1, 0).await;
        give(&store, &two, Some("m2"), 5, 0).await;
        let (a, b) = (key(1), key(2));
        let enrol = async |name: &str, token: &Token, key: &SigningKey, when: i64| {
            store.enrol(&told(name, token, key), &id(key), at(when)).await.unwrap()
        };
        assert_eq!(enrol("m1", &token(9), &a, 1).await, Err(NoEnrolment::UnknownToken));
        assert_eq!(enrol("m3", &two, &a, 1).await, Err(NoEnrolment::OtherMachine));
        assert_eq!(enrol("m2", &two, &b, DAY).await, Err(NoEnrolment::Spent), "lapsed");
        let first = enrol("m1", &one, &a, 1).await.unwrap();
        // An answer that was lost is asked for again, also when the token has lapsed since.
        let again = enrol("m1", &one, &a, 2 * DAY).await.unwrap();
        assert_eq!((first.at, first.again, again.at, again.again), (at(1), false, at(1), true));
        assert_eq!(enrol("m9", &one, &key(9), 2).await, Err(NoEnrolment::Spent), "used up");
        assert_eq!(enrol("m2", &one, &a, 2).await, Err(NoEnrolment::KeyUsed));
        assert!(enrol("m2", &two, &b, 2).await.is_ok());
        assert_eq!(enrol("m2", &two, &key(3), 2).await, Err(NoEnrolment::NameTaken));

        store.revoke_machine(&machine("m2"), at(10)).await.unwrap();
        assert_eq!(enrol("m2", &two, &key(3), 11).await, Err(NoEnrolment::Revoked), "by an older token");
        let three = token(3);
        give(&store, &three, None, 1, 20).await;
        assert_eq!(enrol("m2", &three, &b, 21).await, Err(NoEnrolment::KeyUsed), "with the key that was revoked");
        assert!(enrol("m2", &three, &key(3), 21).await.is_ok());
        let used: Vec<u32> = store.fleet_tokens().await.unwrap().iter().map(|token| token.used).collect();
        assert_eq!(used, [1, 1, 1]);
        let unknown = store.revoke_machine(&machine("nobody"), at(1)).await;
        assert!(matches!(unknown, Err(StoreError::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_fleet_has_a_limit() {
    on_both(async |database| {
        let limits = Limits { fleet_machines: 1, ..Limits::default() };
        let store = database.open_with(&limits).await;
        enrol(&store, "m1", 1).await;
        let one = token(1);
        give(&store, &one, None, 1, 0).await;
        let full = store.enrol(&told("m2", &one, &key(2)), &id(&key(2)), at(1)).await.unwrap();
        assert_eq!(full, Err(NoEnrolment::Full { limit: 1 }));
        assert_eq!(store.fleet_tokens().await.unwrap().iter().filter(|token| token.used > 0).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn reports_are_taken_once_and_in_order() {
    on_both(async |database| {
        let store = database.open().await;
        enrol(&store, "m1", 1).await;
        enrol(&store, "m2", 2).await;
        let first = report("m1", 1, "", Status::Pending);
        let second = report("m1", 2, &fleet::name(&first), Status::Clean);
        let batch = [
            signed(first.clone(), 1),
            // Nobody's key; another machine's key; a gap.
            signed(report("m1", 1, "", Status::Clean), 77),
            signed(report("m1", 1, "", Status::Clean), 2),
            signed(report("m2", 2, "x", Status::Clean), 2),
            signed(second.clone(), 1),
        ];
        let done = store.put_reports(&batch, at(5)).await.unwrap();
        let shown: Vec<String> = done
            .iter()
            .map(|one| match one {
                Ok(taken) => format!("taken, again: {}", taken.again),
                Err(why) => why.to_string(),
            })
            .collect();
        expect![[r#"
            [
                "taken, again: false",
                "no machine has this key; enrol it",
                "the key belongs to another machine than the report names",
                "report 2 does not follow 0: one is missing or was changed",
                "taken, again: false",
            ]
        "#]]
        .assert_debug_eq(&shown);

        // The last one again is the same receipt; an older one, or another body with its number, is refused.
        let forged = Report { status: Status::Failing, ..second.clone() };
        let batch = [signed(second.clone(), 1), signed(first, 1), signed(forged, 1)];
        let done = store.put_reports(&batch, at(9)).await.unwrap();
        assert!(matches!(&done[0], Ok(taken) if taken.again && taken.received == at(5)), "{:?}", done[0]);
        assert!(matches!(&done[1], Err(NotTaken::Refused(Refused::Replayed { got: 1, last: 2 }))), "{:?}", done[1]);
        assert!(matches!(&done[2], Err(NotTaken::Refused(Refused::Replayed { got: 2, last: 2 }))), "{:?}", done[2]);
        assert_eq!(database.texts("SELECT CAST(COUNT(*) AS TEXT) FROM fleet_reports").await, ["2"]);
        // What was found goes with the report that no longer finds it.
        assert_eq!(database.texts("SELECT CAST(COUNT(*) AS TEXT) FROM fleet_items").await, ["0"]);

        store.revoke_machine(&machine("m1"), at(10)).await.unwrap();
        let third = report("m1", 3, &fleet::name(&second), Status::Clean);
        let done = store.put_reports(&[signed(third, 1)], at(11)).await.unwrap();
        assert!(matches!(done[0], Err(NotTaken::Revoked)));

        // Old reports go; the last of each machine stays, so that its number cannot be used again.
        assert_eq!(store.forget_reports(at(100)).await.unwrap(), 1);
        let done = store.put_reports(&[signed(report("m2", 1, "", Status::Clean), 2)], at(12)).await.unwrap();
        assert!(done[0].is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_machine_cannot_fill_the_store_with_bans() {
    on_both(async |database| {
        let limits = Limits { fleet_bans_per_machine: 2, ..Limits::default() };
        let store = database.open_with(&limits).await;
        enrol(&store, "m1", 1).await;
        let (mut previous, mut done) = (String::new(), vec![]);
        for sequence in 1..=3 {
            let ban = format!("ban {sequence}");
            let one = Report { ban, ..report("m1", sequence, &previous, Status::Clean) };
            previous = fleet::name(&one);
            done.extend(store.put_reports(&[signed(one, 1)], at(5)).await.unwrap());
        }
        assert!(done[1].is_ok() && matches!(done[2], Err(NotTaken::Bans { limit: 2 })), "{done:?}");
    })
    .await;
}

#[tokio::test]
async fn leave_is_given_to_so_many_at_a_time() {
    on_both(async |database| {
        let store = database.open().await;
        for number in 1..=3 {
            enrol(&store, &format!("m{number}"), number).await;
        }
        let ask = async |number: u64, plan: &str, after: &str, when: i64| {
            let request = LeaveRequest {
                version: 1,
                machine: machine(&format!("m{number}")),
                ban: "friday".into(),
                plan: plan.into(),
                hosts: 2,
                objects: 1,
                bytes: 1,
                after: after.into(),
            };
            store.ask_leave(&id(&key(number)), &request, 2, SignedDuration::from_hours(1), at(when)).await.unwrap()
        };
        let first = ask(1, "p1", "", 10).await.unwrap();
        assert_eq!((first.held, first.hosts, first.again, first.expires), (1, 2, false, at(10 + 3600)));
        let again = ask(1, "p1", "", 20).await.unwrap();
        assert_eq!((again.granted, again.again), (at(10), true));
        assert_eq!(ask(2, "p2", "", 20).await.unwrap().held, 2);
        assert_eq!(ask(3, "p3", "", 20).await, Err(NoLeave::Full { held: 2, hosts: 2 }));
        // A leave that lapsed without a word is still held: a fleet that breaks comes to a stop.
        assert_eq!(ask(3, "p3", "", 9000).await, Err(NoLeave::Full { held: 2, hosts: 2 }));
        // A report about something else, or a failing one, frees nothing.
        let mut heads = [String::new(), String::new()];
        for (at_place, (number, status, plan, sequence)) in
            [(1, Status::Pending, None, 1), (2, Status::Failing, Some("p2"), 1)].into_iter().enumerate()
        {
            let plan = plan.map(str::to_owned);
            let one = Report { plan, ..report(&format!("m{number}"), sequence, "", status) };
            heads[at_place] = fleet::name(&one);
            store.put_reports(&[signed(one, number)], at(9001)).await.unwrap().remove(0).unwrap();
        }
        assert_eq!(store.fleet_leaves().await.unwrap().len(), 2);
        assert_eq!(ask(1, "p1", "", 9002).await, Err(NoLeave::Stale), "from before its last report");
        // Its own place serves for another try.
        assert_eq!(ask(1, "p1b", &heads[0], 9002).await.unwrap().held, 2);
        let done = Report { plan: Some("p1b".into()), ..report("m1", 2, &heads[0], Status::Clean) };
        store.put_reports(&[signed(done, 1)], at(9003)).await.unwrap().remove(0).unwrap();
        assert_eq!(ask(3, "p3", "", 9004).await.unwrap().held, 2);
        // An operator looks at the one that failed, and frees it.
        assert!(store.free_leave(&machine("m2"), &line("friday"), at(9005)).await.unwrap());
        assert!(!store.free_leave(&machine("m2"), &line("friday"), at(9005)).await.unwrap());
        store.revoke_machine(&machine("m2"), at(9006)).await.unwrap();
        assert_eq!(ask(2, "p2", &heads[1], 9007).await, Err(NoLeave::Revoked));
        let held: Vec<String> = store
            .fleet_leaves()
            .await
            .unwrap()
            .iter()
            .map(|leave| format!("{} {}", leave.machine, leave.plan))
            .collect();
        assert_eq!(held, ["m3 p3"]);
    })
    .await;
}

#[tokio::test]
async fn a_fleet_adds_up() {
    on_both(async |database| {
        let store = database.open().await;
        for (number, name) in ["clean", "pending", "failing", "silent", "never", "gone"].into_iter().enumerate() {
            enrol(&store, name, number as u64 + 1).await;
        }
        let put = async |name: &str, number: u64, status: Status, when: i64| {
            let one = report(name, 1, "", status);
            store.put_reports(&[signed(one, number)], at(when)).await.unwrap().remove(0).unwrap();
        };
        put("silent", 4, Status::Clean, 100).await;
        put("clean", 1, Status::Clean, 5 * DAY).await;
        put("pending", 2, Status::Pending, 5 * DAY).await;
        put("failing", 3, Status::Failing, 6 * DAY).await;
        put("gone", 6, Status::Failing, 6 * DAY).await;
        store.revoke_machine(&machine("gone"), at(6 * DAY)).await.unwrap();
        let silent = at(2 * DAY);
        let states: Vec<(&str, u64)> = store
            .fleet_states(silent)
            .await
            .unwrap()
            .into_iter()
            .map(|(state, count)| (state.as_str(), count))
            .collect();
        assert_eq!(states, [("clean", 1), ("pending", 1), ("failing", 1), ("silent", 2), ("revoked", 1)]);

        let names = async |filter: MachineFilter, limit: u32| -> Vec<String> {
            let rows = store.fleet_machines(&filter, limit, silent).await.unwrap();
            rows.iter().map(|row| format!("{} {} {}", row.machine, row.state.as_str(), row.objects)).collect()
        };
        assert_eq!(names(MachineFilter::default(), 2).await, ["clean clean 0", "failing failing 3"]);
        let after = MachineFilter { after: Some(machine("failing")), ..MachineFilter::default() };
        assert_eq!(names(after, 2).await, ["gone revoked 3", "never silent 0"]);
        let silent_ones = MachineFilter { state: Some(MachineState::Silent), ..MachineFilter::default() };
        assert_eq!(names(silent_ones, 10).await, ["never silent 0", "silent silent 0"]);
        let of_ban = MachineFilter { ban: Some("friday".into()), ..MachineFilter::default() };
        assert_eq!(names(of_ban, 10).await.len(), 5, "not the one that never reported");
        assert!(store.fleet_machines(&MachineFilter::default(), 0, silent).await.is_err());

        let bans = store.fleet_bans(silent).await.unwrap();
        let [ban] = &bans[..] else { panic!("{bans:?}") };
        assert_eq!((ban.clean, ban.pending, ban.failing, ban.silent, ban.objects), (1, 1, 1, 1, 6));

        let days = store.fleet_days(Some("friday"), date(2026, 9, 7), 7).await.unwrap();
        let counts: Vec<(i8, u64, u64, u64)> =
            days.iter().map(|day| (day.day.day(), day.clean, day.pending, day.failing)).collect();
        assert_eq!(
            counts,
            [(1, 1, 0, 0), (2, 1, 0, 0), (3, 1, 0, 0), (4, 1, 0, 0), (5, 1, 0, 0), (6, 2, 1, 0), (7, 2, 1, 1)]
        );
        let items = store.fleet_items(None, None, 10).await.unwrap();
        assert_eq!(items.len(), 6);
        let last = &items[2];
        let rest = store.fleet_items(None, Some((last.machine.as_str(), &last.ban, last.place)), 10).await.unwrap();
        assert_eq!(rest, items[3..]);
        let one = store.fleet_machine(&machine("failing")).await.unwrap();
        assert_eq!((one.len(), one[0].status, one[0].since), (1, Status::Failing, at(6 * DAY)));
        assert!(matches!(store.fleet_machine(&machine("x")).await, Err(StoreError::NotFound { .. })));
    })
    .await;
}
