//! Users of public benchmarks: public template, finite list that everybody starts from the top, reruns.

use crate::{
    Class, ItemKind, Purpose,
    cast::{Cast, Role},
    client::Client,
    dice::{Dice, blend},
    identity::Signup,
    rhythm::{Rhythm, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{item::ItemPool, template::Template},
};

/// One public benchmark: its wrapper and its list.
pub(super) fn benchmark(seed: u64, number: u64) -> (Template, ItemPool) {
    let mut dice = Dice::at(blend(seed, 0xbe), number);
    let kind = dice.pick(&[ItemKind::WordProblem, ItemKind::Choice, ItemKind::Passage]);
    let purpose = dice.pick(&[Purpose::Benchmark, Purpose::Benchmark, Purpose::Reasoning]);
    let size = dice.pick(&[80, 164, 250, 500, 1_319]);
    (Template::new(dice.roll(), purpose), ItemPool::new(dice.roll(), kind, size))
}

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32) {
    let benchmarks = 2 + accounts as usize / 60;
    for _ in 0..accounts {
        let (template, pool) = benchmark(cast.seed, dice.skewed(benchmarks) as u64);
        let created = cast.joined(dice);
        let signup = Signup::business(dice, created);
        let client = Client { temperature: Some(0.0), moves: cast.adopts(dice), strays: 0.2, ..Client::program(dice) };
        let member = cast.join(Role::Honest(Class::EvalHarness), signup, client);
        let limit = dice.pick(&[50, 100, 200, u32::MAX]);
        let reruns = 1 + dice.below(4) as u32;
        let budget = (limit.min(pool.size).min(600) * reruns).min(900);
        let rhythm = Rhythm {
            from: cast.start,
            until: cast.end,
            starts: Starts::Spread { shape: Shape::Office, zone: dice.between(-8, 10) },
            sessions: reruns,
            budget,
            gap: (3.0, 0.7),
        };
        let order = Order::Sequence { limit: limit.min(600) };
        cast.honest(Route::Own(member), rhythm, Speech::Work(Work { template, pool, order, follows: 0.0 }));
    }
}
