//! One pass over the rows of all tables: each stretch of addresses with what every table says of it.

use crate::{network::Span, says::Row};

/// A table that says nothing here.
pub(super) const SILENT: u32 = u32::MAX;

/// Where a table starts or stops saying something.
struct Turn {
    at: u128,
    table: u16,
    says: u32,
}

/// Calls `stretch` for each stretch of addresses of which any table speaks, with each table's saying, in order.
///
/// The rows of a table are in order and do not overlap.
pub(super) fn sweep(tables: &[&[Row]], mut stretch: impl FnMut(Span, &[u32])) {
    let mut turns: Vec<Turn> = tables.iter().zip(0..).flat_map(|(rows, table)| turns(rows, table)).collect();
    turns.sort_unstable_by_key(|turn| (turn.at, turn.table));
    let mut state = vec![SILENT; tables.len()];
    let (mut speaking, mut from) = (0, 0);
    for Turn { at, table, says } in turns {
        if at > from && speaking > 0 {
            stretch(Span { first: from, last: at - 1 }, &state);
        }
        from = at;
        let place = &mut state[usize::from(table)];
        speaking += usize::from(says != SILENT);
        speaking -= usize::from(*place != SILENT);
        *place = says;
    }
    if speaking > 0 {
        stretch(Span { first: from, last: u128::MAX }, &state);
    }
}

/// A start for each row, and a stop where the next row does not follow at once.
fn turns(rows: &[Row], table: u16) -> impl Iterator<Item = Turn> {
    rows.iter().enumerate().flat_map(move |(place, row)| {
        let after = row.span.last.checked_add(1);
        let follows = after.is_some() && rows.get(place + 1).map(|next| next.span.first) == after;
        let stop = after.filter(|_| !follows).map(|at| Turn { at, table, says: SILENT });
        [Some(Turn { at: row.span.first, table, says: row.says }), stop].into_iter().flatten()
    })
}
