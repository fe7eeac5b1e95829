//! What a request's body says, as far as it was seen.

use bytes::Bytes;
use policy::{Body, Request};
use serde::{Deserialize, de::IgnoredAny};

use crate::route::Route;

const UNKNOWN: &str = "unknown";
const LONGEST_MODEL: usize = 256;

/// How much of a body there is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Nothing,
    /// Cut short on its way; nothing in it is read.
    Partial,
    Whole(Bytes),
}

/// The facts of a request whose whole body is here; none where the body is not what a route takes.
pub(crate) fn readable_facts(route: Route, channel: &str, seen: &Seen) -> Option<Request> {
    match seen {
        Seen::Whole(bytes) => {
            let shown = serde_json::from_slice::<Shown>(bytes).ok()?;
            Some(facts_of(Some(route), channel, Body::Whole, shown))
        }
        _ => (!route.exchange).then(|| request_facts(Some(route), channel, seen)),
    }
}

/// The facts of a request. A body that is cut short, or is not what the route takes, leaves them unknown.
pub fn request_facts(route: Option<Route>, channel: &str, seen: &Seen) -> Request {
    let (body, shown) = match seen {
        Seen::Nothing => (Body::None, None),
        Seen::Partial => (Body::Partial, None),
        Seen::Whole(bytes) => (Body::Whole, serde_json::from_slice::<Shown>(bytes).ok()),
    };
    facts_of(route, channel, body, shown.unwrap_or_default())
}

fn facts_of(route: Option<Route>, channel: &str, body: Body, shown: Shown) -> Request {
    Request {
        operation: route.map_or(UNKNOWN, |route| route.operation).to_owned(),
        reasoning: shown.reasons(),
        tools: [&shown.tools, &shown.functions].into_iter().flatten().any(|tools| !tools.is_empty()),
        stream: shown.stream.unwrap_or(false),
        model: shown.model.filter(|model| is_name(model)).unwrap_or_else(|| UNKNOWN.to_owned()),
        channel: channel.to_owned(),
        body,
    }
}

fn is_name(model: &str) -> bool {
    !model.is_empty() && model.len() <= LONGEST_MODEL && !model.chars().any(char::is_control)
}

/// The fields that rules may ask for, of all the shapes that the routes take. A field that is there twice makes the whole
/// unreadable, since the upstream may take the other one.
#[derive(Default, Deserialize)]
struct Shown {
    model: Option<String>,
    stream: Option<bool>,
    tools: Option<Vec<IgnoredAny>>,
    functions: Option<Vec<IgnoredAny>>,
    /// OpenAI's responses.
    reasoning: Option<Reasoning>,
    /// OpenAI's chat completions.
    reasoning_effort: Option<String>,
    /// Anthropic's messages.
    thinking: Option<Thinking>,
}

#[derive(Deserialize)]
struct Reasoning {
    effort: Option<String>,
}

#[derive(Deserialize)]
struct Thinking {
    r#type: String,
}

impl Shown {
    fn reasons(&self) -> bool {
        let effort = |effort: &str| effort != "none";
        self.reasoning.as_ref().is_some_and(|reasoning| reasoning.effort.as_deref().is_none_or(effort))
            || self.reasoning_effort.as_deref().is_some_and(effort)
            || self.thinking.as_ref().is_some_and(|thinking| thinking.r#type != "disabled")
    }
}
