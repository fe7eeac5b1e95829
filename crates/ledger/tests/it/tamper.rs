//! What verifying says of a ledger that was touched.

use expect_test::{Expect, expect};
use ledger::{Appender, Tree};

use crate::support::{Stored, chain, key, leaf};

/// Ten entries in three segments, checkpoints after every four and at the end.
#[track_caller]
fn check(change: impl FnOnce(&mut Stored), says: Expect) {
    let mut stored = Stored::of(10, 200, 4);
    assert_eq!(stored.segments.len(), 4);
    change(&mut stored);
    says.assert_eq(&match stored.verify() {
        Ok(verified) => format!("{} entries, {} signed", verified.entries, verified.signed),
        Err(damage) => chain(&damage),
    });
}

#[test]
fn untouched() {
    check(|_| (), expect!["10 entries, 10 signed"]);
}

#[test]
fn a_byte_of_a_record() {
    check(
        |stored| stored.segments[1][180] ^= 1,
        expect!["segment `1` is damaged: at byte 140: a record does not fit its checksum"],
    );
}

#[test]
fn a_byte_of_a_header() {
    check(|stored| stored.segments[1][30] ^= 1, expect!["segment `1` is damaged: at byte 12: the header is damaged"]);
}

#[test]
fn an_entry_with_a_new_checksum() {
    check(
        |stored| {
            let mut forged = Stored::default();
            let mut appender = Appender::new(1 << 20);
            let leaves: Vec<_> = (0..10).map(|number| leaf(if number == 2 { 77 } else { number })).collect();
            forged.append(&mut appender, &leaves);
            stored.segments = forged.segments;
        },
        expect!["the first 4 entries are not those that checkpoint 1 was signed over: something was changed"],
    );
}

#[test]
fn an_end_cut_at_a_record() {
    check(
        |stored| stored.segments = Stored::of(9, 200, 4).segments,
        expect!["checkpoint 3 was signed over 10 entries, but only 9 are there: the ledger was cut"],
    );
}

#[test]
fn a_missing_segment() {
    check(
        |stored| drop(stored.segments.remove(1)),
        expect![
            "segment `1` is damaged: at byte 12: the segment begins at entry 7 where 4 is next; see whether a segment is missing"
        ],
    );
}

#[test]
fn a_segment_of_another_ledger() {
    check(
        |stored| {
            let mut other = Stored::default();
            let mut appender = Appender::new(200);
            (0..10).for_each(|number| other.append(&mut appender, &[leaf(number + 10)]));
            stored.segments[1] = other.segments.swap_remove(1);
        },
        expect!["segment `1` is damaged: at byte 12: the header was made over other entries than those before it"],
    );
}

#[test]
fn entries_after_the_last_checkpoint_are_not_signed() {
    check(|stored| drop(stored.checkpoints.pop()), expect!["10 entries, 8 signed"]);
    check(|stored| stored.checkpoints.clear(), expect!["10 entries, 0 signed"]);
}

#[test]
fn checkpoints_in_another_order() {
    check(|stored| stored.checkpoints.swap(1, 2), expect!["checkpoint 3 is of 8 entries and comes after one of 10"]);
}

#[test]
fn a_checkpoint_of_another_key() {
    check(
        |stored| {
            let other = ledger::SecretKey::new(key().public().name().clone(), [8; 32]);
            stored.checkpoints[0] = other.sign_checkpoint(&Tree::default());
        },
        expect![
            "checkpoint 1 is damaged: the checkpoint is not to be believed: the note has no signature of `example.com/ledger`; see whether this is the right key"
        ],
    );
}

#[test]
fn no_segment_at_all() {
    check(
        |stored| stored.segments.clear(),
        expect!["checkpoint 1 was signed over 4 entries, but only 0 are there: the ledger was cut"],
    );
    check(
        |stored| *stored = Stored { segments: vec![], checkpoints: vec![key().sign_checkpoint(&Tree::default())] },
        expect!["0 entries, 0 signed"],
    );
}

#[test]
fn an_end_torn_in_a_record() {
    check(
        |stored| {
            let last = stored.segments.last_mut().unwrap();
            last.truncate(last.len() - 3);
        },
        expect!["segment `3` is damaged: at byte 98: the segment ends in the middle of a record"],
    );
}
