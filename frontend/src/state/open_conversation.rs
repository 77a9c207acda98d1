//! The open conversation or thread and its “New” marker.

use confab_shared::{
    id::{ConversationId, Seq},
    state::State,
};

use super::Scope;

/// The open conversation, or the open thread of it, and how far the user had read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenConversation {
    pub(crate) id: ConversationId,
    /// The root of the thread.
    thread: Option<Seq>,
    /// Whether the conversation was known, so that the marker could be placed.
    known: bool,
    /// Messages after this seq are new. The marker stays while the user reads, until the user replies.
    new_after: Option<Seq>,
    /// Where reading stopped: the next message moves the marker there.
    pause: Option<Pause>,
}

/// Reading stopped: the tab was hidden, the connection lost, or the end scrolled out of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pause {
    read_seq: Seq,
    unread: u64,
}

impl OpenConversation {
    pub(super) fn new(scope: impl Into<Scope>) -> Self {
        let Scope { id, thread } = scope.into();
        Self { id, thread, known: false, new_after: None, pause: None }
    }

    /// What is open.
    pub(crate) fn scope(self) -> Scope {
        Scope { id: self.id, thread: self.thread }
    }

    /// The seq after which messages are new; none without new messages.
    pub(crate) fn new_after(self) -> Option<Seq> {
        self.new_after
    }

    /// With the marker where the state now puts it.
    pub(super) fn refreshed(self, state: &State) -> Self {
        let Some((read_seq, unread)) = self.scope().position(state) else { return self };
        if !self.known {
            let new_after = (unread > 0).then_some(read_seq);
            return Self { known: true, new_after, ..self };
        }
        match self.pause {
            Some(pause) if unread > pause.unread => {
                Self { new_after: Some(pause.read_seq), pause: None, ..self }
            }
            _ => self,
        }
    }

    /// With reading paused; an earlier pause goes on.
    pub(super) fn paused(self, state: &State) -> Self {
        let pause = || {
            let (read_seq, unread) = self.scope().position(state)?;
            Some(Pause { read_seq, unread })
        };
        Self { pause: self.pause.or_else(pause), ..self }
    }

    /// With reading resumed.
    pub(super) fn resumed(self) -> Self {
        Self { pause: None, ..self }
    }

    /// With the marker above what the user marked as unread.
    pub(super) fn marked_unread(self, state: &State) -> Self {
        match state.conversation(self.id) {
            Some(conversation) => {
                Self { known: true, new_after: Some(conversation.read_seq), pause: None, ..self }
            }
            None => self,
        }
    }

    /// Without a marker, after a reply.
    pub(super) fn replied(self) -> Self {
        Self { new_after: None, ..self }
    }

    /// Whether the user may not have seen the newest message.
    pub(super) fn is_behind(self) -> bool {
        self.pause.is_some() || self.new_after.is_some()
    }
}
