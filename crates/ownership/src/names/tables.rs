//! The tables that ship with the crate, read once: words of trade, places, legal forms, and names of people that stand for one another.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{latin, text, text::Script};

/// A word of trade or a place, whatever the language.
pub(super) type ConceptId = u16;

pub(super) struct Concept {
    /// The first English spelling.
    pub(super) name: String,
    pub(super) weight: f32,
    pub(super) is_place: bool,
    /// A name of its own, whichever way it is spelt.
    pub(super) is_brand: bool,
}

/// One concept that a spelling says; a part that may be left out counts little.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) either: Vec<ConceptId>,
    pub(super) optional: bool,
}

/// A legal form: the class it belongs to, and the spelling it is compared under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) class: &'static str,
    pub(super) form: &'static str,
}

#[derive(Default)]
pub(super) struct Tables {
    pub(super) concepts: Vec<Concept>,
    by_name: FxHashMap<String, ConceptId>,
    words: FxHashMap<String, Vec<Piece>>,
    /// Cyrillic words without their endings.
    stems: FxHashMap<String, Vec<Piece>>,
    pub(super) forms: FxHashMap<String, Form>,
    pub(super) titles: FxHashSet<String>,
    pub(super) particles: FxHashSet<String>,
    nicknames: FxHashMap<String, u16>,
    /// Cyrillic words in Latin letters; they yield to every spelling of a table.
    transliterated: Vec<(String, Vec<Piece>)>,
}

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);

/// The most words that one spelling has.
pub(super) const PHRASE_WORDS: usize = 5;

impl Tables {
    fn read() -> Self {
        let mut tables = Self::default();
        tables.read_words(include_str!("tables/words.txt"));
        tables.read_places(include_str!("tables/places.txt"));
        tables.read_compounds(include_str!("tables/words.txt"));
        tables.read_brands(include_str!("tables/words.txt"));
        for (spelt, pieces) in std::mem::take(&mut tables.transliterated) {
            tables.words.entry(spelt).or_insert(pieces);
        }
        tables.read_forms(include_str!("tables/forms.tsv"));
        tables.read_people(include_str!("tables/people.txt"));
        tables
    }

    /// What a word, a phrase joined by blanks, or a run of Han, Kana or Hangul says.
    pub(super) fn pieces(&self, spelling: &str) -> Option<&[Piece]> {
        self.words.get(spelling).map(Vec::as_slice)
    }

    /// The same for a word whose ending may vary: plurals in English, endings in Russian, the article in Arabic.
    pub(super) fn pieces_of_word(&self, word: &str, script: Script) -> Option<&[Piece]> {
        if let Some(found) = self.pieces(word) {
            return Some(found);
        }
        match script {
            Script::Latin => {
                let stem = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
                stem.as_deref().and_then(|stem| self.pieces(stem)).or_else(|| {
                    word.strip_suffix('s').filter(|stem| stem.len() >= 4).and_then(|stem| self.pieces(stem))
                })
            }
            Script::Cyrillic => cyrillic_stem(word).and_then(|stem| self.stems.get(stem)).map(Vec::as_slice),
            Script::Arabic => {
                let bare = word.strip_prefix('و').unwrap_or(word);
                let bare = bare.strip_prefix("ال").or_else(|| bare.strip_prefix("لل")).unwrap_or(bare);
                self.pieces(bare).or_else(|| self.pieces(&format!("ال{bare}")))
            }
            _ => None,
        }
    }

    pub(super) fn concept(&self, id: ConceptId) -> &Concept {
        &self.concepts[usize::from(id)]
    }

    /// The group of given names that a word belongs to: equal groups are forms of one name.
    pub(super) fn nickname(&self, word: &str) -> Option<u16> {
        self.nicknames.get(word).copied()
    }

    fn read_words(&mut self, text: &str) {
        for line in text.lines() {
            let Some((head, spellings)) = line.split_once(" | ").filter(|_| line.starts_with('.')) else { continue };
            let Some((weight, name)) = head.split_once(' ') else { continue };
            let id = self.add_concept(name, weight.parse().unwrap_or(0.4), false);
            for spelling in std::iter::once(name).chain(spellings.split_whitespace()) {
                self.add_spelling(spelling, id);
            }
        }
    }

