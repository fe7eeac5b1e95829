//! Keys in files: 32 bytes that only their owner reads.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use sweep::attest::SigningKey;

#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key `{path}` cannot be read or made")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the key `{0}` does not hold 32 bytes; put the right file there, or move it away and begin anew")]
    Length(PathBuf),
    #[error("the key `{0}` can be read by others; `chmod 600` it")]
    Open(PathBuf),
}

/// The key of a file, made when there is none. Whoever has enrolled trusts this key, so it belongs into the backup.
pub fn server_key(path: &Path) -> Result<SigningKey, KeyFileError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let made = make(path)?;
    // Somebody else may have been quicker: what is on the disk counts.
    Ok(read(path)?.unwrap_or(made))
}

pub(crate) fn read(path: &Path) -> Result<Option<SigningKey>, KeyFileError> {
    let failed = |source| KeyFileError::File { path: path.to_owned(), source };
    let mut file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(KeyFileError::Open(path.to_owned()));
    }
    let mut bytes = Vec::new();
    io::Read::by_ref(&mut file).take(64).read_to_end(&mut bytes).map_err(failed)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyFileError::Length(path.to_owned()))?;
    Ok(Some(SigningKey::from_bytes(&bytes)))
}

/// A new key in a new file; it is whole when its name is there.
pub(crate) fn make(path: &Path) -> Result<SigningKey, KeyFileError> {
    let failed = |source| KeyFileError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let key = SigningKey::from_bytes(&random().map_err(failed)?);
    let part = path.with_extension(format!("part{}", std::process::id()));
    let written = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
    let mut file = written.map_err(failed)?;
    file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    // A link never replaces what is there.
    let linked = fs::hard_link(&part, path);
    fs::remove_file(&part).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    if let Some(folder) = path.parent().and_then(|folder| fs::File::open(folder).ok()) {
        folder.sync_all().map_err(failed)?;
    }
    Ok(key)
}

/// Bytes of the system's generator.
pub(crate) fn random() -> io::Result<[u8; 32]> {
    use rand::TryRng as _;
    let mut bytes = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
