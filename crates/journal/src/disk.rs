//! Where bytes meet the disk.

use std::{
    fs::File,
    io::{self, Write},
};

/// Writes and makes durable. A test puts a disk in its place that fails.
pub trait Disk: Send + Sync + 'static {
    /// Gives all bytes to the operating system.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Returns once everything that was written to the file is on the disk.
    fn sync(&self, file: &File) -> io::Result<()>;
}

/// The disk of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}
