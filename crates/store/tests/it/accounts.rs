//! Accounts, organisations, keys, labels, allow-list and verifications come back as they went in.

use policy::{Effect, Standing};
use store::{AccountStatus, Assessment, KeyStatus, Label, Limits, Refusal, StoreError, Subject, Verification};

use crate::support::{DAY, account, allowance, at, fingerprint, id, label, line, on_both, organization, told};

#[tokio::test]
async fn an_account_comes_back_as_it_went_in() {
    on_both(async |database| {
        let store = database.open().await;
        let mut full = account("acct-1");
        full.email_domain = Some("example.org".to_owned());
        full.payment_id = Some("pay \u{1f980} 'quoted\" $1; DROP TABLE accounts; --".to_owned());
        full.phone_country = Some("DE".to_owned());
        full.signup_address = Some("2001:db8::7".parse().expect("an address"));
        full.device_id = Some("d\\x00".to_owned());
        full.declared_country = Some("SG".to_owned());
        store.put_account(&full).await.expect("is new");
        let first = store.account(&id("acct-1")).await.expect("is there");
        assert_eq!((&first.account, first.status), (&full, AccountStatus::Active));
        store.set_account_status(&id("acct-1"), AccountStatus::Suspended).await.expect("is there");
        let changed = account("acct-1");
        store.put_account(&changed).await.expect("is known");
        let second = store.account(&id("acct-1")).await.expect("is there");
        assert_eq!((&second.account, second.status, second.salt), (&changed, AccountStatus::Suspended, first.salt));
        let missing = store.account(&id("acct-2")).await.expect_err("is not there");
        assert!(matches!(missing, StoreError::NotFound { .. }));
        assert_eq!(told(&missing), "there is no account `acct-2`");
    })
    .await;
}

