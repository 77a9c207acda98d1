//! Persistent data: a trait per aggregate, and the backends that implement them.
//!
//! Guarantees of every backend, checked by the conformance suite (`storage::conformance`):
//! - "Not found" is `Ok(None)`, never an error. An error means that nothing was written.
//! - A write that returned `Ok` is on disk.
//! - A backend loads and writes; `domain` decides what a command does.
//!
//! To add an operation: a method of the trait of its aggregate (or a trait of its own, and a line in [`Storage`]), its
//! case in the conformance suite, and its implementation in each backend. To add a backend: implement the traits, and
//! call `conformance!` once.

pub mod accounts;
pub mod attachments;
pub mod backend;
#[cfg(test)]
mod conformance;
pub mod consent;
pub mod data_folder;
pub mod device;
pub mod drafts;
pub mod error;
pub mod invitations;
#[cfg(test)]
pub(crate) mod memory;
pub mod name;
pub mod postgres;
pub mod receipts;
pub mod saved;
pub mod search;
pub mod second_factors;
pub mod settings;
pub mod setup_link;
pub mod shared;
pub mod sqlite;
pub mod threads;
pub mod transfer;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use async_trait::async_trait;
use confab_shared::{
    api::{Access, Pins, Revision},
    conversation::{Conversation, ConversationKind},
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::Message,
    text::Title,
    thread::ThreadState,
    user::User,
};
use tokio::sync::oneshot;

use self::{
    accounts::Accounts,
    attachments::AttachmentStorage,
    consent::ConsentStorage,
    drafts::DraftStorage,
    invitations::Invitations,
    receipts::ReceiptStorage,
    saved::SavedStorage,
    search::SearchStorage,
    second_factors::SecondFactors,
    settings::SettingsStorage,
    shared::SharedStorage,
    threads::{ThreadMove, ThreadQuery, ThreadRun},
};
pub use self::{
    device::Device,
    error::StorageError,
    name::{NewDisplayName, NewName},
};
use crate::domain::{
    audience::Audience,
    command::Command,
    decision::Outcome,
    listing::{ListPart, ListRange},
    notification::StoredEvent,
    presence::SharedConversation,
    second_factor::ShownCode,
    sign_in::{Proof, SecretHash, UserKind},
};

/// The conversation of every user, made with the storage.
pub const EVERYONE: ConversationId = ConversationId(1);

/// A user, with what only the server may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUser {
    /// The user.
    pub user: User,
    /// By which door the user came. It decides who may be this user.
    pub kind: UserKind,
    /// When the user's last connection ended.
    pub last_seen: Option<Timestamp>,
}

/// Users.
#[async_trait]
pub trait Users {
    /// The user of a name key.
    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StorageError>;

    /// The user of a name, made where there is none, unclaimed. One who exists gets the kind as [`UserKind::after`] decides.
    /// None where one who is made or comes would look like a user who has come. A user who is awaited is a member of
    /// Everyone, and found by prefix and by commands, only once somebody has come.
    async fn ensure_user(
        &self,
        name: NewName,
        kind: UserKind,
        at: Timestamp,
    ) -> Result<Option<KnownUser>, StorageError>;

    /// Users whose name key begins with a prefix, in the order of the keys, and then those whose display name's key does, in
    /// the order of these; without those who are awaited.
    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StorageError>;

    /// Gives a user another display name, or none, and answers the user. None where it looks like the name of another user
    /// who has come.
    async fn set_display_name(
        &self,
        user: UserId,
        new: Option<NewDisplayName>,
    ) -> Result<Option<User>, StorageError>;

    /// The users who may know of a user: all who are no guests, and those who are in a direct conversation or a group with
    /// the user, in no order; the user among them.
    async fn acquaintances(&self, user: UserId) -> Result<Vec<UserId>, StorageError>;

    /// Sets when a user's last connection ended.
    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<(), StorageError>;

    /// The users with whom a user has a direct conversation, oneself included, and that conversation.
    async fn direct_peers(&self, user: UserId) -> Result<Vec<(KnownUser, SharedConversation)>, StorageError>;

    /// The direct conversation of two users, where there is one.
    async fn direct_between(
        &self,
        user: UserId,
        other: UserId,
    ) -> Result<Option<SharedConversation>, StorageError>;
}

