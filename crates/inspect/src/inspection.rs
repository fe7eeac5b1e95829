//! The inspection of an artefact: every script parsed and followed, on several threads, then put together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use rustc_hash::FxHashMap;

use crate::artifact::{Artifact, File, Limits, Role, Unread};
use crate::axes::{Channel, Encoding, Severity, Source, Transform};
use crate::disclosure::Disclosures;
use crate::endpoints::{Endpoint, Gathered, Named, group_of};
use crate::findings::{Coverage, FileDigest, Finding, Findings, Step, Subject, Variant, Verdict};
use crate::flow::{self, Certainty, Flow, Follower, Place, Root};
use crate::library::{Library, Parsed};
use crate::packages::Packages;
use crate::rules::{Combination, Rules};
use crate::siblings::Siblings;
use crate::{fold, parse, relevance};

/// Above this many bytes of scripts each file gets a part of the budget of steps.
const BIG_BYTES: usize = 4 << 20;
/// Files of a big artefact that are followed in one run, and their bytes.
const GROUP_FILES: usize = 160;
const GROUP_BYTES: usize = 8 << 20;
/// The part of all steps that may be left over for the next file.
const LEFT_PART: u64 = 400;
/// Questions without an answer that are told one by one.
const UNANSWERED_MAX: usize = 200;

/// What a file of a small artefact may take, and how much more one that turns a table of texts: the decoders of obfuscated code work long.
const SMALL_STEPS: u64 = 6_000_000;
const STEPS_PER_BYTE: u64 = 400;
const DECODER_FACTOR: u64 = 10;

/// Inspects what was opened; pure, but for the threads that it uses.
pub fn inspect(artifact: &Artifact, disclosures: &Disclosures, limits: &Limits) -> Findings {
    inspect_told(artifact, disclosures, limits, &|_| {})
}

/// As `inspect`, and tells the bytes of each file when it is done; from several threads.
pub fn inspect_told(
    artifact: &Artifact,
    disclosures: &Disclosures,
    limits: &Limits,
    done_with: &(dyn Fn(u64) + Sync),
) -> Findings {
    let rules = Rules::shipped();
    let scripts: Vec<&File> = artifact.files.iter().filter(|f| f.role != Role::Data).collect();
    let index: FxHashMap<&str, &File> =
        artifact.files.iter().filter(|f| f.role == Role::Script).map(|f| (f.path.as_str(), f)).collect();
    let packages = Packages::of(artifact);
    let bytes: usize = scripts.iter().map(|f| f.content.len()).sum();
    let big = bytes > BIG_BYTES;
    let (least, most) = (limits.fuel / 2_000, limits.fuel / 1_000);
    let least = if big { (limits.fuel / 6 / scripts.len().max(1) as u64).clamp(least, most) } else { most };
    let share = limits.fuel / DECODER_FACTOR / (scripts.len() as u64).max(1);
    let budget = |file: &File| match big || file.content.len() >= relevance::WHOLE_BYTES {
        true => least + file.content.len() as u64 / 8,
        false => {
            (SMALL_STEPS + file.content.len() as u64 * STEPS_PER_BYTE).min(share.max(least)) * factor(&file.content)
        }
    };
    let work = Work { scripts: &scripts, index: &index, packages: &packages, disclosures, rules: &rules, limits, big };
    let all: Vec<(usize, u64)> = scripts.iter().enumerate().map(|(at, f)| (at, budget(f))).collect();
    let mut results = shared_out(&groups(&all, &scripts, big), &work, &|at| done_with(scripts[at].bytes));
    results.sort_by_key(|(at, _)| *at);
    // What the others left over goes to those that it would take to their end, as far as it reaches; the same every time.
    let spent: Vec<usize> = results.iter().enumerate().filter(|(_, (_, r))| r.spent && !big).map(|(i, _)| i).collect();
    let again = again(&spent, &results, &scripts, &budget, limits);
    for (at, second) in shared_out(&again, &work, &|_| {}) {
        if let Some((_, first)) = results.iter_mut().find(|(a, _)| *a == at) {
            *first = second;
        }
    }
    assemble(artifact, disclosures, &rules, results.into_iter().map(|(_, r)| r).collect())
}

