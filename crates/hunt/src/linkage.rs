//! Identity links between accounts: Fellegi-Sunter weights with term frequencies, m by expectation-maximisation.
//!
//! A pair that agrees on a field gains log2(m / u), where u is the frequency of the *value*: a rare card weighs much, a
//! campus address little. Fields that depend on each other (address and network, the network of use) are capped
//! together, since network evidence alone must not decide. Source: Fellegi and Sunter, JASA 64 (1969); Winkler 2000 for
//! value-specific u.

mod field;
mod tally;

use std::collections::HashMap;

pub(crate) use self::{field::Field, tally::Tally};
use crate::tables::Account;

/// Links of a pair heavier than this count.
const LINKED: f64 = 4.0;
/// Network fields together weigh at most this.
const NETWORK_LIMIT: f64 = 5.0;
/// A value shared by more accounts than this share of all is no blocking key and no link.
const COMMON: f64 = 0.02;

/// How strongly values link accounts in this traffic.
#[derive(Debug, Clone)]
pub(crate) struct Linkage {
    /// What each account holds in each field, as an index into `values`, or [`NONE`].
    held: Vec<[u32; 6]>,
    values: Vec<Value>,
    m: [f64; 6],
    accounts: f64,
    /// Values that could link one account to another, numbered anew.
    telling: Vec<Value>,
    /// Those of each account, as indices into `telling`; those of account `i` end at `ends[i]`.
    shared: Vec<u32>,
    ends: Vec<usize>,
}

/// No value in this field.
const NONE: u32 = u32::MAX;

/// One value of one field, such as a card.
#[derive(Debug, Clone, Copy)]
struct Value {
    field: Field,
    /// Accounts that hold it.
    holders: u32,
    /// Weight of agreeing on it, in bits; 0 where it is common.
    bits: f64,
}

/// One link, its weight in bits and its reasons.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) weight: f64,
    pub(crate) reasons: Vec<Field>,
}

impl Linkage {
    /// Counts values and fits m on the pairs that share any uncommon value.
    pub(crate) fn learn(accounts: &[Account]) -> Self {
        let mut index: HashMap<(Field, u64), u32> = HashMap::new();
        let mut values: Vec<Value> = Vec::new();
        let mut number = |field: Field, value: u64| {
            let id = *index.entry((field, value)).or_insert(values.len() as u32);
            if id as usize == values.len() {
                values.push(Value { field, holders: 0, bits: 0.0 });
            }
            values[id as usize].holders += 1;
            id
        };
        let held: Vec<[u32; 6]> = accounts
            .iter()
            .map(|account| {
                Field::ALL.map(|field| {
                    let value = account.facts.as_ref().and_then(|facts| field.value(facts));
                    value.map_or(NONE, |value| number(field, value))
                })
            })
            .collect();
        let m = Field::ALL.map(Field::prior);
        let count = accounts.len().max(1) as f64;
        let (telling, shared, ends) = (Vec::new(), Vec::new(), Vec::new());
        let mut linkage = Self { held, values, m, accounts: count, telling, shared, ends };
        linkage.weigh();
        let everyone: Vec<u32> = (0..accounts.len() as u32).collect();
        let sample = linkage.blocked(&everyone, 20_000);
        for _ in 0..8 {
            linkage.maximise(&sample);
            linkage.weigh();
        }
        linkage.keep_telling();
        linkage
    }

    /// Value-specific weights of agreement under the present m.
    fn weigh(&mut self) {
        for value in &mut self.values {
            let frequency = f64::from(value.holders) / self.accounts;
            let common =
                frequency > COMMON && value.holders > 4 && !matches!(value.field, Field::Payment | Field::Device);
            value.bits = if common { 0.0 } else { (self.m[value.field as usize] / frequency.min(1.0)).log2().max(0.0) };
        }
    }

