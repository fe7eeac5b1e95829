//! The first stage: namespaces, the view of the file system, the recorder; then `init`, and what it tells.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::AsRawFd,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    process::{Signal, set_parent_process_death_signal},
};
use tokio::{io::AsyncReadExt, net::unix::pipe, time::timeout};

use super::{InsideError, init::Watched, loopback, namespaces, root};
use crate::{
    cell::{Recording, Spec},
    execute::PORT,
    recorder::Recorder,
};

/// How much longer than the client's time the stage waits for `init`.
const GRACE: Duration = Duration::from_secs(15);

pub(super) fn run() -> Result<Recording, InsideError> {
    let step = |what| move |source| InsideError::Step { what, source };
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|e| step("the tie to the starter")(e.into()))?;
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|e| InsideError::Order(e.to_string()))?;
    let mut spec: Spec = serde_json::from_str(&text).map_err(|e| InsideError::Order(e.to_string()))?;
    // Open before the file system changes; the stages that follow are started from it.
    let program = File::open("/proc/self/exe").map_err(step("this program's file"))?;
    fcntl_setfd(&program, FdFlags::empty()).map_err(|e| step("this program's file")(e.into()))?;
    let mut notes = Vec::new();
    if spec.isolate {
        namespaces::enter()?;
        notes.extend(loopback::up()?);
        rustix::system::sethostname(spec.hostname.as_bytes()).map_err(|e| step("the host name")(e.into()))?;
        notes.extend(root::build(&spec)?);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(step("the recorder"))?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let recorder = Recorder::listen(&spec.hosts, spec.isolate.then_some(spec.ports.as_slice()))
            .await
            .map_err(InsideError::Listen)?;
        let port = recorder.port().to_string();
        for (_, value) in &mut spec.variables {
            *value = value.replace(PORT, &port);
        }
        let mut child = start(&spec, &program)?;
        let told = listen(&mut child, spec.limits.time + spec.limits.linger + GRACE).await;
        let _ = child.kill();
        let _ = child.wait();
        let Watched { outcome, notes: more } = told?;
        // What a killed client had sent is still in the sockets.
        tokio::time::sleep(Duration::from_millis(20)).await;
        notes.extend(more);
        let (calls, peers, seen) = recorder.take();
        notes.extend(seen);
        Ok(Recording { calls, peers, outcome, notes })
    })
}

fn start(spec: &Spec, program: &File) -> Result<Child, InsideError> {
    let step = |what| move |source| InsideError::Step { what, source };
    let text = serde_json::to_vec(spec).map_err(|e| InsideError::Order(e.to_string()))?;
    let number = program.as_raw_fd();
    let mut child = Command::new(format!("/proc/self/fd/{number}"))
        .args(&spec.helper)
        .args(["init", &number.to_string()])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(step("the first process of the run"))?;
    let mut order = child.stdin.take().ok_or_else(|| step("the order of the run")(io::ErrorKind::BrokenPipe.into()))?;
    order.write_all(&text).map_err(step("the order of the run"))?;
    Ok(child)
}

async fn listen(child: &mut Child, most: Duration) -> Result<Watched, InsideError> {
    let step = |what| move |source| InsideError::Step { what, source };
    let out = child.stdout.take().ok_or_else(|| step("the answer of the run")(io::ErrorKind::BrokenPipe.into()))?;
    let mut out = pipe::Receiver::from_owned_fd(out.into()).map_err(step("the answer of the run"))?;
    let mut told = Vec::new();
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the client could not be ended in time");
    timeout(most, out.read_to_end(&mut told))
        .await
        .map_err(|_| step("the answer of the run")(late()))?
        .map_err(step("the answer of the run"))?;
    let told: Result<Watched, String> = serde_json::from_slice(&told)
        .map_err(|_| InsideError::Order("the first process of the run ended without an answer".to_owned()))?;
    told.map_err(InsideError::Order)
}
