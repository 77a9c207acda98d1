//! The data that commands need, and their decisions.

use std::sync::Arc;

use confab_shared::{
    api::Access,
    attachment::Attachment,
    conversation::{Conversation, ConversationKind, LastMessage},
    emoji::Emoji,
    event::{Deleted, Edited, EventBody, Pinned, Previewed, Reacted},
    id::{AttachmentId, ConversationId, Seq, UserId},
    message::{Message, ThreadSummary},
    user::User,
};

use super::{
    attachment::LoadedAttachment,
    audience::Audience,
    consent::{AskedUser, RequestState},
    earlier::Earlier,
    event_position::EventPosition,
    permission::conversation::{self as permission, Action, Role},
    refusal::Refusal,
};

/// The conversation that a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The conversation of an id.
    Conversation(ConversationId),
    /// The direct conversation of two users, the lower id first; equal for notes.
    Direct(UserId, UserId),
    /// A conversation that the command makes.
    New,
}

/// What a command needs to have loaded.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    /// The conversation, with its members.
    pub target: Target,
    /// The users of these name keys. Each list is of one place, longest first, and one of its users is meant at most.
    pub name_keys: &'a [Vec<String>],
    /// A message of the conversation.
    pub message: Option<MessageNeeds<'a>>,
    /// Another message, which is only looked at: the one that a new message replies to.
    pub quoted: Option<Seq>,
    /// Attachments, of a new message or of previews.
    pub attachments: &'a [AttachmentId],
    /// Where the users of the name keys are to become members: the server's access, under which those who are asked first
    /// are loaded ([`Loaded::asked`]). None where all of them have consented.
    pub asks_under: Option<Access>,
    /// The actor's request to join the conversation.
    pub request: bool,
    /// Where the actor's read position is to move, also back: the events from here on, or from the head where that is
    /// before, as far as [`super::read_position::ReadMove`] visits them.
    pub read_to: Option<Seq>,
}

/// What a command needs to have loaded of a message.
#[derive(Clone, Copy, Debug)]
pub struct MessageNeeds<'a> {
    /// The message.
    pub seq: Seq,
    /// Who reacted with this emoji.
    pub reaction: Option<&'a Emoji>,
    /// Where the message is the newest of the conversation: the one before it.
    pub message_before_last: bool,
    /// What the message shows of its thread; where it is a reply of a thread, what that root shows without it.
    pub replies: bool,
}

impl MessageNeeds<'_> {
    /// The message and nothing else.
    pub fn of(seq: Seq) -> Self {
        Self { seq, reaction: None, message_before_last: false, replies: false }
    }
}

impl<'a> Needs<'a> {
    /// A conversation and nothing else.
    pub fn of(target: Target) -> Self {
        Self {
            target,
            name_keys: &[],
            message: None,
            quoted: None,
            attachments: &[],
            asks_under: None,
            request: false,
            read_to: None,
        }
    }

    /// A conversation and a message of it.
    pub fn of_message(conversation: ConversationId, message: MessageNeeds<'a>) -> Self {
        Self { message: Some(message), ..Self::of(Target::Conversation(conversation)) }
    }
}

/// A message as it is loaded for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedMessage {
    /// The message; without its reactions, which may be many.
    pub message: Message,
    /// The users whom its texts have mentioned so far.
    pub mentioned_before: Vec<UserId>,
    /// The emoji of its reactions, in the order of their first use.
    pub emoji: Vec<Emoji>,
    /// Whether the actor reacted with the emoji of [`MessageNeeds::reaction`].
    pub reacted_by_actor: bool,
    /// Whether another user did.
    pub reacted_by_others: bool,
    /// See [`MessageNeeds::message_before_last`]; with its author.
    pub message_before: Option<(LastMessage, User)>,
    /// See [`MessageNeeds::replies`]; with the authors whom it names.
    pub replies: Option<(ThreadSummary, Vec<User>)>,
}

