//! One request to a model and its response, as log v1 has it.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{AccountId, ExchangeId, OrganizationId, Time};

/// Text that a person may have written; `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromptText(String);

impl PromptText {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PromptText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes of text>", self.0.len())
    }
}

/// One row of exchange log v1. Optional fields may be null or absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    pub exchange_id: ExchangeId,
    pub time: Time,
    pub account_id: AccountId,
    pub organization_id: Option<OrganizationId>,
    /// Fingerprint of the API key or session, never the secret.
    pub credential_id: Option<String>,
    /// The way in: `direct`, `bedrock`, `vertex`, `foundry`, `reseller:NAME`.
    pub channel: String,
    pub client_address: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// What was asked for: `chat`, `completion`, `embeddings`.
    pub operation: String,
    pub request_model: String,
    pub system: Option<PromptText>,
    pub prompt: Option<PromptText>,
    pub conversation_id: Option<String>,
    pub turn: Option<u32>,
    pub max_tokens: Option<u64>,
    pub temperature: Option<f32>,
    pub reasoning: Option<bool>,
    pub tools: Option<u32>,
    pub stream: Option<bool>,
    // What is known only at the end comes last, so that a line can be begun before.
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// HTTP status of the answer.
    pub status: u16,
    pub latency_ms: Option<u64>,
}
