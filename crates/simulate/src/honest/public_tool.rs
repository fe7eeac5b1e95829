//! Users of public prompts and browser extensions: the same template at unrelated people, each with texts of their own.
//!
//! Three kinds: a steady tool whose users come over years, a viral one with many new users within days, and an
//! extension whose wording depends on its user's settings.

use crate::{
    Class, ItemKind, Purpose,
    cast::{Cast, Role},
    client::Client,
    dice::Dice,
    identity::{Signup, wave},
    rhythm::{HOUR, Rhythm, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{item::ItemPool, template::Template},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Steady,
    Viral,
    Extension,
}

const PURPOSES: &[Purpose] = &[
    Purpose::Summary,
    Purpose::Rewrite,
    Purpose::Translation,
    Purpose::Tutor,
    Purpose::Extraction,
    Purpose::Reasoning,
    Purpose::Knowledge,
];

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32) {
    let kinds = [Kind::Steady, Kind::Viral, Kind::Extension];
    for (size, kind) in super::sizes(accounts, 20).into_iter().zip(kinds.into_iter().cycle()) {
        let template = Template::new(dice.roll(), dice.pick(PURPOSES));
        let items = dice.pick(&[
            ItemKind::Passage,
            ItemKind::Message,
            ItemKind::Dialogue,
            ItemKind::Snippet,
            ItemKind::WordProblem,
        ]);
        // The day on which it became known.
        let known = cast.moment(dice.range(0.1, 0.6));
        for _ in 0..size {
            user(cast, dice, kind, &template, items, known);
        }
    }
}

fn user(cast: &mut Cast, dice: &mut Dice, kind: Kind, template: &Template, items: ItemKind, known: i64) {
    let created = match kind {
        Kind::Viral if dice.chance(0.6) => wave(dice, known, 72.0),
        _ => cast.joined(dice),
    };
    let signup = Signup::person(dice, created);
    let client = Client { moves: cast.adopts(dice), ..Client::person(dice) };
    let member = cast.join(Role::Honest(Class::PublicTool), signup, client);
    let template = match kind {
        Kind::Extension => template.variant(1 + dice.skewed(5) as u64),
        Kind::Steady | Kind::Viral => template.clone(),
    };
    let from = match kind {
        Kind::Viral => wave(dice, known.max(created), 60.0),
        // Some learn of it late.
        _ if dice.chance(0.25) => cast.moment(dice.range(0.0, 0.8)),
        _ => cast.start,
    };
    let uses = super::volume(dice, 30.0, 1.1, 500);
    let rhythm = Rhythm {
        from: from.max(created + HOUR),
        until: cast.end,
        starts: Starts::Spread { shape: Shape::Human, zone: dice.between(-8, 10) },
        sessions: uses.div_ceil(3),
        budget: uses,
        gap: (80.0, 1.0),
    };
    let pool = ItemPool::new(dice.roll(), items, 1 << 20);
    cast.honest(Route::Own(member), rhythm, Speech::Work(Work { template, pool, order: Order::Random, follows: 0.1 }));
    let talk = super::volume(dice, 14.0, 1.1, 300);
    super::ordinary::talk(cast, member, talk, Shape::Human, dice);
}
