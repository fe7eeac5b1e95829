//! Hand-made findings: ordinary, empty, tiny, huge and hostile.

use hunt::campaign::{
    Campaign, Cleared, Evidence, Family, Findings, Link, LookAlike, Member, Parameters, Part, Template, Timeline,
    Totals,
};

/// Text that tries to leave its place: markup, bidi override, terminal escape, zero width, endless words.
pub(crate) const HOSTILE: &str = "</title></svg><script>alert(1)</script>\"' onload=x <img src=https://evil.example/a.png> &amp; \u{202e}txt\u{200b}\u{1b}[31m\u{7}";

const BUCKET: u64 = 6 * 3_600;
const BUCKETS: usize = 56;
const REASONS: [&str; 6] = [
    "same payment instrument",
    "same device",
    "mail addresses of one pattern",
    "same /24 network",
    "created in one burst",
    "same phone range",
];

/// A small generator, so that pictures look lived-in and stay the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What one campaign of a fixture looks like.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) accounts: usize,
    pub(crate) linked: usize,
    pub(crate) exemplar: bool,
    pub(crate) effect: &'static str,
    pub(crate) starts: usize,
    pub(crate) lasts: usize,
}

pub(crate) const RING: Shape =
    Shape { accounts: 420, linked: 130, exemplar: true, effect: "deny", starts: 6, lasts: 40 };
pub(crate) const SMALL: Shape =
    Shape { accounts: 24, linked: 24, exemplar: true, effect: "verify", starts: 20, lasts: 18 };
pub(crate) const QUIET: Shape =
    Shape { accounts: 61, linked: 0, exemplar: false, effect: "throttle", starts: 0, lasts: 56 };
pub(crate) const SINGLE: Shape =
    Shape { accounts: 1, linked: 0, exemplar: false, effect: "observe", starts: 30, lasts: 9 };
pub(crate) const HUGE: Shape =
    Shape { accounts: 5_000, linked: 1_400, exemplar: true, effect: "deny", starts: 2, lasts: 50 };

fn time(bucket: usize) -> String {
    let seconds = bucket as u64 * BUCKET + 432;
    let (day, rest) = (seconds / 86_400, seconds % 86_400);
    format!("2026-09-{:02}T{:02}:{:02}:{:02}Z", day + 1, rest / 3_600, rest / 60 % 60, rest % 60)
}

pub(crate) fn evidence(family: Family, signal: &str, weight: f64, p_value: Option<f64>, text: &str) -> Evidence {
    Evidence { family, signal: signal.to_owned(), weight, p_value, text: text.to_owned() }
}

fn evidences(linked: bool) -> Vec<Evidence> {
    let mut all = vec![
        evidence(
            Family::Text,
            "rare wording",
            14.2,
            None,
            "97 % of the exchanges share one wording that 3 of 23,580 other accounts use. Users of one public tool would be spread over many unrelated accounts.",
        ),
        evidence(
            Family::Text,
            "shared-out items",
            8.6,
            Some(0.0004),
            "2 of 61,440 items were sent by two accounts; a common public list of questions would give about 340, independent choice about 95.",
        ),
        evidence(
            Family::Timing,
            "common starts and pauses",
            9.1,
            Some(0.0025),
            "The accounts start and pause in the same minutes 41 times as often as with their days shifted.",
        ),
        evidence(
            Family::Timing,
            "fail-over",
            4.4,
            Some(0.011),
            "After a 429 on one account the same wording continues on another within 60 s in 212 of 260 cases; 9 expected.",
        ),
        evidence(
            Family::Behaviour,
            "equalised use",
            3.2,
            Some(0.03),
            "Use per account varies by 7 % within five hours; matched account sets vary by 88 %.",
        ),
        evidence(
            Family::Behaviour,
            "daily dip",
            -1.9,
            None,
            "Use dips at night as with people; a campaign that never sleeps would not.",
        ),
    ];
    if linked {
        all.push(evidence(
            Family::Identity,
            "linked accounts",
            11.8,
            Some(0.0025),
            "Mean link 3.1 bits a pair, against 0.02 in 400 sets matched by age, plan and volume.",
        ));
    }
    all
}

fn templates(exemplar: bool, accounts: u64, harvest: u64) -> Vec<Template> {
    let part = |text: &str, varies: bool| Part { text: text.to_owned(), varies };
    let parts = vec![
        part(
            "You are a patient tutor. Think step by step inside <reasoning> tags before you answer.\n\nQuestion: ",
            false,
        ),
        part("… (8 to 40 words)", true),
        part("\n\nAnswer with the final result only after </reasoning>.", false),
    ];
    let template = |kind: &str, key: &str, exemplar, share: u64| Template {
        kind: kind.to_owned(),
        key: key.to_owned(),
        exemplar,
        accounts,
        exchanges: harvest / share,
        outside_accounts: 3 * (share - 1),
        publicness: 0.02,
    };
    vec![
        template("prefix", "9f3c21aa07d1e64b", exemplar.then_some(parts), 1),
        template("shingles", "04be77f1c2a95d30", None, 3),
    ]
}

