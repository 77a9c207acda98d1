//! Copies a database file, also while a server writes to it: a backup, and a backup's way back. Blobs are no part of the
//! database: a copy of them belongs into a folder beside the copy of the file.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};

use super::{
    check::{self, Summary},
    snapshot::Snapshot,
};

/// How many pages are copied between two reports: 16 MiB.
const PAGES_PER_STEP: i32 = 4_096;

/// What a copy says while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// How many pages are copied, of how many.
    Copied(u64, u64),
    /// What the check of the copy says.
    Check(check::Report),
}

/// Copies what is committed in a file to a new file, and checks the copy. It appears under its name once all of it is on
/// disk and checked; where anything fails, nothing is left of it.
///
/// # Errors
/// Where there is such a file already, where reading or writing fails, and where the copy has faults.
pub fn copy(from: &Path, to: &Path, report: &mut dyn FnMut(Report)) -> anyhow::Result<Summary> {
    if fs::symlink_metadata(to).is_ok() {
        bail!("{} exists already", to.display());
    }
    let part = Part::of(to);
    copy_pages(from, &part.0, report)
        .with_context(|| format!("failed to copy {} to {}", from.display(), part.0.display()))?;
    let summary = check::check(&part.0, &mut |checked| report(Report::Check(checked)))?;
    if summary.faults > 0 {
        bail!("{} has faults ({}): nothing was copied", from.display(), summary.faults);
    }
    File::open(&part.0)
        .and_then(|file| file.sync_all())
        .with_context(|| format!("failed to sync {}", part.0.display()))?;
    rename_to_new(&part.0, to)
        .and_then(|()| File::open(folder_of(to))?.sync_all())
        .with_context(|| format!("failed to name {}", to.display()))?;
    Ok(summary)
}

/// Copies all pages of one snapshot.
fn copy_pages(from: &Path, to: &Path, report: &mut dyn FnMut(Report)) -> anyhow::Result<()> {
    let snapshot = Snapshot::open(from)?;
    File::options().write(true).create_new(true).mode(0o600).open(to)?;
    let mut copy = Connection::open(to)?;
    // The whole file is synced before it gets its name.
    copy.pragma_update(None, "synchronous", "OFF")?;
    let backup = Backup::new(snapshot.connection(), &mut copy)?;
    loop {
        match backup.step(PAGES_PER_STEP)? {
            StepResult::Done => break,
            StepResult::More => {}
            // Its transaction is open, and nobody else knows the copy.
            _ => bail!("the file is locked"),
        }
        let progress = backup.progress();
        let pages = |count: i32| u64::try_from(count).unwrap_or_default();
        report(Report::Copied(
            pages(progress.pagecount.saturating_sub(progress.remaining)),
            pages(progress.pagecount),
        ));
    }
    drop(backup);
    // One file, without a write-ahead log beside it: every program can read it where it may not write.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    copy.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Renames a file, and fails where there is one of the new name: another copy may have got it since the beginning.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // NFS has no such renaming, and has links. The old name is removed with the `Part`.
        Err(Errno::INVAL | Errno::NOSYS) => fs::hard_link(from, to),
        renamed => Ok(renamed?),
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file under its temporary name. Dropped, it is removed, where it was not renamed.
struct Part(PathBuf);

impl Part {
    fn of(file: &Path) -> Self {
        let mut name = file.file_name().map(OsString::from).unwrap_or_default();
        name.push(format!(".{}.part", std::process::id()));
        Self(file.with_file_name(name))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(suffix);
            // Mostly there is none.
            let _ = fs::remove_file(name);
        }
    }
}
