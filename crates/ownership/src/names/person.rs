//! The score of two people's names: every part that both give must agree.

use super::{
    align::Pair,
    explain::Note,
    parsed::Parsed,
    similar::edits,
    text::Script,
    token::{Role, Token},
};

/// A pair of parts below this is no pair.
const LEAST_ALIKE: f32 = 0.58;

pub(super) fn score(left: &Parsed, right: &Parsed, pairs: &[Pair], notes: &mut Vec<Note>) -> f32 {
    let (mut sum, mut length, mut full) = (0.0, 0.0, 0);
    let mut taken = [Vec::new(), Vec::new()];
    for pair in pairs.iter().filter(|pair| pair.alike >= LEAST_ALIKE) {
        let weight = (letters(left, &pair.left) + letters(right, &pair.right)) / 2.0;
        sum += weight * pair.alike;
        length += weight;
        full += pair.left.len().max(pair.right.len());
        taken[0].extend(&pair.left);
        taken[1].extend(&pair.right);
    }
    let mut open = [open(left, &taken[0]), open(right, &taken[1])];
    initials(left, right, &mut open);
    // A part given twice counts once, unless the other name has something else in its place.
    if open[1].is_empty() {
        repeated(left, &taken[0], &mut open[0]);
    } else if open[0].is_empty() {
        repeated(right, &taken[1], &mut open[1]);
    }
    let base = if length > 0.0 { 1.0 - 1.5 * (1.0 - sum / length) } else { 0.0 };
    let (a, b) = (letters(left, &open[0]), letters(right, &open[1]));
    let score = if a > 0.0 && b > 0.0 {
        notes.push(Note::PartsContradict);
        let contradicting = a.min(b);
        (base * length / (length + 2.0 * contradicting)).min(0.6)
    } else if a + b > 0.0 && full < 2 {
        notes.push(Note::OnePartOnly);
        base.min(0.6)
    } else {
        base * (1.0 - 0.03 * (open[0].len() + open[1].len()) as f32)
    };
    whole(score, left, right, notes)
}

fn open(name: &Parsed, taken: &[usize]) -> Vec<usize> {
    (0..name.tokens.len()).filter(|at| name.tokens[*at].role != Role::Minor && !taken.contains(at)).collect()
}

fn letters(name: &Parsed, at: &[usize]) -> f32 {
    at.iter().map(|&i| name.tokens[i].latin.len() as f32).sum()
}

/// An initial stands for a part that begins with it; it settles that part, and is no evidence by itself.
fn initials(left: &Parsed, right: &Parsed, open: &mut [Vec<usize>; 2]) {
    let is_initial = |token: &Token| token.latin.len() == 1;
    let mut met = Vec::new();
    for &i in &open[0] {
        let meets = |&&j: &&usize| {
            let (a, b) = (&left.tokens[i], &right.tokens[j]);
            (is_initial(a) || is_initial(b)) && a.initial == b.initial && !met.iter().any(|&(_, taken)| taken == j)
        };
        if let Some(&j) = open[1].iter().find(meets) {
            met.push((i, j));
        }
    }
    open[0].retain(|i| !met.iter().any(|(a, _)| a == i));
    open[1].retain(|j| !met.iter().any(|(_, b)| b == j));
}

fn repeated(name: &Parsed, taken: &[usize], open: &mut Vec<usize>) {
    open.retain(|&at| !taken.iter().any(|&other| name.tokens[other].folded == name.tokens[at].folded));
}

/// Names that are, written together, at most a letter apart (a blank slipped, parts joined).
fn whole(score: f32, left: &Parsed, right: &Parsed, notes: &mut Vec<Note>) -> f32 {
    let characters = |script| matches!(script, Script::Han | Script::Hangul);
    if score >= 0.85 || characters(left.script) && characters(right.script) {
        return score;
    }
    let (a, b) = (left.compact.as_bytes(), right.compact.as_bytes());
    let length = a.len().max(b.len());
    let limit = match length {
        0..=7 => 0,
        8..=15 => 1,
        _ => 2,
    };
    match edits(a, b, limit) {
        Some(distance) if length >= 6 && score < 0.95 - 0.1 * distance as f32 => {
            notes.push(Note::WholeSpelling);
            0.95 - 0.1 * distance as f32
        }
        _ => score,
    }
}
