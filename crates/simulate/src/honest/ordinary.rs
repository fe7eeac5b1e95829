//! Ordinary people: many topics and languages, follow-ups, a night's rest; some families share a card and a home.

use std::sync::Arc;

use crate::{
    Class,
    cast::{Cast, Role},
    client::{Access, Client, household},
    dice::Dice,
    identity::{Signup, wave},
    rhythm::{Rhythm, Shape, Starts},
    stream::{Route, Speech},
    text::{code::Framework, talk::Talker},
};

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32, frameworks: &[Arc<Framework>]) {
    // A mention on television: many sign up within hours.
    let mention = cast.moment(dice.range(-0.3, 0.8));
    let mut family: Option<(u32, u64, u64)> = None;
    for _ in 0..accounts {
        let created = if dice.chance(0.06) { wave(dice, mention, 30.0) } else { cast.joined(dice) };
        let mut signup = Signup::person(dice, created);
        let mut client = Client::person(dice);
        client.moves = cast.adopts(dice);
        family = match family {
            Some((left, card, home)) if left > 0 => {
                signup.payment = Some(card);
                signup.plan = "pro";
                signup.address = household(home);
                client.access = Access::Home { key: home };
                Some((left - 1, card, home))
            }
            _ if dice.chance(0.03) => Some((1 + dice.below(3) as u32, dice.roll(), dice.roll())),
            _ => None,
        };
        let member = cast.join(Role::Honest(Class::Ordinary), signup, client);
        let budget = super::volume(dice, 29.0, 1.25, 900);
        talk(cast, member, budget, Shape::Human, dice);
        // Some program in their free time.
        if dice.chance(0.12) {
            super::code_assistant::projects(cast, member, budget / 2 + 3, dice.among(frameworks), dice);
        }
    }
}

/// Conversations of one person over the whole period.
pub(super) fn talk(cast: &mut Cast, member: u32, budget: u32, shape: Shape, dice: &mut Dice) {
    let rhythm = Rhythm {
        from: cast.start,
        until: cast.end,
        starts: Starts::Spread { shape, zone: dice.between(-8, 10) },
        sessions: budget.div_ceil(1 + dice.below(5) as u32),
        budget,
        gap: (70.0, 1.0),
    };
    cast.honest(Route::Own(member), rhythm, Speech::Talk(Talker::new(dice)));
}
