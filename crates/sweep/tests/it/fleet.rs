//! Reports of machines: forged, replayed and missing ones are refused, and one sent twice is one.

use sweep::fleet::{self, Enrolment, Refused, Report, Status};

fn report(sequence: u64, previous: &str) -> Report {
    Report {
        version: 1,
        machine: "m1".to_owned(),
        sequence,
        previous: previous.to_owned(),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        ban: "b".to_owned(),
        plan: None,
        status: Status::Clean,
        objects: 0,
        bytes: 0,
        unreadable: 0,
        catalogue: "c".to_owned(),
    }
}

#[test]
fn a_chain_of_reports() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let sent = |report: &Report| serde_json::to_vec(&fleet::sign(report, &key).unwrap()).unwrap();
    let first = report(1, "");
    let name = fleet::name(&first);
    assert_eq!(fleet::accept(&sent(&first), &key.verifying_key(), None).unwrap(), Some(first.clone()));
    assert_eq!(fleet::accept(&sent(&first), &key.verifying_key(), Some((1, &name))).unwrap(), None);
    let second = report(2, &name);
    assert!(fleet::accept(&sent(&second), &key.verifying_key(), Some((1, &name))).unwrap().is_some());
    assert!(matches!(
        fleet::accept(&sent(&first), &key.verifying_key(), Some((2, "x"))),
        Err(Refused::Replayed { got: 1, last: 2 })
    ));
    assert!(matches!(
        fleet::accept(&sent(&report(4, &name)), &key.verifying_key(), Some((2, "x"))),
        Err(Refused::Broken { got: 4, last: 2 })
    ));
    let other = ed25519_dalek::SigningKey::from_bytes(&[4; 32]);
    assert!(matches!(fleet::accept(&sent(&second), &other.verifying_key(), Some((1, &name))), Err(Refused::Forged(_))));
}

#[test]
fn enrolment_binds_a_key_to_who_knows_the_token() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]).verifying_key();
    let mut enrolment = Enrolment::new("m1", "token", &key);
    assert!(enrolment.holds("token") && !enrolment.holds("other"));
    enrolment.public_key =
        Enrolment::new("m1", "x", &ed25519_dalek::SigningKey::from_bytes(&[5; 32]).verifying_key()).public_key;
    assert!(!enrolment.holds("token"));
}
