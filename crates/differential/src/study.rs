//! The whole examination: usual runs, variants, repetitions of what differs, and what may be said of it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    env, fs,
    hash::RandomState,
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use inspect::{Disclosures, Encoding};

use crate::{
    cell::{CellError, End, Limits, Recording},
    compare::{Located, Model, Observation},
    environment::{Environment, Vary},
    execute::{Helper, once},
    hints::hints,
    judge::{Evidence, Joint, judge},
    plan::{self, Values},
    receipt::Report,
    scratch::tidy,
};

/// Variants beyond this time are left out, and the report says so.
const BUDGET: Duration = Duration::from_secs(900);
/// Differences that need several values together, looked into one by one.
const JOINT_MAX: usize = 12;

/// What is to be examined.
pub struct Job {
    pub helper: Helper,
    pub command: Vec<String>,
    pub folder: PathBuf,
    pub stdin: Option<PathBuf>,
    /// More variables for the client.
    pub variables: Vec<(String, String)>,
    /// More variables for the recorder's address.
    pub base_names: Vec<String>,
    /// Paths below `/tmp`, `/home`, `/root` or `/run` that the client needs, beside those that the command names.
    pub shown: Vec<PathBuf>,
    pub limits: Limits,
    pub isolate: bool,
    /// Runs of each environment that shows a difference; at least 3.
    pub repeat: usize,
    pub vary: Vec<Vary>,
    pub workers: usize,
    /// Where everything recorded is kept.
    pub keep: Option<PathBuf>,
    pub disclosures: Disclosures,
}

/// Who follows the work.
pub struct Watch<'w> {
    /// So many runs more are planned.
    pub planned: &'w (dyn Fn(u64) + Sync),
    /// One run is done.
    pub done: &'w (dyn Fn() + Sync),
    pub stopped: &'w (dyn Fn() -> bool + Sync),
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    #[error("the client was not run: {0}")]
    Cell(#[from] CellError),
    #[error(
        "the client cannot be started: {0}; give a program that is on PATH, or a path, and --show for what it needs below /tmp, /home, /root or /run"
    )]
    NotStarted(String),
    #[error("interrupted: nothing is said of a client from a part of its runs")]
    Stopped,
    #[error("cannot keep what was recorded in `{path}`")]
    Keep { path: PathBuf, source: io::Error },
}

/// All runs of one environment.
pub(crate) type Cells = HashMap<Environment, Vec<Recording>>;

/// Runs the client in all environments and tells what follows them.
pub fn study(job: &Job, watch: &Watch<'_>) -> Result<Report, StudyError> {
    let repeat = job.repeat.max(3);
    tidy(&env::temp_dir(), SystemTime::now());
    let bench = Bench { job, watch, number: AtomicUsize::new(0) };
    let mut cells = Cells::new();
    let usual = Environment::default();
    let started = Instant::now();
    bench.run(&vec![usual.clone(); repeat], &mut cells)?;
    let each = started.elapsed() / repeat as u32;
    let first = &cells[&usual];
    if let Some(End::NotStarted(why)) = first.iter().map(|r| &r.outcome.end).find(|e| matches!(e, End::NotStarted(_))) {
        return Err(StudyError::NotStarted(why.clone()));
    }
    let mut unknown: Vec<(String, String)> = Vec::new();
    if first.iter().all(|r| r.calls.is_empty()) {
        return Ok(Report::silent(job, &cells));
    }
    let files = named_files(job);
    let mut values = plan::values(&job.vary, &hints(files.iter().map(PathBuf::as_path)), job.isolate);
    if !job.isolate {
        unknown.push((
            "hostname, most values of base-url and proxy".to_owned(),
            "not varied: without isolation names cannot be led to the recorder".to_owned(),
        ));
    }
    fit(&mut values, each, &mut unknown);
    let (singles, rows) = (plan::singles(&values), plan::together(&values));
    let mut order = Vec::new();
    for (i, environment) in singles.iter().chain(&rows).enumerate() {
        // The usual environment comes back all the time: what changes with time is not taken for what changes with a value.
        if i % 12 == 6 {
            order.push(usual.clone());
        }
        order.push(environment.clone());
    }
    bench.run(&order, &mut cells)?;
    let again = candidates(&cells, repeat);
    bench.run(&again, &mut cells)?;
    let joint = joint(&bench, &mut cells, &rows, repeat)?;
    let model = model(&cells);
    let evidence = Evidence {
        confirmed: confirmed(&cells, &model),
        cells: &cells,
        singles: &singles,
        joint: &joint,
        model: &model,
    };
    let findings = judge(&evidence, &job.disclosures);
    Ok(Report::of(job, &cells, findings, &model, unknown))
}

