//! One row an account; the latest import wins.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use exchanges::{
    Account, Time,
    schema::{AccountBuilder, AccountKeys},
};
use lake::{ExemplarRow, Table, queries};

use crate::rows::{START, count, lake, session};

fn accounts(rows: &[(u64, &str)]) -> RecordBatch {
    let mut builder = AccountBuilder::new();
    for (number, plan) in rows {
        let account = Account {
            account_id: format!("acct_{number}").parse().expect("an id"),
            organization_id: None,
            created: Time::from_micros(START).expect("a time"),
            plan: (*plan).to_owned(),
            email_domain: Some("example.org".to_owned()),
            payment_id: None,
            phone_country: None,
            signup_address: None,
            device_id: None,
            declared_country: None,
        };
        let keys = AccountKeys {
            account_key: *number,
            payment_key: Some(7),
            device_key: None,
            signup_address_key: None,
            signup_network_key: None,
        };
        builder.push(&account, &keys);
    }
    builder.finish()
}

#[tokio::test]
async fn the_latest_import_wins() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    lake.put_accounts(accounts(&[(1, "free"), (2, "free"), (2, "pro")])).await.expect("sound");
    let snapshot = lake.put_accounts(accounts(&[(1, "api"), (3, "free")])).await.expect("sound");
    assert_eq!(snapshot.rows(Table::Accounts), 3);
    let session = session(&lake, folder.path()).await;
    let facts = queries::accounts().collect(&session, 100).await.expect("sound");
    let plans: BTreeMap<_, _> =
        facts.account_id.iter().zip(&facts.plan).map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(plans, BTreeMap::from([("acct_1", "api"), ("acct_2", "pro"), ("acct_3", "free")]));
    assert_eq!(facts.payment_key, [Some(7); 3]);
    assert_eq!(facts.organization_id, [None, None, None]);
}

#[tokio::test]
async fn an_exemplar_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let exemplar = |key, text: &str| ExemplarRow {
        template_column: "prefix_8".to_owned(),
        template_key: key,
        masked_text: text.to_owned(),
    };
    lake.put_exemplars(&[exemplar(1, "a"), exemplar(u64::MAX, "b")]).await.expect("sound");
    lake.put_exemplars(&[exemplar(1, "c")]).await.expect("sound");
    let session = session(&lake, folder.path()).await;
    assert_eq!(count(&session, "SELECT count(*) FROM exemplars").await, 2);
    assert_eq!(count(&session, "SELECT count(*) FROM exemplars WHERE masked_text = 'a'").await, 0);
}
