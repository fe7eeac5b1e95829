//! A connection whose first bytes are looked at before they are read, and kept while they are.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// Enough for any head.
pub(super) const HEAD_MAX: usize = 256 << 10;

/// Reads what was peeked first, then the rest; a copy of the first bytes stays in `seen`.
pub(super) struct Tee<S> {
    inner: S,
    peeked: Vec<u8>,
    at: usize,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl<S: AsyncRead + Unpin> Tee<S> {
    /// Waits for the first bytes.
    pub(super) async fn new(mut inner: S) -> io::Result<Self> {
        let mut peeked = vec![0; 4096];
        let read = inner.read(&mut peeked).await?;
        peeked.truncate(read);
        Ok(Self { inner, peeked, at: 0, seen: Arc::default() })
    }

    pub(super) fn peeked(&self) -> &[u8] {
        &self.peeked
    }

    /// What was read so far, at most `HEAD_MAX` bytes of it.
    pub(super) fn seen(&self) -> Arc<Mutex<Vec<u8>>> {
        Arc::clone(&self.seen)
    }

    fn keep(&self, bytes: &[u8]) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let room = HEAD_MAX.saturating_sub(seen.len());
        seen.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tee<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.at < self.peeked.len() {
            let end = self.peeked.len().min(self.at + into.remaining());
            into.put_slice(&self.peeked[self.at..end]);
            self.keep(&self.peeked[self.at..end]);
            self.at = end;
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        let done = Pin::new(&mut self.inner).poll_read(context, into);
        self.keep(&into.filled()[before..]);
        done
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tee<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
