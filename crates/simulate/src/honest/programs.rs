//! Programs of one owner each: a table of what they do, how much, when and for whom.

use crate::{
    Class, ItemKind, Place, Purpose,
    cast::{Cast, Role},
    client::{Access, Client},
    dice::Dice,
    identity::{Signup, aged},
    rhythm::{DAY, HOUR, MINUTE, Rhythm, Shape, Starts},
    stream::{Order, Route, Speech, Work},
    text::{item::ItemPool, template::Template},
};

/// When a program runs.
enum Runs {
    /// As its users come, in this rhythm.
    Users(Shape),
    /// Once a day, the same items from the first on.
    Nightly,
    /// A few long runs.
    Batches(u32),
}

/// One row of the table.
struct Program {
    purposes: &'static [Purpose],
    items: &'static [ItemKind],
    /// Sizes of the list of items, drawn on a logarithmic scale.
    list: (f64, f64),
    order: Order,
    place: Option<Place>,
    follows: f32,
    /// Median and spread of the number of requests.
    volume: (f64, f64),
    runs: Runs,
    organization: bool,
    /// Starts during the period, at full use from the first hour.
    ramps: bool,
}

fn program(class: Class) -> Program {
    use ItemKind as I;
    use Purpose as P;
    let app = Program {
        purposes: &[
            P::Summary,
            P::Extraction,
            P::Labels,
            P::Rewrite,
            P::Tutor,
            P::Knowledge,
            P::Translation,
            P::Reasoning,
        ],
        items: &[I::Passage, I::Message, I::Dialogue, I::Snippet, I::ApiNeed],
        list: (200.0, 1e6),
        order: Order::Random,
        place: None,
        follows: 0.05,
        volume: (99.0, 0.8),
        runs: Runs::Users(Shape::Human),
        organization: false,
        ramps: false,
    };
    match class {
        Class::Chatbot => Program {
            purposes: &[P::Reply],
            items: &[I::Message],
            list: (60.0, 600.0),
            order: Order::Skewed,
            place: Some(Place::System),
            follows: 0.45,
            volume: (320.0, 0.6),
            runs: Runs::Users(Shape::Office),
            organization: true,
            ..app
        },
        Class::BatchCi => Program {
            purposes: &[P::Labels, P::Extraction, P::Judge, P::Summary],
            list: (12.0, 70.0),
            order: Order::Sequence { limit: u32::MAX },
            follows: 0.0,
            volume: (320.0, 0.7),
            runs: Runs::Nightly,
            ..app
        },
        Class::EnterpriseRamp => Program {
            list: (1e3, 1e6),
            volume: (330.0, 0.6),
            runs: Runs::Users(Shape::Office),
            organization: true,
            ramps: true,
            ..app
        },
        Class::DatasetTranslator => Program {
            purposes: &[P::Translation],
            items: &[I::Passage, I::WordProblem, I::Dialogue],
            list: (2e3, 2e4),
            order: Order::Sequence { limit: u32::MAX },
            follows: 0.0,
            volume: (330.0, 0.6),
            runs: Runs::Batches(5),
            ..app
        },
        Class::AuthorisedSynth => Program {
            purposes: &[P::Synthesis],
            items: &[I::Passage, I::Dialogue, I::ApiNeed],
            list: (1e4, 1e6),
            follows: 0.0,
            volume: (340.0, 0.4),
            runs: Runs::Batches(6),
            organization: true,
            ..app
        },
        Class::AuditReasoning => Program {
            purposes: &[P::Audit],
            items: &[I::Message, I::Passage],
            list: (1e3, 1e5),
            follows: 0.0,
            volume: (260.0, 0.7),
            runs: Runs::Users(Shape::Office),
            organization: true,
            ..app
        },
        _ => app,
    }
}

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, class: Class, accounts: u32) {
    let row = program(class);
    for _ in 0..accounts {
        let (created, from) = if row.ramps {
            let at = cast.moment(dice.range(0.05, 0.6));
            (at - HOUR, at)
        } else if class == Class::SmallApp {
            (cast.joined(dice), cast.start)
        } else {
            (aged(dice, cast.start, 5.0, 720.0), cast.start)
        };
        let signup = if row.organization {
            let key = dice.roll();
            Signup { device: None, ..Signup::member_of(dice, created, key) }
        } else {
            Signup::business(dice, created)
        };
        let mut client = Client::program(dice);
        client.moves = cast.adopts(dice);
        if matches!(row.runs, Runs::Nightly) && dice.chance(0.6) {
            client.access = Access::Runners { key: dice.roll(), machines: 3 + dice.below(40) as u32 };
        }
        let member = cast.join(Role::Honest(class), signup, client);
        let budget = super::volume(dice, row.volume.0, row.volume.1, 1_200);
        let rhythm = rhythm(cast, &row, budget, from, dice);
        let speech = speech(&row, budget, dice);
        cast.honest(Route::Own(member), rhythm, speech);
    }
}

fn rhythm(cast: &Cast, row: &Program, budget: u32, from: i64, dice: &mut Dice) -> Rhythm {
    let (starts, sessions, gap) = match row.runs {
        Runs::Users(shape) => (Starts::Spread { shape, zone: dice.between(-8, 10) }, budget.div_ceil(3), (40.0, 1.0)),
        Runs::Nightly => {
            let days = ((cast.end - from) / DAY) as u32;
            (Starts::Daily { at: dice.between(0, DAY - HOUR), wobble: 3 * MINUTE }, days, (3.0, 0.4))
        }
        Runs::Batches(most) => (
            Starts::Spread { shape: Shape::Office, zone: dice.between(-8, 10) },
            1 + dice.below(most as usize) as u32,
            (6.0, 0.6),
        ),
    };
    Rhythm { from, until: cast.end, starts, sessions, budget, gap }
}

fn speech(row: &Program, budget: u32, dice: &mut Dice) -> Speech {
    let mut template = Template::new(dice.roll(), dice.pick(row.purposes));
    if let Some(place) = row.place {
        template = template.placed(place);
    } else if dice.chance(0.35) {
        template = template.placed(Place::System);
    }
    // A nightly run goes through about one list a night.
    let size = match row.runs {
        Runs::Nightly => (f64::from(budget) / 14.0).clamp(row.list.0, row.list.1 * 4.0),
        _ => row.list.0 * (row.list.1 / row.list.0).powf(dice.unit()),
    };
    let pool = ItemPool::new(dice.roll(), dice.pick(row.items), size as u32);
    Speech::Work(Work { template, pool, order: row.order, follows: row.follows })
}

/// What a small program of its own says, for customers of gateways and relays.
pub(crate) fn small_program(dice: &mut Dice) -> Speech {
    speech(&program(Class::SmallApp), 0, dice)
}
