//! `confab backup`, `confab restore` and `confab check`: the data, for who runs the server. Each reads the database itself, also
//! while a server runs.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use confab_shared::id::Timestamp;

use crate::{
    blobs::{BlobStore, Transferred, transfer},
    clock,
    config::{BackupCommand, CheckCommand, DataCommand, RestoreCommand, blobs_of},
    domain::attachment::BlobHash,
    storage::{
        data_folder::{self, DATABASE_FILE},
        sqlite::{
            check::{self, Summary, check},
            copy::{self, copy},
        },
    },
};

/// Runs the command, and prints what it did.
///
/// # Errors
/// Where files cannot be read or written, and where there are faults.
pub async fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Backup(command) => backup(&command).await,
        DataCommand::Restore(command) => restore(&command).await,
        DataCommand::Check(command) => check_data(command).await,
    }
}

/// The folder beside backups that has the files of all of them, each once.
const BACKUP_BLOBS: &str = "confab-blobs";

/// That folder, for a backup.
fn blobs_beside(backup: &Path) -> PathBuf {
    backup.parent().unwrap_or_else(|| Path::new("")).join(BACKUP_BLOBS)
}

/// Copies the files of a copy's messages, where there are any. Answers a sentence about them.
async fn copy_blobs(database: &Path, from: &str, to: &str) -> anyhow::Result<(Transferred, String)> {
    let blobs = check::blobs(database)?;
    if blobs.is_empty() {
        return Ok((Transferred::default(), String::new()));
    }
    let (source, target) = (BlobStore::open(from)?, BlobStore::open(to)?);
    let mut progress = Progress::new();
    let mut report = |done, of| progress.print("copied files", done, of);
    let transferred = transfer(&source, &target, &blobs, &mut report).await;
    let transferred = transferred.with_context(|| format!("failed to copy the files to {to}"))?;
    let Transferred { copied, present, .. } = &transferred;
    let sentence = format!(" Files of messages in {to}: {copied} copied, {present} there already.");
    Ok((transferred, sentence))
}

async fn backup(BackupCommand { to, data, blobs }: &BackupCommand) -> anyhow::Result<()> {
    let to = if to.is_dir() { to.join(file_name(clock::now())) } else { to.clone() };
    let summary = copy(&database(data)?, &to, &mut Progress::new().for_copies())?;
    let bytes = fs::metadata(&to).map_or(0, |metadata| metadata.len());
    let (from, beside) = (blobs_of(blobs.as_deref(), data), blobs_beside(&to));
    let (transferred, files) = copy_blobs(&to, &from, &beside.display().to_string()).await?;
    let gone = still_used(&database(data)?, transferred.missing)?;
    println!("{} has the backup: {bytes} bytes. {}{files}", to.display(), sentence(&summary));
    if !gone.is_empty() {
        bail!("files of messages are missing in {from}: {}", gone.len());
    }
    Ok(())
}

/// Those of some blobs that attachments still have: the others were deleted meanwhile.
fn still_used(database: &Path, missing: Vec<BlobHash>) -> anyhow::Result<Vec<BlobHash>> {
    if missing.is_empty() {
        return Ok(missing);
    }
    let used = check::blobs(database)?;
    Ok(missing.into_iter().filter(|blob| used.binary_search(blob).is_ok()).collect())
}

async fn restore(RestoreCommand { from, data, blobs }: &RestoreCommand) -> anyhow::Result<()> {
    data_folder::prepare(data)?;
    data_folder::check_empty(data)?;
    let _lock = data_folder::lock(data)?;
    let summary = copy(from, &data.join(DATABASE_FILE), &mut Progress::new().for_copies())?;
    let (beside, to) = (blobs_beside(from), blobs_of(blobs.as_deref(), data));
    let (transferred, files) = copy_blobs(from, &beside.display().to_string(), &to).await?;
    println!("{} is restored from {}. {}{files}", data.display(), from.display(), sentence(&summary));
    if !transferred.missing.is_empty() {
        bail!("files of messages are missing in {}: {}", beside.display(), transferred.missing.len());
    }
    Ok(())
}

