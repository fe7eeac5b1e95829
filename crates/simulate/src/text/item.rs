//! Numbered pools of items: item i of a pool is always the same text, and no pool is ever stored.

use serde::{Deserialize, Serialize};

use crate::{
    dice::{Dice, blend},
    words::{ENGLISH, expand, number},
};

/// What kind of text a pool holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    WordProblem,
    Passage,
    ApiNeed,
    ToolTask,
    Dialogue,
    Snippet,
    Choice,
    Message,
    /// A question with somebody's answer, for graders.
    Answered,
}

/// A finite numbered list of items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemPool {
    pub(crate) id: u64,
    pub(crate) kind: ItemKind,
    pub(crate) size: u32,
}

const OPENING: &[&str] = &[
    "{w} [has|owns|keeps] {j} {a} {s} and {w} [brings|adds|sends] {i} more {s} from {p}.",
    "A {a} {n} in {p} [holds|stores|shelters] {k} {s}, [of which|among them] {j} [are|look|seem] {a}.",
    "Every {n} [costs|takes|is worth] {i} coins, but {w} [pays|offers|gets] {j} for a {a} {n}.",
    "On [Monday|Friday|Sunday] {w} can {v} {j} {s}; [next day|later|by noon] only {i} {s} stay {a}.",
    "The {n} [of|at|behind] {p} [opens|starts|begins] with {k} {s} and {j} {s}.",
    "{w} and {w} {v} {s}, {i} an hour, [while|until|unless] the {a} {n} [runs|sleeps|fails].",
    "[There were|Once stood|Somebody left] {k} {s} [in|near|under] the {n} [before|when|after] {w} [came|tried|began] to {v} {s}.",
    "{i} {s} [weigh|cost|measure] as much as {j} {a} {s} [from|in|near] {p}.",
    "[Between|From] {p} and {p} [lie|stand|wait] {k} {s}, [each|every fifth] {n} {a}.",
    "{w} [splits|shares|deals] {k} {s} [among|over] {j} {a} {s} and a {n}.",
];
const MIDDLE: &[&str] = &[
    "[Later|Then|Soon] {w} [decides|agrees|has] to {v} {i} {s} [for|per|beside] each {n}.",
    "[Half|A third|A fifth] of [the|those] {a} {s} [go|belong|return] to {w} in {p}.",
    "[Then|Suddenly|At dusk] a {n} [breaks|falls|stops] and {j} {s} [are lost|vanish|melt].",
    "[For|With|Per] every {i} {s}, the {n} [needs|loses|gains] one {a} {n}.",
    "{w} must {v} [the rest|everything|what remains] [within|after|before] {j} minutes.",
    "A {a} {n} [from|of|near] {p} [doubles|halves|trebles] [the number|the pile|the weight] of {s}.",
    "[Meanwhile|Also|However], {w} [lends|sells|owes] {w} {i} {a} {s}.",
];
const ASKED: &[&str] = &[
    "How many {s} does {w} [still own|keep|have left]?",
    "[What is|Find|Compute] the [number|share|count] of {a} {s} after {i} [days|rounds|weeks].",
    "How [long|many minutes] does the {n} [take|need] to {v} [all|such|those] {s}?",
    "Find how much {w} [pays|owes|saves] for {s} in {p}.",
    "How many {s} [would|must|should] {w} [need|buy|bring] to {v} {j} {s}?",
    "[By what|At which] [factor|day|price] do the {s} [exceed|match|outlast] the {a} {n}?",
];
const PROSE: &[&str] = &[
    "The {a} {n} of {p} was [built|closed|painted] when {w} [began|learned|refused] to {v} {s}.",
    "Few [people|guests|clerks] in {p} [remember|mention|miss] the {a} {n} that {w} [would|used to] {v}.",
    "In {p}, {s} and {a} {s} [still change hands|are auctioned|gather dust] [beside|under|behind] the {n}.",
    "A {n} [made|woven|cast] of {a} {s} can {v} a {n} in {j} [days|hours|steps].",
    "[Critics|Visitors|Rivals] [called|found|thought] the {n} {a}, yet {w} [kept|hid|sold] {k} {s}.",
    "[Between|From] {p} and {p} the {n} [turns|grows|stays] {a} and {s} [become rare|multiply|disappear].",
    "{w} [wrote|claimed|denied] that a {n} should {v} {s} before any {a} {n}.",
    "When {s} [failed|froze|rose], the {a} {n} of {w} [offered|lost|gained] {i} {s}.",
    "[Records|Letters|Maps] [name|show|omit] {k} {s}, a {a} {n}, and one {n} [owned|drawn|lost] by {w}.",
    "The [oldest|smallest|last] {n} [near|of|outside] {p} [holds|hides|lacks] {a} {s}, {s} and a [single|second|broken] {n}.",
    "[Engineers|Monks|Students] {v} the {n} with {a} {s} [because|although|since] {p} lacks {s}.",
    "{o} [bought|leased|moved] the {a} {n} in {p} for {k} [thousand|crowns|francs] and [sold|burned|kept] its {s}.",
    "[Nobody|Hardly anyone|Only fools] could {v} {s} [without|despite|near] a {a} {n} from {p}.",
    "[Once|Whenever|Unless] the {n} [opens|cools|leaks], {w} and {w} {v} {j} {a} {s}.",
    "{s} [from|of] {p} [differ from|resemble|outlive] {a} {s} [in|by] their {n} and {n}.",
    "[According to|Against|After] {w}, {a} {s} [need|fear|support] neither {n} nor {n}.",
    "[Under|Beyond|Along] the {n}, {s} [sleep|rust|shine]; above, {a} {s} {v} {p}.",
    "{k} {s} [later|earlier], the {n} [became|remained|was] {a} and {w} [left|reached|ruled] {p}.",
];
const NEEDS: &[&str] = &[
    "[Our team|My group|A start-up] in {p} [wants|hopes|has] to {v} {a} {s} from {n} [recordings|scans|logs] and {v} [them|results] per {n}.",
    "I am [building|designing|testing] a {a} {n} that [should|must|could] {v} {s} [whenever|before|until] a {n} [turns|becomes] {a}.",
    "We [need|plan|try] to {v} {k} {s} a [day|week], [detect|flag|count] {a} {s}, and [report|send|show] each {n} to {w}.",
    "A client [asks|pays] for [an app|a service|a script] to {v} [photographs|videos|tables] of {s} and tell {a} {s} from {a} {s}.",
    "Given [audio|images|sketches] of a {n}, [find|isolate|name] {s} and {v} the {a} [parts|frames|notes] for {p} [listeners|viewers].",
    "Our {n} should [answer|route|rank] [questions|tickets|queries] on {s} [using|from] {a} [documents|tables|letters] about {p}.",
    "[Predict|Estimate|Guess] which {n} will be {a} [next week|tomorrow|by June] from {j} [months|years] of {n} and {n} data.",
    "[Turn|Convert|Map] {a} {n} [notes|drawings|speech] into {s} that {w} can {v} [offline|by hand|at night].",
];
const TOOLS: &[&str] = &[
    "[Available|Given|Ready]: {c}(id, {n}), {c}(text), {c}({n}, limit). [Goal|Job|Wish]: {v} the {a} {n} for {w}, then {v} {i} {s} in {p}.",
    "Functions {c}, {c} and {c} [exist|are loaded]. {w} [asks|says]: {v} every {a} {n} [older|newer] than {j} days and {v} the {n}.",
    "Tool list: {c}; {c}; {c}; {c}. [Request|Order]: find {s} near {p} under {k}, {v} the {a} one, tell {w}.",
    "With {c}(city) and {c}(date, {n}), {v} a {a} {n} from {p} to {p} for {i} [people|guests|boxes].",
    "API {o} has {c} and {c}. [The user|A guest] says: please {v} my {n} and {v} {w} if it [is|looks] {a}.",
];
const LINES: &[&str] = &[
    "I [still cannot|never could|will not] {v} the {a} {n}.",
    "[Did|Will|Can] {w} {v} the {s} in {p}?",
    "Only {i} {s} [left|here|work], and the {n} [is|feels|looks] {a}.",
    "We could {v} [it|things] with a {n} from {o}.",
    "My {n} [costs|weighs|shows] {k}, yours [was|is] {a}.",
    "[Then|Well,|So] ask {w} about the {a} {s}.",
    "No, the {n} in {p} [closes|leaves|rings] at {i}.",
    "{w} {w}? [Never heard|Gone|Asleep], like the {n} of {p}.",
    "[Take|Bring|Forget] the {a} {n} and {v} {s} instead.",
];
const MESSAGES: &[&str] = &[
    "The {a} {n} I [ordered|bought] for {w} [arrived|came] {a}, order {k}{j}, can you {v} it?",
    "where is my {n}?? {w} said {i} days",
    "I was [charged|billed] {j} twice for the {a} {n} in {p}",
    "How can I {v} the {n} on my {a} {n}?",
    "please cancel the {s}, the {n} is {a} and {w} is unhappy",
    "do you {v} {s} to {p} on sunday",
    "the app says {n} error {k} when i {v} a {n}",
    "Can {w} use my {n} for the {a} {s} too?",
    "{n} still {a} after {i} calls, who can {v} it",
    "is there a {a} {n} in {p} that {s} can share?",
];
const CODE: &[&str] = &[
    "fn {c}({n}: &str) -> usize {\n",
    "    let {n} = {c}({n}, {j});\n",
    "    for {n} in {c}({k}) {\n        {c}({n});\n",
    "    if {n}.{v}() > {k} { return {c}({i}); }\n",
    "def {c}(self, {n}, {n}=None):\n",
    "    self.{n} = {c}({n})[{i}]\n",
    "const {n} = await {c}({ {n}: {k} });\n",
    "    // {v} the {a} {n} first\n",
];

