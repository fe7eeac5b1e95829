//! The queries against the same questions answered by plain loops.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use datafusion::{
    physical_plan::{ExecutionPlan, collect},
    prelude::SessionContext,
};
use lake::{
    LakeError,
    queries::{self, Attribute, SketchColumn},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::rows::{HOUR, Row, START, import, lake, limits, row, session};

/// Rows of 40 accounts with some shared templates and many single ones.
pub(crate) fn sample(seed: u64) -> Vec<Row> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |end: u64| random.next_u64() % end;
    (0..2000)
        .map(|id| Row {
            time: START + i64::try_from(below(72 * 60)).expect("small") * (HOUR / 60),
            template: match below(4) {
                0 => None,
                1 => Some(1000 + below(1_000_000)),
                _ => Some(below(60) * below(60)),
            },
            network: (below(3) > 0).then(|| below(25)),
            status: [200, 200, 200, 401, 403, 429, 500, 529][usize::try_from(below(8)).expect("small")],
            ..row(id, below(40))
        })
        .collect()
}

async fn over(rows: &[Row], check: impl AsyncFnOnce(SessionContext)) {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    for rows in rows.chunks(900) {
        import(&lake, rows).await;
    }
    check(session(&lake, folder.path()).await).await;
}

fn prefix_8() -> SketchColumn {
    "prefix_8".parse().expect("a column")
}

#[tokio::test]
async fn template_uses_are_pairs_that_are_frequent_enough() {
    let rows = sample(1);
    over(&rows, async |session| {
        for (min_uses, min_accounts) in [(1, 1), (2, 3), (3, 2), (50, 50)] {
            let mut pairs: BTreeMap<(u64, u64), Vec<i64>> = BTreeMap::new();
            for row in &rows {
                if let Some(template) = row.template {
                    pairs.entry((template, row.account)).or_default().push(row.time);
                }
            }
            pairs.retain(|_, times| times.len() >= min_uses);
            let mut accounts: BTreeMap<u64, usize> = BTreeMap::new();
            pairs.keys().for_each(|(template, _)| *accounts.entry(*template).or_default() += 1);
            let expected: BTreeSet<_> = pairs
                .into_iter()
                .filter(|((template, _), _)| accounts[template] >= min_accounts)
                .map(|((template, account), times)| {
                    let (first, last) = (*times.iter().min().expect("some"), *times.iter().max().expect("some"));
                    (template, account, times.len() as u64, first, last)
                })
                .collect();
            let query = queries::template_uses(prefix_8(), min_uses as u64, min_accounts as u64);
            let found = query.collect(&session, 10_000).await.expect("sound");
            let found: BTreeSet<_> = (0..found.key.len())
                .map(|i| (found.key[i], found.account_key[i], found.uses[i], found.first[i], found.last[i]))
                .collect();
            assert_eq!(found, expected, "{min_uses} uses, {min_accounts} accounts");
        }
    })
    .await;
}

#[tokio::test]
async fn profiles_hours_attributes_and_totals_count_the_rows() {
    let rows = sample(2);
    over(&rows, async |session| {
        let profiles = queries::profiles().collect(&session, 100).await.expect("sound");
        let of = |status: fn(u16) -> bool| rows.iter().filter(|row| status(row.status)).count() as u64;
        assert_eq!(profiles.account_key.len(), 40);
        assert_eq!(profiles.exchanges.iter().sum::<u64>(), 2000);
        assert_eq!(profiles.ok.iter().sum::<u64>(), of(|status| status == 200));
        assert_eq!(profiles.unauthorised.iter().sum::<u64>(), of(|status| status == 401));
        assert_eq!(profiles.forbidden.iter().sum::<u64>(), of(|status| status == 403));
        assert_eq!(profiles.throttled.iter().sum::<u64>(), of(|status| status == 429));
        assert_eq!(profiles.failed.iter().sum::<u64>(), of(|status| status >= 500));
        assert_eq!(profiles.openings.iter().sum::<u64>(), 2000, "without turns each exchange is an opening");

        let mut expected: BTreeMap<(u64, i64), u64> = BTreeMap::new();
        rows.iter().for_each(|row| *expected.entry((row.account, row.time / HOUR)).or_default() += 1);
        let hours = queries::hours().collect(&session, 10_000).await.expect("sound");
        let keys = hours.account_key.into_iter().zip(hours.hour);
        assert_eq!(keys.zip(hours.exchanges).collect::<BTreeMap<_, _>>(), expected);

        let mut expected: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for row in &rows {
            row.network.into_iter().for_each(|network| *expected.entry((row.account, network)).or_default() += 1);
        }
        let uses = queries::attribute_uses(Attribute::Network).collect(&session, 10_000).await.expect("sound");
        let keys = uses.account_key.into_iter().zip(uses.value);
        assert_eq!(keys.zip(uses.uses).collect::<BTreeMap<_, _>>(), expected);

        let agents = queries::user_agent_uses().collect(&session, 100).await.expect("sound");
        assert_eq!(agents.uses.iter().sum::<u64>(), 2000);

        let totals = queries::totals().collect(&session, 1).await.expect("sound");
        let (first, last) = (rows.iter().map(|row| row.time).min(), rows.iter().map(|row| row.time).max());
        assert_eq!((totals.exchanges, totals.accounts), (vec![2000], vec![40]));
        assert_eq!((totals.first.first().copied(), totals.last.first().copied()), (first, last));
    })
    .await;
}

