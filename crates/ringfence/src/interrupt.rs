//! Ctrl-C and the polite signals to end, heard wherever the work is.

use std::{
    io, process,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::sync::watch;

/// How long a thread waits before it asks again whether it should.
const PATIENCE: Duration = Duration::from_millis(50);

/// Whether Ctrl-C was pressed.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    pressed: watch::Receiver<bool>,
    left: &'static str,
}

impl Interrupt {
    /// Listens for Ctrl-C from now on; `left` says how things are then. A second Ctrl-C ends the process at once.
    pub(crate) fn listen(left: &'static str) -> Result<Self> {
        let (press, pressed) = watch::channel(false);
        let mut presses = presses().context("cannot listen for Ctrl-C")?;
        tokio::spawn(async move {
            while presses.recv().await.is_some() {
                if press.send_replace(true) {
                    process::exit(2);
                }
            }
        });
        Ok(Self { pressed, left })
    }

    /// One that hears nothing, for work that must not be left half done.
    pub(crate) fn deaf() -> Self {
        Self { pressed: watch::channel(false).1, left: "nothing was interrupted" }
    }

    /// Waits for it.
    pub(crate) async fn wait(&self) {
        // Where nobody listens any more, the process is about to end.
        drop(self.pressed.clone().wait_for(|pressed| *pressed).await);
    }

    pub(crate) fn heard(&self) -> bool {
        *self.pressed.borrow()
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.heard() {
            bail!("interrupted: {}", self.left);
        }
        Ok(())
    }

    /// What another thread sends, nothing when it has ended; an error on Ctrl-C, whatever that thread waits for.
    pub(crate) fn receive<T>(&self, from: &Receiver<T>) -> Result<Option<T>> {
        loop {
            self.check()?;
            match from.recv_timeout(PATIENCE) {
                Ok(sent) => return Ok(Some(sent)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// The work, unless Ctrl-C comes first; the work is dropped then.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut pressed = self.pressed.clone();
        tokio::select! {
            biased;
            Ok(_) = pressed.wait_for(|heard| *heard) => bail!("interrupted: {}", self.left),
            done = work => done,
        }
    }
}

/// Ctrl-C, and what service managers, `timeout` and closing terminals send.
#[cfg(unix)]
struct Presses([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Presses {
    async fn recv(&mut self) -> Option<()> {
        let [interrupt, terminate, hang_up] = &mut self.0;
        tokio::select! {
            pressed = interrupt.recv() => pressed,
            asked = terminate.recv() => asked,
            closed = hang_up.recv() => closed,
        }
    }
}

#[cfg(unix)]
fn presses() -> io::Result<Presses> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Presses([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]))
}

#[cfg(windows)]
fn presses() -> io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}
