//! All that a decision needs of the store, in one immutable value in memory.

mod load;

use std::{collections::HashMap, sync::Arc};

use exchanges::{AccountId, OrganizationId, Time};

use crate::{AccountStatus, Assessment, Fingerprint, KeyStatus, Label, Salt};

/// Keys, accounts and organisations at one version of the store.
///
/// A renewed book shares with the one before it what did not change.
#[derive(Debug, Clone, Default)]
pub struct Book {
    version: u64,
    /// Places in `accounts`, which never move.
    places: Arc<HashMap<Arc<str>, u32>>,
    accounts: Arc<Vec<Option<Arc<AccountFacts>>>>,
    keys: Arc<HashMap<Fingerprint, (u32, KeyStatus)>>,
    organizations: Arc<HashMap<OrganizationId, Arc<OrganizationFacts>>>,
    live: usize,
}

/// What is known of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    pub id: AccountId,
    /// What its age counts from.
    pub created: Time,
    pub plan: Box<str>,
    pub status: AccountStatus,
    pub organization: Option<OrganizationId>,
    pub declared_country: Option<Box<str>>,
    pub salt: Salt,
    /// Its own entry on the allow-list; that of its organisation is with the organisation.
    pub allow_listed_until: Option<Time>,
    /// By whichever kind holds longest.
    pub verified_until: Option<Time>,
    /// The most confident first, expired ones too.
    pub labels: Box<[Label]>,
    /// All keys, so that they can be taken out with the account.
    pub keys: Box<[(Fingerprint, KeyStatus)]>,
}

/// What is known of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationFacts {
    pub assessment: Assessment,
    pub allow_listed_until: Option<Time>,
}

/// A key and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'a> {
    pub status: KeyStatus,
    pub account: &'a AccountFacts,
}

impl Book {
    /// The store's version that this is a copy of.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.live
    }

    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    pub fn account_by_key(&self, fingerprint: &Fingerprint) -> Option<Keyed<'_>> {
        let (place, status) = self.keys.get(fingerprint)?;
        Some(Keyed { status: *status, account: self.at(*place)? })
    }

    pub fn account(&self, id: &AccountId) -> Option<&AccountFacts> {
        self.at(*self.places.get(id.as_str())?)
    }

    pub fn organization(&self, id: &OrganizationId) -> Option<&OrganizationFacts> {
        self.organizations.get(id).map(Arc::as_ref)
    }

    /// The organisation of an account.
    pub fn organization_of(&self, account: &AccountFacts) -> Option<&OrganizationFacts> {
        self.organization(account.organization.as_ref()?)
    }

    /// Whether an account, or its organisation, is on the allow-list at a time.
    pub fn allow_listed(&self, account: &AccountFacts, now: Time) -> bool {
        let organization = self.organization_of(account).and_then(|o| o.allow_listed_until);
        account.allow_listed_until.max(organization).is_some_and(|until| now < until)
    }

    /// All accounts, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountFacts> {
        self.accounts.iter().flatten().map(Arc::as_ref)
    }

    /// All organisations, in no order.
    pub fn organizations(&self) -> impl Iterator<Item = (&OrganizationId, &OrganizationFacts)> {
        self.organizations.iter().map(|(id, facts)| (id, facts.as_ref()))
    }

    fn at(&self, place: u32) -> Option<&AccountFacts> {
        self.accounts.get(usize::try_from(place).ok()?)?.as_deref()
    }
}

impl AccountFacts {
    /// The label with most confidence that holds at a time.
    pub fn campaign(&self, now: Time) -> Option<policy::Campaign> {
        let label = self.labels.iter().find(|label| now < label.expires)?;
        Some(policy::Campaign {
            id: label.campaign.as_str().to_owned(),
            confidence_permille: label.confidence_permille,
            recommended: label.recommended,
            confirmed: label.confirmed_by.is_some(),
        })
    }

    /// Whether the caller has shown who they are, and that holds at a time.
    pub fn verified(&self, now: Time) -> bool {
        self.verified_until.is_some_and(|until| now < until)
    }

    /// Whole days since the account was created, none before.
    pub fn age_days(&self, now: Time) -> u32 {
        u32::try_from((now.micros() - self.created.micros()) / 86_400_000_000).unwrap_or(0)
    }
}
