//! What holds for all entries, segments and proofs.

use jiff::Timestamp;
use ledger::{
    Appender, ConsistencyProof, Entry, InclusionProof, Kind, Leaf, Prover, SegmentReader, Source, Tree, verify,
};
use proptest::prelude::*;

use crate::support::{Stored, key, leaf};

fn entries() -> impl Strategy<Value = Entry> {
    let times = (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(), 0..1_000_000_000_i32)
        .prop_filter_map("a time", |(second, nano)| Timestamp::new(second, nano).ok());
    let text = any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap().into_bytes());
    (times, "[a-z][a-z0-9._-]{0,31}", text).prop_map(|(time, kind, body)| Entry {
        time,
        kind: kind.parse().unwrap(),
        body,
    })
}

/// A ledger that is split into segments anywhere, written in batches of any size.
fn stored() -> impl Strategy<Value = (Stored, u64)> {
    (prop::collection::vec(1..20_usize, 1..8), 100_u64..2000).prop_map(|(batches, segment_bytes)| {
        let (mut stored, mut appender, mut next) = (Stored::default(), Appender::new(segment_bytes), 0);
        for batch in batches {
            let leaves: Vec<Leaf> = (next..next + batch as u64).map(leaf).collect();
            next += batch as u64;
            stored.append(&mut appender, &leaves);
            stored.checkpoints.push(key().sign_checkpoint(appender.tree()));
        }
        (stored, next)
    })
}

