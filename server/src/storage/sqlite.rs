//! The built-in backend: one SQLite file in the data folder. [`tables`] has the plain rows, [`engine`] writes the logs and
//! the rows that events change, and the other modules read.

mod accounts;
mod attachments;
pub mod check;
mod conversations;
pub mod copy;
mod engine;
mod log;
mod messages;
mod migrations;
mod search;
mod sign_in;
mod snapshot;
mod tables;
mod threads;
mod transfer;

use std::{fs::File, path::Path, sync::Arc};

use anyhow::{Context, ensure};
use async_trait::async_trait;
use confab_shared::{
    api::{Account, AccountChange, Invitation, Pins, Revision, SavedCursor, Settings},
    conversation::Conversation,
    draft::{Draft, DraftKey},
    group_request::GroupRequest,
    id::{ConversationId, Seq, Timestamp, UserId},
    text::Title,
    thread::ThreadState,
    user::User,
};
use rusqlite::Connection;
use tokio::sync::mpsc;

use self::engine::{
    checkpoint::Checkpointer,
    connection::connect,
    read_positions,
    readers::Readers,
    write_ahead_log::{LogBound, WriteAheadLog},
    writer::{self, Writer},
};
use self::search::SearchIndex;
use self::tables::{
    drafts, group_requests, invitations, members, receipts, saved, second_factors, sessions, settings,
    unfinished_move, users,
};
use super::{
    Commands, CommandsHandle, Conversations, EventLog, EventRun, KeyedMessages, KnownUser, MemberQuery,
    MemberRun, MessageRun, Messages, NewDisplayName, NewName, NewSession, Passwords, Range, Sessions,
    SignInOutcome, Storage, StorageError, StoredSession, Threads, Users,
    accounts::{AccountChangeOutcome, Accounts, NewAccount, NewAccountOutcome},
    consent::ConsentStorage,
    data_folder::{self, DATABASE_FILE},
    drafts::{DraftOutcome, DraftStorage},
    invitations::{Invitations, KnownInvitation, NewInvitation},
    receipts::{ReaderRun, ReceiptStorage},
    saved::{SaveOutcome, SavedStorage},
    search::{IndexProgress, SearchRun, SearchStorage},
    second_factors::SecondFactors,
    settings::SettingsStorage,
    threads::{ThreadMove, ThreadQuery, ThreadRun},
};
use crate::domain::{
    audience::Audience,
    command::Command,
    draft::DraftEdit,
    listing::{ListPart, ListRange},
    notification::CommitNotification,
    presence::SharedConversation,
    search::Search,
    second_factor::{CodeDecision, Secret, ShownCode, Step, StoredFactor},
    sign_in::{SecretHash, UserKind},
};

/// The writer's page cache, in KiB: the pages that a thousand busy conversations end in. At rest it is released.
const WRITER_CACHE_KIB: i64 = 24 * 1024;

/// The SQLite backend.
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    search: SearchIndex,
    /// Held for its thread, which ends with it.
    _checkpointer: Checkpointer,
    /// Locked exclusively by this process, until the process ends in any way.
    _lock: File,
}

impl Sqlite {
    /// Opens the database in a folder that exists, and migrates one of an earlier build. What commits did goes to
    /// `publisher` in their order; where that queue is full the writer waits for it.
    ///
    /// # Errors
    /// Where the file cannot be opened or written, or was written by a newer build: it is left as it is then.
    pub fn open(folder: &Path, publisher: mpsc::Sender<Vec<CommitNotification>>) -> anyhow::Result<Self> {
        Self::open_any(folder, publisher, |connection| {
            ensure!(
                !unfinished_move::exists(connection)?,
                "a move to {} was interrupted: `confab migrate` with the same source finishes it",
                folder.display()
            );
            Ok(())
        })
    }

