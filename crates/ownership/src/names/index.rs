//! Where to look for a name among many: an inverted index over what the tokens of names sound like and say.
//!
//! A search reads the rarest keys of the query first, a bounded number of postings in all, ranks the names it met by the weight of what met, and
//! scores the best of them in full. Names are kept as text and read again when they are scored; that is cheaper than keeping their tokens.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::{
    explain::Match,
    han, latin,
    parsed::{Bearer, Parsed},
    score::{score, score_only},
    tables::TABLES,
    text::{NameError, Script},
    token::{Role, Token},
};

/// Postings that one search reads at most.
const READ_LIMIT: usize = 80_000;

/// A key with more names than this is read only as far as this.
const POSTING_LIMIT: usize = 24_000;

/// Names that are scored in full for one search, at least.
const SCORED: usize = 64;

/// Names of entities, to be searched.
#[derive(Debug, Default)]
pub struct Index {
    names: Names,
    /// Keys in order, with where their postings begin.
    keys: Vec<u64>,
    starts: Vec<u32>,
    postings: Vec<u32>,
    /// Words with one letter left out, in order, and the place of the word's key.
    slips: Vec<(u32, u32)>,
    /// What came after the index was built.
    later: FxHashMap<u64, Vec<u32>>,
    removed: FxHashSet<u32>,
}

#[derive(Debug, Default)]
struct Names {
    text: String,
    ends: Vec<u32>,
    entities: Vec<u32>,
    bearers: Vec<Bearer>,
    weights: Vec<f32>,
}

/// An entity that a search found, under the name that scored best.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The number under which the entity was given to the index.
    pub entity: u32,
    pub name: String,
    pub found: Match,
}

/// Memory that searches use over and over; one for each thread that searches.
#[derive(Debug, Default)]
pub struct Scratch {
    met: Vec<f32>,
    touched: Vec<u32>,
}