proptest! {
    #[test]
    fn reading_a_written_entry_gives_it_back(entry in entries()) {
        let leaf = entry.to_leaf().unwrap();
        prop_assert_eq!(&leaf.entry(), &entry);
        let read = Leaf::try_from(leaf.as_bytes().to_vec()).unwrap();
        prop_assert_eq!(&read, &leaf);
        prop_assert_eq!(read.entry(), entry);
    }

    #[test]
    fn a_value_makes_the_leaf_that_its_json_makes(entry in entries(), text in any::<String>()) {
        let value = serde_json::json!({ "text": text, "list": [text, 1, null] });
        let body = serde_json::to_vec(&value).unwrap();
        let leaf = Leaf::json(entry.time, &entry.kind, &value).unwrap();
        prop_assert_eq!(leaf, Entry { body, ..entry }.to_leaf().unwrap());
    }

    #[test]
    fn whatever_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..60), nice in any::<bool>()) {
        let mut bytes = bytes;
        if nice && bytes.len() > 16 {
            bytes[0] = 1;
            bytes[1] = 1;
            bytes[14] = b'k';
            bytes[15] = b'1';
            bytes.truncate(16);
            bytes[7..10].fill(0);
        }
        if let Ok(leaf) = Leaf::try_from(bytes.clone()) {
            let again = leaf.entry().to_leaf().unwrap();
            prop_assert_eq!(again.as_bytes(), bytes.as_slice());
        }
    }

    #[test]
    fn a_split_does_not_change_the_tree((stored, entries) in stored()) {
        let verified = stored.verify().unwrap();
        let mut tree = Tree::default();
        (0..entries).for_each(|number| tree.push(leaf(number).hash()));
        prop_assert_eq!((verified.entries, verified.root, verified.signed), (entries, tree.root(), entries));
        let mut next = 0;
        for segment in &stored.segments {
            let mut reader = SegmentReader::open(segment.as_slice()).unwrap();
            while let Some(record) = reader.next_record().unwrap() {
                prop_assert_eq!((record.index, record.leaf), (next, leaf(next)));
                next += 1;
            }
        }
        prop_assert_eq!(next, entries);
    }

    #[test]
    fn any_flipped_byte_is_noticed((stored, _) in stored(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut changed = stored;
        let total = changed.segments.iter().map(Vec::len).sum();
        let mut at = at.index(total);
        for segment in &mut changed.segments {
            if let Some(byte) = segment.get_mut(at) {
                *byte ^= flip;
                break;
            }
            at -= segment.len();
        }
        prop_assert!(changed.verify().is_err());
    }

    #[test]
    fn any_flipped_byte_of_a_checkpoint_is_noticed((stored, _) in stored(), which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let note = which.get(&stored.checkpoints);
        let mut bytes = note.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(key().public().open_checkpoint(&text).is_err());
        }
    }

    #[test]
    fn a_lost_end_is_noticed((stored, _) in stored(), lost in any::<prop::sample::Index>()) {
        let mut changed = stored;
        let total: usize = changed.segments.iter().map(Vec::len).sum();
        let mut left = lost.index(total);
        changed.segments.retain_mut(|segment| {
            segment.truncate(left);
            left -= segment.len();
            !segment.is_empty()
        });
        prop_assert!(changed.verify().is_err());
    }

    #[test]
    fn a_lost_segment_is_noticed((stored, _) in stored(), lost in any::<prop::sample::Index>(), swap in any::<prop::sample::Index>()) {
        let mut changed = stored.clone();
        changed.segments.remove(lost.index(stored.segments.len()));
        prop_assert!(changed.verify().is_err());
        let (a, b) = (lost.index(stored.segments.len()), swap.index(stored.segments.len()));
        let mut changed = stored;
        changed.segments.swap(a, b);
        prop_assert_eq!(changed.verify().is_ok(), a == b);
    }

    #[test]
    fn proofs_hold_and_changed_ones_do_not((stored, entries) in stored(), index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let index = index.index(entries as usize) as u64;
        let mut prover = Prover::inclusion(index, entries).unwrap();
        (0..entries).for_each(|number| prover.push(leaf(number).hash()));
        let checkpoint = stored.checkpoints.last().unwrap().clone();
        let proof = InclusionProof { leaf: leaf(index).as_bytes().to_vec(), index, path: prover.finish().unwrap(), checkpoint };
        let (proven, _) = proof.verify(key().public()).unwrap();
        prop_assert_eq!(proven, leaf(index));
        let json = serde_json::to_string(&proof).unwrap();
        prop_assert_eq!(&serde_json::from_str::<InclusionProof>(&json).unwrap(), &proof);
        let text = proof.to_string();
        prop_assert_eq!(&InclusionProof::parse(&text).unwrap(), &proof);
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(InclusionProof::parse(&changed).map_or(true, |proof| proof.verify(key().public()).is_err()));
        }
    }

    #[test]
    fn consistency_has_a_text_as_well((stored, entries) in stored(), old in any::<prop::sample::Index>()) {
        let old_note = old.get(&stored.checkpoints).clone();
        let old = key().public().open_checkpoint(&old_note).unwrap().size();
        let mut prover = Prover::consistency(old, entries).unwrap();
        (0..entries).for_each(|number| prover.push(leaf(number).hash()));
        let new_note = stored.checkpoints.last().unwrap().clone();
        let proof = ConsistencyProof { path: prover.finish().unwrap(), old: old_note, new: new_note };
        let (first, second) = proof.verify(key().public()).unwrap();
        prop_assert_eq!((first.size(), second.size()), (old, entries));
        prop_assert_eq!(&ConsistencyProof::parse(&proof.to_string()).unwrap(), &proof);
        prop_assert_eq!(&serde_json::from_str::<ConsistencyProof>(&serde_json::to_string(&proof).unwrap()).unwrap(), &proof);
        let turned = ConsistencyProof { old: proof.new.clone(), new: proof.old.clone(), ..proof.clone() };
        prop_assert_eq!(turned.verify(key().public()).is_ok(), old == entries);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let source = Source { name: String::new(), reader: bytes.as_slice() };
        prop_assert!(verify([source], [] as [&str; 0], key().public()).is_err());
        Appender::resume(100, bytes.as_slice()).unwrap_err();
    }

    #[test]
    fn kinds_are_words(text in any::<String>()) {
        if let Ok(kind) = text.parse::<Kind>() {
            prop_assert!(kind.as_str() == text && text.len() <= Kind::MAX && !text.contains(char::is_uppercase));
        }
    }
}
