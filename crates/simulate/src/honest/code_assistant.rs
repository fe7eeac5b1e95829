//! Users of public coding frameworks: one system prompt, many old and unrelated accounts, each its own project.

use std::sync::Arc;

use crate::{
    Class,
    cast::{Cast, Role},
    client::Client,
    dice::Dice,
    identity::Signup,
    rhythm::{Rhythm, Shape, Starts},
    stream::{Route, Speech},
    text::code::Framework,
};

pub(crate) fn enrol(cast: &mut Cast, dice: &mut Dice, accounts: u32, frameworks: &[Arc<Framework>]) {
    for _ in 0..accounts {
        let framework = &frameworks[dice.skewed(frameworks.len())];
        let created = cast.joined(dice);
        let signup = Signup {
            plan: dice.pick(&["pro", "max", "api"]),
            payment: Some(dice.roll()),
            ..Signup::person(dice, created)
        };
        let agents = vec![dice.among(&framework.agents).clone()];
        let client = Client {
            agents,
            moves: cast.adopts(dice),
            max_tokens: Some(8_192),
            reasoning: 0.4,
            ..Client::person(dice)
        };
        let member = cast.join(Role::Honest(Class::CodeAssistant), signup, client);
        let budget = super::volume(dice, 75.0, 0.9, 900);
        projects(cast, member, budget, framework, dice);
    }
}

/// Somebody's own project, worked on in a public framework.
pub(super) fn projects(cast: &mut Cast, member: u32, budget: u32, framework: &Arc<Framework>, dice: &mut Dice) {
    let shape = dice.pick(&[Shape::Office, Shape::Human, Shape::Evening]);
    let rhythm = Rhythm {
        from: cast.start,
        until: cast.end,
        starts: Starts::Spread { shape, zone: dice.between(-8, 10) },
        sessions: budget.div_ceil(8),
        budget,
        gap: (25.0, 1.1),
    };
    cast.honest(Route::Own(member), rhythm, Speech::Code { framework: Arc::clone(framework), project: dice.roll() });
}
