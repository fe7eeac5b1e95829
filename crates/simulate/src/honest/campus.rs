//! Universities: one address for many, sign-up within days, the same assignment, separate payers.

use crate::{
    Class, ItemKind, Purpose,
    cast::{Cast, Role},
    client::{Access, Client, server},
    dice::Dice,
    identity::{Mail, Signup, own_domain, wave},
    rhythm::{DAY, Rhythm, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{item::ItemPool, template::Template},
};

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32) {
    for size in super::sizes(accounts, 90) {
        let key = dice.roll();
        let gate = server(dice.roll());
        let zone = dice.between(-8, 10);
        let term = cast.moment(dice.range(-0.2, 0.3));
        let due = cast.moment(dice.range(0.5, 0.9));
        let template =
            Template::new(dice.roll(), dice.pick(&[Purpose::Tutor, Purpose::Knowledge, Purpose::Summary])).reworded(1);
        let sheet =
            ItemPool::new(dice.roll(), dice.pick(&[ItemKind::WordProblem, ItemKind::Snippet, ItemKind::Passage]), 12);
        for _ in 0..size {
            let created = if dice.chance(0.6) { wave(dice, term, 50.0) } else { cast.joined(dice) };
            let domain = if dice.chance(0.5) { own_domain(key) } else { Mail::Public.domain(0, dice) };
            let address = if dice.chance(0.6) { gate } else { Signup::person(dice, created).address };
            let signup = Signup { mail: domain, address, ..Signup::person(dice, created) };
            let home = Client::person(dice);
            let client = if dice.chance(0.75) { Client { access: Access::Fixed(vec![gate]), ..home } } else { home };
            let member = cast.join(Role::Honest(Class::CampusNat), signup, client);
            let budget = super::volume(dice, 17.0, 0.9, 300);
            super::ordinary::talk(cast, member, budget, Shape::Evening, dice);
            if dice.chance(0.7) {
                let tasks = 2 + dice.below(9) as u32;
                let rhythm = Rhythm {
                    from: due - 4 * DAY,
                    until: due,
                    starts: Starts::Spread { shape: Shape::Evening, zone },
                    sessions: tasks.div_ceil(4),
                    budget: tasks,
                    gap: (120.0, 0.8),
                };
                // Most paste the task as it is; some use the sentence that the course page suggests.
                let order = Order::Random;
                let follows = 0.3;
                cast.honest(
                    Route::Own(member),
                    rhythm,
                    Speech::Work(Work { template: template.clone(), pool: sheet, order, follows }),
                );
            }
        }
    }
}
