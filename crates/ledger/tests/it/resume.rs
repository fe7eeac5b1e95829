//! Going on with a ledger, after a crash as well.

use ledger::Appender;

use crate::support::{Stored, chain, leaf};

#[test]
fn a_resumed_ledger_is_the_same_ledger() {
    let whole = Stored::of(60, 700, 100);
    for stop in 1..60 {
        let mut stored = Stored::of(stop, 700, 100);
        let last = stored.segments.last().unwrap().clone();
        let mut resumed = Appender::resume(700, last.as_slice()).unwrap();
        assert_eq!((resumed.end, resumed.appender.tree().size()), (last.len() as u64, stop));
        for number in stop..60 {
            stored.append(&mut resumed.appender, &[leaf(number)]);
        }
        assert_eq!(stored.segments, whole.segments, "stopped after {stop}");
    }
}

#[test]
fn an_end_that_was_cut_off_anywhere_is_found() {
    let stored = Stored::of(6, 1 << 20, 100);
    let ends: Vec<usize> = (1..=6).map(|count| Stored::of(count, 1 << 20, 100).segments[0].len()).collect();
    let bytes = &stored.segments[0];
    let header = 24;
    for length in header..=bytes.len() {
        let resumed = Appender::resume(1 << 20, &bytes[..length]).unwrap();
        let whole = ends.iter().filter(|&&end| end <= length).count();
        assert_eq!(resumed.appender.tree().size(), whole as u64, "cut at {length}");
        assert_eq!(resumed.end, if whole == 0 { header as u64 } else { ends[whole - 1] as u64 });
        // Blocks that were allocated and never written are zeros.
        let zeros = [&bytes[..length], &[0; 5000]].concat();
        assert_eq!(Appender::resume(1 << 20, zeros.as_slice()).unwrap().end, resumed.end, "zeros from {length}");
    }
    for length in 0..header {
        let error = Appender::resume(1 << 20, &bytes[..length]).unwrap_err();
        assert!(error.to_string().contains("the header is damaged"), "{error}");
    }
}

#[test]
fn damage_before_sound_entries_is_no_crash() {
    let stored = Stored::of(6, 1 << 20, 100);
    let start = Stored::of(5, 1 << 20, 100).segments[0].len();
    let bytes = &stored.segments[0];
    for at in 24..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x80;
        match Appender::resume(1 << 20, changed.as_slice()) {
            Ok(resumed) => assert!(at >= start && resumed.end == start as u64, "flipped at {at}"),
            Err(error) => {
                let text = chain(&error);
                assert!(at < start && text.contains("the record is damaged, and sound ones follow it"), "{at}: {text}");
            }
        }
    }
}
