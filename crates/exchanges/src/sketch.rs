//! A prompt's structure as keyed hashes: enough to compare prompts, not to read them.
//!
//! Every stored value is SipHash-1-3 under a key of its own column, derived from the deployment's [`Secret`].
//! `docs/privacy.md` says what each column could reveal, and to whom.

mod exemplar;
mod marks;
mod minhash;
mod normalise;
mod render;
mod secret;
mod shape;
mod skeleton;
mod tokens;

pub use exemplar::{Exemplar, ExemplarLimits, ExemplarTable, LimitError, MAX_STATE_BYTES, Part, StateError};
pub use marks::{Mark, Marks};
pub use normalise::WINDOW_BYTES;
pub(crate) use secret::ColumnHash;
pub use secret::{Secret, SecretError};
pub use shape::{Form, Shape};

use crate::Exchange;
use marks::Marker;
use normalise::Normal;
use render::render;
use secret::Mixer;
use skeleton::Masks;
use tokens::{Token, tokenise};

/// The sketch of one exchange. A hash is absent where there is too little text for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sketch {
    /// The whole skeleton of the system prompt.
    pub system_key: Option<u64>,
    /// Its first 16 tokens; absent where it has fewer.
    pub system_prefix: Option<u64>,
    /// The first 4, 8 and 16 tokens of the prompt's skeleton; absent where it has not two more than that.
    pub prefix: [Option<u64>; 3],
    /// The last 4, 8 and 16 tokens, likewise.
    pub suffix: [Option<u64>; 3],
    /// MinHash bands over the skeleton's 4-token shingles, two bins a band; absent under eight tokens.
    pub bands: Option<[u64; 4]>,
    /// MinHash bins over the 3-token shingles of the middle, unmasked; absent under three tokens.
    pub items: Option<[u64; 4]>,
    /// The whole normalised prompt; absent where it is blank.
    pub prompt_key: Option<u64>,
    /// What the system prompt or the prompt asks for.
    pub marks: Marks,
    pub shape: Shape,
    /// Characters of the prompt as it was sent.
    pub prompt_chars: u32,
    /// Tokens of the prompt's skeleton; 65,535 stands for more.
    pub prompt_tokens: u16,
}

/// The lengths of prefixes and suffixes, in tokens.
pub const LENGTHS: [usize; 3] = [4, 8, 16];
/// Tokens of the system prompt's prefix.
const SYSTEM_PREFIX: usize = 16;
/// A prefix or suffix is kept only of skeletons that have this many tokens beside it.
const BESIDE: usize = 2;

#[derive(Clone)]
struct Columns {
    system_key: ColumnHash,
    system_prefix: ColumnHash,
    prefix: [ColumnHash; 3],
    suffix: [ColumnHash; 3],
    bands: [ColumnHash; 4],
    items: [ColumnHash; 4],
    prompt_key: ColumnHash,
}

impl Columns {
    fn new(secret: &Secret) -> Self {
        let column = |name: &str| ColumnHash::new(secret, name);
        Self {
            system_key: column("system_key"),
            system_prefix: column("system_prefix"),
            prefix: LENGTHS.map(|n| column(&format!("prefix_{n}"))),
            suffix: LENGTHS.map(|n| column(&format!("suffix_{n}"))),
            bands: std::array::from_fn(|i| column(&format!("band_{i}"))),
            items: std::array::from_fn(|i| column(&format!("item_{i}"))),
            prompt_key: column("prompt_key"),
        }
    }
}

/// What is known of a system prompt.
#[derive(Clone, Copy, Default)]
struct SystemSketch {
    key: Option<u64>,
    prefix: Option<u64>,
    marks: Marks,
}

/// System prompts repeat, so the last ones are remembered by the keyed hash of their text.
const SYSTEM_SLOTS: usize = 256;

/// Makes sketches under one secret; holds scratch space, so each thread clones its own.
#[derive(Clone)]
pub struct Sketcher {
    mixer: Mixer,
    masks: Masks,
    marker: Marker,
    columns: Columns,
    normal: Normal,
    tokens: Vec<Token>,
    skeleton: Vec<Token>,
    systems: Vec<(u64, SystemSketch)>,
    system_text: ColumnHash,
}

impl Sketcher {
    pub fn new(secret: &Secret) -> Self {
        let mixer = Mixer::new(secret);
        Self {
            masks: Masks::new(&mixer),
            marker: Marker::new(&mixer),
            columns: Columns::new(secret),
            normal: Normal::default(),
            tokens: Vec::new(),
            skeleton: Vec::new(),
            systems: vec![(0, SystemSketch::default()); SYSTEM_SLOTS],
            system_text: ColumnHash::new(secret, "system_text"),
            mixer,
        }
    }

