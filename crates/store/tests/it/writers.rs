//! Many writers at once: none waits in a circle, and nothing is lost.

use futures::future::join_all;
use store::{CaseFilter, Limits, NewAppeal, NewCase, Outcome, Remedy, Resolved, StoreError, Subject};

use crate::support::{DAY, Database, account, allowance, at, decision, fingerprint, id, label, line, on_both, prose};

const WRITERS: u64 = 6;
const ROUNDS: u64 = 8;

/// Two stores stand for two processes.
async fn two(database: &Database, limits: &Limits) -> [store::Store; 2] {
    [database.open_with(limits).await, database.open_with(limits).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_between_writers() {
    on_both(async |database| {
        let stores = two(&database, &Limits { labels_per_account: 100, ..Limits::default() }).await;
        stores[0].put_accounts(&[account("a"), account("b")]).await.unwrap();
        let before = stores[0].version().await.unwrap();
        let writing = (0..WRITERS).map(|writer| {
            let store = stores[usize::try_from(writer % 2).unwrap()].clone();
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    // Accounts in opposite orders, which is what makes row locks wait in a circle.
                    let mut labels =
                        [label("a", &format!("{writer}-{round}"), 1), label("b", &format!("{writer}-{round}"), 1)];
                    if writer % 2 == 0 {
                        labels.reverse();
                    }
                    store.put_labels(&labels).await.unwrap();
                    store.add_key(&fingerprint(writer * ROUNDS + round), &id("a"), at(0)).await.unwrap();
                }
            })
        });
        for written in join_all(writing).await {
            written.unwrap();
        }
        let book = stores[1].book().await.unwrap();
        assert_eq!(book.version() - before, WRITERS * ROUNDS * 2);
        let total = usize::try_from(WRITERS * ROUNDS).unwrap();
        for name in ["a", "b"] {
            assert_eq!(book.account(&id(name)).unwrap().labels.len(), total);
        }
        assert_eq!(book.account(&id("a")).unwrap().keys.len(), total);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_hold_against_many_at_once() {
    on_both(async |database| {
        let stores =
            two(&database, &Limits { appeals_per_decision: 3, keys_per_account: 3, ..Limits::default() }).await;
        stores[0].put_account(&account("a")).await.unwrap();
        let storm = (0..12_u64).map(|number| {
            let store = stores[usize::try_from(number % 2).unwrap()].clone();
            tokio::spawn(async move {
                let statement = prose(&format!("why, {number}?"));
                let appeal = NewAppeal { decision: decision(1), account: None, contact: None, statement };
                let opened = store.open_appeal(&appeal, at(0)).await;
                let added = store.add_key(&fingerprint(number), &id("a"), at(0)).await;
                let campaign = NewCase::Campaign { campaign: line("c") };
                let case = store.open_case(&campaign, &line("ana"), None, at(0)).await.unwrap();
                (opened, added, case)
            })
        });
        let answers: Vec<_> = join_all(storm).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|(opened, ..)| opened.is_ok()).count(), 3);
        assert_eq!(answers.iter().filter(|(_, added, _)| added.is_ok()).count(), 3);
        assert_eq!(answers.iter().filter(|(.., case)| case.new).count(), 1);
        let refused = |e: &Result<_, StoreError>| e.is_ok() || matches!(e, Err(StoreError::Refused(_)));
        assert!(answers.iter().all(|(opened, ..)| refused(opened)), "{answers:?}");
        assert_eq!(stores[0].list_cases(&CaseFilter::default(), None, 10).await.unwrap().len(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_decided_once() {
    on_both(async |database| {
        let stores = two(&database, &Limits::default()).await;
        stores[0].put_account(&account("a")).await.unwrap();
        let review = NewCase::Review { subject: line("a"), account: Some(id("a")) };
        let case = stores[0].open_case(&review, &line("ana"), None, at(0)).await.unwrap().case;
        let deciding = (0..10_usize).map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move {
                let remedy = Remedy::Allow(allowance(Subject::Account(id("a")), at(DAY)));
                let outcome = if number < 5 { Outcome::Upheld } else { Outcome::Overturned(vec![remedy]) };
                store.resolve_case(case, &outcome, &line(&format!("p{number}")), None, at(1)).await
            })
        });
        let answers: Vec<_> = join_all(deciding).await.into_iter().map(Result::unwrap).collect();
        let count = |wanted: fn(&Result<Resolved, StoreError>) -> bool| answers.iter().filter(|a| wanted(a)).count();
        assert_eq!(count(|a| matches!(a, Ok(Resolved::Now))), 1, "{answers:?}");
        assert_eq!(count(|a| matches!(a, Ok(Resolved::Already))), 4, "{answers:?}");
        assert_eq!(count(|a| matches!(a, Err(StoreError::Conflict { .. }))), 5, "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_by_half() {
    on_both(async |database| {
        let store = database.open().await;
        // How long a call takes hangs on the machine: patience is spread up to what the fastest of some took.
        let mut usual = std::time::Duration::MAX;
        for number in 0..6 {
            let begun = std::time::Instant::now();
            store.put_accounts(&[account(&format!("first-{number}"))]).await.unwrap();
            usual = usual.min(begun.elapsed());
        }
        let mut dropped = 0;
        for number in 0..60_u32 {
            let group: Vec<_> = (0..3).map(|place| account(&format!("{number}-{place}"))).collect();
            let patience = usual * (number % 20) / 20;
            dropped += u64::from(tokio::time::timeout(patience, store.put_accounts(&group)).await.is_err());
        }
        store.put_account(&account("0-0")).await.expect("the next writer comes through");
        let found = store.book().await.unwrap().len();
        assert!(dropped > 5, "{dropped} calls were dropped");
        assert!(
            found % 3 <= 1,
            "{found} accounts: two groups of three, groups that came through, perhaps the last one"
        );
    })
    .await;
}

/// Calls of a store can run on any thread.
#[tokio::test]
async fn calls_can_be_spawned() {
    fn check(_: &impl Send) {}
    on_both(async |database| {
        let store = database.open().await;
        let (book, name) = (store.book().await.unwrap(), id("a"));
        check(&store.book());
        check(&store.refresh(&book));
        check(&store.copy_to(&store));
        check(&store.erase_account(&name, at(0)));
        check(&store.forget(at(0)));
        check(&store.list_cases(&CaseFilter::default(), None, 1));
        check(&store.close());
    })
    .await;
}