/// Leaves values out until the runs fit into the budget.
fn fit(values: &mut Values, each: Duration, unknown: &mut Vec<(String, String)>) {
    let cost = |values: &Values| each * (plan::singles(values).len() + plan::together(values).len()) as u32;
    let mut most = values.values().map(Vec::len).max().unwrap_or(0);
    while most > 4 && cost(values) > BUDGET {
        most -= 1;
        for (factor, left) in plan::trim(values, most) {
            unknown.push((
                format!("{factor}={}", left.join(",")),
                "not tried: one run takes too long; name the values that matter with --vary".to_owned(),
            ));
        }
    }
}

/// Files that the command names.
pub(crate) fn named_files(job: &Job) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    let words = job
        .command
        .iter()
        .flat_map(|w| if w.contains(' ') { w.split([' ', ';', '"', '\'']).collect() } else { vec![w.as_str()] });
    for word in words.filter(|w| !w.is_empty()) {
        let path = job.folder.join(word);
        if path.is_file() && !all.contains(&path) {
            all.push(path);
        }
    }
    all
}

fn model(cells: &Cells) -> Model {
    let usual: Vec<&Recording> = cells[&Environment::default()].iter().collect();
    Model::of(&usual, RandomState::new()).expect("the usual environment was run")
}

/// What each run of each environment showed beyond what varies by itself.
fn differences(cells: &Cells, model: &Model) -> HashMap<Environment, Vec<Vec<Located>>> {
    let of = |(environment, runs): (&Environment, &Vec<Recording>)| {
        let all = runs.iter().map(|r| model.differences(&Observation::of(r, environment, model.hasher()))).collect();
        (environment.clone(), all)
    };
    cells.iter().filter(|(e, _)| !e.0.is_empty()).map(of).collect()
}

/// Environments that showed something once, as often as they must be run again, with the usual one between.
fn candidates(cells: &Cells, repeat: usize) -> Vec<Environment> {
    let found = differences(cells, &model(cells));
    let has = |environment: &Environment, located: &Located| {
        found.get(environment).is_some_and(|runs| runs.iter().flatten().any(|l| group(l) == group(located)))
    };
    let mut again: Vec<(Environment, usize)> = Vec::new();
    for (environment, runs) in &found {
        let mut all = runs.iter().flatten();
        let times = match environment.0.as_slice() {
            // What stands there openly is repeated once.
            [_] if all.clone().any(|l| l.delta.encoding != Encoding::Plain) => repeat,
            [_] => usize::from(all.next().is_some()),
            // What one of the values brings alone says nothing of them together.
            several => {
                let alone = |l: &Located| several.iter().any(|(f, v)| has(&Environment::of(*f, v), l));
                if all.any(|l| l.delta.encoding != Encoding::Plain && !alone(l)) { repeat } else { 0 }
            }
        };
        again.push((environment.clone(), times));
    }
    again.sort();
    let again: Vec<Environment> = again.into_iter().flat_map(|(e, times)| std::iter::repeat_n(e, times)).collect();
    let step = (again.len() / repeat).max(1);
    let mut mixed = Vec::new();
    for (i, environment) in again.into_iter().enumerate() {
        if i % step == 0 {
            mixed.push(Environment::default());
        }
        mixed.push(environment);
    }
    mixed
}

/// Differences that came in every run of an environment.
pub(crate) type Confirmed = BTreeMap<Environment, Vec<Located>>;

fn confirmed(cells: &Cells, model: &Model) -> Confirmed {
    let mut out = Confirmed::new();
    for (environment, runs) in differences(cells, model) {
        let mut runs = runs.into_iter();
        let Some(first) = runs.next() else { continue };
        let rest: Vec<HashSet<String>> = runs.map(|r| r.into_iter().map(|l| l.signature).collect()).collect();
        if rest.is_empty() {
            continue;
        }
        let stable: Vec<Located> =
            first.into_iter().filter(|l| rest.iter().all(|r| r.contains(&l.signature))).collect();
        out.insert(environment, stable);
    }
    out
}

/// Equal for differences that may have one cause.
pub(crate) fn group(located: &Located) -> (Option<usize>, String, Encoding) {
    (located.request, located.delta.place.clone(), located.delta.encoding)
}

