//! Moves read positions, forward and back.

use std::{cmp::Reverse, collections::HashSet};

use confab_shared::{
    api::Reader,
    conversation::Conversation,
    id::{ConversationId, Seq, UserId},
    protocol::ReadSignal,
};
use rusqlite::{Connection, params};

use super::{
    heads::Head,
    segment::{self, Table},
    transaction::Tx,
};
use crate::{
    domain::{
        notification::{CommitNotification, MovedReadPosition},
        read_position::{self, ReadMove, StoredPosition, TailEntry, TopTwoReaders},
    },
    storage::{
        receipts::ReaderRun,
        sqlite::tables::{deletions, receipts, users},
    },
};

/// Moves the read position of a member to a seq that is not beyond the head, or further. The others see that only of a
/// member who takes part: to anybody else it would say that a stranger is online.
pub(super) fn mark_read(
    tx: &mut Tx<'_, '_>,
    id: ConversationId,
    user: UserId,
    seq: Seq,
) -> rusqlite::Result<()> {
    let connection = tx.connection;
    let missing = || rusqlite::Error::QueryReturnedNoRows;
    let head = tx.write_buffer.head(connection, id)?.ok_or_else(missing)?;
    let before = *head.position(connection, user)?.ok_or_else(missing)?;
    let Some(mut read) = ReadMove::new(user, before.position, seq) else { return Ok(()) };
    visit_log(connection, head, &mut read)?;
    let reached = read.reached();
    tx.statements.set_position.execute([id.0, user.0, reached.read_seq.0, reached.read_ordinal])?;
    if let Some(cached) = head.position(connection, user)? {
        (cached.position, cached.ahead_of_file) = (reached, false);
    }
    let shares = before.takes_part && receipts::shares(connection, user)?;
    let shown = shares && is_shown(connection, head, user, reached.read_seq)?;
    let signal = signal(connection, head, user, reached)?;
    let audience = shown.then(|| head.members.clone());
    tx.notifications.push(CommitNotification::ReadPosition(MovedReadPosition { signal, audience }));
    Ok(())
}

/// Moves the read position of a member back, so that an event and all behind it are unread. The others do not see that.
pub(super) fn mark_unread(
    tx: &mut Tx<'_, '_>,
    id: ConversationId,
    user: UserId,
    from: Seq,
) -> rusqlite::Result<()> {
    let connection = tx.connection;
    let missing = || rusqlite::Error::QueryReturnedNoRows;
    let head = tx.write_buffer.head(connection, id)?.ok_or_else(missing)?;
    let before = head.position(connection, user)?.ok_or_else(missing)?.position;
    let Some(mut read) = ReadMove::back(user, before, from) else { return Ok(()) };
    visit_log(connection, head, &mut read)?;
    let reached = read.reached();
    if reached.read_seq >= before.read_seq {
        return Ok(());
    }
    tx.statements.set_position.execute([id.0, user.0, reached.read_seq.0, reached.read_ordinal])?;
    if let Some(cached) = head.position(connection, user)? {
        (cached.position, cached.ahead_of_file) = (reached, false);
    }
    let signal = ReadSignal { back: true, ..signal(connection, head, user, reached)? };
    tx.notifications.push(CommitNotification::ReadPosition(MovedReadPosition { signal, audience: None }));
    Ok(())
}

