//! Exemplars: a template's text is shown once enough accounts used it, and nothing else ever is.

use std::collections::BTreeSet;

use arrow_array::{Array, RecordBatch};
use exchanges::{
    Exchange,
    schema::{Keyer, RowBuilder, Text},
    sketch::{Exemplar, ExemplarLimits, ExemplarTable, LimitError, Part, Secret, Sketch, Sketcher, StateError},
};
use expect_test::expect;
use proptest::prelude::*;

use crate::sketch_support::exchange;

/// What an import would leave behind.
struct Import {
    sketcher: Sketcher,
    keyer: Keyer,
    table: ExemplarTable,
    rows: RowBuilder,
    shown: Vec<Exemplar>,
}

impl Import {
    fn new(accounts: u8) -> Self {
        let secret = Secret::from_bytes([5; 32]);
        Self {
            sketcher: Sketcher::new(&secret),
            keyer: Keyer::new(&secret),
            table: ExemplarTable::new(ExemplarLimits::new(accounts, 1 << 12).expect("the fixture is good")),
            rows: RowBuilder::new(Text::Dropped),
            shown: Vec::new(),
        }
    }

    fn push(&mut self, account: &str, system: Option<&str>, prompt: &str) {
        let exchange =
            Exchange { account_id: account.parse().expect("the fixture is good"), ..exchange(system, Some(prompt)) };
        let (sketch, keys) = (self.sketcher.sketch(&exchange), self.keyer.keys(&exchange));
        self.rows.push(&exchange, &sketch, &keys);
        for part in self.table.due(&sketch, keys.account_key) {
            self.shown.push(self.sketcher.exemplar(&exchange, part).expect("the fixture is good"));
        }
    }

    fn texts(&self) -> BTreeSet<(Part, &str)> {
        self.shown.iter().map(|e| (e.part, e.text.as_str())).collect()
    }

    /// Every byte that is kept.
    fn bytes(&mut self) -> Vec<u8> {
        let mut all = buffers(&self.rows.finish());
        all.extend(self.table.to_bytes());
        all.extend(format!("{:?} {:?}", self.shown, self.table).into_bytes());
        all
    }
}

fn buffers(batch: &RecordBatch) -> Vec<u8> {
    let data = batch.columns().iter().map(|column| column.to_data());
    data.flat_map(|d| d.buffers().iter().flat_map(|b| b.as_slice().to_vec()).collect::<Vec<_>>()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w.eq_ignore_ascii_case(text.as_bytes()))
}

/// A word that occurs nowhere else.
fn canary(n: u64) -> String {
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let letters = (0..10).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + ((state >> 40) % 26) as u8)
    });
    format!("zq{}", letters.collect::<String>())
}

