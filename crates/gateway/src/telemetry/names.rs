//! Every name in a trace: OpenTelemetry's GenAI and HTTP conventions, and our own where they have none.

use crate::route::Provider;

pub(super) const PROVIDER: &str = "gen_ai.provider.name";
pub(super) const OPERATION: &str = "gen_ai.operation.name";
pub(super) const MODEL: &str = "gen_ai.request.model";
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
pub(super) const ERROR: &str = "error.type";
pub(super) const STATUS: &str = "http.response.status_code";
pub(super) const SERVER: &str = "server.address";
pub(super) const EFFECT: &str = "ringfence.decision.effect";
pub(super) const DECISION: &str = "ringfence.decision.id";
pub(super) const FACE: &str = "ringfence.face";

/// What a caller who did not wait leaves in `error.type`.
pub(super) const LEFT: &str = "client_left";
/// No decision could be made or recorded.
pub(super) const UNAVAILABLE: &str = "unavailable";

/// Of the process, in every batch.
pub(super) const SERVICE: &str = "ringfence";
/// The span of a decision that another proxy asked for.
pub(super) const DECIDE: &str = "decide";
/// The span of a request to no route.
pub(super) const NO_ROUTE: &str = "request";

pub(super) fn provider(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi => "openai",
        Provider::Anthropic => "anthropic",
    }
}

/// The conventions' word for an operation of the exchange log; ours where they have none.
pub(super) fn operation(operation: &'static str) -> &'static str {
    match operation {
        "completion" => "text_completion",
        other => other,
    }
}
