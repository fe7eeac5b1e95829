//! What one version does that the one before did not.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::axes::{Channel, Source};
use crate::findings::{Finding, Findings};

/// What came and what went between two inspections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    pub old: String,
    pub new: String,
    pub new_sources: Vec<Source>,
    pub new_channels: Vec<(Source, Channel)>,
    pub new_hosts: Vec<String>,
    pub gone_hosts: Vec<String>,
    pub new_keys: Vec<String>,
    pub gone_opt_outs: Vec<String>,
    pub new_opt_outs: Vec<String>,
    pub new_findings: Vec<Finding>,
    pub gone_findings: Vec<Finding>,
    /// Places that could be read before and cannot now.
    pub new_unknown: Vec<String>,
}

/// Compares two inspections; places in files do not count, since minifiers move them.
pub fn diff(old: &Findings, new: &Findings) -> Difference {
    let label = |f: &Findings| match &f.artifact.version {
        Some(v) => format!("{} {v}", f.artifact.name),
        None => f.artifact.name.clone(),
    };
    let sources = |f: &Findings| f.findings.iter().map(|x| x.source).collect::<BTreeSet<_>>();
    let channels =
        |f: &Findings| f.findings.iter().filter_map(|x| Some((x.source, x.channel?))).collect::<BTreeSet<_>>();
    let hosts = |f: &Findings| f.endpoints.iter().map(|e| e.host.clone()).collect::<BTreeSet<_>>();
    let keys = |f: &Findings| f.telemetry_keys.iter().map(|e| e.name.clone()).collect::<BTreeSet<_>>();
    let outs = |f: &Findings| f.opt_outs.iter().map(|e| e.name.clone()).collect::<BTreeSet<_>>();
    let whys = |f: &Findings| {
        f.unknown
            .iter()
            .map(|u| format!("{}: {}", u.place.split(':').next().unwrap_or(""), u.why))
            .collect::<BTreeSet<_>>()
    };
    let same = |a: &Finding, b: &Finding| {
        (&a.rule, a.source, a.transform, a.channel, a.encoding)
            == (&b.rule, b.source, b.transform, b.channel, b.encoding)
    };
    let only = |a: &Findings, b: &Findings| -> Vec<Finding> {
        a.findings.iter().filter(|f| !b.findings.iter().any(|g| same(f, g))).cloned().collect()
    };
    Difference {
        old: label(old),
        new: label(new),
        new_sources: sources(new).difference(&sources(old)).copied().collect(),
        new_channels: channels(new).difference(&channels(old)).copied().collect(),
        new_hosts: hosts(new).difference(&hosts(old)).cloned().collect(),
        gone_hosts: hosts(old).difference(&hosts(new)).cloned().collect(),
        new_keys: keys(new).difference(&keys(old)).cloned().collect(),
        gone_opt_outs: outs(old).difference(&outs(new)).cloned().collect(),
        new_opt_outs: outs(new).difference(&outs(old)).cloned().collect(),
        new_findings: only(new, old),
        gone_findings: only(old, new),
        new_unknown: whys(new).difference(&whys(old)).cloned().collect(),
    }
}

impl Difference {
    /// Whether the new version does anything that the old one did not.
    pub fn is_more(&self) -> bool {
        !(self.new_sources.is_empty()
            && self.new_channels.is_empty()
            && self.new_hosts.is_empty()
            && self.new_keys.is_empty()
            && self.gone_opt_outs.is_empty()
            && self.new_findings.is_empty()
            && self.new_unknown.is_empty())
    }
}