#[test]
fn the_text_comes_with_the_fifth_account_and_only_once() {
    let mut import = Import::new(5);
    let prompt =
        |item: &str| format!("Consider the riddle below with great care: {item}. Now name the most likely culprit.");
    for n in 0..5 {
        assert!(import.shown.is_empty(), "{n} accounts");
        import.push(&format!("a{n}"), None, &prompt(&canary(n)));
        import.push(&format!("a{n}"), None, &prompt(&canary(n + 100)));
    }
    let seen: String = import.texts().iter().map(|(part, text)| format!("{}: {text}\n", part.column())).collect();
    expect![[r#"
        prefix_4: consider the riddle below
        prefix_8: consider the riddle below with great care:
        suffix_4: most likely culprit.
        suffix_8: . now name the most likely culprit.
    "#]]
    .assert_eq(&seen);
    for n in 5..20 {
        import.push(&format!("a{n}"), None, &prompt(&canary(n)));
    }
    assert_eq!(import.shown.len(), import.texts().len());
}

#[test]
fn a_system_prompt_is_shown_whole_up_to_its_limit() {
    let mut import = Import::new(2);
    let long = "You sort incoming letters by subject and urgency for order 66. ".repeat(60);
    import.push("a", Some(&long), "first");
    import.push("b", Some(&long), "second");
    let text = |part| import.shown.iter().find(|e| e.part == part).unwrap().text.clone();
    assert_eq!(
        text(Part::SystemPrefix),
        "you sort incoming letters by subject and urgency for order ⟨number⟩. you sort incoming letters"
    );
    let whole = text(Part::SystemKey);
    assert!(whole.chars().count() <= 2001 && whole.ends_with('…') && !whole.contains("66"));
}

#[test]
fn what_few_accounts_wrote_is_nowhere_in_what_is_kept() {
    let mut import = Import::new(5);
    let mut canaries = Vec::new();
    let mut fresh = || {
        canaries.push(canary(canaries.len() as u64 + 1000));
        canaries.last().unwrap().clone()
    };
    for n in 0..2000 {
        let account = format!("a{}", n % 97);
        // Alone: canaries everywhere, several of them in a system prompt.
        let words: Vec<String> = (0..3 + n % 40).map(|i| if i % 3 == 0 { fresh() } else { "and".to_owned() }).collect();
        import.push(&account, Some(&format!("You are {} for {}", fresh(), words.join(" "))), &words.join(" "));
        // A template of many accounts around a canary.
        let item = fresh();
        import.push(
            &account,
            None,
            &format!("As an adviser to a small farm, look into {item} and report what it would cost to mend."),
        );
        // A template of four accounts only, which holds a canary itself.
        let rare = canary(n / 40);
        let few = format!("few{}-{}", n / 40, n % 4);
        import.push(
            &few,
            None,
            &format!("Under the rules of {rare} we ask: what about {} in such a case as this one here?", fresh()),
        );
    }
    canaries.extend((0..50).map(canary));
    let shown: Vec<String> = import.texts().iter().map(|(p, t)| format!("{p:?}: {t}")).collect();
    assert!(shown.contains(&"Prefix8: as an adviser to a small farm,".to_owned()), "{shown:#?}");
    assert!(shown.contains(&"Suffix8: report what it would cost to mend.".to_owned()), "{shown:#?}");
    let kept = import.bytes();
    assert!(holds(&kept, "as an adviser"), "the check can fail");
    let canaries: BTreeSet<Vec<u8>> = canaries.into_iter().map(String::into_bytes).collect();
    let leaked: Vec<_> = kept
        .windows(12)
        .map(<[u8]>::to_ascii_lowercase)
        .filter(|w| w.starts_with(b"zq") && canaries.contains(w))
        .collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

#[test]
fn the_state_accumulates_across_imports() {
    let prompt = |n: u64| format!("Sort these plants by the height they reach: {} and so on.", canary(n));
    let mut whole = Import::new(5);
    let mut parts = Import::new(5);
    for n in 0..12 {
        whole.push(&format!("a{n}"), None, &prompt(n));
        parts.push(&format!("a{n}"), None, &prompt(n));
        let limits = ExemplarLimits::new(5, 1 << 12).unwrap();
        parts.table = ExemplarTable::from_bytes(&parts.table.to_bytes(), limits).unwrap();
    }
    assert!(!whole.shown.is_empty());
    assert_eq!(whole.shown, parts.shown);
}

#[test]
fn a_flood_of_single_uses_does_not_push_out_what_is_seen_often() {
    let mut table = ExemplarTable::new(ExemplarLimits::new(5, 64).unwrap());
    let sketch =
        |n: u64| Sketch { prompt_key: Some(n), prefix: [Some(canary_hash(n)), None, None], ..Sketch::default() };
    let mut shown = 0;
    for n in 0..40_000u64 {
        table.due(&sketch(n + 1), n);
        if n % 4 == 0 {
            shown += table.due(&sketch(0), n / 4 % 7).len();
        }
    }
    assert_eq!(shown, 1);
}

fn canary_hash(n: u64) -> u64 {
    (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

#[test]
fn limits_and_states_are_checked() {
    assert_eq!(ExemplarLimits::new(1, 1 << 12), Err(LimitError::Accounts { accounts: 1 }));
    assert_eq!(ExemplarLimits::new(5, 100), Err(LimitError::Slots { slots: 100 }));
    let limits = ExemplarLimits::new(5, 1 << 12).unwrap();
    let read = |bytes: &[u8]| ExemplarTable::from_bytes(bytes, limits);
    let good = ExemplarTable::new(limits).to_bytes();
    assert!(read(&good).is_ok());
    assert_eq!(read(b"something else"), Err(StateError::NotState));
    assert_eq!(read(&good[..15]), Err(StateError::Damaged));
    assert_eq!(read(&[good.as_slice(), &[0]].concat()), Err(StateError::Damaged));
    let mut newer = good.clone();
    newer[8] = 2;
    expect!["exemplar state is of version 2, this ringfence reads version 1; update ringfence"]
        .assert_eq(&read(&newer).unwrap_err().to_string());
}

proptest! {
    #[test]
    fn no_bytes_panic_as_a_state(mut bytes in prop::collection::vec(any::<u8>(), 0..400), begins in any::<bool>()) {
        if begins {
            bytes.splice(0..0, *b"ringfexm\x01\0\0\0\x03\0\0\0\x02\0\0\0");
        }
        let _ = ExemplarTable::from_bytes(&bytes, ExemplarLimits::new(2, 64).unwrap());
    }
}
