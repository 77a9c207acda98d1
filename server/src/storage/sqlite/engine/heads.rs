//! The heads of conversations: the data that the writer needs for every event in a conversation, cached in memory. Only
//! the writer changes it.

use std::{collections::hash_map::Entry, sync::Arc};

use confab_shared::{
    conversation::Conversation,
    event::{Event, EventBody},
    id::{ConversationId, Seq, UserId},
};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;

use super::{segment::Segment, statements::Statements};
use crate::{
    domain::{
        audience::Audience,
        presence,
        read_position::{StoredPosition, TailEntry, TopTwoReaders},
    },
    storage::sqlite::tables::{deletions, members, rows},
};

/// How many heads are cached; beyond that those are dropped of which the file says all, and read again as they are
/// needed.
const MAX_CACHED: usize = 4_096;

/// How many read positions of a conversation stay cached from one compaction to the next.
const MAX_CACHED_POSITIONS: usize = 64;

/// Nobody's view: a conversation that is applied for no member.
const NOBODY: UserId = UserId(0);

/// The end of a conversation's log, and who is in it.
#[derive(Debug)]
pub(crate) struct Head {
    /// What its events have made of it, as no member sees it: without read position and mentions.
    pub(crate) conversation: Conversation,
    pub(crate) members: Audience,
    /// The members who are admins.
    pub(super) admins: Vec<UserId>,
    pub(crate) readers: TopTwoReaders,
    positions: FxHashMap<UserId, CachedPosition>,
    /// The events that are in the write buffer only.
    pub(super) tail: Vec<TailEntry>,
    /// The events of the open transaction that are not written yet.
    pub(super) open_segment: Option<Segment>,
    /// The messages that were deleted by events that are in the write buffer only.
    pub(super) deleted: Vec<Seq>,
    /// The segments that are in the write buffer: all of `tail` but what is in `open_segment`.
    pub(super) buffered: Vec<Segment>,
    /// The newest transaction that may have changed it.
    touched: u64,
}

/// A member's read position.
#[derive(Clone, Copy, Debug)]
pub(super) struct CachedPosition {
    pub(super) position: StoredPosition,
    /// Whether it is further than the file says.
    pub(super) ahead_of_file: bool,
    /// Whether the member takes part in the conversation ([`presence`]); the file says so at once.
    pub(super) takes_part: bool,
}

impl Head {
    /// The read position of a member; none where the user is no member.
    pub(super) fn position(
        &mut self,
        connection: &Connection,
        user: UserId,
    ) -> rusqlite::Result<Option<&mut CachedPosition>> {
        let id = self.conversation.id;
        match self.positions.entry(user) {
            Entry::Occupied(cached) => Ok(Some(cached.into_mut())),
            Entry::Vacant(vacant) => {
                Ok(read_position(connection, id, user)?.map(|position| vacant.insert(position)))
            }
        }
    }

    /// Drops a cached position: the file was changed, or the user is no member any more.
    pub(super) fn forget_position(&mut self, user: UserId) {
        self.positions.remove(&user);
    }

    /// Applies an event that stands in the write buffer. Members and title are not concerned: they are in the file at
    /// once, and whoever writes the event sets them here.
    pub(super) fn apply(&mut self, connection: &Connection, event: &Event) -> rusqlite::Result<()> {
        let member_count = self.conversation.member_count;
        event.apply(&mut self.conversation, NOBODY);
        self.conversation.member_count = member_count;
        match &event.body {
            EventBody::Posted(posted) if posted.is_in_timeline() => {
                self.author_reads(connection, event, posted.ordinal)?;
            }
            EventBody::Deleted(deleted) => self.deleted.push(deleted.target),
            _ => {}
        }
        self.tail.push(TailEntry::of(event, self.last_ordinal()));
        Ok(())
    }

