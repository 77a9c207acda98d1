//! The backend for several nodes and for large servers: a Postgres database, with plain rows. [`writer`] carries out the
//! commands of a node in batches ([`batch`]); the other modules read, and write what no command changes.
//!
//! The database is the only thing that the nodes share. A transaction that changes a conversation, its log or its members
//! holds the lock of its row, and locks are taken in the order of the ids. Other concurrent changes lock the name (sign-ins
//! and new accounts) or the user's row. A commit is on the database's disk (`synchronous_commit`) before it is answered.
//!
//! The client is tokio-postgres with the pool of deadpool-postgres, and not sqlx: a batch sends its dozen statements in one
//! round trip, which takes a client that pipelines; its parameters are arrays (`UNNEST`), which take no query builder; and
//! its statements are checked by the tests against a real server, so that no build needs a database.
//!
//! Connections are not encrypted: the database is reached by a Unix socket, in a private network or through a tunnel.
//!
//! To add a column: a migration, its place in [`columns`], and for a conversation, a member or a message the working set
//! of [`batch`], with what loads it and what writes it. To add an operation: a function beside those of its kind, called
//! below with [`attempt`], which says when it is tried again.

mod accounts;
mod attachment_statements;
mod attachments;
mod batch;
mod columns;
mod committer;
mod connection;
mod conversations;
mod drafts;
mod failure;
mod group_requests;
mod invitations;
mod log;
mod messages;
mod migrations;
mod names;
mod receipts;
mod saved;
mod search;
mod second_factors;
mod sessions;
mod settings;
mod shared;
mod sign_in;
mod standings;
mod threads;
pub mod transfer;
mod unfinished;
mod users;
mod writer;

use std::{slice, sync::Arc, time::Duration};

use anyhow::Context;
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
use tokio::sync::{Semaphore, mpsc};
use uuid::Builder;

use self::{connection::Database, failure::attempt, writer::Writer};
use super::{
    Commands, CommandsHandle, Conversations, EventLog, EventRun, KeyedMessages, KnownUser, MemberQuery,
    MemberRun, MessageRun, Messages, NewDisplayName, NewName, NewSession, Passwords, Range, Sessions,
    SignInOutcome, Storage, StorageError, StoredSession, Threads, Users,
    accounts::{AccountChangeOutcome, Accounts, NewAccount, NewAccountOutcome},
    consent::ConsentStorage,
    drafts::{DraftOutcome, DraftStorage},
    invitations::{Invitations, KnownInvitation, NewInvitation},
    receipts::{ReaderRun, ReceiptStorage},
    saved::{SaveOutcome, SavedStorage},
    search::{IndexProgress, SearchRun, SearchStorage},
    second_factors::SecondFactors,
    settings::SettingsStorage,
    shared::{Beat, Changes, MissedEvents, MovedPosition, SharedStorage},
    threads::{ThreadMove, ThreadQuery, ThreadRun},
};
use crate::domain::{
    audience::Audience,
    cluster::{CommitMarker, NodeId},
    command::Command,
    draft::DraftEdit,
    listing::{ListPart, ListRange},
    notification::CommitNotification,
    presence::SharedConversation,
    search::Search,
    second_factor::{CodeDecision, Secret, ShownCode, Step, StoredFactor},
    sign_in::{SecretHash, UserKind},
};

/// The Postgres backend.
pub struct Postgres {
    database: Arc<Database>,
    writer: Writer,
    /// The turns of searches, so that they never take all connections.
    searches: Semaphore,
}

/// How many search at once; more wait their turn.
const SEARCHES: usize = 4;

impl Postgres {
    /// Connects to a database (`postgres://user@host/name`), and migrates one of an earlier build. What commits did goes to
    /// `publisher` in their order; where that queue is full the writer waits for it.
    ///
    /// # Errors
    /// Where the database cannot be reached or used, or was migrated by a newer build: it is left as it is then.
    pub async fn open(
        address: &str,
        publisher: mpsc::Sender<Vec<CommitNotification>>,
    ) -> anyhow::Result<Self> {
        let database = Arc::new(Database::new(address)?);
        let mut client = database.client().await.context("the database cannot be reached")?;
        connection::check_server(&client).await?;
        migrations::migrate(&mut client).await?;
        unfinished::refuse_unfinished(&client).await?;
        let mut node = [0; 16];
        getrandom::fill(&mut node).context("failed to get random bytes")?;
        let node = Builder::from_random_bytes(node).into_uuid();
        let writer = Writer::start(Arc::clone(&database), node, publisher);
        Ok(Self { writer, database, searches: Semaphore::new(SEARCHES) })
    }
}

