//! Reading a book from the store, and renewing one by what has changed.

use std::{collections::HashMap, sync::Arc};

use exchanges::{AccountId, OrganizationId, Time};

use super::{AccountFacts, Book, OrganizationFacts};
use crate::{
    AccountStatus, Assessment, Fingerprint, KeyStatus, Label, Refusal, Salt, Store, StoreError,
    sql::{Arg, Row, Transaction},
    store::version,
};

/// What has changed since a version: accounts and organisations as they are now.
#[derive(Debug)]
struct Changes {
    since: u64,
    version: u64,
    accounts: HashMap<AccountId, AccountFacts>,
    erased: Vec<AccountId>,
    organizations: HashMap<OrganizationId, OrganizationFacts>,
}

const ACTION: &str = "be read into a book";

const ORGANIZATIONS: &str = "SELECT o.organization_id, o.standing, o.regime, o.as_of, a.expires FROM organizations o \
    LEFT JOIN organization_allowances a ON a.organization_id = o.organization_id WHERE o.version > $1";
const ACCOUNTS: &str = "SELECT a.account_id, a.erased, a.created, a.plan, a.status, a.organization_id, a.declared_country, \
    a.salt, l.expires FROM accounts a LEFT JOIN account_allowances l ON l.account_id = a.account_id WHERE a.version > $1";
const KEYS: &str = "SELECT k.account_id, k.fingerprint, k.state FROM credentials k \
    JOIN accounts a ON a.account_id = k.account_id WHERE a.version > $1";
const LABELS: &str = "SELECT l.account_id, l.campaign_id, l.confidence_permille, l.recommended, l.confirmed_by, l.set_at, \
    l.expires FROM labels l JOIN accounts a ON a.account_id = l.account_id WHERE a.version > $1";
const VERIFICATIONS: &str = "SELECT v.account_id, MAX(v.expires) FROM verifications v \
    JOIN accounts a ON a.account_id = v.account_id WHERE a.version > $1 GROUP BY v.account_id";

impl Store {
    /// Reads everything that a decision needs. Takes seconds for a million accounts; `refresh` takes less.
    pub async fn book(&self) -> Result<Book, StoreError> {
        let changes = self.changes_since(0).await?;
        Book::default().renewed(changes, self.limits.accounts)
    }

    /// The book as it is now, or none where nothing has changed.
    pub async fn refresh(&self, book: &Book) -> Result<Option<Book>, StoreError> {
        let version = self.version().await?;
        if version == book.version {
            return Ok(None);
        }
        // A version that fell is another database, or one that was restored.
        if version < book.version {
            return self.book().await.map(Some);
        }
        let changes = self.changes_since(book.version).await?;
        book.renewed(changes, self.limits.accounts).map(Some)
    }

    /// What has changed after a version, as one state of the store.
    async fn changes_since(&self, since: u64) -> Result<Changes, StoreError> {
        let mut transaction = self.pool.reader().await?;
        let changes = read(&mut transaction, since, self.limits.accounts).await?;
        transaction.commit().await?;
        Ok(changes)
    }
}

async fn read(transaction: &mut Transaction, since: u64, limit: usize) -> Result<Changes, StoreError> {
    transaction.read_long().await?;
    let version = version(transaction).await?;
    let after = [Arg::Whole(i64::try_from(since).unwrap_or(i64::MAX))];
    let sql = "SELECT COUNT(*) FROM accounts WHERE version > $1 AND erased IS NULL";
    let found = transaction.count(ACTION, sql, &after).await?;
    check_size(usize::try_from(found).unwrap_or(usize::MAX), limit)?;
    let mut changes =
        Changes { since, version, accounts: HashMap::new(), erased: Vec::new(), organizations: HashMap::new() };
    let take = |row: Row| {
        let (id, facts) = organization(&row)?;
        changes.organizations.insert(id, facts);
        Ok(())
    };
    transaction.each(ACTION, ORGANIZATIONS, &after, take).await?;
    let take = |row: Row| {
        match account(&row)? {
            Ok(facts) => drop(changes.accounts.insert(facts.id.clone(), facts)),
            Err(erased) => changes.erased.push(erased),
        }
        Ok(())
    };
    transaction.each(ACTION, ACCOUNTS, &after, take).await?;
    read_parts(transaction, &after, &mut changes.accounts).await?;
    Ok(changes)
}

