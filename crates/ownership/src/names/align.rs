//! Which parts of one name meet which parts of the other.

use super::{
    latin,
    similar::{Manner, Rule, edits, similar, spells},
    text::Script,
    token::{Role, Token},
};

/// Parts that meet: one token on each side, or one and a run of several.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
    pub(super) alike: f32,
    pub(super) rule: Rule,
}

/// Runs of at most so many words meet one word of the other name.
const RUN: usize = 6;

/// The pairs that together meet most, each token in one pair at most.
///
/// Equal words are paired first. Then words written together in one name and apart in the other, and initialisms, where they meet more than
/// their words would one by one; the rest is an optimal assignment.
pub(super) fn align(left: &[Token], right: &[Token], manner: Manner) -> Vec<Pair> {
    let mut free = [open(left), open(right)];
    let mut pairs = Vec::new();
    for (i, a) in left.iter().enumerate().filter(|(_, a)| a.role != Role::Minor) {
        let same = |j: &usize| {
            free[1][*j] && right[*j].latin == a.latin && right[*j].script == a.script && right[*j].text == a.text
        };
        if let Some(j) = (0..right.len()).find(same) {
            pairs.push(Pair { left: vec![i], right: vec![j], alike: 1.0, rule: Rule::Same });
            (free[0][i], free[1][j]) = (false, false);
        }
    }
    if !free[0].contains(&true) || !free[1].contains(&true) {
        return pairs;
    }
    let alike = table(left, right, &free, manner);
    pairs.extend(runs(left, right, &mut free, &alike, manner));
    pairs.extend(assign(left, right, &free, &alike));
    pairs
}

fn open(tokens: &[Token]) -> Vec<bool> {
    tokens.iter().map(|token| token.role != Role::Minor).collect()
}

type Alike = Vec<Vec<Option<(f32, Rule)>>>;

fn table(left: &[Token], right: &[Token], free: &[Vec<bool>; 2], manner: Manner) -> Alike {
    let cell = |i: usize, j: usize| (free[0][i] && free[1][j]).then(|| similar(&left[i], &right[j], manner)).flatten();
    (0..left.len()).map(|i| (0..right.len()).map(|j| cell(i, j)).collect()).collect()
}

/// Joined words and initialisms, the greatest gain over single words first.
fn runs(left: &[Token], right: &[Token], free: &mut [Vec<bool>; 2], alike: &Alike, manner: Manner) -> Vec<Pair> {
    let best_left = |i: usize| alike[i].iter().flatten().map(|found| found.0).fold(0.0, f32::max);
    let best_right = |j: usize| alike.iter().filter_map(|row| row[j]).map(|found| found.0).fold(0.0, f32::max);
    let mut found = Vec::new();
    for (i, one) in left.iter().enumerate().filter(|(i, _)| free[0][*i]) {
        for (run, score, rule) in met_by_runs(one, right, &free[1], manner) {
            let gain = score * weigh(one, &run, right)
                - best_left(i) * one.weight
                - run.iter().map(|&j| best_right(j) * right[j].weight).sum::<f32>();
            found.push((gain, Pair { left: vec![i], right: run, alike: score, rule }));
        }
    }
    for (j, one) in right.iter().enumerate().filter(|(j, _)| free[1][*j]) {
        for (run, score, rule) in met_by_runs(one, left, &free[0], manner) {
            let gain = score * weigh(one, &run, left)
                - best_right(j) * one.weight
                - run.iter().map(|&i| best_left(i) * left[i].weight).sum::<f32>();
            found.push((gain, Pair { left: run, right: vec![j], alike: score, rule }));
        }
    }
    found.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then_with(|| a.1.left.cmp(&b.1.left)).then_with(|| a.1.right.cmp(&b.1.right))
    });
    let mut out = Vec::new();
    for (gain, pair) in found {
        let is_free = pair.left.iter().all(|&i| free[0][i]) && pair.right.iter().all(|&j| free[1][j]);
        if gain > 0.0 && is_free {
            pair.left.iter().for_each(|&i| free[0][i] = false);
            pair.right.iter().for_each(|&j| free[1][j] = false);
            out.push(pair);
        }
    }
    out
}

/// What a pair of one word and a run weighs: as much as the two sides together.
fn weigh(one: &Token, run: &[usize], others: &[Token]) -> f32 {
    one.weight + run.iter().map(|&at| others[at].weight).sum::<f32>()
}

