//! Identity links between accounts: Fellegi-Sunter weights with term frequencies, m by expectation-maximisation.
//!
//! A pair that agrees on a field gains log2(m / u), where u is the frequency of the *value*: a rare card weighs much, a
//! campus address little. Fields that depend on each other (address and network, the network of use) are capped
//! together, since network evidence alone must not decide. Source: Fellegi and Sunter, JASA 64 (1969); Winkler 2000 for
//! value-specific u.

use std::collections::HashMap;

use crate::tables::{Account, AccountFacts};

/// What two accounts can agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Payment,
    Device,
    SignupAddress,
    SignupNetwork,
    EmailDomain,
    SignupTime,
}

impl Field {
    const ALL: [Self; 6] =
        [Self::Payment, Self::Device, Self::SignupAddress, Self::SignupNetwork, Self::EmailDomain, Self::SignupTime];

    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Payment => "same payment instrument",
            Self::Device => "same device at sign-up",
            Self::SignupAddress => "same sign-up address",
            Self::SignupNetwork => "same sign-up network",
            Self::EmailDomain => "same rare mail domain",
            Self::SignupTime => "signed up within minutes",
        }
    }

    fn is_network(self) -> bool {
        matches!(self, Self::SignupAddress | Self::SignupNetwork)
    }

    /// Shared by people of one country or employer without any other link.
    fn is_regional(self) -> bool {
        matches!(self, Self::EmailDomain | Self::SignupNetwork)
    }

    /// The value that must be equal; sign-up times fall into slots of ten minutes.
    fn value(self, facts: &AccountFacts) -> Option<u64> {
        match self {
            Self::Payment => facts.payment,
            Self::Device => facts.device,
            Self::SignupAddress => facts.signup_address,
            Self::SignupNetwork => facts.signup_network,
            Self::EmailDomain => facts.email_domain.as_deref().map(text_value),
            Self::SignupTime => Some(facts.created.div_euclid(600_000_000) as u64),
        }
    }

    /// Start of m: how often two accounts of one hand agree on it.
    fn prior(self) -> f64 {
        match self {
            Self::Payment => 0.5,
            Self::Device | Self::SignupAddress => 0.3,
            Self::SignupNetwork | Self::EmailDomain => 0.4,
            Self::SignupTime => 0.1,
        }
    }
}

