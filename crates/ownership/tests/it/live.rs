//! Verdicts that follow edits are those of a graph that is built anew.

use ownership::{
    Builder, Closure, Disclosure, Edit, Gap, Graph, Interest, InterestKind, Link, ListEntry, Live, Period, Regime,
    Share, Source, Statement, Verdict,
};
use proptest::prelude::*;

use crate::{
    laws::{described, name},
    support::{DAY, regime},
};

const NODES: usize = 8;

fn interest() -> impl Strategy<Value = Statement> {
    let kind = prop_oneof![
        12 => Just(InterestKind::Shares),
        2 => Just(InterestKind::Votes),
        1 => Just(InterestKind::Board),
        1 => Just(InterestKind::Consolidation),
        1 => Just(InterestKind::UltimateConsolidation),
        1 => Just(InterestKind::Nomination),
        1 => Just(InterestKind::Membership),
    ];
    let link = prop_oneof![9 => Just(Link::Direct), 1 => Just(Link::Indirect)];
    (0..NODES, 0..NODES, 0u16..=7, 0u16..=3, kind, link, 0..3u8).prop_map(
        |(owner, owned, min, width, kind, link, to)| {
            let period = Period { from: None, to: (to == 0).then_some(DAY) };
            Statement::Interest(Interest {
                owner: name(owner).parse().unwrap(),
                owned: name(owned).parse().unwrap(),
                kind,
                share: (width < 3).then(|| Share::between(min * 1000, (min + width).min(10) * 1000).unwrap()),
                link,
                period,
                source: Source { name: "test".into(), record: "1".into() },
            })
        },
    )
}

#[derive(Debug, Clone)]
enum Move {
    State(Statement),
    /// Withdraws the statement at this place, counted round.
    Withdraw(usize),
    Gap(usize),
    Turn(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => interest().prop_map(Move::State),
        4 => any::<usize>().prop_map(Move::Withdraw),
        1 => (0..NODES).prop_map(Move::Gap),
        1 => (0..NODES).prop_map(Move::Turn),
    ];
    prop::collection::vec(one, 1..40)
}

fn rules() -> Vec<Regime> {
    let keys = |aggregate: &str, indirect: &str, rest: &str| {
        format!(
            "threshold_basis_points = 5000\nstrict = false\naggregate = \"{aggregate}\"\nindirect = \"{indirect}\"\n{rest}"
        )
    };
    let seeds = ["N0", "N1"];
    let mut regimes: Vec<Regime> = [
        keys("all_seeds", "cascade", "measures = [\"shares\"]"),
        keys(
            "single_seed",
            "cascade",
            "measures = [\"shares\", \"votes\"]\nboard = \"majority\"\njoint_holdings = \"any_member\"",
        ),
        keys("single_seed", "multiplied", "measures = [\"shares\"]"),
    ]
    .iter()
    .map(|keys| regime(keys, &seeds))
    .collect();
    for (index, regime) in regimes.iter_mut().enumerate() {
        regime.id = format!("r{index}").parse().unwrap();
        regime.seeds.lists = vec![ownership::SeedList { list: "bad".to_owned(), programmes: Vec::new() }];
    }
    regimes
}

/// What is known at one time.
#[derive(Default)]
struct Book {
    statements: Vec<Statement>,
    listed: [bool; NODES],
}

impl Book {
    fn graph(&self) -> Graph {
        let mut builder = Builder::new();
        (0..NODES).for_each(|node| builder.state(&described(node)));
        self.statements.iter().for_each(|statement| builder.state(statement));
        for node in (0..NODES).filter(|&node| self.listed[node]) {
            builder.list(&name(node), entry());
        }
        builder.build()
    }

    fn edit(&mut self, made: &Move) -> Option<Edit> {
        match made {
            Move::State(statement) => {
                self.statements.push(statement.clone());
                Some(Edit::State(statement.clone()))
            }
            Move::Gap(node) => {
                let gap = Statement::Gap(Gap {
                    about: name(*node).parse().unwrap(),
                    reason: ["NON_PUBLIC", "nominee"][node % 2].to_owned(),
                    period: Period::default(),
                    source: Source { name: "test".into(), record: "1".into() },
                });
                self.statements.push(gap.clone());
                Some(Edit::State(gap))
            }
            Move::Withdraw(_) if self.statements.is_empty() => None,
            Move::Withdraw(at) => {
                let at = at % self.statements.len();
                Some(Edit::Withdraw(self.statements.swap_remove(at)))
            }
            Move::Turn(node) => {
                let listed = &mut self.listed[*node];
                *listed = !*listed;
                let key = name(*node).parse().unwrap();
                Some(if *listed { Edit::List(key, entry()) } else { Edit::Unlist(key, entry()) })
            }
        }
    }
}