/// A session, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Names it.
    pub id: u64,
    /// Its token, hashed.
    pub token: SecretHash,
    /// What signed in.
    pub device: Device,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
}

/// A sign-in under a name.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The name.
    pub name: NewName,
    /// Who may sign in.
    pub access: Access,
    /// What was shown for it.
    pub proof: Proof,
    /// What was shown as a second factor.
    pub code: ShownCode,
    /// What signs in.
    pub device: Device,
    /// The key that claims the name where it is free.
    pub new_key: SecretHash,
    /// The new session's token, hashed.
    pub token: SecretHash,
    /// Now.
    pub at: Timestamp,
}

/// What became of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// Signed in with what was shown.
    Returned(User),
    /// Signed in, and the name is claimed with `new_key`.
    Claimed(User),
    /// The name is claimed with another key, or looks like that of another user.
    Taken,
    /// A user of the demo's dialect has the name.
    OfDialect,
    /// The name has a password, which was not shown.
    NeedsPassword,
    /// The name has a second factor, which was not shown.
    NeedsCode,
    /// What was shown as the second factor is not it, or was used before.
    WrongCode,
    /// The account is deactivated.
    Deactivated,
}

/// Sessions.
#[async_trait]
pub trait Sessions {
    /// Starts a session as `domain::sign_in` decides.
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StorageError>;

    /// The user of a session, and when it was last used.
    async fn session(&self, token: SecretHash) -> Result<Option<(User, Timestamp)>, StorageError>;

    /// Sets when a session was last used, and from which address.
    async fn use_session(
        &self,
        token: SecretHash,
        at: Timestamp,
        address: Option<String>,
    ) -> Result<(), StorageError>;

    /// Sets when sessions were last used.
    async fn use_sessions(&self, tokens: Vec<SecretHash>, at: Timestamp) -> Result<(), StorageError>;

    /// The sessions of a user, the last used first, at most `MAX_SESSIONS_LISTED`.
    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>, StorageError>;

    /// Ends a session; one that does not exist is fine.
    async fn end_session(&self, token: SecretHash) -> Result<(), StorageError>;

    /// Ends a session of a user by its id, and answers its token; none where the user has no such session.
    async fn end_session_of(&self, user: UserId, id: u64) -> Result<Option<SecretHash>, StorageError>;

    /// Ends every session of a user, but the one that is kept.
    async fn end_sessions(&self, user: UserId, kept: Option<SecretHash>) -> Result<(), StorageError>;

    /// Ends every session that was last used before a time, and answers which.
    async fn expire_sessions(
        &self,
        used_before: Timestamp,
    ) -> Result<Vec<(UserId, SecretHash)>, StorageError>;
}

/// Passwords.
#[async_trait]
pub trait Passwords {
    /// The hash of a user's password; none where they have none.
    async fn password(&self, user: UserId) -> Result<Option<String>, StorageError>;

    /// Changes the password of a user of the page from one hash to another, or answers false where it is not the first
    /// any more, or the user is of another kind. From then on the password opens the name, and a guest key does not: a
    /// guest becomes a member. Every session of the user ends, but the one that is kept.
    async fn change_password(
        &self,
        user: UserId,
        from: Option<String>,
        to: String,
        kept: Option<SecretHash>,
    ) -> Result<bool, StorageError>;
}

/// Which members of a conversation are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberQuery {
    /// Those behind the user of this name key; empty for all.
    pub after: String,
    /// The key of what was shown of that user when they were listed, which they may have changed since; none for what is shown
    /// of them now.
    pub after_shown: Option<String>,
    /// Those whose name keys, or the keys of whose display names, begin with this.
    pub prefix: String,
    /// How many at most.
    pub limit: usize,
}

/// A member of a conversation, and what they share with the member who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// The member.
    pub known: KnownUser,
    /// The conversation that is listed.
    pub here: SharedConversation,
    /// Their direct conversation, where there is one.
    pub direct: Option<SharedConversation>,
}

/// Members that follow each other in the order of the keys of what is shown, and then of their name keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRun {
    /// The conversation's kind.
    pub kind: ConversationKind,
    /// The members.
    pub members: Vec<ListedMember>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// Conversations, as their members see them.
