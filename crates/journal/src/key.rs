//! The key of a ledger in its folder.

use std::{fs, io::ErrorKind, os::unix::fs::PermissionsExt, path::Path};

use ledger::{Name, PublicKey, SecretKey};
use rand::{TryRng, rngs::SysRng};

use crate::{
    disk::OsDisk,
    error::JournalError,
    folder::{Folder, create_secret},
};

const SECRET: &str = "key";
const PUBLIC: &str = "key.pub";

/// The key of the ledger in a folder, for those who check it.
pub fn public_key(folder: &Path) -> Result<PublicKey, JournalError> {
    let path = folder.join(PUBLIC);
    let text = fs::read_to_string(&path).map_err(JournalError::io("read", &path))?;
    text.trim_end().parse().map_err(|error| JournalError::Key { path, error })
}

/// Reads the key, or makes one for a ledger without entries.
pub(crate) fn load(folder: &Folder, name: &Name, has_entries: bool) -> Result<SecretKey, JournalError> {
    let path = folder.join(SECRET);
    let key = match fs::read_to_string(&path) {
        Ok(text) => read(&path, &text, name)?,
        Err(error) if error.kind() == ErrorKind::NotFound && has_entries => return Err(JournalError::KeyMissing(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => make(folder, &path, name)?,
        Err(error) => return Err(JournalError::io("read", &path)(error)),
    };
    let public = format!("{}\n", key.public());
    if fs::read_to_string(folder.join(PUBLIC)).ok().as_ref() != Some(&public) {
        let written = folder.create(PUBLIC, public.as_bytes(), &OsDisk);
        written.map_err(JournalError::io("write", folder.join(PUBLIC)))?;
    }
    Ok(key)
}

fn read(path: &Path, text: &str, name: &Name) -> Result<SecretKey, JournalError> {
    let mode = fs::metadata(path).map_err(JournalError::io("look at", path))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(JournalError::KeyOpen(path.to_owned()));
    }
    let key: SecretKey = text.trim_end().parse().map_err(|error| JournalError::Key { path: path.to_owned(), error })?;
    let found = key.public().name();
    if found != name {
        let (found, expected) = (found.to_string(), name.to_string());
        return Err(JournalError::KeyName { path: path.to_owned(), found, expected });
    }
    Ok(key)
}

fn make(folder: &Folder, path: &Path, name: &Name) -> Result<SecretKey, JournalError> {
    let mut random = [0; 32];
    let drawn = SysRng.try_fill_bytes(&mut random).map_err(std::io::Error::other);
    drawn.map_err(JournalError::io("draw random bytes for", path))?;
    let key = SecretKey::new(name.clone(), random);
    // Made under another name first: a crash must not leave half a key.
    let unfinished = folder.join("key.tmp");
    create_secret(&unfinished, &format!("{}\n", key.secret_text())).map_err(JournalError::io("write", &unfinished))?;
    fs::rename(&unfinished, path).map_err(JournalError::io("write", path))?;
    folder.sync().map_err(JournalError::io("sync", folder.path()))?;
    Ok(key)
}