/// What is loaded for a command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loaded<'a> {
    /// The conversation and its members; none where it does not exist.
    pub conversation: Option<(&'a Conversation, &'a Audience)>,
    /// The members who are admins of the conversation.
    pub admins: &'a [UserId],
    /// The users of the name keys that exist.
    pub users: &'a [(String, User)],
    /// The message; none where the conversation has no such message.
    pub message: Option<&'a LoadedMessage>,
    /// The message of [`Needs::quoted`]; none where the conversation has no such message.
    pub quoted: Option<&'a Message>,
    /// Those of [`Needs::attachments`] that there are, in no order.
    pub attachments: &'a [LoadedAttachment],
    /// Those of `users` who are asked before people whom they never met add them.
    pub asked: &'a [AskedUser],
    /// The actor's request to join the conversation, where there is one.
    pub request: Option<RequestState>,
}

impl<'a> Loaded<'a> {
    /// The user of a name key.
    pub fn user(&self, name_key: &str) -> Option<&'a User> {
        self.users.iter().find(|(key, _)| key == name_key).map(|(_, user)| user)
    }

    /// The conversation, where the actor may do this in it.
    ///
    /// # Errors
    /// As [`permission::check`].
    pub fn permitted(
        &self,
        actor: UserId,
        action: Action,
    ) -> Result<(&'a Conversation, &'a Audience), Refusal> {
        let (conversation, members) = self.conversation.ok_or(Refusal::UnknownConversation)?;
        let role = match members.contains(actor) {
            false if self.request == Some(RequestState::Pending) => Role::Invited,
            false => Role::Outsider,
            true if self.admins.contains(&actor) => Role::Admin,
            true => Role::Member,
        };
        permission::check(role, conversation.kind, action)?;
        Ok((conversation, members))
    }

    /// Whether the message is the actor's own. One that does not exist counts as own, so that the refusal is
    /// [`Refusal::UnknownMessage`].
    pub fn is_own_message(&self, actor: UserId) -> bool {
        self.message.is_none_or(|target| target.message.by == actor)
    }

    /// The message, where it is there and not deleted.
    ///
    /// # Errors
    /// [`Refusal::UnknownMessage`].
    pub fn existing_message(&self) -> Result<&'a LoadedMessage, Refusal> {
        self.message.filter(|target| target.message.deleted.is_none()).ok_or(Refusal::UnknownMessage)
    }
}

/// What a command does.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Nothing: what it asks for is so already.
    Unchanged,
    /// An event in the conversation.
    Append(Append),
    /// Several events in the conversation, of which the first carries the command's id.
    AppendAll(Vec<Append>),
    /// A new conversation.
    Create(Create),
    /// The actor's read position moves, to this seq or further.
    MarkRead(Seq),
    /// The actor's read position moves back to before this seq, where it is beyond.
    MarkUnread(Seq),
}

impl Decision {
    /// Any number of events in the conversation.
    pub fn append_all(mut events: Vec<Append>) -> Self {
        match events.len() {
            0 => Self::Unchanged,
            1 => events.pop().map_or(Self::Unchanged, Self::Append),
            _ => Self::AppendAll(events),
        }
    }
}

/// An event and what it changes beside the log.
#[derive(Clone, Debug)]
pub struct Append {
    /// What happened.
    pub body: EventBody,
    /// What is written beside the log, in the same transaction.
    pub change: Option<Change>,
    /// The users whom the event names other than the actor.
    pub users: Vec<User>,
    /// The bytes of the demo's frame that posted a message, where encoding it again would give others.
    pub legacy: Option<Arc<str>>,
    /// What is written beside the log of a thread.
    pub thread: Option<Box<ThreadChange>>,
}

impl Append {
    /// An event that changes nothing beside the log.
    pub fn new(body: EventBody) -> Self {
        Self { body, change: None, users: Vec::new(), legacy: None, thread: None }
    }
}

