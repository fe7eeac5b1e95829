//! The desk: facts assembled, rules asked, quotas held, the answer recorded.
//!
//! Everything that it looks at is in memory; files and databases are read by others and swapped in whole.

mod caller;
mod meter;
pub(crate) mod record;
#[cfg(test)]
mod tests;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use exchanges::{AccountId, OrganizationId};
use jiff::Timestamp;
use policy::{Basis, DecisionId, Effect, Facts, Network, Reason, Rules, Verdict};

pub(crate) use self::meter::Meter;
use self::{caller::Caller, meter::Held};
use crate::{
    ask::{Ask, Face, Ruling, Unavailable},
    behaviour::Counters,
    config::{self, LedgerGone, UnknownKeys},
    credential::Credential,
    decide::Decide,
    metrics::Metrics,
};

/// Decides, one question at a time.
pub(crate) struct Desk {
    pub(crate) rules: ArcSwap<Rules>,
    /// Rules on trial.
    pub(crate) shadow: ArcSwap<Option<Rules>>,
    pub(crate) tables: ArcSwap<origin::Tables>,
    pub(crate) book: ArcSwap<store::Book>,
    pub(crate) meter: Meter,
    counters: Counters,
    ledger: journal::Ledger,
    metrics: Arc<Metrics>,
    settings: Settings,
    /// For callers without a salt of their own.
    salt: ledger::Salt,
    started: Instant,
}

/// What a desk is told once.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) unknown_keys: UnknownKeys,
    pub(crate) ledger_gone: LedgerGone,
    /// Where refusals send people; the decision's id is added.
    pub(crate) appeal: String,
    /// Accounts that counters are kept for.
    pub(crate) accounts: usize,
}

/// What a desk is made of.
pub(crate) struct Parts {
    pub(crate) rules: Rules,
    pub(crate) shadow: Option<Rules>,
    pub(crate) tables: origin::Tables,
    pub(crate) book: store::Book,
    pub(crate) meter: Meter,
    pub(crate) ledger: journal::Ledger,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) settings: Settings,
    pub(crate) salt: ledger::Salt,
}

/// A ruling that may not be on record yet, and what an exchange's record and charge go by.
pub(crate) struct Judged {
    pub(crate) ruling: Ruling,
    pub(crate) plan: String,
    pub(crate) organization: Option<OrganizationId>,
    /// None once they are on record.
    facts: Option<Facts>,
    shadow: Option<Verdict>,
    /// The account's own.
    salt: Option<ledger::Salt>,
    face: Face,
    client: Option<IpAddr>,
    took: Duration,
}

/// A ruling that is put on record when it is dropped, if that was not asked for before.
pub(crate) struct Ruled {
    pub(crate) judged: Judged,
    /// None once it is on record.
    desk: Option<Arc<Desk>>,
}