fn met_by_runs(one: &Token, others: &[Token], free: &[bool], manner: Manner) -> Vec<(Vec<usize>, f32, Rule)> {
    let mut out = Vec::new();
    if one.number.is_some() || one.latin.len() < 2 {
        return out;
    }
    let usable = |at: &usize| (free[*at] || others[*at].role == Role::Minor) && others[*at].number.is_none();
    for from in 0..others.len() {
        let (mut latin, mut bare) = (String::new(), String::new());
        let mut run = Vec::new();
        for at in (from..others.len().min(from + RUN)).take_while(usable) {
            latin.push_str(&others[at].latin);
            if others[at].role != Role::Minor {
                bare.push_str(&others[at].latin);
            }
            run.push(at);
            if run.len() < 2 {
                continue;
            }
            let script = others[at].script;
            // `Li & Fung` is written 利丰, without its conjunction.
            let found =
                joined(one, &latin, script).or_else(|| (bare != latin).then(|| joined(one, &bare, script)).flatten());
            if let Some((score, rule)) = found
                && (score > 0.96 || run.iter().all(|&at| others[at].concepts.is_empty()))
            {
                out.push((run.clone(), score, rule));
            }
        }
    }
    if manner == Manner::Organisation {
        out.extend(initialism(one, others, free).map(|(run, score)| (run, score, Rule::Initials)));
    } else if !one.syllables.is_empty() {
        out.extend(rotated(one, others, free));
    }
    for (run, ..) in &mut out {
        run.retain(|&at| free[at]);
    }
    out.retain(|(run, ..)| !run.is_empty());
    out
}

/// Whether one word is the run, written together.
fn joined(one: &Token, run: &str, script: Script) -> Option<(f32, Rule)> {
    if !one.syllables.is_empty() && script == Script::Latin {
        return spells(&one.syllables, run).then_some((0.97, Rule::Reading));
    }
    let (short, long) = (one.latin.len().min(run.len()), one.latin.len().max(run.len()));
    if long - short > 2 || short < 4 {
        return (one.latin == run && short >= 2).then_some((0.97, Rule::Joined));
    }
    if one.latin == run {
        return Some((0.98, Rule::Joined));
    }
    let folded = latin::folded(run);
    if folded == one.folded {
        return Some((0.93, Rule::Joined));
    }
    let limit = if long >= 12 { 2 } else { 1 };
    let distance = (long >= 7).then(|| edits(one.folded.as_bytes(), folded.as_bytes(), limit)).flatten()?;
    Some((0.95 - distance as f32 / long as f32, Rule::Joined))
}

/// A person's name in characters against words in Latin letters, with the family name at either end.
fn rotated(one: &Token, others: &[Token], free: &[bool]) -> Option<(Vec<usize>, f32, Rule)> {
    let run: Vec<usize> = (0..others.len()).filter(|&at| free[at] && others[at].script == Script::Latin).collect();
    if run.len() < 2 || run.len() > 4 {
        return None;
    }
    let spelt = |order: &[usize]| order.iter().map(|&at| others[at].latin.as_str()).collect::<String>();
    let mut order = run.clone();
    for _ in 0..run.len() {
        order.rotate_left(1);
        if spells(&one.syllables, &spelt(&order)) {
            return Some((run, 0.96, Rule::Reading));
        }
    }
    None
}

