//! What survives. The trait is what chat needs of a database; [`sqlite`] is the one that comes built in.
//!
//! Habits of the trait: "not found" is `Ok(None)`, never an error; an error means that nothing was written; whatever
//! answers `Ok` to a write is on disk. To add a backend: implement [`Store`], and keep its promises about order.

pub mod folder;
pub mod sqlite;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use async_trait::async_trait;
use confab_shared::{conversation::{Conversation, ConversationKind}, event::Event, id::{ClientId, ConversationId, Seq, Timestamp, UserId}, protocol::ReadSignal, text::{MessageText, Title, UserName}, user::User};
use smallvec::SmallVec;
use tokio::sync::oneshot;

/// The conversation that everybody is in, from the start.
pub const EVERYONE: ConversationId = ConversationId(1);

/// SHA-256 of a secret: secrets themselves are never stored.
pub type SecretHash = [u8; 32];

/// A write or a read that did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed: a full disk, a file that cannot be read.
    #[error("the store failed: {0}")]
    Failed(Arc<str>),
    /// The store is closing, and takes nothing more.
    #[error("the store is closed")]
    Closed,
}

/// Whom an event or a signal is for.
#[derive(Clone, Debug)]
pub enum Audience {
    /// Everybody.
    Everyone,
    /// These, in the order of their ids; a snapshot that is shared, not copied.
    Users(Arc<[UserId]>),
}

impl Audience {
    /// Whether it is the very same snapshot; two that happen to be equal are not.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, Self::Everyone) => true,
            (Self::Users(one), Self::Users(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// A user, with what only the server may know of them.
#[derive(Clone, Debug)]
pub struct KnownUser {
    /// The user.
    pub user: User,
    /// Whether somebody holds the name with a key. Nobody does who was only written to, or only came with the demo's
    /// dialect.
    pub held: bool,
    /// When their last connection ended.
    pub last_seen: Option<Timestamp>,
}

/// A name on its way in.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The name.
    pub name: UserName,
    /// What makes two names the same.
    pub name_key: String,
    /// The key that was shown, hashed.
    pub shown_key: Option<SecretHash>,
    /// The key that the name is held with from now on, where nobody held it.
    pub new_key: SecretHash,
    /// The new session's token, hashed.
    pub token: SecretHash,
    /// Now.
    pub at: Timestamp,
}

/// What came of [`Store::sign_in`].
#[derive(Clone, Debug)]
pub enum SignInOutcome {
    /// In, under the key that was shown.
    Returned(User),
    /// In, as the first to hold the name: `new_key` holds it now.
    Claimed(User),
    /// Somebody else holds the name.
    Taken,
}

/// An event on its way into a conversation.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub by: User,
    /// The command's id, where its sender gave one.
    pub client_id: Option<ClientId>,
    /// Now.
    pub at: Timestamp,
    /// What.
    pub body: NewBody,
}

/// What is to happen.
#[derive(Clone, Debug)]
pub enum NewBody {
    /// A message.
    Posted {
        /// What it says.
        text: MessageText,
        /// For each place that may call somebody, the name keys that can be meant, the longest first: the first that a
        /// member of the conversation has is meant.
        calls: Vec<Vec<String>>,
        /// The bytes of the demo's frame that it came in, where they matter.
        legacy: Option<Arc<str>>,
    },
    /// People to add; those who are in it already are passed over.
    Joined(Vec<User>),
    /// Another title.
    Renamed(Title),
    /// The sender goes.
    Left,
}

/// An event in its place, with what is needed to tell people of it.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// The event.
    pub event: Event,
    /// The frame of the demo's dialect that posted it, where writing it anew would give other bytes.
    pub legacy: Option<Arc<str>>,
}

/// An event that has just been written: published once, in seq order.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The event.
    pub stored: StoredEvent,
    /// Everybody whom the event names: mostly its author alone.
    pub users: SmallVec<[User; 1]>,
    /// Who is to be told; of a member who left, also they.
    pub audience: Audience,
    /// The conversation's kind.
    pub kind: ConversationKind,
    /// The conversation's title, after the event.
    pub title: Option<Title>,
}

impl Committed {
    /// Whether it is in somebody's conversation with themselves.
    pub fn is_notes(&self) -> bool {
        self.kind == ConversationKind::Direct
            && matches!(&self.audience, Audience::Users(users) if users.len() == 1)
    }
}

/// Which events of a log are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The newest.
    Newest,
    /// The newest that are older.
    Before(Seq),
    /// The oldest that are newer.
    After(Seq),
}

/// A run of a log.
#[derive(Clone, Debug)]
pub struct EventRun {
    /// The events, in seq order, gapless.
    pub events: Vec<StoredEvent>,
    /// Everybody whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head: Seq,
}

/// An event's place in its conversation's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Where in its log.
    pub seq: Seq,
    /// Since when.
    pub at: Timestamp,
}

impl Placed {
    /// The place of an event.
    pub fn of(event: &Event) -> Self {
        Self { conversation: event.conversation, seq: event.seq, at: event.at }
    }
}

