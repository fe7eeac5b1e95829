//! A store that fails at any step leaves the old or the new state.

use std::{
    fmt,
    io::{self, ErrorKind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use expect_test::expect;
use futures::{StreamExt, stream::BoxStream};
use lake::{Lake, LakeError, Place, Table, WriterLimits};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart, memory::InMemory, path::Path,
};
use url::Url;

use crate::rows::{batch, count, import, limits, place, row};

/// When the store stops working.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// From this operation on.
    From(u64),
    /// At this operation only.
    At(u64),
    /// At this operation, which happens all the same: the answer is lost.
    Unheard(u64),
    /// Once so many bytes are written.
    Full(u64),
}

#[derive(Debug)]
struct Failing {
    store: Arc<dyn ObjectStore>,
    trouble: Trouble,
    done: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
}

/// Whether an operation is to be done, and what is to be answered.
struct Outcome {
    happens: bool,
    fails: bool,
}

fn full() -> Error {
    Error::Generic { store: "test", source: Box::new(io::Error::from(ErrorKind::StorageFull)) }
}

impl Failing {
    fn step(trouble: Trouble, done: &AtomicU64, written: &AtomicU64, bytes: usize) -> Outcome {
        let number = done.fetch_add(1, Ordering::SeqCst);
        let total = written.fetch_add(bytes as u64, Ordering::SeqCst) + bytes as u64;
        let (fails, happens) = match trouble {
            Trouble::From(first) => (number >= first, number < first),
            Trouble::At(only) => (number == only, number != only),
            Trouble::Unheard(only) => (number == only, true),
            Trouble::Full(room) => (bytes > 0 && total > room, bytes == 0 || total <= room),
        };
        Outcome { happens, fails }
    }

    fn next(&self, bytes: usize) -> Outcome {
        Self::step(self.trouble, &self.done, &self.written, bytes)
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failing {}", self.store)
    }
}

async fn outcome<T>(outcome: Outcome, work: impl Future<Output = Result<T>>) -> Result<T> {
    let answer = if outcome.happens { Some(work.await) } else { None };
    match answer {
        Some(answer) if !outcome.fails => answer,
        _ => Err(full()),
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let next = self.next(payload.content_length());
        outcome(next, self.store.put_opts(location, payload, opts)).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let upload = outcome(self.next(0), self.store.put_multipart_opts(location, opts)).await?;
        let (done, written) = (Arc::clone(&self.done), Arc::clone(&self.written));
        Ok(Box::new(FailingUpload { upload, trouble: self.trouble, done, written }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        outcome(self.next(0), self.store.get_opts(location, options)).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.next(0).fails {
            true => futures::stream::once(async { Err(full()) }).boxed(),
            false => self.store.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.next(0).fails {
            true => futures::stream::once(async { Err(full()) }).boxed(),
            false => self.store.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        outcome(self.next(0), self.store.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        outcome(self.next(0), self.store.copy_opts(from, to, options)).await
    }
}

#[derive(Debug)]
struct FailingUpload {
    upload: Box<dyn MultipartUpload>,
    trouble: Trouble,
    done: Arc<AtomicU64>,
    written: Arc<AtomicU64>,
}

#[async_trait]
impl MultipartUpload for FailingUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let next = Failing::step(self.trouble, &self.done, &self.written, data.content_length());
        Box::pin(outcome(next, self.upload.put_part(data)))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let next = Failing::step(self.trouble, &self.done, &self.written, 0);
        outcome(next, self.upload.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}

/// Opens or makes the lake and writes 30 rows of two days in one commit.
async fn import_through(place: Place) -> std::result::Result<(), LakeError> {
    let lake = Lake::create_or_open(place).await?;
    let base = lake.snapshot().await?;
    let mut writer = lake.writer(&base, WriterLimits { group_rows: 5, file_rows: 10, ..WriterLimits::default() });
    for id in 0..30 {
        if let Err(error) = writer.write(batch(&[row(id, 1)])).await {
            writer.abort().await;
            return Err(error);
        }
    }
    writer.finish(None).await.map(|_| ())
}

/// Runs the import over a store in trouble, then looks at what is there; gives whether the import failed.
async fn old_or_new(trouble: Trouble, already: bool) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    if already {
        import(&Lake::create_or_open(place(folder.path())).await.expect("sound"), &[row(100, 2)]).await;
    }
    let through = place(folder.path())
        .seen_through(|store| Arc::new(Failing { store, trouble, done: Arc::default(), written: Arc::default() }));
    let failed = import_through(through).await.is_err();
    let lake = Lake::create_or_open(place(folder.path())).await.expect("the lake can be opened");
    let snapshot = lake.snapshot().await.expect("sound");
    let session = lake.session(&snapshot, &limits(folder.path(), 64 << 20)).expect("a session");
    let rows = count(&session, "SELECT count(*) FROM exchanges").await;
    assert_eq!(rows, i64::try_from(snapshot.rows(Table::Exchanges)).expect("few"), "{trouble:?}");
    let new = rows - i64::from(already);
    assert!(new == 0 || new == 30, "{trouble:?}: {new} rows of 30");
    assert!(failed || new == 30, "{trouble:?}: said to be done, and is not");
    failed
}

#[tokio::test]
async fn a_store_that_fails_at_any_step_leaves_the_old_or_the_new_state() {
    for already in [false, true] {
        for trouble in [Trouble::From as fn(u64) -> Trouble, Trouble::At, Trouble::Unheard] {
            let mut step = 0;
            while old_or_new(trouble(step), already).await || step < 8 {
                step += 1;
                assert!(step < 1000, "the import ends");
            }
            assert!(step > 8, "an import takes many steps");
        }
    }
}

#[tokio::test]
async fn a_disk_that_fills_up_leaves_the_old_state() {
    let mut room = 0;
    while old_or_new(Trouble::Full(room), true).await {
        room += 2_000;
    }
    assert!(room > 10_000, "30 rows take some room");
}

#[tokio::test]
async fn a_full_disk_is_called_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let through = place(folder.path()).seen_through(|store| {
        Arc::new(Failing { store, trouble: Trouble::Full(5_000), done: Arc::default(), written: Arc::default() })
    });
    let error = import_through(through).await.expect_err("no room").to_string();
    let (start, end) = error.split_once('`').expect("a path");
    let (_, end) = end.rsplit_once('`').expect("a path");
    expect!["cannot write rows to ``; free some space and run it again; the lake is as it was before"]
        .assert_eq(&format!("{start}``{end}"));
}

#[tokio::test]
async fn a_lake_in_an_object_store_works_as_on_a_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = Url::parse("memory://bucket").expect("an address");
    let place = Place::store(Arc::new(InMemory::new()), url, Path::from("some/lake"));
    import_through(place.clone()).await.expect("sound");
    let lake = Lake::open(place).await.expect("there");
    let snapshot = lake.snapshot().await.expect("sound");
    let session = lake.session(&snapshot, &limits(folder.path(), 64 << 20)).expect("a session");
    assert_eq!(count(&session, "SELECT count(*) FROM exchanges WHERE account_key = 1").await, 30);
}
