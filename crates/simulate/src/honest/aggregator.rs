//! Authorised gateways: a few accounts of one registered reseller carry many unrelated customers, each kept on one
//! account; they move on only when the service is down.

use std::sync::Arc;

use crate::{
    Class,
    cast::{Cast, Policy, Role},
    client::{Access, Client},
    dice::Dice,
    identity::{Signup, aged},
    rhythm::{Rhythm, Shape, Starts},
    stream::{Route, Speech},
    text::{code::Framework, talk::Talker},
};

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32, frameworks: &[Arc<Framework>]) {
    for size in super::sizes(accounts, 4) {
        let key = dice.roll();
        let egress = Access::fixed(dice, 6);
        let channel = format!("reseller:modelmart{}", key % 97);
        let members: Vec<u32> = (0..size)
            .map(|_| {
                let created = aged(dice, cast.start, 60.0, 700.0);
                let signup = Signup { plan: "api", device: None, ..Signup::member_of(dice, created, key) };
                let base = Client::program(dice);
                let client = Client {
                    channel: channel.clone(),
                    access: egress.clone(),
                    strays: 0.6,
                    credentials: 2,
                    pressure: 0.02,
                    ..base
                };
                cast.join(Role::Honest(Class::Aggregator), signup, client)
            })
            .collect();
        let customers = size * 14;
        let pool = cast.pool(members, Policy::Sticky);
        for _ in 0..customers {
            let speech = match dice.below(10) {
                0..6 => Speech::Talk(Talker::new(dice)),
                6..8 => Speech::Code { framework: Arc::clone(dice.among(frameworks)), project: dice.roll() },
                _ => super::small_program(dice),
            };
            let budget = super::volume(dice, 22.0, 1.1, 400);
            let rhythm = Rhythm {
                from: cast.start,
                until: cast.end,
                starts: Starts::Spread { shape: Shape::Human, zone: dice.between(-8, 10) },
                sessions: budget.div_ceil(4),
                budget,
                gap: (50.0, 1.0),
            };
            cast.honest(Route::Pool(pool), rhythm, speech);
        }
    }
}