#[async_trait]
pub trait Conversations {
    /// A part of the list of a user's conversations, as `domain::listing` selects it, and every user whom it names.
    async fn conversations(
        &self,
        user: UserId,
        range: ListRange,
    ) -> Result<(ListPart, Vec<User>), StorageError>;

    /// One conversation of a user, and every user whom it names; none where they are no member.
    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<KnownUser>)>, StorageError>;

    /// The group of a title that a user is a member of: of several, the one that was active last.
    async fn group_by_title(
        &self,
        user: UserId,
        title: &Title,
    ) -> Result<Option<ConversationId>, StorageError>;

    /// Members of a conversation in the order of the keys of what is shown, and then of their name keys; none where the user
    /// is no member.
    async fn members(
        &self,
        user: UserId,
        id: ConversationId,
        query: MemberQuery,
    ) -> Result<Option<MemberRun>, StorageError>;

    /// The audience of a member's signals; none where the user is no member.
    async fn audience(&self, user: UserId, id: ConversationId) -> Result<Option<Audience>, StorageError>;
}

/// A part of a log: of its events, or of its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The newest.
    Newest,
    /// The newest before a seq.
    Before(Seq),
    /// The oldest after a seq.
    After(Seq),
    /// Half of them before a seq, the others from it on.
    Around(Seq),
}

impl Range {
    /// The first and the last seq of at most `limit` events of a log that ends at `head_seq`; empty where the first is
    /// beyond the last.
    pub fn bounds(self, head_seq: Seq, limit: usize) -> (Seq, Seq) {
        let (head, limit) = (head_seq.0, limit as u64);
        let (first, last) = match self {
            Self::Newest => ((head + 1).saturating_sub(limit), head),
            Self::Before(seq) => {
                (seq.0.min(head + 1).saturating_sub(limit), seq.0.saturating_sub(1).min(head))
            }
            Self::After(seq) => (seq.0.saturating_add(1), seq.0.saturating_add(limit).min(head)),
            Self::Around(seq) => {
                let seq = seq.0.min(head + 1);
                (seq.saturating_sub(limit / 2), (seq + limit - limit / 2).saturating_sub(1).min(head))
            }
        };
        (Seq(first.max(1)), Seq(last))
    }
}

/// Events of a log that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRun {
    /// The events, in seq order, gapless.
    pub events: Vec<StoredEvent>,
    /// Every user whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head_seq: Seq,
}

/// The logs of conversations.
#[async_trait]
pub trait EventLog {
    /// A part of a conversation's log, at most `limit` events; none where the user is no member.
    async fn events(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<EventRun>, StorageError>;
}

/// Items of a conversation, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRun {
    /// The items, in seq order: all of the log from `first_seq` to `last_seq`.
    pub items: Vec<Item>,
    /// The messages that these reply to and that are not among them, in seq order.
    pub quoted: Vec<Message>,
    /// The root, where they are the replies of a thread.
    pub root: Option<Message>,
    /// Every user whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head_seq: Seq,
    /// The first seq of that part of the log.
    pub first_seq: Seq,
    /// The last seq of that part of the log.
    pub last_seq: Seq,
}

impl MessageRun {
    /// The seqs of the messages that items reply to and that are not among them, in order.
    pub fn quotes(items: &[Item]) -> Vec<Seq> {
        let replied = items.iter().filter_map(|item| item.message()?.reply_to);
        let mut quotes: Vec<_> =
            replied.filter(|seq| items.binary_search_by_key(seq, Item::seq).is_err()).collect();
        quotes.sort_unstable();
        quotes.dedup();
        quotes
    }

    /// The users whom all of it names, in no order; some may come twice.
    pub fn named(items: &[Item], quoted: &[Message], root: Option<&Message>) -> Vec<UserId> {
        let messages = quoted.iter().chain(root).flat_map(Message::users);
        items.iter().flat_map(Item::users).chain(messages).collect()
    }
}

/// Messages of any conversations, as they are now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyedMessages {
    /// For each key in their order: none where the user is no member of the conversation; none in it where there is no such
    /// message, or it is deleted.
    pub messages: Vec<Option<Option<Message>>>,
    /// Every user whom they name.
    pub users: Vec<User>,
}

impl KeyedMessages {
    /// The users whom messages name, in no order; some may come twice.
    fn named(messages: &[Option<Option<Message>>]) -> impl Iterator<Item = UserId> {
        messages.iter().flatten().flatten().flat_map(Message::users)
    }
}

