//! What may be said of confirmed differences: which factor they follow, how they hide, how bad that is.

mod dialect;
mod merge;
mod open;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use inspect::{
    Channel, Combination, Disclosures, Encoding, Finding, Rules, Severity, Step, Transform, Variant, name_of, readable,
};

use self::{
    dialect::{dialects, member},
    merge::merge,
    open::is_open,
};
use crate::{
    compare::{Located, Model, Observation, clipped},
    environment::{Environment, Factor},
    receipt::{Difference, RunFinding, Side},
    study::{Cells, Confirmed, group},
};

/// A difference that needs several values at once.
pub(crate) struct Joint {
    pub(crate) environment: Environment,
    pub(crate) located: Located,
}

/// All that was seen.
pub(crate) struct Evidence<'e> {
    pub(crate) confirmed: Confirmed,
    pub(crate) cells: &'e Cells,
    pub(crate) singles: &'e [Environment],
    pub(crate) joint: &'e [Joint],
    pub(crate) model: &'e Model,
}

type Group = (Option<usize>, String, Encoding);
/// The values of a factor that bring a difference, each with it.
type ByValue<'e> = Vec<(String, Vec<&'e Located>)>;

/// Findings, the gravest first.
pub(crate) fn judge(evidence: &Evidence<'_>, disclosures: &Disclosures) -> Vec<RunFinding> {
    let rules = Rules::shipped();
    let runs = seen_groups(evidence);
    let mut out = Vec::new();
    for factor in Factor::ALL {
        let mut groups: BTreeMap<(Option<usize>, String, String), (Group, ByValue<'_>)> = BTreeMap::new();
        for (environment, all) in &evidence.confirmed {
            let [(f, value)] = environment.0.as_slice() else { continue };
            if *f != factor {
                continue;
            }
            for located in all {
                let g = group(located);
                let entry = groups.entry((g.0, g.1.clone(), g.2.to_string())).or_insert_with(|| (g, Vec::new()));
                match entry.1.iter_mut().find(|(v, _)| v == value) {
                    Some((_, list)) => list.push(located),
                    None => entry.1.push((value.clone(), vec![located])),
                }
            }
        }
        let tried: Vec<String> = evidence
            .singles
            .iter()
            .filter_map(|e| e.0.first())
            .filter(|(f, _)| *f == factor)
            .map(|(_, v)| v.clone())
            .collect();
        let groups: Vec<(Group, ByValue<'_>, Vec<String>)> = groups
            .into_values()
            .map(|(g, by_value)| {
                let values = by_value.iter().map(|(v, _)| v.clone()).collect();
                (g, by_value, values)
            })
            .collect();
        let speaks = match factor {
            Factor::BaseUrl => dialects(groups.iter().map(|(_, by_value, v)| (v.as_slice(), by_value[0].1[0]))),
            _ => BTreeSet::new(),
        };
        for (g, by_value, values) in groups {
            let involved = |e: &Environment| e.0.iter().any(|(f, v)| *f == factor && values.contains(v));
            let Some(count) = Count::of(&runs, &g, involved, evidence) else { continue };
            let forms = forms(evidence, factor, &g);
            let is_dialect = member(&by_value[0].1[0].delta).is_some() && values.iter().all(|v| speaks.contains(v));
            let with = Vec::new();
            let case =
                Case { factor, with, tried: &tried, values: &values, by_value: &by_value, count, forms, is_dialect };
            out.push(case.finding(&g, &rules, disclosures));
        }
    }
    for joint in evidence.joint {
        let g = group(&joint.located);
        let involved =
            |e: &Environment| joint.environment.0.iter().all(|p| e.0.contains(p)) || has_group(evidence, e, &g);
        let Some(count) = Count::of(&runs, &g, involved, evidence) else { continue };
        for (factor, value) in &joint.environment.0 {
            let tried: Vec<String> = evidence
                .singles
                .iter()
                .filter_map(|e| e.0.first())
                .filter(|(f, _)| f == factor)
                .map(|(_, v)| v.clone())
                .collect();
            let mut values: BTreeSet<String> = BTreeSet::from([value.clone()]);
            values.extend(
                evidence
                    .confirmed
                    .iter()
                    .filter(|(e, all)| e.0.len() > 1 && all.iter().any(|l| group(l) == g))
                    .map(|(e, _)| e.value(*factor).to_owned()),
            );
            values.remove(factor.usual());
            let values: Vec<String> = values.into_iter().collect();
            let with = joint.environment.without(*factor).0;
            let by_value = vec![(value.clone(), vec![&joint.located])];
            let case = Case {
                factor: *factor,
                with,
                tried: &tried,
                values: &values,
                by_value: &by_value,
                count: count.clone(),
                forms: 0,
                is_dialect: false,
            };
            out.push(case.finding(&g, &rules, disclosures));
        }
    }
    out.sort_by(|a, b| b.finding.severity.cmp(&a.finding.severity).then_with(|| a.finding.rule.cmp(&b.finding.rule)));
    merge(out)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// In how many ways the values of a factor change one place.
fn forms(evidence: &Evidence<'_>, factor: Factor, g: &Group) -> usize {
    let of = |all: &[Located]| -> Vec<String> {
        // No language writes the year first and differs from others in the marks between the numbers alone.
        let is_mark = |l: &Located| {
            l.delta.before.get(..4).is_some_and(|y| y.bytes().all(|b| b.is_ascii_digit()))
                && digits(&l.delta.before) == digits(&l.delta.after)
        };
        all.iter()
            .filter(|l| l.request == g.0 && l.delta.place == g.1 && l.delta.by_number && !is_mark(l))
            .map(|l| format!("{} {}", l.delta.before, l.delta.after))
            .collect()
    };
    let all: BTreeSet<Vec<String>> = evidence
        .confirmed
        .iter()
        .filter(|(e, _)| matches!(e.0.as_slice(), [(f, _)] if *f == factor))
        .map(|(_, all)| of(all))
        .filter(|f| !f.is_empty())
        .collect();
    all.len()
}

fn has_group(evidence: &Evidence<'_>, environment: &Environment, g: &Group) -> bool {
    evidence.confirmed.get(environment).is_some_and(|all| all.iter().any(|l| group(l) == *g))
}

/// For each run its environment and the differences that it showed.
fn seen_groups(evidence: &Evidence<'_>) -> Vec<(Environment, HashSet<Group>)> {
    let mut all = Vec::new();
    for (environment, runs) in evidence.cells {
        for run in runs {
            let seen = evidence.model.differences(&Observation::of(run, environment, evidence.model.hasher()));
            all.push((environment.clone(), seen.iter().map(group).collect()));
        }
    }
    all
}

/// How often it was seen with and without its cause.
#[derive(Clone)]
struct Count {
    with: u64,
    without: u64,
    chance: f64,
}

impl Count {
    /// Nothing where it also comes, without being confirmed, in environments that have nothing to do with it.
    fn of(
        runs: &[(Environment, HashSet<Group>)],
        g: &Group,
        involved: impl Fn(&Environment) -> bool,
        evidence: &Evidence<'_>,
    ) -> Option<Self> {
        let (mut with, mut without, mut stray) = (0, 0, 0);
        for (environment, groups) in runs {
            match (involved(environment), groups.contains(g)) {
                (true, true) => with += 1,
                // A cause of its own: another factor, or values together.
                (false, true) if has_group(evidence, environment, g) || environment.0.len() > 1 => {}
                (false, true) => stray += 1,
                (true, false) => {}
                (false, false) => without += 1,
            }
        }
        if stray > 0 || with < 2 {
            return None;
        }
        // Under chance alone, each choice of the runs that show it is as likely as any other; for each difference as many were tried as there are environments.
        let one = (0..with).fold(1.0, |p, i| p * (with - i) as f64 / (with + without - i) as f64);
        Some(Self { with, without, chance: (one * evidence.cells.len() as f64).min(1.0) })
    }
}

/// A difference, and the values of one factor that bring it.
struct Case<'c> {
    factor: Factor,
    /// Values of other factors that are needed as well.
    with: Vec<(Factor, String)>,
    tried: &'c [String],
    values: &'c [String],
    by_value: &'c [(String, Vec<&'c Located>)],
    count: Count,
    /// In how many ways the place changes near its dates and numbers.
    forms: usize,
    /// One of several members that go with the server that is spoken to.
    is_dialect: bool,
}

