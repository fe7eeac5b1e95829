//! Laws of the page: self-contained, escaped, navigable, bounded.

use std::collections::BTreeSet;

use hunt::campaign::Findings;
use report::html;

use crate::{
    fixture::{self, HUGE, RING, SINGLE},
    markup::{Tag, tags},
};

const TAGS: &str = "html head meta title style body a p h1 h2 h3 small nav ul li main section header footer dl div dt dd span \
    strong svg desc line text tspan rect path circle figure figcaption i table caption thead tbody tr th td bdi code details \
    summary blockquote mark";

/// Everything that must hold for any findings.
#[track_caller]
fn check(findings: &Findings) -> String {
    let page = html(findings);
    let tags = tags(&page);
    let known: BTreeSet<&str> = TAGS.split_whitespace().collect();
    for tag in &tags {
        assert!(known.contains(tag.name.as_str()), "<{}> is not a tag of ours", tag.name);
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on") && !["src", "srcset", "style", "xmlns"].contains(&name.as_str()), "{name}");
            assert!(name != "href" || value.starts_with('#'), "link to `{value}`");
        }
    }
    check_ids(&tags);
    check_headings(&tags);
    check_pictures(&tags);
    for (i, _) in findings.campaigns.iter().enumerate().take(100) {
        assert!(tags.iter().any(|tag| tag.get("id") == Some(&format!("c{}", i + 1))), "campaign {} is missing", i + 1);
    }
    assert!(!page.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}' | '\u{1b}' | '\u{7}')));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    page
}

#[track_caller]
fn check_ids(tags: &[Tag]) {
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        assert!(ids.insert(id), "id `{id}` twice");
    }
    for tag in tags {
        let links = tag.get("href").map(|href| href.trim_start_matches('#'));
        for id in tag.get("aria-labelledby").into_iter().flat_map(str::split_whitespace).chain(links) {
            assert!(ids.contains(id), "nothing has the id `{id}`");
        }
    }
}

#[track_caller]
fn check_headings(tags: &[Tag]) {
    let levels: Vec<u32> = tags.iter().filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok()).collect();
    assert_eq!(levels.first(), Some(&1));
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
}

/// A picture has a role and, first inside it, its title and description; a nested one belongs to its picture.
#[track_caller]
fn check_pictures(tags: &[Tag]) {
    for (i, svg) in
        tags.iter().enumerate().filter(|(_, tag)| tag.name == "svg" && tag.get("preserveAspectRatio").is_none())
    {
        assert_eq!(svg.get("role"), Some("img"));
        assert_eq!((tags[i + 1].name.as_str(), tags[i + 2].name.as_str()), ("title", "desc"));
    }
}

#[test]
fn an_ordinary_page_names_no_outside_resource() {
    let page = check(&fixture::ordinary());
    for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "//"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn hostile_text_stays_text() {
    let page = check(&fixture::hostile());
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("⟨U+202E⟩txt⟨U+200B⟩⟨U+001B⟩[31m⟨U+0007⟩"));
}

#[test]
fn a_long_identifier_is_shortened_and_unfolds() {
    let mut findings = fixture::findings(&[SINGLE]);
    let id = format!("{}{}", "a".repeat(128), "z".repeat(128));
    findings.campaigns[0].members[0].account_id = id.clone();
    let page = check(&findings);
    assert!(page.contains(&format!("<bdi>{}…{}</bdi></summary><bdi>{id}</bdi>", "a".repeat(24), "z".repeat(11))));
}

#[test]
fn thirty_campaigns_of_five_thousand_accounts_stay_under_five_megabytes() {
    let mut findings = fixture::findings(&[HUGE; 30]);
    for member in findings.campaigns.iter_mut().flat_map(|campaign| &mut campaign.members) {
        member.account_id = format!("{}-{}", member.account_id, "0123456789abcdef0123");
    }
    let page = check(&findings);
    assert!(page.contains("4,800 more are in the JSON of the hunt."));
}

#[test]
fn a_hundred_and_fifty_campaigns_are_all_listed() {
    let page = check(&fixture::findings(&[SINGLE; 150]));
    assert!(page.contains("Campaign 150") && page.contains("The first 100 are told in full below."));
}

#[test]
fn an_empty_hunt_says_what_was_tested_and_cleared() {
    let page = check(&fixture::findings(&[]));
    for told in ["No coordinated harvest campaign was found.", "93 cohorts tested", "evaluation harness"] {
        assert!(page.contains(told), "{told}");
    }
    assert!(check(&fixture::nothing()).contains("No cohort came close enough"));
}

#[test]
fn without_links_or_exemplars_the_page_says_so() {
    let page = check(&fixture::findings(&[SINGLE]));
    for told in ["No identity link:", "No text was kept:", "only the whole period raised it"] {
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn campaigns_without_any_detail_still_make_a_page() {
    let mut findings = fixture::findings(&[SINGLE]);
    let bare = &mut findings.campaigns[0];
    (bare.members, bare.accounts, bare.evidence) = (Vec::new(), Vec::new(), Vec::new());
    (bare.templates, bare.timeline.counts, bare.models) = (Vec::new(), Vec::new(), Vec::new());
    check(&findings);
    findings.campaigns[0].timeline.counts = vec![Vec::new(), vec![0, 0]];
    check(&findings);
    findings.campaigns[0].timeline.bucket_seconds = u64::MAX;
    check(&findings);
}

#[test]
fn varying_parts_are_marked_for_eye_and_ear() {
    let page = check(&fixture::findings(&[RING]));
    assert!(page.contains(r#"<mark><span class="unseen">varying part: </span>… (8 to 40 words)</mark>"#));
}

#[test]
fn the_same_findings_give_the_same_page() {
    assert!(html(&fixture::ordinary()) == html(&fixture::ordinary()));
}
