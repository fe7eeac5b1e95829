//! Readers of tables: bytes in, rows or one error out. Every loop and allocation is bounded by [`Limits`].

mod csv;
mod delegated;
mod error;
mod json;
mod lines;
mod lists;
mod mmdb;

pub(crate) use self::lines::asn;

use jiff::civil::Date;

pub use self::error::{Limits, Problem, TableError};
use crate::{
    class::Class,
    kind::{Format, Kind, Role},
    says::{Rows, Says},
    table::Content,
};

/// A problem and the line it is on, where there are lines.
pub(crate) type Fault = (Option<usize>, Problem);

/// What a table says, and the day it was built, where it knows that itself.
pub(crate) fn content(kind: &Kind, bytes: &[u8], limits: &Limits) -> Result<(Content, Option<Date>), Fault> {
    match kind.format {
        Format::Mmdb => mmdb::read(bytes, limits).map_err(|problem| (None, problem)),
        Format::AsNumbers => lists::as_numbers(bytes, &members(&kind.role)?, limits).map(|read| (read, None)),
        Format::AsNames => csv::as_names(bytes, limits).map(|read| (read, None)),
        _ => addresses(kind, bytes, limits),
    }
}

fn addresses(kind: &Kind, bytes: &[u8], limits: &Limits) -> Result<(Content, Option<Date>), Fault> {
    let mut rows = Rows::new(limits);
    let mut built = None;
    match kind.format {
        Format::CountryPrefixes => csv::country_prefixes(bytes, &kind.role, &mut rows, limits)?,
        Format::AsRanges => csv::as_ranges(bytes, &mut rows, limits)?,
        Format::Delegated => built = delegated::read(bytes, &mut rows, limits)?,
        Format::TorExits => csv::tor_exits(bytes, &mut rows, limits)?,
        Format::WarningList => json::warning_list(bytes, members(&kind.role)?, &mut rows)?,
        Format::CloudJson => json::cloud(bytes, members(&kind.role)?, &mut rows)?,
        _ => lists::prefixes(bytes, members(&kind.role)?, &mut rows, limits)?,
    }
    let (rows, says) = rows.finish().map_err(|problem| (None, problem))?;
    Ok((Content::Addresses { rows, says }, built))
}

/// What being in a list says; a list says nothing without a class.
fn members(role: &Role) -> Result<Says, Fault> {
    match role {
        Role::Class(Class::Unknown) | Role::Registered | Role::Located | Role::Own => Err((None, Problem::NoClass)),
        Role::Class(class) => Ok(Says::class(*class)),
        Role::Cloud(provider) => Ok(Says { provider: Some(provider.as_str().into()), ..Says::class(Class::Cloud) }),
    }
}
