//! The data folder, which only the user that the server runs as may read.

use std::{
    fs::{self, DirBuilder, File, Metadata, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::setup_link;

/// The lock of the process that uses the folder.
const LOCK_FILE: &str = "confab.lock";

/// The database.
pub const DATABASE_FILE: &str = "confab.db";

/// The search index, which is built again where it is missing.
pub const INDEX_FILE: &str = "search.db";

/// The permissions of users other than the owner.
const GROUP_AND_OTHERS: u32 = 0o077;

/// The permission of all users to write.
const WORLD_WRITABLE: u32 = 0o002;

/// Whether a folder has a database.
pub fn has_database(folder: &Path) -> bool {
    folder.join(DATABASE_FILE).exists()
}

/// Creates the folder where it is missing, and removes other users' permissions: from Confab's files always, from the
/// folder where it contains nothing else.
///
/// # Errors
/// Where the folder cannot be created or made private, and where it belongs to another user.
pub fn prepare(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("failed to create the data folder {shown}"))?;
    let metadata = fs::metadata(folder)
        .with_context(|| format!("failed to read the metadata of the data folder {shown}"))?;
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        bail!(
            "the data folder {shown} belongs to another user (uid {owner}, and Confab runs as uid {user}): run Confab \
             as its owner, or give the folder to this user (chown)"
        );
    }
    let (ours, others) =
        entries(folder).with_context(|| format!("failed to read the data folder {shown}"))?;
    match others {
        None => make_private(folder, &metadata)?,
        Some(other) if metadata.mode() & WORLD_WRITABLE != 0 => bail!(
            "everybody may write to the data folder {shown}, and there is more in it ({}): give Confab a folder of its \
             own",
            other.display()
        ),
        Some(other) if metadata.mode() & GROUP_AND_OTHERS != 0 => tracing::warn!(
            folder = %shown,
            other = %other.display(),
            "the data folder has more in it than Confab's files, so its permissions are left as they are: others may \
             see the names of the files in it"
        ),
        Some(_) => {}
    }
    for file in ours {
        match fs::metadata(&file) {
            Ok(metadata) => make_private(&file, &metadata)?,
            // SQLite removed the file meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("failed to read the metadata of {}", file.display()));
            }
        }
    }
    Ok(())
}

/// Locks the folder for this process, until the file is dropped or the process ends in any way.
///
/// # Errors
/// Where another Confab uses the folder, and where the lock's file cannot be opened.
pub fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK_FILE);
    let lock = File::create(&path).with_context(|| format!("failed to open {}", path.display()))?;
    lock.try_lock().with_context(|| format!("another Confab uses {}", folder.display()))?;
    Ok(lock)
}

/// Checks that the folder holds nothing.
///
/// # Errors
/// Where it does, and where it cannot be read.
pub fn check_empty(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    for entry in fs::read_dir(folder).with_context(|| format!("failed to read {shown}"))? {
        let name = entry.with_context(|| format!("failed to read {shown}"))?.file_name();
        // `lost+found` is in the root of an ext file system.
        if name != LOCK_FILE && name != "lost+found" {
            bail!("the data folder {shown} is not empty: {} is in it", name.display());
        }
    }
    Ok(())
}

/// Confab's entries of the folder, and one that is not Confab's, where there is one.
fn entries(folder: &Path) -> io::Result<(Vec<PathBuf>, Option<PathBuf>)> {
    let (mut ours, mut other) = (Vec::new(), None);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // The folder of files has private ones in it.
        let is_ours = name.starts_with("confab.")
            || name.starts_with(INDEX_FILE)
            || name == setup_link::FILE_NAME
            || name == "blobs";
        if is_ours {
            ours.push(entry.path());
        } else if name != "lost+found" {
            // `lost+found` is in the root of an ext file system.
            other = Some(entry.path());
        }
    }
    Ok((ours, other))
}

/// Removes the permissions of other users.
fn make_private(path: &Path, metadata: &Metadata) -> anyhow::Result<()> {
    let mode = metadata.mode() & 0o7777;
    if mode & GROUP_AND_OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !GROUP_AND_OTHERS))
        .with_context(|| format!("failed to remove other users' permissions from {}", path.display()))
}
