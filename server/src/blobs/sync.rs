//! Files that are on disk, with the folders that name them, when a call returns. What is not async blocks.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use confab_shared::id::Timestamp;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::stream::{BlobError, READ_BYTES};
use crate::domain::attachment::BlobHash;

/// Tells names of files apart that are written at once.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A name beside another, which no list of blobs shows.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let (process, number) = (std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    path.with_extension(format!("{process}-{number}.part"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("/"))
}

/// Makes the folder of a file, and sees to it that it stays.
fn make_folder(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(folder_of(folder)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the folder of a file.
pub(super) async fn prepare(path: &Path) -> Result<(), BlobError> {
    let path = path.to_owned();
    Ok(spawn_blocking(move || make_folder(&path)).await??)
}

/// Writes the names of a folder to disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Gives a file, which is on disk, its name, in place of any that has it.
pub(super) fn give_name(temporary: &Path, path: &Path) -> io::Result<()> {
    fs::rename(temporary, path)?;
    sync_folder(folder_of(path))
}

/// Writes a file whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    make_folder(path)?;
    let temporary = temporary(path);
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let named = written.and_then(|()| give_name(&temporary, path));
    if named.is_err() {
        // The first error says more.
        let _ = fs::remove_file(&temporary);
    }
    named
}

/// Gives a file, which is on disk, a second name, in place of any that has it; a copy of it where the file system has no second
/// names.
pub(super) fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    make_folder(to)?;
    let temporary = temporary(to);
    let there = fs::hard_link(from, &temporary).or_else(|error| {
        if error.kind() == ErrorKind::NotFound {
            return Err(error);
        }
        fs::copy(from, &temporary)?;
        File::open(&temporary)?.sync_all()
    });
    let named = there.and_then(|()| give_name(&temporary, to));
    // A rename between two names of one file does nothing and leaves both.
    let _ = fs::remove_file(&temporary);
    named
}

/// Removes a file; one that is not there is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(folder_of(path)),
        // An earlier removal may not be on disk.
        Err(error) if error.kind() == ErrorKind::NotFound => match sync_folder(folder_of(path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        Err(error) => Err(error),
    }
}

/// Removes what interrupted writes left under temporary names before a time. `blobs` has a folder for each prefix of names.
pub(super) fn remove_temporaries(blobs: &Path, before: Timestamp) -> io::Result<()> {
    for folder in fs::read_dir(blobs)? {
        for file in fs::read_dir(folder?.path())? {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "part") {
                continue;
            }
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            // Not when it was written: a second name is of a file that may be older.
            let named_at =
                metadata.ctime().saturating_mul(1_000).saturating_add(metadata.ctime_nsec() / 1_000_000);
            if u64::try_from(named_at).is_ok_and(|named_at| named_at < before.0) {
                remove(&path)?;
            }
        }
    }
    Ok(())
}

/// The name of the blob of a file.
pub(super) fn hash_file(path: &Path) -> io::Result<BlobHash> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(BlobHash(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
    }
}
