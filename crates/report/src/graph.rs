//! Which members share an attribute: the strongest links, drawn group by group and told in words.

mod layout;

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use hunt::campaign::{Campaign, Link, Member};
use maud::{Markup, html};

use crate::{
    facts, limits,
    picture::{Frame, picture},
    visible, wording,
};

/// Reasons with a line style of their own; the rest share the last style.
const STYLES: usize = 5;
/// The width of the drawing; its height follows from the groups.
const WIDTH: f64 = 640.0;

/// Members that are joined, directly or through others; by falling size.
struct Group {
    members: Vec<usize>,
}

/// What is drawn: groups of members, and the links between those members.
struct Drawn<'a> {
    groups: Vec<Group>,
    links: Vec<&'a Link>,
    /// Members with a link, drawn or not.
    linked: usize,
}

/// The identity graph of campaign number `rank` under its heading.
pub(crate) fn identity(campaign: &Campaign, rank: usize, heading: &str) -> Markup {
    let links = sound_links(campaign);
    if links.is_empty() {
        return html! {
            h3 { (heading) }
            p.absent {
                "No identity link: no two of these accounts share a payment instrument, device, mail pattern or network "
                "that is rarer than chance. The finding rests on the other evidence."
            }
        };
    }
    let styles = reason_styles(&links);
    let drawn = select(&links, campaign.members.len());
    html! {
        div.together {
            h3 { (heading) }
            figure {
                (drawing(campaign, rank, &drawn, &styles))
                (legend(&styles, &links))
                figcaption { (caption(campaign, &drawn, links.len())) }
            }
        }
        (told(&links, &campaign.members))
    }
}

/// Links between two different known members, strongest first.
fn sound_links(campaign: &Campaign) -> Vec<&Link> {
    let members = campaign.members.len();
    let known = |link: &&Link| link.a != link.b && (link.a as usize) < members && (link.b as usize) < members;
    let mut links: Vec<&Link> = campaign.links.iter().filter(known).collect();
    links.sort_by(|x, y| facts::finite(y.weight).total_cmp(&facts::finite(x.weight)).then((x.a, x.b).cmp(&(y.a, y.b))));
    links
}

/// Reasons by falling frequency, with the number of links that give them.
fn reason_styles<'a>(links: &[&'a Link]) -> Vec<(&'a str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in links.iter().flat_map(|link| &link.reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut sorted: Vec<(&str, u64)> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, n)| Reverse(*n));
    sorted
}

fn style_of(link: &Link, styles: &[(&str, u64)]) -> usize {
    let first = link.reasons.first().and_then(|reason| styles.iter().position(|(known, _)| known == reason));
    first.unwrap_or(STYLES - 1).min(STYLES - 1)
}

/// The groups that `links` make among `members` members, largest first.
fn groups(links: &[&Link], members: usize) -> Vec<Group> {
    let mut root: Vec<usize> = (0..members).collect();
    for link in links {
        let (a, b) = (find(&mut root, link.a as usize), find(&mut root, link.b as usize));
        root[a.max(b)] = a.min(b);
    }
    let mut by_root: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for member in 0..members {
        by_root.entry(find(&mut root, member)).or_default().push(member);
    }
    let mut groups: Vec<Group> =
        by_root.into_values().filter(|g| g.len() > 1).map(|members| Group { members }).collect();
    groups.sort_by_key(|group| Reverse(group.members.len()));
    groups
}

fn find(root: &mut [usize], mut member: usize) -> usize {
    while root[member] != member {
        root[member] = root[root[member]];
        member = root[member];
    }
    member
}

/// The largest groups that fit; when even the largest does not, the part of it with the strongest links.
fn select<'a>(links: &[&'a Link], members: usize) -> Drawn<'a> {
    let all = groups(links, members);
    let linked = all.iter().map(|group| group.members.len()).sum();
    let mut inside = vec![false; members];
    let mut room = limits::GRAPH_ACCOUNTS;
    for group in &all {
        if group.members.len() <= room {
            room -= group.members.len();
            group.members.iter().for_each(|member| inside[*member] = true);
        } else if room == limits::GRAPH_ACCOUNTS {
            room = fill_with_strongest(links, &group.members, &mut inside, room);
        }
    }
    let mut drawn: Vec<&Link> =
        links.iter().copied().filter(|l| inside[l.a as usize] && inside[l.b as usize]).collect();
    drawn.truncate(limits::GRAPH_LINKS);
    Drawn { groups: groups(&drawn, members), links: drawn, linked }
}

fn fill_with_strongest(links: &[&Link], group: &[usize], inside: &mut [bool], mut room: usize) -> usize {
    for link in links.iter().filter(|link| group.binary_search(&(link.a as usize)).is_ok()) {
        let ends = [link.a as usize, link.b as usize];
        let new = ends.iter().filter(|end| !inside[**end]).count();
        if new > room {
            break;
        }
        ends.iter().for_each(|end| inside[*end] = true);
        room -= new;
    }
    room
}

