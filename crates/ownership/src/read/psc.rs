//! The Companies House snapshot of persons with significant control, one JSON object a line.
//!
//! https://download.companieshouse.gov.uk/en_pscdata.html; the codes are those of `psc_descriptions.yml` in companieshouse/api-enumerations.
//! Each person is keyed by its own record, so that two are never taken for one; a company in a British register by its number there.

use super::{
    Said,
    build::{self, File},
    json::{self, Object},
    out::{Count, Out, Totals},
    when,
};
use crate::{
    EntityKey, EntityKind, Interest, InterestKind, Link, NameKind, Period, Place, Scheme, Share, Statement,
    reject::{Fault, Reason, clip},
};

/// What is counted against the totals at the end of the file.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    found: Found,
    stated: Option<Found>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Found {
    persons: u64,
    statements: u64,
    exemptions: u64,
}

/// How the holder holds.
#[derive(Debug, PartialEq, Eq)]
struct Nature {
    kind: InterestKind,
    share: Option<Share>,
}

const TOTALS: &str = "totals#persons-of-significant-control-snapshot";
const STATEMENT: &str = "persons-with-significant-control-statement";
/// Countries whose register is that of Companies House, as people write them.
const BRITISH: &[&str] = &[
    "united kingdom",
    "uk",
    "great britain",
    "england",
    "england and wales",
    "england & wales",
    "england, wales",
    "wales",
    "scotland",
    "northern ireland",
    "united kingdom (england and wales)",
    "united kingdom (england)",
    "gb",
    "england/wales",
];

impl Snapshot {
    pub(super) fn record(&mut self, file: &File, row: &str, said: &mut Said) -> Result<(), Fault> {
        let value = json::value(row)?;
        let record = Object::of(&value, "")?;
        let data = record.need_object("data", "data.")?;
        let kind = data.need_text("kind")?;
        match kind {
            TOTALS => return self.totals(data, said),
            STATEMENT => self.found.statements += 1,
            "exemptions" => self.found.exemptions += 1,
            _ => self.found.persons += 1,
        }
        let number = record.need_text("company_number")?;
        let company = company_key(number)?;
        match kind {
            STATEMENT => {
                let reason = data.need_text("statement")?;
                said.statements.push(file.gap(&company, reason, period(data)?, &place_of(data, number)));
                Ok(())
            }
            "exemptions" => exemptions(file, &company, data, number, said),
            "super-secure-person-with-significant-control" | "super-secure-beneficial-owner" => {
                let reason = data.text("description")?.unwrap_or("super-secure");
                said.statements.push(file.gap(&company, reason, period(data)?, &place_of(data, number)));
                Ok(())
            }
            _ => control(file, company, data, kind, said),
        }
    }

    fn totals(&mut self, data: Object<'_>, said: &mut Said) -> Result<(), Fault> {
        let count = |name| match data.value(name) {
            None => Ok(0),
            Some(value) => value.as_u64().ok_or_else(|| data.wrong_type(name, value, "a count")),
        };
        self.stated = Some(Found {
            persons: count("persons_of_significant_control_count")?,
            statements: count("statements_count")?,
            exemptions: count("exemptions_count")?,
        });
        said.pass("totals at the end of the snapshot");
        Ok(())
    }

    pub(super) fn finish(self, out: &mut Out<'_>) {
        let Some(stated) = self.stated else { return };
        let totals: &mut Totals = &mut out.totals;
        let counts = [
            ("persons with significant control", stated.persons, self.found.persons),
            ("statements", stated.statements, self.found.statements),
            ("exemptions", stated.exemptions, self.found.exemptions),
        ];
        totals.counts.extend(counts.map(|(of, stated, found)| Count { of, stated, found }));
    }
}

fn company_key(number: &str) -> Result<EntityKey, Fault> {
    build::companies_house_key(number).ok_or_else(|| {
        let detail = format!(
            "field `company_number`: `{}` is no number of Companies House: eight figures, two letters and six, or R and seven",
            clip(number)
        );
        Fault::new(Reason::BadId, detail)
    })
}

