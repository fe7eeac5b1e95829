//! Rows of log v1 in JSON.
//!
//! A row is first tried with the derived reader, which is fast and says little. Only a row that fails is read again field by
//! field, for a clear reason; that second reading decides, and both agree on every row that the first accepts.

use super::json::{self, Fault, Object};
use crate::{Account, Exchange, PromptText, reject::Reason};

/// Status codes of HTTP that a gateway may log.
const STATUS: std::ops::RangeInclusive<u16> = 100..=999;

pub(super) fn exchange(row: &str) -> Result<Exchange, Fault> {
    match serde_json::from_str::<Exchange>(row) {
        Ok(exchange) if in_range(&exchange) => Ok(exchange),
        Ok(_) => exchange_of(Object::of(&json::value(row)?)?),
        Err(error) => {
            refuse_twice(&error)?;
            exchange_of(Object::of(&json::value(row)?)?)
        }
    }
}

pub(super) fn account(row: &str) -> Result<Account, Fault> {
    serde_json::from_str::<Account>(row).or_else(|error| {
        refuse_twice(&error)?;
        account_of(Object::of(&json::value(row)?)?)
    })
}

/// What the derived reader does not check.
fn in_range(exchange: &Exchange) -> bool {
    STATUS.contains(&exchange.status) && exchange.temperature.is_none_or(f32::is_finite)
}

/// A field that stands twice could mean either value; the second reading would not see it.
fn refuse_twice(error: &serde_json::Error) -> Result<(), Fault> {
    let said = error.to_string();
    match said.strip_prefix("duplicate field ") {
        Some(rest) => {
            let name = rest.split(" at line ").next().unwrap_or(rest);
            Err(Fault::new(Reason::BadJson, format!("field {name} stands twice in the row; keep one")))
        }
        None => Ok(()),
    }
}

/// Field by field, with a message for each mistake.
pub(super) fn exchange_of(row: Object<'_>) -> Result<Exchange, Fault> {
    Ok(Exchange {
        exchange_id: row.need_id("exchange_id")?,
        time: row.need_time("time")?,
        account_id: row.need_id("account_id")?,
        organization_id: row.id("organization_id")?,
        credential_id: row.owned("credential_id")?,
        channel: row.need_text("channel")?.to_owned(),
        client_address: row.address("client_address")?,
        user_agent: row.owned("user_agent")?,
        operation: row.need_text("operation")?.to_owned(),
        request_model: row.need_text("request_model")?.to_owned(),
        system: row.text("system")?.map(PromptText::new),
        prompt: row.text("prompt")?.map(PromptText::new),
        conversation_id: row.owned("conversation_id")?,
        turn: row.small("turn")?,
        input_tokens: row.whole("input_tokens", u64::MAX)?,
        output_tokens: row.whole("output_tokens", u64::MAX)?,
        max_tokens: row.whole("max_tokens", u64::MAX)?,
        temperature: row.float("temperature")?,
        reasoning: row.flag("reasoning")?,
        tools: row.small("tools")?,
        stream: row.flag("stream")?,
        status: status(row, "status")?.ok_or_else(|| row.missing("status"))?,
        latency_ms: row.whole("latency_ms", u64::MAX)?,
    })
}

/// An HTTP status of three digits.
pub(super) fn status(row: Object<'_>, name: &str) -> Result<Option<u16>, Fault> {
    let Some(found) = row.whole(name, u64::MAX)? else { return Ok(None) };
    match u16::try_from(found) {
        Ok(code) if STATUS.contains(&code) => Ok(Some(code)),
        _ => Err(Fault::new(Reason::BadNumber, format!("field `{name}` is {found}, expected an HTTP status like 200"))),
    }
}

/// Field by field, with a message for each mistake.
pub(super) fn account_of(row: Object<'_>) -> Result<Account, Fault> {
    Ok(Account {
        account_id: row.need_id("account_id")?,
        organization_id: row.id("organization_id")?,
        created: row.need_time("created")?,
        plan: row.need_text("plan")?.to_owned(),
        email_domain: row.owned("email_domain")?,
        payment_id: row.owned("payment_id")?,
        phone_country: row.owned("phone_country")?,
        signup_address: row.address("signup_address")?,
        device_id: row.owned("device_id")?,
        declared_country: row.owned("declared_country")?,
    })
}
