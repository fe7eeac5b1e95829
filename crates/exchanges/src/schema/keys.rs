//! Keyed hashes of identifiers and addresses.

use std::net::IpAddr;

use crate::{
    Account, AccountId, Exchange, PromptText,
    sketch::{ColumnHash, Secret},
};

/// Keyed hashes of one exchange's identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// Of the exchange's id: rows of the same value are the same exchange.
    pub id_key: u64,
    /// Of every field: tells a repeated row from an id that was used twice.
    pub content_key: u64,
    pub account_key: u64,
    pub credential_key: Option<u64>,
    /// Of the client's address; an IPv4 address written as IPv6 counts as IPv4.
    pub address_key: Option<u64>,
    /// Of its network: the /24 of IPv4, the /48 of IPv6.
    pub network_key: Option<u64>,
    pub conversation_key: Option<u64>,
}

/// Keyed hashes of one account's identifiers.
///
/// `account_key`, the address and the network are keyed as in [`Keys`], so that they can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountKeys {
    pub account_key: u64,
    pub payment_key: Option<u64>,
    pub device_key: Option<u64>,
    pub signup_address_key: Option<u64>,
    pub signup_network_key: Option<u64>,
}

/// Makes keys under one secret; holds scratch space, so each thread clones its own.
#[derive(Clone)]
pub struct Keyer {
    id: ColumnHash,
    content: ColumnHash,
    account: ColumnHash,
    credential: ColumnHash,
    address: ColumnHash,
    network: ColumnHash,
    conversation: ColumnHash,
    payment: ColumnHash,
    device: ColumnHash,
    scratch: Vec<u8>,
}

impl Keyer {
    pub fn new(secret: &Secret) -> Self {
        let column = |name| ColumnHash::new(secret, name);
        Self {
            id: column("id_key"),
            content: column("content_key"),
            account: column("account_key"),
            credential: column("credential_key"),
            address: column("address_key"),
            network: column("network_key"),
            conversation: column("conversation_key"),
            payment: column("payment_key"),
            device: column("device_key"),
            scratch: Vec::new(),
        }
    }

    pub fn keys(&mut self, exchange: &Exchange) -> Keys {
        let hash = |column: &ColumnHash, text: &Option<String>| text.as_ref().map(|t| column.bytes(t.as_bytes()));
        Keys {
            id_key: self.id.bytes(exchange.exchange_id.as_str().as_bytes()),
            content_key: self.content_key(exchange),
            account_key: self.account_key(&exchange.account_id),
            credential_key: hash(&self.credential, &exchange.credential_id),
            address_key: exchange.client_address.map(|a| self.address_key(a)),
            network_key: exchange.client_address.map(|a| self.network_key(a)),
            conversation_key: hash(&self.conversation, &exchange.conversation_id),
        }
    }

    pub fn account_keys(&self, account: &Account) -> AccountKeys {
        let hash = |column: &ColumnHash, text: &Option<String>| text.as_ref().map(|t| column.bytes(t.as_bytes()));
        AccountKeys {
            account_key: self.account_key(&account.account_id),
            payment_key: hash(&self.payment, &account.payment_id),
            device_key: hash(&self.device, &account.device_id),
            signup_address_key: account.signup_address.map(|a| self.address_key(a)),
            signup_network_key: account.signup_address.map(|a| self.network_key(a)),
        }
    }

    pub fn account_key(&self, account: &AccountId) -> u64 {
        self.account.bytes(account.as_str().as_bytes())
    }

    fn address_key(&self, address: IpAddr) -> u64 {
        match address.to_canonical() {
            IpAddr::V4(a) => self.address.bytes(&a.octets()),
            IpAddr::V6(a) => self.address.bytes(&a.octets()),
        }
    }

    fn network_key(&self, address: IpAddr) -> u64 {
        match address.to_canonical() {
            IpAddr::V4(a) => self.network.bytes(&a.octets()[..3]),
            IpAddr::V6(a) => self.network.bytes(&a.octets()[..6]),
        }
    }

    fn content_key(&mut self, exchange: &Exchange) -> u64 {
        let Exchange {
            exchange_id,
            time,
            account_id,
            organization_id,
            credential_id,
            channel,
            client_address,
            user_agent,
            operation,
            request_model,
            system,
            prompt,
            conversation_id,
            turn,
            input_tokens,
            output_tokens,
            max_tokens,
            temperature,
            reasoning,
            tools,
            stream,
            status,
            latency_ms,
        } = exchange;
        let address = client_address.map(|a| a.to_canonical().to_string());
        let texts = [
            Some(exchange_id.as_str()),
            Some(account_id.as_str()),
            organization_id.as_ref().map(|o| o.as_str()),
            credential_id.as_deref(),
            Some(channel),
            address.as_deref(),
            user_agent.as_deref(),
            Some(operation),
            Some(request_model),
            system.as_ref().map(PromptText::as_str),
            prompt.as_ref().map(PromptText::as_str),
            conversation_id.as_deref(),
        ];
        let numbers = [
            Some(time.micros().cast_unsigned()),
            turn.map(u64::from),
            *input_tokens,
            *output_tokens,
            *max_tokens,
            temperature.map(|t| u64::from(t.to_bits())),
            reasoning.map(u64::from),
            tools.map(u64::from),
            stream.map(u64::from),
            Some(u64::from(*status)),
            *latency_ms,
        ];
        self.scratch.clear();
        // A length, or its absence, goes before each text, so that no two rows are written alike.
        for text in texts {
            self.scratch.extend_from_slice(&text.map_or(u64::MAX, |t| t.len() as u64).to_le_bytes());
            self.scratch.extend_from_slice(text.unwrap_or_default().as_bytes());
        }
        for number in numbers {
            self.scratch.push(u8::from(number.is_some()));
            self.scratch.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
        }
        self.content.bytes(&self.scratch)
    }
}
