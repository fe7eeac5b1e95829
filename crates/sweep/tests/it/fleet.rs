//! Reports of machines: forged, replayed and missing ones are refused, and one sent twice is one.

use ed25519_dalek::SigningKey;
use sweep::{
    attest::{self, Finding},
    fleet::{
        self, Enrolment, Leave, LeaveRequest, MAX_ITEMS, MachineName, Receipt, Refused, Report, Status, Token, Welcome,
    },
};

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn machine(name: &str) -> MachineName {
    name.parse().unwrap()
}

fn report(sequence: u64, previous: &str) -> Report {
    Report {
        version: 1,
        machine: machine("m1"),
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
        items: vec![],
        left_out: 0,
        dropped: 0,
    }
}

fn sent(report: &Report, key: &SigningKey) -> Vec<u8> {
    serde_json::to_vec(&fleet::sign(report, key).unwrap()).unwrap()
}

#[test]
fn a_chain_of_reports() {
    let key = key(3);
    let public = key.verifying_key();
    let first = report(1, "");
    let name = fleet::name(&first);
    assert_eq!(fleet::accept(&sent(&first, &key), &public, None).unwrap(), Some(first.clone()));
    assert_eq!(fleet::accept(&sent(&first, &key), &public, Some((1, &name))).unwrap(), None);
    let second = report(2, &name);
    assert!(fleet::accept(&sent(&second, &key), &public, Some((1, &name))).unwrap().is_some());
    assert!(matches!(
        fleet::accept(&sent(&first, &key), &public, Some((2, "x"))),
        Err(Refused::Replayed { got: 1, last: 2 })
    ));
    assert!(matches!(
        fleet::accept(&sent(&report(4, &name), &key), &public, Some((2, "x"))),
        Err(Refused::Broken { got: 4, last: 2 })
    ));
    // The same number with another body is no repetition.
    let changed = Report { status: Status::Failing, ..first.clone() };
    assert!(matches!(
        fleet::accept(&sent(&changed, &key), &public, Some((1, &name))),
        Err(Refused::Replayed { got: 1, last: 1 })
    ));
    let other = SigningKey::from_bytes(&[4; 32]).verifying_key();
    assert!(matches!(fleet::accept(&sent(&second, &key), &other, Some((1, &name))), Err(Refused::Forged(_))));
}

#[test]
fn any_changed_byte_of_a_payload_is_noticed() {
    let key = key(3);
    let envelope = fleet::sign(&report(1, ""), &key).unwrap();
    for at in (0..envelope.payload.len()).step_by(7) {
        let mut forged = envelope.clone();
        let mut bytes = forged.payload.into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        forged.payload = String::from_utf8(bytes).unwrap();
        let json = serde_json::to_vec(&forged).unwrap();
        assert!(fleet::open(&json, &key.verifying_key()).is_err(), "byte {at}");
    }
    // A receipt is no report, though the same key signs it.
    let receipt = Receipt::of(&report(1, ""), "2026-01-01T00:00:00Z".parse().unwrap()).sign(&key).unwrap();
    let json = serde_json::to_vec(&receipt).unwrap();
    assert!(matches!(fleet::open(&json, &key.verifying_key()), Err(Refused::Forged(_))));
}

#[test]
fn reports_have_limits() {
    let key = key(3);
    let finding = |path: &str| Finding {
        subject: "cursor".into(),
        kind: "client".into(),
        path: path.parse().unwrap(),
        confidence: "high".into(),
        why: "still there".into(),
    };
    let open = |report: &Report| fleet::open(&sent(report, &key), &key.verifying_key());
    let many = Report { items: vec![finding("/opt/cursor"); MAX_ITEMS + 1], ..report(1, "") };
    assert!(matches!(open(&many), Err(Refused::Items(1001))));
    assert!(open(&Report { items: vec![finding("/opt/cursor"); MAX_ITEMS], ..report(1, "") }).is_ok());
    let refused = |report: Report| open(&report).unwrap_err().to_string();
    assert_eq!(
        refused(Report { ban: "a\nb".into(), ..report(1, "") }),
        "its `ban` is empty, too long or has control characters"
    );
    let long = format!("/{}", "x".repeat(5000));
    assert!(refused(Report { items: vec![finding(&long)], ..report(1, "") }).contains("`path`"));
    assert_eq!(refused(Report { version: 2, ..report(1, "") }), "it has version 2; this build knows version 1");
}