/// `one` as the first letters of words of the other name; letters for national, company, group and limited may be in excess where the other
/// name is in characters, which leave those words out.
fn initialism(one: &Token, others: &[Token], free: &[bool]) -> Option<(Vec<usize>, f32)> {
    let letters = one.latin.as_bytes();
    let known = !one.concepts.is_empty() && letters.len() < 4;
    if one.script != Script::Latin
        || known
        || !(2..=8).contains(&letters.len())
        || !letters.iter().all(u8::is_ascii_alphabetic)
    {
        return None;
    }
    let run: Vec<(usize, u8)> = (0..others.len())
        .filter(|&at| free[at] && others[at].number.is_none())
        .flat_map(|at| initials(&others[at]).into_iter().map(move |letter| (at, letter)))
        .collect();
    let lenient = others.iter().any(|token| token.script.is_unspaced());
    for from in 0..run.len() {
        let mut taken: Vec<usize> = Vec::new();
        let mut excess = 0;
        let mut rest = run[from..].iter().peekable();
        let mut all = true;
        for (nth, &letter) in letters.iter().enumerate() {
            // Words that translators leave out may have no letter.
            while rest.peek().is_some_and(|&&(at, initial)| initial != letter && others[at].weight <= 0.12) {
                rest.next();
            }
            // The legal form is taken off a name, and may have a letter at the end: `TSMC`.
            let of_form = rest.peek().is_none() && taken.len() >= 3 && nth + 1 == letters.len();
            if rest.peek().is_some_and(|&&(_, initial)| initial == letter) {
                taken.extend(rest.next().map(|(at, _)| *at));
            } else if lenient && nth > 0 && matches!(letter, b'n' | b'c' | b'g' | b'l')
                || of_form && matches!(letter, b'c' | b'l' | b'i')
            {
                excess += 1;
            } else {
                all = false;
                break;
            }
        }
        if all && taken.len() >= 2 && taken.len() > excess {
            let score = match taken.len() {
                2 => 0.6,
                3 => 0.8,
                _ => 0.88,
            };
            taken.dedup();
            return Some((taken, score));
        }
    }
    None
}

/// The first letters that a word gives to an initialism; a known phrase gives one for each of its words.
fn initials(token: &Token) -> Vec<u8> {
    if token.script != Script::Latin || !token.text.contains(' ') {
        return vec![token.initial];
    }
    let words = token.text.split(' ').filter(|word| !matches!(*word, "of" | "and" | "the" | "for"));
    words.filter_map(|word| word.bytes().next()).collect()
}

/// The assignment of single tokens that meets most, by the Hungarian method.
fn assign(left: &[Token], right: &[Token], free: &[Vec<bool>; 2], alike: &Alike) -> Vec<Pair> {
    let rows: Vec<usize> = (0..left.len()).filter(|&i| free[0][i]).collect();
    let columns: Vec<usize> = (0..right.len()).filter(|&j| free[1][j]).collect();
    let value = |i: usize, j: usize| alike[i][j].map_or(0.0, |(score, _)| score * (left[i].weight + right[j].weight));
    let chosen = if rows.len() <= columns.len() {
        hungarian(rows.len(), columns.len(), |i, j| -value(rows[i], columns[j]))
    } else {
        let mut turned = hungarian(columns.len(), rows.len(), |j, i| -value(rows[i], columns[j]));
        turned.iter_mut().for_each(|pair| *pair = (pair.1, pair.0));
        turned
    };
    let pair = |(i, j): (usize, usize)| {
        let (i, j) = (rows[i], columns[j]);
        alike[i][j].map(|(score, rule)| Pair { left: vec![i], right: vec![j], alike: score, rule })
    };
    chosen.into_iter().filter_map(pair).collect()
}

/// The least-cost assignment of every row to a column; there are at least as many columns as rows. O(rows² · columns).
fn hungarian(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f32) -> Vec<(usize, usize)> {
    let (mut of_row, mut of_column) = (vec![0.0f32; rows + 1], vec![0.0f32; columns + 1]);
    let mut holder = vec![0usize; columns + 1];
    for row in 1..=rows {
        holder[0] = row;
        let mut at = 0;
        let mut least = vec![f32::MAX; columns + 1];
        let mut from = vec![0usize; columns + 1];
        let mut seen = vec![false; columns + 1];
        loop {
            seen[at] = true;
            let (mut step, mut next) = (f32::MAX, 0);
            for column in (1..=columns).filter(|&c| !seen[c]) {
                let slack = cost(holder[at] - 1, column - 1) - of_row[holder[at]] - of_column[column];
                if slack < least[column] {
                    (least[column], from[column]) = (slack, at);
                }
                if least[column] < step {
                    (step, next) = (least[column], column);
                }
            }
            for column in 0..=columns {
                if seen[column] {
                    of_row[holder[column]] += step;
                    of_column[column] -= step;
                } else {
                    least[column] -= step;
                }
            }
            at = next;
            if holder[at] == 0 {
                break;
            }
        }
        while at != 0 {
            holder[at] = holder[from[at]];
            at = from[at];
        }
    }
    (1..=columns).filter(|&column| holder[column] != 0).map(|column| (holder[column] - 1, column - 1)).collect()
}
