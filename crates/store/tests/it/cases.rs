//! Cases and appeals, and what their end puts right.

use store::{
    CaseFilter, CaseKind, CaseState, CaseStep, Contact, Limits, NewAppeal, NewCase, Outcome, Remedy, Resolved, Store,
    StoreError, Subject,
};

use crate::support::{DAY, account, allowance, at, decision, id, label, line, on_both, prose, told};

fn appeal(number: u128, account: Option<&str>, statement: &str) -> NewAppeal {
    NewAppeal {
        decision: decision(number),
        account: account.map(id),
        contact: Some(Contact::from(line("me@example.org"))),
        statement: prose(statement),
    }
}

#[tokio::test]
async fn an_appeal_is_opened_once_and_bounded() {
    on_both(async |database| {
        let limits =
            Limits { appeals_per_decision: 2, appeals_per_account_per_day: 3, appeals_per_day: 5, ..Limits::default() };
        let store = database.open_with(&limits).await;
        let open = async |appeal: NewAppeal, time| store.open_appeal(&appeal, at(time)).await;
        let first = open(appeal(1, Some("a"), "why?"), 0).await.expect("is new");
        assert!(first.new);
        let again = open(appeal(1, Some("a"), "why?"), 1).await.expect("is known");
        assert_eq!((again.case, again.new), (first.case, false));
        open(appeal(1, Some("a"), "why, please?"), 2).await.expect("is the second");
        let third = open(appeal(1, Some("b"), "why!"), 3).await.expect_err("is the third");
        assert!(told(&third).starts_with("2 appeals against dec_"), "{third}");
        open(appeal(2, Some("a"), "why?"), 4).await.expect("is a's third today");
        let fourth = open(appeal(3, Some("a"), "why?"), 5).await.expect_err("is a's fourth today");
        assert_eq!(told(&fourth), "there were 3 appeals of this account within a day; try again tomorrow");
        open(appeal(4, Some("b"), "why?"), 6).await.expect("b has not appealed");
        open(appeal(5, None, "why?"), 7).await.expect("is nobody's");
        let sixth = open(appeal(6, None, "why?"), 8).await.expect_err("is the sixth");
        assert_eq!(told(&sixth), "there were 5 appeals in all within a day; try again tomorrow");
        open(appeal(3, Some("a"), "why?"), DAY + 9).await.expect("is tomorrow");
        let case = store.case(first.case).await.expect("is there");
        assert_eq!((case.summary.kind, case.summary.state), (CaseKind::Appeal, CaseState::Open));
        assert_eq!(case.summary.account, Some(id("a")));
        let said = case.appeal.expect("is an appeal");
        assert_eq!((said.decision, &said.statement), (decision(1), &Some(prose("why?"))));
        assert_eq!(said.contact.as_ref().map(Contact::as_str), Some("me@example.org"));
        assert!(!format!("{said:?}").contains("example"), "a contact does not show in logs");
    })
    .await;
}

async fn overturnable(store: &Store) -> (store::CaseId, Outcome) {
    store.put_account(&account("a")).await.expect("is new");
    store.put_label(&label("a", "c-1", 900)).await.expect("is sound");
    let case = store.open_appeal(&appeal(1, Some("a"), "why?"), at(0)).await.expect("is new").case;
    let remedies = vec![
        Remedy::RemoveLabel { account: id("a"), campaign: line("c-1") },
        Remedy::Allow(allowance(Subject::Account(id("a")), at(DAY))),
    ];
    (case, Outcome::Overturned(remedies))
}

