//! What the writer must know of a conversation for every event in it, kept in memory: only the writer changes it.

use std::{collections::hash_map::Entry, sync::Arc};

use confab_shared::{conversation::{ConversationKind, LastMessage}, event::{Event, EventBody, Posted}, id::{ConversationId, Seq, Timestamp, UserId}, text::Title};
use rusqlite::{Connection, OptionalExtension, params};

use super::{cursors::Seen, rows, runs::Run, statements::Statements};
use crate::{id_map::IdMap, store::Audience};

/// How many conversations are kept; beyond that those are dropped of which the file knows all, and read again as they
/// are needed.
const KEPT: usize = 4_096;

/// How many cursors of a conversation are kept from one settling to the next.
const CURSORS_KEPT: usize = 64;

/// The end of a conversation's log, and who is in it.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) kind: ConversationKind,
    pub(super) title: Option<Title>,
    pub(super) seq: Seq,
    /// The ordinal of the newest message.
    pub(super) messages: u64,
    /// Sorted, so that a member is found by halving.
    pub(super) audience: Audience,
    last_activity_at: Timestamp,
    last_message: Option<LastMessage>,
    pub(super) seen: Seen,
    cursors: IdMap<UserId, Cursor>,
    /// The events that are in `recent` only.
    pub(super) tail: Vec<Passed>,
    /// Those of the open transaction that are not written yet.
    pub(super) run: Option<Run>,
    /// The runs that are in `recent`, with all of `tail` but what is in `run`.
    pub(super) recent: Vec<Run>,
    /// The newest transaction that may have changed it.
    touched: u64,
}

/// A member's cursor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    pub(super) seq: Seq,
    pub(super) read: u64,
    /// Whether there may be unread messages that call them.
    pub(super) called: bool,
    /// Whether it is further on than the file says.
    pub(super) ahead: bool,
}

/// What a cursor must know of an event to pass it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    pub(super) seq: Seq,
    pub(super) by: UserId,
    pub(super) is_message: bool,
    /// How many messages stand at or before it.
    pub(super) messages: u64,
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
        self.cursors.remove(&user);
        if let Audience::Users(users) = &mut self.audience {
            *users = users.iter().copied().filter(|id| *id != user).collect();
        }
    }

    /// The cursor of a member; none where the user is no member.
    pub(super) fn cursor(
        &mut self,
        connection: &Connection,
        id: ConversationId,
        user: UserId,
    ) -> rusqlite::Result<Option<&mut Cursor>> {
        match self.cursors.entry(user) {
            Entry::Occupied(kept) => Ok(Some(kept.into_mut())),
            Entry::Vacant(place) => Ok(read_cursor(connection, id, user)?.map(|read| place.insert(read))),
        }
    }

    /// Somebody's cursor was changed in the file.
    pub(super) fn forget_cursor(&mut self, user: UserId) {
        self.cursors.remove(&user);
    }

    /// Somebody was called by name.
    pub(super) fn called(&mut self, user: UserId) {
        if let Some(cursor) = self.cursors.get_mut(&user) {
            cursor.called = true;
        }
    }

    /// Takes in an event that stands in `recent`. Who is in the conversation and what it is called is not touched:
    /// that is changed by whoever writes the event, in the file as well.
    pub(super) fn take(&mut self, connection: &Connection, event: &Event) -> rusqlite::Result<()> {
        let is_message = if let EventBody::Posted(Posted { text, ordinal, .. }) = &event.body {
            self.message_count = *ordinal;
            let mut kept = self.last_message.take().map(|last| last.text).unwrap_or_default();
            LastMessage::cut(text.as_str()).clone_into(&mut kept);
            self.last_message = Some(LastMessage { by: event.by, at: event.at, text: kept });
            // Who had nothing unread has read what they wrote: `Conversation::fold` does the same.
            let cursor = self.cursor(connection, event.conversation, event.by)?;
            if let Some(cursor) = cursor.filter(|cursor| cursor.read + 1 == *ordinal) {
                *cursor = Cursor { seq: event.seq, read: *ordinal, ahead: true, ..*cursor };
            }
            true
        } else {
            false
        };
        self.seq = event.seq;
        self.last_activity_at = event.at;
        self.tail.push(Passed { seq: event.seq, by: event.by, is_message, messages: self.message_count });
        Ok(())
    }

    /// Takes in a run that stands in `recent`.
    pub(super) fn take_run(
        &mut self,
        connection: &Connection,
        id: ConversationId,
        run: Run,
    ) -> rusqlite::Result<()> {
        for entry in run.entries(id) {
            self.take(connection, &entry?.stored.event)?;
        }
        self.recent.push(run);
        Ok(())
    }

    /// Writes what the file does not say yet; without the events.
    pub(super) fn save(&self, statements: &mut Statements<'_>, id: ConversationId) -> rusqlite::Result<()> {
        let last = self.last_message.as_ref();
        statements.set_head.execute(params![
            id.0,
            self.seq.0,
            self.message_count,
            self.last_activity_at.0,
            last.map(|last| last.by.0),
            last.map(|last| last.at.0),
            last.map(|last| &last.text),
        ])?;
        for (user, cursor) in self.cursors.iter().filter(|(_, cursor)| cursor.ahead) {
            statements.set_cursor.execute([id.0, user.0, cursor.seq.0, cursor.read])?;
        }
        Ok(())
    }

    /// The file knows all.
    pub(super) fn settled(&mut self) {
        self.tail.clear();
        self.recent = Vec::new();
        if self.cursors.len() > CURSORS_KEPT {
            self.cursors = IdMap::default();
        }
        self.cursors.values_mut().for_each(|cursor| cursor.ahead = false);
    }
}