#[tokio::test]
async fn every_question_can_be_asked_of_an_empty_lake() {
    over(&[], async |session| {
        for column in SketchColumn::ALL {
            let found = queries::template_uses(column, 2, 2).collect(&session, 1).await.expect("sound");
            assert!(found.key.is_empty());
            assert!(queries::distinct(column).collect(&session, 1).await.expect("sound").account_key.is_empty());
        }
        for attribute in [Attribute::Address, Attribute::Network, Attribute::Credential, Attribute::Conversation] {
            let found = queries::attribute_uses(attribute).collect(&session, 1).await.expect("sound");
            assert!(found.value.is_empty());
        }
        assert!(queries::profiles().collect(&session, 1).await.expect("sound").account_key.is_empty());
        assert!(queries::accounts().collect(&session, 1).await.expect("sound").account_key.is_empty());
        assert_eq!(queries::totals().collect(&session, 1).await.expect("sound").exchanges, [0]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_over_its_limit_is_refused() {
    over(&sample(4), async |session| {
        let error = queries::hours().collect(&session, 10).await.expect_err("more than ten");
        assert!(matches!(error, LakeError::LargeAnswer { limit: 10, .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_dropped_answer_gives_its_memory_back() {
    over(&sample(5), async |session| {
        let mut answer = queries::hours().stream(&session).await.expect("sound");
        answer.next().await.expect("sound").expect("a first piece");
        drop(answer);
        let abandoned = queries::template_uses(prefix_8(), 1, 1);
        tokio::select! {
            biased;
            _ = async { abandoned.collect(&session, 10_000).await } => {}
            () = std::future::ready(()) => {}
        }
        let pool = Arc::clone(&session.runtime_env().memory_pool);
        for _ in 0..10_000 {
            if pool.reserved() == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{} bytes are still reserved", pool.reserved());
    })
    .await;
}

/// How often operators of a plan that has run wrote to disk.
fn spills(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = plan.metrics().and_then(|metrics| metrics.spill_count()).unwrap_or(0);
    own + plan.children().into_iter().map(spills).sum::<usize>()
}

#[tokio::test]
async fn little_memory_is_enough_because_groups_go_to_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    let rows: Vec<Row> = (0..200_000)
        .map(|id| Row { time: START + i64::try_from(id).expect("small"), template: Some(id / 2), ..row(0, id % 7) })
        .collect();
    let snapshot = import(&lake, &rows).await;
    let session = lake.session(&snapshot, &limits(folder.path(), 6 << 20)).expect("a session");
    let query = queries::distinct(prefix_8());
    let frame = session.sql(query.sql()).await.expect("sound");
    let plan = frame.create_physical_plan().await.expect("a plan");
    collect(Arc::clone(&plan), session.task_ctx()).await.expect("enough with the disk");
    assert!(spills(&plan) > 0, "6 MiB hold all groups: the test needs more rows");
    let found = query.collect(&session, 100).await.expect("enough with the disk");
    assert_eq!(found.exchanges.iter().sum::<u64>(), 200_000);
}
