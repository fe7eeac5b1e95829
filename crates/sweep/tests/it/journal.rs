//! The journal: a torn end never happened, any other change is noticed, and records lead to one standing.

use sweep::journal::{self, JournalError, Record, Standing};

fn records() -> Vec<Record> {
    vec![
        Record::Opened { plan: "sha256:x".to_owned(), at: "2026-01-01T00:00:00Z".parse().unwrap() },
        Record::Moving { object: 0, copy: false },
        Record::Taken { object: 0, inode: 7 },
        Record::Editing { object: 1 },
        Record::Skipped { object: 2, why: "changed\nline".to_owned() },
        Record::Restoring { object: 0, copy: false },
    ]
}

#[test]
fn any_cut_is_a_journal_of_whole_records() {
    let text: String = records().iter().map(journal::line).collect();
    for cut in 0..=text.len() {
        let replayed = journal::replay(&text.as_bytes()[..cut]).unwrap();
        assert!(replayed.whole <= cut && text[..cut].rfind('\n').map_or(0, |at| at + 1) == replayed.whole);
    }
    let replayed = journal::replay(text.as_bytes()).unwrap();
    assert_eq!(replayed.of(0), Standing::Restoring { copy: false, inode: 7 });
    assert_eq!((replayed.of(1), replayed.of(9)), (Standing::Editing, Standing::Untouched));
}

#[test]
fn a_changed_line_is_noticed() {
    let text: String = records().iter().map(journal::line).collect();
    let last = text.trim_end().rfind('\n').unwrap();
    for at in (0..last).step_by(3) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 4;
        assert!(matches!(journal::replay(&bytes), Err(JournalError::Damaged { .. })), "byte {at}");
    }
}