impl ItemPool {
    /// The pool that this number and kind always give.
    pub(crate) fn new(id: u64, kind: ItemKind, size: u32) -> Self {
        Self { id: blend(id, kind as u64), kind, size: size.max(1) }
    }

    /// Appends item `index`; indices beyond the size start again.
    pub(crate) fn write(&self, index: u32, out: &mut String) {
        let dice = &mut Dice::at(self.id, u64::from(index % self.size));
        match self.kind {
            ItemKind::WordProblem => problem(dice, out),
            ItemKind::Passage => {
                let sentences = 3 + dice.below(4);
                several(PROSE, sentences, " ", dice, out);
            }
            ItemKind::ApiNeed => {
                let sentences = 1 + dice.below(2);
                several(NEEDS, sentences, " ", dice, out);
            }
            ItemKind::ToolTask => several(TOOLS, 1, " ", dice, out),
            ItemKind::Dialogue => dialogue(dice, out),
            ItemKind::Snippet => {
                let lines = 4 + dice.below(6);
                snippet(lines, dice, out);
            }
            ItemKind::Choice => choice(dice, out),
            ItemKind::Message => several(MESSAGES, 1, " ", dice, out),
            ItemKind::Answered => {
                problem(dice, out);
                out.push_str("\n\nAnswer given: ");
                several(PROSE, 2, " ", dice, out);
                out.push_str(" So it is ");
                number(dice.below(500) as u64, out);
                out.push('.');
            }
        }
    }
}

