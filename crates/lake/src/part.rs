//! One Parquet file while it is written.

use std::sync::Arc;

use arrow::{
    array::{Array, RecordBatch, TimestampMicrosecondArray},
    compute::{max, min},
    datatypes::{DataType, SchemaRef},
};
use object_store::buffered::BufWriter;
use parquet::{
    arrow::AsyncArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties},
    schema::types::ColumnPath,
};

use crate::{DataFile, Day, LakeError, Place, Table, layout, schema};

/// Bytes collected before they go to the store as one part of an upload.
const UPLOAD_PART: usize = 8 << 20;

/// Columns by which queries leave out row groups; elsewhere statistics would only cost.
const WITH_STATISTICS: [&str; 2] = ["time", "account_key"];

/// Most values differ, so a dictionary would be built and thrown away.
const DISTINCT: [&str; 2] = ["exchange_id", "prompt_text"];

pub(crate) struct Part {
    file: DataFile,
    writer: AsyncArrowWriter<BufWriter>,
}

impl Part {
    pub(crate) fn begin(place: &Place, table: Table, day: Option<Day>) -> Result<Self, LakeError> {
        let schema = schema::of(table);
        let path = layout::part(table, day);
        let upload = BufWriter::with_capacity(Arc::clone(place.objects()), place.at(&path), UPLOAD_PART);
        let upload = upload.with_max_concurrency(2);
        let writer = AsyncArrowWriter::try_new(upload, Arc::clone(&schema), Some(properties(&schema)))
            .map_err(|e| LakeError::write(&path, e))?;
        let version = schema::version(table);
        let file = DataFile { table, path, day, rows: 0, bytes: 0, min_time: None, max_time: None, schema: version };
        Ok(Self { file, writer })
    }

    /// Adds the batches as one row group.
    pub(crate) async fn write_group(&mut self, batches: &[RecordBatch]) -> Result<(), LakeError> {
        let failed = |e| LakeError::write(&self.file.path, e);
        for batch in batches {
            self.writer.write(batch).await.map_err(failed)?;
            self.file.rows += batch.num_rows() as u64;
            if let Some((first, last)) = span(batch) {
                self.file.min_time = Some(self.file.min_time.map_or(first, |time| time.min(first)));
                self.file.max_time = Some(self.file.max_time.map_or(last, |time| time.max(last)));
            }
        }
        self.writer.flush().await.map_err(failed)?;
        self.file.bytes = self.writer.bytes_written() as u64;
        Ok(())
    }

    pub(crate) fn rows(&self) -> u64 {
        self.file.rows
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.file.bytes
    }

    /// Completes the file, which is durable then but not yet in the lake.
    pub(crate) async fn finish(mut self) -> Result<DataFile, LakeError> {
        self.writer.finish().await.map_err(|e| LakeError::write(&self.file.path, e))?;
        self.file.bytes = self.writer.bytes_written() as u64;
        Ok(self.file)
    }

    /// Gives up; what cannot be removed now is left to vacuum.
    pub(crate) async fn abort(self) {
        let mut upload = self.writer.into_inner();
        let _ = upload.abort().await;
    }
}

/// First and last time of a batch, where the table has times.
fn span(batch: &RecordBatch) -> Option<(i64, i64)> {
    let times = batch.column_by_name("time")?.as_any().downcast_ref::<TimestampMicrosecondArray>()?;
    Some((min(times)?, max(times)?))
}

/// Hash columns are noise: compressing them or looking for repeats costs more than it saves.
fn properties(schema: &SchemaRef) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("zstd has a level 1")))
        .set_max_row_group_row_count(None)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for field in schema.fields() {
        let column = ColumnPath::from(field.name().as_str());
        if WITH_STATISTICS.contains(&field.name().as_str()) {
            properties = properties.set_column_statistics_enabled(column.clone(), EnabledStatistics::Chunk);
        }
        properties = match field.data_type() {
            DataType::UInt64 => properties.set_column_compression(column, Compression::UNCOMPRESSED),
            DataType::Utf8 => {
                properties.set_column_dictionary_enabled(column, !DISTINCT.contains(&field.name().as_str()))
            }
            _ => properties,
        };
    }
    properties.build()
}
