//! The fields of a record that say something, in the shapes of MaxMind, DB-IP and IPinfo.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    class::{Class, Classes},
    country::Country,
    read::lines,
    says::Says,
};

/// A record; fields that are absent, or of another shape, say nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    country: Word,
    country_code: Word,
    registered_country: Word,
    autonomous_system_number: Word,
    autonomous_system_organization: Word,
    asn: Word,
    as_name: Word,
    connection_type: Word,
    #[serde(rename = "type")]
    of: Word,
    is_anonymous: Word,
    is_anonymous_vpn: Word,
    is_hosting_provider: Word,
    is_public_proxy: Word,
    is_residential_proxy: Word,
    is_tor_exit_node: Word,
    vpn: Word,
    proxy: Word,
    tor: Word,
    relay: Word,
    hosting: Word,
    provider_name: Word,
    service: Word,
    traits: Traits,
}

/// What the Enterprise and City shapes keep one level down.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Traits {
    autonomous_system_number: Word,
    autonomous_system_organization: Word,
    connection_type: Word,
    user_type: Word,
    is_anonymous: Word,
    is_anonymous_proxy: Word,
    is_anonymous_vpn: Word,
    is_hosting_provider: Word,
    is_public_proxy: Word,
    is_residential_proxy: Word,
    is_tor_exit_node: Word,
}

impl Record {
    pub(super) fn says(self, database: &str) -> Says {
        let traits = &self.traits;
        let country = self.country_code.country().or_else(|| self.country.country());
        let number = [&self.autonomous_system_number, &traits.autonomous_system_number, &self.asn];
        let name = [&self.autonomous_system_organization, &traits.autonomous_system_organization, &self.as_name];
        let asn = number.into_iter().find_map(Word::asn);
        let provider = self.provider_name.text().or_else(|| self.service.text());
        Says {
            registered: self.registered_country.country(),
            located: country,
            asn,
            as_name: name.into_iter().find_map(Word::text).filter(|_| asn.is_some()).map(Into::into),
            classes: self.classes(database),
            provider: provider.map(Into::into),
        }
    }

    fn classes(&self, database: &str) -> Classes {
        let traits = &self.traits;
        let flags = [
            (&self.relay, Class::Relay),
            (&self.tor, Class::Tor),
            (&self.is_tor_exit_node, Class::Tor),
            (&traits.is_tor_exit_node, Class::Tor),
            (&self.vpn, Class::Vpn),
            (&self.is_anonymous_vpn, Class::Vpn),
            (&traits.is_anonymous_vpn, Class::Vpn),
            (&self.proxy, Class::Proxy),
            (&self.is_public_proxy, Class::Proxy),
            (&traits.is_public_proxy, Class::Proxy),
            (&self.is_residential_proxy, Class::Proxy),
            (&traits.is_residential_proxy, Class::Proxy),
            (&traits.is_anonymous_proxy, Class::Proxy),
            (&self.hosting, Class::Hosting),
            (&self.is_hosting_provider, Class::Hosting),
            (&traits.is_hosting_provider, Class::Hosting),
        ];
        let mut classes = Classes::default();
        flags.into_iter().filter(|(flag, _)| flag.is_set()).for_each(|(_, class)| classes.add(class));
        let anonymous = self.is_anonymous.is_set() || traits.is_anonymous.is_set();
        // Anonymous without a word of how, and a database of nothing but residential proxies, are proxies.
        if classes == Classes::default() && (anonymous || database.contains("Residential-Proxy")) {
            classes.add(Class::Proxy);
        }
        let words = [&self.connection_type, &traits.connection_type, &traits.user_type, &self.of];
        words.into_iter().filter_map(Word::text).filter_map(line_class).for_each(|class| classes.add(class));
        classes
    }
}

/// The class behind a word for a kind of line or user.
fn line_class(word: &str) -> Option<Class> {
    match word.to_ascii_lowercase().as_str() {
        "cellular" | "mobile" | "carrier" => Some(Class::Mobile),
        "cable/dsl" | "dialup" | "satellite" | "residential" | "isp" | "traveler" | "cafe" => Some(Class::Access),
        "hosting" | "content_delivery_network" => Some(Class::Hosting),
        _ => None,
    }
}

/// A value that is a word, a number or a flag, or the `iso_code` of a place.
#[derive(Debug, Default)]
enum Word {
    #[default]
    Nothing,
    Text(String),
    Number(u64),
    Flag(bool),
}

/// Longer words say nothing that is used, and would be kept.
const LONGEST: usize = 256;

impl Word {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn country(&self) -> Option<Country> {
        self.text().and_then(|text| text.parse().ok())
    }

    fn asn(&self) -> Option<u32> {
        match self {
            Self::Number(number) => u32::try_from(*number).ok(),
            Self::Text(text) => lines::asn(text).ok(),
            Self::Nothing | Self::Flag(_) => None,
        }
        .filter(|&number| number != 0)
    }

    fn is_set(&self) -> bool {
        match self {
            Self::Flag(flag) => *flag,
            Self::Text(text) => text == "true",
            Self::Number(number) => *number == 1,
            Self::Nothing => false,
        }
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, a number, a flag or a place")
    }

    fn visit_str<E>(self, text: &str) -> Result<Word, E> {
        Ok(if text.len() <= LONGEST { Word::Text(text.to_owned()) } else { Word::Nothing })
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Word, E> {
        Ok(Word::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Word, E> {
        Ok(Word::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Word, E> {
        Ok(u64::try_from(number).map_or(Word::Nothing, Word::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Word, E> {
        Ok(Word::Nothing)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Word, E> {
        Ok(Word::Nothing)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Word, E> {
        Ok(Word::Nothing)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Word, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Word::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut place: A) -> Result<Word, A::Error> {
        let mut code = Word::Nothing;
        while let Some(key) = place.next_key::<String>()? {
            if key == "iso_code" {
                code = place.next_value::<String>().map(Word::Text)?;
            } else {
                place.next_value::<IgnoredAny>()?;
            }
        }
        Ok(code)
    }
}