#[async_trait]
impl Users for Postgres {
    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StorageError> {
        attempt!(self.database, client => users::by_key(&client, name_key))
    }

    async fn ensure_user(
        &self,
        name: NewName,
        kind: UserKind,
        at: Timestamp,
    ) -> Result<Option<KnownUser>, StorageError> {
        attempt!(self.database, client => users::ensure(&mut client, &name, kind, at))
    }

    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StorageError> {
        attempt!(self.database, client => users::by_prefix(&client, prefix, limit))
    }

    async fn set_display_name(
        &self,
        user: UserId,
        new: Option<NewDisplayName>,
    ) -> Result<Option<User>, StorageError> {
        attempt!(self.database, client => users::set_display_name(&mut client, user, new.as_ref()))
    }

    async fn acquaintances(&self, user: UserId) -> Result<Vec<UserId>, StorageError> {
        attempt!(self.database, client => users::acquaintances(&client, user))
    }

    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<(), StorageError> {
        attempt!(self.database, client => users::set_last_seen(&client, user, at))
    }

    async fn direct_peers(&self, user: UserId) -> Result<Vec<(KnownUser, SharedConversation)>, StorageError> {
        attempt!(self.database, client => users::direct_peers(&client, user))
    }

    async fn direct_between(
        &self,
        user: UserId,
        other: UserId,
    ) -> Result<Option<SharedConversation>, StorageError> {
        attempt!(self.database, client => users::direct_between(&client, user, other))
    }
}

#[async_trait]
impl Sessions for Postgres {
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StorageError> {
        attempt!(self.database, client => sign_in::sign_in(&mut client, &new))
    }

    async fn session(&self, token: SecretHash) -> Result<Option<(User, Timestamp)>, StorageError> {
        attempt!(self.database, client => sessions::find(&client, token))
    }

    async fn use_session(
        &self,
        token: SecretHash,
        at: Timestamp,
        address: Option<String>,
    ) -> Result<(), StorageError> {
        attempt!(self.database, client => sessions::set_used(&client, slice::from_ref(&token), at, address.as_deref()))
    }

    async fn use_sessions(&self, tokens: Vec<SecretHash>, at: Timestamp) -> Result<(), StorageError> {
        attempt!(self.database, client => sessions::set_used(&client, &tokens, at, None))
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>, StorageError> {
        attempt!(self.database, client => sessions::of_user(&client, user))
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), StorageError> {
        attempt!(self.database, client => sessions::delete(&client, token))
    }

    async fn end_session_of(&self, user: UserId, id: u64) -> Result<Option<SecretHash>, StorageError> {
        attempt!(self.database, client => sessions::delete_by_id(&client, user, id))
    }

    async fn end_sessions(&self, user: UserId, kept: Option<SecretHash>) -> Result<(), StorageError> {
        attempt!(self.database, client => sessions::delete_all(&client, user, kept))
    }

    async fn expire_sessions(
        &self,
        used_before: Timestamp,
    ) -> Result<Vec<(UserId, SecretHash)>, StorageError> {
        attempt!(self.database, client => sessions::delete_unused(&client, used_before))
    }
}

#[async_trait]
impl Passwords for Postgres {
    async fn password(&self, user: UserId) -> Result<Option<String>, StorageError> {
        attempt!(self.database, client => users::password(&client, user))
    }

    async fn change_password(
        &self,
        user: UserId,
        from: Option<String>,
        to: String,
        kept: Option<SecretHash>,
    ) -> Result<bool, StorageError> {
        attempt!(self.database, client => sign_in::change_password(&mut client, user, from.as_deref(), &to, kept))
    }
}

#[async_trait]
impl SecondFactors for Postgres {
    async fn second_factor(&self, user: UserId) -> Result<Option<StoredFactor>, StorageError> {
        attempt!(self.database, client => second_factors::find(&client, user))
    }

