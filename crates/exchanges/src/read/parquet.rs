//! Log v1 in Parquet, batch by batch.
//!
//! Columns are found by name and others are not read. The types are checked once, before the first row. A row is read
//! through the same field-by-field reader as JSON, so that both refuse the same things in the same words.

mod columns;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema, SchemaRef};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
        },
    },
    errors::ParquetError,
    file::reader::ChunkReader,
};

use self::columns::{Column, cell};
use super::{
    Limits, Log, Parsed, StreamError,
    json::{Fault, Object},
    rows::too_long,
    v1,
};
use crate::{Account, Exchange, Reject};

/// A Parquet file being read.
pub(super) struct Table {
    batches: ParquetRecordBatchReader,
    limits: Limits,
    row: u64,
    rows: u64,
    bytes: u64,
}

/// Some rows of a Parquet file.
#[derive(Debug)]
pub(super) struct Batch {
    batch: RecordBatch,
    /// Number of the first row, from 1.
    first: u64,
    limits: Limits,
}

/// A batch has at most so many rows, however small they are.
const MOST_ROWS: u64 = 8192;

impl Table {
    pub(super) fn open<R: ChunkReader + 'static>(input: R, log: Log, limits: Limits) -> Result<Self, StreamError> {
        let bytes = input.len();
        let columns = columns::of(log);
        guarded(|| {
            let found = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new()).map_err(StreamError::parquet)?;
            let schema = viewed(found.schema());
            for column in columns {
                column.check(&schema, log)?;
            }
            let metadata = Arc::clone(found.metadata());
            let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
            if rows == 0 {
                return Err(StreamError::Blank);
            }
            let size: u64 = metadata.row_groups().iter().map(|g| u64::try_from(g.total_byte_size()).unwrap_or(0)).sum();
            let mask = mask(&schema, columns, found.parquet_schema());
            let options = ArrowReaderOptions::new().with_schema(schema);
            let found = ArrowReaderMetadata::try_new(metadata, options).map_err(StreamError::parquet)?;
            let at_once = (limits.block_bytes as u64 / (size / rows).max(1)).clamp(1, MOST_ROWS);
            let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(input, found)
                .with_projection(mask)
                .with_batch_size(usize::try_from(at_once).expect("bounded by MOST_ROWS"))
                .build()
                .map_err(StreamError::parquet)?;
            Ok(Self { batches, limits, row: 1, rows, bytes })
        })
    }

    pub(super) fn next(&mut self) -> Option<Result<Batch, StreamError>> {
        let read = guarded(|| self.batches.next().transpose().map_err(|e| StreamError::parquet(e.into())));
        let batch = match read.transpose()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let first = self.row;
        self.row += batch.num_rows() as u64;
        Some(Ok(Batch { batch, first, limits: self.limits }))
    }

    /// The part of the file that the rows so far make up.
    pub(super) fn consumed(&self) -> u64 {
        let share = (self.row - 1) as f64 / self.rows.max(1) as f64;
        (self.bytes as f64 * share.min(1.0)) as u64
    }
}

impl Batch {
    pub(super) fn exchanges(&self) -> Parsed<Exchange> {
        self.parse(Log::Exchanges, v1::exchange_of)
    }

    pub(super) fn accounts(&self) -> Parsed<Account> {
        self.parse(Log::Accounts, v1::account_of)
    }

    fn parse<T>(&self, log: Log, row: fn(Object<'_>) -> Result<T, Fault>) -> Parsed<T> {
        let columns: Vec<_> =
            columns::of(log).iter().filter_map(|c| Some((c, self.batch.column_by_name(c.name)?.as_ref()))).collect();
        let mut parsed = Parsed::with_room(self.batch.num_rows());
        for at in 0..self.batch.num_rows() {
            let number = self.first + at as u64;
            let length: usize = columns.iter().map(|(_, array)| columns::text_bytes(*array, at)).sum();
            if length > self.limits.row_bytes {
                let longest = columns.iter().filter_map(|(_, array)| columns::text(*array, at)).max_by_key(|t| t.len());
                let longest = longest.unwrap_or_default().as_bytes();
                let kept = &longest[..longest.len().min(self.limits.kept_bytes)];
                parsed.rejects.push(too_long(number, length as u64, self.limits.row_bytes, kept));
                continue;
            }
            let map = columns.iter().map(|(c, array)| (c.name.to_owned(), cell(*array, at))).collect();
            match row(Object::from_map(&map)) {
                Ok(found) => parsed.keep(found, number),
                Err(Fault { reason, detail }) => {
                    let original = serde_json::to_vec(&map).expect("plain values always serialise");
                    parsed.rejects.push(Reject { line: number, reason, detail, original });
                }
            }
        }
        parsed
    }
}

/// Text as views, so that a long text of a dictionary is not copied for every row.
fn viewed(schema: &SchemaRef) -> SchemaRef {
    let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8);
    let fields = schema.fields().iter().map(|field| {
        let text = match field.data_type() {
            DataType::Dictionary(_, values) => is_text(values),
            kind => is_text(kind),
        };
        if text { Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)) } else { Arc::clone(field) }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn mask(schema: &SchemaRef, columns: &[Column], parquet: &parquet::schema::types::SchemaDescriptor) -> ProjectionMask {
    let wanted = schema.fields().iter().enumerate().filter(|(_, f)| columns.iter().any(|c| c.name == f.name()));
    ProjectionMask::roots(parquet, wanted.map(|(at, _)| at))
}

/// A damaged file can make the Parquet reader panic; for us it is one more way of being damaged.
fn guarded<T>(read: impl FnOnce() -> Result<T, StreamError>) -> Result<T, StreamError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(StreamError::parquet(ParquetError::General("the Parquet reader gave up on a damaged page".to_owned())))
    })
}