impl Index {
    /// Indexes names; a name that cannot be read is left out, and how many were is told.
    pub fn build<'a>(names: impl IntoIterator<Item = (u32, &'a str, Bearer)>) -> (Self, usize) {
        let mut index = Self::default();
        let mut left_out = 0;
        let mut pairs: Vec<(u64, u32)> = Vec::new();
        let mut words: FxHashMap<u64, Box<str>> = FxHashMap::default();
        let mut keys = Vec::new();
        for (entity, text, bearer) in names {
            let fits = index.names.text.len() + text.len() <= u32::MAX as usize;
            let Ok(Ok(parsed)) = fits.then(|| Parsed::new(text, bearer)).ok_or(()) else {
                left_out += 1;
                continue;
            };
            let id = index.names.push(entity, text, &parsed);
            keys.clear();
            keys_of(&parsed, &mut keys);
            pairs.extend(keys.iter().map(|key| (key.hash, id)));
            for token in own(&parsed).filter(|token| (5..=14).contains(&token.folded.len()) && token.folded.is_ascii())
            {
                words.entry(key('f', &token.folded)).or_insert_with(|| token.folded.as_str().into());
            }
        }
        index.fill(pairs);
        index.fill_slips(&words);
        (index, left_out)
    }

    fn fill(&mut self, mut pairs: Vec<(u64, u32)>) {
        pairs.sort_unstable();
        pairs.dedup();
        self.postings.reserve_exact(pairs.len());
        for (key, id) in pairs {
            if self.keys.last() != Some(&key) {
                self.keys.push(key);
                self.starts.push(self.postings.len() as u32);
            }
            self.postings.push(id);
        }
        self.starts.push(self.postings.len() as u32);
    }

    fn fill_slips(&mut self, words: &FxHashMap<u64, Box<str>>) {
        for (hash, word) in words {
            if let Ok(place) = self.keys.binary_search(hash) {
                self.slips.extend(without_a_letter(word).map(|slip| (slip, place as u32)));
            }
        }
        self.slips.sort_unstable();
        self.slips.dedup();
    }

    /// Adds an entity's names to an index that is built; a search for them does not forgive slips of spelling until the index is built anew.
    pub fn add(&mut self, entity: u32, text: &str, bearer: Bearer) -> Result<(), NameError> {
        let parsed = Parsed::new(text, bearer)?;
        self.removed.remove(&entity);
        let id = self.names.push(entity, text, &parsed);
        let mut keys = Vec::new();
        keys_of(&parsed, &mut keys);
        for key in keys {
            self.later.entry(key.hash).or_default().push(id);
        }
        Ok(())
    }

    /// Leaves an entity out of every search from now on.
    pub fn remove(&mut self, entity: u32) {
        self.removed.insert(entity);
    }

    /// How many names it holds, those of removed entities included.
    pub fn len(&self) -> usize {
        self.names.entities.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that the index holds, in bytes.
    pub fn bytes(&self) -> usize {
        let names = self.names.text.capacity() + self.len() * (4 + 4 + 1 + 4);
        names
            + self.keys.capacity() * 8
            + self.starts.capacity() * 4
            + self.postings.capacity() * 4
            + self.slips.capacity() * 8
    }

    /// The entities whose names are most like the query, best first, at most `limit`.
    pub fn search(
        &self,
        query: &str,
        bearer: Bearer,
        limit: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<Candidate>, NameError> {
        let mut parsed = Parsed::new(query, bearer)?;
        self.weigh(&mut parsed);
        let shortlist = self.shortlist(&parsed, SCORED.max(limit * 4), scratch);
        let mut best: FxHashMap<u32, (f32, u32)> = FxHashMap::default();
        for id in shortlist {
            let (entity, text, bearer) = self.names.get(id);
            if (bearer == Bearer::Person) != (parsed.bearer == Bearer::Person) || self.removed.contains(&entity) {
                continue;
            }
            let Ok(mut candidate) = Parsed::new(text, bearer) else { continue };
            self.weigh(&mut candidate);
            let found = score_only(&parsed, &candidate);
            let entry = best.entry(entity).or_insert((found, id));
            if found > entry.0 {
                *entry = (found, id);
            }
        }
        let mut ranked: Vec<(u32, (f32, u32))> = best.into_iter().collect();
        ranked.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.0.cmp(&b.0)));
        ranked.truncate(limit);
        let candidate = |(entity, (_, id)): (u32, (f32, u32))| {
            let (_, text, bearer) = self.names.get(id);
            let mut candidate = Parsed::new(text, bearer).ok()?;
            self.weigh(&mut candidate);
            Some(Candidate { entity, name: text.to_owned(), found: score(&parsed, &candidate) })
        };
        Ok(ranked.into_iter().filter_map(candidate).collect())
    }

    /// The names that meet most of the query by weight, from a bounded number of postings.
    fn shortlist(&self, query: &Parsed, size: usize, scratch: &mut Scratch) -> Vec<u32> {
        let mut keys = Vec::new();
        keys_of(query, &mut keys);
        self.slipped(query, &mut keys);
        let mut lists: Vec<(f32, [&[u32]; 2])> = keys.iter().map(|key| (key.weight, self.postings(key.hash))).collect();
        lists.retain(|(_, [base, later])| !base.is_empty() || !later.is_empty());
        lists.sort_by_key(|(_, [base, later])| base.len() + later.len());
        scratch.met.resize(self.len(), 0.0);
        let mut read = 0;
        let total = (self.len() as f32).ln().max(1.0);
        for (weight, parts) in lists {
            let count = parts[0].len() + parts[1].len();
            if read > 0 && read + count.min(POSTING_LIMIT) > READ_LIMIT {
                break;
            }
            let rarity = (1.0 - (count as f32).ln() / total).clamp(0.1, 1.0);
            for &id in parts[0].iter().chain(parts[1]).take(POSTING_LIMIT) {
                let met = &mut scratch.met[id as usize];
                if *met == 0.0 {
                    scratch.touched.push(id);
                }
                *met += weight * rarity;
                read += 1;
            }
        }
        let whole: f32 = query.tokens.iter().map(|token| token.weight).sum();
        let mut ranked: Vec<(f32, u32)> = scratch
            .touched
            .drain(..)
            .map(|id| {
                let met = std::mem::take(&mut scratch.met[id as usize]);
                (met / (whole + self.names.weights[id as usize]), id)
            })
            .collect();
        if ranked.len() > size {
            ranked.select_nth_unstable_by(size, |a, b| b.0.total_cmp(&a.0));
            ranked.truncate(size);
        }
        ranked.into_iter().map(|(_, id)| id).collect()
    }

    fn postings(&self, key: u64) -> [&[u32]; 2] {
        let base = self.keys.binary_search(&key).map_or(&[][..], |place| self.postings_at(place));
        [base, self.later.get(&key).map_or(&[][..], Vec::as_slice)]
    }

    fn postings_at(&self, place: usize) -> &[u32] {
        &self.postings[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// Keys of words that are one letter from a word of the query.
    fn slipped(&self, query: &Parsed, keys: &mut Vec<Key>) {
        let mut places = Vec::new();
        for token in own(query).filter(|token| (4..=15).contains(&token.folded.len()) && token.folded.is_ascii()) {
            places.clear();
            let whole = slip(token.folded.as_bytes(), usize::MAX);
            for slip in without_a_letter(&token.folded).chain([whole]) {
                let from = self.slips.partition_point(|&(hash, _)| hash < slip);
                places.extend(
                    self.slips[from..].iter().take_while(|&&(hash, _)| hash == slip).take(20).map(|&(_, place)| place),
                );
            }
            places.sort_unstable();
            places.dedup();
            keys.extend(
                places.iter().map(|&place| Key { hash: self.keys[place as usize], weight: token.weight * 0.7 }),
            );
        }
        keys.sort_unstable_by(|a, b| a.hash.cmp(&b.hash).then(b.weight.total_cmp(&a.weight)));
        keys.dedup_by_key(|key| key.hash);
    }

    /// Lowers the weight of names of their own that many entities have.
    fn weigh(&self, name: &mut Parsed) {
        if self.len() < 10_000 || name.bearer == Bearer::Person {
            return;
        }
        for half in &mut name.halves {
            self.weigh(half);
        }
        for token in name.tokens.iter_mut().filter(|token| token.role == Role::Own) {
            let [base, later] = self.postings(key('f', &token.folded));
            let share = (base.len() + later.len()) as f32 / self.len() as f32;
            token.weight *= if share > 0.001 {
                0.6
            } else if share > 0.0002 {
                0.8
            } else {
                1.0
            };
        }
    }
}

impl Names {
    fn push(&mut self, entity: u32, text: &str, parsed: &Parsed) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.entities.push(entity);
        self.bearers.push(parsed.bearer);
        self.weights.push(parsed.tokens.iter().map(|token| token.weight).sum());
        self.entities.len() as u32 - 1
    }

    fn get(&self, id: u32) -> (u32, &str, Bearer) {
        let at = id as usize;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        (self.entities[at], &self.text[from..self.ends[at] as usize], self.bearers[at])
    }
}