impl Desk {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { rules, shadow, tables, book, meter, ledger, metrics, settings, salt } = parts;
        Self {
            rules: ArcSwap::from_pointee(rules),
            shadow: ArcSwap::from_pointee(shadow),
            tables: ArcSwap::from_pointee(tables),
            book: ArcSwap::from_pointee(book),
            meter,
            counters: Counters::new(settings.accounts),
            ledger,
            metrics,
            settings,
            salt,
            started: Instant::now(),
        }
    }

    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    pub(crate) fn book(&self) -> Arc<store::Book> {
        self.book.load_full()
    }

    pub(crate) fn set_rules(&self, rules: Rules) {
        self.rules.store(Arc::new(rules));
    }

    pub(crate) fn set_shadow(&self, rules: Option<Rules>) {
        self.shadow.store(Arc::new(rules));
    }

    pub(crate) fn set_tables(&self, tables: origin::Tables) {
        self.tables.store(Arc::new(tables));
    }

    pub(crate) fn set_book(&self, book: store::Book) {
        self.book.store(Arc::new(book));
    }

    pub(crate) fn set_limits(&self, limits: config::Limits) {
        self.meter.limits.store(Arc::new(limits));
    }

    /// Puts a changed standing into the ledger; it is on disk when this returns.
    pub(crate) async fn standing_changed(&self, change: &record::StandingChange) -> Result<(), Unavailable> {
        let gone = Unavailable("the ledger cannot be written");
        let entry = record::standing(&self.salt, change, Timestamp::now());
        let entry = entry.ok_or(Unavailable("a changed standing cannot be written down"))?;
        let synced = self.ledger.append_synced(&entry).map_err(|_| gone.clone())?;
        synced.await.map(drop).map_err(|_| gone)
    }

    /// Puts entries of other parts of the server into the ledger; they are on disk when this returns.
    pub(crate) async fn noted(&self, entries: &[(&'static str, serde_json::Value)]) -> Result<(), Unavailable> {
        let gone = Unavailable("the ledger cannot be written");
        let mut waiting = Vec::with_capacity(entries.len());
        for (kind, body) in entries {
            let entry = record::note(kind, body, Timestamp::now());
            let entry = entry.ok_or(Unavailable("an entry cannot be written down"))?;
            waiting.push(self.ledger.append_synced(&entry).map_err(|_| gone.clone())?);
        }
        for synced in waiting {
            synced.await.map_err(|_| gone.clone())?;
        }
        Ok(())
    }

    pub(crate) fn ledger_status(&self) -> journal::Status {
        self.ledger.status()
    }

    /// Puts the last entries on disk.
    pub(crate) fn close(&self) -> Result<(), journal::JournalError> {
        self.ledger.close()
    }

    /// The account whose key is shown, if the store knows it.
    pub(crate) fn account_of(&self, credential: Credential) -> Option<AccountId> {
        let Credential::Key(fingerprint) = credential else { return None };
        let book = self.book.load();
        book.account_by_key(&store::Fingerprint::new(fingerprint.0)).map(|keyed| keyed.account.id.clone())
    }

    /// Counts what an answer used against the account's quota and behaviour.
    pub(crate) fn settle(&self, account: &str, plan: &str, tokens: u64) {
        self.counters.tokens(account, tokens, self.started.elapsed());
        self.meter.charge(account, plan, tokens, self.now());
    }

    /// What decides, on what: the facts of a question at a time.
    fn facts(&self, ask: &Ask, caller: Caller<'_>, time: Timestamp) -> Facts {
        let now = self.started.elapsed();
        let behaviour = match caller.id() {
            Some(id) if ask.counts => self.counters.request(id, ask.client, now),
            Some(id) => self.counters.look(id, now),
            None => policy::Behaviour::default(),
        };
        let tables = self.tables.load();
        Facts {
            time,
            request: ask.request.clone(),
            network: ask.client.map_or_else(unknown_network, |client| network(&tables.trace(client))),
            account: caller.account,
            organization: caller.organization,
            campaign: caller.campaign,
            behaviour,
        }
    }

    /// Decides. A refusal is on disk when this returns; what passes has to be recorded by [`Ruled::record`], before it is answered.
    pub(crate) async fn rule_on(self: &Arc<Self>, ask: &Ask) -> Result<Ruled, Unavailable> {
        let mut judged = self.judge(ask).await?;
        if judged.ruling.decision.effect.passes() {
            self.may_pass()?;
            return Ok(Ruled { judged, desk: Some(Arc::clone(self)) });
        }
        self.record(&mut judged).await?;
        Ok(Ruled { judged, desk: None })
    }

    async fn judge(&self, ask: &Ask) -> Result<Judged, Unavailable> {
        let begun = Instant::now();
        let time = Timestamp::now();
        let book = self.book.load();
        let caller = Caller::of(ask, &book, time, self.settings.unknown_keys);
        let (salt, organization) = (caller.known.salt(), caller.known.organization_id().cloned());
        let facts = self.facts(ask, caller, time);
        drop(book);
        let mut verdict = self.rules.load().decide(&facts);
        for fault in &verdict.errors {
            tracing::error!(rule.fault = %fault, "a rule could not be evaluated, so the request is denied");
        }
        let shadow = self.shadow.load().as_ref().as_ref().map(|rules| rules.decide(&facts));
        let mut limits = Vec::new();
        let mut retry_after = None;
        if ask.counts && verdict.effect < Effect::Verify {
            let account = facts.account.id.as_deref();
            let held = self.meter.hold(account, &facts.account.plan, ask.client, self.now()).await;
            let Held { limits: told, wait } =
                held.map_err(|_| Unavailable("the quotas of the fleet cannot be read"))?;
            limits = told;
            if let Some((unit, wait)) = wait {
                retry_after = Some(wait);
                verdict = over_quota(verdict, unit);
            }
        }
        let decision_id = DecisionId::new(time, rand::random());
        let appeal = format!("{}?decision={decision_id}", self.settings.appeal);
        let decision = verdict.into_decision(decision_id, time, appeal);
        let took = begun.elapsed();
        let account = facts.account.id.as_deref().and_then(|id| id.parse().ok());
        let (key, plan) = (facts.account.key, facts.account.plan.clone());
        let ruling = Ruling { decision, key, account, limits, retry_after };
        Ok(Judged {
            ruling,
            plan,
            organization,
            facts: Some(facts),
            shadow,
            salt,
            face: ask.face,
            client: ask.client,
            took,
        })
    }

    /// Whether there is, as far as is known, a ledger for what passes.
    fn may_pass(&self) -> Result<(), Unavailable> {
        if self.settings.ledger_gone == LedgerGone::Allow || self.ledger.is_healthy() {
            return Ok(());
        }
        self.unrecorded("the ledger cannot write to its disk, so nothing is answered that is not on it")
    }

    fn unrecorded(&self, error: &str) -> Result<(), Unavailable> {
        self.metrics.unrecorded();
        tracing::error!(error, "a decision could not be recorded");
        Err(Unavailable("the ledger cannot be written"))
    }

    /// Refusals are on disk when this returns; what passes follows within the ledger's interval.
    async fn record(&self, judged: &mut Judged) -> Result<(), Unavailable> {
        if judged.ruling.decision.effect < Effect::Verify {
            return self.record_soon(judged);
        }
        let entry = self.entry(judged)?;
        let kept = match self.ledger.append_leaf_synced(entry) {
            Ok(synced) => synced.await.map(drop).map_err(|error| error.to_string()),
            Err(refused) => Err(refused.to_string()),
        };
        kept.or_else(|error| self.unrecorded(&error))
    }

    /// Records what follows within the ledger's interval.
    fn record_soon(&self, judged: &mut Judged) -> Result<(), Unavailable> {
        let entry = self.entry(judged)?;
        let refuses = self.settings.ledger_gone == LedgerGone::Refuse;
        let kept = if refuses && !self.ledger.is_healthy() {
            Err("the ledger cannot write to its disk, so nothing is answered that is not on it".to_owned())
        } else {
            self.ledger.append_leaf_soon(entry).map_err(|refused| refused.to_string())
        };
        match kept {
            Ok(()) => Ok(()),
            Err(_) if !refuses && judged.ruling.decision.effect.passes() => {
                self.metrics.unrecorded();
                Ok(())
            }
            Err(error) => self.unrecorded(&error),
        }
    }

    fn entry(&self, judged: &mut Judged) -> Result<ledger::Leaf, Unavailable> {
        self.metrics.decided(judged.face, judged.ruling.decision.effect, judged.took);
        let salt = judged.salt.as_ref().unwrap_or(&self.salt);
        let facts = judged.facts.take();
        facts
            .and_then(|facts| record::entry(judged, facts, salt))
            .ok_or(Unavailable("the decision cannot be written down"))
    }

    /// Nanoseconds since the desk was opened.
    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Decide for Desk {
    async fn decide(&self, ask: Ask) -> Result<Ruling, Unavailable> {
        let mut judged = self.judge(&ask).await?;
        self.record(&mut judged).await?;
        Ok(judged.ruling)
    }
}

impl Ruled {
    /// Puts what passes on record; it is on disk within the ledger's interval.
    pub(crate) fn record(&mut self) -> Result<(), Unavailable> {
        self.desk.take().map_or(Ok(()), |desk| desk.record_soon(&mut self.judged))
    }
}

impl Drop for Ruled {
    /// Whoever asked has gone in the meantime.
    fn drop(&mut self) {
        drop(self.record());
    }
}

/// The rules let it pass, and a quota does not.
fn over_quota(verdict: Verdict, unit: &str) -> Verdict {
    let text =
        format!("The account's quota of {unit} is used up for now. Wait as long as the answer says, then try again.");
    let reason = Reason { rule: format!("quota-{unit}"), text, basis: Some(Basis::Limit) };
    let mut reasons = vec![reason];
    if verdict.effect == Effect::Throttle {
        reasons.extend(verdict.reasons);
    }
    Verdict { effect: Effect::Throttle, reasons, evidence: verdict.evidence, errors: Vec::new() }
}

fn unknown_network() -> Network {
    Network {
        class: policy::AddressClass::Unknown,
        provider: None,
        registered_country: None,
        located_country: None,
        asn: None,
        contradictory: false,
        expired: false,
    }
}

fn network(origin: &origin::Origin<'_>) -> Network {
    Network {
        class: class(origin.class()),
        provider: origin.provider().map(str::to_owned),
        registered_country: origin.registered_country().map(|country| country.to_string()),
        located_country: origin.located_country().map(|country| country.to_string()),
        asn: origin.asn(),
        contradictory: !origin.contradictions().is_empty(),
        expired: origin.sources().any(|source| source.fact == origin::Fact::Expired),
    }
}

fn class(class: origin::Class) -> policy::AddressClass {
    use origin::Class;
    use policy::AddressClass;
    match class {
        Class::Access => AddressClass::Access,
        Class::Mobile => AddressClass::Mobile,
        Class::Hosting => AddressClass::Hosting,
        Class::Cloud => AddressClass::Cloud,
        Class::Relay => AddressClass::Relay,
        Class::Vpn => AddressClass::Vpn,
        Class::Tor => AddressClass::Tor,
        Class::Proxy => AddressClass::Proxy,
        Class::Unknown => AddressClass::Unknown,
    }
}
