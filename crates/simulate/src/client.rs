//! How an account looks on the wire: addresses, user agents, credentials, models, parameters.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{
    dice::{Dice, blend},
    rhythm::{DAY, HOUR, MINUTE},
};

/// The models by age; the last is released during the period.
pub(crate) const MODELS: &[&str] = &["corvid-2-large", "corvid-3-small", "corvid-3-large", "corvid-4-large"];
pub(crate) const NEWEST: u8 = 3;

/// The way out to the network.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// A household: one address for days, a mobile one at times.
    Home { key: u64 },
    /// Servers or an office, the same few addresses always.
    Fixed(Vec<IpAddr>),
    /// A pool of machines, another one for every job.
    Runners { key: u64, machines: u32 },
    /// Exits of residential proxies, changing every few minutes to hours.
    Proxies { key: u64, hold: i64 },
}

/// Everything about requests that does not depend on what is said.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) channel: String,
    pub(crate) operation: &'static str,
    pub(crate) agents: Vec<String>,
    pub(crate) access: Access,
    pub(crate) credentials: u8,
    pub(crate) model: u8,
    /// When it moves to the newest model, if ever.
    pub(crate) moves: i64,
    /// Share of requests to models other than the usual.
    pub(crate) strays: f32,
    pub(crate) temperature: Option<f32>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) stream: bool,
    pub(crate) reasoning: f32,
    pub(crate) tools: u32,
    /// Share of requests answered 429.
    pub(crate) pressure: f32,
}

impl Access {
    pub(crate) fn home(dice: &mut Dice) -> Self {
        Self::Home { key: dice.roll() }
    }

    pub(crate) fn fixed(dice: &mut Dice, count: usize) -> Self {
        Self::Fixed((0..count).map(|_| server(dice.roll())).collect())
    }

    /// One of the shared exits of a VPN service.
    pub(crate) fn vpn(dice: &mut Dice) -> Self {
        Self::Fixed((0..1 + dice.below(3)).map(|_| vpn_exit(dice)).collect())
    }

    pub(crate) fn address(&self, time: i64, dice: &mut Dice) -> IpAddr {
        match self {
            Self::Home { key } => {
                if dice.chance(0.12) {
                    mobile(blend(*key, time.div_euclid(6 * HOUR) as u64))
                } else {
                    household(blend(*key, time.div_euclid(9 * DAY) as u64))
                }
            }
            Self::Fixed(list) => dice.pick(list),
            Self::Runners { key, machines } => {
                let job = blend(*key, time.div_euclid(20 * MINUTE) as u64);
                server(blend(*key, job % u64::from(*machines)))
            }
            Self::Proxies { key, hold } => household(blend(*key, time.div_euclid(*hold) as u64)),
        }
    }
}

/// An address at home: half behind carrier NAT, some IPv6, some plain.
pub(crate) fn household(key: u64) -> IpAddr {
    match key % 10 {
        0..5 => mobile(key >> 8),
        5..8 => {
            let bits = (0x2001_0db8_u128 << 96)
                | (u128::from(key >> 16) << 48)
                | u128::from(key.wrapping_mul(0x2545_f491) & 0xffff_ffff);
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        _ => benchmark(key >> 8),
    }
}

fn mobile(key: u64) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x6440_0000 | (key as u32 & 0x003f_ffff)))
}

fn benchmark(key: u64) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0xc612_0000 | (key as u32 & 0x0001_ffff)))
}

pub(crate) fn server(key: u64) -> IpAddr {
    match key % 8 {
        0 => IpAddr::V4(Ipv4Addr::new(192, 0, 2, (key >> 8) as u8)),
        1 => IpAddr::V4(Ipv4Addr::new(198, 51, 100, (key >> 8) as u8)),
        _ => benchmark(key >> 8),
    }
}

fn vpn_exit(dice: &mut Dice) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10 + dice.below(40) as u8))
}

const BROWSERS: &[&str] = &["Puffin/12", "Tidewater/88", "Larkweb/141", "Osprey-Browser/7", "Copperfox/128"];
const SYSTEMS: &[&str] = &["Windows", "macOS", "Linux", "Android 15", "iOS 18"];
const KITS: &[&str] = &[
    "corvid-sdk-python",
    "corvid-sdk-js",
    "corvid-sdk-go",
    "corvid-sdk-java",
    "plainhttp",
    "reqwire",
    "chainwright",
    "fetchling",
];

pub(crate) fn browser(dice: &mut Dice) -> String {
    if dice.chance(0.35) {
        return format!("CorvidApp/6.{}.{} ({})", dice.below(14), dice.below(4), dice.pick(SYSTEMS));
    }
    format!("Mozilla/5.0 ({}) {}.{}", dice.pick(SYSTEMS), dice.pick(BROWSERS), dice.below(4))
}

pub(crate) fn kit(dice: &mut Dice) -> String {
    format!("{}/1.{}.{}", dice.pick(KITS), 38 + dice.below(8), dice.below(4))
}

impl Client {
    /// Somebody at a browser or in the app.
    pub(crate) fn person(dice: &mut Dice) -> Self {
        let access = if dice.chance(0.04) { Access::vpn(dice) } else { Access::home(dice) };
        let agents = (0..1 + dice.below(2)).map(|_| browser(dice)).collect();
        Self {
            channel: "direct".to_owned(),
            operation: "chat",
            agents,
            access,
            credentials: 1,
            model: dice.pick(&[0, 1, 1, 2, 2, 2]),
            moves: i64::MAX,
            strays: 0.05,
            temperature: None,
            max_tokens: None,
            stream: true,
            reasoning: if dice.chance(0.3) { 0.7 } else { 0.05 },
            tools: 0,
            pressure: 0.012,
        }
    }

    /// A program that calls the API from a few servers.
    pub(crate) fn program(dice: &mut Dice) -> Self {
        let servers = 1 + dice.below(3);
        Self {
            channel: dice.pick(&["direct", "direct", "direct", "direct", "bedrock", "vertex", "foundry"]).to_owned(),
            agents: vec![kit(dice)],
            access: Access::fixed(dice, servers),
            credentials: 1 + u8::from(dice.chance(0.25)),
            temperature: dice.pick(&[None, None, Some(0.0), Some(0.2), Some(0.7), Some(1.0)]),
            max_tokens: dice.pick(&[None, None, Some(512), Some(1_024), Some(2_048), Some(4_096)]),
            stream: dice.chance(0.4),
            strays: 0.01,
            ..Self::person(dice)
        }
    }
}