fn members(shape: Shape, dice: &mut Dice) -> (Vec<Member>, Vec<Vec<u32>>) {
    let mut members = Vec::new();
    let mut counts = Vec::new();
    for i in 0..shape.accounts {
        let begin = shape.starts + i * shape.lasts / 3 / shape.accounts + dice.below(3) as usize;
        let end = (begin + shape.lasts * 2 / 3).min(BUCKETS - 1);
        let row: Vec<u32> = (0..BUCKETS)
            .map(|b| if (begin..=end).contains(&b) && b % 4 != 3 { dice.below(14) as u32 } else { 0 })
            .collect();
        let harvest: u64 = row.iter().map(|n| u64::from(*n)).sum();
        let wobble = dice.below(40) as f64 / 10.0;
        let mut by_family =
            vec![(Family::Text, 6.0 + wobble), (Family::Timing, 2.0 + wobble / 2.0), (Family::Behaviour, 1.5 - wobble)];
        if i < shape.linked {
            by_family.push((Family::Identity, 4.0 + wobble));
        }
        members.push(Member {
            account_id: format!("acct_{:06x}{i:04}", dice.below(1 << 24)),
            organization_id: (i % 3 == 0).then(|| format!("org_{:04x}", dice.below(1 << 16))),
            plan: ["free", "pro", "team"][i % 3].to_owned(),
            created: "2026-08-28T10:00:00Z".to_owned(),
            exchanges: harvest + dice.below(30),
            harvest,
            first: time(begin),
            last: time(end),
            weight: by_family.iter().map(|(_, w)| w).sum(),
            by_family: by_family.into_iter().collect(),
        });
        counts.push(row);
    }
    (members, counts)
}

fn links(linked: usize, dice: &mut Dice) -> Vec<Link> {
    let mut links = Vec::new();
    let mut start = 0;
    let mut size = linked.min(42);
    while start < linked {
        let end = (start + size).min(linked);
        for a in start..end {
            for _ in 0..2 {
                let b = start + dice.below((end - start) as u64) as usize;
                let first = dice.below(5) as usize * usize::from(dice.below(3) > 0);
                let reasons =
                    (first..=first + usize::from(dice.below(4) == 0)).map(|r| REASONS[r].to_owned()).collect();
                if a != b {
                    links.push(Link { a: a as u32, b: b as u32, weight: 4.0 + dice.below(80) as f64 / 10.0, reasons });
                }
            }
        }
        (start, size) = (end, (size * 2 / 3).max(3));
    }
    links.truncate(hunt::campaign::MAX_LINKS);
    links
}

pub(crate) fn campaign(rank: usize, shape: Shape) -> Campaign {
    let mut dice = Dice(rank as u64 + 17);
    let (members, counts) = members(shape, &mut dice);
    let harvest: u64 = members.iter().map(|m| m.harvest).sum();
    let evidence = evidences(shape.linked > 0);
    let score: f64 = evidence.iter().map(|e| e.weight).sum::<f64>().min(40.0);
    Campaign {
        campaign_id: format!("cmp-{:08x}", dice.below(1 << 31)),
        score,
        p_value: 0.000_3,
        q_value: 0.001_2 * rank as f64,
        effect: shape.effect.to_owned(),
        accounts: members.iter().map(|m| m.account_id.clone()).collect(),
        first_alert: (shape.accounts > 1).then(|| time(shape.starts + shape.lasts / 10)),
        first_seen: time(shape.starts),
        last_seen: time((shape.starts + shape.lasts).min(BUCKETS - 1)),
        exchanges: members.iter().map(|m| m.exchanges).sum(),
        harvest,
        output_tokens: harvest * 612,
        summary: format!("{} accounts created within four days work through one list of questions with the same tutor prompt, share it out without overlap, and pause together.", shape.accounts),
        evidence,
        look_alike: LookAlike {
            class: "evaluation harness".to_owned(),
            text: "Users of a public benchmark repeat each other's items; here 2 of 61,440 are shared where about 340 would be, and the accounts are linked.".to_owned(),
        },
        overturn: vec![
            "One verified organisation declares these accounts and this list of questions as its own.".to_owned(),
            "The payment instrument turns out to be a shared reseller card.".to_owned(),
        ],
        templates: templates(shape.exemplar, shape.accounts as u64, harvest),
        links: links(shape.linked, &mut dice),
        members,
        timeline: Timeline { start: "2026-09-01T00:00:00Z".to_owned(), bucket_seconds: BUCKET, counts },
        models: vec![("atlas-large-2".to_owned(), harvest - harvest / 5), ("atlas-mini-2".to_owned(), harvest / 5)],
    }
}

