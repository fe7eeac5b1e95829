//! The lake's tables: columns, keys, kept and dropped text, and the check of foreign schemas.

use std::sync::Arc;

use arrow_array::{
    Array,
    cast::AsArray,
    types::{UInt16Type, UInt32Type, UInt64Type},
};
use arrow_schema::{DataType, Field, Schema};
use exchanges::{
    Account, Exchange,
    schema::{self, AccountBuilder, Keyer, Keys, RowBuilder, SCHEMA_VERSION, Text, VERSION_KEY},
    sketch::{Secret, Sketcher},
};
use expect_test::{Expect, expect};

use crate::sketch_support::exchange;

fn keyer() -> Keyer {
    Keyer::new(&Secret::from_bytes([42; 32]))
}

fn keys(exchange: &Exchange) -> Keys {
    keyer().keys(exchange)
}

fn columns(schema: &Schema) -> String {
    let line = |f: &Arc<Field>| format!("{} {}{}\n", f.name(), f.data_type(), if f.is_nullable() { "?" } else { "" });
    schema.fields().iter().map(line).collect()
}

#[test]
fn the_columns_of_exchanges() {
    expect![[r#"
        time Timestamp(µs, "UTC")
        exchange_id Utf8
        account_id Utf8
        organization_id Utf8?
        channel Utf8
        user_agent Utf8?
        operation Utf8
        request_model Utf8
        system_text Utf8?
        prompt_text Utf8?
        id_key UInt64
        content_key UInt64
        account_key UInt64
        credential_key UInt64?
        address_key UInt64?
        network_key UInt64?
        conversation_key UInt64?
        system_key UInt64?
        system_prefix UInt64?
        prefix_4 UInt64?
        prefix_8 UInt64?
        prefix_16 UInt64?
        suffix_4 UInt64?
        suffix_8 UInt64?
        suffix_16 UInt64?
        band_0 UInt64?
        band_1 UInt64?
        band_2 UInt64?
        band_3 UInt64?
        item_0 UInt64?
        item_1 UInt64?
        item_2 UInt64?
        item_3 UInt64?
        prompt_key UInt64?
        input_tokens UInt32?
        output_tokens UInt32?
        max_tokens UInt32?
        latency_ms UInt32?
        prompt_chars UInt32
        turn UInt16?
        tools UInt16?
        status UInt16
        marks UInt16
        shape UInt16
        prompt_tokens UInt16
        temperature Float32?
        reasoning Boolean?
        stream Boolean?
    "#]]
    .assert_eq(&columns(&schema::exchanges()));
}

#[test]
fn the_columns_of_accounts() {
    expect![[r#"
        created Timestamp(µs, "UTC")
        account_id Utf8
        organization_id Utf8?
        plan Utf8
        email_domain Utf8?
        declared_country Utf8?
        phone_country Utf8?
        account_key UInt64
        payment_key UInt64?
        device_key UInt64?
        signup_address_key UInt64?
        signup_network_key UInt64?
    "#]]
    .assert_eq(&columns(&schema::accounts()));
}

fn row(exchange: &Exchange, text: Text) -> arrow_array::RecordBatch {
    let secret = Secret::from_bytes([42; 32]);
    let mut builder = RowBuilder::new(text);
    builder.push(exchange, &Sketcher::new(&secret).sketch(exchange), &keys(exchange));
    assert_eq!(builder.len(), 1);
    let batch = builder.finish();
    assert!(builder.is_empty());
    batch
}

#[test]
fn text_is_kept_only_when_asked_for() {
    let exchange = exchange(Some("You sort letters."), Some("Sort this one."));
    let dropped = row(&exchange, Text::Dropped);
    assert!(dropped["system_text"].is_null(0) && dropped["prompt_text"].is_null(0));
    let kept = row(&exchange, Text::Kept);
    assert_eq!(kept["prompt_text"].as_string::<i32>().value(0), "Sort this one.");
    assert_eq!(kept["system_text"].as_string::<i32>().value(0), "You sort letters.");
}

#[test]
fn a_row_has_its_values_in_the_right_columns() {
    let exchange = Exchange {
        turn: Some(70_000),
        input_tokens: Some(1 << 40),
        latency_ms: Some(77),
        tools: Some(3),
        stream: Some(true),
        ..exchange(None, Some("A prompt of more than ten words, so that there is a prefix of eight."))
    };
    let batch = row(&exchange, Text::Dropped);
    let sketch = Sketcher::new(&Secret::from_bytes([42; 32])).sketch(&exchange);
    let hash = |name: &str| batch[name].as_primitive::<UInt64Type>().value(0);
    assert_eq!(Some(hash("prefix_8")), sketch.prefix[1]);
    assert_eq!(Some(hash("suffix_4")), sketch.suffix[0]);
    assert_eq!(hash("band_3"), sketch.bands.unwrap()[3]);
    assert_eq!(hash("item_0"), sketch.items.unwrap()[0]);
    assert_eq!(Some(hash("prompt_key")), sketch.prompt_key);
    assert_eq!(hash("id_key"), keys(&exchange).id_key);
    assert_eq!(hash("account_key"), keys(&exchange).account_key);
    assert_eq!(batch["turn"].as_primitive::<UInt16Type>().value(0), u16::MAX, "the largest stands for more");
    assert_eq!(batch["tools"].as_primitive::<UInt16Type>().value(0), 3);
    assert_eq!(batch["input_tokens"].as_primitive::<UInt32Type>().value(0), u32::MAX);
    assert_eq!(batch["latency_ms"].as_primitive::<UInt32Type>().value(0), 77);
    assert!(batch["stream"].as_boolean().value(0) && batch["reasoning"].is_null(0) && batch["system_key"].is_null(0));
}

#[test]
fn every_field_counts_in_the_content_key() {
    let base = exchange(None, None);
    let changed: Vec<Exchange> = vec![
        Exchange { exchange_id: "x-2".parse().unwrap(), ..base.clone() },
        Exchange { time: "2026-08-03T00:00:23Z".parse().unwrap(), ..base.clone() },
        Exchange { account_id: "a-2".parse().unwrap(), ..base.clone() },
        Exchange { organization_id: Some("o".parse().unwrap()), ..base.clone() },
        Exchange { credential_id: Some("o".to_owned()), ..base.clone() },
        Exchange { channel: "vertex".to_owned(), ..base.clone() },
        Exchange { client_address: Some("192.0.2.1".parse().unwrap()), ..base.clone() },
        Exchange { user_agent: Some(String::new()), ..base.clone() },
        Exchange { operation: "completion".to_owned(), ..base.clone() },
        Exchange { request_model: "small".to_owned(), ..base.clone() },
        exchange(Some("s"), None),
        exchange(None, Some("s")),
        Exchange { conversation_id: Some("s".to_owned()), ..base.clone() },
        Exchange { turn: Some(0), ..base.clone() },
        Exchange { input_tokens: Some(0), ..base.clone() },
        Exchange { output_tokens: Some(0), ..base.clone() },
        Exchange { max_tokens: Some(0), ..base.clone() },
        Exchange { temperature: Some(0.0), ..base.clone() },
        Exchange { reasoning: Some(false), ..base.clone() },
        Exchange { tools: Some(0), ..base.clone() },
        Exchange { stream: Some(false), ..base.clone() },
        Exchange { status: 201, ..base.clone() },
        Exchange { latency_ms: Some(0), ..base.clone() },
        base,
    ];
    let mut seen: Vec<u64> = changed.iter().map(|e| keys(e).content_key).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), changed.len());
}

#[test]
fn addresses_are_keyed_whole_and_by_network() {
    let of = |address: &str| keys(&Exchange { client_address: Some(address.parse().unwrap()), ..exchange(None, None) });
    let [a, b, c, mapped] = ["192.0.2.1", "192.0.2.9", "192.0.3.1", "::ffff:192.0.2.1"].map(of);
    assert_ne!(a.address_key, b.address_key);
    assert_eq!(a.network_key, b.network_key);
    assert_ne!(a.network_key, c.network_key);
    assert_eq!(
        (mapped.address_key, mapped.network_key, mapped.content_key),
        (a.address_key, a.network_key, a.content_key)
    );
    let [d, e, f] = ["2001:db8:1:2::3", "2001:db8:1:ffff::", "2001:db8:2:2::3"].map(of);
    assert_eq!(d.network_key, e.network_key);
    assert_ne!(d.network_key, f.network_key);
}

#[test]
fn an_account_is_keyed_like_its_exchanges() {
    let account = Account {
        account_id: "a-1".parse().unwrap(),
        organization_id: None,
        created: "2026-08-03T00:00:22Z".parse().unwrap(),
        plan: "pro".to_owned(),
        email_domain: Some("example.org".to_owned()),
        payment_id: Some("card".to_owned()),
        phone_country: None,
        signup_address: Some("192.0.2.1".parse().unwrap()),
        device_id: Some("card".to_owned()),
        declared_country: None,
    };
    let exchange = Exchange { client_address: account.signup_address, ..exchange(None, None) };
    let (of_account, of_exchange) = (keyer().account_keys(&account), keys(&exchange));
    assert_eq!(of_account.account_key, of_exchange.account_key);
    assert_eq!(of_account.signup_address_key, of_exchange.address_key);
    assert_eq!(of_account.signup_network_key, of_exchange.network_key);
    assert_ne!(of_account.payment_key, of_account.device_key);
    let mut builder = AccountBuilder::new();
    builder.push(&account, &of_account);
    let batch = builder.finish();
    assert_eq!(batch["plan"].as_string::<i32>().value(0), "pro");
    assert_eq!(batch["payment_key"].as_primitive::<UInt64Type>().value(0), of_account.payment_key.unwrap());
    assert!(schema::check_accounts(&batch.schema()).is_ok());
}

#[track_caller]
fn refuse(found: &Schema, expected: Expect) {
    expected.assert_eq(&schema::check_exchanges(found).expect_err("the fixture is bad").to_string());
}

#[test]
fn foreign_schemas_are_refused_with_the_reason() {
    let good = schema::exchanges();
    let version = |v: &str| Schema::clone(&good).with_metadata([(VERSION_KEY.to_owned(), v.to_owned())].into());
    let with = |name: &str, kind: Option<DataType>| {
        let fields = good.fields().iter().filter_map(|f| match (&kind, f.name() == name) {
            (_, false) => Some(f.as_ref().clone()),
            (kind, true) => kind.clone().map(|kind| Field::new(name, kind, true)),
        });
        Schema::new(fields.collect::<Vec<_>>()).with_metadata(good.metadata().clone())
    };
    assert_eq!(good.metadata()[VERSION_KEY], SCHEMA_VERSION.to_string());
    assert_eq!(schema::check_exchanges(&good), Ok(()));
    assert_eq!(schema::check_exchanges(&with("channel", Some(DataType::Utf8View))), Ok(()));
    refuse(
        &version("2"),
        expect!["schema version 2 is newer than 1, the newest that this ringfence reads; update ringfence"],
    );
    refuse(&version("two"), expect!["schema version `two` is no number: the table is damaged; import it again"]);
    refuse(
        &Schema::new(good.fields().clone()),
        expect!["no `ringfence.schema` in the metadata: the table was not written by `ringfence import`"],
    );
    refuse(&with("prefix_8", None), expect!["column `prefix_8` is missing; import the table again"]);
    refuse(
        &with("status", Some(DataType::Utf8)),
        expect!["column `status` is Utf8, not UInt16; import the table again"],
    );
    let zoneless = DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, None);
    refuse(
        &with("time", Some(zoneless)),
        expect![[r#"column `time` is Timestamp(µs), not Timestamp(µs, "UTC"); import the table again"#]],
    );
}
