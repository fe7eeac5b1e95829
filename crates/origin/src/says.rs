//! What one row of a table says, and the rows of a table.

use std::{cmp::Reverse, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    class::{Class, Classes},
    country::Country,
    network::{Span, address},
    read::{Limits, Problem},
};

/// Everything that one row may say of its addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Says {
    pub(crate) registered: Option<Country>,
    pub(crate) located: Option<Country>,
    pub(crate) asn: Option<u32>,
    pub(crate) as_name: Option<Arc<str>>,
    pub(crate) classes: Classes,
    /// Who runs what `classes` names.
    pub(crate) provider: Option<Arc<str>>,
}

impl Says {
    pub(crate) fn class(class: Class) -> Self {
        Self { classes: class.into(), ..Self::default() }
    }
}

/// Addresses and what is said of them, as an index into the table's sayings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) span: Span,
    pub(crate) says: u32,
}

/// Rows as they are read, each distinct saying kept once.
#[derive(Debug)]
pub(crate) struct Rows<'l> {
    limits: &'l Limits,
    rows: Vec<Row>,
    says: Vec<Says>,
    index: FxHashMap<Says, u32>,
}

impl<'l> Rows<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self { limits, rows: Vec::new(), says: Vec::new(), index: FxHashMap::default() }
    }

    /// The number of a saying.
    pub(crate) fn number(&mut self, says: Says) -> u32 {
        if let Some(&number) = self.index.get(&says) {
            return number;
        }
        let number = self.says.len() as u32;
        self.says.push(says.clone());
        self.index.insert(says, number);
        number
    }

    pub(crate) fn push(&mut self, span: Span, says: u32) -> Result<(), Problem> {
        if self.rows.len() >= self.limits.rows {
            return Err(Problem::TooManyRows(self.limits.rows));
        }
        self.rows.push(Row { span, says });
        Ok(())
    }

    /// Rows in order that do not overlap, and the sayings.
    pub(crate) fn finish(self) -> Result<(Vec<Row>, Vec<Says>), Problem> {
        if self.rows.is_empty() {
            return Err(Problem::Empty);
        }
        Ok((flatten(self.rows)?, self.says))
    }
}

/// Cuts nested rows so that none overlap; the most specific row speaks for its addresses.
fn flatten(mut rows: Vec<Row>) -> Result<Vec<Row>, Problem> {
    rows.sort_unstable_by_key(|row| (row.span.first, Reverse(row.span.last), row.says));
    rows.dedup();
    let mut flat = Flat { rows: Vec::with_capacity(rows.len()), open: Vec::new(), next: Some(0) };
    for row in rows {
        flat.close_before(row.span.first);
        if let Some(outer) = flat.open.last() {
            if outer.span == row.span {
                return Err(Problem::SaidTwice(address(row.span.first)));
            }
            if outer.span.last < row.span.last {
                return Err(Problem::Overlap(address(row.span.first)));
            }
        }
        flat.give_until(row.span.first);
        flat.open.push(row);
    }
    flat.close_all();
    Ok(flat.rows)
}

struct Flat {
    rows: Vec<Row>,
    /// Rows that reach beyond the present place, the innermost last.
    open: Vec<Row>,
    /// The first address that has not been given out; none after the last of all.
    next: Option<u128>,
}

impl Flat {
    fn close_before(&mut self, first: u128) {
        while let Some(inner) = self.open.last().copied().filter(|row| row.span.last < first) {
            self.give(inner.span.last, inner.says);
            self.open.pop();
        }
    }

    fn close_all(&mut self) {
        while let Some(inner) = self.open.pop() {
            self.give(inner.span.last, inner.says);
        }
    }

    /// What lies before `first` goes to the row around it.
    fn give_until(&mut self, first: u128) {
        if let (Some(outer), Some(before)) = (self.open.last().copied(), first.checked_sub(1)) {
            self.give(before, outer.says);
        }
        self.next = Some(first);
    }

    fn give(&mut self, last: u128, says: u32) {
        let Some(first) = self.next.filter(|&next| next <= last) else { return };
        self.next = last.checked_add(1);
        match self.rows.last_mut() {
            Some(before) if before.says == says && before.span.last.checked_add(1) == Some(first) => {
                before.span.last = last;
            }
            _ => self.rows.push(Row { span: Span { first, last }, says }),
        }
    }
}
