//! How much a store takes, and how long it waits.

use std::time::Duration;

/// Bounds on what a store holds, takes and waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most accounts that a book holds in memory.
    pub accounts: usize,
    /// The most accounts or labels that one call writes.
    pub batch: usize,
    pub keys_per_account: u32,
    pub labels_per_account: u32,
    pub verifications_per_account: u32,
    pub appeals_per_decision: u32,
    /// Of one account, or of all decisions without an account together, in 24 hours.
    pub appeals_per_account_per_day: u32,
    /// Of everyone, in 24 hours.
    pub appeals_per_day: u32,
    pub events_per_case: u32,
    pub remedies_per_case: usize,
    /// The most cases on one page.
    pub page: u32,
    /// Machines of a fleet, tokens that enrol them, and bans that one of them reports under.
    pub fleet_machines: u32,
    pub fleet_tokens: u32,
    pub fleet_bans_per_machine: u32,
    /// The most rows of a fleet in one answer.
    pub fleet_page: u32,
    /// The most connections to the database; PostgreSQL's default allows 100 for all its clients.
    pub connections: u32,
    /// How long to wait for a connection, for another writer, and for an answer to one statement.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: 1_000_000,
            batch: 10_000,
            keys_per_account: 100,
            labels_per_account: 32,
            verifications_per_account: 16,
            appeals_per_decision: 3,
            appeals_per_account_per_day: 20,
            appeals_per_day: 10_000,
            events_per_case: 1_000,
            remedies_per_case: 1_000,
            page: 200,
            fleet_machines: 100_000,
            fleet_tokens: 10_000,
            fleet_bans_per_machine: 64,
            fleet_page: 10_000,
            connections: 4,
            wait: Duration::from_secs(5),
        }
    }
}
