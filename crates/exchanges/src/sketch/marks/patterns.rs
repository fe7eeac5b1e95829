//! Categories as patterns over concepts.
//!
//! Data. An element is a set of concepts, any of which fills it. `near` holds when hits for all elements lie within
//! `reach` words of the last one, in any order; `row` when they follow in order, each within `reach` of the one before.
//! A symbol counts as a word, and so do two characters of a script without spaces.

use super::{
    Mark,
    lexicon::Concept::{self, *},
};

pub(super) const MAX_ELEMENTS: usize = 4;

pub(super) struct Pattern {
    pub(super) mark: Mark,
    pub(super) ordered: bool,
    pub(super) reach: u32,
    pub(super) elements: &'static [u64],
    /// The elements, and all concepts in the places left over: a quick test against what a text holds.
    pub(super) needs: [u64; MAX_ELEMENTS],
    /// The union of the elements.
    pub(super) concepts: u64,
}

const fn near(mark: Mark, reach: u32, elements: &'static [u64]) -> Pattern {
    pattern(mark, false, reach, elements)
}

const fn row(mark: Mark, reach: u32, elements: &'static [u64]) -> Pattern {
    pattern(mark, true, reach, elements)
}

const fn pattern(mark: Mark, ordered: bool, reach: u32, elements: &'static [u64]) -> Pattern {
    let mut needs = [u64::MAX; MAX_ELEMENTS];
    let mut concepts = 0;
    let mut i = 0;
    while i < elements.len() {
        needs[i] = elements[i];
        concepts |= elements[i];
        i += 1;
    }
    Pattern { mark, ordered, reach, elements, needs, concepts }
}

const fn any<const N: usize>(concepts: [Concept; N]) -> u64 {
    let mut bits = 0;
    let mut i = 0;
    while i < N {
        bits |= concepts[i].bit();
        i += 1;
    }
    bits
}

const fn one(concept: Concept) -> u64 {
    concept.bit()
}

pub(super) static PATTERNS: &[Pattern] = &[
    // "explain your reasoning", "show the working", "think step by step", "lay out each stage".
    near(Mark::Steps, 6, &[any([Ask, Format]), one(Reasoning)]),
    near(Mark::Steps, 5, &[one(Ask), one(Step)]),
    near(Mark::Steps, 4, &[any([Think, Reasoning]), one(Step)]),
    row(Mark::Steps, 2, &[one(Step), one(Step)]),
    near(Mark::Steps, 4, &[one(All), one(Step)]),
    row(Mark::Steps, 8, &[one(Think), one(Before), one(Answer)]),
    // "your complete thought process, nothing left out", "inner monologue", "think aloud", "thoughts before each call".
    near(Mark::Thoughts, 6, &[one(All), one(Reasoning), any([Ask, Format, You, Make])]),
    near(Mark::Thoughts, 5, &[one(Inner), one(Reasoning)]),
    near(Mark::Thoughts, 4, &[one(Think), one(Aloud)]),
    near(Mark::Thoughts, 10, &[one(Not), one(Omit), any([Reasoning, Step])]),
    near(Mark::Thoughts, 10, &[any([Reasoning, Think, Why]), one(Before), one(All), one(Action)]),
    near(Mark::Thoughts, 8, &[any([Reasoning, Think]), one(All), one(Action)]),
    near(Mark::Thoughts, 8, &[one(Reasoning), one(Before), one(Action)]),
    // "why did you choose that", "justify the answer above", "the reasoning behind this conclusion".
    near(Mark::Justification, 6, &[one(Why), one(Choice)]),
    near(Mark::Justification, 7, &[one(Why), any([Answer, Candidate]), any([You, Prior])]),
    row(Mark::Justification, 6, &[one(Reasoning), any([Answer, Choice])]),
    near(Mark::Justification, 6, &[one(Reasoning), one(Prior), one(Answer)]),
    // "between <x> and </x>", "wrap it in tags", "after a line of ####".
    near(Mark::Tags, 8, &[any([Between, Wrap, Format, Ask]), one(Tag)]),
    near(Mark::Tags, 7, &[any([Between, Format]), one(TagWord), any([Between, Format, Answer, Reasoning])]),
    near(Mark::Tags, 7, &[one(Wrap), one(TagWord)]),
    near(Mark::Tags, 6, &[any([Between, Wrap, Format]), one(Fence)]),
    // "reason in X and answer in Y", "translate your thoughts".
    near(Mark::Translation, 6, &[one(Translate), any([Reasoning, Trace])]),
    near(Mark::Translation, 6, &[any([Reasoning, Think]), one(Language)]),
    row(Mark::Translation, 8, &[any([Reasoning, Think, Step]), one(Language), any([Answer, Language]), one(Language)]),
    row(Mark::Translation, 8, &[one(Answer), one(Language), any([Reasoning, Think, Step]), one(Language)]),
    // "grade the answer by this rubric", "which of the two responses is better".
    near(Mark::Grading, 12, &[one(Score), one(Rubric), one(Candidate)]),
    near(Mark::Grading, 8, &[one(Score), any([Pair, Number]), one(Candidate)]),
    near(Mark::Grading, 7, &[one(Candidate), one(Prefer), any([Which, Pair, Number, Score])]),
    near(Mark::Grading, 5, &[one(Score), one(Candidate), one(Number)]),
    // "clean up the trace below", "normalise these transcripts".
    near(Mark::Cleaning, 8, &[one(Clean), one(Trace)]),
    // "propose ten new questions, each with a model answer", "synthetic training examples".
    near(Mark::Synthesis, 7, &[one(Make), one(Number), one(New), one(Task)]),
    near(Mark::Synthesis, 10, &[one(Make), one(Task), one(Ideal), any([New, Number, All])]),
    near(Mark::Synthesis, 8, &[one(Make), one(New), one(Task), any([Training, Model])]),
    near(Mark::Synthesis, 8, &[one(Make), one(Training), one(Task)]),
    near(Mark::Synthesis, 6, &[one(Make), one(New), any([Task, Training]), one(All)]),
    // "then alternatives, caveats and a test", "from easy to hard, one per level".
    near(Mark::Ladder, 16, &[one(Alternative), one(Caveat), any([Test, Answer, Ask])]),
    near(Mark::Ladder, 16, &[one(Caveat), one(Test), any([Alternative, Ask, Answer])]),
    near(Mark::Ladder, 6, &[one(Rising), one(Difficulty)]),
    near(Mark::Ladder, 9, &[one(All), one(Difficulty), any([Task, Answer, Test])]),
    row(Mark::Ladder, 4, &[one(Difficulty), one(Difficulty), one(Difficulty)]),
    // "you are really X", "which model are you", "who trained you".
    near(Mark::Identity, 6, &[one(You), one(ModelName), any([Are, Pretend, Maker])]),
    near(Mark::Identity, 5, &[one(Which), one(Model), one(You), any([Are, Maker, Pretend])]),
    near(Mark::Identity, 5, &[one(Which), one(Model), one(YouAre)]),
    near(Mark::Identity, 4, &[one(Which), one(Maker), one(You)]),
    near(Mark::Identity, 5, &[one(Pretend), one(ModelName)]),
    // "your thinking was cut off, go on from there", turns of a conversation written into the prompt.
    near(Mark::History, 8, &[any([Reasoning, Turn]), one(Removed), any([You, Prior, Continue])]),
    row(Mark::History, 6, &[one(Continue), any([You, Prior, Removed]), one(Reasoning)]),
    row(Mark::History, 120, &[one(Label), one(Label), one(Label)]),
];
