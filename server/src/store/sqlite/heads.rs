//! What the writer must know of a conversation for every event in it, kept in memory: only the writer changes it.

use std::{collections::HashMap, sync::Arc};

use confab_shared::{
    ids::{ConversationId, Seq, UserId},
    model::ConversationKind,
    text::Title,
};
use rusqlite::{Connection, OptionalExtension};

use super::rows;
use crate::store::Audience;

/// How many conversations are kept; beyond that all are dropped and read again as they are needed.
const KEPT: usize = 4_096;

/// The end of a conversation's log, and who is in it.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) kind: ConversationKind,
    pub(super) title: Option<Title>,
    pub(super) seq: Seq,
    /// The ordinal of the newest message.
    pub(super) messages: u64,
    /// Sorted, so that a member is found by halving.
    pub(super) audience: Audience,
}

impl Head {
    pub(super) fn has(&self, user: UserId) -> bool {
        match &self.audience {
            Audience::Everyone => true,
            Audience::Users(users) => users.binary_search(&user).is_ok(),
        }
    }

    pub(super) fn add(&mut self, new: &[UserId]) {
        if let Audience::Users(users) = &mut self.audience {
            let mut all: Vec<_> = users.iter().chain(new).copied().collect();
            all.sort_unstable();
            all.dedup();
            *users = all.into();
        }
    }

    pub(super) fn remove(&mut self, user: UserId) {
        if let Audience::Users(users) = &mut self.audience {
            *users = users.iter().copied().filter(|id| *id != user).collect();
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Heads(HashMap<ConversationId, Head>);

impl Heads {
    /// The head of a conversation, read from the store where it is not kept.
    pub(super) fn get(
        &mut self,
        connection: &Connection,
        id: ConversationId,
    ) -> rusqlite::Result<Option<&mut Head>> {
        if !self.0.contains_key(&id) {
            let Some(head) = read(connection, id)? else { return Ok(None) };
            if self.0.len() >= KEPT {
                self.0.clear();
            }
            self.0.insert(id, head);
        }
        Ok(self.0.get_mut(&id))
    }

    /// Forgets all: what was kept may be of a transaction that came to nothing.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

fn read(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Head>> {
    let head = connection
        .prepare_cached("SELECT kind, title, head, messages FROM conversation WHERE id = ?1")?
        .query_row([rows::key(id)], |row| {
            Ok(Head {
                kind: rows::kind(row.get(0)?)?,
                title: rows::title(row.get(1)?)?,
                seq: Seq(row.get(2)?),
                messages: row.get(3)?,
                audience: Audience::Users(Arc::default()),
            })
        })
        .optional()?;
    let Some(mut head) = head else { return Ok(None) };
    head.audience = audience_of(connection, id, head.kind)?;
    Ok(Some(head))
}

/// Everybody who is in a conversation.
pub(super) fn audience_of(
    connection: &Connection,
    id: ConversationId,
    kind: ConversationKind,
) -> rusqlite::Result<Audience> {
    if kind == ConversationKind::Broadcast {
        return Ok(Audience::Everyone);
    }
    let users: Vec<UserId> = connection
        .prepare_cached("SELECT user FROM member WHERE conversation = ?1 ORDER BY user")?
        .query_map([id.0], |row| Ok(UserId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Audience::Users(users.into()))
}