#[tokio::test]
async fn salts_differ() {
    on_both(async |database| {
        let store = database.open().await;
        store.put_accounts(&[account("a"), account("b")]).await.expect("are new");
        let [a, b] = [store.account(&id("a")).await.expect("there"), store.account(&id("b")).await.expect("there")];
        assert_ne!(a.salt, b.salt);
        assert_eq!(format!("{:?}", a.salt), "Salt(..)");
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_all_or_none() {
    on_both(async |database| {
        let store = database.open_with(&Limits { batch: 2, ..Limits::default() }).await;
        let three = [account("a"), account("b"), account("c")];
        let error = store.put_accounts(&three).await.expect_err("is too much");
        assert_eq!(told(&error), "3 accounts in one call, the limit is 2; split them");
        let error = store.put_labels(&[label("a", "c", 1)]).await.expect_err("is unknown");
        assert_eq!(told(&error), "there is no account `a`");
        store.put_account(&account("a")).await.expect("is new");
        let error = store.put_labels(&[label("a", "c", 1), label("b", "c", 1)]).await.expect_err("is unknown");
        assert_eq!(told(&error), "there is no account `b`");
        assert_eq!(store.labels(&id("a")).await.expect("answers"), []);
    })
    .await;
}

#[tokio::test]
async fn an_assessment_comes_back() {
    on_both(async |database| {
        let store = database.open().await;
        let error = store.organization(&organization("org-1")).await.expect_err("is not there");
        assert_eq!(told(&error), "there is no organisation `org-1`");
        store.put_account(&account("a")).await.expect("is new");
        assert_eq!(store.organization(&organization("org-1")).await.expect("is there"), Assessment::UNKNOWN);
        let caught = Assessment {
            standing: Standing::Caught,
            regime: Some(line("fifty")),
            as_of: Some(jiff::civil::date(2026, 8, 31)),
        };
        store.put_organization(&organization("org-1"), &caught).await.expect("is known");
        assert_eq!(store.organization(&organization("org-1")).await.expect("is there"), caught);
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_one_account_and_is_revoked_for_good() {
    on_both(async |database| {
        let store = database.open_with(&Limits { keys_per_account: 2, ..Limits::default() }).await;
        store.put_accounts(&[account("a"), account("b")]).await.expect("are new");
        let key = fingerprint(1);
        store.add_key(&key, &id("a"), at(1)).await.expect("is new");
        store.add_key(&key, &id("a"), at(2)).await.expect("again is no change");
        let other = store.add_key(&key, &id("b"), at(3)).await.expect_err("is a's");
        assert!(told(&other).ends_with("belongs to another account; make a new one"), "{other}");
        store.revoke_key(&key, at(4)).await.expect("is active");
        store.revoke_key(&key, at(5)).await.expect("again is no change");
        let revoked = store.add_key(&key, &id("a"), at(6)).await.expect_err("is revoked");
        assert!(
            matches!(revoked, StoreError::Conflict { .. }) && told(&revoked).ends_with("was revoked; make a new one")
        );
        let keys = store.keys(&id("a")).await.expect("answers");
        let [found] = keys.as_slice() else { panic!("{keys:?}") };
        assert_eq!((found.status, found.created, found.changed), (KeyStatus::Revoked, at(1), at(4)));
        store.add_key(&fingerprint(2), &id("a"), at(7)).await.expect("is the second");
        let full = store.add_key(&fingerprint(3), &id("a"), at(8)).await.expect_err("is the third");
        assert_eq!(told(&full), "account `a` has 2 keys already; remove some first");
        let unknown = store.revoke_key(&fingerprint(9), at(9)).await.expect_err("is unknown");
        assert!(matches!(unknown, StoreError::NotFound { .. }));
    })
    .await;
}

#[tokio::test]
async fn labels_replace_each_other_by_campaign() {
    on_both(async |database| {
        let store = database.open_with(&Limits { labels_per_account: 2, ..Limits::default() }).await;
        store.put_account(&account("a")).await.expect("is new");
        let weak = label("a", "c-1", 400);
        let strong = Label { confirmed_by: Some(line("ana")), recommended: Effect::Deny, ..label("a", "c-2", 990) };
        store.put_labels(&[weak.clone(), strong.clone()]).await.expect("are sound");
        assert_eq!(store.labels(&id("a")).await.expect("answers"), [strong.clone(), weak]);
        let full = store.put_label(&label("a", "c-3", 1)).await.expect_err("is the third");
        assert_eq!(told(&full), "account `a` has 2 labels already; remove some first");
        let later = Label { set_at: at(31 * DAY), expires: at(60 * DAY), ..label("a", "c-3", 7) };
        store.put_label(&later).await.expect("the others have expired");
        assert_eq!(store.labels(&id("a")).await.expect("answers"), [later]);
        assert!(store.remove_label(&id("a"), &line("c-3")).await.expect("answers"));
        assert!(!store.remove_label(&id("a"), &line("c-3")).await.expect("answers"));
        let sure = store.put_label(&label("a", "c-1", 1001)).await.expect_err("is more than sure");
        assert_eq!(told(&sure), "a confidence of 1001 thousandths is more than all; give 0 to 1000");
        let backward = Label { expires: at(0), ..label("a", "c-1", 1) };
        let backward = store.put_label(&backward).await.expect_err("never holds");
        assert!(matches!(backward, StoreError::Refused(Refusal::EndsBeforeItBegins)));
    })
    .await;
}

#[tokio::test]
async fn the_allow_list_has_one_entry_each() {
    on_both(async |database| {
        let store = database.open().await;
        let [person, firm] = [Subject::Account(id("a")), Subject::Organization(organization("org-1"))];
        for subject in [&person, &firm] {
            let unknown = store.put_allowance(&allowance(subject.clone(), at(DAY))).await.expect_err("is unknown");
            assert!(matches!(unknown, StoreError::NotFound { .. }), "{unknown}");
        }
        store.put_account(&account("a")).await.expect("is new");
        for subject in [&person, &firm] {
            for until in [at(DAY), at(2 * DAY)] {
                let entry = allowance(subject.clone(), until);
                store.put_allowance(&entry).await.expect("is known");
                assert_eq!(store.allowance(subject).await.expect("answers"), Some(entry));
            }
            assert!(store.remove_allowance(subject).await.expect("answers"));
            assert!(!store.remove_allowance(subject).await.expect("answers"));
            assert_eq!(store.allowance(subject).await.expect("answers"), None);
        }
    })
    .await;
}

#[tokio::test]
async fn verifications_replace_each_other_by_kind() {
    on_both(async |database| {
        let store = database.open_with(&Limits { verifications_per_account: 2, ..Limits::default() }).await;
        store.put_account(&account("a")).await.expect("is new");
        let proof = |kind: &str, set: i64| Verification {
            account: id("a"),
            kind: line(kind),
            set_at: at(set),
            until: at(set + DAY),
        };
        for verification in [proof("document", 1), proof("payment", 2), proof("document", 3)] {
            store.put_verification(&verification).await.expect("is sound");
        }
        let found = store.verifications(&id("a")).await.expect("answers");
        assert_eq!(found, [proof("payment", 2), proof("document", 3)]);
        let third = store.put_verification(&proof("letter", 4)).await.expect_err("is the third kind");
        assert_eq!(told(&third), "account `a` has 2 verifications already; remove some first");
    })
    .await;
}
