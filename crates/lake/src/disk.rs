//! The local disk as an object store whose finished writes survive a power cut.
//!
//! `LocalFileSystem` links or renames a staged file into place without `fsync`, so that after a power cut a
//! name may stand for an empty file. Here the bytes reach the disk before the name does, and the name
//! (with every new folder above it) before the call returns.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    ops::Range,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart, local::LocalFileSystem, path::Path,
};

use crate::layout::fresh_id;

/// Errors name this store.
const STORE: &str = "local disk";

/// The file system below `/`, made durable; folders up to `top` are synced.
#[derive(Debug, Clone)]
pub(crate) struct LocalDisk {
    files: Arc<LocalFileSystem>,
    top: Arc<PathBuf>,
}

impl LocalDisk {
    /// `top` is the lake's folder, which must exist.
    pub(crate) fn new(top: PathBuf) -> Self {
        Self { files: Arc::new(LocalFileSystem::new()), top: Arc::new(top) }
    }

    /// Removes staged files that a killed writer left; listing never shows them.
    pub(crate) fn sweep_staged(&self, before: SystemTime) -> io::Result<u64> {
        let mut folders = vec![self.top.to_path_buf()];
        let mut removed = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() && is_staged(&entry.file_name()) && entry.metadata()?.modified()? < before {
                    fs::remove_file(entry.path())?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

impl fmt::Display for LocalDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{STORE} at {}", self.top.display())
    }
}

/// `LocalFileSystem` stages at `name#digits` and hides such names; so do we.
fn is_staged(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    let suffix = name.rsplit_once('#').map(|(_, suffix)| suffix);
    suffix.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn generic(source: io::Error) -> Error {
    Error::Generic { store: STORE, source: Box::new(source) }
}

/// Syncs the folder of `file` and those above it, up to `top`.
fn sync_folders(file: &FilePath, top: &FilePath) -> io::Result<()> {
    for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(top)) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes the names of new folders durable, from `made` up to the folder `old` that was there before.
pub(crate) fn sync_new_folders(made: &FilePath, old: Option<&FilePath>) -> io::Result<()> {
    // A relative path without an existing part begins in the working folder.
    let old = old.unwrap_or(FilePath::new(".")).canonicalize()?;
    if old == made { Ok(()) } else { sync_folders(&made.join("any"), &old) }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// Writes next to `to`, syncs, then gives it the name; with `create`, only if nobody has it.
fn put(to: &FilePath, top: &FilePath, payload: &PutPayload, create: bool) -> Result<()> {
    let folder = to.parent().ok_or_else(|| generic(ErrorKind::InvalidFilename.into()))?;
    fs::create_dir_all(folder).map_err(generic)?;
    let id = u64::from_str_radix(&fresh_id()[..15], 16).expect("hex digits");
    let staged = PathBuf::from(format!("{}#{id}", to.display()));
    let placed = write_synced(&staged, payload).and_then(|()| match create {
        true => fs::hard_link(&staged, to),
        false => fs::rename(&staged, to),
    });
    // The name is in place or the put has failed; a staged file that stays is swept by vacuum.
    let _ = fs::remove_file(&staged);
    match placed {
        Ok(()) => sync_folders(to, top).map_err(generic),
        Err(source) if source.kind() == ErrorKind::AlreadyExists => {
            Err(Error::AlreadyExists { path: to.display().to_string(), source: Box::new(source) })
        }
        Err(source) => Err(generic(source)),
    }
}

fn write_synced(path: &FilePath, payload: &PutPayload) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    for bytes in payload {
        file.write_all(bytes)?;
    }
    file.sync_all()
}

#[async_trait]
impl ObjectStore for LocalDisk {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let create = match opts.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => {
                return Err(Error::NotImplemented { operation: "update".into(), implementer: STORE.into() });
            }
        };
        let (to, top) = (self.files.path_to_filesystem(location)?, Arc::clone(&self.top));
        blocking(move || put(&to, &top, &payload, create)).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let upload = self.files.put_multipart_opts(location, opts).await?;
        let to = self.files.path_to_filesystem(location)?;
        Ok(Box::new(SyncedUpload { upload, to, top: Arc::clone(&self.top) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.files.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.files.copy_opts(from, to, options).await
    }
}

/// A large file in parts; synced once it has its name, before a commit can name it.
#[derive(Debug)]
struct SyncedUpload {
    upload: Box<dyn MultipartUpload>,
    to: PathBuf,
    top: Arc<PathBuf>,
}

#[async_trait]
impl MultipartUpload for SyncedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let done = self.upload.complete().await?;
        let (to, top) = (self.to.clone(), Arc::clone(&self.top));
        blocking(move || {
            File::open(&to).and_then(|file| file.sync_all()).map_err(generic)?;
            sync_folders(&to, &top).map_err(generic)
        })
        .await?;
        Ok(done)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
