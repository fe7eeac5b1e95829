//! Small exchanges and accounts for the tests.

use std::{num::NonZeroUsize, path::Path, sync::Arc};

use arrow::{
    array::{
        ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt16Array, UInt32Array, UInt64Array,
        new_null_array,
    },
    datatypes::DataType,
};
use datafusion::prelude::SessionContext;
use exchanges::schema;
use lake::{Lake, Place, SessionLimits, Snapshot, WriterLimits};

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 2026-08-01T00:00:00Z.
pub(crate) const START: i64 = 1_785_542_400_000_000;

/// The columns that tests look at; the others are null or zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) content: u64,
    pub(crate) time: i64,
    pub(crate) account: u64,
    pub(crate) template: Option<u64>,
    pub(crate) network: Option<u64>,
    pub(crate) status: u16,
}

/// Row `id` of account `account`, `id` hours after the start.
pub(crate) fn row(id: u64, account: u64) -> Row {
    let time = START + i64::try_from(id).expect("small") * HOUR;
    Row { id, content: id, time, account, template: None, network: None, status: 200 }
}

pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let numbers =
        |of: &dyn Fn(&Row) -> Option<u64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<UInt64Array>()) };
    let texts = |of: &dyn Fn(&Row) -> String| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<StringArray>())
    };
    let schema = schema::exchanges();
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "time" => {
            let times = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.time));
            Arc::new(times.with_timezone("UTC")) as ArrayRef
        }
        "id_key" => numbers(&|row| Some(row.id)),
        "content_key" => numbers(&|row| Some(row.content)),
        "account_key" => numbers(&|row| Some(row.account)),
        "network_key" => numbers(&|row| row.network),
        "prefix_8" | "system_key" => numbers(&|row| row.template),
        "status" => Arc::new(rows.iter().map(|row| Some(row.status)).collect::<UInt16Array>()),
        "exchange_id" => texts(&|row| format!("req_{}", row.id)),
        "account_id" => texts(&|row| format!("acct_{}", row.account)),
        "user_agent" => texts(&|row| format!("agent/{}", row.account % 3)),
        _ => filler(field.data_type(), field.is_nullable(), rows.len()),
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).expect("columns as in the schema")
}

fn filler(kind: &DataType, nullable: bool, rows: usize) -> ArrayRef {
    match kind {
        kind if nullable => new_null_array(kind, rows),
        DataType::Utf8 => Arc::new(StringArray::from(vec!["x"; rows])),
        DataType::UInt16 => Arc::new(UInt16Array::from(vec![0; rows])),
        DataType::UInt32 => Arc::new(UInt32Array::from(vec![0; rows])),
        DataType::UInt64 => Arc::new(UInt64Array::from(vec![0; rows])),
        kind => panic!("no filler for {kind}"),
    }
}

pub(crate) fn place(folder: &Path) -> Place {
    Place::folder(&folder.join("lake")).expect("a temporary folder")
}

pub(crate) async fn lake(folder: &Path) -> Lake {
    Lake::create_or_open(place(folder)).await.expect("an empty folder")
}

/// Writes rows in one commit.
pub(crate) async fn import(lake: &Lake, rows: &[Row]) -> Snapshot {
    let base = lake.snapshot().await.expect("a sound lake");
    let mut writer = lake.writer(&base, WriterLimits::default());
    writer.write(batch(rows)).await.expect("a sound disk");
    writer.finish(None).await.expect("a sound disk")
}

pub(crate) fn limits(folder: &Path, memory_bytes: usize) -> SessionLimits {
    SessionLimits {
        memory_bytes,
        spill_folder: folder.join("spill"),
        spill_bytes: 1 << 30,
        threads: NonZeroUsize::new(2).expect("two"),
    }
}

pub(crate) async fn session(lake: &Lake, folder: &Path) -> SessionContext {
    let snapshot = lake.snapshot().await.expect("a sound lake");
    lake.session(&snapshot, &limits(folder, 256 << 20)).expect("a session")
}

/// The one number that the query gives.
pub(crate) async fn count(session: &SessionContext, sql: &str) -> i64 {
    let batches = session.sql(sql).await.expect("sound sql").collect().await.expect("a sound lake");
    let column = batches[0].column(0);
    column.as_any().downcast_ref::<arrow::array::Int64Array>().expect("a count").value(0)
}