    /// Opens the database in a folder that exists as the source of a move. All of it is compacted, and nothing is written.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub async fn open_source(folder: &Path) -> anyhow::Result<Self> {
        let (publisher, _) = mpsc::channel(1);
        let source = Self::open(folder, publisher)?;
        source.writer.close().await;
        Ok(source)
    }

    /// Opens the database in a folder that exists as the target of a move, also of one that was interrupted.
    ///
    /// # Errors
    /// Those of [`Self::open`], but for that.
    pub fn open_target(folder: &Path) -> anyhow::Result<Self> {
        let (publisher, _) = mpsc::channel(1);
        Self::open_any(folder, publisher, |_| Ok(()))
    }

    fn open_any(
        folder: &Path,
        publisher: mpsc::Sender<Vec<CommitNotification>>,
        check: impl FnOnce(&Connection) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        // The writer caches the ends of the logs: two of them would give one seq twice.
        let lock = data_folder::lock(folder)?;
        let file = folder.join(DATABASE_FILE);
        migrations::refuse_newer(&file)?;
        let cannot_open = || format!("failed to open {}", file.display());
        let mut connection = connect(&file).with_context(cannot_open)?;
        check(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL").with_context(cannot_open)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // After a crash, the disk may lack a part of the log: it is moved to the database before anything is appended.
        writer::truncate_log(&connection);
        // The checkpointer's work.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        migrations::migrate(&mut connection)
            .with_context(|| format!("failed to migrate {}", file.display()))?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        // What is deleted within a page is overwritten with zeros. Whole free pages are not, which would cost every message
        // a tenth more: `engine::scrub` overwrites them when a message was deleted.
        connection.pragma_update(None, "secure_delete", "FAST")?;
        // For sorting.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let log_file = folder.join("confab.db-wal");
        let log = File::options()
            .read(true)
            .write(true)
            .open(&log_file)
            .with_context(|| format!("failed to open {}", log_file.display()))?;
        let log = Arc::new(WriteAheadLog::new(connect(&file).with_context(cannot_open)?, log)?);
        if let Err(error) = log.preallocate() {
            tracing::warn!(%error, "failed to preallocate the write-ahead log: commits will be slow");
        }
        let progress = Arc::default();
        let (bound, wake) = LogBound::new(&log);
        let writer = Writer::start(connection, publisher, Arc::clone(&progress), bound.clone())?;
        let checkpointer = Checkpointer::start(log, progress, writer.compactor(), bound, wake)?;
        let search = SearchIndex::new(folder, &file);
        Ok(Self { writer, readers: Readers::new(file), search, _checkpointer: checkpointer, _lock: lock })
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string().into())
    }
}

#[async_trait]
impl Users for Sqlite {
    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StorageError> {
        let name_key = name_key.to_owned();
        self.readers.run(move |connection| users::user(connection, &name_key)).await
    }

    async fn ensure_user(
        &self,
        name: NewName,
        kind: UserKind,
        at: Timestamp,
    ) -> Result<Option<KnownUser>, StorageError> {
        self.writer.run(move |tx| sign_in::ensure_user(tx, &name, kind, at)).await
    }

    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StorageError> {
        let prefix = prefix.to_owned();
        self.readers.run(move |connection| users::users_by_prefix(connection, &prefix, limit)).await
    }

    async fn set_display_name(
        &self,
        user: UserId,
        new: Option<NewDisplayName>,
    ) -> Result<Option<User>, StorageError> {
        self.writer.run(move |tx| sign_in::set_display_name(tx, user, new.as_ref())).await
    }

    async fn acquaintances(&self, user: UserId) -> Result<Vec<UserId>, StorageError> {
        self.readers.run(move |connection| users::acquaintances(connection, user)).await
    }

    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<(), StorageError> {
        self.writer.run(move |tx| users::set_last_seen(tx.connection, user, at)).await
    }

    async fn direct_peers(&self, user: UserId) -> Result<Vec<(KnownUser, SharedConversation)>, StorageError> {
        self.readers.run(move |connection| users::direct_peers(connection, user)).await
    }

    async fn direct_between(
        &self,
        user: UserId,
        other: UserId,
    ) -> Result<Option<SharedConversation>, StorageError> {
        self.readers.run(move |connection| members::direct_between(connection, user, other)).await
    }
}

#[async_trait]
impl Sessions for Sqlite {
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StorageError> {
        self.writer.run(move |tx| sign_in::sign_in(tx, &new)).await
    }

    async fn session(&self, token: SecretHash) -> Result<Option<(User, Timestamp)>, StorageError> {
        self.readers.run(move |connection| sessions::find(connection, &token)).await
    }