    /// What an account holds that another one could hold too.
    fn shareable(&self, account: u32) -> impl Iterator<Item = u32> + '_ {
        self.held[account as usize].into_iter().filter(|&v| v != NONE && self.values[v as usize].holders > 1)
    }

    /// The link between two accounts, if they agree on anything that is not common.
    pub(crate) fn pair(&self, a: u32, b: u32) -> Option<Pair> {
        let (left, right) = (&self.held[a as usize], &self.held[b as usize]);
        let (mut weight, mut network, mut reasons) = (0.0, 0.0_f64, Vec::new());
        for (x, _) in left.iter().zip(right).filter(|(x, y)| x == y && **x != NONE) {
            let value = self.values[*x as usize];
            if value.bits <= 0.0 {
                continue;
            }
            if value.field.is_network() {
                network = network.max(value.bits);
            } else {
                weight += value.bits;
            }
            reasons.push(value.field);
        }
        weight += network.min(NETWORK_LIMIT);
        (weight >= LINKED).then_some(Pair { a, b, weight, reasons })
    }

    /// Every link inside a set of accounts, heaviest first, at most `limit`.
    pub(crate) fn links(&self, set: &[u32], limit: usize) -> Vec<Pair> {
        let mut pairs: Vec<Pair> =
            self.blocked(set, limit * 8).into_iter().filter_map(|(a, b)| self.pair(a, b)).collect();
        pairs.sort_by(|x, y| y.weight.total_cmp(&x.weight).then((x.a, x.b).cmp(&(y.a, y.b))));
        pairs.truncate(limit);
        pairs
    }

    /// Pairs that share an uncommon value, at most about `limit`.
    fn blocked(&self, set: &[u32], limit: usize) -> Vec<(u32, u32)> {
        let mut blocks: HashMap<u32, Vec<u32>> = HashMap::new();
        for &account in set {
            for value in self.shareable(account).filter(|&v| self.values[v as usize].bits > 0.0) {
                blocks.entry(value).or_default().push(account);
            }
        }
        let mut ordered: Vec<_> = blocks.into_iter().filter(|(_, members)| members.len() > 1).collect();
        ordered.sort_unstable_by_key(|(value, members)| (members.len(), self.values[*value as usize].field, *value));
        let mut pairs = Vec::new();
        for (_, members) in ordered {
            for (i, &a) in members.iter().enumerate() {
                pairs.extend(members[i + 1..].iter().map(|&b| (a.min(b), a.max(b))));
                if pairs.len() > limit {
                    break;
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    /// One step of expectation-maximisation of m over the blocked pairs.
    fn maximise(&mut self, sample: &[(u32, u32)]) {
        let mut agree = [1.0; 6];
        let mut seen = [2.0; 6];
        for &(a, b) in sample {
            let weight = self.pair(a, b).map_or(0.0, |p| p.weight);
            // Prior odds that a blocked pair is one hand: 1 in 32.
            let odds = (weight - 5.0).exp2();
            let same = odds / (1.0 + odds);
            for i in 0..6 {
                let (x, y) = (self.held[a as usize][i], self.held[b as usize][i]);
                if x != NONE && y != NONE {
                    seen[i] += same;
                    agree[i] += if x == y { same } else { 0.0 };
                }
            }
        }
        for i in 0..6 {
            self.m[i] = (agree[i] / seen[i]).clamp(0.05, 0.95);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Linkage;
    use crate::tables::{Account, AccountFacts};

    const DAY: i64 = 86_400_000_000;

    /// A thousand strangers, each with a card, a device and an address of its own.
    fn strangers() -> Vec<Account> {
        (0..1_000_u64).map(stranger).collect()
    }

    fn stranger(i: u64) -> Account {
        let facts = AccountFacts {
            organization_id: None,
            created: i as i64 * DAY,
            plan: "pro".to_owned(),
            email_domain: Some(format!("mail{}.example", i % 10)),
            payment: Some(i),
            device: Some(i),
            signup_address: Some(i),
            signup_network: Some(i),
        };
        Account { account_id: format!("a{i}"), facts: Some(facts), exchanges: 9, first: 0, last: 0, output_tokens: 0 }
    }

    fn change(accounts: &mut [Account], which: impl IntoIterator<Item = usize>, edit: impl Fn(&mut AccountFacts)) {
        for i in which {
            edit(accounts[i].facts.as_mut().expect("strangers have facts"));
        }
    }

    fn density(accounts: &[Account], set: &[u32]) -> f64 {
        let nodes: Vec<u32> = (0..accounts.len() as u32).collect();
        let linkage = Linkage::learn(accounts);
        linkage.density(set, &nodes, &mut linkage.tally())
    }

    #[test]
    fn strangers_are_not_linked() {
        let accounts = strangers();
        assert_eq!(Linkage::learn(&accounts).pair(3, 13), None, "one common mail provider is no link");
        assert_eq!(density(&accounts, &[1, 11, 21, 31]), 0.0);
    }

    #[test]
    fn a_rare_card_weighs_more_than_a_common_network() {
        let mut accounts = strangers();
        change(&mut accounts, [1, 2], |f| f.payment = Some(5_000));
        change(&mut accounts, 100..140, |f| f.signup_network = Some(5_000));
        let linkage = Linkage::learn(&accounts);
        let card = linkage.pair(1, 2).expect("one card is a link");
        assert!(card.weight >= super::LINKED, "{card:?}");
        let network = linkage.pair(101, 102).map_or(0.0, |p| p.weight);
        assert!(network < card.weight, "{network} and {}", card.weight);
    }

    #[test]
    fn network_evidence_alone_is_held_in() {
        let mut accounts = strangers();
        change(&mut accounts, [1, 2], |f| (f.signup_address, f.signup_network) = (Some(5_000), Some(5_000)));
        let pair = Linkage::learn(&accounts).pair(1, 2).expect("one address is a link");
        assert!(pair.weight <= super::NETWORK_LIMIT, "{pair:?}");
    }

    #[test]
    fn a_mail_domain_counts_only_where_nobody_else_has_it() {
        let set: Vec<u32> = (1..7).collect();
        let mut alone = strangers();
        change(&mut alone, 1..7, |f| f.email_domain = Some("own.example".to_owned()));
        let mut shared = alone.clone();
        change(&mut shared, 500..508, |f| f.email_domain = Some("own.example".to_owned()));
        let (alone, shared) = (density(&alone, &set), density(&shared, &set));
        assert!(alone >= 4.0, "{alone}");
        assert!(shared < alone / 4.0, "{shared} with outsiders, {alone} without");
    }

    #[test]
    fn a_value_inside_one_organisation_links_nobody() {
        let mut accounts = strangers();
        change(&mut accounts, 1..7, |f| f.payment = Some(5_000));
        let set: Vec<u32> = (1..7).collect();
        let linkage = Linkage::learn(&accounts);
        let apart: Vec<u32> = (0..1_000).collect();
        let one_node: Vec<u32> = (0..1_000).map(|i| if (1..7).contains(&i) { 1 } else { i }).collect();
        let mut tally = linkage.tally();
        assert!(linkage.density(&set, &apart, &mut tally) > 4.0);
        assert_eq!(linkage.density(&set, &one_node, &mut tally), 0.0);
    }
}