/// Messages as they are now: with all later changes applied.
#[async_trait]
pub trait Messages {
    /// Messages and notices of a conversation's timeline, at most `limit`; none where the user is no member.
    async fn messages(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<MessageRun>, StorageError>;

    /// Messages by their conversations and seqs, those included that show only in their thread.
    async fn messages_by_key(
        &self,
        user: UserId,
        keys: Vec<(ConversationId, Seq)>,
    ) -> Result<KeyedMessages, StorageError>;

    /// The texts that a message had before its present one, the oldest first. None where the user is no member; none in
    /// it where there is no such message, or it is deleted.
    async fn revisions(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<Option<Vec<Revision>>>, StorageError>;

    /// The pinned messages of a conversation, the last pinned first; none where the user is no member.
    async fn pins(
        &self,
        user: UserId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Option<Pins>, StorageError>;
}

/// Threads. Of a message: none where the user is no member of the conversation; none in it where there is no message, or it is
/// a reply of a thread itself.
#[async_trait]
pub trait Threads {
    /// The replies of a thread, at most `limit`, as items; and the root.
    async fn replies(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        range: Range,
        limit: usize,
    ) -> Result<Option<Option<MessageRun>>, StorageError>;

    /// How far a member has read a thread.
    async fn thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
    ) -> Result<Option<Option<ThreadState>>, StorageError>;

    /// Moves a member's position in a thread, or has them follow it or not any more. There is no such thread where the root is
    /// deleted.
    async fn move_thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        to: ThreadMove,
    ) -> Result<Option<Option<ThreadState>>, StorageError>;

    /// A part of the list of the threads that a user follows.
    async fn threads(&self, user: UserId, query: ThreadQuery) -> Result<ThreadRun, StorageError>;

    /// The first threads of that list, at most `limit`, then further ones with something unread, at most `unread_limit`; and
    /// how many of all have something unread.
    async fn followed_threads(
        &self,
        user: UserId,
        limit: usize,
        unread_limit: usize,
    ) -> Result<(Vec<ThreadState>, u64), StorageError>;
}

/// Commands.
#[async_trait]
pub trait Commands {
    /// Queues commands. They are carried out in the order in which calls returned, each for itself: one that fails fails
    /// no other. What they did is published (`domain::notification`) in that order, too.
    async fn submit(&self, commands: Vec<Command>) -> CommandsHandle;
}

/// Commands that are queued. Resolves, once they are on disk, to what became of each; need not be polled for that.
pub struct CommandsHandle {
    outcomes: oneshot::Receiver<CommandOutcomes>,
    commands: usize,
}

/// What became of queued commands, in their order.
pub type CommandOutcomes = Vec<Result<Outcome, StorageError>>;

/// Resolves a [`CommandsHandle`]; dropped, it resolves all as closed.
pub type CommandsReply = oneshot::Sender<CommandOutcomes>;

impl CommandsHandle {
    /// The handle of so many commands, and what resolves it.
    pub fn new(commands: usize) -> (CommandsReply, Self) {
        let (reply, outcomes) = oneshot::channel();
        (reply, Self { outcomes, commands })
    }
}

impl Future for CommandsHandle {
    type Output = CommandOutcomes;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let commands = self.commands;
        let closed = |_| vec![Err(StorageError::Closed); commands];
        Pin::new(&mut self.outcomes).poll(cx).map(|outcomes| outcomes.unwrap_or_else(closed))
    }
}

/// Everything that a backend implements.
#[async_trait]
pub trait Storage:
    Users
    + Sessions
    + Passwords
    + SecondFactors
    + Accounts
    + Invitations
    + SettingsStorage
    + ConsentStorage
    + DraftStorage
    + ReceiptStorage
    + SavedStorage
    + AttachmentStorage
    + SearchStorage
    + Conversations
    + EventLog
    + Messages
    + Threads
    + Commands
    + Send
    + Sync
    + 'static
{
    /// Writes something that changes nothing, to find out whether commits reach the disk.
    async fn probe(&self) -> Result<(), StorageError>;

    /// Commits all that is queued and takes nothing more.
    async fn close(&self);

    /// What nodes that share the storage know of each other; none of a storage of one server.
    fn shared(&self) -> Option<&dyn SharedStorage> {
        None
    }
}
