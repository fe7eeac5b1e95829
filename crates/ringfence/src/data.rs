//! The data folder: the lake, the deployment secret, the exemplar state and the rejects, and who may read them.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result, bail};
use exchanges::sketch::Secret;
use lake::{Lake, Place};
use rand::{TryRng, rngs::SysRng};

/// The folder that `--data` names.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder(PathBuf);

impl FromStr for DataFolder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("the folder's name is empty".to_owned()) } else { Ok(Self(text.into())) }
    }
}

impl DataFolder {
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    pub(crate) fn lake_folder(&self) -> PathBuf {
        self.0.join("lake")
    }

    pub(crate) fn rejects(&self) -> PathBuf {
        self.0.join("rejects")
    }

    /// Where tables of origins are looked for.
    pub(crate) fn tables(&self) -> PathBuf {
        self.0.join("tables")
    }

    /// Where statements of ownership are looked for.
    pub(crate) fn ownership(&self) -> PathBuf {
        self.0.join("ownership")
    }

    pub(crate) fn spill(&self) -> PathBuf {
        self.0.join("spill")
    }

    pub(crate) fn exemplar_state(&self) -> PathBuf {
        self.0.join("exemplars.state")
    }

    /// Makes the folder, for its owner only; one that is there keeps its rights.
    pub(crate) fn make(&self) -> Result<()> {
        private_folder(&self.0).with_context(|| {
            format!("cannot make the data folder `{}`; name a writable one with --data", self.0.display())
        })
    }

    /// The deployment secret, made on first use.
    pub(crate) fn secret(&self) -> Result<Secret> {
        let path = self.secret_file();
        match fs::read_to_string(&path) {
            Ok(text) => Secret::from_hex(text.trim()).with_context(|| {
                format!(
                    "`{}` is no secret; restore it from a backup, since the lake cannot be used without it",
                    path.display()
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.new_secret(&path),
            Err(error) => Err(error).with_context(|| format!("cannot read the secret `{}`", path.display())),
        }
    }

    fn new_secret(&self, path: &Path) -> Result<Secret> {
        if self.lake_folder().join("log").exists() {
            bail!(
                "the lake in `{}` has lost its secret `{}`; restore it from a backup, since a new one would match nothing",
                self.lake_folder().display(),
                path.display()
            );
        }
        let mut bytes = [0; 32];
        SysRng.try_fill_bytes(&mut bytes).context("the system gave no randomness for the secret")?;
        self.keep_secret(Secret::from_bytes(bytes))
    }

    /// Takes over the secret of another data folder, if that has one, so that keys mean the same in both.
    pub(crate) fn adopt_secret(&self, of: &Self) -> Result<()> {
        if of.secret_file().exists() {
            self.keep_secret(of.secret()?)?;
        }
        Ok(())
    }

    fn secret_file(&self) -> PathBuf {
        self.0.join("secret")
    }

    fn keep_secret(&self, secret: Secret) -> Result<Secret> {
        let (path, parent) = (self.secret_file(), self.0.as_path());
        let mut file = tempfile::NamedTempFile::new_in(parent)
            .with_context(|| format!("cannot write to the data folder `{}`", parent.display()))?;
        writeln!(file, "{}", secret.to_hex())
            .and_then(|()| file.as_file().sync_all())
            .context("cannot write the secret")?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(secret),
            // Another process made it in the meantime: theirs counts.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => self.secret(),
            Err(error) => Err(error.error).with_context(|| format!("cannot write the secret `{}`", path.display())),
        }
    }

    /// The lake, made when there is none.
    pub(crate) async fn lake(&self) -> Result<Lake> {
        let folder = self.lake_folder();
        private_folder(&folder).with_context(|| format!("cannot make the lake's folder `{}`", folder.display()))?;
        Ok(Lake::create_or_open(Place::folder(&folder)?).await?)
    }

    /// The lake, which must exist.
    pub(crate) async fn existing_lake(&self) -> Result<Lake> {
        let folder = self.lake_folder();
        if !folder.exists() {
            bail!(
                "there is no lake in `{}`; run `ringfence import` first, or name files with --exchanges",
                folder.display()
            );
        }
        Ok(Lake::open(Place::existing_folder(&folder)?).await?)
    }
}

/// Makes a folder that only its owner may look into; a folder that is there already belongs to the user, rights and all.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        made => made,
    }
}
