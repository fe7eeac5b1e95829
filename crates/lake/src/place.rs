//! Where a lake is: a folder of this machine, or a prefix in an object store.

use std::{
    fs,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, path::Path};
use url::Url;

use crate::{
    LakeError,
    disk::{self, LocalDisk},
};

/// The root under which all files of one lake lie.
#[derive(Debug, Clone)]
pub struct Place {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// By which a query finds the store, such as `file:///` or `s3://bucket`.
    url: Url,
    disk: Option<LocalDisk>,
    shown: String,
}

impl Place {
    /// A folder of this machine, made when it is missing.
    pub fn folder(folder: &FilePath) -> Result<Self, LakeError> {
        let shown = folder.display().to_string();
        let failed = |source| LakeError::Place { place: shown.clone(), source };
        let old = folder.ancestors().find(|above| above.is_dir()).map(FilePath::to_path_buf);
        fs::create_dir_all(folder).map_err(failed)?;
        let whole: PathBuf = folder.canonicalize().map_err(failed)?;
        disk::sync_new_folders(&whole, old.as_deref()).map_err(failed)?;
        let prefix = Path::from_absolute_path(&whole)
            .map_err(|e| failed(std::io::Error::new(std::io::ErrorKind::InvalidFilename, e)))?;
        let disk = LocalDisk::new(whole);
        let url = Url::parse("file:///").expect("a fixed address");
        Ok(Self { store: Arc::new(disk.clone()), prefix, url, disk: Some(disk), shown })
    }

    /// A folder that must be there already; nothing is made.
    pub fn existing_folder(folder: &FilePath) -> Result<Self, LakeError> {
        match folder.is_dir() {
            true => Self::folder(folder),
            false => Err(LakeError::Absent { place: folder.display().to_string() }),
        }
    }

    /// Any object store with conditional create; queries reach it as `url`.
    pub fn store(store: Arc<dyn ObjectStore>, url: Url, prefix: Path) -> Self {
        let shown = format!("{}/{prefix}", url.as_str().trim_end_matches('/'));
        Self { store, prefix, url, disk: None, shown }
    }

    /// The same place with its store seen through another, such as one that counts or fails.
    pub fn seen_through(mut self, wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        self.store = wrap(self.store);
        self
    }

    pub(crate) fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    pub(crate) fn disk(&self) -> Option<&LocalDisk> {
        self.disk.as_ref()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The location in the store of a path relative to the root.
    pub(crate) fn at(&self, relative: &str) -> Path {
        relative.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// The address of a file as a query's plan names it.
    pub(crate) fn file_url(&self, relative: &str) -> Url {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .expect("stores have hierarchical addresses")
            .pop_if_empty()
            .extend(self.at(relative).parts().map(|part| part.as_ref().to_owned()));
        url
    }

    /// The reverse of [`Self::at`].
    pub(crate) fn relative(&self, location: &Path) -> Option<String> {
        let parts: Vec<String> = location.prefix_match(&self.prefix)?.map(|p| p.as_ref().to_owned()).collect();
        Some(parts.join("/"))
    }

    pub(crate) async fn read(&self, relative: &str) -> Result<Option<Bytes>, LakeError> {
        let failed = |e| LakeError::store("read", relative, e);
        match self.store.get(&self.at(relative)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(failed),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(failed(e)),
        }
    }

    /// Writes a small file as a whole; `false` when `Create` finds the name taken.
    pub(crate) async fn put(&self, relative: &str, bytes: Vec<u8>, mode: PutMode) -> Result<bool, LakeError> {
        let payload = PutPayload::from(bytes);
        match self.store.put_opts(&self.at(relative), payload, PutOptions::from(mode)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(e) => Err(LakeError::store("write", relative, e)),
        }
    }
}
