//! Files for the ledger and for exchanges on their way to the lake.
