//! Relationships of BODS: who has which interest in whom, or why nobody is named.

use serde_json::Value;

use super::{
    super::{
        Said,
        build::{self, File},
        json::Object,
        when,
    },
    Party, party,
};
use crate::{
    Interest, InterestKind, Link, Period, Share, Statement, WHOLE,
    reject::{Fault, Reason, clip},
};

/// How one of the interest types is read.
enum Type {
    Kind(InterestKind),
    /// It says that there is an interest, and not which.
    Unknown,
}

/// The 23 codes of the list `interestType`.
fn interest_type(code: Option<&str>) -> Option<Type> {
    Some(Type::Kind(match code {
        Some("shareholding") => InterestKind::Shares,
        Some("votingRights") => InterestKind::Votes,
        Some("appointmentOfBoard") => InterestKind::Board,
        Some("otherInfluenceOrControl" | "settlor" | "trustee" | "protector") => InterestKind::Influence,
        Some("rightsGrantedByContract" | "controlViaCompanyRulesOrArticles" | "controlByLegalFramework") => {
            InterestKind::Contract
        }
        // Of an arrangement; what is not one is taken back once its type is known.
        Some("nominator") => InterestKind::Nomination,
        Some(
            "nominee"
            | "seniorManagingOfficial"
            | "boardMember"
            | "boardChair"
            | "beneficiaryOfLegalArrangement"
            | "rightsToSurplusAssetsOnDissolution"
            | "rightsToProfitOrIncome"
            | "conditionalRightsGrantedByContract"
            | "enjoymentAndUseOfAssets"
            | "rightToProfitOrIncomeFromAssets",
        ) => InterestKind::Other,
        None | Some("unknownInterest" | "unpublishedInterest") => return Some(Type::Unknown),
        Some(_) => return None,
    }))
}

pub(super) fn relationship(file: &File, id: &str, details: Object<'_>, said: &mut Said) -> Result<(), Fault> {
    let most = file.limits.values;
    let interests = details.list("interests", most)?;
    let owned = match party(details, "subject")? {
        Party::Record(key) => key,
        Party::Unspecified(reason) => {
            said.pass(format!("relationship whose subject is not named: {}", clip(reason)));
            return Ok(());
        }
    };
    let owner = match party(details, "interestedParty")? {
        Party::Record(key) => key,
        Party::Unspecified(reason) => {
            let period = spans(interests)?;
            said.statements.push(file.gap(&owned, reason, period, id));
            return Ok(());
        }
    };
    if interests.is_empty() {
        let interest = file.interest(&owner, &owned, InterestKind::Other, id)?;
        said.statements.push(Statement::Interest(interest));
        said.statements.push(file.gap(&owned, "interests are not stated", Period::default(), id));
    }
    // A relationship with components is a summary of them, whatever it says of itself.
    let summary = !details.list("componentRecords", most)?.is_empty();
    for value in interests {
        let stated = Object::of(value, "interests.")?;
        let period = period(stated)?;
        let code = stated.text("type")?;
        let indirect = summary || stated.text("directOrIndirect")? == Some("indirect");
        let link = if indirect { Link::Indirect } else { Link::Direct };
        let share = share(stated)?;
        let kind = match interest_type(code) {
            Some(Type::Kind(kind)) => kind,
            Some(Type::Unknown) => {
                let reason = code.unwrap_or("type of interest is not stated");
                said.statements.push(file.gap(&owned, reason, period, id));
                InterestKind::Other
            }
            None => {
                let code = clip(code.unwrap_or_default()).into_owned();
                let detail = format!("field `interests.type`: `{code}` is no type of interest that BODS 0.4 has");
                said.faults.push(Fault::new(Reason::UnknownSchema, detail));
                continue;
            }
        };
        let interest = file.interest(&owner, &owned, kind, id)?;
        said.statements.push(Statement::Interest(Interest { share, link, period, ..interest }));
    }
    Ok(())
}

fn period(interest: Object<'_>) -> Result<Period, Fault> {
    let date = |name: &'static str| interest.text(name)?.map(|text| when::days(text, name)).transpose();
    when::period(date("startDate")?, date("endDate")?, "interests.endDate")
}

/// From the first beginning to the last end of all interests.
fn spans(interests: &[Value]) -> Result<Period, Fault> {
    let periods =
        interests.iter().map(|value| period(Object::of(value, "interests.")?)).collect::<Result<Vec<_>, _>>()?;
    let all = |dates: Vec<Option<jiff::civil::Date>>| dates.into_iter().collect::<Option<Vec<_>>>();
    Ok(Period {
        from: all(periods.iter().map(|p| p.from).collect()).and_then(|dates| dates.into_iter().min()),
        to: all(periods.iter().map(|p| p.to).collect()).and_then(|dates| dates.into_iter().max()),
    })
}

/// `exact`, or bounds that are included or excluded, in percent.
fn share(interest: Object<'_>) -> Result<Option<Share>, Fault> {
    let Some(stated) = interest.object("share", "interests.share.")? else { return Ok(None) };
    let figure = |name: &str| match stated.value(name) {
        None => Ok(None),
        // A number is in percent by definition, so that 0.5 is half a percent.
        Some(Value::Number(number)) => {
            build::share(&format!("{number} %"), &format!("interests.share.{name}")).map(Some)
        }
        Some(other) => Err(stated.wrong_type(name, other, "a number, in percent")),
    };
    if let Some(exact) = figure("exact")? {
        return Ok(Some(exact));
    }
    let (least, above) = (figure("minimum")?, figure("exclusiveMinimum")?);
    let (most, below) = (figure("maximum")?, figure("exclusiveMaximum")?);
    if least.or(above).or(most).or(below).is_none() {
        return Ok(None);
    }
    // The narrower of two bounds is meant where both are given; the figures are rounded outward already.
    let (min, min_open) = match (least.map(Share::min), above.map(Share::min)) {
        (Some(least), Some(above)) if least > above => (least, false),
        (_, Some(above)) => (above, true),
        (least, None) => (least.unwrap_or(0), false),
    };
    let (max, max_open) = match (most.map(Share::max), below.map(Share::max)) {
        (Some(most), Some(below)) if most < below => (most, false),
        (_, Some(below)) => (below, true),
        (most, None) => (most.unwrap_or(WHOLE), false),
    };
    let found = Share::between(min, max)
        .and_then(|share| if min_open { share.above_min() } else { Ok(share) })
        .and_then(|share| if max_open { share.below_max() } else { Ok(share) });
    found.map(Some).map_err(|error| Fault::new(Reason::BadPercent, format!("field `interests.share`: {error}")))
}