    async fn use_session(
        &self,
        token: SecretHash,
        at: Timestamp,
        address: Option<String>,
    ) -> Result<(), StorageError> {
        self.writer.run(move |tx| sessions::set_used(tx.connection, &token, at, address.as_deref())).await
    }

    async fn use_sessions(&self, tokens: Vec<SecretHash>, at: Timestamp) -> Result<(), StorageError> {
        self.writer
            .run(move |tx| {
                tokens.iter().try_for_each(|token| sessions::set_used(tx.connection, token, at, None))
            })
            .await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>, StorageError> {
        self.readers.run(move |connection| sessions::of_user(connection, user)).await
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), StorageError> {
        self.writer.run(move |tx| sessions::delete(tx.connection, &token)).await
    }

    async fn end_session_of(&self, user: UserId, id: u64) -> Result<Option<SecretHash>, StorageError> {
        self.writer.run(move |tx| sessions::delete_by_id(tx.connection, user, id)).await
    }

    async fn end_sessions(&self, user: UserId, kept: Option<SecretHash>) -> Result<(), StorageError> {
        self.writer.run(move |tx| sessions::delete_all(tx.connection, user, kept)).await
    }

    async fn expire_sessions(
        &self,
        used_before: Timestamp,
    ) -> Result<Vec<(UserId, SecretHash)>, StorageError> {
        self.writer.run(move |tx| sessions::delete_unused(tx.connection, used_before)).await
    }
}

#[async_trait]
impl Passwords for Sqlite {
    async fn password(&self, user: UserId) -> Result<Option<String>, StorageError> {
        self.readers.run(move |connection| users::password(connection, user)).await
    }

    async fn change_password(
        &self,
        user: UserId,
        from: Option<String>,
        to: String,
        kept: Option<SecretHash>,
    ) -> Result<bool, StorageError> {
        self.writer.run(move |tx| sign_in::change_password(tx, user, from.as_deref(), &to, kept)).await
    }
}

#[async_trait]
impl SecondFactors for Sqlite {
    async fn second_factor(&self, user: UserId) -> Result<Option<StoredFactor>, StorageError> {
        self.readers.run(move |connection| second_factors::find(connection, user)).await
    }

    async fn set_second_factor(&self, user: UserId, secret: Secret) -> Result<bool, StorageError> {
        self.writer.run(move |tx| second_factors::set(tx.connection, user, &secret)).await
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: Secret,
        step: Step,
        recovery_codes: Vec<SecretHash>,
    ) -> Result<bool, StorageError> {
        self.writer
            .run(move |tx| second_factors::confirm(tx.connection, user, &secret, step, &recovery_codes))
            .await
    }

    async fn remove_second_factor(
        &self,
        user: UserId,
        shown: ShownCode,
    ) -> Result<CodeDecision, StorageError> {
        self.writer.run(move |tx| accounts::remove_second_factor(tx, user, shown)).await
    }
}

#[async_trait]
impl Accounts for Sqlite {
    async fn create_account(&self, new: NewAccount) -> Result<NewAccountOutcome, StorageError> {
        self.writer.run(move |tx| accounts::create(tx, &new)).await
    }

    async fn account(&self, user: UserId) -> Result<Option<Account>, StorageError> {
        self.readers.run(move |connection| tables::accounts::by_id(connection, user)).await
    }

    async fn accounts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Account>, StorageError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.readers
            .run(move |connection| tables::accounts::page(connection, &prefix, after.as_deref(), limit))
            .await
    }

    async fn change_account(
        &self,
        actor: Option<UserId>,
        target: UserId,
        change: AccountChange,
        at: Timestamp,
    ) -> Result<AccountChangeOutcome, StorageError> {
        self.writer.run(move |tx| accounts::change(tx, actor, target, &change, at)).await
    }

    async fn has_owner(&self) -> Result<bool, StorageError> {
        self.readers.run(tables::accounts::has_owner).await
    }
}

#[async_trait]
impl Invitations for Sqlite {
    async fn invite(&self, new: NewInvitation) -> Result<u64, StorageError> {
        self.writer.run(move |tx| invitations::insert(tx.connection, &new)).await
    }

    async fn revoke_setup_links(&self) -> Result<(), StorageError> {
        self.writer.run(move |tx| invitations::delete_setup_links(tx.connection)).await
    }

