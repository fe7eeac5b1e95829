//! Laws of log v1 in JSON: writing and reading is the identity, and reading never panics.

use std::net::IpAddr;

use exchanges::{
    Account, Blocks, Exchange, Format, Limits, Log, OpenLine, Outcome, PromptText, Time, write_account, write_exchange,
};
use proptest::{collection::vec, option::of, prelude::*};

use crate::read_support::{gzip, read, read_as, row_with, zstd};

pub(crate) fn time() -> impl Strategy<Value = Time> {
    (1_420_070_400_000_000_i64..4_102_444_800_000_000).prop_map(|us| Time::from_micros(us).expect("is in range"))
}

fn id<T: TryFrom<String> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "[^\\p{Cc}]{1,20}".prop_filter_map("is an id", |text| T::try_from(text).ok())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", any::<String>()]
}

fn small(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![0..10_u64, 0..=most]
}

pub(crate) fn exchange() -> impl Strategy<Value = Exchange> {
    let who = (id(), time(), id(), of(id()), of(text()), text(), of(any::<IpAddr>()), of(text()));
    let what = (text(), text(), of(text()), of(text()), of(text()), of(any::<u32>()));
    let how = (of(small(u64::MAX)), of(small(u64::MAX)), of(small(u64::MAX)), of(-1e30_f32..1e30), of(any::<bool>()));
    let end = (of(any::<u32>()), of(any::<bool>()), 100..=999_u16, of(small(u64::MAX)));
    (who, what, how, end).prop_map(|(who, what, how, end)| Exchange {
        exchange_id: who.0,
        time: who.1,
        account_id: who.2,
        organization_id: who.3,
        credential_id: who.4,
        channel: who.5,
        client_address: who.6,
        user_agent: who.7,
        operation: what.0,
        request_model: what.1,
        system: what.2.map(PromptText::new),
        prompt: what.3.map(PromptText::new),
        conversation_id: what.4,
        turn: what.5,
        input_tokens: how.0,
        output_tokens: how.1,
        max_tokens: how.2,
        temperature: how.3,
        reasoning: how.4,
        tools: end.0,
        stream: end.1,
        status: end.2,
        latency_ms: end.3,
    })
}

pub(crate) fn account() -> impl Strategy<Value = Account> {
    let first = (id(), of(id()), time(), text(), of(text()), of(text()));
    (first, of(text()), of(any::<IpAddr>()), of(text()), of(text())).prop_map(
        |(first, phone, signup, device, declared)| Account {
            account_id: first.0,
            organization_id: first.1,
            created: first.2,
            plan: first.3,
            email_domain: first.4,
            payment_id: first.5,
            phone_country: phone,
            signup_address: signup,
            device_id: device,
            declared_country: declared,
        },
    )
}

fn lines(rows: &[Exchange]) -> Vec<u8> {
    let mut bytes = Vec::new();
    rows.iter().for_each(|row| write_exchange(row, &mut bytes).expect("writes to memory"));
    bytes
}

proptest! {
    #[test]
    fn exchanges_come_back_as_written(rows in vec(exchange(), 1..20)) {
        let bytes = lines(&rows);
        for bytes in [bytes.clone(), gzip(&bytes), zstd(&bytes)] {
            let outcome = read_as(&bytes, Format::Auto, Limits::default());
            prop_assert_eq!(&outcome.rows, &rows);
            prop_assert!(outcome.rejects.is_empty() && outcome.error.is_none());
        }
    }

    /// A line that is begun before the exchange has ended comes to the same, whatever the row said of an outcome before.
    #[test]
    fn a_line_in_two_parts_is_as_good_as_one(row in exchange(), before in exchange()) {
        let Exchange { input_tokens, output_tokens, status, latency_ms, .. } = row;
        let outcome = Outcome { input_tokens, output_tokens, status, latency_ms };
        let Exchange { input_tokens, output_tokens, status, latency_ms, .. } = before;
        let open = OpenLine::of(Exchange { input_tokens, output_tokens, status, latency_ms, ..row.clone() });
        prop_assert_eq!(open.and_then(|open| open.close(&outcome)).expect("writes to memory"), lines(&[row]));
    }

    /// Rows as a list are read by another cutter, to the same end.
    #[test]
    fn a_list_is_as_good_as_lines(rows in vec(exchange(), 1..10), block_bytes in 1..5000_usize) {
        let text = String::from_utf8(lines(&rows)).expect("JSON is UTF-8");
        let list = format!("[{}]", text.trim_end().replace('\n', ","));
        let outcome = read_as(list.as_bytes(), Format::Auto, Limits { block_bytes, ..Limits::default() });
        prop_assert_eq!(outcome.rows, rows);
    }

    #[test]
    fn accounts_come_back_as_written(rows in vec(account(), 1..20)) {
        let mut bytes = Vec::new();
        rows.iter().for_each(|row| write_account(row, &mut bytes).expect("writes to memory"));
        let blocks = Blocks::open(std::io::Cursor::new(bytes), Log::Accounts, Format::Auto, Limits::default());
        let read: Vec<Account> =
            blocks.expect("is an account log").flat_map(|block| block.expect("is a good log").accounts().rows).collect();
        prop_assert_eq!(read, rows);
    }

    /// A whole number is the same however it is written, so the fast and the careful reading agree.
    #[test]
    fn both_readings_agree(row in exchange()) {
        let fast = lines(std::slice::from_ref(&row));
        let careful = String::from_utf8(fast.clone()).expect("JSON is UTF-8");
        let end = careful.rfind("\"latency_ms\"").expect("is written");
        let careful = format!("{}\"latency_ms\":1e3}}", &careful[..end]);
        let (fast, careful) = (read(&fast).rows, read(careful.as_bytes()).rows);
        let expected: Vec<_> = fast.into_iter().map(|row| Exchange { latency_ms: Some(1000), ..row }).collect();
        prop_assert_eq!(careful, expected);
    }

    #[test]
    fn nothing_panics(bytes in vec(any::<u8>(), 0..300), format in 0..6_usize, block_bytes in 1..400_usize) {
        let limits = Limits { row_bytes: 100, kept_bytes: 10, block_bytes };
        read_as(&bytes, Format::ALL[format], limits);
    }

    /// Every row of good UTF-8 lines is either parsed or rejected.
    #[test]
    fn no_row_is_lost(edits in vec((any::<prop::sample::Index>(), any::<u8>()), 0..10), count in 1..20_usize) {
        let mut bytes = format!("{}\n", row_with("turn", Some("1"))).repeat(count).into_bytes();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            if bytes[at] != b'\n' && byte != b'\n' {
                bytes[at] = byte;
            }
        }
        let outcome = read_as(&bytes, Format::Jsonl, Limits::default());
        if outcome.error.is_none() && bytes[0] != b'[' {
            prop_assert_eq!(outcome.rows.len() + outcome.rejects.len(), count);
        }
    }
}