/// Files that are followed in one run, each with the steps that it may take.
type Group = Vec<(usize, u64)>;

/// The files in groups, the biggest group first. In a big artefact neighbours are followed together, since they mostly import the same
/// files; in a small one each file has a run of its own.
fn groups(all: &[(usize, u64)], scripts: &[&File], big: bool) -> Vec<Group> {
    let bytes = |at: usize| scripts[at].content.len();
    let mut groups: Vec<(usize, Group)> = Vec::new();
    for &(at, fuel) in all {
        match groups.last_mut() {
            Some((sum, group)) if big && group.len() < GROUP_FILES && *sum + bytes(at) <= GROUP_BYTES => {
                *sum += bytes(at);
                group.push((at, fuel));
            }
            _ => groups.push((bytes(at), vec![(at, fuel)])),
        }
    }
    groups.sort_by_key(|(sum, _)| std::cmp::Reverse(*sum));
    groups.into_iter().map(|(_, group)| group).collect()
}

/// How much more than usual a file may take: obfuscators turn their tables of texts until a sum of numbers in them is right.
fn factor(content: &[u8]) -> u64 {
    let has = |word: &str| memchr::memmem::find(content, word.as_bytes()).is_some();
    if ["parseInt", "push", "shift"].into_iter().all(has) { DECODER_FACTOR } else { 1 }
}

/// Files whose budget ran out, with a bigger one: the smallest first, each at least four times what it had.
fn again(
    spent: &[usize],
    results: &[(usize, OneFile)],
    scripts: &[&File],
    budget: &dyn Fn(&File) -> u64,
    limits: &Limits,
) -> Vec<Group> {
    let mut left = limits.fuel / 16;
    let mut files: Vec<usize> = spent.iter().map(|i| results[*i].0).filter(|at| *at < scripts.len()).collect();
    files.sort_by_key(|at| scripts[*at].content.len());
    let mut out = Vec::new();
    for (i, at) in files.iter().enumerate() {
        let had = budget(scripts[*at]);
        let fuel = (left / (files.len() - i) as u64).max(4 * had);
        if fuel > left || had > limits.fuel / 8 {
            continue;
        }
        left -= fuel;
        out.push(vec![(*at, fuel)]);
    }
    out.reverse();
    out
}

/// What following a file needs to know of the whole.
struct Work<'i> {
    scripts: &'i [&'i File],
    index: &'i FxHashMap<&'i str, &'i File>,
    packages: &'i Packages<'i>,
    disclosures: &'i Disclosures,
    rules: &'i Rules,
    limits: &'i Limits,
    big: bool,
}

