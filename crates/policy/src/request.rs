//! Facts to what Cedar evaluates.
//!
//! Only signals that a rule reads which is evaluated are handed over. The types are right by construction, which a test holds against the schema, so
//! the schema is not asked again for every request.

use cedar_policy::{Context, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression};

use crate::{
    facts::Facts,
    schema::{self, Record},
    signal::{Kind, Signal, Value},
    verdict::Fault,
};

/// The longest text of a fact that a rule may look at.
const TEXT_BYTES: usize = 1 << 10;

/// How facts become a request, for the signals that some rule reads.
#[derive(Debug)]
pub(crate) struct Translation {
    records: Vec<Record>,
    account: EntityTypeName,
    model: EntityTypeName,
    action: EntityUid,
}

impl Translation {
    pub(crate) fn of(signals: impl Iterator<Item = &'static Signal>) -> Result<Self, Fault> {
        let type_name = |name: &str| name.parse().map_err(|_| Fault::of(format!("`{name}` is no type")));
        let action = EntityUid::from_type_name_and_id(type_name("Action")?, EntityId::new(schema::ACTION));
        let (account, model) = (type_name(schema::PRINCIPAL)?, type_name(schema::RESOURCE)?);
        Ok(Self { records: schema::records(signals), account, model, action })
    }

    /// Whether rules may look at the facts: a text that is too long for one is too long for all.
    pub(crate) fn fits(&self, facts: &Facts) -> Result<(), Fault> {
        within("account.id", facts.account.id.as_deref().unwrap_or_default())?;
        within("request.model", &facts.request.model)?;
        let mut all = self.records.iter().flat_map(|(_, attributes)| attributes);
        all.try_for_each(|(_, signal)| match (signal.kind, (signal.read)(facts)) {
            (Kind::Text(_), Value::Text(text)) => within(signal.name, text),
            _ => Ok(()),
        })
    }

    /// What rules are evaluated on that read these signals and no others.
    pub(crate) fn request(&self, facts: &Facts, read: impl Fn(&'static Signal) -> bool) -> Result<Request, Fault> {
        self.fits(facts)?;
        let account = facts.account.id.as_deref().unwrap_or("unknown");
        let principal = uid(&self.account, account);
        let resource = uid(&self.model, &facts.request.model);
        let context = self.context(facts, read)?;
        Request::new(principal, self.action.clone(), resource, context, None).map_err(|e| Fault::of(e.to_string()))
    }

    fn context(&self, facts: &Facts, read: impl Fn(&'static Signal) -> bool) -> Result<Context, Fault> {
        let mut records = Vec::with_capacity(self.records.len());
        for (name, attributes) in &self.records {
            let read = attributes.iter().filter(|(_, signal)| read(signal));
            let fields: Vec<_> =
                read.map(|(attribute, signal)| ((*attribute).to_owned(), expression(signal, facts))).collect();
            if fields.is_empty() {
                continue;
            }
            let record = RestrictedExpression::new_record(fields).map_err(|e| Fault::of(e.to_string()))?;
            records.push(((*name).to_owned(), record));
        }
        Context::from_pairs(records).map_err(|e| Fault::of(e.to_string()))
    }
}

fn expression(signal: &Signal, facts: &Facts) -> RestrictedExpression {
    match (signal.read)(facts) {
        Value::Text(text) => RestrictedExpression::new_string(text.to_owned()),
        Value::Number(number) => RestrictedExpression::new_long(number),
        Value::Truth(truth) => RestrictedExpression::new_bool(truth),
    }
}

fn within(signal: &str, text: &str) -> Result<(), Fault> {
    if text.len() <= TEXT_BYTES {
        return Ok(());
    }
    Err(Fault::of(format!("{signal} has {} bytes and rules look at {TEXT_BYTES} at most", text.len())))
}

fn uid(name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id))
}

#[cfg(test)]
mod tests {
    use cedar_policy::Schema;

    use super::*;
    use crate::facts::{Campaign, Facts};

    /// What makes it safe not to ask the schema again for every request.
    #[test]
    fn every_signal_has_the_type_that_the_schema_says() {
        let schema: Schema = schema::schema().parse().expect("the schema is Cedar");
        let all = Translation::of(Signal::ALL.iter()).expect("the names are Cedar's");
        let unknown = Facts::unknown(jiff::Timestamp::UNIX_EPOCH);
        let mut known = crate::cases::everyday();
        known.campaign = Some(Campaign {
            id: "c".to_owned(),
            confidence_permille: 1,
            recommended: crate::effect::Effect::Deny,
            confirmed: true,
        });
        for facts in [unknown, known] {
            let request = all.request(&facts, |_| true).expect("a request");
            let context = request.context().expect("a context").clone();
            context.validate(&schema, &all.action).expect("the types fit");
        }
    }
}