fn entry() -> ListEntry {
    ListEntry { list: "bad".to_owned(), programme: None }
}

fn verdicts(graph: &Graph, regime: &Regime) -> Vec<Verdict> {
    let closure = Closure::of(graph, regime, DAY, Disclosure::AsStated);
    (0..NODES).map(|node| closure.verdict(graph, graph.find(&name(node)).unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn following_is_computing_anew(moves in moves()) {
        let mut book = Book::default();
        let mut live = Live::new(book.graph(), rules(), DAY, Disclosure::AsStated);
        let mut before: Vec<Vec<Verdict>> = rules().iter().map(|regime| verdicts(live.graph(), regime)).collect();
        for made in moves {
            let Some(edit) = book.edit(&made) else { continue };
            let changes = live.apply(&edit).unwrap();
            let anew = book.graph();
            for (regime, before) in rules().iter().zip(&mut before) {
                let now = verdicts(&anew, regime);
                let closure = live.closure(regime.id.as_str()).unwrap();
                let followed: Vec<Verdict> = (0..NODES)
                    .map(|node| closure.verdict(live.graph(), live.graph().find(&name(node)).unwrap()))
                    .collect();
                prop_assert_eq!(&followed, &now, "{} after {}", regime.id, edit);
                let differ = (0..NODES).filter(|&node| before[node] != now[node]);
                let expected: Vec<_> = differ.map(|node| (name(node), before[node], now[node])).collect();
                let of = changes.iter().filter(|change| change.regime == regime.id);
                let told: Vec<_> = of.map(|change| (change.entity.id.clone(), change.before, change.after)).collect();
                prop_assert_eq!(told, expected, "{} after {}", regime.id, edit);
                *before = now;
            }
        }
    }
}

#[test]
fn a_loop_that_loses_its_owner_is_let_go() {
    let statements = |text: &str| -> Graph { crate::support::graph(text) };
    let graph = statements("A,B,60\nB,A,60");
    let rules = vec![regime(crate::support::OFAC, &["X"])];
    let mut live = Live::new(graph, rules, DAY, Disclosure::Complete);
    let stake = Statement::Interest(Interest {
        owner: "X".parse().unwrap(),
        owned: "A".parse().unwrap(),
        kind: InterestKind::Shares,
        share: Some(Share::exactly(4000).unwrap()),
        link: Link::Direct,
        period: Period::default(),
        source: Source { name: "register".into(), record: "7".into() },
    });
    let key = "B".parse().unwrap();
    let told = |changes: Vec<ownership::Change>| -> Vec<String> {
        changes
            .iter()
            .map(|c| format!("{} {} -> {}: {}", c.entity.id, c.before.name(), c.after.name(), c.why))
            .collect()
    };
    assert!(live.apply(&Edit::State(stake.clone())).unwrap().iter().all(|change| change.entity.id == "X"));
    live.apply(&Edit::Withdraw(stake.clone())).unwrap();
    let wrong = live.apply(&Edit::Withdraw(stake)).unwrap_err();
    assert_eq!(wrong.to_string(), "nothing was stated about `A` in exactly these words, so nothing can be withdrawn");
    let mut regimes = rules_on_list();
    let mut live = Live::new(
        crate::support::graph("A,B,60\nB,A,60\nB,C,50"),
        std::mem::take(&mut regimes),
        DAY,
        Disclosure::Complete,
    );
    assert_eq!(
        told(live.apply(&Edit::List(key, entry())).unwrap()),
        [
            "A clear -> caught: B was put on the list bad",
            "B clear -> seed: B was put on the list bad",
            "C clear -> caught: B was put on the list bad"
        ]
    );
    assert_eq!(
        told(live.apply(&Edit::Unlist("B".parse().unwrap(), entry())).unwrap()),
        [
            "A caught -> clear: B was taken off the list bad",
            "B seed -> clear: B was taken off the list bad",
            "C caught -> clear: B was taken off the list bad"
        ]
    );
}

fn rules_on_list() -> Vec<Regime> {
    rules().into_iter().take(1).collect()
}
