//! The same calls give the same answers and the same book on both databases, and a refreshed book is a new one.

use std::collections::BTreeMap;

use policy::{Effect, Standing};
use proptest::{prelude::*, test_runner::Config};
use store::{
    AccountStatus, Assessment, Book, Label, Limits, NewAppeal, NewCase, Outcome, Remedy, Store, Subject, Verification,
};

use crate::support::{
    DAY, account, allowance, at, decision, fingerprint, id, label, line, on_postgres, on_sqlite, organization, prose,
    told,
};

/// A call with small numbers for whom and what it is about, so that calls meet.
#[derive(Debug, Clone)]
enum Call {
    Account { who: u8, firm: u8, plan: u8 },
    Status { who: u8, suspended: bool },
    Firm { firm: u8, standing: u8 },
    Key { key: u8, who: u8 },
    Revoke { key: u8 },
    Label { who: u8, campaign: u8, permille: u16 },
    Unlabel { who: u8, campaign: u8 },
    Allow { who: u8, firm: bool, days: u8 },
    Disallow { who: u8, firm: bool },
    Verify { who: u8, kind: u8, days: u8 },
    Appeal { decision: u8, who: u8, statement: u8 },
    Review { who: u8 },
    Decide { case: u8, outcome: u8, who: u8 },
    Erase { who: u8 },
    Forget { days: u8 },
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let (who, few) = (|| 0..4_u8, || 0..3_u8);
    let call = prop_oneof![
        4 => (who(), few(), few()).prop_map(|(who, firm, plan)| Call::Account { who, firm, plan }),
        1 => (who(), any::<bool>()).prop_map(|(who, suspended)| Call::Status { who, suspended }),
        2 => (few(), 0..4_u8).prop_map(|(firm, standing)| Call::Firm { firm, standing }),
        3 => (0..6_u8, who()).prop_map(|(key, who)| Call::Key { key, who }),
        1 => (0..6_u8).prop_map(|key| Call::Revoke { key }),
        3 => (who(), few(), 0..1002_u16).prop_map(|(who, campaign, permille)| Call::Label { who, campaign, permille }),
        1 => (who(), few()).prop_map(|(who, campaign)| Call::Unlabel { who, campaign }),
        2 => (who(), any::<bool>(), 0..9_u8).prop_map(|(who, firm, days)| Call::Allow { who, firm, days }),
        1 => (who(), any::<bool>()).prop_map(|(who, firm)| Call::Disallow { who, firm }),
        2 => (who(), few(), 0..9_u8).prop_map(|(who, kind, days)| Call::Verify { who, kind, days }),
        2 => (few(), who(), few()).prop_map(|(decision, who, statement)| Call::Appeal { decision, who, statement }),
        1 => who().prop_map(|who| Call::Review { who }),
        2 => (1..5_u8, few(), who()).prop_map(|(case, outcome, who)| Call::Decide { case, outcome, who }),
        1 => who().prop_map(|who| Call::Erase { who }),
        1 => (0..9_u8).prop_map(|days| Call::Forget { days }),
    ];
    prop::collection::vec(call, 1..40)
}

fn subject(who: u8, firm: bool) -> Subject {
    match firm {
        true => Subject::Organization(organization(&format!("org-{who}"))),
        false => Subject::Account(id(&format!("a{who}"))),
    }
}

