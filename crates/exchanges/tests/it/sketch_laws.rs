//! Laws of the sketch, over arbitrary texts and over many seeds.

use exchanges::sketch::{Secret, Sketch, Sketcher};
use proptest::prelude::*;

use crate::sketch_support::{exchange, sketch, sketcher};

/// Text with letters, marks, digits, placeholders, invisible characters and several scripts.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ a-zA-Z0-9.,:/@`\"<>#\n-]{0,200}",
        "[a-zé\u{301}\u{200b}\u{fb01}ＡＢ０１海かนี้ {}“”]{0,80}",
        prop::collection::vec("[a-f0-9]{1,9}|```|\"|https?://|@|www\\.|[a-z]{1,20}| |-|[.]|语", 0..60)
            .prop_map(|v| v.concat()),
    ]
}

/// White space that can be put where one space stands.
fn spaces() -> impl Strategy<Value = String> {
    "[ \t\n\r\u{a0}\u{2003}]{1,4}"
}

fn words(least: usize, most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z]{1,12}", least..most)
}

/// The hashes, without the facts about the outward form.
fn hashes(sketch: Sketch) -> impl PartialEq + std::fmt::Debug {
    (sketch.prefix, sketch.suffix, sketch.bands, sketch.items, sketch.prompt_key, sketch.marks, sketch.prompt_tokens)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_panics_and_the_sketch_is_deterministic(system in text(), prompt in text()) {
        let exchange = exchange(Some(&system), Some(&prompt));
        prop_assert_eq!(sketcher().sketch(&exchange), sketcher().sketch(&exchange));
    }

    #[test]
    fn the_order_of_sketching_does_not_matter(texts in prop::collection::vec((text(), text()), 1..12)) {
        let rows: Vec<_> = texts.iter().map(|(s, p)| exchange(Some(s), Some(p))).collect();
        let mut one = sketcher();
        let forward: Vec<_> = rows.iter().map(|e| one.sketch(e)).collect();
        let mut backward: Vec<_> = rows.iter().rev().map(|e| one.sketch(e)).collect();
        backward.reverse();
        prop_assert_eq!(&forward, &backward);
        let alone = sketcher().sketch(&rows[rows.len() - 1]);
        prop_assert_eq!(forward.last(), Some(&alone));
    }

    #[test]
    fn secrets_give_unrelated_hashes(words in words(20, 40), a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
        prop_assume!(a != b);
        let exchange = exchange(None, Some(&words.join(" ")));
        let [a, b] = [a, b].map(|s| Sketcher::new(&Secret::from_bytes(s)).sketch(&exchange));
        let all = |s: Sketch| -> Vec<u64> {
            [s.prefix, s.suffix].concat().into_iter().flatten().chain(s.bands.unwrap()).chain(s.items.unwrap()).chain(s.prompt_key).collect()
        };
        prop_assert!(all(a).iter().all(|h| !all(b).contains(h)));
        let mut columns = all(a);
        columns.sort_unstable();
        columns.dedup();
        prop_assert_eq!(columns.len(), all(a).len(), "columns are keyed apart");
    }

    #[test]
    fn white_space_and_case_do_not_count(words in words(1, 30), spaces in prop::collection::vec(spaces(), 30)) {
        let plain = words.join(" ");
        let spaced: String = words.iter().zip(&spaces).map(|(w, s)| format!("{s}{}", w.to_uppercase())).collect();
        prop_assert_eq!(hashes(sketch(&plain)), hashes(sketch(&spaced)));
    }

    #[test]
    fn compatible_forms_do_not_count(text in text()) {
        use unicode_normalization::UnicodeNormalization;
        let base = sketch(&text);
        for form in [text.nfc().collect::<String>(), text.nfd().collect(), text.nfkc().collect(), text.nfkd().collect()] {
            prop_assert_eq!(hashes(sketch(&form)), hashes(base), "{:?}", form);
        }
    }

    #[test]
    fn an_equal_beginning_has_an_equal_prefix(start in words(16, 17), a in words(2, 30), b in words(2, 30)) {
        let whole = |rest: &[String]| sketch(&[&start, rest].concat().join(" "));
        prop_assert_eq!(whole(&a).prefix, whole(&b).prefix);
        prop_assert!(whole(&a).prefix.iter().all(Option::is_some));
        let end = |rest: &[String]| sketch(&[rest, &start].concat().join(" "));
        prop_assert_eq!(end(&a).suffix, end(&b).suffix);
    }

    #[test]
    fn what_is_masked_does_not_count(number in 0u32.., other in 0u32.., tail in words(6, 20)) {
        let of = |n: u32| sketch(&format!("row {n} of https://x.example/{n} {}", tail.join(" ")));
        prop_assert_eq!(of(number).prefix, of(other).prefix);
        prop_assert_eq!(of(number).bands, of(other).bands);
    }
}

