//! `confab migrate`: moves everything from one storage to another, while no server runs on either.

use std::{
    io::{IsTerminal, stderr},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    blobs::{BlobStore, transfer},
    config::{MigrateCommand, Place},
    domain::attachment::BlobHash,
    storage::{
        data_folder,
        postgres::transfer::Transfer,
        sqlite::Sqlite,
        transfer::{Export, Import, PAGE, Record, Section, Step, digest::Digests, moving::move_all},
    },
};

/// How long the command is silent between two lines where there is no terminal.
const SILENCE: Duration = Duration::from_secs(5);

/// Moves everything, and prints what was moved.
///
/// # Errors
/// Where a storage is in use or fails, the target has data, or the two differ in the end.
pub async fn run(command: MigrateCommand) -> anyhow::Result<()> {
    let blobs = command.blobs();
    let MigrateCommand { from, to, .. } = command;
    ensure!(from != to, "`--from` and `--to` are the same");
    let source = open_source(&from).await.with_context(|| format!("failed to open {from}"))?;
    let target = open_target(&to).await.with_context(|| format!("failed to open {to}"))?;
    let mut progress = Progress::new();
    let digests = move_all(&*source, &*target, PAGE, &mut |step| progress.show(step)).await;
    progress.end();
    println!("{}", summary(&to, &digests?));
    copy_files(&*source, blobs).await
}

async fn open_source(place: &Place) -> anyhow::Result<Arc<dyn Export>> {
    Ok(match place {
        Place::Folder(folder) => {
            ensure!(data_folder::has_database(folder), "it has no data of Confab");
            data_folder::prepare(folder)?;
            Arc::new(Sqlite::open_source(folder).await?)
        }
        Place::Postgres(address) => Arc::new(Transfer::source(address).await?),
    })
}

async fn open_target(place: &Place) -> anyhow::Result<Arc<dyn Import>> {
    Ok(match place {
        Place::Folder(folder) => {
            data_folder::prepare(folder)?;
            Arc::new(Sqlite::open_target(folder)?)
        }
        Place::Postgres(address) => Arc::new(Transfer::target(address).await?),
    })
}

/// Copies the files of messages, where they are to be elsewhere.
async fn copy_files(source: &dyn Export, places: Option<(String, String)>) -> anyhow::Result<()> {
    let mut blobs = Vec::new();
    let mut last = None;
    loop {
        let records = source.page(Section::Attachments, last.as_ref(), PAGE).await?;
        for record in &records {
            let Record::Attachments(record) = record else { continue };
            let all = [Some(&record.file), record.small.as_ref(), record.large.as_ref()];
            for bytes in all.into_iter().flatten() {
                blobs.push(BlobHash(bytes.0.as_slice().try_into().context("a hash has 32 bytes")?));
            }
        }
        match records.last() {
            Some(record) => last = Some(record.clone()),
            None => break,
        }
    }
    blobs.sort_unstable();
    blobs.dedup();
    if blobs.is_empty() {
        return Ok(());
    }
    let Some((from, to)) = places else {
        println!(
            "Files of messages stay where they are: {}. Start the server with `--blobs` and their place.",
            blobs.len()
        );
        return Ok(());
    };
    let (source, target) = (BlobStore::open(&from)?, BlobStore::open(&to)?);
    let moved = transfer(&source, &target, &blobs, &mut |_, _| ()).await;
    let moved = moved.with_context(|| format!("failed to copy the files of messages to {to}"))?;
    ensure!(moved.missing.is_empty(), "files of messages are missing in {from}: {}", moved.missing.len());
    println!("{to} has the files of messages: {} copied, {} there already.", moved.copied, moved.present);
    Ok(())
}

fn summary(to: &Place, digests: &Digests) -> String {
    let count = |section| digests.sections.get(&section).map_or(0, |digest| digest.count);
    format!(
        "{to} has everything: {} users, {} sessions, {} conversations with {} events. Both sides were read again and are the same.",
        count(Section::Users),
        count(Section::Sessions),
        count(Section::Conversations),
        count(Section::Events),
    )
}

/// How far the move is: a bar on a terminal, lines elsewhere.
enum Progress {
    Bar(ProgressBar),
    Lines(Option<Instant>),
}

impl Progress {
    fn new() -> Self {
        if !stderr().is_terminal() {
            return Self::Lines(None);
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        match ProgressStyle::with_template("{msg:32} {wide_bar} {human_pos}/{human_len} {eta:>4}") {
            Ok(style) => Self::Bar(bar.with_style(style)),
            Err(_) => Self::Bar(bar),
        }
    }

    fn show(&mut self, step: Step) {
        let (what, done, total) = match step {
            Step::Resumed(section) => (format!("going on with the {section}"), 0, 0),
            Step::Moved(section, done, total) => (format!("moving {section}"), done, total),
            Step::Compared(section, done, total) => (format!("comparing {section}"), done, total),
        };
        match self {
            Self::Bar(bar) if matches!(step, Step::Resumed(_)) => bar.suspend(|| eprintln!("{what}")),
            Self::Bar(bar) => {
                bar.set_message(what);
                bar.set_length(total.max(done));
                bar.set_position(done);
            }
            Self::Lines(_) if matches!(step, Step::Resumed(_)) => eprintln!("{what}"),
            Self::Lines(printed) if printed.is_none_or(|at| at.elapsed() >= SILENCE) => {
                *printed = Some(Instant::now());
                eprintln!("{what}: {done} of {}", total.max(done));
            }
            Self::Lines(_) => {}
        }
    }

    fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