/// Makes a call at second `now` and puts its answer into words.
async fn make(store: &Store, call: &Call, now: i64) -> String {
    let name = |who: &u8| format!("a{who}");
    let days = |days: &u8| at(i64::from(*days) * DAY);
    let answer = match call {
        Call::Account { who, firm, plan } => {
            let mut account = account(&name(who));
            account.organization_id = (*firm > 0).then(|| organization(&format!("org-{firm}")));
            account.plan = format!("plan-{plan}");
            store.put_account(&account).await.map(|()| String::new())
        }
        Call::Status { who, suspended } => {
            let status = if *suspended { AccountStatus::Suspended } else { AccountStatus::Active };
            store.set_account_status(&id(&name(who)), status).await.map(|()| String::new())
        }
        Call::Firm { firm, standing } => {
            let all = [Standing::Caught, Standing::Possible, Standing::Clear, Standing::Unknown];
            let assessment = Assessment { standing: all[usize::from(*standing)], regime: Some(line("r")), as_of: None };
            store.put_organization(&organization(&format!("org-{firm}")), &assessment).await.map(|()| String::new())
        }
        Call::Key { key, who } => {
            store.add_key(&fingerprint(u64::from(*key)), &id(&name(who)), at(now)).await.map(|()| String::new())
        }
        Call::Revoke { key } => store.revoke_key(&fingerprint(u64::from(*key)), at(now)).await.map(|()| String::new()),
        Call::Label { who, campaign, permille } => {
            let label = Label { recommended: Effect::Deny, ..label(&name(who), &format!("c{campaign}"), *permille) };
            store.put_label(&label).await.map(|()| String::new())
        }
        Call::Unlabel { who, campaign } => {
            store.remove_label(&id(&name(who)), &line(&format!("c{campaign}"))).await.map(|gone| gone.to_string())
        }
        Call::Allow { who, firm, days: until } => {
            store.put_allowance(&allowance(subject(*who, *firm), days(until))).await.map(|()| String::new())
        }
        Call::Disallow { who, firm } => {
            store.remove_allowance(&subject(*who, *firm)).await.map(|gone| gone.to_string())
        }
        Call::Verify { who, kind, days: until } => {
            let kind = line(&format!("kind-{kind}"));
            let proof = Verification { account: id(&name(who)), kind, set_at: at(0), until: days(until) };
            store.put_verification(&proof).await.map(|()| String::new())
        }
        Call::Appeal { decision: number, who, statement } => {
            let appeal = NewAppeal {
                decision: decision(u128::from(*number)),
                account: Some(id(&name(who))),
                contact: None,
                statement: prose(&format!("s{statement}")),
            };
            store.open_appeal(&appeal, at(now)).await.map(|opened| format!("{opened:?}"))
        }
        Call::Review { who } => {
            let review = NewCase::Review { subject: line(&name(who)), account: Some(id(&name(who))) };
            store.open_case(&review, &line("ana"), None, at(now)).await.map(|opened| format!("{opened:?}"))
        }
        Call::Decide { case, outcome, who } => {
            let account = id(&name(who));
            let remedies = vec![
                Remedy::RemoveLabel { account: account.clone(), campaign: line("c1") },
                Remedy::Allow(allowance(Subject::Account(account), at(5 * DAY))),
            ];
            let outcome =
                [Outcome::Upheld, Outcome::Closed, Outcome::Overturned(remedies)][usize::from(*outcome)].clone();
            let case = format!("case-{case}").parse().unwrap();
            store
                .resolve_case(case, &outcome, &line("ana"), None, at(now))
                .await
                .map(|resolved| format!("{resolved:?}"))
        }
        Call::Erase { who } => store.erase_account(&id(&name(who)), at(now)).await.map(|()| String::new()),
        Call::Forget { days: before } => store.forget(days(before)).await.map(|forgotten| format!("{forgotten:?}")),
    };
    answer.unwrap_or_else(|error| told(&error))
}

/// All of a book but its salts, which are random.
fn words(book: &Book) -> BTreeMap<String, String> {
    let accounts = book.accounts().map(|facts| {
        for (key, status) in &facts.keys {
            let keyed = book.account_by_key(key).expect("each key of an account is a key of the book");
            assert_eq!((keyed.account, keyed.status), (facts, *status));
        }
        assert_eq!(book.account(&facts.id), Some(facts));
        (facts.id.to_string(), format!("{facts:?}"))
    });
    let organizations = book.organizations().map(|(id, facts)| (format!("{id}!"), format!("{facts:?}")));
    let mut words: BTreeMap<String, String> = accounts.chain(organizations).collect();
    words.insert("version".to_owned(), format!("{} {}", book.version(), book.len()));
    for key in 0..6 {
        let keyed = book.account_by_key(&fingerprint(key)).map(|k| (k.account.id.clone(), k.status));
        words.insert(format!("key {key}"), format!("{keyed:?}"));
    }
    words
}

/// Makes the calls; the answers, and the book at the end.
async fn run(store: &Store, calls: &[Call]) -> (Vec<String>, BTreeMap<String, String>) {
    let mut answers = Vec::new();
    let mut book = store.book().await.unwrap();
    for (now, call) in (0..).zip(calls) {
        answers.push(make(store, call, now).await);
        if now % 3 == 0 {
            book = store.refresh(&book).await.unwrap().unwrap_or(book);
        }
    }
    book = store.refresh(&book).await.unwrap().unwrap_or(book);
    let fresh = store.book().await.unwrap();
    assert_eq!(words(&book), words(&fresh), "a refreshed book is a new one");
    for facts in fresh.accounts() {
        assert_eq!(book.account(&facts.id), Some(facts), "with its salt");
    }
    (answers, words(&fresh))
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 200, ..Config::default() })]

    #[test]
    fn both_databases_are_one_store(calls in calls()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let limits = Limits { keys_per_account: 3, labels_per_account: 2, verifications_per_account: 2, appeals_per_decision: 2, ..Limits::default() };
        let (calls, limits) = (&calls, &limits);
        let found = std::sync::Mutex::new(Vec::new());
        let found = &found;
        let test = async |database: crate::support::Database| {
            let store = database.open_with(limits).await;
            let ran = run(&store, calls).await;
            found.lock().unwrap().push(ran);
            store.close().await;
        };
        runtime.block_on(async {
            on_sqlite(test).await;
            on_postgres(test).await;
        });
        let found = found.lock().unwrap();
        prop_assert!(!found.is_empty());
        for one in found.iter().skip(1) {
            prop_assert_eq!(one, &found[0]);
        }
    }
}
