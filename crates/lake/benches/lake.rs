//! Fills a lake with made-up exchanges and times the writer and each query, with peak memory.
//!
//! `cargo bench -p lake -- [ROWS…] [--keep DIR]`; rows default to 1, 4 and 16 million.
//! `LAKE_BENCH_MIB` sets the memory of a query; with `LAKE_BENCH_ONLY` only the template queries run.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    error::Error,
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Float32Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt16Array,
        UInt32Array, UInt64Array,
    },
    datatypes::DataType,
};
use exchanges::schema;
use lake::{
    DEFAULT_ID_LIMIT, Lake, Place, SessionLimits, Table, WriterLimits,
    queries::{self, Attribute, Columns, Query, SketchColumn},
};

const BATCH: usize = 8192;
const ACCOUNTS: u64 = 24_000;
const TEMPLATES: u64 = 40_000;
const DAYS: u64 = 30;
/// 2026-08-01T00:00:00Z.
const START: i64 = 1_785_542_400_000_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// SplitMix64: as good as the keyed hashes that it stands for.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn below(&mut self, end: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(end)) >> 64).expect("below a u64")
    }

    /// Few values often, many values seldom.
    fn heavy_tailed(&mut self, end: u64) -> u64 {
        let unit = self.next() as f64 / u64::MAX as f64;
        ((unit.powi(3) * end as f64) as u64).min(end - 1)
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// One batch of a log that is ordered by time, up to some jitter.
fn batch(noise: &mut Noise, first: u64, total: u64, rows: usize) -> RecordBatch {
    let accounts: Vec<u64> = (0..rows).map(|_| noise.heavy_tailed(ACCOUNTS)).collect();
    let templates: Vec<Option<u64>> =
        (0..rows).map(|_| (noise.below(100) < 30).then(|| noise.heavy_tailed(TEMPLATES))).collect();
    let step = DAYS * 86_400_000_000 / total;
    let schema = schema::exchanges();
    let columns = schema.fields().iter().enumerate().map(|(number, field)| -> ArrayRef {
        let salt = mix(number as u64);
        match (field.name().as_str(), field.data_type()) {
            ("time", _) => {
                let time = |row: u64| START + i64::try_from((first + row) * step).expect("a time");
                let times = TimestampMicrosecondArray::from_iter_values((0..rows as u64).map(time));
                Arc::new(times.with_timezone("UTC"))
            }
            ("id_key", _) => Arc::new(UInt64Array::from_iter_values((0..rows as u64).map(|row| mix(first + row)))),
            ("account_key", _) => Arc::new(UInt64Array::from_iter_values(accounts.iter().map(|a| mix(*a)))),
            ("network_key" | "address_key" | "credential_key", _) => {
                let values = accounts.iter().map(|account| mix(account ^ salt ^ (noise.below(4) << 40)));
                Arc::new(values.map(Some).collect::<UInt64Array>())
            }
            ("system_key" | "system_prefix", _) => {
                Arc::new(templates.iter().map(|template| template.map(|t| mix(t ^ salt))).collect::<UInt64Array>())
            }
            ("content_key" | "conversation_key" | "prompt_key" | "item_0" | "item_1" | "item_2" | "item_3", _) => {
                Arc::new(UInt64Array::from_iter_values((0..rows).map(|_| noise.next())))
            }
            (_, DataType::UInt64) => Arc::new(UInt64Array::from_iter_values(
                templates.iter().map(|template| template.map_or_else(|| noise.next(), |t| mix(t ^ salt))),
            )),
            ("exchange_id", _) => Arc::new(StringArray::from_iter_values(
                (0..rows as u64).map(|row| format!("req_{:016x}", mix(first + row))),
            )),
            ("account_id", _) => {
                Arc::new(StringArray::from_iter_values(accounts.iter().map(|account| format!("acct_{account:08}"))))
            }
            ("system_text" | "prompt_text", _) => Arc::new(StringArray::new_null(rows)),
            (_, DataType::Utf8) => {
                let value = || format!("{}-{}", field.name(), noise.heavy_tailed(12));
                Arc::new(StringArray::from_iter_values(std::iter::repeat_with(value).take(rows)))
            }
            (_, DataType::UInt32) => {
                Arc::new(UInt32Array::from_iter_values((0..rows).map(|_| noise.heavy_tailed(8_000) as u32)))
            }
            ("status", _) => {
                let status = |_| if noise.below(50) == 0 { 429 } else { 200 };
                Arc::new(UInt16Array::from_iter_values((0..rows).map(status)))
            }
            (_, DataType::UInt16) => {
                Arc::new(UInt16Array::from_iter_values((0..rows).map(|_| noise.heavy_tailed(40) as u16)))
            }
            (_, DataType::Float32) => Arc::new(Float32Array::from_iter_values((0..rows).map(|_| 0.7))),
            (_, DataType::Boolean) => Arc::new(BooleanArray::from(vec![Some(false); rows])),
            (name, kind) => panic!("no values for column {name} of {kind}"),
        }
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).expect("columns as in the schema")
}

/// Peak resident memory since the last call, in MiB; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0);
    let _ = fs::write("/proc/self/clear_refs", "5");
    peak / 1024
}

async fn fill(lake: &Lake, rows: u64) -> Result<()> {
    let mut noise = Noise(7);
    let mut writer = lake.writer(&lake.snapshot().await?, WriterLimits::default());
    let mut written = 0;
    let mut spent = 0.0;
    peak_mib();
    while written < rows {
        let size = (rows - written).min(BATCH as u64);
        let batch = batch(&mut noise, written, rows, usize::try_from(size)?);
        let began = Instant::now();
        writer.write(batch).await?;
        spent += began.elapsed().as_secs_f64();
        written += size;
    }
    let began = Instant::now();
    let snapshot = writer.finish(None).await?;
    spent += began.elapsed().as_secs_f64();
    println!(
        "write    {rows:>9} rows {spent:>7.2} s {:>10.0} rows/s {:>6.2} us/row {:>6} MiB peak {:>6} MiB on disk {} files",
        rows as f64 / spent,
        spent * 1e6 / rows as f64,
        peak_mib(),
        snapshot.bytes(Table::Exchanges) >> 20,
        snapshot.files(Table::Exchanges).count(),
    );
    Ok(())
}

async fn repeat(lake: &Lake, rows: u64) -> Result<()> {
    let mut noise = Noise(7);
    let mut seen = lake.seen(&lake.snapshot().await?, DEFAULT_ID_LIMIT);
    peak_mib();
    let began = Instant::now();
    seen.judge(&batch(&mut noise, 0, rows, BATCH)).await?;
    println!("seen     {rows:>9} rows {:>7.2} s {:>6} MiB peak", began.elapsed().as_secs_f64(), peak_mib());
    Ok(())
}

async fn ask<T: Columns>(lake: &Lake, rows: u64, label: &str, query: &Query<T>, spill: &Path) -> Result<()> {
    let mib = std::env::var("LAKE_BENCH_MIB").map_or(Ok(2048), |text| text.parse::<usize>())?;
    let limits = SessionLimits {
        memory_bytes: mib << 20,
        spill_folder: spill.to_path_buf(),
        spill_bytes: 64 << 30,
        threads: NonZeroUsize::new(2).expect("two"),
    };
    let session = lake.session(&lake.snapshot().await?, &limits)?;
    peak_mib();
    let began = Instant::now();
    let answer = query.collect(&session, 100_000_000).await?;
    println!(
        "{label:<22} {rows:>9} rows {:>7.2} s {:>6} MiB peak {:>9} rows of answer",
        began.elapsed().as_secs_f64(),
        peak_mib(),
        answer.rows(),
    );
    Ok(())
}

async fn measure(folder: PathBuf, rows: u64) -> Result<()> {
    let spill = folder.join("spill");
    let lake = Lake::create_or_open(Place::folder(&folder.join("lake"))?).await?;
    if lake.snapshot().await?.rows(Table::Exchanges) != rows {
        fill(&lake, rows).await?;
    }
    if std::env::var("LAKE_BENCH_ONLY").is_err() {
        repeat(&lake, rows).await?;
        ask(&lake, rows, "totals", &queries::totals(), &spill).await?;
        ask(&lake, rows, "profiles", &queries::profiles(), &spill).await?;
        ask(&lake, rows, "hours", &queries::hours(), &spill).await?;
        ask(&lake, rows, "network uses", &queries::attribute_uses(Attribute::Network), &spill).await?;
        ask(&lake, rows, "user agent uses", &queries::user_agent_uses(), &spill).await?;
    }
    for name in ["system_key", "prefix_8", "band_0", "item_0"] {
        let column: SketchColumn = name.parse()?;
        ask(&lake, rows, &format!("template {name}"), &queries::template_uses(column, 3, 3), &spill).await?;
    }
    if std::env::var("LAKE_BENCH_ONLY").is_err() {
        ask(&lake, rows, "distinct prompt_key", &queries::distinct("prompt_key".parse()?), &spill).await?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let mut sizes = Vec::new();
    let mut keep = None;
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--keep" => keep = words.next().map(PathBuf::from),
            rows => sizes.push(rows.parse()?),
        }
    }
    if sizes.is_empty() {
        sizes = vec![1_000_000, 4_000_000, 16_000_000];
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for rows in sizes {
        let temporary = tempfile::tempdir()?;
        let folder = keep.as_ref().map_or_else(|| temporary.path().to_owned(), |keep| keep.join(rows.to_string()));
        runtime.block_on(measure(folder, rows))?;
    }
    Ok(())
}
