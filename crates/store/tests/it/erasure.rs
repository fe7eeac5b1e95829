//! Erasing an account, and letting go of what has lapsed.

use std::{fs, path::Path};

use store::{
    CaseFilter, Contact, Forgotten, Label, NewAppeal, NewCase, Outcome, Store, StoreError, Subject, Verification,
};

use crate::support::{
    DAY, Database, Kind, account, allowance, at, decision, fingerprint, id, label, line, on_both, prose, told,
};

/// What the traces of one person look like; none may be left.
const TRACES: [&[u8]; 7] = [
    b"erased-mail.example",
    b"pay-4711-erased",
    b"phone-erased",
    b"device-4711-erased",
    b"sincerely-erased",
    b"contact-erased",
    b"note-erased",
];

async fn fill(store: &Store) {
    let mut person = account("a");
    person.email_domain = Some("erased-mail.example".to_owned());
    person.payment_id = Some("pay-4711-erased".to_owned());
    person.phone_country = Some("phone-erased".to_owned());
    person.device_id = Some("device-4711-erased".to_owned());
    person.signup_address = Some("192.0.2.77".parse().unwrap());
    store.put_accounts(&[person, account("b")]).await.unwrap();
    store.add_key(&fingerprint(1), &id("a"), at(0)).await.unwrap();
    store.put_label(&label("a", "c", 500)).await.unwrap();
    store.put_allowance(&allowance(Subject::Account(id("a")), at(DAY))).await.unwrap();
    let proof = Verification { account: id("a"), kind: line("paper"), set_at: at(0), until: at(DAY) };
    store.put_verification(&proof).await.unwrap();
    store.open_appeal(&appeal(), at(0)).await.unwrap();
    let review = NewCase::Review { subject: line("a"), account: Some(id("a")) };
    store.open_case(&review, &line("ana"), Some(&prose("note-erased")), at(0)).await.unwrap();
}

fn appeal() -> NewAppeal {
    NewAppeal {
        decision: decision(1),
        account: Some(id("a")),
        contact: Some(Contact::from(line("contact-erased"))),
        statement: prose("why? sincerely-erased"),
    }
}

#[tokio::test]
async fn an_erased_account_leaves_its_id_alone() {
    on_both(async |database| {
        let store = database.open().await;
        fill(&store).await;
        let salt = *store.account(&id("a")).await.unwrap().salt.as_bytes();
        store.erase_account(&id("a"), at(1)).await.expect("is there");
        assert!(matches!(store.account(&id("a")).await, Err(StoreError::NotFound { .. })));
        assert!(store.keys(&id("a")).await.unwrap().is_empty());
        assert!(store.labels(&id("a")).await.unwrap().is_empty());
        assert!(store.verifications(&id("a")).await.unwrap().is_empty());
        assert_eq!(store.allowance(&Subject::Account(id("a"))).await.unwrap(), None);
        assert!(store.book().await.unwrap().account(&id("a")).is_none());
        for case in store.list_cases(&CaseFilter::default(), None, 10).await.unwrap() {
            let case = store.case(case.id).await.unwrap();
            assert!(case.events.iter().all(|event| event.note.is_none()), "{case:?}");
            assert!(case.appeal.is_none_or(|a| a.contact.is_none() && a.statement.is_none()));
        }
        let back = store.put_account(&account("a")).await.expect_err("is gone for good");
        assert_eq!(told(&back), "account `a` was erased; its id cannot be used again");
        assert!(matches!(store.add_key(&fingerprint(2), &id("a"), at(2)).await, Err(StoreError::NotFound { .. })));
        store.erase_account(&id("a"), at(3)).await.expect("again is no change");
        assert!(matches!(store.erase_account(&id("c"), at(3)).await, Err(StoreError::NotFound { .. })));
        assert_eq!(store.book().await.unwrap().len(), 1, "the other account is as it was");
        no_traces(&database, &salt).await;
    })
    .await;
}

/// Looks through the rows of PostgreSQL, and through the very bytes of SQLite's files.
async fn no_traces(database: &Database, salt: &[u8]) {
    match database.kind {
        Kind::Sqlite => {
            let path = database.raw.strip_prefix("sqlite://").unwrap();
            let key = fingerprint(1);
            let traces = TRACES.into_iter().chain([salt, key.as_bytes().as_slice(), b"192.0.2.77".as_slice()]);
            for trace in traces {
                let files = [path.to_owned(), format!("{path}-wal")];
                for file in files.iter().filter(|file| Path::new(file).exists()) {
                    let bytes = fs::read(file).unwrap();
                    let found = bytes.windows(trace.len()).any(|window| window == trace);
                    assert!(!found, "{} is left in {file}", trace.escape_ascii());
                }
            }
        }
        Kind::Postgres => {
            for table in
                ["accounts", "cases", "case_events", "appeals", "labels", "verifications", "account_allowances"]
            {
                let rows = database.texts(&format!("SELECT t::text FROM {table} t")).await;
                for trace in TRACES {
                    let trace = str::from_utf8(trace).unwrap();
                    assert!(!rows.iter().any(|row| row.contains(trace)), "{trace} is left in {table}: {rows:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_traces_would_be_found() {
    on_both(async |database| {
        let store = database.open().await;
        fill(&store).await;
        store.close().await;
        let search = no_traces(&database, &[0; 32]);
        let found = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(search)).await;
        assert!(found.is_err(), "the search finds nothing where all is there");
    })
    .await;
}

#[tokio::test]
async fn what_has_lapsed_is_let_go() {
    on_both(async |database| {
        let store = database.open().await;
        fill(&store).await;
        store.put_label(&Label { expires: at(90 * DAY), ..label("a", "later", 5) }).await.unwrap();
        let firm = Subject::Organization("org-1".parse().unwrap());
        store.put_allowance(&allowance(firm.clone(), at(2 * DAY))).await.unwrap();
        let old = store.book().await.unwrap();
        assert_eq!(store.forget(at(DAY)).await.unwrap(), Forgotten::default(), "nothing has lapsed before");
        assert!(store.refresh(&old).await.unwrap().is_none());
        let case = store.list_cases(&CaseFilter::default(), None, 1).await.unwrap()[0].id;
        let let_go = store.forget(at(40 * DAY)).await.unwrap();
        assert_eq!(let_go, Forgotten { labels: 1, allowances: 2, verifications: 1, appeals: 0 });
        store.resolve_case(case, &Outcome::Upheld, &line("ana"), None, at(41 * DAY)).await.unwrap();
        assert_eq!(store.forget(at(42 * DAY)).await.unwrap(), Forgotten { appeals: 1, ..Forgotten::default() });
        assert_eq!(store.case(case).await.unwrap().appeal.unwrap().statement, None);
        let new = store.refresh(&old).await.unwrap().expect("has changed");
        let person = new.account(&id("a")).unwrap();
        assert_eq!((person.labels.len(), person.allow_listed_until, person.verified_until), (1, None, None));
        assert_eq!(new.organization_of(person).unwrap().allow_listed_until, None);
    })
    .await;
}