/// The record's own address, which no other has.
fn place_of(data: Object<'_>, number: &str) -> String {
    let link = data.object("links", "data.links.").ok().flatten().and_then(|links| links.text("self").ok().flatten());
    link.map_or_else(|| number.to_owned(), str::to_owned)
}

fn period(data: Object<'_>) -> Result<Period, Fault> {
    let date = |name: &'static str| data.text(name)?.map(|text| when::days(text, name)).transpose();
    when::period(date("notified_on")?, date("ceased_on")?, "ceased_on")
}

fn exemptions(file: &File, company: &EntityKey, data: Object<'_>, number: &str, said: &mut Said) -> Result<(), Fault> {
    let record = place_of(data, number);
    let exemptions = data.need_object("exemptions", "data.exemptions.")?;
    let most = file.limits.values;
    for name in [
        "psc_exempt_as_trading_on_regulated_market",
        "psc_exempt_as_shares_admitted_on_market",
        "psc_exempt_as_trading_on_uk_regulated_market",
        "psc_exempt_as_trading_on_eu_regulated_market",
        "disclosure_transparency_rules_chapter_five_applies",
    ] {
        let Some(exemption) = exemptions.object(name, name)? else { continue };
        for item in exemption.list("items", most)? {
            let item = Object::of(item, "items.")?;
            let date = |name: &'static str| item.text(name)?.map(|text| when::days(text, name)).transpose();
            let period = when::period(date("exempt_from")?, date("exempt_to")?, "exempt_to")?;
            said.statements.push(file.gap(company, &name.replace('_', "-"), period, &record));
        }
    }
    if said.statements.is_empty() {
        said.statements.push(file.gap(company, "exempt", Period::default(), &record));
    }
    Ok(())
}

fn control(file: &File, company: EntityKey, data: Object<'_>, kind: &str, said: &mut Said) -> Result<(), Fault> {
    let record = data.need_object("links", "data.links.")?.need_text("self")?;
    let owner_kind = match kind {
        "individual-person-with-significant-control" | "individual-beneficial-owner" => EntityKind::Person,
        "corporate-entity-person-with-significant-control" | "corporate-entity-beneficial-owner" => EntityKind::Company,
        "legal-person-person-with-significant-control" | "legal-person-beneficial-owner" => EntityKind::Unknown,
        _ => {
            let detail = format!("field `data.kind`: `{}` is no kind of record that we know", clip(kind));
            return Err(Fault::new(Reason::UnknownSchema, detail));
        }
    };
    let owner = owner(file, data, owner_kind, record, said)?;
    let period = period(data)?;
    let natures = data.texts("natures_of_control", file.limits.values)?;
    if natures.is_empty() {
        said.statements.push(file.gap(&company, "natures of control are not stated", period, record));
    }
    // A person's stake may be held through companies, which the register does not say; where the chain is recorded too, it counts instead.
    let through = |kind| owner_kind == EntityKind::Person && matches!(kind, InterestKind::Shares | InterestKind::Votes);
    for code in natures {
        match nature(code) {
            Some(Nature { kind, share }) => {
                let interest = file.interest(&owner, &company, kind, record)?;
                let link = if through(kind) { Link::Indirect } else { Link::Direct };
                said.statements.push(Statement::Interest(Interest { share, link, period, ..interest }));
            }
            None => {
                let detail = format!("field `data.natures_of_control`: `{}` is no nature that we know", clip(code));
                said.faults.push(Fault::new(Reason::UnknownSchema, detail));
            }
        }
    }
    let overseas = company.as_str().starts_with("GB-COH-OE");
    let number = company.as_str().trim_start_matches("GB-COH-").to_owned();
    let mut entity = file.entity(company, EntityKind::Company, record);
    entity.jurisdiction = (!overseas).then(british);
    build::identify(&mut entity, Scheme::Register("GB-COH".to_owned()), &number);
    said.statements.push(Statement::Entity(entity));
    Ok(())
}