/// Shows the others how far a member had read who takes part from now on.
pub(super) fn show_reader(
    tx: &mut Tx<'_, '_>,
    id: ConversationId,
    user: UserId,
    position: StoredPosition,
) -> rusqlite::Result<()> {
    let connection = tx.connection;
    let head = tx.write_buffer.head(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    if receipts::shares(connection, user)? && is_shown(connection, head, user, position.read_seq)? {
        let signal = signal(connection, head, user, position)?;
        let audience = Some(head.members.without(user));
        tx.notifications.push(CommitNotification::ReadPosition(MovedReadPosition { signal, audience }));
    }
    Ok(())
}

/// The members other than the one who asks who have read up to a seq, at most `limit` behind an id, of those who share that;
/// none where the one who asks is no member.
pub(in crate::storage::sqlite) fn readers(
    tx: &mut Tx<'_, '_>,
    user: UserId,
    id: ConversationId,
    seq: Seq,
    after: UserId,
    limit: usize,
) -> rusqlite::Result<Option<ReaderRun>> {
    let connection = tx.connection;
    let Some(head) = tx.write_buffer.head(connection, id)? else { return Ok(None) };
    if head.position(connection, user)?.is_none() {
        return Ok(None);
    }
    // The one who asks is left out, and one more says whether there are more.
    let mut readers = receipts::readers(connection, id, seq, after, limit.saturating_add(2))?;
    for (member, cached) in head.ahead_of_file() {
        if member > after
            && cached.takes_part
            && cached.position.read_seq >= seq
            && receipts::shares(connection, member)?
        {
            readers.push((member, cached.position.read_seq));
        }
    }
    // Of two positions of one the further is the later.
    readers.sort_unstable_by_key(|(reader, read_seq)| (*reader, Reverse(*read_seq)));
    readers.dedup_by_key(|(reader, _)| *reader);
    readers.retain(|(reader, _)| *reader != user);
    let more = readers.len() > limit;
    readers.truncate(limit);
    let ids: Vec<UserId> = readers.iter().map(|(reader, _)| *reader).collect();
    let users = users::by_ids(connection, &ids)?.into_iter();
    let readers = users.zip(readers).map(|(user, (_, read_seq))| Reader { user, read_seq }).collect();
    Ok(Some(ReaderRun { readers, more }))
}

/// Counts a position, and answers whether the others are told of it.
fn is_shown(connection: &Connection, head: &mut Head, user: UserId, seq: Seq) -> rusqlite::Result<bool> {
    let is_furthest = count_reader(connection, head, user, seq)?;
    Ok(read_position::is_signalled(&head.members, seq, is_furthest))
}

/// Counts a position among those that the others see. Answers whether it is one of the two furthest, and was not.
fn count_reader(connection: &Connection, head: &mut Head, user: UserId, seq: Seq) -> rusqlite::Result<bool> {
    let moved = head.readers.moved(user, seq);
    if moved {
        let TopTwoReaders { furthest, by, second } = head.readers;
        connection
            .prepare_cached(
                "UPDATE conversation SET furthest_read_seq = ?2, furthest_reader = ?3, second_read_seq = ?4 \
                 WHERE id = ?1",
            )?
            .execute(params![head.conversation.id.0, furthest.0, by.0, second.0])?;
    }
    Ok(moved)
}

fn signal(
    connection: &Connection,
    head: &Head,
    user: UserId,
    StoredPosition { read_seq, read_ordinal }: StoredPosition,
) -> rusqlite::Result<ReadSignal> {
    let read_count = read_ordinal - deleted_through(connection, head, read_seq)?;
    let Conversation { id, head_seq, .. } = head.conversation;
    Ok(ReadSignal { conversation: id, user, read_seq, read_count, head_seq, back: false })
}

/// Lets a move visit the events from its seq on: those in segments, then those in the write buffer.
fn visit_log(connection: &Connection, head: &Head, read: &mut ReadMove) -> rusqlite::Result<()> {
    let conversation = &head.conversation;
    let (from, to) = read.range();
    let deleted = match conversation.deleted_count {
        0 => HashSet::new(),
        _ => deletions::between(connection, conversation.id, (from, to))?,
    };
    let buffered_from = head.tail.first().map_or(conversation.head_seq.next(), |first| first.seq);
    let mut ended = false;
    if from < buffered_from {
        segment::visit(connection, Table::Segments, conversation.id, (from, to), |entry| {
            let tail = TailEntry::of(&entry.stored.event, entry.ordinal);
            let visited = read.visit(tail.deleted_if(deleted.contains(&tail.seq)));
            ended = visited.is_break();
            visited
        })?;
    }
    if !ended {
        let first = head.tail.partition_point(|entry| entry.seq < from);
        let mut rest = head.tail[first..].iter();
        let _ = rest.try_for_each(|entry| read.visit(entry.deleted_if(deleted.contains(&entry.seq))));
    }
    Ok(())
}

/// How many of a conversation's messages up to a seq were deleted.
fn deleted_through(connection: &Connection, head: &Head, seq: Seq) -> rusqlite::Result<u64> {
    let conversation = &head.conversation;
    match conversation.deleted_count {
        0 => Ok(0),
        count => {
            let next = conversation.head_seq.next();
            Ok(count - deletions::count_after(connection, conversation.id, seq, next)?)
        }
    }
}
