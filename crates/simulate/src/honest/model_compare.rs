//! Launch-day benchmarkers: a public comparison, several models, within hours of a release; then silence.

use crate::{
    Class, ItemKind, Purpose,
    cast::{Cast, Role},
    client::Client,
    dice::{Dice, blend},
    identity::{Signup, aged},
    rhythm::{DAY, HOUR, Rhythm, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{item::ItemPool, template::Template},
};

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32) {
    let judge = Template::new(blend(cast.seed, 0x71d6e), Purpose::Judge);
    let battles = ItemPool::new(blend(cast.seed, 0xa2e), ItemKind::Answered, 500);
    let launch = if cast.release < cast.end { cast.release } else { cast.moment(0.4) };
    for _ in 0..accounts {
        let created = aged(dice, cast.start, 5.0, 720.0);
        let signup = Signup::business(dice, created);
        let begins = launch + dice.between(HOUR, 20 * HOUR);
        let client = Client { moves: begins, strays: 0.5, ..Client::program(dice) };
        let member = cast.join(Role::Honest(Class::ModelCompare), signup, client);
        let (template, pool) = if dice.chance(0.6) {
            (judge.clone(), battles)
        } else {
            super::eval_harness::benchmark(cast.seed, dice.below(2) as u64)
        };
        let budget = super::volume(dice, 174.0, 0.8, 900);
        let rhythm = Rhythm {
            from: begins,
            until: begins + 2 * DAY,
            starts: Starts::Spread { shape: Shape::Flat, zone: 0 },
            sessions: 1 + dice.below(6) as u32,
            budget,
            gap: (5.0, 0.8),
        };
        let order = dice.pick(&[Order::Random, Order::Sequence { limit: u32::MAX }]);
        cast.honest(Route::Own(member), rhythm, Speech::Work(Work { template, pool, order, follows: 0.0 }));
    }
}
