//! Who signs up: dates, plans, mail, payment, phone, device, address.

use exchanges::{Account, OrganizationId, Time};
use serde::{Deserialize, Serialize};

use crate::{
    client::household,
    dice::{Dice, blend},
    rhythm::{DAY, HOUR},
    words::{ENGLISH, SYLLABLES, hex},
};

/// An account before it has a name.
#[derive(Debug, Clone)]
pub(crate) struct Signup {
    pub(crate) created: i64,
    pub(crate) organization: Option<String>,
    pub(crate) plan: &'static str,
    pub(crate) mail: String,
    pub(crate) payment: Option<u64>,
    pub(crate) country: &'static str,
    pub(crate) phone: bool,
    pub(crate) address: std::net::IpAddr,
    pub(crate) device: Option<u64>,
}

/// Where an account's mail lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mail {
    Public,
    Disposable,
    /// A domain of the sharing group's own.
    Own,
}

const COUNTRIES: &[&str] = &[
    "US", "US", "US", "GB", "DE", "FR", "ES", "IN", "IN", "BR", "JP", "KR", "CA", "AU", "MX", "NL", "IT", "PL", "VN",
    "NG", "EG", "TR", "SG", "ID", "ZA", "AR", "SE", "CN", "HK", "RU", "KE", "PT",
];
const PUBLIC: &[&str] = &[
    "postbox.example",
    "postbox.example",
    "postbox.example",
    "mailroom.example",
    "mailroom.example",
    "letterbird.example",
    "inboxly.example",
    "quickletter.example",
    "openpost.example",
];
const DISPOSABLE: &[&str] = &[
    "tossmail.example",
    "tenminutes.example",
    "nullpost.example",
    "dropbox7.example",
    "onceonly.example",
    "fogmail.example",
];

impl Mail {
    pub(crate) fn domain(self, key: u64, dice: &mut Dice) -> String {
        match self {
            Self::Public => dice.pick(PUBLIC).to_owned(),
            Self::Disposable => dice.pick(DISPOSABLE).to_owned(),
            Self::Own => own_domain(key),
        }
    }
}

/// The domain that belongs to this key.
pub(crate) fn own_domain(key: u64) -> String {
    let mut dice = Dice::at(key, 3);
    let noun = ENGLISH.nouns[dice.below(100)].replace(' ', "-");
    format!("{}{}-{noun}.example", dice.pick(SYLLABLES), dice.pick(SYLLABLES))
}

/// A sign-up moment between days `from` and `to` before `end`, denser close to it.
pub(crate) fn aged(dice: &mut Dice, end: i64, from: f64, to: f64) -> i64 {
    let span = (to / from).ln() * dice.unit();
    end - (from * span.exp() * DAY as f64) as i64
}

impl Signup {
    /// An unremarkable person.
    pub(crate) fn person(dice: &mut Dice, created: i64) -> Self {
        let plan = dice.pick(&["free", "free", "free", "free", "pro", "pro", "pro", "pro", "max", "api"]);
        let mail = if dice.chance(0.03) { Mail::Disposable } else { Mail::Public };
        Self {
            created,
            organization: None,
            plan,
            mail: if dice.chance(0.1) { own_domain(dice.roll()) } else { mail.domain(0, dice) },
            payment: (plan != "free").then(|| dice.roll()),
            country: dice.pick(COUNTRIES),
            phone: dice.chance(0.8),
            address: household(dice.roll()),
            device: dice.chance(0.8).then(|| dice.roll()),
        }
    }

    /// A small business or a developer who pays.
    pub(crate) fn business(dice: &mut Dice, created: i64) -> Self {
        let own = dice.chance(0.6);
        let key = dice.roll();
        Self {
            plan: dice.pick(&["api", "api", "api", "pro", "enterprise"]),
            mail: if own { own_domain(key) } else { Mail::Public.domain(0, dice) },
            payment: Some(dice.roll()),
            device: dice.chance(0.35).then(|| dice.roll()),
            ..Self::person(dice, created)
        }
    }

    /// A member of a declared organisation; `key` names it.
    pub(crate) fn member_of(dice: &mut Dice, created: i64, key: u64) -> Self {
        let mut organization = String::from("org_");
        hex(blend(key, 1), 10, &mut organization);
        Self {
            organization: Some(organization),
            plan: "enterprise",
            mail: own_domain(key),
            payment: Some(blend(key, 2)),
            ..Self::person(dice, created)
        }
    }

    /// The log's row, under a name that is unique for `number`.
    pub(crate) fn account(self, seed: u64, number: usize) -> Account {
        let fingerprint = |kind: &str, key: u64| {
            let mut text = String::from(kind);
            hex(key, 14, &mut text);
            text
        };
        let mut id = String::from("acct_");
        hex(unique(seed, number as u64), 16, &mut id);
        Account {
            account_id: id.parse().expect("hexadecimal digits are an identifier"),
            organization_id: self
                .organization
                .map(|o| OrganizationId::try_from(o).expect("hexadecimal digits are an identifier")),
            created: instant(self.created),
            plan: self.plan.to_owned(),
            email_domain: Some(self.mail),
            payment_id: self.payment.map(|key| fingerprint("pay_", key)),
            phone_country: self.phone.then(|| self.country.to_owned()),
            signup_address: Some(self.address),
            device_id: self.device.map(|key| fingerprint("dev_", key)),
            declared_country: Some(self.country.to_owned()),
        }
    }
}

/// Different for every number under one seed, and without visible order.
pub(crate) fn unique(seed: u64, number: u64) -> u64 {
    crate::dice::mix(crate::dice::mix(seed).wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// An instant that the plan has already kept inside the log's range.
pub(crate) fn instant(micros: i64) -> Time {
    Time::from_micros(micros).expect("plans lie between 2015 and 2100")
}

/// Moments of a sign-up wave: within hours of `at`.
pub(crate) fn wave(dice: &mut Dice, at: i64, hours: f64) -> i64 {
    at + (dice.exponential(hours / 3.0).min(hours) * HOUR as f64) as i64
}
