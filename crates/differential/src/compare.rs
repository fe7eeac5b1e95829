//! Requests of two runs, held against each other byte by byte.

mod align;
mod body;
mod head;
mod model;
mod node;
mod request;
mod text;

pub(crate) use model::{Located, Model, Observation, host_of};

use std::hash::RandomState;

use inspect::{Channel, Encoding};

use crate::{
    cell::{Call, Via},
    environment::Environment,
};

/// One difference between a request of the usual environment and the same request of another one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delta {
    /// What was compared, and where: `text /messages/0/content`, `order of headers`.
    pub(crate) place: String,
    /// For people: a JSON pointer, a header's name.
    pub(crate) shown: String,
    pub(crate) channel: Channel,
    pub(crate) encoding: Encoding,
    pub(crate) before: String,
    pub(crate) after: String,
    /// The same with what stands around them.
    pub(crate) around_before: String,
    pub(crate) around_after: String,
    /// Where the value begins in the body or the head, in bytes.
    pub(crate) offset: usize,
    /// Tokens of the usual text that it takes the place of.
    pub(crate) range: Option<(usize, usize)>,
    /// Beside a date, a time or a number.
    pub(crate) by_number: bool,
}

/// How many differences two requests have, given as head and body each; for whoever feeds them rubbish.
pub fn differences(head: &[u8], body: &[u8], other_head: &[u8], other_body: &[u8]) -> usize {
    let call = |head: &[u8], body: &[u8]| Call {
        via: Via::Direct,
        host: "host".to_owned(),
        answered: true,
        method: "POST".to_owned(),
        target: String::from_utf8_lossy(head.split(|b| *b == b'\n').next().unwrap_or_default()).into_owned(),
        head: head.to_vec(),
        body: body.to_vec(),
        cut: false,
    };
    let hasher = RandomState::new();
    let of = |c: Call| request::Request::of(&c, &Environment::default(), &hasher);
    of(call(head, body)).differences(&of(call(other_head, other_body))).len()
}

/// Shortens what is shown.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
