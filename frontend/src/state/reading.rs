//! Where reading stood when a conversation was opened: the “New” line stays there while one looks.

use confab_shared::{
    ids::{ConversationId, Seq},
    state::State,
};

/// The conversation that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Which one.
    pub(crate) id: ConversationId,
    /// What was read, where something after it was not; none until the conversation is known.
    mark: Option<Option<Seq>>,
}

impl Opened {
    pub(super) fn new(id: ConversationId) -> Self {
        Self { id, mark: None }
    }

    /// After which seq the unread messages began.
    pub(crate) fn new_after(self) -> Option<Seq> {
        self.mark.flatten()
    }

    /// The same with its mark, where that could be made just now.
    pub(super) fn noted(self, state: &State) -> Option<Self> {
        let conversation = state.conversation(self.id).filter(|_| self.mark.is_none())?;
        let mark = (conversation.unread() > 0).then_some(conversation.cursor);
        Some(Self { mark: Some(mark), ..self })
    }
}