    fn read_places(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let Some(code) = words.next() else { continue };
            let id = match self.by_name.get(code) {
                Some(&id) if self.concepts[usize::from(id)].is_place => id,
                _ => self.add_concept(code, if code == "cn" { 0.2 } else { 0.35 }, true),
            };
            for word in words {
                self.add_spelling(word, id);
                if word.chars().all(|c| Script::of(c) == Some(Script::Han)) && code != "cn" {
                    for suffix in ["市", "省", "县", "特别行政区", "自治区", "地区"] {
                        self.add_spelling(&format!("{word}{suffix}"), id);
                    }
                }
            }
        }
    }

    fn add_concept(&mut self, name: &str, weight: f32, is_place: bool) -> ConceptId {
        let id = self.concepts.len() as ConceptId;
        self.concepts.push(Concept { name: name.replace('_', " "), weight, is_place, is_brand: false });
        self.by_name.insert(name.to_owned(), id);
        id
    }

    fn add_spelling(&mut self, word: &str, id: ConceptId) {
        let key = text::spelling(&word.replace('_', " "));
        if key.is_empty() {
            return;
        }
        let pieces = vec![Piece { either: vec![id], optional: false }];
        // A word that means a trade in one line and a place in another keeps its first meaning.
        let script = key.chars().next().and_then(Script::of);
        if script == Some(Script::Cyrillic) && !key.contains(' ') {
            if let Some(stem) = cyrillic_stem(&key) {
                self.stems.entry(stem.to_owned()).or_insert_with(|| pieces.clone());
            }
            let spelt = latin::romanised(&key, Script::Cyrillic);
            if spelt.len() >= 5 {
                self.transliterated.push((spelt, pieces.clone()));
            }
        }
        self.words.entry(key).or_insert(pieces);
    }

    fn read_compounds(&mut self, text: &str) {
        for line in text.lines() {
            let Some((spelling, concepts)) = line.strip_prefix("= ").and_then(|line| line.split_once(" | ")) else {
                continue;
            };
            let mut pieces = Vec::new();
            for word in concepts.split_whitespace() {
                let optional = word.contains('?');
                let either = word.replace('?', "").split('/').map(|name| self.concept_named(name)).collect();
                pieces.push(Piece { either, optional });
            }
            let key = text::spelling(&spelling.replace('_', " "));
            self.words.insert(key, pieces);
        }
    }

    /// Brands come last: a spelling that is one says nothing else.
    fn read_brands(&mut self, text: &str) {
        for line in text.lines() {
            let Some((name, spellings)) = line.strip_prefix("@ ").and_then(|line| line.split_once(" | ")) else {
                continue;
            };
            let id = self.add_concept(name, 1.0, false);
            self.concepts[usize::from(id)].is_brand = true;
            let pieces = vec![Piece { either: vec![id], optional: false }];
            for spelling in std::iter::once(name).chain(spellings.split_whitespace()) {
                self.words.insert(text::spelling(&spelling.replace('_', " ")), pieces.clone());
            }
        }
    }

    /// The concept that an English word of a compound names; an unknown one becomes a concept.
    fn concept_named(&mut self, name: &str) -> ConceptId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        if let Some([Piece { either, .. }]) =
            self.words.get(&text::spelling(&name.replace('_', " "))).map(Vec::as_slice)
        {
            return either[0];
        }
        let id = self.add_concept(name, 0.4, false);
        self.add_spelling(name, id);
        id
    }

    fn read_forms(&mut self, text: &'static str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(class), Some(form), Some(spellings)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            for spelling in spellings.split(';') {
                let key = text::spelling(spelling);
                if !key.is_empty() {
                    self.forms.insert(key, Form { class, form });
                }
            }
        }
    }

    fn read_people(&mut self, text: &str) {
        let mut group = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((kind, words)) = line.split_once(": ") else { continue };
            let words = words.split_whitespace().map(text::spelling);
            match kind {
                "titles" => self.titles.extend(words),
                "particles" => self.particles.extend(words),
                _ => {
                    group += 1;
                    for word in words {
                        self.nicknames.entry(word).or_insert(group);
                    }
                }
            }
        }
    }
}

/// A Cyrillic word without its ending, where enough is left.
fn cyrillic_stem(word: &str) -> Option<&str> {
    const ENDINGS: [&str; 33] = [
        "ие", "яя", "ее", "ам", "ах", "ем", "им", "ым", "ю", "ого", "ому", "ыми", "ими", "ами", "ями", "ая", "ое",
        "ые", "ий", "ый", "ой", "их", "ых", "ом", "ов", "ей", "ии", "ия", "а", "у", "ы", "и", "е",
    ];
    let stem = ENDINGS.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    (stem.chars().count() >= 4).then_some(stem)
}
