//! Evaluations as they come in.

use std::net::IpAddr;

use exchanges::AccountId;
use policy::{Body, Request};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Wrong;
use crate::{
    ask::{Ask, Face},
    credential::Credential,
    faces::asked::DIRECT,
};

const LONGEST_NAME: usize = 256;

/// May this account do this with this model?
#[derive(Debug)]
pub(crate) struct Question {
    account: AccountId,
    client: Option<IpAddr>,
    request: Request,
}

#[derive(Deserialize)]
struct Wire {
    subject: Entity,
    action: Action,
    resource: Entity,
    #[serde(default)]
    context: Option<Context>,
}

#[derive(Deserialize)]
struct Entity {
    r#type: String,
    id: String,
}

#[derive(Deserialize)]
struct Action {
    name: String,
}

/// What the caller knows besides. It is a trusted proxy, so its word on the client's address counts. AuthZEN lets a context hold
/// anything; what is not named here is not looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    client_address: Option<IpAddr>,
    channel: Option<String>,
    reasoning: Option<bool>,
    tools: Option<bool>,
    stream: Option<bool>,
}

impl Question {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        serde_json::from_slice::<Wire>(bytes)?.try_into()
    }

    pub(crate) fn ask(self, counts: bool) -> Ask {
        let Self { account, client, request } = self;
        Ask { face: Face::AuthZen, client, credential: Credential::Missing, account: Some(account), request, counts }
    }
}

impl TryFrom<Wire> for Question {
    type Error = Wrong;

    fn try_from(wire: Wire) -> Result<Self, Wrong> {
        let Wire { subject, action: Action { name: operation }, resource, context } = wire;
        let Context { client_address, channel, reasoning, tools, stream } = context.unwrap_or_default();
        if subject.r#type != "account" {
            return Err(Wrong::SubjectType(shortened(&subject.r#type)));
        }
        if resource.r#type != "model" {
            return Err(Wrong::ResourceType(shortened(&resource.r#type)));
        }
        Ok(Self {
            account: subject.id.try_into()?,
            client: client_address.map(|address| address.to_canonical()),
            request: Request {
                operation: name("the action", operation)?,
                model: name("the resource", resource.id)?,
                channel: channel.map_or(Ok(DIRECT.to_owned()), |channel| name("the channel", channel))?,
                body: Body::None,
                reasoning: reasoning.unwrap_or(false),
                tools: tools.unwrap_or(false),
                stream: stream.unwrap_or(false),
            },
        })
    }
}

fn name(what: &'static str, text: String) -> Result<String, Wrong> {
    if text.is_empty() || text.len() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(Wrong::Name(what));
    }
    Ok(text)
}

fn shortened(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

/// Several evaluations; what the request says at its top holds for each entry that does not say otherwise.
#[derive(Deserialize)]
pub(crate) struct Batch<'a> {
    // Not flattened into `Parts`: serde would copy it, and raw values do not survive that.
    #[serde(borrow, default)]
    subject: Option<&'a RawValue>,
    #[serde(borrow, default)]
    action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    evaluations: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    options: Option<BatchOptions>,
}

#[derive(Deserialize, Default, Clone, Copy)]
struct Parts<'a> {
    #[serde(borrow, default)]
    subject: Option<&'a RawValue>,
    #[serde(borrow, default)]
    action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct BatchOptions {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When a list of evaluations ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl<'a> Batch<'a> {
    pub(crate) fn read(bytes: &'a [u8], limit: usize) -> Result<Self, Wrong> {
        let batch: Self = serde_json::from_slice(bytes)?;
        let found = batch.evaluations.as_ref().map_or(0, Vec::len);
        if found > limit {
            return Err(Wrong::TooMany { found, limit });
        }
        Ok(batch)
    }

    pub(crate) fn is_single(&self) -> bool {
        self.evaluations.as_ref().is_none_or(Vec::is_empty)
    }

    pub(crate) fn semantic(&self) -> Semantic {
        self.options.as_ref().map_or(Semantic::default(), |options| options.evaluations_semantic)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Result<Question, Wrong>> {
        let &Self { subject, action, resource, context, .. } = self;
        let defaults = Parts { subject, action, resource, context };
        self.evaluations.iter().flatten().map(move |entry| {
            let own: Parts<'_> = serde_json::from_str(entry.get())?;
            own.or(defaults).question()
        })
    }
}

impl Parts<'_> {
    fn or(self, defaults: Self) -> Self {
        Self {
            subject: self.subject.or(defaults.subject),
            action: self.action.or(defaults.action),
            resource: self.resource.or(defaults.resource),
            context: self.context.or(defaults.context),
        }
    }

    fn question(self) -> Result<Question, Wrong> {
        let Self { subject, action, resource, context } = self;
        let wire = Wire {
            subject: serde_json::from_str(subject.ok_or(Wrong::Missing("subject"))?.get())?,
            action: serde_json::from_str(action.ok_or(Wrong::Missing("action"))?.get())?,
            resource: serde_json::from_str(resource.ok_or(Wrong::Missing("resource"))?.get())?,
            context: context.map(|context| serde_json::from_str(context.get())).transpose()?,
        };
        wire.try_into()
    }
}
