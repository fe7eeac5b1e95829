//! An answer on its way to the caller: every byte as it came, and its record made before the caller can know that it is over.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use tokio::{
    runtime::Handle,
    time::{Instant, Sleep},
};

use super::usage::{Framing, UsageReader};

/// What has to be done when an answer is over, however it ended.
pub(crate) trait Finish: Send + 'static {
    /// None when there is nothing to wait for.
    fn finish(self: Box<Self>, end: End) -> Option<Recorded>;
}

/// Ends when the exchange's record survives this process, or is lost and counted.
pub(crate) type Recorded = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Lets a record be made that nobody waits for.
pub(crate) fn leave(recorded: Option<Recorded>) {
    if let (Some(recorded), Ok(runtime)) = (recorded, Handle::try_current()) {
        runtime.spawn(recorded);
    }
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) usage: super::usage::Usage,
    pub(crate) events: u64,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Complete,
    /// The upstream broke off.
    Cut,
    /// The upstream fell silent.
    Stalled,
    /// The caller went away.
    Left,
}

/// The upstream's body, passed on.
pub(crate) struct Answer<B> {
    inner: B,
    reader: UsageReader,
    /// Bytes that are still to come, where the upstream said how many.
    left: Option<u64>,
    finish: Option<Box<dyn Finish>>,
    held: Option<Held>,
    patience: Option<Duration>,
    stall: Duration,
    silence: Pin<Box<Sleep>>,
    over: bool,
}

/// The last piece, until the exchange is recorded.
struct Held {
    frame: Option<Frame<Bytes>>,
    recorded: Option<Recorded>,
    patience: Option<Pin<Box<Sleep>>>,
}

/// The upstream stopped before the end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("the upstream broke off in the middle of its answer")]
    Cut(#[source] hyper::Error),
    #[error("the upstream fell silent in the middle of its answer")]
    Stalled,
}

impl<B: Body<Data = Bytes, Error = hyper::Error> + Unpin> Answer<B> {
    /// A record that takes longer than `patience` does not hold the caller up any further.
    pub(crate) fn new(
        inner: B,
        framing: Framing,
        stall: Duration,
        patience: Option<Duration>,
        finish: Box<dyn Finish>,
    ) -> Self {
        let left = inner.size_hint().exact();
        let over = inner.is_end_stream();
        let silence = Box::pin(tokio::time::sleep(stall));
        let reader = UsageReader::new(framing);
        Self { inner, reader, left, finish: Some(finish), held: None, patience, stall, silence, over }
    }

    fn end(&mut self, how: How) -> Option<Recorded> {
        let end = End { usage: self.reader.usage(), events: self.reader.events(), how };
        self.finish.take().and_then(|finish| finish.finish(end))
    }

    /// Reads along; true when the caller will take this piece for the last.
    fn read(&mut self, data: &Bytes) -> bool {
        self.reader.read(data);
        let length = u64::try_from(data.remaining()).unwrap_or(u64::MAX);
        self.left = self.left.map(|left| left.saturating_sub(length));
        self.left == Some(0) || self.reader.ended()
    }

    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        let Some(held) = &mut self.held else { return Poll::Ready(None) };
        if let Some(recorded) = &mut held.recorded
            && recorded.as_mut().poll(cx).is_pending()
        {
            match &mut held.patience {
                Some(patience) => ready!(patience.as_mut().poll(cx)),
                None => return Poll::Pending,
            }
            leave(held.recorded.take());
        }
        let frame = held.frame.take();
        self.held = None;
        Poll::Ready(frame)
    }

    fn hold(&mut self, frame: Option<Frame<Bytes>>, recorded: Option<Recorded>) {
        let patience = self.patience.filter(|_| recorded.is_some());
        let patience = patience.map(|patience| Box::pin(tokio::time::sleep(patience)));
        self.held = Some(Held { frame, recorded, patience });
    }
}

impl<B: Body<Data = Bytes, Error = hyper::Error> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        if this.held.is_some() {
            return Poll::Ready(ready!(this.poll_held(cx)).map(Ok));
        }
        if this.over {
            return Poll::Ready(None);
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let last = frame.data_ref().is_some_and(|data| this.read(data));
                if !last || this.finish.is_none() {
                    this.silence.as_mut().reset(Instant::now() + this.stall);
                    return Poll::Ready(Some(Ok(frame)));
                }
                let recorded = this.end(How::Complete);
                this.hold(Some(frame), recorded);
                Poll::Ready(ready!(this.poll_held(cx)).map(Ok))
            }
            Poll::Ready(Some(Err(error))) => {
                this.over = true;
                leave(this.end(How::Cut));
                Poll::Ready(Some(Err(Broken::Cut(error))))
            }
            Poll::Ready(None) => {
                this.over = true;
                if this.finish.is_none() {
                    return Poll::Ready(None);
                }
                let recorded = this.end(How::Complete);
                this.hold(None, recorded);
                Poll::Ready(ready!(this.poll_held(cx)).map(Ok))
            }
            Poll::Pending => {
                ready!(this.silence.as_mut().poll(cx));
                this.over = true;
                leave(this.end(How::Stalled));
                Poll::Ready(Some(Err(Broken::Stalled)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && (self.over || self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        let how = if self.over || self.left == Some(0) { How::Complete } else { How::Left };
        let end = End { usage: self.reader.usage(), events: self.reader.events(), how };
        if let Some(finish) = self.finish.take() {
            leave(finish.finish(end));
        }
        leave(self.held.take().and_then(|held| held.recorded));
    }
}
