//! What the operator knows of an account, as account log v1 has it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, OrganizationId, Time};

/// One row of account log v1. Optional fields may be null or absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub account_id: AccountId,
    pub organization_id: Option<OrganizationId>,
    pub created: Time,
    /// The operator's own name of the plan, such as `free`, `pro`, `api`.
    pub plan: String,
    pub email_domain: Option<String>,
    /// Fingerprint of the payment instrument.
    pub payment_id: Option<String>,
    pub phone_country: Option<String>,
    pub signup_address: Option<IpAddr>,
    /// Fingerprint of the device at sign-up.
    pub device_id: Option<String>,
    pub declared_country: Option<String>,
}
