//! Whether an alternative is ground enough for a denial.

use std::collections::BTreeSet;

use crate::condition::{Alternative, Asked};
use crate::signal::{Family, Kind, Signal, Strength};

/// How an alternative stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// One strong ground, or weak ones of two families.
    Stands,
    /// It looks at nothing but what is asked for or agreed, so it judges nobody.
    Everyone,
    /// Not ground enough.
    Falls(Fall),
}

/// What a rule rests on that is not ground enough to deny.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fall {
    pub(super) why: String,
    /// It is a crowd that is met, such as the users of a VPN, and nothing that a caller could clear up.
    pub(super) crowd: bool,
}

/// The confidence, in thousandths, from which the hunt's own recommendation to deny can carry a denial.
const SURE_PERMILLE: i64 = 990;
/// The age, in days, below which an account is young.
const YOUNG_DAYS: i64 = 365;
/// Below this a count says that a request was made, and nothing else.
const LEAST_COUNT: i64 = 2;

const REGISTERED: &str = "network.registered_country";
const LOCATED: &str = "network.located_country";

impl Alternative {
    pub(super) fn standing(&self) -> Standing {
        let grounds: Vec<(&Asked, Strength)> =
            self.asked.values().map(|asked| (asked, ground(asked))).filter(|(_, s)| *s > Strength::Neutral).collect();
        if grounds.iter().any(|(_, strength)| *strength == Strength::Strong)
            || self.both_countries()
            || self.sure_recommendation()
        {
            return Standing::Stands;
        }
        let families: BTreeSet<Family> = grounds.iter().map(|(asked, _)| asked.signal.family).collect();
        if families.len() >= 2 {
            return Standing::Stands;
        }
        if self.signals().all(|signal| signal.strength == Strength::Neutral) {
            return Standing::Everyone;
        }
        let crowd = !grounds.is_empty() && grounds.iter().all(|(asked, _)| is_crowd(asked.signal));
        let why = match grounds.as_slice() {
            [] => "no ground".to_owned(),
            [(asked, _)] => format!("one weak signal, {}, alone", asked.signal.name),
            several => {
                let names: Vec<&str> = several.iter().map(|(asked, _)| asked.signal.name).collect();
                format!("signals of one family, {}, alone", names.join(" and "))
            }
        };
        Standing::Falls(Fall { why, crowd })
    }

    /// Registered and located in the same places: a region rule.
    fn both_countries(&self) -> bool {
        let ground_in = |name| self.asked.get(name).filter(|asked| ground(asked) == Strength::Weak);
        let same = self
            .pairs
            .iter()
            .any(|(a, b, same)| *same && [(REGISTERED, LOCATED), (LOCATED, REGISTERED)].contains(&(*a, *b)));
        match (ground_in(REGISTERED), ground_in(LOCATED)) {
            (Some(a), Some(b)) => same || (&a.among, &a.except) == (&b.among, &b.except),
            (Some(_), None) | (None, Some(_)) => same,
            (None, None) => false,
        }
    }

    /// A campaign rests on two kinds of evidence by itself; with this much confidence its recommendation is one of its own.
    fn sure_recommendation(&self) -> bool {
        let sure = self.asked.get("campaign.confidence_permille").is_some_and(|asked| asked.from >= SURE_PERMILLE);
        let deny =
            |asked: &Asked| asked.among.as_ref().is_some_and(|among| among.iter().all(|effect| effect == "deny"));
        sure && self.asked.get("campaign.recommended").is_some_and(deny)
    }
}

fn is_crowd(signal: &Signal) -> bool {
    signal.family == Family::Behaviour
        || ["network.class", "network.provider", "network.asn", "account.age_days"].contains(&signal.name)
}

/// How much ground what is asked of one signal gives; the weakest value that it lets through counts.
fn ground(asked: &Asked) -> Strength {
    let signal = asked.signal;
    if signal.strength == Strength::Neutral {
        return Strength::Neutral;
    }
    match signal.kind {
        Kind::Word(words) => weakest(signal, words.iter().copied().filter(|word| asked.has(word))),
        Kind::Truth => weakest(signal, ["true", "false"].into_iter().filter(|word| asked.has(word))),
        // Every value but one or two is nearly any value.
        Kind::Text(unknown) if asked.has(unknown) => Strength::Neutral,
        Kind::Text(unknown) => {
            let chosen = asked.among.is_some() || asked.except.iter().any(|value| value != unknown);
            if chosen { Strength::Weak } else { Strength::Neutral }
        }
        Kind::Number(_) => number(asked),
    }
}

fn weakest<'a>(signal: &Signal, values: impl Iterator<Item = &'a str>) -> Strength {
    values.map(|value| of_value(signal, value)).min().unwrap_or(Strength::Neutral)
}

/// A value that says nothing against anybody is neutral, and so is one that says that nothing is known.
fn of_value(signal: &Signal, value: &str) -> Strength {
    match (signal.name, value) {
        ("organization.standing", "caught") | ("campaign.confirmed", "true") => Strength::Strong,
        ("account.key", "missing" | "unknown" | "revoked") => Strength::Strong,
        ("organization.standing", "possible") => Strength::Weak,
        ("network.class", "hosting" | "cloud" | "vpn" | "tor" | "proxy") => Strength::Weak,
        ("network.contradictory", "true") => Strength::Weak,
        ("campaign.recommended", "restrict" | "throttle" | "verify" | "deny") => Strength::Weak,
        _ => Strength::Neutral,
    }
}

fn number(asked: &Asked) -> Strength {
    let (from, to) = match &asked.among {
        Some(among) => {
            let numbers: Vec<i64> = among.iter().filter_map(|value| value.parse().ok()).collect();
            (numbers.iter().copied().min().unwrap_or(i64::MIN), numbers.iter().copied().max().unwrap_or(i64::MAX))
        }
        None => (asked.from, asked.to),
    };
    let against = match (asked.signal.name, asked.signal.family) {
        ("account.age_days", _) => from >= 0 && to < YOUNG_DAYS,
        ("network.asn", _) => from > 0 && asked.among.is_some(),
        (_, Family::Behaviour) => from >= LEAST_COUNT,
        ("campaign.confidence_permille", _) => from > 0,
        _ => false,
    };
    if against { Strength::Weak } else { Strength::Neutral }
}
