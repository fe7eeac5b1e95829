//! Exchanges to cohort tables in memory: what the lake does over files, for tests and examples.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
};

use exchanges::{
    Account, Exchange,
    sketch::{Secret, Sketch, Sketcher},
};
use hunt::{
    Case, Settings,
    calibrate::Calibration,
    item::{self, Parts},
    tables::{self, AccountFacts, Column, Event, Events, Feature, ModelStart, NONE, Traffic, Use, Uses},
    template::{self, Template},
};
use simulate::Plan;

type Keys = [Option<u64>; 8];

/// An exchange as the lake would hold it.
struct Row {
    event: Event,
    keys: Keys,
    parts: Parts,
}

/// Everything that a case borrows.
pub(crate) struct Tables {
    pub(crate) traffic: Traffic,
    pub(crate) templates: Vec<Template>,
    pub(crate) events: Events,
    exemplars: HashMap<Feature, String>,
    calibration: Calibration,
}

impl Tables {
    pub(crate) fn of_plan(plan: &Plan) -> Self {
        let accounts: Vec<Account> = plan.accounts().collect();
        Self::of_rows(&accounts, plan.exchanges().map(|labelled| labelled.exchange))
    }

    /// `exchanges` are in time order.
    pub(crate) fn of_rows(accounts: &[Account], exchanges: impl Iterator<Item = Exchange>) -> Self {
        let mut intake = Intake::new(accounts);
        for exchange in exchanges {
            intake.add(&exchange);
        }
        intake.finish()
    }

    pub(crate) fn case(&self, settings: Settings) -> Case<'_> {
        Case {
            traffic: &self.traffic,
            templates: &self.templates,
            events: &self.events,
            exemplars: &self.exemplars,
            settings,
            calibration: &self.calibration,
            generated: "2026-09-01T00:00:00Z".to_owned(),
        }
    }
}

/// The tables while exchanges arrive.
struct Intake<'a> {
    facts: HashMap<&'a str, &'a Account>,
    sketcher: Sketcher,
    index: HashMap<String, u32>,
    models: HashMap<String, u16>,
    starts: HashMap<(u32, u16), i64>,
    traffic: Traffic,
    rows: Vec<Row>,
    marked: u64,
}

impl<'a> Intake<'a> {
    fn new(accounts: &'a [Account]) -> Self {
        Self {
            facts: accounts.iter().map(|a| (a.account_id.as_str(), a)).collect(),
            sketcher: Sketcher::new(&Secret::from_bytes([7; 32])),
            index: HashMap::new(),
            models: HashMap::new(),
            starts: HashMap::new(),
            traffic: Traffic::default(),
            rows: Vec::new(),
            marked: 0,
        }
    }

    fn add(&mut self, exchange: &Exchange) {
        let sketch = self.sketcher.sketch(exchange);
        let time = exchange.time.micros();
        let account = self.account(exchange);
        let model = self.model(&exchange.request_model);
        let row = &mut self.traffic.accounts[account as usize];
        row.exchanges += 1;
        row.last = time;
        row.output_tokens += exchange.output_tokens.unwrap_or(0);
        self.starts.entry((account, model)).or_insert(time);
        self.marked += u64::from(sketch.marks.bits() != 0);
        let event = Event {
            time,
            account,
            features: [NONE; 8],
            item: item::UNKNOWN,
            input_tokens: exchange.input_tokens.unwrap_or(0) as u32,
            output_tokens: exchange.output_tokens.unwrap_or(0) as u32,
            model,
            status: exchange.status,
            marks: sketch.marks.bits(),
            turn: exchange.turn.unwrap_or(0) as u16,
        };
        self.rows.push(Row { event, keys: keys(&sketch), parts: parts(&sketch) });
    }

    fn account(&mut self, exchange: &Exchange) -> u32 {
        let id = exchange.account_id.as_str();
        if let Some(&account) = self.index.get(id) {
            return account;
        }
        let account = self.traffic.accounts.len() as u32;
        let time = exchange.time.micros();
        self.index.insert(id.to_owned(), account);
        self.traffic.accounts.push(tables::Account {
            account_id: id.to_owned(),
            facts: self.facts.get(id).map(|known| facts(known)),
            exchanges: 0,
            first: time,
            last: time,
            output_tokens: 0,
        });
        account
    }

    fn model(&mut self, name: &str) -> u16 {
        let next = self.models.len() as u16;
        *self.models.entry(name.to_owned()).or_insert_with(|| {
            self.traffic.models.push(name.to_owned());
            next
        })
    }

