//! The file `setup-link` in the data folder: the link by which the first owner comes in, until one has.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The file's name.
pub const FILE_NAME: &str = "setup-link";

/// The file.
#[derive(Clone, Debug)]
pub struct SetupLinkFile(PathBuf);

impl SetupLinkFile {
    /// The file in a data folder.
    pub fn new(folder: &Path) -> Self {
        Self(folder.join(FILE_NAME))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a link, readable by nobody else.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, link: &str) -> io::Result<()> {
        self.remove()?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0)?;
        writeln!(file, "{link}")?;
        file.sync_all()
    }

    /// Removes the file; one that is not there is fine.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