    async fn set_second_factor(&self, user: UserId, secret: Secret) -> Result<bool, StorageError> {
        attempt!(self.database, client => second_factors::set(&client, user, &secret))
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: Secret,
        step: Step,
        recovery_codes: Vec<SecretHash>,
    ) -> Result<bool, StorageError> {
        attempt!(self.database, client => second_factors::confirm(&mut client, user, &secret, step, &recovery_codes))
    }

    async fn remove_second_factor(
        &self,
        user: UserId,
        shown: ShownCode,
    ) -> Result<CodeDecision, StorageError> {
        attempt!(self.database, client => second_factors::remove(&mut client, user, shown))
    }
}

#[async_trait]
impl Accounts for Postgres {
    async fn create_account(&self, new: NewAccount) -> Result<NewAccountOutcome, StorageError> {
        attempt!(self.database, client => accounts::create(&mut client, &new))
    }

    async fn account(&self, user: UserId) -> Result<Option<Account>, StorageError> {
        attempt!(self.database, client => accounts::by_id(&client, user))
    }

    async fn accounts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Account>, StorageError> {
        attempt!(self.database, client => accounts::page(&client, prefix, after, limit))
    }

    async fn change_account(
        &self,
        actor: Option<UserId>,
        target: UserId,
        change: AccountChange,
        at: Timestamp,
    ) -> Result<AccountChangeOutcome, StorageError> {
        attempt!(self.database, client => accounts::change(&mut client, actor, target, &change, at))
    }

    async fn has_owner(&self) -> Result<bool, StorageError> {
        attempt!(self.database, client => standings::has_owner(&client))
    }
}

#[async_trait]
impl Invitations for Postgres {
    async fn invite(&self, new: NewInvitation) -> Result<u64, StorageError> {
        attempt!(self.database, client => invitations::insert(&mut client, &new))
    }

    async fn revoke_setup_links(&self) -> Result<(), StorageError> {
        attempt!(self.database, client => invitations::delete_setup_links(&client))
    }

    async fn invitation(&self, token: SecretHash) -> Result<Option<KnownInvitation>, StorageError> {
        attempt!(self.database, client => invitations::known(&client, token))
    }

    async fn invitations(&self, by: Option<UserId>, at: Timestamp) -> Result<Vec<Invitation>, StorageError> {
        attempt!(self.database, client => invitations::list(&client, by, at))
    }

    async fn revoke_invitation(&self, id: u64, by: Option<UserId>) -> Result<bool, StorageError> {
        attempt!(self.database, client => invitations::delete(&client, id, by))
    }
}

#[async_trait]
impl SettingsStorage for Postgres {
    async fn settings(&self) -> Result<Settings, StorageError> {
        attempt!(self.database, client => settings::get(&client))
    }

    async fn change_settings(&self, change: Settings) -> Result<Settings, StorageError> {
        attempt!(self.database, client => settings::change(&client, change))
    }
}

#[async_trait]
impl ConsentStorage for Postgres {
    async fn asks_before_groups(&self, user: UserId) -> Result<Option<bool>, StorageError> {
        attempt!(self.database, client => group_requests::setting(&client, user))
    }

    async fn set_asks_before_groups(&self, user: UserId, asks: bool) -> Result<(), StorageError> {
        attempt!(self.database, client => group_requests::set_setting(&client, user, asks))
    }

    async fn group_requests(&self, user: UserId) -> Result<Vec<GroupRequest>, StorageError> {
        attempt!(self.database, client => group_requests::list(&client, user))
    }

    async fn decline_group_request(&self, user: UserId, group: ConversationId) -> Result<bool, StorageError> {
        attempt!(self.database, client => group_requests::decline(&client, user, group))
    }
}

#[async_trait]
impl DraftStorage for Postgres {
    async fn drafts(&self, user: UserId) -> Result<Vec<Draft>, StorageError> {
        attempt!(self.database, client => drafts::list(&client, user))
    }

    async fn draft(&self, user: UserId, of: DraftKey) -> Result<Option<Draft>, StorageError> {
        attempt!(self.database, client => drafts::one(&client, user, of))
    }

