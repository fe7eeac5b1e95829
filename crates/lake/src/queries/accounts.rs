//! What accounts did, when, and from where.

use super::{Query, answer};

answer! {
    /// One row an account that called.
    pub struct Profiles {
        account_key: u64,
        exchanges: u64,
        /// Microseconds since the Unix epoch.
        first: i64,
        last: i64,
        input_tokens: u64,
        output_tokens: u64,
        /// Exchanges that begin a conversation, or are not part of one.
        openings: u64,
        with_system: u64,
        with_reasoning: u64,
        with_tools: u64,
        ok: u64,
        unauthorised: u64,
        forbidden: u64,
        throttled: u64,
        failed: u64,
    }
}

/// Counts and sums of each account's exchanges; 401, 403, 429 and 5xx are counted apart.
pub fn profiles() -> Query<Profiles> {
    let sql = "SELECT account_key, count(*) AS exchanges, min(time) AS first, max(time) AS last,
           coalesce(sum(CAST(input_tokens AS BIGINT)), 0) AS input_tokens,
           coalesce(sum(CAST(output_tokens AS BIGINT)), 0) AS output_tokens,
           count(*) FILTER (WHERE turn IS NULL OR turn <= 1) AS openings,
           count(system_key) AS with_system,
           count(*) FILTER (WHERE reasoning) AS with_reasoning,
           count(*) FILTER (WHERE tools > 0) AS with_tools,
           count(*) FILTER (WHERE status < 400) AS ok,
           count(*) FILTER (WHERE status = 401) AS unauthorised,
           count(*) FILTER (WHERE status = 403) AS forbidden,
           count(*) FILTER (WHERE status = 429) AS throttled,
           count(*) FILTER (WHERE status >= 500) AS failed
         FROM exchanges GROUP BY account_key";
    Query::new("profiles", sql.to_owned())
}

answer! {
    /// Exchanges of an account in an hour.
    pub struct Hours {
        account_key: u64,
        /// Whole hours since the Unix epoch.
        hour: i64,
        exchanges: u64,
    }
}

/// The rhythm of each account.
pub fn hours() -> Query<Hours> {
    let sql = "SELECT account_key, hour, count(*) AS exchanges
         FROM (SELECT account_key, CAST(time AS BIGINT) / 3600000000 AS hour FROM exchanges)
         GROUP BY account_key, hour";
    Query::new("hours", sql.to_owned())
}

/// Something that accounts can have in common, kept as a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    Address,
    Network,
    Credential,
    Conversation,
}

impl Attribute {
    fn column(self) -> &'static str {
        match self {
            Self::Address => "address_key",
            Self::Network => "network_key",
            Self::Credential => "credential_key",
            Self::Conversation => "conversation_key",
        }
    }
}

answer! {
    /// Uses of an attribute's value by an account.
    pub struct AttributeUses {
        account_key: u64,
        value: u64,
        uses: u64,
    }
}

/// How often each account came with each value; exchanges without a value are left out.
pub fn attribute_uses(attribute: Attribute) -> Query<AttributeUses> {
    let column = attribute.column();
    let sql = format!(
        "SELECT account_key, {column} AS value, count(*) AS uses FROM exchanges
         WHERE {column} IS NOT NULL GROUP BY account_key, {column}"
    );
    Query::new("attribute_uses", sql)
}

answer! {
    /// Uses of a user agent by an account.
    pub struct UserAgentUses {
        account_key: u64,
        user_agent: String,
        uses: u64,
    }
}

/// How often each account came with each user agent.
pub fn user_agent_uses() -> Query<UserAgentUses> {
    let sql = "SELECT account_key, user_agent, count(*) AS uses FROM exchanges
         WHERE user_agent IS NOT NULL GROUP BY account_key, user_agent";
    Query::new("user_agent_uses", sql.to_owned())
}

answer! {
    /// Different values in an account's exchanges.
    pub struct Distinct {
        account_key: u64,
        distinct_values: u64,
        exchanges: u64,
    }
}

/// How many different values of a sketch column each account has, and in how many exchanges.
pub fn distinct(column: super::SketchColumn) -> Query<Distinct> {
    let sql = format!(
        "SELECT account_key, count(*) AS distinct_values, sum(uses) AS exchanges
         FROM (SELECT account_key, count(*) AS uses FROM exchanges
               WHERE {column} IS NOT NULL GROUP BY account_key, {column})
         GROUP BY account_key"
    );
    Query::new("distinct", sql)
}

answer! {
    /// The lake as a whole, in one row; `first` and `last` are 0 where there are no exchanges.
    pub struct Totals {
        exchanges: u64,
        accounts: u64,
        first: i64,
        last: i64,
    }
}

/// Counts of exchanges and of the accounts that made them.
pub fn totals() -> Query<Totals> {
    let sql = "SELECT coalesce(sum(uses), 0) AS exchanges, count(*) AS accounts,
           coalesce(CAST(min(first) AS BIGINT), 0) AS first, coalesce(CAST(max(last) AS BIGINT), 0) AS last
         FROM (SELECT count(*) AS uses, min(time) AS first, max(time) AS last FROM exchanges GROUP BY account_key)";
    Query::new("totals", sql.to_owned())
}

answer! {
    /// What the operator said of each account.
    pub struct AccountFacts {
        account_key: u64,
        account_id: String,
        organization_id: Option<String>,
        /// Microseconds since the Unix epoch.
        created: i64,
        plan: String,
        email_domain: Option<String>,
        declared_country: Option<String>,
        phone_country: Option<String>,
        payment_key: Option<u64>,
        device_key: Option<u64>,
        signup_address_key: Option<u64>,
        signup_network_key: Option<u64>,
    }
}

/// The accounts, one row each.
pub fn accounts() -> Query<AccountFacts> {
    let sql = "SELECT account_key, account_id, organization_id, created, plan, email_domain, declared_country,
           phone_country, payment_key, device_key, signup_address_key, signup_network_key
         FROM accounts";
    Query::new("accounts", sql.to_owned())
}
