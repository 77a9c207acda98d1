//! The open conversation and its “New” marker.

use confab_shared::{
    id::{ConversationId, Seq},
    state::State,
};

/// The open conversation and how far the user had read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenConversation {
    pub(crate) id: ConversationId,
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
    pub(super) fn new(id: ConversationId) -> Self {
        Self { id, known: false, new_after: None, pause: None }
    }

    /// The seq after which messages are new; none without new messages.
    pub(crate) fn new_after(self) -> Option<Seq> {
        self.new_after
    }

    /// With the marker where the state now puts it.
    pub(super) fn refreshed(self, state: &State) -> Self {
        let Some(conversation) = state.conversation(self.id) else { return self };
        if !self.known {
            let new_after = (conversation.unread() > 0).then_some(conversation.read_seq);
            return Self { known: true, new_after, ..self };
        }
        match self.pause {
            Some(pause) if conversation.unread() > pause.unread => {
                Self { new_after: Some(pause.read_seq), pause: None, ..self }
            }
            _ => self,
        }
    }

    /// With reading paused; an earlier pause goes on.
    pub(super) fn paused(self, state: &State) -> Self {
        let pause = || {
            let conversation = state.conversation(self.id)?;
            Some(Pause { read_seq: conversation.read_seq, unread: conversation.unread() })
        };
        Self { pause: self.pause.or_else(pause), ..self }
    }

    /// With reading resumed.
    pub(super) fn resumed(self) -> Self {
        Self { pause: None, ..self }
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