impl Case<'_> {
    fn located(&self) -> impl Iterator<Item = (&str, &Located)> {
        self.by_value.iter().flat_map(|(v, all)| all.iter().map(move |l| (v.as_str(), *l)))
    }

    fn finding(&self, g: &Group, rules: &Rules, disclosures: &Disclosures) -> RunFinding {
        let first = self.by_value[0].1[0];
        let delta = &first.delta;
        let encoding = g.2;
        let listed = !self.with.is_empty() || self.values.len() < self.tried.len();
        let transform = listed.then_some(Transform::Membership);
        let open = self.located().all(|(v, l)| is_open(self.factor, v, l));
        let local = self.is_localised(encoding);
        // A member beside the texts tells the server, and not the model.
        let beside = self.factor == Factor::BaseUrl && member(delta).is_some();
        let channel = if beside && delta.channel.is_prompt() { Channel::Telemetry } else { delta.channel };
        let open = open || self.is_dialect;
        let plain = encoding == Encoding::Plain || local || (encoding == Encoding::Presence && open);
        let judged = if plain { Encoding::Plain } else { encoding };
        let combination = Combination {
            source: self.factor.source(),
            transform: transform.filter(|_| !(plain && (open || local))),
            channel,
            encoding: judged,
            is_put_together: false,
        };
        let (rule, mut severity) =
            rules.of(&combination).map_or(("plain".to_owned(), Severity::Info), |r| (r.id.clone(), r.severity));
        let whole = delta.place.starts_with("presence request");
        // A person reads what stands in a prompt.
        if plain && (open || local || delta.channel.is_prompt()) || whole {
            severity = severity.min(Severity::Info);
        }
        // Servers that speak dialects get other fields; a mark looks the same.
        if self.factor == Factor::BaseUrl
            && matches!(encoding, Encoding::Presence | Encoding::Ordering)
            && !channel.is_prompt()
        {
            severity = severity.min(Severity::Medium);
        }
        let text = self.text(g, first, local, whole, beside);
        RunFinding {
            finding: Finding {
                rule,
                severity,
                source: self.factor.source(),
                transform,
                channel: Some(delta.channel),
                encoding: Some(encoding),
                disclosure: disclosures.of_flow(self.factor.source(), delta.channel),
                path: self.path(first),
                compared: self.values.to_vec(),
                variants: vec![
                    variant(&delta.around_before, &delta.before),
                    variant(&delta.around_after, &delta.after),
                ],
                text,
            },
            difference: self.difference(first),
        }
    }

    /// Each language has its own form of dates and numbers, and of what stands beside them: that is what a locale is for. A mark has one form or two.
    fn is_localised(&self, encoding: Encoding) -> bool {
        let is_form =
            !matches!(encoding, Encoding::Presence | Encoding::Plain) && self.located().all(|(_, l)| l.delta.by_number);
        self.factor == Factor::Locale && is_form && self.forms >= 3
    }

    fn path(&self, first: &Located) -> Vec<Step> {
        let step =
            |file: String, offset: usize, text: String| Step { file, line: 0, column: 0, offset: offset as u32, text };
        let mut all = vec![step("environment".to_owned(), 0, format!("{}={}", self.factor, self.by_value[0].0))];
        all.extend(self.with.iter().map(|(f, v)| step("environment".to_owned(), 0, format!("{f}={v}"))));
        all.push(step(first.name.clone(), first.delta.offset, first.delta.shown.clone()));
        all
    }

    fn difference(&self, first: &Located) -> Difference {
        let mut seen = HashSet::new();
        let changes: Vec<(Side, Side)> = self
            .located()
            .filter(|(_, l)| seen.insert((l.delta.before.clone(), l.delta.after.clone())))
            .take(24)
            .map(|(_, l)| (Side::of(&l.delta.before), Side::of(&l.delta.after)))
            .collect();
        let (usual, variant): (Vec<Side>, Vec<Side>) = changes.into_iter().unzip();
        Difference {
            factor: self.factor.word().to_owned(),
            values: self.values.to_vec(),
            other_values: self.tried.iter().filter(|v| !self.values.contains(v)).cloned().collect(),
            together_with: self.with.iter().map(|(f, v)| format!("{f}={v}")).collect(),
            request: first.name.clone(),
            place: first.delta.shown.clone(),
            offset: first.delta.offset,
            usual,
            variant,
            runs_with: self.count.with,
            runs_without: self.count.without,
            chance: self.count.chance,
            further: 0,
            also: Vec::new(),
        }
    }

    fn text(&self, g: &Group, first: &Located, local: bool, whole: bool, beside: bool) -> String {
        let delta = &first.delta;
        let values = clipped(&self.values.join(", "), 200);
        let with: String = self.with.iter().map(|(f, v)| format!(" together with {f}={v}")).collect();
        let change = match g.2 {
            _ if whole && delta.after.is_empty() => "the request is not sent".to_owned(),
            _ if whole => "a request is sent that the usual environment does not show".to_owned(),
            // An empty value that is there is told from none by the other side, which then is as empty.
            Encoding::Presence if delta.after.is_empty() && delta.before.is_empty() => {
                "an empty value is there or not".to_owned()
            }
            Encoding::Presence if delta.after.is_empty() => {
                format!("the value {:?} is missing", clipped(&delta.before, 80))
            }
            Encoding::Presence => format!("the value {:?} is added", clipped(&delta.after, 80)),
            Encoding::Plain | Encoding::Case | Encoding::Ordering | Encoding::Format => {
                format!("{:?} becomes {:?}", clipped(&delta.before, 80), clipped(&delta.after, 80))
            }
            _ => format!("{} becomes {}", points(&delta.before), points(&delta.after)),
        };
        let remark = match () {
            () if local => "; each language has its own, as localised text does",
            () if self.is_dialect => {
                "; several members go with this server and no other, as its dialect of the API does"
            }
            () if beside => "; a member beside the texts may be this server's dialect of the API, or a mark",
            () => "",
        };
        format!(
            "{} ({values}){with}: in {}, {} ({}), {change}, as {}{remark}. Seen in all {} runs with it and in none of {} without.",
            self.factor.source(),
            first.name,
            delta.shown,
            delta.channel,
            g.2,
            self.count.with,
            self.count.without
        )
    }
}

fn variant(around: &str, own: &str) -> Variant {
    let mut code_points: Vec<String> = own.chars().map(name_of).collect();
    code_points.dedup();
    code_points.truncate(24);
    Variant { text: around.to_owned(), normalised: readable(around), code_points }
}

fn points(text: &str) -> String {
    let all: Vec<String> = text.chars().take(8).map(name_of).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(" ") }
}