/// What hangs on the accounts.
async fn read_parts(
    transaction: &mut Transaction,
    after: &[Arg<'_>],
    accounts: &mut HashMap<AccountId, AccountFacts>,
) -> Result<(), StoreError> {
    let mut keys: HashMap<AccountId, Vec<(Fingerprint, KeyStatus)>> = HashMap::new();
    let take = |row: Row| {
        let fingerprint = Fingerprint::new(row.bytes32(1, "credentials.fingerprint")?);
        let status = row.word(2, "credentials.state", KeyStatus::read)?;
        keys.entry(row.parse(0, "credentials.account_id")?).or_default().push((fingerprint, status));
        Ok(())
    };
    transaction.each(ACTION, KEYS, after, take).await?;
    for (id, mut keys) in keys {
        keys.sort_unstable_by_key(|(fingerprint, _)| *fingerprint);
        if let Some(facts) = accounts.get_mut(&id) {
            facts.keys = keys.into_boxed_slice();
        }
    }
    let mut labels: HashMap<AccountId, Vec<Label>> = HashMap::new();
    let take = |row: Row| {
        let label = Label::read(&row)?;
        labels.entry(label.account.clone()).or_default().push(label);
        Ok(())
    };
    transaction.each(ACTION, LABELS, after, take).await?;
    for (id, mut labels) in labels {
        labels.sort_by(Label::most_confident_first);
        if let Some(facts) = accounts.get_mut(&id) {
            facts.labels = labels.into_boxed_slice();
        }
    }
    let take = |row: Row| {
        let id: AccountId = row.parse(0, "verifications.account_id")?;
        if let Some(facts) = accounts.get_mut(&id) {
            facts.verified_until = Some(row.time(1, "verifications.expires")?);
        }
        Ok(())
    };
    transaction.each(ACTION, VERIFICATIONS, after, take).await
}

fn organization(row: &Row) -> Result<(OrganizationId, OrganizationFacts), StoreError> {
    let assessment = Assessment::read(row, 1)?;
    let allow_listed_until = maybe_time(row, 4, "organization_allowances.expires")?;
    Ok((row.parse(0, "organizations.organization_id")?, OrganizationFacts { assessment, allow_listed_until }))
}

/// The facts of an account, or the id of one that was erased.
fn account(row: &Row) -> Result<Result<AccountFacts, AccountId>, StoreError> {
    let id = row.parse(0, "accounts.account_id")?;
    if row.maybe_whole(1, "accounts.erased")?.is_some() {
        return Ok(Err(id));
    }
    Ok(Ok(AccountFacts {
        id,
        created: row.time(2, "accounts.created")?,
        plan: row.text(3, "accounts.plan")?.into(),
        status: row.word(4, "accounts.status", AccountStatus::read)?,
        organization: row.maybe_parse(5, "accounts.organization_id")?,
        declared_country: row.maybe_text(6, "accounts.declared_country")?.map(Into::into),
        salt: Salt::from_bytes(row.bytes32(7, "accounts.salt")?),
        allow_listed_until: maybe_time(row, 8, "account_allowances.expires")?,
        verified_until: None,
        labels: Box::default(),
        keys: Box::default(),
    }))
}

fn maybe_time(row: &Row, at: usize, column: &'static str) -> Result<Option<Time>, StoreError> {
    match row.maybe_whole(at, column)? {
        Some(_) => row.time(at, column).map(Some),
        None => Ok(None),
    }
}

fn check_size(found: usize, limit: usize) -> Result<(), StoreError> {
    if found > limit {
        return Err(Refusal::TooManyAccounts { found: u64::try_from(found).unwrap_or(u64::MAX), limit }.into());
    }
    Ok(())
}

impl Book {
    /// This book with changes on top; it stays as it is.
    fn renewed(&self, changes: Changes, limit: usize) -> Result<Self, StoreError> {
        let Changes { since, version, accounts, erased, organizations } = changes;
        debug_assert_eq!(since, self.version, "changes are made for the book");
        let mut book = Self { version, ..self.clone() };
        if !organizations.is_empty() {
            let known = Arc::make_mut(&mut book.organizations);
            known.extend(organizations.into_iter().map(|(id, facts)| (id, Arc::new(facts))));
        }
        for id in &erased {
            book.take_out(id);
        }
        // All keys go out before any comes in, in case one has moved.
        let known: Vec<&AccountId> = accounts.keys().filter(|id| self.account(id).is_some()).collect();
        for id in known {
            book.take_out(id);
        }
        for (_, facts) in accounts {
            book.put_in(facts)?;
        }
        check_size(book.live, limit)?;
        Ok(book)
    }

    fn take_out(&mut self, id: &AccountId) {
        let Some(place) = self.places.get(id.as_str()).copied() else { return };
        let slot = usize::try_from(place).ok().and_then(|place| Arc::make_mut(&mut self.accounts).get_mut(place));
        let Some(facts) = slot.and_then(Option::take) else { return };
        self.live -= 1;
        if !facts.keys.is_empty() {
            let keys = Arc::make_mut(&mut self.keys);
            for (fingerprint, _) in &facts.keys {
                keys.remove(fingerprint);
            }
        }
    }

    fn put_in(&mut self, facts: AccountFacts) -> Result<(), StoreError> {
        let place = match self.places.get(facts.id.as_str()) {
            Some(place) => *place,
            None => self.new_place(&facts.id)?,
        };
        if !facts.keys.is_empty() {
            Arc::make_mut(&mut self.keys).extend(facts.keys.iter().map(|(key, status)| (*key, (place, *status))));
        }
        let slot = usize::try_from(place).ok().and_then(|place| Arc::make_mut(&mut self.accounts).get_mut(place));
        if let Some(slot) = slot {
            *slot = Some(Arc::new(facts));
            self.live += 1;
        }
        Ok(())
    }

    fn new_place(&mut self, id: &AccountId) -> Result<u32, StoreError> {
        let accounts = Arc::make_mut(&mut self.accounts);
        let full = Refusal::TooManyAccounts { found: u64::from(u32::MAX), limit: self.live };
        let place = u32::try_from(accounts.len()).map_err(|_| full)?;
        accounts.push(None);
        Arc::make_mut(&mut self.places).insert(Arc::from(id.as_str()), place);
        Ok(place)
    }
}