    /// The author of a message takes part from now on. The file is written with the first message only. Answers whether
    /// this was it.
    pub(super) fn author_takes_part(
        &mut self,
        connection: &Connection,
        author: UserId,
    ) -> rusqlite::Result<bool> {
        let Conversation { id, kind, .. } = self.conversation;
        match self.position(connection, author)? {
            Some(cached) if !cached.takes_part && presence::authors_take_part(kind) => {
                cached.takes_part = true;
                members::take_part(connection, id, author)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Moves the read position of an author with nothing unread over their own message.
    fn author_reads(&mut self, connection: &Connection, event: &Event, ordinal: u64) -> rusqlite::Result<()> {
        let (id, deleted_count) = (self.conversation.id, self.conversation.deleted_count);
        if let Some(cached) = self.position(connection, event.by)? {
            let before = cached.position;
            let deleted_unread = || match deleted_count {
                0 => Ok(0),
                _ => deletions::count_after(connection, id, before.read_seq, event.seq),
            };
            if let Some(position) = before.after_own_message(event.seq, ordinal, deleted_unread)? {
                *cached = CachedPosition { position, ahead_of_file: true, ..*cached };
            }
        }
        Ok(())
    }

    /// How many messages were ever posted.
    pub(super) fn last_ordinal(&self) -> u64 {
        self.conversation.next_ordinal() - 1
    }

    /// The position of a member who has read all.
    pub(in crate::storage::sqlite) fn position_at_end(&self) -> StoredPosition {
        StoredPosition { read_seq: self.conversation.head_seq, read_ordinal: self.last_ordinal() }
    }

    /// All segments that are not compacted.
    pub(super) fn buffered_segments(&self) -> impl Iterator<Item = &Segment> {
        self.buffered.iter().chain(&self.open_segment)
    }

    /// Applies a segment that stands in the write buffer.
    pub(super) fn apply_segment(
        &mut self,
        connection: &Connection,
        segment: Segment,
    ) -> rusqlite::Result<()> {
        for entry in segment.entries(self.conversation.id) {
            self.apply(connection, &entry?.stored.event)?;
        }
        self.buffered.push(segment);
        Ok(())
    }

    /// Writes what the file does not say yet; without the events.
    pub(super) fn save(&self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        let conversation = &self.conversation;
        let last = conversation.last_message.as_ref();
        statements.set_head.execute(params![
            conversation.id.0,
            conversation.head_seq.0,
            conversation.message_count,
            conversation.last_activity_at.0,
            last.map(|last| last.by.0),
            last.map(|last| last.at.0),
            last.map(|last| &last.text),
            conversation.deleted_count,
            last.map(|last| last.seq.0),
            rows::attachments_column(last)?,
        ])?;
        for (user, cached) in self.ahead_of_file() {
            let StoredPosition { read_seq, read_ordinal } = cached.position;
            statements.set_position.execute([conversation.id.0, user.0, read_seq.0, read_ordinal])?;
        }
        Ok(())
    }

    /// The read positions that are further than the file says: at most one for each message in the write buffer.
    pub(super) fn ahead_of_file(&self) -> impl Iterator<Item = (UserId, &CachedPosition)> {
        let ahead = self.positions.iter().filter(|(_, cached)| cached.ahead_of_file);
        ahead.map(|(user, cached)| (*user, cached))
    }

    /// The file says all.
    pub(super) fn compacted(&mut self) {
        self.tail.clear();
        self.buffered = Vec::new();
        self.deleted = Vec::new();
        if self.positions.len() > MAX_CACHED_POSITIONS {
            self.positions = FxHashMap::default();
        }
        self.positions.values_mut().for_each(|cached| cached.ahead_of_file = false);
    }
}

fn read_position(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
) -> rusqlite::Result<Option<CachedPosition>> {
    connection
        .prepare_cached(
            "SELECT read_seq, read_ordinal, takes_part FROM member WHERE conversation = ?1 AND user = ?2",
        )?
        .query_row([id.0, user.0], |row| {
            let position = StoredPosition { read_seq: Seq(row.get(0)?), read_ordinal: row.get(1)? };
            Ok(CachedPosition { position, ahead_of_file: false, takes_part: row.get(2)? })
        })
        .optional()
}

/// The cached heads.
#[derive(Debug, Default)]
pub(super) struct Heads {
    cached: FxHashMap<ConversationId, Head>,
    /// Counts the transactions.
    transaction: u64,
}

impl Heads {
    pub(super) fn contains(&self, id: ConversationId) -> bool {
        self.cached.contains_key(&id)
    }

    /// A head, to be changed.
    pub(super) fn touch(&mut self, id: ConversationId) -> Option<&mut Head> {
        let head = self.cached.get_mut(&id)?;
        head.touched = self.transaction;
        Some(head)
    }

    pub(super) fn insert(&mut self, head: Head) {
        self.cached.insert(head.conversation.id, head);
    }

    /// Those with something that the file does not say yet.
    pub(super) fn buffered(&mut self) -> impl Iterator<Item = (ConversationId, &mut Head)> {
        self.cached.iter_mut().filter(|(_, head)| !head.tail.is_empty()).map(|(id, head)| (*id, head))
    }

    /// A transaction begins. Drops what need not be cached, where it is too much.
    pub(super) fn begin(&mut self) {
        self.transaction += 1;
        if self.cached.len() > MAX_CACHED {
            self.cached.retain(|_, head| !head.tail.is_empty());
        }
    }

    /// Drops what the open transaction may have changed. Answers whether some of it had events that are in the write
    /// buffer only.
    pub(super) fn drop_touched(&mut self) -> bool {
        let mut buffered = false;
        for (_, head) in self.cached.extract_if(|_, head| head.touched == self.transaction) {
            buffered |= !head.tail.is_empty();
        }
        buffered
    }
}

/// The head of a conversation as the file says it, without what is in the write buffer.
pub(super) fn read(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Head>> {
    let head = connection
        .prepare_cached(&format!(
            "SELECT {}, furthest_read_seq, furthest_reader, second_read_seq FROM conversation c WHERE id = ?1",
            rows::CONVERSATION_FOR_NOBODY
        ))?
        .query_row([rows::key(id)], |row| {
            let readers = rows::CONVERSATION_COLUMNS;
            Ok(Head {
                conversation: rows::conversation(row, NOBODY)?,
                members: Audience::Users(Arc::default()),
                readers: TopTwoReaders {
                    furthest: Seq(row.get(readers)?),
                    by: UserId(row.get(readers + 1)?),
                    second: Seq(row.get(readers + 2)?),
                },
                positions: FxHashMap::default(),
                admins: Vec::new(),
                tail: Vec::new(),
                deleted: Vec::new(),
                open_segment: None,
                buffered: Vec::new(),
                touched: 0,
            })
        })
        .optional()?;
    let Some(mut head) = head else { return Ok(None) };
    head.members = rows::members(connection, id, head.conversation.kind)?;
    head.admins = members::admins(connection, id)?;
    Ok(Some(head))
}