#[test]
fn a_token_is_copied_whole_and_shows_nothing() {
    let token = Token::new(&std::array::from_fn(|at| at as u8 * 5), key(9).verifying_key());
    let text = token.reveal();
    let read: Token = text.parse().unwrap();
    assert_eq!(read.digest(), token.digest());
    assert_eq!(read.server(), token.server());
    assert!(!format!("{token:?}").contains(&text[5..25]));
    assert!(text[..text.len() - 1].parse::<Token>().is_err());
    assert!(text.replace("rfe1_", "").parse::<Token>().is_err());
    let mut swapped = text.into_bytes();
    swapped.swap(20, 40);
    assert!(String::from_utf8(swapped).unwrap().parse::<Token>().is_err());
}

#[test]
fn enrolment_proves_both_keys() {
    let (own, server) = (key(3), key(9));
    let token = Token::new(&[7; 32], server.verifying_key());
    let name = machine("m1");
    let envelope = Enrolment::sign(&name, &token, &own).unwrap();
    let json = serde_json::to_vec(&envelope).unwrap();
    let opened = Enrolment::open(&json).unwrap();
    assert_eq!((&opened.machine, opened.key, opened.token), (&name, own.verifying_key(), token.digest()));
    // Without either of the signatures, or with another machine's, it is nothing.
    for gone in [0, 1] {
        let mut forged = envelope.clone();
        forged.signatures.remove(gone);
        assert!(matches!(Enrolment::open(&serde_json::to_vec(&forged).unwrap()), Err(Refused::Forged(_))));
    }
    let mut mixed = envelope;
    mixed.signatures = Enrolment::sign(&machine("m2"), &token, &own).unwrap().signatures;
    assert!(matches!(Enrolment::open(&serde_json::to_vec(&mixed).unwrap()), Err(Refused::Forged(_))));

    let welcome =
        Welcome::new(&name, &own.verifying_key(), &server.verifying_key(), "2026-01-01T00:00:00Z".parse().unwrap());
    let json = serde_json::to_vec(&welcome.sign(&server).unwrap()).unwrap();
    assert!(Welcome::open(&json, token.server(), &name, &own.verifying_key()).is_ok());
    assert!(Welcome::open(&json, token.server(), &machine("m2"), &own.verifying_key()).is_err());
    let impostor = serde_json::to_vec(&welcome.sign(&key(8)).unwrap()).unwrap();
    assert!(matches!(
        Welcome::open(&impostor, token.server(), &name, &own.verifying_key()),
        Err(Refused::Forged(attest::AttestError::Signature))
    ));
}

#[test]
fn receipts_and_leaves_are_for_one_thing_only() {
    let server = key(9);
    let public = server.verifying_key();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let one = report(1, "");
    let json = serde_json::to_vec(&Receipt::of(&one, now).sign(&server).unwrap()).unwrap();
    assert!(Receipt::open(&json, &public, &one).is_ok());
    assert!(Receipt::open(&json, &public, &report(2, "x")).is_err());
    assert!(Receipt::open(&json, &key(8).verifying_key(), &one).is_err());

    let leave = Leave {
        version: 1,
        machine: machine("m1"),
        ban: "b".into(),
        plan: "sha256:1".into(),
        granted: now,
        expires: "2026-01-02T00:00:00Z".parse().unwrap(),
        held: 1,
        hosts: 1,
    };
    let json = serde_json::to_vec(&leave.sign(&server).unwrap()).unwrap();
    assert!(Leave::open(&json, &public, &machine("m1"), "sha256:1", now).is_ok());
    assert!(Leave::open(&json, &public, &machine("m2"), "sha256:1", now).is_err());
    assert!(Leave::open(&json, &public, &machine("m1"), "sha256:2", now).is_err());
    assert!(matches!(
        Leave::open(&json, &public, &machine("m1"), "sha256:1", leave.expires),
        Err(Refused::Expired { .. })
    ));
    let request = LeaveRequest {
        version: 1,
        machine: machine("m1"),
        ban: "b".into(),
        plan: "sha256:1".into(),
        hosts: 5,
        objects: 1,
        bytes: 1,
        after: String::new(),
    };
    let own = key(3);
    let json = serde_json::to_vec(&request.sign(&own).unwrap()).unwrap();
    assert_eq!(LeaveRequest::key_id(&json).unwrap(), attest::key_id(&own.verifying_key()));
    assert_eq!(LeaveRequest::open(&json, &own.verifying_key()).unwrap(), request);
    assert!(LeaveRequest::open(&json, &public).is_err());
}

#[test]
fn names_of_machines() {
    for good in ["m1", "host.example.org", "A_b-c.9", &"x".repeat(128)] {
        assert!(good.parse::<MachineName>().is_ok(), "{good}");
    }
    for bad in ["", ".x", "-x", "a b", "a/b", "ä", "a\n", &"x".repeat(129)] {
        assert!(bad.parse::<MachineName>().is_err(), "{bad}");
    }
}
