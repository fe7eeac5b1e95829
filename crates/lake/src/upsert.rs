//! Tables of one row per thing: accounts and exemplars. The latest import wins.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{Array, RecordBatch, StringArray, UInt64Array},
    compute::{concat_batches, interleave_record_batch},
    datatypes::SchemaRef,
    row::{OwnedRow, RowConverter, SortField},
};
use futures::TryStreamExt;

use crate::{
    Lake, LakeError, Snapshot, Table,
    commit::{self, Change},
    log::Operation,
    part::Part,
    read, schema,
};

/// The masked text of a template that enough accounts have used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemplarRow {
    /// The sketch column that holds the template.
    pub template_column: String,
    pub template_key: u64,
    pub masked_text: String,
}

impl Lake {
    /// Adds accounts, or replaces those with the same `account_id`; of repeats in `rows` the last stays.
    ///
    /// `rows` are as `exchanges::schema::AccountBuilder` makes them.
    pub async fn put_accounts(&self, rows: RecordBatch) -> Result<Snapshot, LakeError> {
        schema::check(Table::Accounts, rows.schema_ref())?;
        self.upsert(Table::Accounts, Operation::Accounts, rows).await
    }

    /// Adds exemplars, or replaces those of the same template.
    pub async fn put_exemplars(&self, rows: &[ExemplarRow]) -> Result<Snapshot, LakeError> {
        self.upsert(Table::Exemplars, Operation::Exemplars, exemplars(rows)?).await
    }

    /// The table is small, so it is written anew: readers always find one row per thing in one file.
    async fn upsert(&self, table: Table, operation: Operation, rows: RecordBatch) -> Result<Snapshot, LakeError> {
        let base = self.snapshot().await?;
        if rows.num_rows() == 0 {
            return Ok(base);
        }
        let mut batches = Vec::new();
        for file in base.files(table) {
            let read = read::batches(self.place(), file, &[]).await?;
            batches.extend(read.try_collect::<Vec<_>>().await?);
        }
        batches.push(rows);
        let merged = latest(table, &batches)?;
        let mut part = Part::begin(self.place(), table, None)?;
        if let Err(error) = part.write_group(&[merged]).await {
            part.abort().await;
            return Err(error);
        }
        let mut change = Change::new(operation);
        change.added.push(part.finish().await?);
        change.removed = base.files(table).map(|file| file.path.clone()).collect();
        change.rewrites = Some(table);
        commit::commit(self.place(), &base, change).await
    }
}

/// One row per identity, the last one, in the order in which identities appeared first.
fn latest(table: Table, batches: &[RecordBatch]) -> Result<RecordBatch, LakeError> {
    let failed = |source| LakeError::Arrow { source };
    let schema = schema::of(table);
    let all: Vec<RecordBatch> = batches.iter().map(|batch| conform(&schema, batch)).collect::<Result<_, _>>()?;
    let keys: Vec<usize> =
        schema::identity(table).iter().map(|name| schema.index_of(name)).collect::<Result<_, _>>().map_err(failed)?;
    let fields = keys.iter().map(|key| SortField::new(schema.field(*key).data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(failed)?;
    let mut places: HashMap<OwnedRow, usize> = HashMap::new();
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (number, batch) in all.iter().enumerate() {
        let columns: Vec<_> = keys.iter().map(|key| Arc::clone(batch.column(*key))).collect();
        let rows = converter.convert_columns(&columns).map_err(failed)?;
        for (row, identity) in rows.iter().enumerate() {
            let place = *places.entry(identity.owned()).or_insert(chosen.len());
            match chosen.get_mut(place) {
                Some(earlier) => *earlier = (number, row),
                None => chosen.push((number, row)),
            }
        }
    }
    let whole: Vec<&RecordBatch> = all.iter().collect();
    interleave_record_batch(&whole, &chosen).map_err(failed)
}

/// Gives a batch of an older version the columns of today.
fn conform(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let failed = |source| LakeError::Arrow { source };
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(column) => Arc::clone(column),
        None => arrow::array::new_null_array(field.data_type(), batch.num_rows()),
    });
    let conformed = RecordBatch::try_new(Arc::clone(schema), columns.collect()).map_err(failed)?;
    concat_batches(schema, [&conformed]).map_err(failed)
}

fn exemplars(rows: &[ExemplarRow]) -> Result<RecordBatch, LakeError> {
    let columns: Vec<Arc<dyn Array>> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.template_column))),
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.template_key))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.masked_text))),
    ];
    RecordBatch::try_new(schema::of(Table::Exemplars), columns).map_err(|source| LakeError::Arrow { source })
}
