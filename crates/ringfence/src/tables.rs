//! From the lake's answers to the hunt's tables.

use std::collections::HashMap;

use anyhow::{Context, Result};
use hunt::{
    item::{self, Parts},
    tables::{Account, AccountFacts, Column, Event, Events, Feature, ModelStart, NONE, Traffic, Use, Uses},
    template::Template,
};
use lake::queries::{self, SketchColumn};

/// DataFusion's session, as the lake opens it.
pub(crate) type Session = lake::Session;

/// Answers larger than this do not fit one machine; the error says so.
const ROWS: usize = 60_000_000;
/// Exchanges of interest that are held at once, at about 100 bytes each.
const EVENTS: usize = 12_000_000;

/// Accounts by their key in the lake.
pub(crate) type Index = HashMap<u64, u32>;

/// Who called, and the frame of the window.
pub(crate) async fn traffic(session: &Session) -> Result<(Traffic, Index)> {
    let profiles = queries::profiles().collect(session, ROWS).await?;
    let names = queries::account_names().collect(session, ROWS).await?;
    let known = queries::accounts().collect(session, ROWS).await?;
    let name: HashMap<u64, &str> =
        names.account_key.iter().copied().zip(names.account_id.iter().map(String::as_str)).collect();
    let mut facts = facts(known);
    let mut order: Vec<usize> = (0..profiles.account_key.len()).collect();
    order.sort_unstable_by_key(|&i| name.get(&profiles.account_key[i]).copied());
    let mut accounts = Vec::with_capacity(order.len());
    let mut index = HashMap::with_capacity(order.len());
    for i in order {
        let key = profiles.account_key[i];
        index.insert(key, u32::try_from(accounts.len()).context("more accounts than the hunt can number")?);
        accounts.push(Account {
            account_id: name.get(&key).map_or_else(|| format!("{key:016x}"), |n| (*n).to_owned()),
            facts: facts.remove(&key),
            exchanges: profiles.exchanges[i],
            first: profiles.first[i],
            last: profiles.last[i],
            output_tokens: profiles.output_tokens[i],
        });
    }
    let marked = queries::marked().collect(session, ROWS).await?;
    let exchanges = marked.exchanges.first().copied().unwrap_or(0);
    let mut traffic = Traffic {
        exchanges,
        from: accounts.iter().map(|a| a.first).min().unwrap_or(0),
        to: accounts.iter().map(|a| a.last).max().unwrap_or(0),
        marked_share: marked.marked.first().copied().unwrap_or(0) as f64 / exchanges.max(1) as f64,
        accounts,
        ..Traffic::default()
    };
    model_starts(session, &index, &mut traffic).await?;
    Ok((traffic, index))
}

fn facts(known: queries::AccountFacts) -> HashMap<u64, AccountFacts> {
    let queries::AccountFacts {
        account_key,
        account_id: _,
        organization_id,
        created,
        plan,
        email_domain,
        // Where a person comes from is never an input.
        declared_country: _,
        phone_country: _,
        payment_key,
        device_key,
        signup_address_key,
        signup_network_key,
    } = known;
    let texts = organization_id.into_iter().zip(plan).zip(email_domain);
    let keys = payment_key.into_iter().zip(device_key).zip(signup_address_key.into_iter().zip(signup_network_key));
    account_key
        .into_iter()
        .zip(created)
        .zip(texts.zip(keys))
        .map(|((key, created), (((organization_id, plan), email_domain), ((payment, device), (address, network))))| {
            let facts = AccountFacts {
                organization_id,
                created,
                plan,
                email_domain,
                payment,
                device,
                signup_address: address,
                signup_network: network,
            };
            (key, facts)
        })
        .collect()
}

async fn model_starts(session: &Session, index: &Index, traffic: &mut Traffic) -> Result<()> {
    let starts = queries::model_starts().collect(session, ROWS).await?;
    let mut models = Names::default();
    for ((key, model), first) in starts.account_key.iter().zip(&starts.request_model).zip(&starts.first) {
        if let Some(&account) = index.get(key) {
            traffic.model_starts.push(ModelStart { account, model: models.number(model), first: *first });
        }
    }
    traffic.model_starts.sort_unstable_by_key(|s| (s.account, s.first, s.model));
    traffic.models = models.names;
    Ok(())
}

/// Names by number; those beyond what 16 bits can tell apart share the last.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u16>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u16 {
        if let Some(&n) = self.numbers.get(name) {
            return n;
        }
        let n = u16::try_from(self.names.len()).unwrap_or(u16::MAX).min(u16::MAX - 1);
        if self.names.len() < usize::from(u16::MAX) {
            self.names.push(name.to_owned());
        }
        self.numbers.insert(name.to_owned(), n);
        n
    }
}

/// Which accounts share which wordings; `told` is called after each column.
pub(crate) async fn uses(
    session: &Session,
    index: &Index,
    settings: &hunt::Settings,
    mut told: impl FnMut(Column),
) -> Result<Uses> {
    let mut uses = Uses::default();
    for column in Column::ALL {
        // One account fewer than a cohort needs: rewordings are put together later.
        let least = u64::from(settings.min_accounts.saturating_sub(1).max(2));
        let query = queries::template_uses(sketch_column(column)?, u64::from(settings.min_uses), least);
        let answer = query.collect(session, ROWS).await?;
        append(&mut uses, column, &answer, index);
        told(column);
    }
    Ok(uses)
}