struct Key {
    hash: u64,
    weight: f32,
}

fn key(kind: char, text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    (kind, text).hash(&mut hasher);
    hasher.finish()
}

fn own(name: &Parsed) -> impl Iterator<Item = &Token> {
    name.tokens.iter().filter(|token| token.role == Role::Own)
}

/// What a name is found by: sounds, consonants, meanings, neighbours written together, and first letters.
fn keys_of(name: &Parsed, out: &mut Vec<Key>) {
    let mut add = |kind: char, text: &str, weight: f32| {
        if !text.is_empty() {
            out.push(Key { hash: key(kind, text), weight });
        }
    };
    let tokens: Vec<&Token> = name.tokens.iter().filter(|token| token.role != Role::Minor).collect();
    for token in &tokens {
        for id in &token.concepts {
            add('c', &id.to_string(), token.weight);
        }
        if let Some(value) = token.number {
            add('n', &value.to_string(), token.weight * 0.5);
        }
        if token.role == Role::Own || token.script == Script::Han {
            add('f', &token.folded, token.weight);
            if token.skeleton.len() >= 3 {
                add('s', &token.skeleton, token.weight * 0.4);
            }
            if name.bearer == Bearer::Person
                && let Some(group) = TABLES.nickname(&token.latin)
            {
                add('g', &group.to_string(), token.weight * 0.8);
            }
            if token.script == Script::Han && token.role == Role::Own && token.text.chars().count() <= 6 {
                let cantonese: Option<String> = token.text.chars().map(han::cantonese).collect();
                add('f', &latin::folded(&cantonese.unwrap_or_default()), token.weight * 0.8);
            }
        }
    }
    for (pair, both) in tokens.windows(2).zip(tokens.windows(3).map(Some).chain(std::iter::repeat(None))) {
        if pair.iter().any(|token| token.role == Role::Own) && pair.iter().all(|token| token.number.is_none()) {
            let weight = pair[0].weight + pair[1].weight;
            add('f', &latin::folded(&[pair[0].latin.as_str(), &pair[1].latin].concat()), weight * 0.9);
            if let Some([a, b, c]) = both
                && a.latin.len() + b.latin.len() + c.latin.len() <= 14
            {
                add('f', &latin::folded(&[a.latin.as_str(), &b.latin, &c.latin].concat()), (weight + c.weight) * 0.9);
            }
        }
    }
    if name.bearer == Bearer::Organisation {
        let initials: String =
            tokens.iter().filter(|token| token.number.is_none()).map(|token| char::from(token.initial)).collect();
        if (3..=8).contains(&initials.len()) && initials.is_ascii() {
            add('i', &initials, 1.0);
            add('f', &latin::folded(&initials), 1.0);
        }
        for token in tokens.iter().filter(|token| token.role == Role::Own && (3..=6).contains(&token.latin.len())) {
            add('i', &token.latin, token.weight);
        }
    }
}

/// The hashes of a word with each of its letters left out.
fn without_a_letter(word: &str) -> impl Iterator<Item = u32> {
    let bytes = word.as_bytes();
    (0..bytes.len()).map(move |at| slip(bytes, at))
}

fn slip(word: &[u8], without: usize) -> u32 {
    let mut hasher = FxHasher::default();
    for (_, byte) in word.iter().enumerate().filter(|(at, _)| *at != without) {
        byte.hash(&mut hasher);
    }
    (hasher.finish() >> 32) as u32
}
