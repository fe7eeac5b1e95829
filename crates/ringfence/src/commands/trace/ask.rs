//! Which addresses are asked for: on the command line, or on standard input.

use std::{
    io::{self, BufRead, Read},
    net::IpAddr,
    str::FromStr,
};

use anyhow::{Context, Result, bail};

/// Bytes of a line; the longest address has 45, the rest is for remarks.
const LONGEST: u64 = 256;

/// One word of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Address(IpAddr),
    StandardInput,
}

impl FromStr for Ask {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "-" => Ok(Self::StandardInput),
            _ => word.parse().map(Self::Address).map_err(|_| "write it as 192.0.2.1 or 2001:db8::1".to_owned()),
        }
    }
}

impl Ask {
    /// The addresses that it stands for.
    pub(super) fn addresses(&self) -> Box<dyn Iterator<Item = Result<IpAddr>>> {
        match *self {
            Self::Address(address) => Box::new([Ok(address)].into_iter()),
            Self::StandardInput => Box::new(read(io::stdin().lock())),
        }
    }
}

/// One address a line; blank lines and those that start with `#` are passed over. Ends at the first mistake.
fn read(mut input: impl BufRead) -> impl Iterator<Item = Result<IpAddr>> {
    let (mut number, mut failed) = (0_u64, false);
    std::iter::from_fn(move || {
        while !failed {
            number += 1;
            match line(&mut input) {
                Ok(None) => return None,
                Ok(Some(text)) if text.is_empty() || text.starts_with('#') => {}
                Ok(Some(text)) => {
                    let parsed = text.parse().ok();
                    failed = parsed.is_none();
                    return Some(parsed.with_context(|| {
                        format!("standard input, line {number}: `{text}` is no address; write it as 192.0.2.1 or 2001:db8::1")
                    }));
                }
                Err(error) => {
                    failed = true;
                    return Some(Err(error.context(format!("standard input, line {number}"))));
                }
            }
        }
        None
    })
}

/// The next line without white space around it; none at the end.
fn line(input: &mut impl BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_until(b'\n', &mut bytes).context("cannot be read")?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() as u64 > LONGEST {
        bail!("is longer than {LONGEST} bytes; write one address a line");
    }
    let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.trim().contains(char::is_control));
    text.map(|text| Some(text.trim().to_owned())).context("is no text; write one address a line")
}