/// A small generator, so that the statistics need no dependency.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn word(&mut self) -> String {
        (0..6).map(|_| char::from(b'a' + (self.next() % 26) as u8)).collect()
    }
}

/// Jaccard similarity of the sets of `n`-word shingles.
fn jaccard(a: &[String], b: &[String], n: usize) -> f64 {
    let set = |words: &[String]| words.windows(n).map(<[String]>::to_vec).collect::<std::collections::HashSet<_>>();
    let (a, b) = (set(a), set(b));
    a.intersection(&b).count() as f64 / a.union(&b).count() as f64
}

/// Shares of equal bands and equal items over many pairs that agree in a share of their words, with the expected.
fn collisions(length: usize, changed: usize, pairs: u64) -> [(f64, f64); 2] {
    let mut draw = Draw(length as u64 * 1000 + changed as u64);
    let (mut bands, mut items, mut bands_expected, mut items_expected) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..pairs {
        let mut sketcher =
            Sketcher::new(&Secret::from_bytes(std::array::from_fn(|i| (seed >> (i % 4 * 8)) as u8 ^ i as u8)));
        let a: Vec<String> = (0..length).map(|_| draw.word()).collect();
        let mut b = a.clone();
        let from = (length - changed) / 2;
        b[from..from + changed].fill_with(|| draw.word());
        let [x, y] = [&a, &b].map(|w| sketcher.sketch(&exchange(None, Some(&w.join(" ")))));
        let equal = |x: [u64; 4], y: [u64; 4]| x.iter().zip(y).filter(|(x, y)| **x == *y).count() as f64 / 4.0;
        bands += equal(x.bands.expect("the fixture is good"), y.bands.expect("the fixture is good"));
        items += equal(x.items.expect("the fixture is good"), y.items.expect("the fixture is good"));
        bands_expected += jaccard(&a, &b, 4).powi(2);
        items_expected += jaccard(&a[12..length - 12], &b[12..length - 12], 3);
    }
    let pairs = pairs as f64;
    [(bands / pairs, bands_expected / pairs), (items / pairs, items_expected / pairs)]
}

/// An item bin agrees with probability J, a band of two bins with about J². 500 pairs of four values each: three
/// standard errors are under 0.07, though values of one pair are not independent; short texts have few shingles, so
/// two bins without replacement stray from J² by up to 0.03.
#[test]
fn collisions_track_the_jaccard_similarity() {
    for (length, changed) in [(32, 0), (36, 2), (40, 6), (60, 4), (60, 20), (120, 10), (120, 60)] {
        for (name, (seen, expected)) in ["bands", "items"].iter().zip(collisions(length, changed, 500)) {
            assert!(
                (seen - expected).abs() <= 0.1,
                "{name} of {length} words, {changed} changed: {seen} for {expected}"
            );
        }
    }
    let [(bands, _), (items, _)] = collisions(60, 60, 500);
    assert_eq!((bands, items), (0.0, 0.0), "unrelated texts");
}