/// States the owner, and gives its key.
fn owner(file: &File, data: Object<'_>, kind: EntityKind, record: &str, said: &mut Said) -> Result<EntityKey, Fault> {
    let own = build::key(record, "data.links.self")?;
    let identification = data.object("identification", "data.identification.")?;
    let text = |name: &str| identification.map_or(Ok(None), |object| object.text(name));
    let (number, country) = (text("registration_number")?, text("country_registered")?);
    let at_companies_house = country.is_some_and(|country| {
        let country = country.to_ascii_lowercase();
        BRITISH.contains(&country.trim_end_matches('.'))
    });
    let resolved =
        number.filter(|_| at_companies_house && kind == EntityKind::Company).and_then(build::companies_house_key);
    let mut entity = file.entity(resolved.clone().unwrap_or(own), kind, record);
    if let Some(name) = data.text("name")? {
        file.name(&mut entity, NameKind::Primary, name, "data.name")?;
    }
    if resolved.is_some() {
        entity.jurisdiction = Some(british());
        let number = entity.key.as_str().trim_start_matches("GB-COH-").to_owned();
        build::identify(&mut entity, Scheme::Register("GB-COH".to_owned()), &number);
    } else if let (Some(number), true) = (number, kind != EntityKind::Person) {
        build::identify(&mut entity, Scheme::Register(country.unwrap_or_default().to_owned()), number);
    }
    let key = entity.key.clone();
    said.statements.push(Statement::Entity(entity));
    Ok(key)
}

fn british() -> Place {
    "gb".parse().expect("two letters are a place")
}

/// Reads a code such as `ownership-of-shares-25-to-50-percent-as-trust-limited-liability-partnership`.
fn nature(code: &str) -> Option<Nature> {
    const HELD: &[(&str, InterestKind)] = &[
        ("ownership-of-shares-", InterestKind::Shares),
        ("voting-rights-", InterestKind::Votes),
        ("part-right-to-share-surplus-assets-", InterestKind::Other),
        ("right-to-share-surplus-assets-", InterestKind::Other),
    ];
    const ROLES: &[(&str, InterestKind)] = &[
        ("right-to-appoint-and-remove-", InterestKind::Board),
        ("significant-influence-or-control", InterestKind::Influence),
        ("registered-owner-as-nominee", InterestKind::Other),
    ];
    let held = HELD.iter().find_map(|(prefix, kind)| Some((code.strip_prefix(prefix)?, *kind)));
    if let Some((rest, kind)) = held {
        let (share, rest) = band(rest)?;
        // What a trust or firm holds is not its controller's own: shown with its figure, never added up as shares.
        let kind = if rest.starts_with("-as-") && kind != InterestKind::Other { InterestKind::Influence } else { kind };
        return Some(Nature { kind, share: Some(share) });
    }
    let (rest, kind) = ROLES.iter().find_map(|(prefix, kind)| Some((code.strip_prefix(prefix)?, *kind)))?;
    let kind = if rest.contains("-as-") && kind == InterestKind::Board { InterestKind::Influence } else { kind };
    Some(Nature { kind, share: None })
}

/// The band at the beginning of a text, and the rest: Schedule 2 of the Register of People with Significant Control Regulations 2016.
fn band(text: &str) -> Option<(Share, &str)> {
    let sound = "the bounds are written here";
    let more = |min, max| Share::between(min, max).and_then(Share::above_min).expect(sound);
    let bands = [
        ("25-to-50-percent", more(2_500, 5_000)),
        ("50-to-75-percent", more(5_000, 7_500).below_max().expect(sound)),
        ("75-to-100-percent", Share::between(7_500, 10_000).expect(sound)),
        ("more-than-25-percent", more(2_500, 10_000)),
    ];
    bands.into_iter().find_map(|(name, share)| Some((share, text.strip_prefix(name)?)))
}
