//! Drafts of the reference.

use async_trait::async_trait;
use confab_shared::{
    draft::Draft,
    id::{ConversationId, Timestamp, UserId},
};

use super::{Memory, Tables};
use crate::{
    domain::draft::{DraftDecision, DraftEdit, StoredDraft, decide},
    storage::{
        StorageError,
        drafts::{DraftOutcome, DraftStorage},
    },
};

impl Tables {
    pub(super) fn is_member(&self, user: UserId, id: ConversationId) -> bool {
        self.conversations.get(&id).is_some_and(|row| row.positions.contains_key(&user))
    }

    fn draft(&self, user: UserId, id: ConversationId) -> Draft {
        let none = || Draft { conversation: id, ..Draft::default() };
        self.drafts.get(&(user, id)).cloned().unwrap_or_else(none)
    }

    fn texts(&self, user: UserId) -> impl Iterator<Item = &Draft> {
        let own = self.drafts.iter().filter(move |((by, _), _)| *by == user);
        own.map(|(_, draft)| draft).filter(|draft| !draft.text.is_empty())
    }
}

#[async_trait]
impl DraftStorage for Memory {
    async fn drafts(&self, user: UserId) -> Result<Vec<Draft>, StorageError> {
        let tables = self.tables();
        let seen = tables.texts(user).filter(|draft| tables.is_member(user, draft.conversation));
        let mut drafts: Vec<_> = seen.cloned().collect();
        drafts.sort_by_key(|draft| std::cmp::Reverse((draft.at, draft.conversation)));
        Ok(drafts)
    }

    async fn draft(&self, user: UserId, id: ConversationId) -> Result<Option<Draft>, StorageError> {
        let tables = self.tables();
        Ok(tables.is_member(user, id).then(|| tables.draft(user, id)))
    }

    async fn change_draft(
        &self,
        user: UserId,
        id: ConversationId,
        edit: DraftEdit,
        at: Timestamp,
    ) -> Result<DraftOutcome, StorageError> {
        let mut tables = self.tables();
        if !tables.is_member(user, id) {
            return Ok(DraftOutcome::NoMember);
        }
        let before = tables.draft(user, id);
        let stored = StoredDraft { version: before.version, has_text: !before.text.is_empty() };
        let count = tables.texts(user).count();
        Ok(match decide(stored, &edit, count) {
            DraftDecision::Write(text, version) => {
                let text = text.map(|text| text.to_string()).unwrap_or_default();
                let draft = Draft { conversation: id, text, version, at };
                tables.drafts.insert((user, id), draft.clone());
                DraftOutcome::Changed(draft)
            }
            DraftDecision::Keep => DraftOutcome::Kept(before),
            DraftDecision::Conflict => DraftOutcome::Conflict,
            DraftDecision::TooMany => DraftOutcome::TooMany,
        })
    }
}
