//! Users of a public coding framework: one long public system prompt, and everybody's own project.

use std::sync::Arc;

use crate::{
    dice::Dice,
    text::item::snippet,
    words::{ENGLISH, expand},
};

/// A coding framework that anybody may install.
#[derive(Debug)]
pub(crate) struct Framework {
    system: String,
    pub(crate) agents: Vec<String>,
    pub(crate) tools: u32,
}

const SYSTEM: &[&str] = &[
    "You are {o}, [an open|a free|a community-made] [coding agent|command-line helper|programming companion] [that works|working] [inside|within] a person's [repository|checkout].",
    "[Read|Look at] the {n} before you {v} [anything|a file], and [say|state] what [changed|you did] in [at most|no more than] {i} [sentences|lines].",
    "[Never|Do not] {v} [secrets|keys] or {v} files outside the [folder|workspace] that holds the {n}.",
    "[Prefer|Use] small [edits|patches]; [run|start] the [tests|checks] after each {n} [change|edit] and [stop|pause] when they [fail|turn red].",
    "[Tools|Commands] are called as {c}, {c} and {c}; [wait|hold] for a [result|reply] before the next {n}.",
    "If the [request|task] is [unclear|vague], [ask|put] one [question|query] about the {a} {n}, then {v}.",
];

const ASKS: &[&str] = &[
    "fix the failing test in src/{c}.rs",
    "add a {a} {n} option to {c} and update the docs",
    "why does {c} return {k} when the {n} is {a}",
    "refactor {c} so it does not {v} the {n} twice",
    "write tests for {c}, {i} cases, one with an empty {n}",
    "bump the {n} dependency and {v} what breaks in lib/{c}.ts",
    "it compiles but {c} gives the wrong {n} for {j}",
    "rename {c} to {c} everywhere",
    "explain what {c} does with the {a} {n}",
    "ci is red because of {c} on the {n} branch",
];
const NEXT: &[&str] = &[
    "ok, run the tests again",
    "yes, go on",
    "no, keep the {n} as it was",
    "[tool result: {c} lib/{c}.py]",
    "now the same for {c}",
    "[tool result: tests] {i} failed: {c}",
    "commit that",
    "undo the last {n} edit",
    "use {o} instead",
];

impl Framework {
    pub(crate) fn new(dice: &mut Dice) -> Arc<Self> {
        let mut system = String::new();
        for frame in SYSTEM {
            expand(frame, &ENGLISH, dice, &mut system);
            system.push('\n');
        }
        let mut name = String::new();
        expand("{o}", &ENGLISH, dice, &mut name);
        let name = name.to_ascii_lowercase();
        let agents = (0..3).map(|i| format!("{name}-cli/1.{}.{}", i + dice.below(3), dice.below(30))).collect();
        Arc::new(Self { system, agents, tools: 3 + dice.below(16) as u32 })
    }

    /// The system prompt with the lines that differ from one machine to the next.
    pub(crate) fn system(&self, project: u64, out: &mut String) {
        out.push_str(&self.system);
        expand("Folder: /work/{n}-{n}\n", &ENGLISH, &mut Dice::at(project, 1), out);
    }
}

pub(crate) fn ask(dice: &mut Dice, out: &mut String) {
    expand(dice.pick(ASKS), &ENGLISH, dice, out);
    if dice.chance(0.25) {
        paste(dice, out);
    }
}

pub(crate) fn go_on(dice: &mut Dice, out: &mut String) {
    let frame = dice.pick(NEXT);
    // A bracket at the front is the text of a tool's result, not a turn of phrase.
    if let Some(result) = frame.strip_prefix('[') {
        out.push('[');
        expand(result, &ENGLISH, dice, out);
        paste(dice, out);
    } else {
        expand(frame, &ENGLISH, dice, out);
    }
}

fn paste(dice: &mut Dice, out: &mut String) {
    out.push_str("\n```\n");
    let lines = 2 + dice.below(8);
    snippet(lines, dice, out);
    out.push_str("```");
}