fn sketch_column(column: Column) -> Result<SketchColumn> {
    Ok(column.name().parse()?)
}

fn append(uses: &mut Uses, column: Column, answer: &queries::TemplateUses, index: &Index) {
    let mut order: Vec<usize> = (0..answer.key.len()).collect();
    order.sort_unstable_by_key(|&i| (answer.key[i], index.get(&answer.account_key[i])));
    let mut last = None;
    for i in order {
        let Some(&account) = index.get(&answer.account_key[i]) else { continue };
        if last != Some(answer.key[i]) {
            last = Some(answer.key[i]);
            uses.features.push(Feature { column, key: answer.key[i] });
        }
        uses.rows.push(Use {
            feature: uses.features.len() as u32 - 1,
            account,
            uses: u32::try_from(answer.uses[i]).unwrap_or(u32::MAX),
            first: answer.first[i],
            last: answer.last[i],
        });
    }
}

/// The exchanges that carry a template which is not plainly public, in time order.
pub(crate) async fn events(session: &Session, index: &Index, templates: &[Template]) -> Result<Events> {
    let mut numbers: [HashMap<u64, u32>; 8] = Default::default();
    for (i, template) in (0..).zip(templates).filter(|(_, t)| !t.public) {
        numbers[template.feature.column.index()].insert(template.feature.key, i);
    }
    let wanted: Vec<(SketchColumn, Vec<u64>)> = Column::ALL
        .into_iter()
        .map(|column| {
            let mut keys: Vec<u64> = numbers[column.index()].keys().copied().collect();
            keys.sort_unstable();
            Ok((sketch_column(column)?, keys))
        })
        .collect::<Result<_>>()?;
    let mut answer = queries::carriers(session, &wanted).await?;
    let mut models = Names::default();
    let mut rows = Vec::new();
    let mut parts = Vec::new();
    while let Some(piece) = answer.next().await? {
        for i in 0..piece.time.len() {
            if let Some(&account) = index.get(&piece.account_key[i]) {
                rows.push(event(&piece, i, account, &numbers, &mut models));
                parts.push(parts_of(&piece, i));
            }
        }
        anyhow::ensure!(
            rows.len() <= EVENTS,
            "over {EVENTS} exchanges carry a wording that is worth a look; hunt in fewer days: name their logs with --exchanges"
        );
    }
    item::settle(&mut rows, &parts);
    drop(parts);
    rows.sort_unstable_by_key(|e: &Event| (e.time, e.account, e.item));
    Ok(Events { rows, models: models.names })
}

fn event(
    piece: &queries::Carriers,
    i: usize,
    account: u32,
    numbers: &[HashMap<u64, u32>; 8],
    models: &mut Names,
) -> Event {
    let keys = [
        piece.system_key[i],
        piece.system_prefix[i],
        piece.prefix_4[i],
        piece.prefix_8[i],
        piece.prefix_16[i],
        piece.suffix_4[i],
        piece.suffix_8[i],
        piece.suffix_16[i],
    ];
    let mut features = [NONE; 8];
    for ((feature, key), numbers) in features.iter_mut().zip(keys).zip(numbers) {
        *feature = key.and_then(|k| numbers.get(&k).copied()).unwrap_or(NONE);
    }
    Event {
        time: piece.time[i],
        account,
        features,
        item: item::UNKNOWN,
        input_tokens: u32::try_from(piece.input_tokens[i]).unwrap_or(u32::MAX),
        output_tokens: u32::try_from(piece.output_tokens[i]).unwrap_or(u32::MAX),
        model: models.number(&piece.request_model[i]),
        status: piece.status[i] as u16,
        marks: piece.marks[i] as u16,
        turn: u16::try_from(piece.turn[i]).unwrap_or(u16::MAX),
    }
}

/// Equality is all that is asked of the keys, so half of each is enough.
fn parts_of(piece: &queries::Carriers, i: usize) -> Parts {
    let slots = [piece.item_0[i], piece.item_1[i], piece.item_2[i], piece.item_3[i]];
    let middle = slots.iter().flatten().fold(0_u64, |h, k| h.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ k);
    Parts { prompt: piece.prompt_key[i].map_or(0, |key| key as u32), middle: (middle >> 32) as u32 }
}

/// The masked texts that were kept, by feature.
pub(crate) async fn exemplars(session: &Session) -> Result<HashMap<Feature, String>> {
    let kept = queries::exemplars().collect(session, ROWS).await?;
    let column = |name: &str| Column::ALL.into_iter().find(|c| c.name() == name);
    Ok(kept
        .template_column
        .iter()
        .zip(kept.template_key)
        .zip(kept.masked_text)
        .filter_map(|((name, key), text)| Some((Feature { column: column(name)?, key }, text)))
        .collect())
}
