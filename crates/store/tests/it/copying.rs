//! Moving a store from one database to another.

use store::{
    AccountStatus, Assessment, CaseId, Contact, NewAppeal, Outcome, Remedy, Store, StoreError, Subject, Verification,
};

use crate::fleet::{enrol, key, machine, report, signed};
use crate::support::{
    DAY, TABLES, account, allowance, at, decision, fingerprint, id, label, line, on_both, on_postgres, on_sqlite,
    organization, prose, told,
};

/// Something in each table, and something null in each column that may be.
async fn fill(store: &Store) -> CaseId {
    let mut full = account("full \u{1f980} 'x'");
    full.email_domain = Some("example.org".to_owned());
    full.signup_address = Some("2001:db8::1".parse().unwrap());
    store.put_accounts(&[full, account("a"), account("gone")]).await.unwrap();
    store.set_account_status(&id("a"), AccountStatus::Suspended).await.unwrap();
    let caught = Assessment {
        standing: policy::Standing::Caught,
        regime: Some(line("r")),
        as_of: Some(jiff::civil::date(2026, 9, 1)),
    };
    store.put_organization(&organization("org-2"), &caught).await.unwrap();
    store.add_key(&fingerprint(1), &id("a"), at(0)).await.unwrap();
    store.put_label(&label("a", "c", 900)).await.unwrap();
    store.put_allowance(&allowance(Subject::Organization(organization("org-2")), at(DAY))).await.unwrap();
    let proof = Verification { account: id("a"), kind: line("paper"), set_at: at(0), until: at(DAY) };
    store.put_verification(&proof).await.unwrap();
    let statement = prose("why?\n\"really\"");
    let appeal = NewAppeal {
        decision: decision(1),
        account: Some(id("a")),
        contact: Some(Contact::from(line("me"))),
        statement,
    };
    let case = store.open_appeal(&appeal, at(0)).await.unwrap().case;
    let remedy = Remedy::Allow(allowance(Subject::Account(id("a")), at(DAY)));
    store.resolve_case(case, &Outcome::Overturned(vec![remedy]), &line("ana"), None, at(1)).await.unwrap();
    store.erase_account(&id("gone"), at(2)).await.unwrap();
    enrol(store, "m1", 1).await;
    let report = report("m1", 1, "", sweep::fleet::Status::Pending);
    let leave = sweep::fleet::LeaveRequest {
        version: 1,
        machine: machine("m1"),
        ban: "friday".into(),
        plan: "p".into(),
        hosts: 1,
        objects: 1,
        bytes: 1,
        after: sweep::fleet::name(&report),
    };
    store.put_reports(&[signed(report, 1)], at(3)).await.unwrap().remove(0).unwrap();
    let hour = jiff::SignedDuration::from_hours(1);
    store.ask_leave(&crate::fleet::id(&key(1)), &leave, 1, hour, at(4)).await.unwrap().unwrap();
    case
}

#[tokio::test]
async fn a_copy_is_the_same_on_the_other_database() {
    on_sqlite(async |sqlite| {
        on_postgres(async |postgres| {
            let [from, to] = [sqlite.open().await, postgres.open().await];
            let case = fill(&from).await;
            from.copy_to(&to).await.expect("is empty");
            for facts in from.book().await.unwrap().accounts() {
                assert_eq!(to.book().await.unwrap().account(&facts.id), Some(facts), "with its salt");
            }
            assert_eq!(from.version().await.unwrap(), to.version().await.unwrap());
            assert_eq!(from.case(case).await.unwrap(), to.case(case).await.unwrap());
            for table in TABLES {
                let count = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
                let counts = [sqlite.texts(&count).await, postgres.texts(&count).await];
                assert_eq!(counts[0], counts[1], "{table}");
                assert_ne!(counts[0], ["0"], "{table} is filled by the test");
            }
            assert!(matches!(to.put_account(&account("gone")).await, Err(StoreError::Conflict { .. })));
            let again = from.copy_to(&to).await.expect_err("is not empty");
            assert_eq!(told(&again), "the other store is not empty; give a new one");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn no_table_is_forgotten() {
    on_both(async |database| {
        drop(database.open().await);
        let sql = match database.kind {
            crate::support::Kind::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
            crate::support::Kind::Postgres => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let mut found = database.texts(sql).await;
        found.retain(|name| name != "schema_version");
        found.sort();
        let mut known = TABLES.map(str::to_owned);
        known.sort();
        assert_eq!(found, known);
    })
    .await;
}