    async fn invitation(&self, token: SecretHash) -> Result<Option<KnownInvitation>, StorageError> {
        self.readers.run(move |connection| invitations::known(connection, &token)).await
    }

    async fn invitations(&self, by: Option<UserId>, at: Timestamp) -> Result<Vec<Invitation>, StorageError> {
        self.readers.run(move |connection| invitations::list(connection, by, at)).await
    }

    async fn revoke_invitation(&self, id: u64, by: Option<UserId>) -> Result<bool, StorageError> {
        self.writer.run(move |tx| invitations::delete(tx.connection, id, by)).await
    }
}

#[async_trait]
impl SettingsStorage for Sqlite {
    async fn settings(&self) -> Result<Settings, StorageError> {
        self.readers.run(settings::get).await
    }

    async fn change_settings(&self, change: Settings) -> Result<Settings, StorageError> {
        self.writer
            .run(move |tx| {
                settings::change(tx.connection, change)?;
                settings::get(tx.connection)
            })
            .await
    }
}

#[async_trait]
impl ConsentStorage for Sqlite {
    async fn asks_before_groups(&self, user: UserId) -> Result<Option<bool>, StorageError> {
        self.readers.run(move |connection| group_requests::setting(connection, user)).await
    }

    async fn set_asks_before_groups(&self, user: UserId, asks: bool) -> Result<(), StorageError> {
        self.writer.run(move |tx| group_requests::set_setting(tx.connection, user, asks)).await
    }

    async fn group_requests(&self, user: UserId) -> Result<Vec<GroupRequest>, StorageError> {
        self.readers.run(move |connection| group_requests::list(connection, user)).await
    }

    async fn decline_group_request(&self, user: UserId, group: ConversationId) -> Result<bool, StorageError> {
        self.writer.run(move |tx| group_requests::decline(tx.connection, user, group)).await
    }
}

#[async_trait]
impl DraftStorage for Sqlite {
    async fn drafts(&self, user: UserId) -> Result<Vec<Draft>, StorageError> {
        self.readers.run(move |connection| drafts::list(connection, user)).await
    }

    async fn draft(&self, user: UserId, of: DraftKey) -> Result<Option<Draft>, StorageError> {
        self.readers.run(move |connection| drafts::one(connection, user, of)).await
    }

    async fn change_draft(
        &self,
        user: UserId,
        of: DraftKey,
        edit: DraftEdit,
        at: Timestamp,
    ) -> Result<DraftOutcome, StorageError> {
        self.writer.run(move |tx| drafts::change(tx.connection, user, of, &edit, at)).await
    }
}

#[async_trait]
impl ReceiptStorage for Sqlite {
    async fn shares_read_positions(&self, user: UserId) -> Result<bool, StorageError> {
        self.readers.run(move |connection| receipts::shares(connection, user)).await
    }

    async fn set_shares_read_positions(&self, user: UserId, shares: bool) -> Result<(), StorageError> {
        self.writer.run(move |tx| receipts::set_shares(tx.connection, user, shares)).await
    }

    async fn readers(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        after: UserId,
        limit: usize,
    ) -> Result<Option<ReaderRun>, StorageError> {
        // The writer has the positions that are in its memory only.
        self.writer.run(move |tx| read_positions::readers(tx, user, id, seq, after, limit)).await
    }
}

#[async_trait]
impl SavedStorage for Sqlite {
    async fn save(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<SaveOutcome, StorageError> {
        self.writer.run(move |tx| saved::insert(tx.connection, user, id, seq, at)).await
    }

    async fn unsave(&self, user: UserId, id: ConversationId, seq: Seq) -> Result<(), StorageError> {
        self.writer.run(move |tx| saved::delete(tx.connection, user, id, seq)).await
    }

    async fn saved(
        &self,
        user: UserId,
        before: Option<SavedCursor>,
        limit: usize,
    ) -> Result<Vec<SavedCursor>, StorageError> {
        self.readers.run(move |connection| saved::list(connection, user, before, limit)).await
    }
}

#[async_trait]
impl SearchStorage for Sqlite {
    async fn search(&self, user: UserId, search: Arc<Search>) -> Result<SearchRun, StorageError> {
        self.search.search(&self.readers, user, search).await
    }

