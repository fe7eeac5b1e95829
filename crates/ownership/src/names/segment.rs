//! Names written without spaces: which characters are a place, a trade or a number, and which are the brand.

use super::{tables::TABLES, text::Script, token::Token};

/// The longest spelling that is looked up inside a run, in characters.
const LONGEST: usize = 9;

/// Runs longer than this are read as one brand.
const RUN_LIMIT: usize = 96;

enum Part<'a> {
    Known(&'a str),
    Number(&'a str, u32, bool),
    Unknown(&'a str),
}

/// The tokens of a run of Han, Kana, Hangul or Thai.
pub(super) fn tokens(run: &str, script: Script) -> Vec<Token> {
    let mut out = Vec::new();
    for part in parts(run) {
        match part {
            Part::Known(text) => {
                out.extend(TABLES.pieces(text).map(|pieces| Token::known(text, script, pieces)).unwrap_or_default())
            }
            Part::Number(text, value, ordinal) => out.push(Token::number(text, value, ordinal)),
            Part::Unknown(text) => out.push(Token::own(text, script)),
        }
    }
    out
}

/// The cheapest way to cut the run: known spellings are cheap, places cheapest; unknown characters are dear, and dearer where a new
/// stretch of them begins. A single known character is dearer than one more character of a brand.
fn parts(run: &str) -> Vec<Part<'_>> {
    let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    let length = starts.len() - 1;
    if length > RUN_LIMIT {
        return vec![Part::Unknown(run)];
    }
    // Per end and kind of the last piece (0 known, 1 unknown): its cost, where the piece began, and the kind before it.
    let mut best = vec![[(f32::MAX, 0, 0); 2]; length + 1];
    best[0][0] = (0.0, 0, 0);
    for from in 0..length {
        for kind in 0..2 {
            let cost = best[from][kind].0;
            if cost == f32::MAX {
                continue;
            }
            let mut reach = |to: usize, as_kind: usize, cost: f32| {
                if cost < best[to][as_kind].0 {
                    best[to][as_kind] = (cost, from, kind);
                }
            };
            reach(from + 1, 1, cost + if kind == 1 { 1.0 } else { 1.7 });
            for to in from + 1..=length.min(from + LONGEST) {
                let text = &run[starts[from]..starts[to]];
                if number(text, &run[starts[to]..]).is_some() {
                    reach(to, 0, cost + 0.3);
                } else if let Some(pieces) = TABLES.pieces(text) {
                    let is_place = matches!(pieces, [piece] if TABLES.concept(piece.either[0]).is_place);
                    reach(
                        to,
                        0,
                        cost + if to - from == 1 {
                            1.35
                        } else if is_place {
                            0.5
                        } else {
                            0.7
                        },
                    );
                }
            }
        }
    }
    let mut kind = usize::from(best[length][1].0 < best[length][0].0);
    let mut to = length;
    let mut cuts = Vec::new();
    while to > 0 {
        let (_, from, before) = best[to][kind];
        match cuts.last_mut() {
            Some((start, _, 1)) if kind == 1 && *start == to => *start = from,
            _ => cuts.push((from, to, kind)),
        }
        (to, kind) = (from, before);
    }
    let piece = |&(from, to, kind): &(usize, usize, usize)| {
        let text = &run[starts[from]..starts[to]];
        match (kind, number(text, &run[starts[to]..])) {
            (0, Some((value, ordinal))) => Part::Number(text, value, ordinal),
            (0, None) => Part::Known(text),
            _ => Part::Unknown(text),
        }
    };
    cuts.iter().rev().map(piece).collect()
}

/// The value of a number in Han numerals, and whether it is the number of a body; short ones without 第 are part of names (三一).
fn number(text: &str, after: &str) -> Option<(u32, bool)> {
    let bare = text.strip_prefix('第').unwrap_or(text);
    let digits = bare.chars().count();
    let numbered = bare.len() < text.len()
        || digits >= 3
            && ["所", "院", "厂", "局", "研究", "部队", "医院", "设计", "基地"].iter().any(|b| after.starts_with(b));
    if bare.is_empty() || !numbered {
        return None;
    }
    han_number(bare).map(|value| (value, true))
}

/// The value of Han numerals, by place (`七〇八`) or by unit (`四十六`).
pub(super) fn han_number(text: &str) -> Option<u32> {
    let digit = |c| "〇一二三四五六七八九".chars().position(|d| d == c).or((c == '零').then_some(0)).map(|d| d as u32);
    if text.chars().count() > 6 {
        return None;
    }
    if text.chars().all(|c| digit(c).is_some()) {
        return text.chars().try_fold(0u32, |sum, c| Some(sum * 10 + digit(c)?));
    }
    let (mut sum, mut last) = (0, None);
    for c in text.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            _ => {
                last = Some(digit(c)?);
                continue;
            }
        };
        sum += last.take().unwrap_or(1) * unit;
    }
    Some(sum + last.unwrap_or(0))
}
