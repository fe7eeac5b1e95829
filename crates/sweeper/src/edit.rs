//! Settings without some of their keys, and back.

use std::ffi::{CStr, CString};

use sha2::{Digest as _, Sha256};
use sweep::{
    catalogue::Catalogue,
    scan::Key,
    setting::{self, MAX_SETTINGS},
};

use crate::{
    handle::{Dir, read_limited},
    state::hex,
};

pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// The text of a settings file.
pub(crate) fn text(parent: &Dir, name: &CStr) -> Result<String, String> {
    let (file, stat) = parent.file(name).map_err(|errno| std::io::Error::from(errno).to_string())?;
    let bytes = read_limited(&file, u64::try_from(stat.st_size).unwrap_or(u64::MAX), MAX_SETTINGS);
    let bytes = bytes.map_err(|errno| std::io::Error::from(errno).to_string())?.ok_or("it is larger than 1 MiB")?;
    String::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())
}

/// The text without the keys.
pub(crate) fn edited(
    parent: &Dir,
    name: &CString,
    keys: &[Key],
    catalogue: &Catalogue,
    banned: &dyn Fn(&Key) -> bool,
) -> Result<String, String> {
    let old = text(parent, name)?;
    without(&old, name, keys, catalogue, banned)
}

pub(crate) fn without(
    old: &str,
    name: &CStr,
    keys: &[Key],
    catalogue: &Catalogue,
    banned: &dyn Fn(&Key) -> bool,
) -> Result<String, String> {
    let format = name.to_str().ok().and_then(setting::format_of).ok_or("its format is not known")?;
    // Positions in lists move while keys go, so a key is known by what it names.
    let wanted =
        |key: &Key| banned(key) && keys.iter().any(|known| known.names == key.names && known.value == key.value);
    let new = setting::without(catalogue, format, old, &wanted).map_err(|error| error.to_string())?;
    new.ok_or_else(|| "it has none of the keys".to_owned())
}