impl<'i> Work<'i> {
    /// Follows the files of a group. A mistake of ours on one must not take the others with it.
    fn on<'a>(&self, library: &'a Library<'a>, group: &Group) -> Vec<(usize, OneFile)>
    where
        'i: 'a,
    {
        let tried = |group: &[(usize, u64)]| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.followed(library, group)))
        };
        match tried(group) {
            Ok(done) => done,
            Err(_) if group.len() > 1 => group.iter().flat_map(|one| self.on(library, &vec![*one])).collect(),
            Err(_) => {
                let failed = |at: usize| {
                    OneFile::failed(&self.scripts[at].path, "the analysis failed on it; please report this file")
                };
                group.iter().map(|(at, _)| (*at, failed(*at))).collect()
            }
        }
    }

    fn followed<'a>(&self, library: &'a Library<'a>, group: &[(usize, u64)]) -> Vec<(usize, OneFile)>
    where
        'i: 'a,
    {
        let mut lines = Lines { index: self.index, cache: FxHashMap::default() };
        let mut done: Vec<(usize, OneFile)> = Vec::new();
        let mut run: Option<Running<'a>> = None;
        // What a file leaves over goes to those after it.
        let mut left = 0;
        for &(at, fuel) in group {
            let file = self.scripts[at];
            let (mut one, program) = self.opened(library, file);
            let bytes = file.content.len();
            let whole = bytes < relevance::WHOLE_BYTES;
            // In a small artefact the file that sends may be another one than the file that reads.
            let nothing = (!self.big && whole).then_some(&[][..]);
            let Some((program, spans)) = program.and_then(|p| Some((p, library.relevance(file).or(nothing)?))) else {
                done.push((at, one));
                continue;
            };
            if let Some(full) = run.take_if(|run| run.follower.is_full()) {
                self.end(full, &mut done, &mut lines);
            }
            let run = run.get_or_insert_with(|| {
                let loader: &'a Siblings<'a> =
                    library.allocator.alloc(Siblings::new(library, self.index, self.packages, self.big));
                Running { follower: Follower::new(library.allocator, loader), loader, first: done.len() }
            });
            run.loader.renew();
            let relevant = (!whole).then_some(spans);
            let fuel = fuel + left;
            let rooted = run.follower.follow(&Root { name: &file.path, program, fuel, relevant });
            left = rooted.left.min(self.limits.fuel / LEFT_PART);
            let mut place = |place: Place| {
                let path = run.follower.file(place).unwrap_or(&file.path);
                let (line, column) = lines.at(path, place.at);
                format!("{path}:{line}:{column}")
            };
            one.unknown.extend(rooted.notes.into_iter().map(|(at, why)| Unread { place: place(at), why }));
            one.spent = rooted.spent.is_some();
            if let Some(at) = rooted.spent.filter(|_| rooted.top_spent) {
                let why = "what the file does outside of its functions was followed up to here: the budget of steps was spent";
                one.unknown.push(Unread { place: place(at), why: why.to_owned() });
            }
            done.push((at, one));
        }
        if let Some(run) = run {
            self.end(run, &mut done, &mut lines);
        }
        done
    }

    /// Puts what the files of a run did together with the first of them.
    fn end(&self, run: Running<'_>, done: &mut [(usize, OneFile)], lines: &mut Lines<'_>) {
        let followed = run.follower.end();
        let Some((_, one)) = done.get_mut(run.first) else { return };
        let findings =
            followed.flows.iter().filter_map(|f| finding(f, &followed.files, lines, self.disclosures, self.rules));
        one.findings.extend(findings);
        for q in &followed.questions {
            let path = followed.files.get(q.place.file as usize).map_or("", String::as_str);
            let (line, column) = lines.at(path, q.place.at);
            let what = format!("{} ({})", q.source, q.transform);
            one.questions.push((format!("{path}:{line}:{column}"), what, q.is_answered));
        }
        one.sends = followed.sends;
    }

    /// What is known of a file without following it, and its program where it is to be followed.
    fn opened<'a>(&self, library: &'a Library<'a>, file: &'i File) -> (OneFile, Option<&'a Program<'a>>)
    where
        'i: 'a,
    {
        let mut one = OneFile::default();
        one.coverage.files = 1;
        one.gathered.read(&file.content);
        if file.role == Role::Shallow {
            one.coverage.shallow_bytes = file.bytes;
            return (one, None);
        }
        if file.content.len() > self.limits.script_bytes {
            return (one.unread(file, "longer than the limit for one script; searched for hosts only"), None);
        }
        match library.parse(file) {
            Parsed::Program(program) => {
                one.coverage.parsed_bytes = file.bytes;
                (one, Some(program))
            }
            Parsed::Unread(why) => (one.unread(file, why), None),
        }
    }
}

/// A run, with what it imports, and the first of its files among those that are done.
struct Running<'a> {
    follower: Follower<'a>,
    loader: &'a Siblings<'a>,
    first: usize,
}

