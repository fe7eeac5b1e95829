//! Agencies: one declared organisation and payer, an account and a template per client, no list in common.

use crate::{
    Class, ItemKind, Purpose,
    cast::{Cast, Role},
    client::{Access, Client},
    dice::Dice,
    identity::{Signup, aged},
    rhythm::{Rhythm, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{item::ItemPool, template::Template},
};

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32) {
    for size in super::sizes(accounts, 11) {
        let key = dice.roll();
        let office = Access::fixed(dice, 2);
        let zone = dice.between(-8, 10);
        let founded = aged(dice, cast.start, 60.0, 700.0);
        for _ in 0..size {
            let created = founded + (dice.unit() * (cast.start - founded) as f64) as i64;
            let signup = Signup::member_of(dice, created, key);
            let base = if dice.chance(0.5) { Client::person(dice) } else { Client::program(dice) };
            let client =
                Client { access: office.clone(), channel: "direct".to_owned(), moves: cast.adopts(dice), ..base };
            let member = cast.join(Role::Honest(Class::Agency), signup, client);
            let budget = super::volume(dice, 80.0, 0.7, 500);
            let share = (budget * 3 / 4).max(1);
            let rhythm = Rhythm {
                from: cast.start,
                until: cast.end,
                starts: Starts::Spread { shape: Shape::Office, zone },
                sessions: share.div_ceil(4),
                budget: share,
                gap: (60.0, 0.9),
            };
            let template = Template::new(dice.roll(), dice.pick(&[Purpose::Rewrite, Purpose::Reply, Purpose::Summary]));
            let pool = ItemPool::new(
                dice.roll(),
                dice.pick(&[ItemKind::Passage, ItemKind::Message, ItemKind::ApiNeed]),
                4_000,
            );
            cast.honest(
                Route::Own(member),
                rhythm,
                Speech::Work(Work { template, pool, order: Order::Random, follows: 0.2 }),
            );
            super::ordinary::talk(cast, member, budget - share + 1, Shape::Office, dice);
        }
    }
}