    async fn change_draft(
        &self,
        user: UserId,
        of: DraftKey,
        edit: DraftEdit,
        at: Timestamp,
    ) -> Result<DraftOutcome, StorageError> {
        attempt!(self.database, client => drafts::change(&mut client, user, of, &edit, at))
    }
}

#[async_trait]
impl ReceiptStorage for Postgres {
    async fn shares_read_positions(&self, user: UserId) -> Result<bool, StorageError> {
        attempt!(self.database, client => receipts::shares(&client, user))
    }

    async fn set_shares_read_positions(&self, user: UserId, shares: bool) -> Result<(), StorageError> {
        attempt!(self.database, client => receipts::set_shares(&client, user, shares))
    }

    async fn readers(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        after: UserId,
        limit: usize,
    ) -> Result<Option<ReaderRun>, StorageError> {
        attempt!(self.database, client => receipts::readers(&client, user, id, seq, after, limit))
    }
}

#[async_trait]
impl SavedStorage for Postgres {
    async fn save(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<SaveOutcome, StorageError> {
        attempt!(self.database, client => saved::insert(&mut client, user, id, seq, at))
    }

    async fn unsave(&self, user: UserId, id: ConversationId, seq: Seq) -> Result<(), StorageError> {
        attempt!(self.database, client => saved::delete(&client, user, id, seq))
    }

    async fn saved(
        &self,
        user: UserId,
        before: Option<SavedCursor>,
        limit: usize,
    ) -> Result<Vec<SavedCursor>, StorageError> {
        attempt!(self.database, client => saved::list(&client, user, before, limit))
    }
}

#[async_trait]
impl SearchStorage for Postgres {
    async fn search(&self, user: UserId, search: Arc<Search>) -> Result<SearchRun, StorageError> {
        let _turn = self.searches.acquire().await.map_err(|_| StorageError::Closed)?;
        attempt!(self.database, client => search::search(&mut client, user, &search))
    }

    async fn direct_with(&self, user: UserId, other: UserId) -> Result<Option<ConversationId>, StorageError> {
        attempt!(self.database, client => search::direct_with(&client, user, other))
    }

    async fn index(&self) -> Result<IndexProgress, StorageError> {
        attempt!(self.database, client => search::index(&mut client))
    }

    async fn drop_index(&self) -> Result<(), StorageError> {
        attempt!(self.database, client => search::drop_index(&mut client))
    }
}

#[async_trait]
impl Conversations for Postgres {
    async fn conversations(
        &self,
        user: UserId,
        range: ListRange,
    ) -> Result<(ListPart, Vec<User>), StorageError> {
        attempt!(self.database, client => conversations::list(&mut client, user, range))
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<KnownUser>)>, StorageError> {
        attempt!(self.database, client => conversations::one(&mut client, user, id))
    }

    async fn group_by_title(
        &self,
        user: UserId,
        title: &Title,
    ) -> Result<Option<ConversationId>, StorageError> {
        attempt!(self.database, client => conversations::group_by_title(&client, user, title))
    }

    async fn members(
        &self,
        user: UserId,
        id: ConversationId,
        query: MemberQuery,
    ) -> Result<Option<MemberRun>, StorageError> {
        attempt!(self.database, client => conversations::members(&mut client, user, id, &query))
    }

