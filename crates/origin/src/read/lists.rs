//! Lists: one prefix or one AS number a line.

use rustc_hash::FxHashMap;

use super::{
    Fault, Limits, Problem,
    lines::{asn, lines, without_remark},
};
use crate::{
    network::{Span, V4, clip},
    says::{Rows, Says},
    table::Content,
};

/// The widest prefixes that may be a member of a class, as bits that are left: an IPv4 /8 and an IPv6 /12.
const WIDEST: [u32; 2] = [24, 116];

pub(super) fn prefixes(bytes: &[u8], says: Says, rows: &mut Rows<'_>, limits: &Limits) -> Result<(), Fault> {
    let says = rows.number(says);
    for line in lines(bytes, limits.line) {
        let (number, line) = line?;
        member(without_remark(line))
            .and_then(|span| rows.push(span, says))
            .map_err(|problem| (Some(number), problem))?;
    }
    Ok(())
}

/// A prefix that may stand in a list of a class.
pub(super) fn member(text: &str) -> Result<Span, Problem> {
    let span = Span::parse(text)?;
    let widest = WIDEST[usize::from(!V4.contains(span))];
    match (span.last - span.first) >> widest {
        0 => Ok(span),
        _ => Err(Problem::TooWide(clip(text))),
    }
}

pub(super) fn as_numbers(bytes: &[u8], says: &Says, limits: &Limits) -> Result<Content, Fault> {
    let mut networks = FxHashMap::default();
    for line in lines(bytes, limits.line) {
        let (number, line) = line?;
        let asn = asn(without_remark(line)).map_err(|problem| (Some(number), problem))?;
        networks.insert(asn, says.clone());
        if networks.len() > limits.rows {
            return Err((Some(number), Problem::TooManyRows(limits.rows)));
        }
    }
    if networks.is_empty() {
        return Err((None, Problem::Empty));
    }
    Ok(Content::Networks(networks))
}
