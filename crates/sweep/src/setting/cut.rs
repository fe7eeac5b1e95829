//! A settings file without some of its uses: the rest stays byte for byte.

use std::ops::Range;

use super::{
    Format, toml,
    tree::{Node, What},
    uses,
};
use crate::{catalogue::Catalogue, scan::Key};

const MAX_CUTS: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotCut {
    #[error("the file is no longer what it was")]
    Unlike,
    #[error("the settings would no longer be valid without it")]
    Invalid,
    #[error("there are more than 500 uses in it")]
    TooMany,
}

/// The text without the uses that are named; `None` when it has none of them.
pub fn without(
    catalogue: &Catalogue,
    format: Format,
    text: &str,
    unwanted: &dyn Fn(&Key) -> bool,
) -> Result<Option<String>, CannotCut> {
    let (mark, text) = match text.strip_prefix(uses::BOM) {
        Some(rest) => (text.get(..text.len() - rest.len()).unwrap_or_default(), rest),
        None => ("", text),
    };
    let mut left = text.to_owned();
    for round in 0..MAX_CUTS {
        let settings = uses::read(catalogue, format, &left).ok_or(if round == 0 {
            CannotCut::Unlike
        } else {
            CannotCut::Invalid
        })?;
        // The last one first, so that what stands before keeps its place.
        let Some(found) = settings.uses.iter().rev().find(|found| unwanted(&found.key)) else {
            return Ok((round > 0).then(|| format!("{mark}{left}")));
        };
        let next = match format {
            Format::Toml => toml::without(&left, &found.cut),
            _ => {
                let tree = uses::tree(format, &left).ok_or(CannotCut::Invalid)?;
                cut(format, &left, &tree, &found.cut)
            }
        };
        let next = next.ok_or(CannotCut::Invalid)?;
        if next.len() >= left.len() {
            return Err(CannotCut::Invalid);
        }
        left = next;
    }
    Err(CannotCut::TooMany)
}

fn cut(format: Format, text: &str, tree: &Node, steps: &[usize]) -> Option<String> {
    let (last, above) = steps.split_last()?;
    let parent = tree.at(above)?;
    let spans: Vec<Range<usize>> = match &parent.what {
        What::Map(pairs) => pairs.iter().map(|pair| pair.start..pair.value.span.end.max(pair.start)).collect(),
        What::List(nodes) => nodes.iter().map(|node| node.span.clone()).collect(),
        What::Scalar(_) => return None,
    };
    let is_map = matches!(parent.what, What::Map(_));
    let span = spans.get(*last)?.clone();
    let (range, instead) = match format {
        Format::Dotenv => (span, ""),
        _ if parent.flow => (in_flow(text, &parent.span, &spans, *last)?, ""),
        _ if spans.len() == 1 => sole(text, &span, is_map)?,
        _ => in_block(text, &spans, *last, is_map)?,
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(text.get(..range.start)?);
    out.push_str(instead);
    out.push_str(text.get(range.end..)?);
    Some(out)
}

/// With brackets and commas: one comma goes as well, and the line when nothing else is on it.
fn in_flow(text: &str, parent: &Range<usize>, spans: &[Range<usize>], at: usize) -> Option<Range<usize>> {
    let span = spans.get(at)?;
    let mut range = span.clone();
    let after = text.get(span.end..parent.end)?;
    let comma = after
        .find(|c: char| !c.is_whitespace())
        .filter(|at| after.get(*at..).is_some_and(|rest| rest.starts_with(',')));
    if let Some(comma) = comma {
        range.end += comma + 1;
    } else if let Some(before) = at.checked_sub(1).and_then(|at| spans.get(at)) {
        // The last one: the comma before it, which may stand before a comment, goes instead.
        let gap = text.get(before.end..span.start)?;
        if gap.trim() == "," {
            range.start = before.end;
            return Some(range);
        }
    }
    Some(whole_lines(text, range))
}

/// Takes in the rest of the line when the range is all that stands on its lines.
fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let line = text.get(..range.start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let alone_before = text.get(line..range.start).is_some_and(|gap| gap.trim().is_empty());
    let rest = text.get(range.end..).unwrap_or_default();
    let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let alone_after = rest.get(..end).is_some_and(|gap| gap.trim().is_empty());
    if alone_before && alone_after { line..range.end + end } else { range }
}

/// The only entry of a block: an empty map or list takes its place, so that the kind of the value stays.
fn sole(text: &str, span: &Range<usize>, is_map: bool) -> Option<(Range<usize>, &'static str)> {
    if is_map {
        return Some((span.clone(), "{}"));
    }
    let dash = text.get(..span.start)?.rfind('-')?;
    Some((dash..span.end, "  []"))
}

/// A line of a block. What begins a list's element hands its place to the next one.
fn in_block(text: &str, spans: &[Range<usize>], at: usize, is_map: bool) -> Option<(Range<usize>, &'static str)> {
    let span = spans.get(at)?.clone();
    let start = if is_map { span.start } else { text.get(..span.start)?.rfind('-')? };
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(span.end..)?;
    // A comment behind the value goes with it.
    let end = span.end
        + if text.get(..span.end)?.ends_with('\n') { 0 } else { rest.find('\n').map_or(rest.len(), |at| at + 1) };
    if text.get(line..start)?.trim().is_empty() {
        return Some((line..end, ""));
    }
    if let Some(next) = spans.get(at + 1) {
        let next = if is_map { next.start } else { text.get(..next.start)?.rfind('-')? };
        return Some((start..next, ""));
    }
    None
}
