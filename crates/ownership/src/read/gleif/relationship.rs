//! Level 2: one relationship, from the child (start) to the parent (end).
//!
//! Consolidation is accounting, not ownership, and carries no share. A branch is the same legal person as its head office: it is stated
//! as held whole, in shares and in votes, so that it stands as its head office stands under every regime.

use super::{
    super::{
        Said,
        build::{self, File},
        when,
    },
    Leaves,
};
use crate::{
    Interest, InterestKind, Lei, Period, Share, Statement, WHOLE,
    reject::{Fault, Reason, clip},
};

const CONSOLIDATION: &[InterestKind] = &[InterestKind::Consolidation];
const ULTIMATE: &[InterestKind] = &[InterestKind::UltimateConsolidation];
const FUND: &[InterestKind] = &[InterestKind::Fund];
const BRANCH: &[InterestKind] = &[InterestKind::Shares, InterestKind::Votes];

pub(super) fn record(file: &File, leaves: &Leaves, said: &mut Said) -> Result<(), Fault> {
    let child = node(leaves, "Relationship.StartNode.NodeID", "Relationship.StartNode.NodeIDType")?;
    let parent = node(leaves, "Relationship.EndNode.NodeID", "Relationship.EndNode.NodeIDType")?;
    let kind = leaves.need("Relationship.RelationshipType")?;
    let kinds = match kind {
        "IS_DIRECTLY_CONSOLIDATED_BY" => CONSOLIDATION,
        "IS_ULTIMATELY_CONSOLIDATED_BY" => ULTIMATE,
        "IS_FUND-MANAGED_BY" | "IS_SUBFUND_OF" | "IS_FEEDER_TO" => FUND,
        "IS_INTERNATIONAL_BRANCH_OF" => BRANCH,
        other => {
            let detail = format!("field `Relationship.RelationshipType`: `{}` is no type that we know", clip(other));
            return Err(Fault::new(Reason::UnknownSchema, detail));
        }
    };
    let period = period(leaves)?;
    if let Some(why) = not_in_force(leaves, period) {
        said.pass(why);
        return Ok(());
    }
    let share = (kinds == BRANCH).then(|| Share::exactly(WHOLE).expect("the whole is a share"));
    let record = format!("{child} {kind} {parent}");
    for &kind in kinds {
        let interest = file.interest(&build::lei_key(parent), &build::lei_key(child), kind, &record)?;
        said.statements.push(Statement::Interest(Interest { share, period, ..interest }));
    }
    Ok(())
}

fn node(leaves: &Leaves, id: &'static str, kind: &'static str) -> Result<Lei, Fault> {
    match leaves.one(kind) {
        None | Some("LEI") => build::lei(leaves.need(id)?, id),
        Some(other) => {
            let detail = format!("field `{kind}`: `{}` is no type of node that we know; only LEI is", clip(other));
            Err(Fault::new(Reason::UnknownSchema, detail))
        }
    }
}

/// Only the period of the relationship; those of its accounts and documents say nothing of it.
fn period(leaves: &Leaves) -> Result<Period, Fault> {
    const SPELLINGS: [[&str; 3]; 2] = [
        [
            "Relationship.RelationshipPeriods.RelationshipPeriod.PeriodType",
            "Relationship.RelationshipPeriods.RelationshipPeriod.StartDate",
            "Relationship.RelationshipPeriods.RelationshipPeriod.EndDate",
        ],
        ["Relationship.Period.periodType", "Relationship.Period.startDate", "Relationship.Period.endDate"],
    ];
    for (path, _, turn, _) in leaves.iter().filter(|(_, _, _, text)| *text == "RELATIONSHIP_PERIOD") {
        let Some([_, start, end]) = SPELLINGS.iter().find(|[kind, ..]| *kind == path) else { continue };
        let date = |path| leaves.beside(path, turn).map(|text| when::days(text, path)).transpose();
        return when::period(date(start)?, date(end)?, end);
    }
    Ok(Period::default())
}

/// Why the relationship is not, and was never, in force for a time that is known.
fn not_in_force(leaves: &Leaves, period: Period) -> Option<String> {
    let registration = leaves.one("Registration.RegistrationStatus").unwrap_or_default();
    if matches!(registration, "ANNULLED" | "DUPLICATE" | "CANCELLED" | "PENDING_VALIDATION") {
        return Some(format!("relationship whose registration is {registration}"));
    }
    let status = leaves.one("Relationship.RelationshipStatus").unwrap_or_default();
    let ended = status == "INACTIVE" || registration == "RETIRED";
    match status {
        "NULL" => Some("relationship whose status is NULL".to_owned()),
        _ if ended && period.to.is_none() => Some("relationship that ended on a day that is not stated".to_owned()),
        _ => None,
    }
}