fn several(frames: &[&str], count: usize, between: &str, dice: &mut Dice, out: &mut String) {
    for i in 0..count {
        if i > 0 {
            out.push_str(between);
        }
        expand(dice.pick(frames), &ENGLISH, dice, out);
    }
}

fn problem(dice: &mut Dice, out: &mut String) {
    several(OPENING, 1, " ", dice, out);
    out.push(' ');
    let middle = 1 + dice.below(3);
    several(MIDDLE, middle, " ", dice, out);
    out.push(' ');
    several(ASKED, 1, " ", dice, out);
}

fn dialogue(dice: &mut Dice, out: &mut String) {
    let speakers = [dice.pick(ENGLISH.names), dice.pick(ENGLISH.names)];
    for i in 0..4 + dice.below(4) {
        out.push_str(speakers[i % 2]);
        out.push_str(": ");
        expand(dice.pick(LINES), &ENGLISH, dice, out);
        out.push('\n');
    }
}

fn choice(dice: &mut Dice, out: &mut String) {
    expand(dice.pick(PROSE), &ENGLISH, dice, out);
    out.push(' ');
    expand(dice.pick(ASKED), &ENGLISH, dice, out);
    for letter in ["A", "B", "C", "D"] {
        out.push('\n');
        out.push_str(letter);
        expand(") {a} {n}", &ENGLISH, dice, out);
    }
}

/// Appends lines that look like source code.
pub(crate) fn snippet(lines: usize, dice: &mut Dice, out: &mut String) {
    for _ in 0..lines {
        let line = dice.pick(CODE);
        // The frames hold braces of the language too, so only the slots that are meant are filled.
        code_line(line, dice, out);
    }
}

fn code_line(frame: &str, dice: &mut Dice, out: &mut String) {
    let mut rest = frame;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let bytes = rest.as_bytes();
        if bytes.get(at + 2) == Some(&b'}') && bytes[at + 1].is_ascii_lowercase() {
            expand(&rest[at..at + 3], &ENGLISH, dice, out);
            rest = &rest[at + 3..];
        } else {
            out.push('{');
            rest = &rest[at + 1..];
        }
    }
    out.push_str(rest);
}
