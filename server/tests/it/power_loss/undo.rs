//! The undo log, as `forget.c` writes it.

use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt, path::Path, path::PathBuf};

/// One thing that the server did.
pub struct Record {
    /// Where in the log it stands.
    pub at: u64,
    /// Of the file; of a name, of the folder that it is in.
    pub inode: u64,
    pub path: PathBuf,
    pub what: What,
}

pub enum What {
    /// From an offset on some bytes were changed; what stood there, as far as the file went, and its length.
    Changed { offset: u64, span: u64, length: u64, saved: Vec<u8> },
    /// A sync that succeeded: it stands behind what is above this place in the log.
    Synced { before: u64 },
    /// A sync that did nothing, and said that it did.
    SyncIgnored,
    /// A sync that failed: what is above this place in the log, and was not synced before, is kept by no later one.
    SyncFailed { before: u64 },
    /// A name was made.
    Made,
    /// A name was taken away, or given to another file; what had it is kept.
    Removed { aside: PathBuf },
    /// A file got this name, and had another.
    Renamed { from: PathBuf },
}

/// Reads the log. A record that is not whole is of something that was not done.
pub fn read(file: &Path) -> Vec<Record> {
    let log = fs::read(file).unwrap_or_default();
    let mut rest = log.as_slice();
    let next = || {
        let at = log.len() - rest.len();
        record(&mut rest).map(|record| Record { at: at as u64, ..record })
    };
    std::iter::from_fn(next).collect()
}

fn record(rest: &mut &[u8]) -> Option<Record> {
    let mut at = *rest;
    let kind = number(&mut at)?;
    let [inode, offset, span, length, path, saved] = [(); 6].map(|()| number(&mut at).unwrap_or(u64::MAX));
    let path = text(at.split_off(..usize::try_from(path).ok()?)?);
    let saved = at.split_off(..usize::try_from(saved).ok()?)?;
    *rest = at;
    let what = match kind {
        0 => What::Changed { offset, span, length, saved: saved.to_vec() },
        1 => What::Synced { before: length },
        2 => What::Made,
        3 => What::Removed { aside: text(saved) },
        4 => What::Renamed { from: text(saved) },
        5 => What::SyncIgnored,
        6 => What::SyncFailed { before: length },
        other => panic!("forget.c writes no record of kind {other}"),
    };
    Some(Record { at: 0, inode, path, what })
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_ne_bytes(*number))
}

fn text(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}
