//! Time of a sketch, of the keys, of a lake row and of the exemplar table; prints figures beside the budget.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a bench reads the clock and prints figures")]

use std::{hint::black_box, time::Instant};

use exchanges::{
    Exchange, PromptText,
    schema::{Keyer, RowBuilder, Text},
    sketch::{ExemplarLimits, ExemplarTable, Secret, Sketcher},
};

/// Few enough to stay in a cache, as rows do that a reader has just parsed.
const ROWS: usize = 1_000;
const PASSES: usize = 20;
const ROUNDS: usize = 15;
const BUDGET_MICROS: f64 = 4.0;

fn main() {
    let secret = Secret::from_bytes([9; 32]);
    let mut sketcher = Sketcher::new(&secret);
    let ascii = rows(&ENGLISH, "");
    let mixed = rows(&ENGLISH, " – “naïve café” – ");
    let han = rows(&HAN, "");
    println!("sketch, microseconds a row (best and median of {ROUNDS} rounds of {PASSES} passes over {ROWS} rows):");
    let (_, median) = time("600-character ASCII prompt", &ascii, |e| {
        black_box(sketcher.sketch(e));
    });
    let verdict = if median <= BUDGET_MICROS { "within" } else { "OVER" };
    println!("    {:.0} rows/s; {verdict} the budget of {BUDGET_MICROS} microseconds", 1e6 / median);
    time("the same with some non-ASCII", &mixed, |e| {
        black_box(sketcher.sketch(e));
    });
    time("600-character Han prompt", &han, |e| {
        black_box(sketcher.sketch(e));
    });
    let mut keyer = Keyer::new(&secret);
    time("keys", &ascii, |e| {
        black_box(keyer.keys(e));
    });
    let mut builder = RowBuilder::new(Text::Dropped);
    let made: Vec<_> = ascii.iter().map(|e| (sketcher.sketch(e), keyer.keys(e))).collect();
    // The first round fills an empty table with hashes that are seen once; later rounds see each again.
    for (name, fresh) in [("exemplar table, all new", true), ("exemplar table, all known", false)] {
        let mut table = ExemplarTable::new(ExemplarLimits::default());
        let mut next = made.iter().cycle();
        let mut round = 0;
        time(name, &ascii, |_| {
            let (mut sketch, keys) = *next.next().expect("a cycle does not end");
            if fresh {
                round += 1;
                let shift = |hash: Option<u64>| hash.map(|h| h.wrapping_add(round << 20 | round));
                (sketch.prefix, sketch.suffix) = (sketch.prefix.map(shift), sketch.suffix.map(shift));
            }
            black_box(table.due(&sketch, keys.account_key));
        });
    }
    let mut next = made.iter().cycle();
    time("lake row", &ascii, |e| {
        let (sketch, keys) = next.next().expect("a cycle does not end");
        builder.push(e, sketch, keys);
        if builder.len() == 8192 {
            black_box(builder.finish());
        }
    });
}

/// Best and median microseconds a row.
///
/// An argument of `cargo bench -- NAME` leaves out the measurements whose names do not contain it.
fn time(name: &str, rows: &[Exchange], mut each: impl FnMut(&Exchange)) -> (f64, f64) {
    if !std::env::args().skip(1).all(|wanted| wanted.starts_with("--") || name.contains(&wanted)) {
        return (f64::NAN, f64::NAN);
    }
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..PASSES {
                rows.iter().for_each(&mut each);
            }
            start.elapsed().as_secs_f64() * 1e6 / (rows.len() * PASSES) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let (best, median) = (rounds[0], rounds[ROUNDS / 2]);
    println!("  {name:<32} {best:6.2} {median:6.2}");
    (best, median)
}

const ENGLISH: [&str; 40] = [
    "the",
    "a",
    "of",
    "harbour",
    "lamp",
    "please",
    "explain",
    "why",
    "tides",
    "turn",
    "and",
    "write",
    "an",
    "answer",
    "for",
    "pupils",
    "with",
    "numbers",
    "such",
    "as",
    "42",
    "\n",
    "\n- ",
    "engine",
    "compare",
    "two",
    "methods",
    "carefully",
    "in",
    "plain",
    "words",
    "that",
    "students",
    "understand",
    "(briefly)",
    "is",
    "water",
    "?",
    ",",
    ".",
];
const HAN: [&str; 16] =
    ["请", "解释", "海洋", "为什么", "有", "潮汐", "，", "并", "给出", "例子", "。", "月亮", "引力", "写", "文章", "3"];

/// Prompts of about 600 characters from a fixed pseudo-random sequence.
fn rows(words: &[&str], middle: &str) -> Vec<Exchange> {
    let mut state = 1u64;
    let mut pick = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(state >> 33) as usize % words.len()]
    };
    let space = if words.len() == HAN.len() { "" } else { " " };
    (0..ROWS)
        .map(|i| {
            let mut prompt = String::new();
            let mut chars = 0;
            while chars < 600 {
                let word = pick();
                chars += word.chars().count() + space.len();
                prompt.push_str(word);
                prompt.push_str(space);
                if chars > 300 && chars < 306 {
                    prompt.push_str(middle);
                }
            }
            exchange(i, prompt)
        })
        .collect()
}

fn exchange(i: usize, prompt: String) -> Exchange {
    Exchange {
        exchange_id: format!("bench-{i}").parse().expect("a plain id"),
        time: "2026-08-03T00:00:22Z".parse().expect("a plain time"),
        account_id: format!("account-{}", i % 400).parse().expect("a plain id"),
        organization_id: None,
        credential_id: Some(format!("credential-{}", i % 400)),
        channel: "direct".to_owned(),
        client_address: Some([203, 0, 113, (i % 250) as u8].into()),
        user_agent: Some("bench/1".to_owned()),
        operation: "chat".to_owned(),
        request_model: "large".to_owned(),
        system: Some(PromptText::new(
            "You are a careful assistant who answers in plain words for pupils of all ages and never guesses.",
        )),
        prompt: Some(PromptText::new(prompt)),
        conversation_id: None,
        turn: Some(1),
        input_tokens: Some(150),
        output_tokens: Some(400),
        max_tokens: None,
        temperature: Some(0.5),
        reasoning: Some(false),
        tools: None,
        stream: Some(true),
        status: 200,
        latency_ms: Some(1500),
    }
}
