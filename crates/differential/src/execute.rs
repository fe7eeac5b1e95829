//! Carries runs out: a process of this program for each, as many at once as there are processors.

use std::{
    env,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    cell::{Answer, CellError, Recording, Spec},
    environment::{Environment, Factor},
    scratch::Scratch,
    study::Job,
};

/// Stands for the recorder's port in variables, where it is not known before the run.
pub(crate) const PORT: &str = "{recorder-port}";

/// How this program is started so that it carries out a stage of a run.
#[derive(Clone, Debug)]
pub struct Helper {
    pub program: PathBuf,
    /// Before the stage's name.
    pub arguments: Vec<String>,
}

/// Variables of the caller that say where programs and libraries are, and nothing about the user.
const PASSED: [&str; 14] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "NODE_PATH",
    "NVM_DIR",
    "NVM_BIN",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "JAVA_HOME",
    "GOROOT",
    "GEM_PATH",
    "DENO_DIR",
    "BUN_INSTALL",
];

/// Runs the client once.
pub(crate) fn once(job: &Job, environment: &Environment) -> Result<Recording, CellError> {
    let scratch = Scratch::new().map_err(CellError::Scratch)?;
    let place = scratch.place().map_err(CellError::Scratch)?;
    let home =
        if job.isolate { PathBuf::from("/home").join(environment.value(Factor::Username)) } else { place.join("home") };
    if !job.isolate {
        std::fs::create_dir(&home).map_err(CellError::Scratch)?;
    }
    let spec = Spec {
        helper: job.helper.arguments.clone(),
        command: job.command.clone(),
        variables: variables(job, environment, &home),
        folder: job.folder.clone(),
        shown: shown(job),
        scratch: place,
        stdin: job.stdin.clone(),
        hostname: environment.value(Factor::Hostname).to_owned(),
        username: environment.value(Factor::Username).to_owned(),
        timezone: environment.value(Factor::Timezone).to_owned(),
        hosts: environment.hosts(),
        ports: environment.port().into_iter().collect(),
        limits: job.limits.clone(),
        isolate: job.isolate,
    };
    let failed = |source| CellError::Start { program: job.helper.program.display().to_string(), source };
    let mut child = Command::new(&job.helper.program)
        .args(&job.helper.arguments)
        .arg("outer")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let order = serde_json::to_vec(&spec).map_err(|e| CellError::Silent(e.to_string()))?;
    let written = child.stdin.take().map(|mut pipe| pipe.write_all(&order));
    let mut told = Vec::new();
    let read = child.stdout.take().map(|mut pipe| pipe.read_to_end(&mut told));
    let ended = child.wait_with_output().map_err(failed)?;
    match serde_json::from_slice(&told) {
        Ok(Answer::Recorded(recording)) => Ok(recording),
        Ok(Answer::Refused(why)) => Err(CellError::Refused(why)),
        Err(_) => {
            written.transpose().and(read.transpose()).map_err(failed)?;
            Err(CellError::Silent(format!("{}, {}", ended.status, String::from_utf8_lossy(&ended.stderr).trim())))
        }
    }
}

fn variables(job: &Job, environment: &Environment, home: &Path) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for name in PASSED {
        // A job is given its caller's environment by the process that it runs in.
        if let Ok(value) = env::var(name) {
            all.push((name.to_owned(), value));
        }
    }
    all.extend([
        ("HOME".to_owned(), home.display().to_string()),
        ("SHELL".to_owned(), "/bin/sh".to_owned()),
        ("TERM".to_owned(), "dumb".to_owned()),
        ("TMPDIR".to_owned(), if job.isolate { "/tmp".to_owned() } else { home.display().to_string() }),
    ]);
    let port = if job.isolate { 80 } else { 0 };
    let own = environment.variables(port, &job.base_names);
    all.extend(
        own.into_iter().map(|(n, v)| if job.isolate { (n, v) } else { (n, v.replace(":0", &format!(":{PORT}"))) }),
    );
    let host = environment.value(Factor::BaseUrl);
    let base = if job.isolate { format!("http://{host}") } else { format!("http://{host}:{PORT}") };
    for (name, value) in &job.variables {
        all.retain(|(n, _)| n != name);
        all.push((name.clone(), value.replace("{recorder}", &base)));
    }
    all
}

/// Paths that the command needs: where it is started, what its words name, and where programs are.
fn shown(job: &Job) -> Vec<PathBuf> {
    let mut all = vec![job.folder.clone()];
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    if let Some(program) = job.command.first().filter(|p| !p.contains('/')) {
        all.extend(folders.iter().map(|f| f.join(program)));
    }
    for word in &job.command {
        let values = [Some(word.as_str()), word.split_once('=').map(|(_, v)| v)];
        all.extend(values.into_iter().flatten().filter(|w| !w.is_empty()).map(|w| job.folder.join(w)));
        // Paths within a word: the script of a shell.
        if word.contains(' ') {
            all.extend(word.split([' ', '"', '\'', ';', '=']).filter(|w| w.contains('/')).map(|w| job.folder.join(w)));
        }
    }
    all.extend(job.shown.iter().cloned());
    all.extend(folders);
    let real: Vec<PathBuf> = all.iter().filter_map(|p| p.canonicalize().ok()).collect();
    all.retain(|p| p.exists());
    all.extend(real);
    let mut seen = std::collections::HashSet::new();
    all.retain(|p| seen.insert(p.clone()));
    all
}
