//! Drafts of the reference.

use async_trait::async_trait;
use confab_shared::{
    draft::{Draft, DraftKey},
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

    fn draft(&self, user: UserId, of: DraftKey) -> Draft {
        self.drafts.get(&(user, of)).cloned().unwrap_or_else(|| of.blank())
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
        drafts.sort_by_key(|draft| std::cmp::Reverse((draft.at, draft.key())));
        Ok(drafts)
    }

    async fn draft(&self, user: UserId, of: DraftKey) -> Result<Option<Draft>, StorageError> {
        let tables = self.tables();
        Ok(tables.is_member(user, of.conversation).then(|| tables.draft(user, of)))
    }

    async fn change_draft(
        &self,
        user: UserId,
        of: DraftKey,
        edit: DraftEdit,
        at: Timestamp,
    ) -> Result<DraftOutcome, StorageError> {
        let mut tables = self.tables();
        if !tables.is_member(user, of.conversation) {
            return Ok(DraftOutcome::NoMember);
        }
        let before = tables.draft(user, of);
        let stored = StoredDraft { version: before.version, has_text: !before.text.is_empty() };
        let count = tables.texts(user).count();
        Ok(match decide(stored, &edit, count) {
            DraftDecision::Write(text, version) => {
                let text = text.map(|text| text.to_string()).unwrap_or_default();
                let draft = Draft { text, version, at, ..of.blank() };
                tables.drafts.insert((user, of), draft.clone());
                DraftOutcome::Changed(draft)
            }
            DraftDecision::Keep => DraftOutcome::Kept(before),
            DraftDecision::Conflict => DraftOutcome::Conflict,
            DraftDecision::TooMany => DraftOutcome::TooMany,
        })
    }
}