/// Follows files on several threads with stacks that the parser's recursion fits.
fn shared_out(groups: &[Group], all: &Work<'_>, done_with: &(dyn Fn(usize) + Sync)) -> Vec<(usize, OneFile)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let allocator = Allocator::default();
            let library = Library::within(&allocator);
            while !library.is_full() {
                let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) else { return done };
                done.extend(all.on(library, group));
                group.iter().for_each(|(at, _)| done_with(*at));
            }
        }
    };
    let mut results: Vec<(usize, OneFile)> = Vec::new();
    std::thread::scope(|s| {
        let spawned: Vec<_> = (0..all.limits.workers.clamp(1, groups.len().max(1)))
            .filter_map(|_| std::thread::Builder::new().stack_size(parse::STACK_BYTES).spawn_scoped(s, work).ok())
            .collect();
        if spawned.is_empty() {
            results
                .push((usize::MAX, OneFile::failed("all files", "no thread could be started; nothing was followed")));
        }
        for t in spawned {
            match t.join() {
                Ok(done) => results.extend(done),
                Err(_) => results.push((
                    usize::MAX,
                    OneFile::failed("a worker", "the analysis failed on a file; what its thread had done is lost"),
                )),
            }
        }
    });
    results
}

#[derive(Default)]
struct OneFile {
    findings: Vec<Finding>,
    unknown: Vec<Unread>,
    gathered: Gathered,
    coverage: Coverage,
    /// What is asked about the machine: place, what, and whether what follows from it was found.
    questions: Vec<(String, String, bool)>,
    sends: bool,
    /// Whether the budget ran out.
    spent: bool,
}

impl OneFile {
    fn failed(place: &str, why: &str) -> Self {
        OneFile { unknown: vec![Unread { place: place.to_owned(), why: why.to_owned() }], ..OneFile::default() }
    }

    fn unread(mut self, file: &File, why: &str) -> Self {
        self.unknown.push(Unread { place: file.path.clone(), why: why.to_owned() });
        self.coverage.shallow_bytes += file.bytes;
        self
    }
}

/// Lines and columns of offsets; texts are indexed when they are first asked about.
struct Lines<'i> {
    index: &'i FxHashMap<&'i str, &'i File>,
    cache: FxHashMap<String, Vec<u32>>,
}

impl Lines<'_> {
    fn at(&mut self, path: &str, offset: u32) -> (u32, u32) {
        let starts = self.cache.entry(path.to_owned()).or_insert_with(|| {
            let content = self.index.get(path).map_or(&[][..], |f| &f.content);
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', content).map(|i| i as u32 + 1)).collect()
        });
        let line = starts.partition_point(|s| *s <= offset);
        (line as u32, offset - starts[line.saturating_sub(1)] + 1)
    }

    fn snippet(&self, path: &str, offset: u32) -> String {
        let content = self.index.get(path).map_or(&[][..], |f| &f.content);
        let from = (offset as usize).min(content.len());
        let piece = &content[from..(from + 72).min(content.len())];
        let end = memchr::memchr(b'\n', piece).unwrap_or(piece.len());
        flow::shown(&String::from_utf8_lossy(&piece[..end]))
    }
}

