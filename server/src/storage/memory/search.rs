//! Search of the reference: it looks at every message.

use std::{cmp::Reverse, sync::Arc};

use async_trait::async_trait;
use confab_shared::{
    id::{ConversationId, UserId},
    message::Message,
};

use super::Memory;
use crate::{
    domain::search::{HitKey, Search, Window},
    storage::{
        StorageError,
        search::{IndexProgress, SearchRun, SearchStorage},
    },
};

#[async_trait]
impl SearchStorage for Memory {
    async fn search(&self, user: UserId, search: Arc<Search>) -> Result<SearchRun, StorageError> {
        let tables = self.tables();
        let rows = tables.conversations.values().filter(|row| row.positions.contains_key(&user));
        let mut messages: Vec<(HitKey, Message)> = rows
            .flat_map(|row| {
                let conversation = row.conversation.id;
                let key = move |message: &Message| HitKey { at: message.at, conversation, seq: message.seq };
                row.messages().into_iter().map(move |message| (key(&message), message))
            })
            .collect();
        messages.sort_unstable_by_key(|(key, _)| Reverse(*key));
        let mut window = Window::new(&search);
        for (key, message) in messages {
            window.offer(key, message);
        }
        let page = window.page(None);
        let users = tables.named(page.hits.iter().flat_map(|(_, message)| message.users()));
        Ok(SearchRun { page, users })
    }

    async fn direct_with(&self, user: UserId, other: UserId) -> Result<Option<ConversationId>, StorageError> {
        let pair = Some((user.min(other), user.max(other)));
        let tables = self.tables();
        Ok(tables.conversations.values().find(|row| row.pair == pair).map(|row| row.conversation.id))
    }

    async fn index(&self) -> Result<IndexProgress, StorageError> {
        Ok(IndexProgress::default())
    }

    async fn drop_index(&self) -> Result<(), StorageError> {
        Ok(())
    }
}
