//! Why a standing is another than before: what is stated now, and what no longer is.

use ownership::{Standing, Step};

/// Stakes that are told one by one.
const TOLD: usize = 10;

/// What makes the difference between two standings of one organisation, in words.
pub fn why(before: Option<&Standing>, after: &Standing) -> String {
    let Some(before) = before else {
        return format!("first assessed: {}", first_line(&after.text));
    };
    let new = after.proof.iter().filter(|step| !before.proof.contains(step));
    let gone = before.proof.iter().filter(|step| !after.proof.contains(step));
    let mut reasons: Vec<String> = new.map(|step| format!("now stated: {}", told(step))).collect();
    reasons.extend(gone.map(|step| format!("no longer decides: {}", told(step))));
    let came = after.responsible.iter().filter(|one| !before.responsible.contains(one));
    reasons.extend(came.map(|one| format!("{}: {}", one.entity.name, one.why)));
    let went = before.responsible.iter().filter(|one| !after.responsible.contains(one));
    reasons.extend(went.map(|one| format!("no longer holds of {}: {}", one.entity.name, one.why)));
    if before.regime_is != after.regime_is || before.threshold_bp != after.threshold_bp || before.strict != after.strict
    {
        reasons.push("the regime is another on this day".to_owned());
    }
    if reasons.is_empty() {
        return format!("no stake that decided it has changed; {}", first_line(&after.text));
    }
    let more = reasons.len().saturating_sub(TOLD);
    reasons.truncate(TOLD);
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    reasons.join("; ")
}

fn told(step: &Step) -> String {
    format!(
        "{} holds {} to {} basis points of {} ({})",
        step.owner_name, step.min_bp, step.max_bp, step.owned_name, step.source
    )
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