async fn check_data(CheckCommand { file, data, blobs }: CheckCommand) -> anyhow::Result<()> {
    let (file, store) = match file {
        Some(file) => {
            let beside = blobs_beside(&file).display().to_string();
            (file, blobs.unwrap_or(beside))
        }
        None => (database(&data)?, blobs_of(blobs.as_deref(), &data)),
    };
    let mut progress = Progress::new();
    let summary = check(&file, &mut |report| progress.check(report))?;
    let (files, damaged) = check_blobs(&file, &store, &mut progress).await?;
    if summary.faults + damaged > 0 {
        bail!("{} has faults: {}", file.display(), summary.faults + damaged);
    }
    let files = if files > 0 { format!(" Files of messages: {files}, all whole.") } else { String::new() };
    println!("{}{files}", sentence(&summary));
    Ok(())
}

/// Reads the files of messages. Answers how many there are, and how many of them have faults.
async fn check_blobs(database: &Path, store: &str, progress: &mut Progress) -> anyhow::Result<(u64, u64)> {
    let blobs = check::blobs(database)?;
    if blobs.is_empty() {
        return Ok((0, 0));
    }
    let store = BlobStore::open(store)?;
    let (count, mut checked, mut missing) = (blobs.len() as u64, 0, Vec::new());
    let mut faults = 0;
    for blob in blobs {
        match store.verify(blob).await.with_context(|| format!("failed to read {blob}"))? {
            Some(true) => {}
            Some(false) => {
                faults += 1;
                println!("file {blob}: its bytes are not those that were stored");
            }
            None => missing.push(blob),
        }
        checked += 1;
        progress.print("checked files", checked, count);
    }
    // A server that runs may have removed some meanwhile.
    for blob in still_used(database, missing)? {
        faults += 1;
        println!("file {blob}: it is not in {}", store.name());
    }
    Ok((count, faults))
}

/// The database of a data folder that has one.
fn database(data: &Path) -> anyhow::Result<PathBuf> {
    let file = data.join(DATABASE_FILE);
    fs::metadata(&file).with_context(|| format!("failed to find {}", file.display()))?;
    Ok(file)
}

fn sentence(summary: &Summary) -> String {
    match summary {
        Summary { older_schema: Some(schema), .. } => format!(
            "Its schema ({schema}) is of an earlier build, so only the file itself was checked: no fault. A start of this \
             build brings it up to date."
        ),
        Summary { conversations, events, messages, .. } => format!(
            "Checked: conversations {conversations}, events {events}, messages {messages}, and no fault."
        ),
    }
}

/// How long a command is silent at first, and between two lines.
const SILENCE: Duration = Duration::from_secs(2);

/// Prints faults, and how far a command is that takes long.
struct Progress {
    printed: Instant,
}

impl Progress {
    fn new() -> Self {
        Self { printed: Instant::now() }
    }

    fn for_copies(mut self) -> impl FnMut(copy::Report) {
        move |report| match report {
            copy::Report::Copied(pages, of) => self.print("copied pages", pages, of),
            copy::Report::Check(report) => self.check(report),
        }
    }

    fn check(&mut self, report: check::Report) {
        match report {
            check::Report::Fault(fault) => println!("{fault}"),
            check::Report::Progress(checked, of) => self.print("checked conversations", checked, of),
        }
    }

    fn print(&mut self, what: &str, done: u64, of: u64) {
        if self.printed.elapsed() >= SILENCE {
            self.printed = Instant::now();
            eprintln!("{what}: {done} of {of}");
        }
    }
}

/// The name of a backup that was made at a time, by UTC: names in their order are in the order of the times.
fn file_name(Timestamp(at): Timestamp) -> String {
    let seconds = at / 1_000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("confab-{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z.db")
}

/// The year, month and day of a day since 1970 in the Gregorian calendar. Years are counted from March, so that a leap day is
/// the last of its year.
fn date(day: u64) -> (u64, u64, u64) {
    /// The days from 1 March of the year 0 to 1 January 1970.
    const BEFORE_1970: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let day = day + BEFORE_1970;
    let (era, day) = (day / DAYS_OF_400_YEARS, day % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months of 31, 30, 31, 30, 31 days, over and over: 153 days.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (400 * era + year + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backup_is_named_after_the_time_in_utc() {
        for (at, name) in [
            (0, "confab-19700101T000000Z.db"),
            (951_782_400_000, "confab-20000229T000000Z.db"),
            (1_735_689_599_999, "confab-20241231T235959Z.db"),
            (1_735_689_600_000, "confab-20250101T000000Z.db"),
            (1_772_323_199_000, "confab-20260228T235959Z.db"),
            (4_107_542_400_000, "confab-21000301T000000Z.db"),
        ] {
            assert_eq!(file_name(Timestamp(at)), name);
        }
    }
}