fn finding(
    f: &Flow,
    files: &[String],
    lines: &mut Lines<'_>,
    disclosures: &Disclosures,
    rules: &Rules,
) -> Option<Finding> {
    let encoding = judged(f);
    if f.channel == Channel::FileName && !encoding.is_covert() {
        return None;
    }
    let combination = Combination {
        source: f.source,
        transform: f.transform,
        channel: if f.certainty == Certainty::Unresolved { Channel::Unknown } else { f.channel },
        encoding,
        is_put_together: f.field == flow::PUT_TOGETHER,
    };
    let own_name = f.channel == Channel::DnsName && f.field == flow::OWN_NAME;
    let rule = if own_name { rules.plain()? } else { rules.of(&combination)? };
    let path: Vec<Step> = f.path.iter().map(|(place, text)| step(*place, text, files, lines)).collect();
    let mut severity = rule.severity;
    let put_together = rule.id == "name-lookup";
    if f.source == Source::Platform
        || (!put_together && f.transform.is_none_or(|t| t == Transform::Format) && !encoding.is_covert())
    {
        severity = severity.min(Severity::Info);
    }
    let place = path.first().map(|s| format!("{}:{}:{}", s.file, s.line, s.column)).unwrap_or_default();
    let how = match f.transform {
        Some(t) => format!(", goes through {t}"),
        None => String::new(),
    };
    let whither = match &f.certainty {
        Certainty::Followed => format!("leaves in {}", f.channel),
        Certainty::ByName(name) => {
            format!("goes to `{name}`, by its name {}; the request itself was not reached", f.channel)
        }
        Certainty::Unresolved => "chooses a text whose way out was not found".to_owned(),
    };
    Some(Finding {
        rule: rule.id.clone(),
        severity,
        source: f.source,
        transform: f.transform,
        channel: Some(combination.channel),
        encoding: Some(encoding),
        disclosure: disclosures.of_flow(f.source, f.channel),
        compared: f.details.iter().map(|d| flow::shown(d)).collect(),
        variants: if encoding.is_covert() { variants(&f.variants) } else { Vec::new() },
        text: format!("{} (read at {place}){how}, {whither}, as {encoding}.", f.source),
        path,
    })
}

/// The encoding, or plain where honest code does the same every day.
fn judged(f: &Flow) -> Encoding {
    let hidden = matches!(f.transform, Some(Transform::Encoded | Transform::Hash));
    let listed =
        f.details.len() >= 3 || f.details.iter().any(|d| d.matches(", ").count() >= 2 || d.matches('|').count() >= 2);
    let structural = matches!(f.encoding, Encoding::Presence | Encoding::Ordering | Encoding::Case);
    // A proxy gives no reason to send the same fields in another order.
    let structural = structural && !(f.source == Source::Proxy && f.encoding == Encoding::Ordering);
    match f.source {
        // Line ends and paths differ between systems.
        Source::Platform if !hidden => Encoding::Plain,
        // Servers that speak dialects get other fields.
        Source::BaseUrl | Source::Proxy if structural && !hidden && !listed => Encoding::Plain,
        _ if f.encoding == Encoding::Presence && f.transform.is_none() => Encoding::Plain,
        // An address that was taken apart has two parts or more, and a command that went well ends with 0.
        Source::Git
            if f.encoding == Encoding::Presence
                && matches!(f.transform, Some(Transform::Threshold | Transform::Membership)) =>
        {
            let small = f.details.iter().all(|d| d.parse::<u8>().is_ok_and(|n| n <= 2));
            if small { Encoding::Plain } else { f.encoding }
        }
        // Many fields that come and go together are a record of what happened; a mark is one field, or one of two.
        _ if f.encoding == Encoding::Presence && !hidden && f.variants.iter().filter(|v| !v.is_empty()).count() > 2 => {
            Encoding::Plain
        }
        _ => f.encoding,
    }
}

fn variants(texts: &[String]) -> Vec<Variant> {
    texts
        .iter()
        .take(12)
        .map(|t| {
            let own = |c: &char| !texts.iter().all(|o| o.contains(*c));
            let mut points: Vec<String> = t.chars().filter(own).map(fold::name_of).collect();
            points.dedup();
            points.truncate(24);
            Variant {
                text: t.replace(fold::HOLE, "…"),
                normalised: fold::readable(t).replace(fold::HOLE, "…"),
                code_points: points,
            }
        })
        .collect()
}

fn step(place: Place, text: &str, files: &[String], lines: &mut Lines<'_>) -> Step {
    let file = files.get(place.file as usize).cloned().unwrap_or_default();
    let (line, column) = lines.at(&file, place.at);
    let snippet = lines.snippet(&file, place.at);
    let text = if snippet.is_empty() { text.to_owned() } else { format!("{text} [{snippet}]") };
    Step { file, line, column, offset: place.at, text }
}

