//! Who calls, as the store's book knows them.

use exchanges::{AccountId, OrganizationId, Time};
use jiff::Timestamp;
use policy::{KeyState, Standing};
use store::{AccountFacts, AccountStatus, Book, KeyStatus};

use crate::{ask::Ask, config::UnknownKeys, credential::Credential};

/// The account behind a question, and what is known of it.
pub(super) struct Caller<'b> {
    pub(super) account: policy::Account,
    pub(super) organization: policy::Organization,
    pub(super) campaign: Option<policy::Campaign>,
    pub(super) known: Known<'b>,
}

/// What the store's book holds of a caller.
#[derive(Clone, Copy)]
pub(super) struct Known<'b>(Option<&'b AccountFacts>);

impl<'b> Caller<'b> {
    pub(super) fn of(ask: &Ask, book: &'b Book, time: Timestamp, unknown: UnknownKeys) -> Self {
        let (key, known) = match (&ask.account, ask.credential) {
            (Some(id), _) => named(book, id),
            (None, Credential::Missing) => (KeyState::Missing, None),
            (None, Credential::Key(fingerprint)) => {
                match book.account_by_key(&store::Fingerprint::new(fingerprint.0)) {
                    Some(keyed) => (key_state(keyed.status, keyed.account), Some(keyed.account)),
                    None => (KeyState::Unknown, None),
                }
            }
        };
        match (known, ask.credential) {
            (Some(account), _) => Self::known(account, key, book, time),
            (None, Credential::Key(fingerprint)) if ask.account.is_none() && unknown == UnknownKeys::Account => {
                Self::unlisted(Some(fingerprint.short()), KeyState::Active)
            }
            (None, _) => Self::unlisted(None, key),
        }
    }

    /// The account's id, or the name of a key that counts as one.
    pub(super) fn id(&self) -> Option<&str> {
        self.account.id.as_deref()
    }

    fn known(facts: &'b AccountFacts, key: KeyState, book: &Book, time: Timestamp) -> Self {
        // A clock beyond year 9999 is no clock; everything that ends has ended then.
        let now = Time::from_micros(time.as_microsecond()).ok();
        let standing = book.organization_of(facts).map(|organization| &organization.assessment);
        Self {
            account: policy::Account {
                id: Some(facts.id.as_str().to_owned()),
                key,
                age_days: now.map(|now| facts.age_days(now)),
                plan: facts.plan.as_ref().to_owned(),
                verified: now.is_some_and(|now| facts.verified(now)),
                allow_listed: now.is_some_and(|now| book.allow_listed(facts, now)),
                declared_country: facts.declared_country.as_deref().map(str::to_owned),
            },
            organization: policy::Organization {
                id: facts.organization.as_ref().map(|id| id.as_str().to_owned()),
                standing: standing.map_or(Standing::Unknown, |assessment| assessment.standing),
                regime: standing.and_then(|assessment| Some(assessment.regime.as_ref()?.as_str().to_owned())),
            },
            campaign: now.and_then(|now| facts.campaign(now)),
            known: Known(Some(facts)),
        }
    }

    fn unlisted(id: Option<String>, key: KeyState) -> Self {
        Self {
            account: policy::Account {
                id,
                key,
                age_days: None,
                plan: "unknown".to_owned(),
                verified: false,
                allow_listed: false,
                declared_country: None,
            },
            organization: policy::Organization { id: None, standing: Standing::Unknown, regime: None },
            campaign: None,
            known: Known(None),
        }
    }
}

impl<'b> Known<'b> {
    pub(super) fn organization_id(self) -> Option<&'b OrganizationId> {
        self.0.and_then(|account| account.organization.as_ref())
    }

    /// The salt of an account that the store knows.
    pub(super) fn salt(self) -> Option<ledger::Salt> {
        self.0.map(|account| ledger::Salt::new(*account.salt.as_bytes()))
    }
}

/// An account that a trusted caller names has shown its key there.
fn named<'b>(book: &'b Book, id: &AccountId) -> (KeyState, Option<&'b AccountFacts>) {
    match book.account(id) {
        Some(account) => (key_state(KeyStatus::Active, account), Some(account)),
        None => (KeyState::Unknown, None),
    }
}

fn key_state(key: KeyStatus, account: &AccountFacts) -> KeyState {
    match (key, account.status) {
        (KeyStatus::Active, AccountStatus::Active) => KeyState::Active,
        _ => KeyState::Revoked,
    }
}
