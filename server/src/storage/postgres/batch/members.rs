//! The members of recently active conversations, cached by this node. Other nodes change members, too, so an entry is
//! used only while the conversation's row, which the transaction has locked, has the same version.

use std::sync::Arc;

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, UserId},
};
use rustc_hash::FxHashMap;

use crate::{domain::audience::Audience, storage::postgres::columns::Pair};

/// How many members are cached in all; beyond that, all are dropped, and loaded again as they are needed.
const MAX_CACHED: usize = 1_000_000;

/// The members of a conversation.
#[derive(Clone, Debug)]
pub(in crate::storage::postgres) struct Members {
    /// Counts the changes.
    pub(super) version: u64,
    pub(super) audience: Audience,
    /// The members who are admins.
    pub(super) admins: Arc<[UserId]>,
}

impl Members {
    /// The members of a conversation that are not loaded yet; those of a direct conversation are known.
    pub(super) fn none(version: u64, kind: ConversationKind, pair: Option<Pair>) -> Self {
        let audience = match kind {
            ConversationKind::Broadcast => Audience::Everyone,
            ConversationKind::Direct | ConversationKind::Group => {
                Audience::of(pair.into_iter().flat_map(|(low, high)| [low, high]))
            }
        };
        Self { version, audience, admins: Arc::default() }
    }

    /// How many there are; of a conversation of all, none is counted here.
    pub(super) fn len(&self) -> usize {
        match &self.audience {
            Audience::Everyone => 0,
            Audience::Users(users) => users.len(),
        }
    }
}

/// The cached members.
#[derive(Default)]
pub(in crate::storage::postgres) struct MemberCache {
    cached: FxHashMap<ConversationId, Members>,
    members: usize,
}

impl MemberCache {
    pub(super) fn get(&self, id: ConversationId) -> Option<&Members> {
        self.cached.get(&id)
    }

    /// Takes in what a committed transaction found or made.
    pub(super) fn insert(&mut self, id: ConversationId, members: Members) {
        self.members += members.len() + 1;
        if let Some(before) = self.cached.insert(id, members) {
            self.members -= before.len() + 1;
        }
        if self.members > MAX_CACHED {
            *self = Self::default();
        }
    }
}
