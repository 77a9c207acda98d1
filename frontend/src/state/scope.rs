//! What a timeline and a composer are of: a conversation, or one of its threads.

use confab_shared::{
    command::Send,
    conversation::UnreadMention,
    draft::DraftKey,
    id::{ConversationId, Seq},
    state::{OutboxEntry, State},
    timeline::Timeline,
};

/// A conversation, or the thread of a root in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) id: ConversationId,
    /// The root of the thread.
    pub(crate) thread: Option<Seq>,
}

impl From<ConversationId> for Scope {
    fn from(id: ConversationId) -> Self {
        Self { id, thread: None }
    }
}

impl From<Scope> for DraftKey {
    fn from(Scope { id, thread }: Scope) -> Self {
        Self { conversation: id, thread }
    }
}

impl From<DraftKey> for Scope {
    fn from(DraftKey { conversation, thread }: DraftKey) -> Self {
        Self { id: conversation, thread }
    }
}

impl Scope {
    /// The thread of a root.
    pub(crate) fn of_thread(id: ConversationId, root: Seq) -> Self {
        Self { id, thread: Some(root) }
    }

    /// Where a message is written.
    pub(crate) fn of(send: &Send) -> Self {
        Self { id: send.conversation, thread: send.thread }
    }

    /// The cached items; none before they are fetched.
    pub(crate) fn timeline(self, state: &State) -> Option<&Timeline> {
        match self.thread {
            None => state.timeline(self.id),
            Some(_) => state.thread_timeline().filter(|timeline| {
                timeline.thread() == self.thread && state.open_conversation() == Some(self.id)
            }),
        }
    }

    /// The messages that are not in the log yet.
    pub(crate) fn unsent(self, state: &State) -> Vec<&OutboxEntry> {
        match self.thread {
            None => state.outbox.messages_of(self.id).collect(),
            Some(root) => state.outbox.replies_of(self.id, root).collect(),
        }
    }

    /// How far the user has read, and how many messages are unread behind it; none where the conversation is not known. A
    /// thread that the user does not follow is read.
    pub(crate) fn position(self, state: &State) -> Option<(Seq, u64)> {
        let conversation = state.conversation(self.id)?;
        Some(match self.thread {
            None => (conversation.read_seq, conversation.unread()),
            Some(root) => match state.thread(self.id, root).filter(|thread| thread.following) {
                Some(thread) => (thread.read_seq, thread.unread),
                None => (conversation.head_seq, 0),
            },
        })
    }

    /// The unread mentions of the user.
    pub(crate) fn mentions(self, state: &State) -> &[UnreadMention] {
        let mentions = match self.thread {
            None => state.conversation(self.id).map(|conversation| &conversation.mentions),
            Some(root) => state.thread(self.id, root).map(|thread| &thread.mentions),
        };
        mentions.map(Vec::as_slice).unwrap_or_default()
    }
}