fn cleared() -> Vec<Cleared> {
    let one = |class: &str, accounts: u64, reason: &str| Cleared {
        class: class.to_owned(),
        accounts,
        exchanges: accounts * 140,
        reason: reason.to_owned(),
        evidence: vec![
            evidence(
                Family::Text,
                "item overlap",
                -12.0,
                Some(0.8),
                "31 % of the items are common to two accounts; disjoint sharing would give almost none.",
            ),
            evidence(Family::Identity, "linked accounts", -2.5, Some(0.44), "No more links than in matched sets."),
        ],
        example_accounts: vec!["acct_harness_0001".to_owned(), "acct_harness_0002".to_owned()],
    };
    vec![
        one(
            "evaluation harness",
            310,
            "The accounts send the same public questions, again and again, and are not linked.",
        ),
        one(
            "public tool",
            120,
            "The wording belongs to an agent framework with old, unrelated, separately paying users.",
        ),
        one("public tool", 44, "Topics differ from account to account and use is not synchronous."),
        one("agency", 9, "One payer, but each client has its own wording and its own topics."),
    ]
}

/// Findings with the given campaigns, ranked as they stand.
pub(crate) fn findings(shapes: &[Shape]) -> Findings {
    let campaigns: Vec<Campaign> = shapes.iter().enumerate().map(|(i, shape)| campaign(i + 1, *shape)).collect();
    let members = campaigns.iter().map(|c| c.accounts.len() as u64).sum();
    Findings {
        version: 1,
        generated: "2026-09-15T06:30:00Z".to_owned(),
        parameters: Parameters { fdr: 0.05, min_accounts: 5, min_uses: 3, seed: 7 },
        totals: Totals {
            exchanges: 16_204_311,
            accounts: 24_006,
            from: Some(time(0)),
            to: Some(time(BUCKETS - 1)),
            templates: 3_812,
            cohorts_tested: 93,
            campaigns: campaigns.len() as u64,
            accounts_in_campaigns: members,
        },
        campaigns,
        cleared: cleared(),
    }
}

/// What most tests and the screenshots use.
pub(crate) fn ordinary() -> Findings {
    findings(&[RING, SMALL, QUIET, SINGLE])
}

/// Nothing found, nothing cleared, nothing read.
pub(crate) fn nothing() -> Findings {
    let mut findings = findings(&[]);
    findings.cleared.clear();
    (findings.totals.from, findings.totals.to, findings.totals.exchanges) = (None, None, 0);
    findings
}

/// Every text hostile, numbers absurd, lengths that contradict each other.
pub(crate) fn hostile() -> Findings {
    let text = || HOSTILE.to_owned();
    let endless = "x".repeat(256);
    let mut findings = findings(&[SMALL, SINGLE]);
    findings.generated = text();
    for campaign in &mut findings.campaigns {
        (campaign.campaign_id, campaign.effect, campaign.summary) = (endless.clone(), text(), text());
        (campaign.score, campaign.q_value) = (f64::NAN, f64::INFINITY);
        campaign.look_alike = LookAlike { class: text(), text: text() };
        campaign.overturn = vec![text(), "word".repeat(2_000)];
        campaign.evidence.push(evidence(Family::Protocol, HOSTILE, f64::NAN, Some(f64::NAN), HOSTILE));
        for template in &mut campaign.templates {
            (template.kind, template.key) = (text(), endless.clone());
            template.exemplar =
                Some(vec![Part { text: text(), varies: true }, Part { text: endless.repeat(40), varies: false }]);
        }
        for (i, member) in campaign.members.iter_mut().enumerate() {
            member.account_id = if i % 2 == 0 { text() } else { endless.clone() };
            (member.organization_id, member.plan, member.created) = (Some(text()), text(), text());
        }
        campaign.accounts = campaign.members.iter().map(|m| m.account_id.clone()).collect();
        campaign.links.push(Link { a: 9_999, b: 0, weight: f64::NAN, reasons: vec![text()] });
        campaign.links.push(Link { a: 0, b: 1, weight: 99.0, reasons: vec![text(), text()] });
        campaign.timeline.counts.push(vec![u32::MAX; 3]);
        campaign.models = vec![(text(), u64::MAX), (endless.clone(), u64::MAX)];
    }
    findings.campaigns[1].first_seen = text();
    findings.campaigns[1].timeline.start = text();
    for cohort in &mut findings.cleared {
        (cohort.class, cohort.reason, cohort.example_accounts) = (text(), text(), vec![text(), endless.clone()]);
    }
    findings
}