fn read_cursor(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
) -> rusqlite::Result<Option<Cursor>> {
    connection
        .prepare_cached(
            "SELECT cursor, read, EXISTS (SELECT 1 FROM mention WHERE user = ?2 AND conversation = ?1) \
             FROM member WHERE conversation = ?1 AND user = ?2",
        )?
        .query_row([id.0, user.0], |row| {
            Ok(Cursor { seq: Seq(row.get(0)?), read: row.get(1)?, called: row.get(2)?, ahead: false })
        })
        .optional()
}

/// The heads that are kept.
#[derive(Debug, Default)]
pub(super) struct Heads {
    kept: IdMap<ConversationId, Head>,
    /// Counts the transactions.
    transaction: u64,
}

impl Heads {
    pub(super) fn has(&self, id: ConversationId) -> bool {
        self.kept.contains_key(&id)
    }

    /// A head, to be changed.
    pub(super) fn touch(&mut self, id: ConversationId) -> Option<&mut Head> {
        let head = self.kept.get_mut(&id)?;
        head.touched = self.transaction;
        Some(head)
    }

    pub(super) fn keep(&mut self, id: ConversationId, head: Head) {
        self.kept.insert(id, head);
    }

    /// Those with something that the file does not say yet.
    pub(super) fn unsettled(&mut self) -> impl Iterator<Item = (ConversationId, &mut Head)> {
        self.kept.iter_mut().filter(|(_, head)| !head.tail.is_empty()).map(|(id, head)| (*id, head))
    }

    /// A transaction begins. Drops what need not be kept, where it is too much.
    pub(super) fn begin(&mut self) {
        self.transaction += 1;
        if self.kept.len() > KEPT {
            self.kept.retain(|_, head| !head.tail.is_empty());
        }
    }

    /// Forgets what the open transaction may have changed. Whether some of it had events that are in `recent` only.
    pub(super) fn forget_touched(&mut self) -> bool {
        let mut unsettled = false;
        for (_, head) in self.kept.extract_if(|_, head| head.touched == self.transaction) {
            unsettled |= !head.tail.is_empty();
        }
        unsettled
    }
}

/// The head of a conversation as the file says it, without what is in `recent`.
pub(super) fn read(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Head>> {
    let head = connection
        .prepare_cached(
            "SELECT kind, title, head, messages, last_activity_at, last_by, last_at, last_text, seen, seen_by, seen_next \
             FROM conversation WHERE id = ?1",
        )?
        .query_row([rows::key(id)], |row| {
            Ok(Head {
                kind: rows::kind(row.get(0)?)?,
                title: rows::title(row.get(1)?),
                seq: Seq(row.get(2)?),
                messages: row.get(3)?,
                audience: Audience::Users(Arc::default()),
                last_activity_at: Timestamp(row.get(4)?),
                last_message: rows::last_message(row, 5)?,
                seen: Seen { furthest: Seq(row.get(8)?), by: UserId(row.get(9)?), next: Seq(row.get(10)?) },
                cursors: IdMap::default(),
                tail: Vec::new(),
                run: None,
                recent: Vec::new(),
                touched: 0,
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
