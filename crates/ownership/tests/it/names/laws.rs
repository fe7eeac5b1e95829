//! What holds for all names.

use ownership::names::{Bearer, NAME_LIMIT, NameError, Parsed, Rule, compare, score};
use proptest::prelude::*;

const BEARERS: [Bearer; 3] = [Bearer::Person, Bearer::Organisation, Bearer::Vessel];

/// Words that keep to themselves: each begins with a letter of its own, and none is known to a table.
const WORDS: [&str; 8] = ["Bravik", "Cordune", "Fexalor", "Gimlotep", "Havroski", "Kuldenau", "Praxomil", "Zentiqua"];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), other in any::<String>()) {
        for bearer in BEARERS {
            if let (Ok(a), Ok(b)) = (Parsed::new(&text, bearer), Parsed::new(&other, bearer)) {
                let found = score(&a, &b);
                prop_assert!((0.0..=1.0).contains(&found.score));
            }
        }
    }

    #[test]
    fn characters_of_every_script_are_read(text in "[a-zа-яα-ωء-يא-ת가-힣ァ-ヶ一-龥0-9 .&-]{1,60}", other in "[a-z一-龥가-힣 ]{1,30}") {
        for bearer in BEARERS {
            if let (Ok(a), Ok(b)) = (Parsed::new(&text, bearer), Parsed::new(&other, bearer)) {
                prop_assert_eq!(score(&a, &b).score, score(&b, &a).score);
                prop_assert_eq!(score(&a, &a).score, 1.0);
            }
        }
    }

    #[test]
    fn order_case_and_form_do_not_matter(order in Just((0..WORDS.len()).collect::<Vec<_>>()).prop_shuffle(), count in 2usize..5, upper: bool) {
        let words: Vec<&str> = order[..count].iter().map(|&at| WORDS[at]).collect();
        let turned: Vec<&str> = words.iter().rev().copied().collect();
        let other = if upper { turned.join(" ").to_uppercase() } else { turned.join(" ").to_lowercase() };
        for bearer in [Bearer::Person, Bearer::Organisation] {
            let found = compare(&words.join(" "), &other, bearer).expect("names");
            prop_assert!(found.score > 0.99, "{} {}: {}", words.join(" "), other, found);
        }
        let with_form = compare(&words.join(" "), &format!("{} Limited", words.join(" ")), Bearer::Organisation).expect("names");
        prop_assert!(with_form.score > 0.99, "{}", with_form);
    }

    #[test]
    fn another_word_for_one_is_no_match(order in Just((0..WORDS.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let name = |at: &[usize]| at.iter().map(|&at| WORDS[at]).collect::<Vec<_>>().join(" ");
        for bearer in [Bearer::Person, Bearer::Organisation] {
            let found = compare(&name(&order[..2]), &name(&[order[0], order[2]]), bearer).expect("names");
            prop_assert!(!found.is_match(), "{}", found);
        }
    }
}

#[test]
fn what_is_no_name_is_refused_with_its_reason() {
    let refused = |text: &str| Parsed::new(text, Bearer::Organisation).expect_err("no name").to_string();
    assert_eq!(
        refused(&"a".repeat(10_000_000)),
        "a name of 10000000 bytes is over the limit of 4096; look for rows that ran together"
    );
    assert_eq!(refused(" — "), "the name ` — ` has no letter and no digit");
    assert!(matches!(Parsed::new("", Bearer::Person), Err(NameError::Empty(_))));
    assert!(Parsed::new(&"a".repeat(NAME_LIMIT), Bearer::Organisation).is_ok());
}

#[test]
fn the_longest_names_are_compared_in_bounded_time() {
    let many = |word: &str| word.repeat(NAME_LIMIT / word.len());
    for name in [many("a "), many("ab"), many("中国"), many("华 "), many("가나 "), many("é"), many("1 ")] {
        for bearer in BEARERS {
            let started = std::time::Instant::now();
            let found = compare(&name, &format!("{} x", &name[..name.floor_char_boundary(NAME_LIMIT - 4)]), bearer)
                .expect("names");
            assert!(found.score >= 0.0);
            assert!(
                started.elapsed().as_secs() < 2,
                "{} took {:?}",
                name.chars().take(6).collect::<String>(),
                started.elapsed()
            );
        }
    }
}

#[test]
fn rules_are_written_in_words_of_their_own() {
    assert_eq!(serde_json::to_string(&Rule::GivenName).expect("plain data"), "\"given-name\"");
}
