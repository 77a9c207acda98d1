//! Where reading stands in the conversation that is looked at, and where the “New” line is.

use confab_shared::{
    id::{ConversationId, Seq},
    state::State,
};

/// The conversation that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Which one.
    pub(crate) id: ConversationId,
    /// Whether the conversation was known, so that the line could be placed.
    known: bool,
    /// What is after this seq is new, where anything is: it stays while one reads, until one answers.
    line: Option<Seq>,
    /// Where reading stopped: the next message moves the line there.
    pause: Option<Pause>,
}

/// Reading stopped: the tab was hidden, the server out of touch, or the end scrolled out of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pause {
    /// How far one had read.
    read: Seq,
    /// How much was unread then.
    unread: u64,
}

impl Opened {
    pub(super) fn new(id: ConversationId) -> Self {
        Self { id, known: false, line: None, pause: None }
    }

    /// After which seq the new messages begin.
    pub(crate) fn new_after(self) -> Option<Seq> {
        self.line
    }

    /// The same, with the line where it belongs now.
    pub(super) fn noted(self, state: &State) -> Self {
        let Some(conversation) = state.conversation(self.id) else { return self };
        if !self.known {
            let line = (conversation.unread() > 0).then_some(conversation.read_seq);
            return Self { known: true, line, ..self };
        }
        match self.pause {
            Some(pause) if conversation.unread() > pause.unread => {
                Self { line: Some(pause.read), pause: None, ..self }
            }
            _ => self,
        }
    }

    /// The same, while one does not read. A pause that has begun goes on.
    pub(super) fn paused(self, state: &State) -> Self {
        let pause = state.conversation(self.id).map(|c| Pause { read: c.read_seq, unread: c.unread() });
        Self { pause: self.pause.or(pause), ..self }
    }

    /// The same, while one reads whatever comes.
    pub(super) fn resumed(self) -> Self {
        Self { pause: None, ..self }
    }

    /// The same, after one has answered.
    pub(super) fn answered(self) -> Self {
        Self { line: None, ..self }
    }

    /// Whether reading has stopped, or is about to go on at the line.
    pub(super) fn is_behind(self) -> bool {
        self.pause.is_some() || self.line.is_some()
    }
}