    fn finish(mut self) -> Tables {
        self.traffic.exchanges = self.rows.len() as u64;
        self.traffic.from = self.rows.first().map_or(0, |r| r.event.time);
        self.traffic.to = self.rows.last().map_or(0, |r| r.event.time);
        self.traffic.marked_share = self.marked as f64 / self.rows.len().max(1) as f64;
        self.traffic.model_starts =
            self.starts.iter().map(|(&(account, model), &first)| ModelStart { account, model, first }).collect();
        self.traffic.model_starts.sort_by_key(|s| (s.account, s.model));
        let settings = Settings::default();
        let uses = uses(&self.rows, settings.min_uses);
        let templates = template::mine(&uses, &self.traffic.accounts, settings.min_accounts);
        let events = Events { rows: carrying(self.rows, &templates), models: self.traffic.models.clone() };
        Tables {
            traffic: self.traffic,
            templates,
            events,
            exemplars: HashMap::new(),
            calibration: Calibration::shipped(),
        }
    }
}

/// Features that three accounts and more used repeatedly.
fn uses(rows: &[Row], min_uses: u32) -> Uses {
    let mut counts: HashMap<(Feature, u32), Use> = HashMap::new();
    for Row { event, keys, .. } in rows {
        for feature in features(keys) {
            let fresh = Use { feature: 0, account: event.account, uses: 0, first: event.time, last: event.time };
            let seen = counts.entry((feature, event.account)).or_insert(fresh);
            seen.uses += 1;
            seen.last = event.time;
        }
    }
    let mut by_feature: HashMap<Feature, Vec<Use>> = HashMap::new();
    for ((feature, _), seen) in counts.into_iter().filter(|(_, u)| u.uses >= min_uses) {
        by_feature.entry(feature).or_default().push(seen);
    }
    let mut kept: Vec<(Feature, Vec<Use>)> = by_feature.into_iter().filter(|(_, users)| users.len() >= 3).collect();
    kept.sort_by_key(|(feature, _)| *feature);
    let mut uses = Uses::default();
    for (number, (feature, mut users)) in (0..).zip(kept) {
        users.sort_by_key(|u| u.account);
        uses.features.push(feature);
        uses.rows.extend(users.into_iter().map(|u| Use { feature: number, ..u }));
    }
    uses
}

/// The exchanges that carry a template which is not plainly public.
fn carrying(rows: Vec<Row>, templates: &[Template]) -> Vec<Event> {
    let selected: HashMap<Feature, u32> =
        (0..).zip(templates).filter(|(_, t)| !t.public).map(|(i, t)| (t.feature, i)).collect();
    let (mut events, parts): (Vec<Event>, Vec<Parts>) = rows
        .into_iter()
        .filter_map(|Row { mut event, keys, parts }| {
            for feature in features(&keys) {
                if let Some(&number) = selected.get(&feature) {
                    event.features[feature.column.index()] = number;
                }
            }
            event.features.iter().any(|f| *f != NONE).then_some((event, parts))
        })
        .unzip();
    item::settle(&mut events, &parts);
    events
}

fn parts(sketch: &Sketch) -> Parts {
    Parts { prompt: sketch.prompt_key.map_or(0, |key| key as u32), middle: sketch.items.map_or(0, |m| hash(m) as u32) }
}

fn features(keys: &Keys) -> impl Iterator<Item = Feature> + '_ {
    Column::ALL.into_iter().zip(keys).filter_map(|(column, key)| key.map(|key| Feature { column, key }))
}

fn keys(sketch: &Sketch) -> Keys {
    let ([p4, p8, p16], [s4, s8, s16]) = (sketch.prefix, sketch.suffix);
    [sketch.system_key, sketch.system_prefix, p4, p8, p16, s4, s8, s16]
}

fn facts(account: &Account) -> AccountFacts {
    AccountFacts {
        organization_id: account.organization_id.as_ref().map(|o| o.as_str().to_owned()),
        created: account.created.micros(),
        plan: account.plan.clone(),
        email_domain: account.email_domain.clone(),
        payment: account.payment_id.as_ref().map(hash),
        device: account.device_id.as_ref().map(hash),
        signup_address: account.signup_address.map(hash),
        signup_network: account.signup_address.map(network),
    }
}

/// The /24 or /48 around an address.
fn network(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(v4) => hash(&v4.octets()[..3]),
        IpAddr::V6(v6) => hash(&v6.segments()[..3]),
    }
}

fn hash<T: Hash>(value: T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