fn assemble(artifact: &Artifact, disclosures: &Disclosures, rules: &Rules, results: Vec<OneFile>) -> Findings {
    let mut gathered = Gathered::default();
    let mut coverage = Coverage::default();
    let mut findings: Vec<Finding> = Vec::new();
    let mut unknown = artifact.unread.clone();
    unknown.extend(unanswered(&results));
    for r in results {
        gathered.merge(r.gathered);
        coverage.files += r.coverage.files;
        coverage.parsed_bytes += r.coverage.parsed_bytes;
        coverage.shallow_bytes += r.coverage.shallow_bytes;
        unknown.extend(r.unknown);
        for f in r.findings {
            let same = |x: &Finding| {
                x.source == f.source
                    && x.channel == f.channel
                    && x.encoding == f.encoding
                    && place_of(x) == place_of(&f)
            };
            if !findings.iter().any(same) && findings.len() < 10_000 {
                findings.push(f);
            }
        }
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule)));
    for f in findings.iter().filter(|f| f.channel == Some(Channel::Unknown)) {
        unknown.push(Unread {
            place: place_of(f),
            why: "what uses this choice was not found; a run under two values of the fact would settle it".to_owned(),
        });
    }
    unknown.truncate(5_000);
    coverage.unread_places = unknown.len() as u64;
    let grave = findings.iter().any(|f| f.severity >= Severity::Medium);
    let verdict = match (grave, unknown.is_empty()) {
        (true, _) if findings.iter().any(|f| f.severity >= Severity::Medium && f.channel != Some(Channel::Unknown)) => {
            Verdict::Findings
        }
        (false, true) => Verdict::Clean,
        _ => Verdict::Inconclusive,
    };
    let named = |all: BTreeMap<String, u64>| {
        all.into_iter().map(|(name, count)| Named { disclosure: disclosures.of_name(&name), name, count }).collect()
    };
    let mut endpoints: Vec<Endpoint> = gathered
        .hosts
        .into_iter()
        .map(|(host, count)| Endpoint { group: group_of(&host), disclosure: disclosures.of_host(&host), host, count })
        .collect();
    endpoints.sort_by(|a, b| (a.group as u8).cmp(&(b.group as u8)).then_with(|| b.count.cmp(&a.count)));
    Findings {
        artifact: Subject {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            digest: format!("sha256:{}", artifact.digest),
            kind: artifact.form.word().to_owned(),
        },
        rules_version: rules.version.clone(),
        verdict,
        coverage,
        endpoints,
        telemetry_keys: named(gathered.keys),
        opt_outs: named(gathered.opt_outs),
        findings,
        unknown,
        files: artifact
            .files
            .iter()
            .map(|f| FileDigest { path: f.path.clone(), sha256: f.digest.clone(), bytes: f.bytes })
            .collect(),
    }
}

/// Questions about the machine whose answer went nowhere that was found, in an artefact that sends something. A file is
/// followed by itself and from others; an answer in one of the runs is enough.
fn unanswered(results: &[OneFile]) -> Vec<Unread> {
    if !results.iter().any(|r| r.sends) {
        return Vec::new();
    }
    let mut asked: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for (place, what, is_answered) in results.iter().flat_map(|r| &r.questions) {
        *asked.entry((place, what)).or_default() |= is_answered;
    }
    let open = asked.into_iter().filter(|(_, is_answered)| !is_answered);
    open.take(UNANSWERED_MAX)
        .map(|((place, what), _)| Unread {
            place: place.to_owned(),
            why: format!(
                "{what}: what follows from this question was not found; a run under two values would settle it"
            ),
        })
        .collect()
}

fn place_of(f: &Finding) -> String {
    let last = f.path.iter().rev().nth(usize::from(f.is_covert() && f.path.len() > 2)).or(f.path.last());
    last.map(|s| format!("{}:{}:{}", s.file, s.line, s.column)).unwrap_or_default()
}
