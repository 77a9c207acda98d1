//! What the disk takes to make an append last.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// How much each append adds.
const LENGTH: usize = 4096;

/// A file to which is appended.
pub struct Disk(File);

impl Disk {
    /// A fresh file in a folder.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self(File::create(folder.join("appended"))?))
    }

    /// Appends, and waits until it is on the disk (`fdatasync`).
    pub fn append(&mut self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.0.write_all(&[0x5a; LENGTH])?;
        self.0.sync_data()?;
        Ok(begun.elapsed())
    }
}