    async fn audience(&self, user: UserId, id: ConversationId) -> Result<Option<Audience>, StorageError> {
        attempt!(self.database, client => conversations::audience(&mut client, user, id))
    }
}

#[async_trait]
impl EventLog for Postgres {
    async fn events(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<EventRun>, StorageError> {
        attempt!(self.database, client => log::events(&mut client, user, id, range, limit))
    }
}

#[async_trait]
impl Messages for Postgres {
    async fn messages(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<MessageRun>, StorageError> {
        attempt!(self.database, client => messages::messages(&mut client, user, id, range, limit))
    }

    async fn messages_by_key(
        &self,
        user: UserId,
        keys: Vec<(ConversationId, Seq)>,
    ) -> Result<KeyedMessages, StorageError> {
        attempt!(self.database, client => messages::by_key(&mut client, user, &keys))
    }

    async fn revisions(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<Option<Vec<Revision>>>, StorageError> {
        attempt!(self.database, client => messages::revisions(&mut client, user, id, seq))
    }

    async fn pins(
        &self,
        user: UserId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Option<Pins>, StorageError> {
        attempt!(self.database, client => messages::pins(&mut client, user, id, limit))
    }
}

#[async_trait]
impl Threads for Postgres {
    async fn replies(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        range: Range,
        limit: usize,
    ) -> Result<Option<Option<MessageRun>>, StorageError> {
        attempt!(self.database, client => threads::replies(&mut client, user, (id, root), range, limit))
    }

    async fn thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
    ) -> Result<Option<Option<ThreadState>>, StorageError> {
        attempt!(self.database, client => threads::thread(&mut client, user, id, root))
    }

    async fn move_thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        to: ThreadMove,
    ) -> Result<Option<Option<ThreadState>>, StorageError> {
        attempt!(self.database, client => threads::move_thread(&mut client, user, (id, root), to))
    }

    async fn threads(&self, user: UserId, query: ThreadQuery) -> Result<ThreadRun, StorageError> {
        attempt!(self.database, client => threads::list(&mut client, user, query))
    }

    async fn followed_threads(
        &self,
        user: UserId,
        limit: usize,
        unread_limit: usize,
    ) -> Result<(Vec<ThreadState>, u64), StorageError> {
        attempt!(self.database, client => threads::first(&mut client, user, (limit, unread_limit)))
    }
}

#[async_trait]
impl Commands for Postgres {
    async fn submit(&self, commands: Vec<Command>) -> CommandsHandle {
        self.writer.submit(commands).await
    }
}

#[async_trait]
impl Storage for Postgres {
    async fn probe(&self) -> Result<(), StorageError> {
        attempt!(self.database, client => settings::rewrite(&client))
    }

    async fn close(&self) {
        self.writer.close().await;
        self.database.close();
    }

    fn shared(&self) -> Option<&dyn SharedStorage> {
        Some(self)
    }
}

#[async_trait]
impl SharedStorage for Postgres {
    async fn beat(&self, node: NodeId, dead_after: Duration) -> Result<Beat, StorageError> {
        attempt!(self.database, client => shared::beat(&mut client, node, dead_after))
    }

    async fn leave(&self, node: NodeId) -> Result<(), StorageError> {
        attempt!(self.database, client => shared::leave(&client, node))
    }

    async fn connect(&self, node: NodeId, users: &[UserId]) -> Result<Vec<UserId>, StorageError> {
        attempt!(self.database, client => shared::connect(&client, node, users))
    }

    async fn disconnect(&self, node: NodeId, user: UserId, at: Timestamp) -> Result<bool, StorageError> {
        attempt!(self.database, client => shared::disconnect(&client, node, user, at))
    }

    async fn connected(&self, users: &[UserId]) -> Result<Vec<UserId>, StorageError> {
        attempt!(self.database, client => shared::connected(&client, users))
    }

    async fn groups(&self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StorageError> {
        attempt!(self.database, client => shared::groups(&client, user))
    }

    async fn changed_since(&self, node: NodeId, marker: CommitMarker) -> Result<Changes, StorageError> {
        attempt!(self.database, client => shared::changed_since(&mut client, node, marker))
    }

    async fn moved_positions(
        &self,
        node: NodeId,
        marker: CommitMarker,
    ) -> Result<Vec<MovedPosition>, StorageError> {
        attempt!(self.database, client => shared::moved_positions(&client, node, marker))
    }

    async fn moved_in_threads(
        &self,
        node: NodeId,
        marker: CommitMarker,
    ) -> Result<Vec<UserId>, StorageError> {
        attempt!(self.database, client => shared::moved_in_threads(&client, node, marker))
    }

    async fn missed(
        &self,
        id: ConversationId,
        after: Seq,
        limit: usize,
    ) -> Result<Option<MissedEvents>, StorageError> {
        attempt!(self.database, client => shared::missed(&mut client, id, after, limit))
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StorageError> {
        attempt!(self.database, client => users::by_ids(&client, ids.iter().copied()))
    }

    async fn ended_sessions(&self, tokens: &[SecretHash]) -> Result<Vec<SecretHash>, StorageError> {
        attempt!(self.database, client => shared::ended_sessions(&client, tokens))
    }
}

#[cfg(test)]
mod tests;