/// What came of [`Store::append`].
#[derive(Clone, Debug)]
pub enum Appended {
    /// The event has its place: now, or since the same command came before.
    Event(Placed),
    /// There was nothing to do: those to be added are all in it.
    NoChange,
    /// The id has been used for another command.
    OtherCommand,
    /// There is no such conversation, or the sender is not in it.
    NotMember,
}

/// Events that are queued. Resolves, once they are on disk, to what came of each, and need not be polled for that.
pub struct Appending {
    told: oneshot::Receiver<Vec<Result<Appended, StoreError>>>,
    events: usize,
}

/// What tells what came of an [`Appending`]; dropped, it says that the store is closed.
pub type AppendingReply = oneshot::Sender<Vec<Result<Appended, StoreError>>>;

impl Appending {
    /// One of so many events that is to be told.
    pub fn new(events: usize) -> (AppendingReply, Self) {
        let (reply, told) = oneshot::channel();
        (reply, Self { told, events })
    }
}

impl Future for Appending {
    type Output = Vec<Result<Appended, StoreError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let events = self.events;
        let closed = |_| vec![Err(StoreError::Closed); events];
        Pin::new(&mut self.told).poll(cx).map(|told| told.unwrap_or_else(closed))
    }
}

/// What there is to tell of a commit.
#[derive(Clone, Debug)]
pub enum News {
    /// An event has been written.
    Event(Committed),
    /// A cursor has moved. Told in one order with the events: whoever hears of them in another would count otherwise.
    Cursor(MovedCursor),
}

/// A cursor that has just moved.
#[derive(Clone, Debug)]
pub struct MovedCursor {
    /// The cursor.
    pub signal: ReadSignal,
    /// The members, where the move changed how far the others have read for one of them. It does so at most twice
    /// per event, so that a message to a thousand readers makes two signals to all of them and not a thousand.
    pub audience: Option<Audience>,
}

/// What chat needs of a database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Starts a session under a name that is free, held by nobody, or held with the key that is shown.
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StoreError>;

    /// Whose session a token is.
    async fn session(&self, token: SecretHash) -> Result<Option<User>, StoreError>;

    /// Ends a session; one that does not exist is fine.
    async fn end_session(&self, token: SecretHash) -> Result<(), StoreError>;

    /// The user of a name key.
    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StoreError>;

    /// The users of some name keys, in their order.
    async fn users(&self, name_keys: Vec<String>) -> Result<Vec<Option<KnownUser>>, StoreError>;

    /// The user of a name, made where there is none: nobody holds the name then.
    async fn ensure_user(
        &self,
        name: UserName,
        name_key: String,
        at: Timestamp,
    ) -> Result<KnownUser, StoreError>;

    /// Users whose name key begins so, in the order of the keys.
    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StoreError>;

    /// Remembers when somebody's last connection ended.
    async fn went(&self, user: UserId, at: Timestamp) -> Result<(), StoreError>;

    /// Those whom somebody has a direct conversation with.
    async fn direct_peers(&self, user: UserId) -> Result<Vec<KnownUser>, StoreError>;

    /// Every conversation of a user as they see it, and every user whom those name.
    async fn conversations(&self, user: UserId) -> Result<(Vec<Conversation>, Vec<User>), StoreError>;

    /// One conversation of a user as they see it, and every user whom it names; none where they are not in it.
    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<KnownUser>)>, StoreError>;

    /// The group of a title that a user is in: of several, the one that was active last.
    async fn group_by_title(&self, user: UserId, title: &Title)
    -> Result<Option<ConversationId>, StoreError>;

    /// Finds or makes the direct conversation of two users (the same twice: notes to oneself).
    async fn direct(&self, a: UserId, b: UserId, at: Timestamp) -> Result<ConversationId, StoreError>;

    /// Makes a group of the creator and others: its first two events are its title and its members. The same
    /// command again answers the same group; none where its id has been used for another command.
    async fn create_group(
        &self,
        creator: User,
        client_id: ClientId,
        title: Title,
        others: Vec<User>,
        at: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError>;

    /// Queues events to be appended, or to be found where the same command has made them before. Answers once they are
    /// queued, in the order of which seqs are given. Each stands for itself: one that fails fails no other. A store that
    /// is closing says so of each.
    async fn append(&self, new: Vec<NewEvent>) -> Appending;

    /// Moves a cursor forward, to the head at most, and on over what the user wrote right behind. Answers whether the user
    /// is in the conversation.
    async fn move_cursor(
        &self,
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<bool, StoreError>;

    /// A run of a conversation's log, at most `limit` events; none where the user is not in it.
    async fn events(
        &self,
        user: UserId,
        conversation: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<EventRun>, StoreError>;

    /// The members of a conversation in the order of their name keys; none where the user is not in it.
    async fn members(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<Vec<KnownUser>>, StoreError>;

    /// Whom a signal of a member is for; none where the user is not in it.
    async fn audience(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<Audience>, StoreError>;

    /// Commits all that is queued and takes nothing more.
    async fn close(&self);
}
