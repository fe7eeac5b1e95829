//! Wrappers around items, generated from a seed: no wording is written down anywhere, and two seeds share none.

use serde::{Deserialize, Serialize};

use crate::{
    dice::{Dice, blend},
    text::frames::{CLOSINGS, FORMATS, LABELS, Purpose, TAGS},
    words::{Choose, ENGLISH, expand},
};

/// Where the instructions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Prefix,
    Suffix,
    Both,
    System,
}

/// A wrapper: what is asked of every item, and how freely it is reworded.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    seed: u64,
    variant: u64,
    purpose: Purpose,
    place: Place,
    paraphrase: u8,
    /// Sentences after the lead.
    details: usize,
    format: bool,
}

/// A prompt as it is sent.
#[derive(Debug, Default)]
pub(crate) struct Wrapped {
    pub(crate) system: Option<String>,
    pub(crate) prompt: String,
}

impl Template {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut dice = Dice::at(seed, 0);
        let place = dice.pick(&[Place::Prefix, Place::Prefix, Place::Suffix, Place::Both]);
        Self { seed, variant: 0, purpose, place, paraphrase: 0, details: 1 + dice.below(3), format: dice.chance(0.6) }
    }

    pub(crate) fn placed(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// 0 verbatim, 1 a synonym here and there, 2 many synonyms and shuffled sentences, 3 another wording each time.
    pub(crate) fn reworded(self, paraphrase: u8) -> Self {
        Self { paraphrase: paraphrase.min(3), ..self }
    }

    /// The same task with other settings of its user: other details, same lead.
    pub(crate) fn variant(&self, variant: u64) -> Self {
        Self { variant, ..self.clone() }
    }

    /// The prompt for an item; `write` appends the item.
    pub(crate) fn wrap(&self, fresh: &mut Dice, write: impl FnOnce(&mut String)) -> Wrapped {
        let place = if self.paraphrase == 3 && self.place != Place::System {
            fresh.pick(&[Place::Prefix, Place::Suffix, Place::Prefix])
        } else {
            self.place
        };
        let mut order = [0, 1, 2];
        if self.paraphrase >= 2 && fresh.chance(0.5) {
            fresh.shuffle(&mut order[..self.details]);
        }
        let dropped = if self.paraphrase >= 2 && fresh.chance(0.3) { fresh.below(self.details) } else { 9 };
        let details = order[..self.details].iter().copied().filter(|&d| d != dropped);
        let mut prompt = String::with_capacity(768);
        if place == Place::System {
            let mut system = String::with_capacity(512);
            self.lead(fresh, &mut system);
            details.for_each(|d| self.detail(d, fresh, &mut system));
            write(&mut prompt);
            return Wrapped { system: Some(system), prompt };
        }
        if place != Place::Suffix {
            self.lead(fresh, &mut prompt);
        }
        if place == Place::Prefix {
            details.clone().for_each(|d| self.detail(d, fresh, &mut prompt));
        }
        if place != Place::Suffix {
            prompt.push_str("\n\n");
        }
        self.label(fresh, &mut prompt);
        write(&mut prompt);
        if place != Place::Prefix {
            prompt.push_str("\n\n");
        }
        if place == Place::Suffix {
            self.lead(fresh, &mut prompt);
        }
        if place != Place::Prefix {
            details.for_each(|d| self.detail(d, fresh, &mut prompt));
        }
        Wrapped { system: None, prompt }
    }

    fn lead(&self, fresh: &mut Dice, out: &mut String) {
        self.sentence(0, self.purpose.leads(), fresh, out);
    }

    fn detail(&self, index: usize, fresh: &mut Dice, out: &mut String) {
        out.push(' ');
        let frames = match index {
            1 if self.format => FORMATS,
            2 if self.format => CLOSINGS,
            _ => self.purpose.details(),
        };
        self.sentence(1 + index as u64 + 8 * self.variant, frames, fresh, out);
    }

    fn label(&self, fresh: &mut Dice, out: &mut String) {
        let labels = if self.paraphrase == 3 && fresh.chance(0.5) { &[""] } else { LABELS };
        self.sentence(7, labels, fresh, out);
    }

    fn sentence(&self, number: u64, frames: &[&str], fresh: &mut Dice, out: &mut String) {
        let mut fixed = Dice::at(self.seed, number + 1);
        let usual = fixed.below(frames.len());
        // Sentences of one purpose differ even where the frames are few.
        let frame = if self.paraphrase == 3 { fresh.below(frames.len()) } else { usual };
        let place = blend(self.seed, blend(number, frame as u64));
        let mut wording =
            Wording { fixed: Dice::at(place, 0), fresh, drift: [0.0, 0.15, 0.5, 1.0][usize::from(self.paraphrase)] };
        let start = out.len();
        expand(frames[frame], &ENGLISH, &mut wording, out);
        self.name_tags(start, out);
    }

    /// Puts the template's own tag name where a frame says `TAG`.
    fn name_tags(&self, start: usize, out: &mut String) {
        while let Some(at) = out[start..].find("TAG") {
            let mut dice = Dice::at(self.seed, 99);
            let mut tag = String::from(dice.pick(TAGS));
            if dice.chance(0.5) {
                tag.push('_');
                tag.push_str(dice.pick(&["out", "log", "full", "draft", "view", "a", "text"]));
            }
            out.replace_range(start + at..start + at + 3, &tag);
        }
    }
}

/// Words stay the template's own; turns of phrase drift with the paraphrase level.
struct Wording<'a> {
    fixed: Dice,
    fresh: &'a mut Dice,
    drift: f64,
}

impl Choose for Wording<'_> {
    fn word(&mut self, of: usize) -> usize {
        self.fixed.below(of)
    }

    fn turn(&mut self, of: usize) -> usize {
        let usual = self.fixed.below(of);
        if self.drift > 0.0 && self.fresh.chance(self.drift) { self.fresh.below(of) } else { usual }
    }
}
