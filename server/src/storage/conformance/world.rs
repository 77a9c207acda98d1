//! Users of a backend under test, and the notifications that it publishes.

use async_trait::async_trait;
use confab_shared::{
    conversation::Conversation,
    emoji::Emoji,
    event::EventBody,
    id::{ClientId, ConversationId, Seq, Timestamp},
    item::Item,
    message::Message,
    preview::Preview,
    text::{DisplayName, MessageText, Title, UserName},
    thread::ThreadState,
    user::User,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    domain::{
        command::{
            AddMembers, Command, CommandBody, CreateGroup, Delete, Edit, Leave, MarkRead, MarkUnread,
            OpenDirect, Pin, Post, React, Rename, ShowPreviews,
        },
        decision::Outcome,
        event_position::EventPosition,
        notification::CommitNotification,
        sign_in::UserKind,
    },
    storage::{KnownUser, NewDisplayName, NewName, Range, Storage},
};

/// How many batches of notifications may wait: more than any test makes.
const QUEUE: usize = 10_000;

/// A backend under test.
#[async_trait]
pub trait Backend: Sized + Send + Sync {
    /// How many random cases are compared with the reference.
    const CASES: u32 = 48;

    /// Whether what it needs is installed; if not, its tests are skipped.
    fn is_installed() -> bool {
        true
    }

