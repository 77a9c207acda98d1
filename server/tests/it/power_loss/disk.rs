//! A disk that forgets what was not synced: `forget.c` keeps an undo log of what the server does to its files, and
//! this takes back what a power cut would have taken. SIGKILL alone takes nothing: the system still writes what a
//! process left behind.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::undo::{Record, What, read};
use crate::support::{Server, dice::Dice, server::Setup};

/// What a disk may keep or lose as one.
const SECTOR: u64 = 512;

/// What is lost of what was not synced.
pub enum Loss {
    /// Nothing: it was synced.
    Nothing,
    /// All of it.
    All,
    /// Of every sector, every length and every name, some of the changes: a disk writes in what order it likes.
    Some(Dice),
}

impl Loss {
    fn strikes(&mut self) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Some(dice) => dice.below(2) == 0,
        }
    }
}

/// The disk under a server, with what it would forget.
pub struct Disk(TempDir);

impl Disk {
    pub fn new() -> Self {
        let disk = Self(tempfile::tempdir().expect("a folder can be made"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/power_loss/forget.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-U_FORTIFY_SOURCE", "-o"])
            .args([&disk.library(), &source])
            .args(["-ldl", "-lpthread"])
            .status();
        assert!(
            compiled.expect("a C compiler is needed: please install `cc`").success(),
            "the disk that forgets cannot be compiled"
        );
        disk
    }

    fn library(&self) -> PathBuf {
        self.0.path().join("forget.so")
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("undo")
    }

    /// A server whose files lie on this disk.
    pub fn under(&self, setup: Setup) -> Setup {
        let text = |path: &Path| path.to_str().expect("the folder's name is text").to_owned();
        setup.variable("LD_PRELOAD", &text(&self.library())).variable("FORGET_FOLDER", &text(self.0.path()))
    }

    /// What was done to the files of a name since the last power cut, in order; the server may be running.
    pub fn history(&self, name: &str) -> Vec<What> {
        read(&self.log()).into_iter().filter(|record| record.path.ends_with(name)).map(|r| r.what).collect()
    }

    /// The power goes: the server ends, and what was not synced is lost. Says how many changes were at stake.
    pub async fn cut(&self, server: &mut Server, loss: &mut Loss) -> usize {
        server.sigkill().await;
        self.forget(&server.data(), loss)
    }

    fn forget(&self, data: &Path, loss: &mut Loss) -> usize {
        let log = read(&self.log());
        let mut files = inodes(data);
        files.extend(inodes(self.0.path()));
        let kept = kept(&log);
        let mut contents = Contents { files, settled: HashSet::new(), lengths: HashMap::new() };
        let mut nothing = Loss::Nothing;
        // What is before all that is at stake leaves nothing to decide.
        let first = kept.iter().position(|kept| !kept).unwrap_or(log.len());
        for (record, kept) in log.iter().zip(&kept).skip(first).rev() {
            let loss = if *kept { &mut nothing } else { &mut *loss };
            contents.undo(record, loss);
        }
        contents.cut_to_length();
        let unsynced: Vec<_> =
            log.iter().zip(kept).filter_map(|(record, kept)| (!kept).then_some(record)).collect();
        unsynced.iter().rev().for_each(|record| undo_name(record, loss));
        // It lies in memory, and the next start makes it anew.
        let _ = fs::remove_file(data.join("confab.db-shm"));
        for entry in fs::read_dir(self.0.path()).expect("the folder is there").flatten() {
            if entry.path() != self.library() {
                fs::remove_file(entry.path()).expect("it is ours");
            }
        }
        unsynced.len()
    }
}

/// Whether a power cut leaves each record alone: a sync stands behind it, or it tells of no change.
fn kept(log: &[Record]) -> Vec<bool> {
    let mut syncs = HashMap::<u64, Syncs>::new();
    for record in log {
        let syncs = syncs.entry(record.inode).or_default();
        match record.what {
            What::Synced { before } => syncs.kept.push(syncs.failed..before),
            What::SyncFailed { before } => syncs.failed = before.max(syncs.failed),
            _ => {}
        }
    }
    let kept = |record: &Record| match record.what {
        What::Synced { .. } | What::SyncIgnored | What::SyncFailed { .. } => true,
        _ => syncs[&record.inode].kept.iter().any(|kept| kept.contains(&record.at)),
    };
    log.iter().map(kept).collect()
}

/// The syncs of a file or a folder.
#[derive(Default)]
struct Syncs {
    /// Which parts of the log they stand behind.
    kept: Vec<Range<u64>>,
    /// What is before this, and in none of these parts, is kept by no later sync.
    failed: u64,
}

/// The files of a folder and of those in it, by inode: names may change, and these do not.
fn inodes(folder: &Path) -> HashMap<u64, PathBuf> {
    let mut all = HashMap::new();
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let metadata = entry.metadata().expect("it is there");
        all.insert(metadata.ino(), entry.path());
        if metadata.is_dir() {
            all.extend(inodes(&entry.path()));
        }
    }
    all
}

/// The bytes of files while they are taken back, the last change first.
struct Contents {
    files: HashMap<u64, PathBuf>,
    /// Sectors that a change which survived has reached: those before it left no trace.
    settled: HashSet<(u64, u64)>,
    /// How long files will be, and whether that is settled.
    lengths: HashMap<u64, (u64, bool)>,
}

impl Contents {
    fn undo(&mut self, record: &Record, loss: &mut Loss) {
        let What::Changed { offset, span, length, saved } = &record.what else { return };
        // A file without a name was temporary.
        let Some(path) = self.files.get(&record.inode) else { return };
        let file = File::options().write(true).open(path).expect("it can be written");
        let end = offset + span;
        for sector in *offset / SECTOR..end.div_ceil(SECTOR) {
            if self.settled.contains(&(record.inode, sector)) {
                continue;
            }
            if !loss.strikes() {
                self.settled.insert((record.inode, sector));
                continue;
            }
            let from = (sector * SECTOR).max(*offset);
            let until = ((sector + 1) * SECTOR).min(end);
            // Beyond what there was: nothing, should the file keep its new length.
            let old = (from..until).map(|at| saved.get((at - offset) as usize).copied().unwrap_or(0));
            file.write_all_at(&old.collect::<Vec<_>>(), from).expect("it can be written");
        }
        let now = file.metadata().expect("it is open").len();
        let (kept, settled) = self.lengths.entry(record.inode).or_insert((now, false));
        if !*settled {
            if loss.strikes() { *kept = *length } else { *settled = true }
        }
    }

    fn cut_to_length(&self) {
        for (inode, (length, _)) in &self.lengths {
            let file = File::options().write(true).open(&self.files[inode]).expect("it can be written");
            file.set_len(*length).expect("it can be cut");
        }
    }
}

/// Takes a name back, unless what a later change did to it, and was kept, is in the way.
fn undo_name(record: &Record, loss: &mut Loss) {
    let path = &record.path;
    match &record.what {
        What::Made if loss.strikes() => drop(fs::remove_file(path)),
        What::Removed { aside } if loss.strikes() && !path.exists() => {
            fs::rename(aside, path).expect("what had the name is kept");
        }
        What::Renamed { from } if loss.strikes() && path.exists() && !from.exists() => {
            fs::rename(path, from).expect("a name can be given back");
        }
        _ => {}
    }
}
