//! Reading some columns of one data file, without SQL.

use std::{ops::Range, sync::Arc};

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::{FutureExt, Stream, TryFutureExt, TryStreamExt, future::BoxFuture};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use parquet::{
    arrow::{
        ParquetRecordBatchStreamBuilder, ProjectionMask, arrow_reader::ArrowReaderOptions,
        async_reader::AsyncFileReader,
    },
    errors::{ParquetError, Result},
    file::metadata::{ParquetMetaData, ParquetMetaDataReader},
};

use crate::{DataFile, LakeError, Place};

/// Rows of a batch.
const BATCH: usize = 32 << 10;

/// The file's rows with these columns (all when none is named), in the file's order of columns.
pub(crate) async fn batches(
    place: &Place,
    file: &DataFile,
    columns: &[&str],
) -> std::result::Result<impl Stream<Item = std::result::Result<RecordBatch, LakeError>> + use<>, LakeError> {
    let path = file.path.clone();
    let failed = move |source| LakeError::ReadParquet { path: path.clone(), source };
    let stored = Stored { store: Arc::clone(place.objects()), path: place.at(&file.path), bytes: file.bytes };
    let builder = ParquetRecordBatchStreamBuilder::new(stored).await.map_err(&failed)?;
    let mask = match columns {
        [] => ProjectionMask::all(),
        some => ProjectionMask::columns(builder.parquet_schema(), some.iter().copied()),
    };
    let stream = builder.with_projection(mask).with_batch_size(BATCH).build().map_err(&failed)?;
    Ok(stream.map_err(failed))
}

/// A file in the store, whose size the log tells.
struct Stored {
    store: Arc<dyn ObjectStore>,
    path: Path,
    bytes: u64,
}

fn outside(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for Stored {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        self.store.get_range(&self.path, range).map_err(outside).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move { self.store.get_ranges(&self.path, &ranges).await.map_err(outside) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let bytes = self.bytes;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            reader.load_and_finish(self, bytes).await.map(Arc::new)
        }
        .boxed()
    }
}
