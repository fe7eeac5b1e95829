//! What a table is: how it is written, and what being in it means.

mod recognise;

pub use recognise::Unrecognised;

use crate::class::Class;

/// Format and role of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    pub format: Format,
    pub role: Role,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// MaxMind DB, in the shapes of MaxMind, DB-IP and IPinfo.
    Mmdb,
    /// One prefix a line, with comments.
    Prefixes,
    /// `prefix,country` and further columns: registry tables and geofeeds (RFC 8805).
    CountryPrefixes,
    /// `AS123 # remark` a line.
    AsNumbers,
    /// `start,end,asn`, both ends included; with commas or tabs, and perhaps country and name.
    AsRanges,
    /// `asn,name`.
    AsNames,
    /// The registries' delegated and delegated-extended files.
    Delegated,
    /// Tor relays with an `ipaddr` column.
    TorExits,
    /// A MISP warning list of prefixes.
    WarningList,
    /// The range files of Amazon, Google, Microsoft and Oracle, as JSON.
    CloudJson,
}

/// What being in a table means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The country is that of the registration.
    Registered,
    /// The country is where the addresses are used.
    Located,
    /// The table says what it means: databases, AS numbers and names.
    Own,
    /// Its addresses or networks are of this class.
    Class(Class),
    /// Its addresses or networks are this provider's cloud.
    Cloud(String),
}

impl Kind {
    /// After how many days the word of such a table no longer counts.
    ///
    /// Of the exits in a Tor list 12 % are others after seven weeks; registrations move slowly.
    pub fn max_age_days(&self) -> u16 {
        match self.role {
            Role::Class(Class::Tor) => 49,
            Role::Class(Class::Vpn | Class::Proxy | Class::Relay) => 180,
            Role::Registered | Role::Located | Role::Own | Role::Class(_) | Role::Cloud(_) => 365,
        }
    }
}
