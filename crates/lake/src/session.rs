//! SQL over one version of the lake, within stated memory, threads and disk.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

use datafusion::{
    catalog::TableProvider,
    config::TableParquetOptions,
    datasource::{
        file_format::parquet::ParquetFormat,
        listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl},
    },
    error::DataFusionError,
    execution::{
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::{FairSpillPool, TrackConsumersPool},
        runtime_env::RuntimeEnvBuilder,
    },
    prelude::{SessionConfig, SessionContext},
};

use crate::{Lake, LakeError, Snapshot, Table, schema};

/// What the queries of a session may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLimits {
    /// Memory of sorts, groups and joins; reading files takes some tens of MiB besides.
    pub memory_bytes: usize,
    /// Folder of temporary files, for what does not fit the memory.
    pub spill_folder: PathBuf,
    pub spill_bytes: u64,
    /// Parts of a query that run at once.
    pub threads: NonZeroUsize,
}

impl Lake {
    /// A session in which `exchanges`, `accounts` and `exemplars` are exactly the files of `snapshot`.
    pub fn session(&self, snapshot: &Snapshot, limits: &SessionLimits) -> Result<SessionContext, LakeError> {
        let failed = |e| LakeError::query("open", e);
        std::fs::create_dir_all(&limits.spill_folder)
            .map_err(|source| LakeError::Spill { path: limits.spill_folder.display().to_string(), source })?;
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![limits.spill_folder.clone()]))
            .with_max_temp_directory_size(limits.spill_bytes);
        let named = NonZeroUsize::new(5).expect("five is not zero");
        // Fair shares spill earlier than a greedy pool, but a merge of spilled groups always finds its memory.
        let pool = TrackConsumersPool::new(FairSpillPool::new(limits.memory_bytes), named);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(failed)?;
        let context = SessionContext::new_with_config_rt(config(limits.threads), runtime);
        if self.place().disk().is_none() {
            context.register_object_store(self.place().url(), Arc::clone(self.place().objects()));
        }
        for table in Table::ALL {
            let listing = self.listing(snapshot, table, &context).map_err(failed)?;
            context.register_table(table.name(), listing).map_err(failed)?;
        }
        Ok(context)
    }

    /// A plain list of Parquet files: the one kind of table that every executor of a cluster can read.
    fn listing(
        &self,
        snapshot: &Snapshot,
        table: Table,
        context: &SessionContext,
    ) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let address = |path: &str| ListingTableUrl::try_new(self.place().file_url(path), None);
        let mut files: Vec<_> = snapshot.files(table).map(|file| address(&file.path)).collect::<Result<_, _>>()?;
        if files.is_empty() {
            // A folder that nobody writes stands for no files.
            files.push(ListingTableUrl::parse(format!("{}/", self.place().file_url("nothing")))?);
        }
        let global = context.copied_config().options().execution.parquet.clone();
        let format = ParquetFormat::new().with_options(TableParquetOptions { global, ..Default::default() });
        let config = ListingTableConfig::new_with_multi_paths(files)
            .with_listing_options(ListingOptions::new(Arc::new(format)))
            .with_schema(schema::of(table));
        Ok(Arc::new(ListingTable::try_new(config)?))
    }
}

fn config(threads: NonZeroUsize) -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(threads.get()).with_information_schema(false);
    let options = config.options_mut();
    // The schema is given; views of strings would only be cast back.
    options.execution.parquet.schema_force_view_types = false;
    // The smaller side of each join of ours is small; shuffling the exchanges to it would cost more.
    options.optimizer.repartition_joins = false;
    config
}