    async fn direct_with(&self, user: UserId, other: UserId) -> Result<Option<ConversationId>, StorageError> {
        let (low, high) = (user.min(other), user.max(other));
        self.readers.run(move |connection| tables::conversations::direct(connection, low, high)).await
    }

    async fn index(&self) -> Result<IndexProgress, StorageError> {
        self.search.index().await
    }

    async fn drop_index(&self) -> Result<(), StorageError> {
        self.search.drop_index();
        Ok(())
    }
}

#[async_trait]
impl Conversations for Sqlite {
    async fn conversations(
        &self,
        user: UserId,
        range: ListRange,
    ) -> Result<(ListPart, Vec<User>), StorageError> {
        self.readers.run(move |connection| conversations::list(connection, user, range)).await
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<KnownUser>)>, StorageError> {
        self.readers.run(move |connection| conversations::one(connection, user, id)).await
    }

    async fn group_by_title(
        &self,
        user: UserId,
        title: &Title,
    ) -> Result<Option<ConversationId>, StorageError> {
        let title = title.clone();
        self.readers.run(move |connection| conversations::group_by_title(connection, user, &title)).await
    }

    async fn members(
        &self,
        user: UserId,
        id: ConversationId,
        query: MemberQuery,
    ) -> Result<Option<MemberRun>, StorageError> {
        self.readers.run(move |connection| conversations::members(connection, user, id, &query)).await
    }

    async fn audience(&self, user: UserId, id: ConversationId) -> Result<Option<Audience>, StorageError> {
        self.readers.run(move |connection| conversations::audience(connection, user, id)).await
    }
}

#[async_trait]
impl EventLog for Sqlite {
    async fn events(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<EventRun>, StorageError> {
        self.readers.run(move |connection| log::events(connection, user, id, range, limit)).await
    }
}

#[async_trait]
impl Messages for Sqlite {
    async fn messages(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<MessageRun>, StorageError> {
        self.readers.run(move |connection| messages::messages(connection, user, id, range, limit)).await
    }

    async fn messages_by_key(
        &self,
        user: UserId,
        keys: Vec<(ConversationId, Seq)>,
    ) -> Result<KeyedMessages, StorageError> {
        self.readers.run(move |connection| messages::by_key(connection, user, &keys)).await
    }

    async fn revisions(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<Option<Vec<Revision>>>, StorageError> {
        self.readers.run(move |connection| messages::revisions(connection, user, id, seq)).await
    }

    async fn pins(
        &self,
        user: UserId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Option<Pins>, StorageError> {
        self.readers.run(move |connection| messages::pins(connection, user, id, limit)).await
    }
}

#[async_trait]
impl Threads for Sqlite {
    async fn replies(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        range: Range,
        limit: usize,
    ) -> Result<Option<Option<MessageRun>>, StorageError> {
        self.readers.run(move |connection| threads::replies(connection, user, (id, root), range, limit)).await
    }

    async fn thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
    ) -> Result<Option<Option<ThreadState>>, StorageError> {
        self.readers.run(move |connection| threads::thread(connection, user, id, root)).await
    }

    async fn move_thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        to: ThreadMove,
    ) -> Result<Option<Option<ThreadState>>, StorageError> {
        self.writer.run(move |tx| engine::threads::move_thread(tx, user, (id, root), to)).await
    }

    async fn threads(&self, user: UserId, query: ThreadQuery) -> Result<ThreadRun, StorageError> {
        self.readers.run(move |connection| threads::list(connection, user, query)).await
    }

    async fn followed_threads(
        &self,
        user: UserId,
        limit: usize,
        unread_limit: usize,
    ) -> Result<(Vec<ThreadState>, u64), StorageError> {
        self.readers.run(move |connection| threads::followed(connection, user, (limit, unread_limit))).await
    }
}

#[async_trait]
impl Commands for Sqlite {
    async fn submit(&self, commands: Vec<Command>) -> CommandsHandle {
        self.writer.submit(commands).await
    }
}

#[async_trait]
impl Storage for Sqlite {
    async fn probe(&self) -> Result<(), StorageError> {
        self.writer.run(|tx| settings::rewrite(tx.connection)).await
    }

    async fn close(&self) {
        self.search.close();
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests;
