//! What a gateway is made of, read from the files and folders that its configuration names.

use std::{fs, io, path::Path, sync::Arc};

use jiff::Timestamp;
use policy::{RuleFile, Rules};
use store::{DatabaseUrl, Store};
use url::Url;

use super::StartError;
use crate::{
    config::{self, Config},
    desk::{Desk, Meter, Parts, Settings},
    metrics::Metrics,
    proxy::Upstream,
    refusal::Links,
    roster,
    route::Provider,
    tables::TableFolder,
};

pub(super) async fn desk(config: &Config, data: &Path, metrics: &Arc<Metrics>) -> Result<(Store, Desk), StartError> {
    let rules = rules(config.policy.rules.as_deref())?;
    let shadow = config.policy.shadow.as_deref().map(|folder| self::rules(Some(folder))).transpose()?;
    let tables = tables(config.tables.as_deref())?;
    private_folder(data)?;
    let store = open_store(config.store.as_ref(), data).await?;
    if let Some(path) = &config.accounts.accounts {
        roster::accounts(path, &store).await?;
    }
    if let Some(path) = &config.accounts.keys {
        roster::keys(path, &store).await?;
    }
    let book = store.book().await.map_err(StartError::Store)?;
    let name = config.ledger.origin.parse().map_err(|_| StartError::LedgerName(config.ledger.origin.clone()))?;
    let folder = data.join("ledger");
    private_folder(&folder)?;
    let ledger = journal::Ledger::open(journal::LedgerOptions::new(folder, name)).map_err(StartError::Journal)?;
    let meter = Meter::new(config.limits.clone(), Arc::clone(metrics)).map_err(StartError::Redis)?;
    let settings = Settings {
        unknown_keys: config.accounts.unknown_keys,
        ledger_gone: config.ledger.when_gone,
        appeal: appeal(config)?,
        accounts: config.limits.accounts,
    };
    let salt = salt(&data.join("salt"))?;
    let metrics = Arc::clone(metrics);
    let desk = Desk::new(Parts { rules, shadow, tables, book, meter, ledger, metrics, settings, salt });
    Ok((store, desk))
}

/// The rules of a folder, or the built-in ones.
pub fn rules(folder: Option<&Path>) -> Result<Rules, StartError> {
    let Some(folder) = folder else {
        return policy::default_rules().map_err(StartError::Rules);
    };
    Rules::load(&rule_files(folder)?, &policy::Limits::default()).map_err(StartError::Rules)
}

/// The `*.cedar` files of a folder, by name.
pub fn rule_files(folder: &Path) -> Result<Vec<RuleFile>, StartError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StartError::Folder { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        // A pipe of that name would be waited on for ever.
        if path.extension().is_some_and(|extension| extension == "cedar") && path.is_file() {
            let text = read_limited(&path).map_err(failed(&path))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push(RuleFile { name, text });
        }
    }
    if files.is_empty() {
        return Err(StartError::NoRules(folder.to_owned()));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// One byte more than rules may have is enough for them to be refused.
fn read_limited(path: &Path) -> io::Result<String> {
    let most = u64::try_from(policy::Limits::default().file_bytes).unwrap_or(u64::MAX);
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(fs::File::open(path)?, most.saturating_add(1)), &mut text)?;
    Ok(text)
}

fn tables(folder: Option<&Path>) -> Result<origin::Tables, StartError> {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    match folder {
        Some(folder) => {
            let loaded = TableFolder::at(folder).load(today, &origin::Limits::default()).map_err(StartError::Tables)?;
            Ok(loaded.tables)
        }
        None => origin::Tables::compile(Vec::new(), today).map_err(|refusal| StartError::NoTables(refusal.to_string())),
    }
}

async fn open_store(url: Option<&config::StoreUrl>, data: &Path) -> Result<Store, StartError> {
    let url: DatabaseUrl = match url {
        Some(url) => url.0.parse().map_err(StartError::StoreUrl)?,
        None => DatabaseUrl::sqlite(data.join("store.db")),
    };
    Store::open(&url, &store::Limits::default()).await.map_err(StartError::Store)
}

/// The store that `serve` would use with this configuration.
pub async fn store_of(config: &Config, data: &Path) -> Result<Store, StartError> {
    open_store(config.store.as_ref(), data).await
}

pub(super) fn capture(config: &Config, data: &Path) -> Result<Option<journal::Capture>, StartError> {
    if !config.capture.enabled {
        return Ok(None);
    }
    let folder = data.join("capture");
    private_folder(&folder)?;
    let mut options = journal::CaptureOptions::new(folder);
    options.segment_bytes = config.capture.segment_bytes;
    options.segment_age = config.capture.segment_age;
    options.queue_bytes = config.capture.queue_bytes;
    options.when_full = match config.capture.when_full {
        config::WhenFull::Drop => journal::WhenFull::Drop,
        config::WhenFull::Refuse => journal::WhenFull::Refuse,
    };
    options.disk_bytes = config.capture.disk_bytes;
    journal::Capture::open(options).map(Some).map_err(StartError::Journal)
}

pub(super) fn upstream(config: Option<&config::Upstream>, provider: Provider) -> Result<Option<Upstream>, StartError> {
    config.map(|config| Upstream::new(config, provider)).transpose().map_err(StartError::Upstream)
}

/// This gateway as callers see it.
fn base(config: &Config) -> Result<Url, StartError> {
    if let Some(base) = &config.links.base {
        return Ok(base.clone());
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let own = format!("{scheme}://{}/", config.listen);
    Url::parse(&own).map_err(|source| StartError::Base { address: own, source })
}

fn appeal(config: &Config) -> Result<String, StartError> {
    match &config.links.appeal {
        Some(appeal) => Ok(appeal.to_string()),
        None => Ok(format!("{}/v1/appeals", base(config)?.as_str().trim_end_matches('/'))),
    }
}

pub(super) fn links(config: &Config) -> Result<Links, StartError> {
    let base = base(config)?;
    let or_base = |url: &Option<Url>| url.clone().unwrap_or_else(|| base.clone());
    Ok(Links {
        terms: or_base(&config.links.terms),
        verify: or_base(&config.links.verify),
        blocked_by: or_base(&config.links.blocked_by),
        step_up: config.links.step_up.clone(),
        base,
    })
}

/// 32 random bytes of this deployment, for digests of those who have no salt of their own.
fn salt(path: &Path) -> Result<ledger::Salt, StartError> {
    let failed = |source| StartError::Folder { path: path.to_owned(), source };
    match fs::read(path) {
        Ok(bytes) => {
            let wrong = |_| failed(io::Error::other("it should hold 32 bytes; restore it from a backup"));
            Ok(ledger::Salt::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(wrong)?))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes: [u8; 32] = rand::random();
            // Under another name first: a start that is killed here leaves no salt, never half of one.
            let new = path.with_extension("new");
            private_file(&new, &bytes).and_then(|()| fs::rename(&new, path)).map_err(failed)?;
            Ok(ledger::Salt::new(bytes))
        }
        Err(error) => Err(failed(error)),
    }
}

fn private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

fn private_folder(folder: &Path) -> Result<(), StartError> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| StartError::Folder { path: folder.to_owned(), source })
}