/// Looks for differences that only several values together bring, and for the fewest values that do.
fn joint(bench: &Bench<'_>, cells: &mut Cells, rows: &[Environment], repeat: usize) -> Result<Vec<Joint>, StudyError> {
    let mut out: Vec<Joint> = Vec::new();
    let mut looked = HashSet::new();
    let found = confirmed(cells, &model(cells));
    let explained = |row: &Environment, located: &Located| {
        // The same change; or dates and numbers that one value alone writes in another form, which further values change again.
        let same = |l: &Located| {
            let place = l.request == located.request && l.delta.place == located.delta.place;
            group(l) == group(located) || place && l.delta.by_number && located.delta.by_number
        };
        row.0.iter().any(|(f, v)| found.get(&Environment::of(*f, v)).is_some_and(|all| all.iter().any(same)))
    };
    for row in rows {
        let new: Vec<&Located> = found
            .get(row)
            .into_iter()
            .flatten()
            .filter(|l| {
                l.delta.encoding != Encoding::Plain
                    && !l.delta.place.starts_with("presence request")
                    && !explained(row, l)
            })
            .collect();
        for located in new {
            if looked.len() >= JOINT_MAX || looked.contains(&group(located)) {
                continue;
            }
            looked.insert(group(located));
            if let Some(few) = fewest(bench, cells, row, located, repeat)? {
                out.push(Joint { environment: few, located: located.clone() });
            }
        }
    }
    Ok(out)
}

/// The fewest values of an environment that still bring a difference, confirmed; nothing where it does not come again.
fn fewest(
    bench: &Bench<'_>,
    cells: &mut Cells,
    row: &Environment,
    located: &Located,
    repeat: usize,
) -> Result<Option<Environment>, StudyError> {
    let shows = |cells: &Cells, environment: &Environment| {
        let model = model(cells);
        cells.get(environment).is_some_and(|runs| {
            runs.iter().all(|r| {
                model
                    .differences(&Observation::of(r, environment, model.hasher()))
                    .iter()
                    .any(|l| l.signature == located.signature)
            })
        })
    };
    let mut few = row.clone();
    for (factor, _) in &row.0 {
        let less = few.without(*factor);
        if less.0.len() < 2 {
            break;
        }
        if !cells.contains_key(&less) {
            bench.run(std::slice::from_ref(&less), cells)?;
        }
        if shows(cells, &less) {
            few = less;
        }
    }
    let mut again = vec![few.clone(); repeat];
    again.push(Environment::default());
    bench.run(&again, cells)?;
    Ok(shows(cells, &few).then_some(few))
}

/// Runs things, several at once.
struct Bench<'j> {
    job: &'j Job,
    watch: &'j Watch<'j>,
    number: AtomicUsize,
}

impl Bench<'_> {
    fn run(&self, environments: &[Environment], into: &mut Cells) -> Result<(), StudyError> {
        (self.watch.planned)(environments.len() as u64);
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..self.job.workers.clamp(1, environments.len().max(1)) {
                scope.spawn(|| {
                    while let Some(environment) = environments.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if (self.watch.stopped)() {
                            return;
                        }
                        let result = self.one(environment);
                        let failed = result.is_err();
                        done.lock().unwrap_or_else(PoisonError::into_inner).push((environment.clone(), result));
                        (self.watch.done)();
                        if failed {
                            next.store(environments.len(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        if (self.watch.stopped)() {
            return Err(StudyError::Stopped);
        }
        for (environment, result) in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
            into.entry(environment).or_default().push(result?);
        }
        Ok(())
    }

    fn one(&self, environment: &Environment) -> Result<Recording, StudyError> {
        let recording = once(self.job, environment)?;
        if let Some(folder) = &self.job.keep {
            let number = self.number.fetch_add(1, Ordering::Relaxed);
            let place = folder.join(format!("run-{number:04}"));
            keep(&place, environment, &recording).map_err(|source| StudyError::Keep { path: place, source })?;
        }
        Ok(recording)
    }
}

/// A folder for a run: the environment, each request's head and body, what was printed.
fn keep(place: &Path, environment: &Environment, recording: &Recording) -> io::Result<()> {
    fs::create_dir_all(place)?;
    fs::write(place.join("environment.txt"), format!("{environment}\n"))?;
    for (i, call) in recording.calls.iter().enumerate() {
        fs::write(place.join(format!("request-{i:03}.head")), &call.head)?;
        fs::write(place.join(format!("request-{i:03}.body")), &call.body)?;
    }
    fs::write(place.join("stdout"), &recording.outcome.stdout)?;
    fs::write(place.join("stderr"), &recording.outcome.stderr)?;
    let summary = serde_json::json!({"end": recording.outcome.end, "lingered": recording.outcome.lingered,
        "milliseconds": recording.outcome.milliseconds, "peers": recording.peers, "notes": recording.notes});
    fs::write(place.join("run.json"), format!("{summary:#}\n"))
}