fn drawing(campaign: &Campaign, rank: usize, drawn: &Drawn<'_>, styles: &[(&str, u64)]) -> Markup {
    let sizes: Vec<usize> = drawn.groups.iter().map(|group| group.members.len()).collect();
    let (circles, height) = layout::pack(&sizes, WIDTH);
    let mut places: BTreeMap<usize, layout::Point> = BTreeMap::new();
    for (group, circle) in drawn.groups.iter().zip(&circles) {
        let index: BTreeMap<usize, usize> = group.members.iter().enumerate().map(|(i, m)| (*m, i)).collect();
        let edges: Vec<(usize, usize)> = drawn
            .links
            .iter()
            .filter_map(|l| Some((*index.get(&(l.a as usize))?, *index.get(&(l.b as usize))?)))
            .collect();
        places.extend(group.members.iter().copied().zip(layout::place(group.members.len(), &edges, *circle)));
    }
    let mut paths: [[String; 2]; STYLES] = Default::default();
    for link in &drawn.links {
        let (Some(a), Some(b)) = (places.get(&(link.a as usize)), places.get(&(link.b as usize))) else { continue };
        let path = &mut paths[style_of(link, styles)][usize::from(link.reasons.len() > 1)];
        write!(path, "M{:.0} {:.0}L{:.0} {:.0}", a.x, a.y, b.x, b.y).expect("a String takes all");
    }
    let body = html! {
        @for (style, [thin, thick]) in paths.iter().enumerate() {
            @if !thin.is_empty() { path class=(format!("link r{style}")) d=(thin) {} }
            @if !thick.is_empty() { path class=(format!("link r{style} thick")) d=(thick) {} }
        }
        @for (member, at) in &places {
            circle cx=(format!("{:.0}", at.x)) cy=(format!("{:.0}", at.y)) r="5" {
                title { (visible::short_id(&campaign.members[*member].account_id)) }
            }
        }
    };
    let frame = Frame::Scaled { width: WIDTH as u32, height: height.ceil() as u32 };
    picture(&format!("c{rank}-links"), frame, "Identity links", &description(drawn, styles), &body)
}

fn description(drawn: &Drawn<'_>, styles: &[(&str, u64)]) -> String {
    let sizes: Vec<String> = drawn.groups.iter().take(6).map(|group| group.members.len().to_string()).collect();
    let reasons: Vec<String> =
        styles.iter().take(STYLES).map(|(reason, n)| format!("{} ({n})", visible::clipped(reason, 80))).collect();
    format!(
        "{} in {}; the largest have {} accounts. Reasons: {}.",
        wording::count(wording::len(&drawn.links), "link"),
        wording::count(wording::len(&drawn.groups), "group"),
        sizes.join(", "),
        reasons.join(", "),
    )
}

fn legend(styles: &[(&str, u64)], links: &[&Link]) -> Markup {
    let own = if styles.len() > STYLES { STYLES - 1 } else { styles.len() };
    html! {
        ul.legend {
            @for (style, (reason, n)) in styles.iter().take(own).enumerate() {
                li { i class=(format!("sample r{style}")) {} " " (visible::clipped(reason, 80)) " (" (wording::number(*n)) ")" }
            }
            @if styles.len() > own {
                li { i class=(format!("sample r{}", STYLES - 1)) {} " other (" (wording::count(wording::len(&styles[own..]), "reason")) ")" }
            }
            @if links.iter().any(|link| link.reasons.len() > 1) { li { i.sample.thick {} " thick: more than one reason" } }
        }
    }
}

fn caption(campaign: &Campaign, drawn: &Drawn<'_>, links: usize) -> String {
    let members = campaign.members.len();
    let shown: usize = drawn.groups.iter().map(|group| group.members.len()).sum();
    let mut text = format!("{} of {} linked to another.", wording::number(drawn.linked as u64), are(members as u64));
    if shown < drawn.linked || drawn.links.len() < links {
        text += &format!(
            " Drawn: the largest groups with {} and their {}.",
            wording::count(shown as u64, "account"),
            wording::count(wording::len(&drawn.links), "strongest link"),
        );
    }
    if links >= hunt::campaign::MAX_LINKS {
        text += &format!(" The findings keep the {} strongest links only.", wording::number(links as u64));
    }
    text
}

fn are(members: u64) -> String {
    format!("{} {}", wording::count(members, "account"), if members == 1 { "is" } else { "are" })
}

/// The strongest links as a table, for those who cannot see the picture or want the names.
fn told(links: &[&Link], members: &[Member]) -> Markup {
    let name = |i: u32| visible::id(&members[i as usize].account_id);
    html! {
        details {
            summary { "The strongest links in words" }
            div.scroll tabindex="0" role="region" aria-label="Strongest identity links" {
                table.compact {
                    caption { "Strongest identity links, " (limits::LISTED_LINKS.min(links.len())) " of " (wording::number(wording::len(links))) }
                    thead { tr { th scope="col" { "Account" } th scope="col" { "Account" } th.number scope="col" { "Bits" } th scope="col" { "Why" } } }
                    tbody {
                        @for link in links.iter().take(limits::LISTED_LINKS) {
                            tr {
                                td { (name(link.a)) } td { (name(link.b)) }
                                td.number { (wording::bits(link.weight)) }
                                td { (visible::sentence(&link.reasons.join(", "))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
