//! Stores with many messages. Filling one takes minutes, so each is kept under target/bench-stores and copied.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use confab::{
    clock,
    domain::{
        command::{Command, CommandBody, OpenDirect, Post},
        sign_in::UserKind,
    },
    storage::{NewName, Storage, search::SearchStorage, sqlite::Sqlite},
};
use confab_shared::{
    id::ConversationId,
    text::{MessageText, UserName},
    user::User,
};
use futures_util::{StreamExt, stream};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{corpus::Corpus, machine, server::data_folder};

/// How many conversations the messages are spread over, all of them of [`AUTHOR`]'s.
pub const CONVERSATIONS: usize = 1_000;

/// Who writes all messages. Nobody holds the name.
pub const AUTHOR: &str = "author";

/// To be changed with what [`fill`] does, so that stores are filled anew.
const FILLED_AS: &str = "2";

/// The store's files, complete by themselves once their logs are in them: the messages, and the search index.
const FILES: [&str; 2] = ["confab.db", "search.db"];

/// What the messages of a store say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// The same.
    Same,
    /// Words of [`Corpus`].
    Words,
}

/// What every message says, where all say the same.
const TEXT: &str = "A message of the length that people write to each other on an ordinary day.";

/// How many appends are under way while a store is filled.
const UNDER_WAY: usize = 512;

/// A copy of the store with so many messages, which are indexed for search.
pub fn copy(messages: usize, texts: Texts) -> anyhow::Result<TempDir> {
    let kept = kept(messages, texts)?;
    let folder = data_folder()?;
    for file in FILES {
        let copy = folder.path().join(file);
        fs::copy(kept.join(file), &copy)?;
        // So that nothing that is measured waits for it.
        File::open(copy)?.sync_all()?;
    }
    Ok(folder)
}

/// The folder of the store with so many messages, filled where it is missing.
fn kept(messages: usize, texts: Texts) -> anyhow::Result<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench-stores");
    let schema = schema()?;
    let kind = if texts == Texts::Words { "-words" } else { "" };
    let kept = home.join(format!("{schema}-{messages}{kind}"));
    if !kept.exists() {
        println!("filling a store with {messages} messages, once for this schema");
        fs::create_dir_all(&home)?;
        forget_others(&home, &schema)?;
        let folder = tempfile::tempdir_in(&home)?;
        // On all processors: nothing is measured meanwhile.
        machine::unpin()?;
        let filled = fill(folder.path(), messages, texts);
        machine::pin(machine::GENERATOR)?;
        filled?;
        fs::rename(folder.keep(), &kept)?;
    }
    Ok(kept)
}

/// Removes what was filled for another schema.
fn forget_others(home: &Path, schema: &str) -> anyhow::Result<()> {
    for folder in fs::read_dir(home)? {
        let folder = folder?;
        if !folder.file_name().to_string_lossy().starts_with(schema) {
            fs::remove_dir_all(folder.path())?;
        }
    }
    Ok(())
}

/// Names the schema and what a store is filled with: another one needs another store.
fn schema() -> anyhow::Result<String> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files =
        fs::read_dir(migrations)?.map(|file| Ok(file?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(fs::read(file)?);
    }
    hash.update(FILLED_AS);
    Ok(hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

/// Fills a store through its own front door.
fn fill(folder: &Path, messages: usize, texts: Texts) -> anyhow::Result<()> {
    // A thread of its own, since this is called from within a runtime.
    let folder = folder.to_owned();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let (committed, mut told) = tokio::sync::mpsc::channel(64);
            let drain = tokio::spawn(async move { while told.recv().await.is_some() {} });
            let store = Sqlite::open(&folder, committed)?;
            append(&store, messages, texts).await?;
            let begun = Instant::now();
            while store.index().await?.behind > 0 {}
            println!("indexed in {:.1} s", begun.elapsed().as_secs_f64());
            store.close().await;
            drop(store);
            drain.await?;
            anyhow::Ok(())
        })?;
        FILES.iter().try_for_each(|file| settle(&folder.join(file)))
    });
    thread.join().map_err(|_| anyhow::anyhow!("filling panicked"))?
}

/// How long the store's own connections may take to close.
const PATIENCE: Duration = Duration::from_secs(300);

/// Moves the whole write-ahead log into the file; the store's own connections may still be closing.
fn settle(file: &Path) -> anyhow::Result<()> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(PATIENCE)?;
    let deadline = Instant::now() + PATIENCE;
    // Another checkpoint that is under way is not waited for by itself.
    while connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? != 0 {
        anyhow::ensure!(Instant::now() < deadline, "the log of {} is in use", file.display());
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

async fn append(store: &Sqlite, messages: usize, texts: Texts) -> anyhow::Result<()> {
    let (author, conversations) = conversations(store).await?;
    let same = MessageText::new(TEXT)?;
    let mut corpus = Corpus::new();
    let posts = stream::iter(0..messages).map(|number| {
        let text = match texts {
            Texts::Same => same.clone(),
            Texts::Words => MessageText::existing(&corpus.message()),
        };
        let body = Post::new(conversations[number % CONVERSATIONS], text).into();
        submit(store, &author, body)
    });
    let mut posts = posts.buffered(UNDER_WAY);
    while let Some(posted) = posts.next().await {
        posted?;
    }
    Ok(())
}

/// Makes the conversations, and the people in them.
async fn conversations(store: &dyn Storage) -> anyhow::Result<(User, Vec<ConversationId>)> {
    let author = person(store, AUTHOR).await?;
    let mut conversations = Vec::new();
    for number in 0..CONVERSATIONS {
        let peer = person(store, &format!("peer-{number}")).await?;
        conversations.push(submit(store, &author, OpenDirect::new(author.id, peer.id).into()).await?);
    }
    Ok((author, conversations))
}

/// Makes the conversations in a storage, with one message each.
pub async fn begin(store: &dyn Storage) -> anyhow::Result<()> {
    let (author, conversations) = conversations(store).await?;
    let text = MessageText::new(TEXT)?;
    for conversation in conversations {
        submit(store, &author, Post::new(conversation, text.clone()).into()).await?;
    }
    Ok(())
}

/// Carries out a command. Answers its conversation.
async fn submit(store: &dyn Storage, actor: &User, body: CommandBody) -> anyhow::Result<ConversationId> {
    let client_id = Some(crate::people::client_id());
    let command = Command { actor: actor.clone(), client_id, at: clock::now(), body };
    let outcome = store.submit(vec![command]).await.await.remove(0)?;
    Ok(outcome?.conversation)
}

async fn person(store: &dyn Storage, name: &str) -> anyhow::Result<User> {
    Ok(store
        .ensure_user(NewName::of(UserName::new(name)?), UserKind::Page, clock::now())
        .await?
        .context("no name looks like it")?
        .user)
}
