//! Values that a request says in the open.

use inspect::{Channel, Encoding};

use crate::{compare::Located, environment::Factor};

/// Whether what is sent says the value in the open, so that whoever reads it knows.
pub(super) fn is_open(factor: Factor, value: &str, located: &Located) -> bool {
    let (before, after) = (&located.delta.before, &located.delta.after);
    let (before, after) = (before.to_lowercase(), after.to_lowercase());
    let says = |text: &str, value: &str| names_of(factor, value).iter().any(|n| text.contains(n.as_str()));
    let usual = factor.usual();
    let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit() || "-/.,: +tz".contains(c));
    // A field that carries the server's name is that server's dialect.
    let dialect = factor == Factor::BaseUrl
        && located.delta.encoding == Encoding::Presence
        && value
            .split('.')
            .any(|label| label.len() >= 5 && located.delta.shown.to_lowercase().contains(&label.to_lowercase()));
    dialect
        || says(&after, value)
        || (!usual.is_empty() && says(&before, usual))
        // The local time.
        || (factor == Factor::Timezone && digits(&before) && digits(&after) && before.len() + after.len() > 6)
        || (located.delta.channel == Channel::DnsName && says(&after, value))
}

/// How a value is written in the open.
fn names_of(factor: Factor, value: &str) -> Vec<String> {
    let lower = value.to_lowercase();
    let mut all = match factor {
        Factor::Timezone => {
            let city = lower.rsplit('/').next().unwrap_or(&lower).replace('_', " ");
            vec![
                lower.clone(),
                city,
                "gmt".to_owned(),
                "utc".to_owned(),
                "+0".to_owned(),
                "-0".to_owned(),
                "+1".to_owned(),
                "-1".to_owned(),
            ]
        }
        Factor::Locale => {
            let bare = lower.split(['.', '@']).next().unwrap_or(&lower).to_owned();
            let language = bare.split('_').next().unwrap_or(&bare).to_owned();
            vec![bare.replace('_', "-"), bare, language]
        }
        Factor::Proxy => {
            let host = url::Url::parse(value).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
            vec![lower.clone(), host]
        }
        _ => vec![lower.clone()],
    };
    all.retain(|n| n.len() >= 2);
    all
}