    /// The sketch of an exchange; it depends on nothing but the secret and the texts.
    pub fn sketch(&mut self, exchange: &Exchange) -> Sketch {
        let system = exchange.system.as_ref().map(|text| self.system(text.as_str())).unwrap_or_default();
        let prompt = exchange.prompt.as_ref().map(|text| self.prompt(text.as_str())).unwrap_or_default();
        Sketch {
            system_key: system.key,
            system_prefix: system.prefix,
            marks: prompt.marks.union(system.marks),
            ..prompt
        }
    }

    /// The text of one hashed part of an exchange, when an [`ExemplarTable`] says that it is due.
    ///
    /// Never holds text from outside the part; `None` where the exchange has no such part.
    pub fn exemplar(&mut self, exchange: &Exchange, part: Part) -> Option<Exemplar> {
        let key = part.key(&self.sketch(exchange))?;
        let text = match part {
            Part::SystemKey | Part::SystemPrefix => &exchange.system,
            _ => &exchange.prompt,
        };
        self.read(text.as_ref()?.as_str());
        let all = self.skeleton.as_slice();
        let first = |n: usize| all.get(..n);
        let last = |n: usize| all.len().checked_sub(n).map(|from| &all[from..]);
        let tokens = match part {
            Part::SystemKey => all,
            Part::SystemPrefix => first(SYSTEM_PREFIX)?,
            Part::Prefix4 => first(LENGTHS[0])?,
            Part::Prefix8 => first(LENGTHS[1])?,
            Part::Prefix16 => first(LENGTHS[2])?,
            Part::Suffix4 => last(LENGTHS[0])?,
            Part::Suffix8 => last(LENGTHS[1])?,
            Part::Suffix16 => last(LENGTHS[2])?,
        };
        Some(Exemplar { part, key, text: render(tokens, &self.normal) })
    }

    fn read(&mut self, text: &str) {
        self.normal.set(text);
        tokenise(&self.normal, &self.mixer, &mut self.tokens);
        self.masks.skeleton(&self.normal, &self.tokens, &mut self.skeleton);
    }

    fn system(&mut self, text: &str) -> SystemSketch {
        let hash = self.system_text.bytes(text.as_bytes());
        let slot = hash as usize % SYSTEM_SLOTS;
        if self.systems[slot].0 != hash {
            self.read(text);
            let some = !self.skeleton.is_empty();
            let sketch = SystemSketch {
                key: some.then(|| self.columns.system_key.words(hashes(&self.skeleton))),
                prefix: self.skeleton.get(..SYSTEM_PREFIX).map(|t| self.columns.system_prefix.words(hashes(t))),
                marks: self.marker.marks(&self.skeleton, &self.mixer),
            };
            self.systems[slot] = (hash, sketch);
        }
        self.systems[slot].1
    }

    fn prompt(&mut self, text: &str) -> Sketch {
        self.read(text);
        let Self { mixer, marker, columns, normal, tokens, skeleton, .. } = self;
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        let part = |i: usize, tokens: Option<&[Token]>, columns: &[ColumnHash; 3]| {
            tokens.filter(|_| skeleton.len() >= LENGTHS[i] + BESIDE).map(|t| columns[i].words(hashes(t)))
        };
        let bins = minhash::skeleton_bins(skeleton, mixer);
        let items = minhash::middle_bins(tokens, mixer);
        Sketch {
            system_key: None,
            system_prefix: None,
            prefix: std::array::from_fn(|i| part(i, skeleton.get(..LENGTHS[i]), &columns.prefix)),
            suffix: std::array::from_fn(|i| {
                let from = skeleton.len().checked_sub(LENGTHS[i]);
                part(i, from.map(|from| &skeleton[from..]), &columns.suffix)
            }),
            bands: bins.map(|bins| std::array::from_fn(|i| columns.bands[i].words([bins[2 * i], bins[2 * i + 1]]))),
            items: items.map(|bins| std::array::from_fn(|i| columns.items[i].words([bins[i]]))),
            prompt_key: (!tokens.is_empty()).then(|| columns.prompt_key.bytes(normal.bytes())),
            marks: marker.marks(skeleton, mixer),
            shape: shape::shape(text, chars, normal, skeleton),
            prompt_chars: u32::try_from(chars).unwrap_or(u32::MAX),
            prompt_tokens: u16::try_from(skeleton.len()).unwrap_or(u16::MAX),
        }
    }
}

fn hashes(tokens: &[Token]) -> impl Iterator<Item = u64> {
    tokens.iter().map(|t| t.hash)
}