/// FNV-1a: equality only, no secret needed.
fn text_value(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Links of a pair heavier than this count.
const LINKED: f64 = 4.0;
/// Network fields together weigh at most this.
const NETWORK_LIMIT: f64 = 5.0;
/// A value shared by more accounts than this share of all is no blocking key and no link.
const COMMON: f64 = 0.02;

/// How strongly values link accounts in this traffic.
#[derive(Debug, Clone)]
pub(crate) struct Linkage {
    /// Field and value to accounts that hold it.
    holders: HashMap<(Field, u64), u32>,
    values: Vec<[Option<u64>; 6]>,
    m: [f64; 6],
    accounts: f64,
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
        let values: Vec<[Option<u64>; 6]> = accounts
            .iter()
            .map(|a| Field::ALL.map(|field| a.facts.as_ref().and_then(|facts| field.value(facts))))
            .collect();
        let mut holders: HashMap<(Field, u64), u32> = HashMap::new();
        for row in &values {
            for (field, value) in Field::ALL.iter().zip(row) {
                if let Some(value) = value {
                    *holders.entry((*field, *value)).or_default() += 1;
                }
            }
        }
        let mut linkage =
            Self { holders, values, m: Field::ALL.map(Field::prior), accounts: accounts.len().max(1) as f64 };
        let everyone: Vec<u32> = (0..accounts.len() as u32).collect();
        let sample = linkage.blocked(&everyone, 20_000);
        for _ in 0..8 {
            linkage.maximise(&sample);
        }
        linkage
    }

    /// Value-specific weight of agreement, in bits.
    fn agreement(&self, field: Field, value: u64) -> f64 {
        let holders = f64::from(self.holders.get(&(field, value)).copied().unwrap_or(1));
        let frequency = holders / self.accounts;
        if frequency > COMMON && holders > 4.0 && !matches!(field, Field::Payment | Field::Device) {
            return 0.0;
        }
        (self.m[field as usize] / frequency.min(1.0)).log2().max(0.0)
    }

    /// The link between two accounts, if they agree on anything that is not common.
    pub(crate) fn pair(&self, a: u32, b: u32) -> Option<Pair> {
        let (left, right) = (&self.values[a as usize], &self.values[b as usize]);
        let (mut weight, mut network, mut reasons) = (0.0, 0.0_f64, Vec::new());
        for (i, field) in Field::ALL.into_iter().enumerate() {
            let (Some(x), Some(y)) = (left[i], right[i]) else { continue };
            if x != y {
                continue;
            }
            let bits = self.agreement(field, x);
            if bits <= 0.0 {
                continue;
            }
            if field.is_network() {
                network = network.max(bits);
            } else {
                weight += bits;
            }
            reasons.push(field);
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

    /// Sum over members of their heaviest shared value, per member; cheap enough for random sets.
    ///
    /// `node` gives the independent node of an account: a value shared only inside one node links nobody.
    pub(crate) fn density(&self, set: &[u32], node: &[u32]) -> f64 {
        let groups = self.shared(set, node);
        let total: f64 = set.iter().map(|&account| self.heaviest(account, &groups)).sum();
        total / set.len().max(1) as f64
    }

    /// How many members share a value that tells something.
    pub(crate) fn linked(&self, set: &[u32], node: &[u32]) -> usize {
        let groups = self.shared(set, node);
        set.iter().filter(|&&account| self.heaviest(account, &groups) > 0.0).count()
    }

    /// Values held in a set: the first holder's node, whether other nodes hold it, and how many accounts do.
    fn shared(&self, set: &[u32], node: &[u32]) -> HashMap<(usize, u64), (u32, bool, u32)> {
        let mut groups: HashMap<(usize, u64), (u32, bool, u32)> = HashMap::new();
        for &account in set {
            for (i, value) in self.values[account as usize].iter().enumerate() {
                if let Some(value) = value {
                    let group = groups.entry((i, *value)).or_insert((node[account as usize], false, 0));
                    group.1 |= group.0 != node[account as usize];
                    group.2 += 1;
                }
            }
        }
        groups
    }

    fn heaviest(&self, account: u32, groups: &HashMap<(usize, u64), (u32, bool, u32)>) -> f64 {
        let mut best = 0.0_f64;
        for (i, value) in self.values[account as usize].iter().enumerate() {
            let Some(value) = value else { continue };
            let Some((_, true, members)) = groups.get(&(i, *value)) else { continue };
            let field = Field::ALL[i];
            let bits = self.agreement(field, *value);
            // A value that many outside the set hold says little of the set. Mail domains and networks are regional, so
            // speakers of one language share them by nature: they count only where they belong to this set alone.
            let inside = f64::from(*members) / f64::from(self.holders[&(field, *value)]);
            let telling = if field.is_regional() { inside.powi(4) } else { inside.sqrt() };
            let limit = if field.is_network() { NETWORK_LIMIT } else { f64::INFINITY };
            best = best.max((bits * telling).min(limit));
        }
        if best >= 2.0 { best } else { 0.0 }
    }

    /// Pairs that share an uncommon value, at most about `limit`.
    fn blocked(&self, set: &[u32], limit: usize) -> Vec<(u32, u32)> {
        let mut blocks: HashMap<(usize, u64), Vec<u32>> = HashMap::new();
        for &account in set {
            for (i, value) in self.values[account as usize].iter().enumerate() {
                if let Some(value) = value
                    && self.agreement(Field::ALL[i], *value) > 0.0
                {
                    blocks.entry((i, *value)).or_default().push(account);
                }
            }
        }
        let mut ordered: Vec<_> = blocks.into_iter().filter(|(_, members)| members.len() > 1).collect();
        ordered.sort_unstable_by_key(|(key, members)| (members.len(), *key));
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
                if let (Some(x), Some(y)) = (self.values[a as usize][i], self.values[b as usize][i]) {
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
        Linkage::learn(accounts).density(set, &nodes)
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
        assert!(linkage.density(&set, &apart) > 4.0);
        assert_eq!(linkage.density(&set, &one_node), 0.0);
    }
}
