//! What a book holds, and how it follows the store.

use policy::{Effect, Standing};
use store::{Assessment, KeyStatus, Label, Limits, Subject, Verification};

use crate::support::{DAY, account, allowance, at, fingerprint, id, label, line, on_both, organization, told};

#[tokio::test]
async fn a_book_holds_what_a_decision_needs() {
    on_both(async |database| {
        let store = database.open().await;
        let mut shown = account("a");
        shown.declared_country = Some("SG".to_owned());
        store.put_accounts(&[shown, account("b")]).await.expect("are new");
        let clear = Assessment { standing: Standing::Clear, regime: Some(line("fifty")), as_of: None };
        store.put_organization(&organization("org-1"), &clear).await.expect("is known");
        store.add_key(&fingerprint(1), &id("a"), at(0)).await.expect("is new");
        store.add_key(&fingerprint(2), &id("a"), at(0)).await.expect("is new");
        store.revoke_key(&fingerprint(2), at(1)).await.expect("is there");
        let brief = Label { expires: at(DAY), recommended: Effect::Deny, ..label("a", "brief", 999) };
        store.put_labels(&[brief, label("a", "long", 500)]).await.expect("are sound");
        for (kind, days) in [("document", 5), ("payment", 2)] {
            let proof = Verification { account: id("a"), kind: line(kind), set_at: at(0), until: at(days * DAY) };
            store.put_verification(&proof).await.expect("is sound");
        }
        let firm = Subject::Organization(organization("org-1"));
        store.put_allowance(&allowance(firm, at(3 * DAY))).await.expect("is known");
        store.put_allowance(&allowance(Subject::Account(id("b")), at(4 * DAY))).await.expect("is known");

        let book = store.book().await.expect("is read");
        assert_eq!((book.len(), book.version()), (2, store.version().await.expect("answers")));
        let keyed = book.account_by_key(&fingerprint(1)).expect("is there");
        assert_eq!((keyed.status, keyed.account), (KeyStatus::Active, book.account(&id("a")).expect("is there")));
        assert_eq!(book.account_by_key(&fingerprint(2)).expect("is there").status, KeyStatus::Revoked);
        assert!(book.account_by_key(&fingerprint(3)).is_none());
        let a = keyed.account;
        assert_eq!((a.plan.as_ref(), a.declared_country.as_deref(), a.age_days(at(DAY * 2))), ("pro", Some("SG"), 2));
        assert_eq!(a.salt, store.account(&id("a")).await.expect("is there").salt);
        assert_eq!(book.organization_of(a).expect("is there").assessment, clear);
        let campaign = |day| a.campaign(at(day * DAY)).map(|c| (c.id, c.confidence_permille));
        assert_eq!(campaign(0), Some(("brief".to_owned(), 999)));
        assert_eq!((campaign(1), campaign(30)), (Some(("long".to_owned(), 500)), None));
        assert_eq!((a.verified(at(5 * DAY - 1)), a.verified(at(5 * DAY))), (true, false));
        let allowed = |name: &str, day| book.allow_listed(book.account(&id(name)).expect("is there"), at(day * DAY));
        assert_eq!((allowed("a", 2), allowed("a", 3), allowed("b", 3), allowed("b", 4)), (true, false, true, false));
    })
    .await;
}

#[tokio::test]
async fn a_version_rises_only_with_what_a_book_holds() {
    on_both(async |database| {
        let store = database.open().await;
        let mut last = store.version().await.expect("answers");
        let mut rises = async |expected: u64| {
            let now = store.version().await.expect("answers");
            assert_eq!(now - last, expected);
            last = now;
        };
        for expected in [1, 0] {
            store.put_account(&account("a")).await.expect("is sound");
            rises(expected).await;
            store.add_key(&fingerprint(1), &id("a"), at(0)).await.expect("is sound");
            rises(expected).await;
            store.put_label(&label("a", "c", 5)).await.expect("is sound");
            rises(expected).await;
            store.put_allowance(&allowance(Subject::Account(id("a")), at(1))).await.expect("is sound");
            rises(expected).await;
            let proof = Verification { account: id("a"), kind: line("paper"), set_at: at(0), until: at(1) };
            store.put_verification(&proof).await.expect("is sound");
            rises(expected).await;
        }
        assert!(store.put_label(&label("nobody", "c", 5)).await.is_err());
        rises(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_refreshed_book_is_the_same_as_a_new_one() {
    on_both(async |database| {
        let store = database.open().await;
        store.put_accounts(&[account("a"), account("b"), account("c")]).await.expect("are new");
        store.add_key(&fingerprint(1), &id("a"), at(0)).await.expect("is new");
        store.add_key(&fingerprint(2), &id("b"), at(0)).await.expect("is new");
        let old = store.book().await.expect("is read");
        assert!(store.refresh(&old).await.expect("answers").is_none());
        store.erase_account(&id("a"), at(1)).await.expect("is there");
        store.add_key(&fingerprint(1), &id("b"), at(2)).await.expect("is free again");
        store.put_account(&account("d")).await.expect("is new");
        let new = store.refresh(&old).await.expect("answers").expect("has changed");
        assert_eq!((old.len(), new.len()), (3, 3));
        assert!(new.account(&id("a")).is_none() && new.account(&id("d")).is_some());
        assert_eq!(old.account_by_key(&fingerprint(1)).expect("is there").account.id, id("a"));
        assert_eq!(new.account_by_key(&fingerprint(1)).expect("is there").account.id, id("b"));
        assert_eq!(new.account_by_key(&fingerprint(2)).expect("is there").account.id, id("b"));
    })
    .await;
}

#[tokio::test]
async fn a_book_has_a_limit() {
    on_both(async |database| {
        let store = database.open_with(&Limits { accounts: 2, ..Limits::default() }).await;
        store.put_accounts(&[account("a"), account("b")]).await.expect("are new");
        let book = store.book().await.expect("fits");
        store.put_account(&account("c")).await.expect("is stored");
        let advice = "the store holds 3 accounts, a book takes 2; raise the limit of accounts if there is memory, \
            or erase accounts that are gone";
        assert_eq!(told(&store.book().await.expect_err("is too much")), advice);
        assert_eq!(told(&store.refresh(&book).await.expect_err("is too much")), advice);
        store.erase_account(&id("a"), at(0)).await.expect("is there");
        assert_eq!(store.refresh(&book).await.expect("fits").expect("has changed").len(), 2);
    })
    .await;
}
