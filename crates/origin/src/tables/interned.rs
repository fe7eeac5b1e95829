//! Values kept once and known by number.

use std::hash::Hash;

use rustc_hash::FxHashMap;

pub(super) struct Interned<T>(Vec<T>);

impl<T> Interned<T> {
    /// The value of a number that [`Interning::number`] gave.
    pub(super) fn get(&self, number: u32) -> &T {
        &self.0[number as usize]
    }

    pub(super) fn into_values(self) -> Vec<T> {
        self.0
    }
}

/// Values being numbered.
pub(super) struct Interning<T> {
    numbers: FxHashMap<T, u32>,
    values: Vec<T>,
}

impl<T: Hash + Eq + Clone> Interning<T> {
    pub(super) fn new() -> Self {
        Self { numbers: FxHashMap::default(), values: Vec::new() }
    }

    pub(super) fn number(&mut self, value: T) -> u32 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    pub(super) fn finish(self) -> Interned<T> {
        Interned(self.values)
    }
}