#[tokio::test]
async fn overturning_puts_right_what_was_wrong() {
    on_both(async |database| {
        let store = database.open().await;
        let (case, outcome) = overturnable(&store).await;
        let version = store.version().await.expect("answers");
        store.take_case(case, &line("ana"), at(1)).await.expect("is open");
        store.note_case(case, &line("ana"), &prose("asked the hunt"), at(2)).await.expect("is in review");
        assert_eq!(store.version().await.expect("answers"), version, "a book holds no case");
        let note = prose("a course with its own template");
        let resolve =
            async |outcome, time| store.resolve_case(case, outcome, &line("ana"), Some(&note), at(time)).await;
        assert_eq!(resolve(&outcome, 3).await.expect("is in review"), Resolved::Now);
        assert_eq!(store.version().await.expect("answers"), version + 1);
        assert_eq!(resolve(&outcome, 4).await.expect("is the same"), Resolved::Already);
        let other = resolve(&Outcome::Upheld, 5).await.expect_err("is decided");
        assert_eq!(told(&other), "case `case-1` was decided otherwise; open a review to reconsider it");
        let taken = store.take_case(case, &line("ben"), at(6)).await.expect_err("is decided");
        assert_eq!(told(&taken), "case `case-1` is decided");
        assert_eq!(store.labels(&id("a")).await.expect("answers"), []);
        let entry = store.allowance(&Subject::Account(id("a"))).await.expect("answers").expect("is there");
        assert_eq!(entry.until, at(DAY));
        let case = store.case(case).await.expect("is there");
        assert_eq!((case.summary.state, case.summary.changed), (CaseState::Overturned, at(3)));
        let steps: Vec<CaseStep> = case.events.iter().map(|e| e.what).collect();
        use CaseStep::*;
        assert_eq!(steps, [Opened, Taken, Noted, Overturned, LabelRemoved, AllowListed]);
        assert_eq!(case.events[3].note.as_ref(), Some(&note));
        let told = case.events[4].note.as_ref().map(store::Prose::as_str);
        assert_eq!(told, Some("campaign c-1 from account a"));
    })
    .await;
}

#[tokio::test]
async fn a_remedy_that_fails_leaves_the_case_open() {
    on_both(async |database| {
        let store = database.open().await;
        let (case, outcome) = overturnable(&store).await;
        let Outcome::Overturned(mut remedies) = outcome else { panic!("{outcome:?}") };
        remedies.push(Remedy::Allow(allowance(Subject::Account(id("nobody")), at(DAY))));
        let outcome = Outcome::Overturned(remedies);
        let error = store.resolve_case(case, &outcome, &line("ana"), None, at(3)).await.expect_err("nobody");
        assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
        assert_eq!(store.labels(&id("a")).await.expect("answers").len(), 1);
        let case = store.case(case).await.expect("is there");
        assert_eq!((case.summary.state, case.events.len()), (CaseState::Open, 1));
    })
    .await;
}

#[tokio::test]
async fn cases_come_page_by_page() {
    on_both(async |database| {
        let store = database.open_with(&Limits { page: 4, ..Limits::default() }).await;
        for number in 0..10 {
            let case = match number % 2 {
                0 => NewCase::Campaign { campaign: line(&format!("c-{number}")) },
                _ => NewCase::Review { subject: line(&format!("r-{number}")), account: Some(id("a")) },
            };
            let opened = store.open_case(&case, &line("ana"), None, at(number)).await.expect("is new");
            let again = store.open_case(&case, &line("ben"), None, at(number)).await.expect("is known");
            assert_eq!((opened.new, again.new, again.case), (true, false, opened.case));
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_cases(&CaseFilter::default(), after, 4).await.expect("answers");
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            seen.extend(page.iter().map(|case| case.id.number()));
        }
        assert_eq!(seen, (1..=10).collect::<Vec<_>>());
        let filter = CaseFilter { kind: Some(CaseKind::Review), account: Some(id("a")), state: Some(CaseState::Open) };
        let reviews = store.list_cases(&filter, None, 3).await.expect("answers");
        assert_eq!(reviews.iter().map(|c| c.subject.as_str()).collect::<Vec<_>>(), ["r-1", "r-3", "r-5"]);
        for asked in [0, 5] {
            let error = store.list_cases(&filter, None, asked).await.expect_err("is no page");
            assert_eq!(told(&error), format!("a page of {asked} cases is not given; ask for 1 to 4"));
        }
        let error = store.case("case-11".parse().expect("a number")).await.expect_err("is not there");
        assert_eq!(told(&error), "there is no case `case-11`");
    })
    .await;
}
