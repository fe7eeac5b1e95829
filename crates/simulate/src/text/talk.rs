//! People talking: a first question, then follow-ups.

use crate::{
    dice::Dice,
    text::item::{ItemKind, ItemPool},
    words::{ENGLISH, LANGUAGES, Language, expand},
};

/// One person's way of talking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Talker {
    language: u8,
    pasted: u64,
}

/// Languages by how many people use them; no rule of the simulation depends on which it is.
const SPOKEN: &[u8] = &[0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8, 9];

impl Talker {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        Self { language: dice.pick(SPOKEN), pasted: dice.roll() }
    }

    /// An English speaker.
    pub(crate) fn plain() -> Self {
        Self { language: 0, pasted: 1 }
    }

    fn language(self) -> &'static Language {
        &LANGUAGES[usize::from(self.language)]
    }

    /// A question that opens a conversation.
    pub(crate) fn ask(self, dice: &mut Dice, out: &mut String) {
        let language = self.language();
        if dice.chance(0.3) {
            out.push_str(dice.pick(language.openers));
        }
        expand(dice.pick(language.asks), &language.words, dice, out);
        if self.language == 0 && dice.chance(0.25) {
            expand(dice.pick(TAILS), &ENGLISH, dice, out);
        }
        if dice.chance(0.12) {
            out.push_str("\n\n");
            let kind = dice.pick(&[ItemKind::Passage, ItemKind::Dialogue, ItemKind::Message]);
            let index = dice.below(1 << 30) as u32;
            ItemPool::new(self.pasted, kind, u32::MAX).write(index, out);
        }
        if dice.chance(0.1) {
            slip(dice, out);
        }
    }

    pub(crate) fn follow_up(self, dice: &mut Dice, out: &mut String) {
        let language = self.language();
        expand(dice.pick(language.follow_ups), &language.words, dice, out);
        if dice.chance(0.35) {
            out.push(' ');
            expand(dice.pick(language.asks), &language.words, dice, out);
        }
    }
}

const TAILS: &[&str] = &[
    ", my {n} is {a} and i only have {j} euros",
    ". It is for {w}, who hates {s}",
    " in {i} bullet points",
    ", thanks",
    ". Keep the {n} out of it",
    " for a {a} {n} in {p}",
];

/// A typing slip: one ASCII letter doubled or lost.
fn slip(dice: &mut Dice, out: &mut String) {
    let at = dice.below(out.len().max(1));
    if out.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic) {
        let letter = out.remove(at);
        if dice.chance(0.5) {
            out.insert(at, letter);
            out.insert(at, letter);
        }
    }
}