/// What an event changes beside the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These members are mentioned, and have not read it.
    Mention(Vec<UserId>),
    /// These users become members, with nothing unread. Their requests to join the conversation end.
    AddMembers(Vec<UserId>),
    /// These users have a request to join the conversation, and are notified of it.
    Invite(Vec<UserId>),
    /// This user is a member no more. The event is still for them. All requests to join the conversation end with its last
    /// member.
    RemoveMember(UserId),
    /// What every member sees of the conversation is other: its title.
    UpdateConversation,
    /// A message has another text.
    Edit(Box<MessageEdit>),
    /// A message is deleted: its texts, mentions, reactions, previews and pin are removed, also from earlier events
    /// ([`super::redaction`]).
    Delete(Box<MessageDeletion>),
    /// A reaction of the actor is added or removed.
    React(ReactionChange),
    /// A message is pinned or unpinned.
    Pin(Pinned),
    /// A message has other previews.
    Preview(Box<PreviewChange>),
}

/// What an event changes about a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadChange {
    /// The root.
    pub root: Seq,
    /// What happens to it.
    pub kind: ThreadChangeKind,
}

/// What happens to a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadChangeKind {
    /// The event is a reply.
    Reply {
        /// What the root showed before.
        before: Option<ThreadSummary>,
        /// The members who follow the thread from now on, and have read it up to the reply. Some may follow it already.
        followers: Vec<UserId>,
        /// The members whom the reply mentions.
        mentions: Vec<UserId>,
    },
    /// A reply has another text.
    Edit {
        /// The reply.
        reply: Seq,
        /// Those who have an unread mention, where they follow the thread.
        notify: Vec<UserId>,
        /// Those who have none any more.
        unmentioned: Vec<UserId>,
    },
    /// A reply is deleted.
    Delete {
        /// The reply.
        reply: Seq,
        /// What the root shows from now on.
        after: Option<ThreadSummary>,
        /// The users whom its texts have mentioned.
        mentioned: Vec<UserId>,
    },
    /// The root is deleted: nobody follows the thread any more.
    End,
}

/// Another text of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageEdit {
    /// The event.
    pub edited: Edited,
    /// Those who have an unread mention in the timeline from now on: whom the event notifies of a message that shows there.
    pub notified: Vec<UserId>,
    /// The users whom the message's texts have mentioned, this one included.
    pub mentioned_so_far: Vec<UserId>,
    /// Those of them whom this one does not mention: they have no unread mention any more.
    pub unmentioned: Vec<UserId>,
    /// The pictures of previews that go with their links.
    pub removed: Vec<AttachmentId>,
}

/// Other previews of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewChange {
    /// The event.
    pub previewed: Previewed,
    /// The pictures that are the message's from now on.
    pub added: Vec<Attachment>,
    /// The pictures that go.
    pub removed: Vec<AttachmentId>,
}

/// A message that is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDeletion {
    /// The event.
    pub deleted: Deleted,
    /// The users whom the message's texts have mentioned.
    pub mentioned: Vec<UserId>,
    /// Its attachments, which go with it.
    pub attachments: Vec<AttachmentId>,
}

/// A reaction that is added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionChange {
    /// The event.
    pub reacted: Reacted,
    /// The emoji of the message from now on, in the order of their first use; none where they stay as they are.
    pub emoji_after: Option<Vec<Emoji>>,
}

/// A conversation that is made.
#[derive(Clone, Debug)]
pub struct Create {
    /// Its kind.
    pub kind: ConversationKind,
    /// The two users of a direct conversation.
    pub pair: Option<(UserId, UserId)>,
    /// Its members before the first event; of a group they are its admins.
    pub members: Vec<UserId>,
    /// Its first events. The first carries the command's id; the actor has read them all.
    pub events: Vec<Append>,
}

/// What became of a command: the position of its event, or of the conversation's head where there is none.
pub type Outcome = Result<EventPosition, Refusal>;

/// What a kind of command needs and does.
pub trait CommandContent {
    /// What is to be loaded.
    fn needs(&self) -> Needs<'_>;

    /// Decides. Whether the conversation exists and the actor may do this is decided here, too.
    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal>;

    /// Whether an earlier event of the same id is this command's.
    fn made(&self, earlier: &Earlier) -> bool;

    /// About how many bytes it makes a backend write, beyond those of any event.
    fn bytes(&self) -> usize {
        0
    }
}