    /// An empty storage.
    async fn open(publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self;

    /// What is under test.
    fn storage(&self) -> &dyn Storage;

    /// The storage as it is found after its process was killed.
    async fn reopen_after_kill(self, publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self;
}

/// A backend, and what it published.
pub struct World<B> {
    pub backend: B,
    pub published: mpsc::Receiver<Vec<CommitNotification>>,
    ids: u128,
}

impl<B: Backend> World<B> {
    pub async fn new() -> Self {
        let (publisher, published) = mpsc::channel(QUEUE);
        Self { backend: B::open(publisher).await, published, ids: 0 }
    }

    pub fn storage(&self) -> &dyn Storage {
        self.backend.storage()
    }

    pub async fn reopened(self) -> Self {
        let (publisher, published) = mpsc::channel(QUEUE);
        let backend = self.backend.reopen_after_kill(publisher).await;
        Self { backend, published, ids: self.ids }
    }

    pub async fn user(&self, name: &str) -> User {
        self.user_of(UserKind::Page, name).await.user
    }

    pub async fn user_of(&self, kind: UserKind, name: &str) -> KnownUser {
        let name = NewName::of(UserName::new(name).unwrap());
        self.storage().ensure_user(name, kind, Timestamp(1)).await.unwrap().expect("no name looks like it")
    }

    /// Sets or removes a display name; none where it looks like another user's name.
    pub async fn set_display_name(&self, user: &User, display_name: &str) -> Option<User> {
        let new = DisplayName::new(display_name).unwrap();
        let new = new.map(|new| NewDisplayName::of(new, &user.name).unwrap());
        self.storage().set_display_name(user.id, new).await.unwrap()
    }

    pub fn client_id(&mut self) -> ClientId {
        self.ids += 1;
        ClientId(Uuid::from_u128(self.ids))
    }

    pub async fn submit(&self, commands: Vec<Command>) -> Vec<Outcome> {
        let outcomes = self.storage().submit(commands).await.await;
        outcomes.into_iter().map(|outcome| outcome.unwrap()).collect()
    }

    /// Carries out a command with a fresh id.
    pub async fn act(&mut self, actor: &User, body: impl Into<CommandBody>) -> Outcome {
        let id = self.client_id();
        self.submit(vec![command(actor, Some(id), body)]).await.remove(0)
    }

    pub async fn post(&mut self, actor: &User, id: ConversationId, text: &str) -> EventPosition {
        self.act(actor, post(id, text)).await.unwrap()
    }

    pub async fn group(&mut self, creator: &User, title: &str, others: &[&User]) -> ConversationId {
        let others = others.iter().map(|user| user.name.clone()).collect();
        let made = self.act(creator, CreateGroup::new(Title::new(title).unwrap(), others)).await;
        made.unwrap().conversation
    }

    pub async fn direct(&mut self, one: &User, other: &User) -> ConversationId {
        self.act(one, OpenDirect::new(one.id, other.id)).await.unwrap().conversation
    }

    /// A conversation as a member sees it.
    pub async fn seen_by(&self, user: &User, id: ConversationId) -> Conversation {
        self.storage().conversation(user.id, id).await.unwrap().expect("the user is a member").0
    }

    /// The whole log of a conversation.
    pub async fn log(&self, user: &User, id: ConversationId) -> Vec<EventBody> {
        let run = self.storage().events(user.id, id, Range::After(Seq(0)), 10_000).await.unwrap();
        run.expect("the user is a member").events.into_iter().map(|stored| stored.event.body).collect()
    }

    /// Every message and notice of a conversation, as they are now.
    pub async fn items(&self, user: &User, id: ConversationId) -> Vec<Item> {
        let run = self.storage().messages(user.id, id, Range::After(Seq(0)), 10_000).await.unwrap();
        run.expect("the user is a member").items
    }

    /// A message as it is now.
    pub async fn message(&self, user: &User, id: ConversationId, seq: Seq) -> Message {
        let items = self.items(user, id).await;
        items.iter().filter_map(Item::message).find(|message| message.seq == seq).unwrap().clone()
    }

    /// How far a member has read a thread.
    pub async fn thread(&self, user: &User, id: ConversationId, root: Seq) -> ThreadState {
        let found = self.storage().thread(user.id, id, root).await.unwrap();
        found.expect("the user is a member").expect("there is such a root")
    }

    /// What was published since this was last called.
    pub async fn take_published(&mut self) -> Vec<CommitNotification> {
        // A command is answered before it is published; a later write waits for both.
        self.storage().end_session([0; 32]).await.unwrap();
        std::iter::from_fn(|| self.published.try_recv().ok()).flatten().collect()
    }
}

pub fn command(actor: &User, client_id: Option<ClientId>, body: impl Into<CommandBody>) -> Command {
    Command { actor: actor.clone(), client_id, at: Timestamp(1_000), body: body.into() }
}

pub fn post(id: ConversationId, text: &str) -> Post {
    Post::new(id, MessageText::new(text).unwrap())
}

/// A reply of the thread of a root, which may show in the timeline, too.
pub fn reply(id: ConversationId, root: Seq, text: &str, also_in_conversation: bool) -> Post {
    post(id, text).in_thread(Some(root), also_in_conversation)
}

pub fn rename(conversation: ConversationId, title: &str) -> Rename {
    Rename { conversation, title: Title::new(title).unwrap() }
}

pub fn add(conversation: ConversationId, users: &[&User]) -> AddMembers {
    AddMembers::new(conversation, users.iter().map(|user| user.name.clone()).collect())
}

pub fn leave(conversation: ConversationId) -> Leave {
    Leave { conversation }
}

pub fn mark_read(conversation: ConversationId, seq: u64) -> MarkRead {
    MarkRead { conversation, seq: Seq(seq) }
}

pub fn mark_unread(conversation: ConversationId, seq: u64) -> MarkUnread {
    MarkUnread { conversation, seq: Seq(seq) }
}

pub fn edit(id: ConversationId, target: Seq, text: &str) -> Edit {
    Edit::new(id, target, MessageText::new(text).unwrap())
}

pub fn delete(conversation: ConversationId, target: Seq) -> Delete {
    Delete { conversation, target }
}

pub fn react(conversation: ConversationId, target: Seq, emoji: &str, on: bool) -> React {
    React { conversation, target, emoji: Emoji::existing(emoji), on }
}

pub fn pin(conversation: ConversationId, target: Seq, on: bool) -> Pin {
    Pin { conversation, target, on }
}

pub fn preview(url: &str) -> Preview {
    let (url, title) = (url.to_owned(), format!("the page of {url}"));
    Preview { url, title, description: Some("what it says".to_owned()), site: None, image: None }
}

pub fn show(conversation: ConversationId, target: Seq, previews: Vec<Preview>) -> ShowPreviews {
    ShowPreviews::new(conversation, target, previews)
}
