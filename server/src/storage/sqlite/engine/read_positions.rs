//! Moves read positions.

use std::collections::HashSet;

use confab_shared::{
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
        read_position::{ReadMove, TailEntry, TopTwoReaders},
    },
    storage::sqlite::tables::{deletions, mentions},
};

/// Moves the read position of a member to a seq that is not beyond the head, or further.
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
    if before.may_be_mentioned {
        mentions::delete_read(connection, user, id, reached.read_seq)?;
    }
    let head_seq = head.conversation.head_seq;
    if let Some(cached) = head.position(connection, user)? {
        (cached.position, cached.ahead_of_file) = (reached, false);
        cached.may_be_mentioned &= reached.read_seq < head_seq;
    }
    let one_of_two_furthest = head.readers.moved(user, reached.read_seq);
    if one_of_two_furthest {
        let TopTwoReaders { furthest, by, second } = head.readers;
        connection
            .prepare_cached(
                "UPDATE conversation SET furthest_read_seq = ?2, furthest_reader = ?3, second_read_seq = ?4 \
                 WHERE id = ?1",
            )?
            .execute(params![id.0, furthest.0, by.0, second.0])?;
    }
    let read_count = reached.read_ordinal - deleted_through(connection, head, reached.read_seq)?;
    let signal = ReadSignal { conversation: id, user, read_seq: reached.read_seq, read_count, head_seq };
    let audience = one_of_two_furthest.then(|| head.members.clone());
    tx.notifications.push(CommitNotification::ReadPosition(MovedReadPosition { signal, audience }));
    Ok(())
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
