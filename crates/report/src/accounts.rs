//! The accounts of a campaign with the weight of evidence that each belongs, and its parts by family.

use hunt::campaign::{Campaign, Family, Member};
use maud::{Markup, html};

use crate::{facts, limits, visible, wording};

/// The accounts of campaign number `rank`, surest first; at most `rows` of them.
pub(crate) fn accounts(campaign: &Campaign, rank: usize, rows: usize) -> Markup {
    let mut members: Vec<&Member> = campaign.members.iter().collect();
    members.sort_by(|a, b| {
        facts::finite(b.weight).total_cmp(&facts::finite(a.weight)).then_with(|| a.account_id.cmp(&b.account_id))
    });
    if members.is_empty() {
        return html! { p { "The findings name no members." } };
    }
    let shown = members.len().min(rows);
    let in_sight = shown.min(limits::ACCOUNT_ROWS_IN_SIGHT);
    let families: Vec<Family> =
        wording::FAMILIES.into_iter().filter(|f| members.iter().any(|m| m.by_family.contains_key(f))).collect();
    let most = members.iter().flat_map(|m| m.by_family.values()).map(|w| facts::finite(*w).abs()).fold(0.0, f64::max);
    let part = |from: usize, to: usize| {
        let caption = format!("Accounts {} to {} of {}", from + 1, to, wording::number(wording::len(&members)));
        table(
            &members[from..to],
            &families,
            most,
            &format!("{caption}, surest first; weights in bits"),
            &format!("Campaign {rank}: {caption}"),
        )
    };
    html! {
        (part(0, in_sight))
        @if shown > in_sight {
            details.tail {
                summary { (wording::count((shown - in_sight) as u64, "more account")) }
                (part(in_sight, shown))
            }
        }
        @if members.len() > shown {
            p.quiet { (wording::number((members.len() - shown) as u64)) " more are in the JSON of the hunt." }
        }
    }
}

fn table(members: &[&Member], families: &[Family], most: f64, caption: &str, label: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table.accounts {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { "Account" }
                        th.number scope="col" { "Weight" }
                        @for family in families { th.number scope="col" { (wording::family(*family)) } }
                        th.number scope="col" { "Harvest" }
                        th.number scope="col" { "of all" }
                        th scope="col" { "Active, UTC" }
                        th scope="col" { "Created" }
                        th scope="col" { "Plan" }
                        th scope="col" { "Organisation" }
                    }
                }
                tbody { @for member in members { (row(member, families, most)) } }
            }
        }
    }
}

fn row(member: &Member, families: &[Family], most: f64) -> Markup {
    html! {
        tr {
            th scope="row" { (visible::id(&member.account_id)) }
            td { (wording::bits(member.weight)) }
            @for family in families { (share(*family, member.by_family.get(family).copied(), most)) }
            td { (wording::number(member.harvest)) }
            td { (wording::number(member.exchanges)) }
            td { (wording::days(&member.first, &member.last)) }
            td { (wording::day(&member.created)) }
            td { (visible::short_id(&member.plan)) }
            td { @if let Some(organization) = &member.organization_id { (visible::id(organization)) } @else { "–" } }
        }
    }
}

/// A number with a bar behind it, in tenths of the greatest weight.
fn share(family: Family, weight: Option<f64>, most: f64) -> Markup {
    let Some(weight) = weight else { return html! { td { "–" } } };
    let tenths = if most > 0.0 { (10.0 * facts::finite(weight).abs() / most).round() } else { 0.0 };
    let sign = if weight < 0.0 { "n" } else { "f" };
    let initials = wording::family(family).get(..2).expect("family names are ASCII");
    html! { td class=(format!("{sign} {initials} w{tenths:.0}")) { (wording::bits(weight)) } }
}
