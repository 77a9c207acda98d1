//! How far each member has read.

use std::ops::ControlFlow;

use confab_shared::{event::EventBody, id::{ConversationId, Seq, UserId}, protocol::ReadSignal};
use rusqlite::Connection;

use super::{
    command::Tx,
    heads::{Head, Passed},
    mentions,
    runs::{self, Table},
};
use crate::store::{MovedCursor, News};

/// How many events behind a cursor are looked at for one's own: a bound on the writer's work.
const OWN_BEHIND: u64 = 200;

/// The furthest cursor, whose it is, and the furthest of all others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) furthest: Seq,
    pub(super) by: UserId,
    pub(super) next: Seq,
}

impl Seen {
    /// Takes in a cursor that moved. Whether one of the two furthest did.
    fn moved(&mut self, user: UserId, seq: Seq) -> bool {
        if seq > self.furthest {
            if self.by != user {
                self.next = self.furthest;
            }
            (self.furthest, self.by) = (seq, user);
            return true;
        }
        let second = self.by != user && seq > self.next;
        if second {
            self.next = seq;
        }
        second
    }
}

/// Answers whether the user is in the conversation.
pub(super) fn move_cursor(
    tx: &mut Tx<'_, '_>,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<bool> {
    let connection = tx.connection;
    let Some(head) = tx.log.head(connection, id)? else { return Ok(false) };
    let seq = seq.min(head.seq);
    let Some(&mut before) = head.cursor(connection, id, user)? else { return Ok(false) };
    if seq <= before.seq {
        return Ok(true);
    }
    let (seq, read) = reach(connection, head, user, id, seq)?;
    tx.statements.set_cursor.execute([id.0, user.0, seq.0, read])?;
    if before.called {
        mentions::forget(connection, user, id, seq)?;
    }
    let head_seq = head.seq;
    if let Some(cursor) = head.cursor(connection, id, user)? {
        (cursor.seq, cursor.read, cursor.ahead) = (seq, read, false);
        cursor.called &= seq < head_seq;
    }
    let told = head.seen.moved(user, seq);
    if told {
        let Seen { furthest, by, next } = head.seen;
        tx.connection
            .prepare_cached("UPDATE conversation SET seen = ?2, seen_by = ?3, seen_next = ?4 WHERE id = ?1")?
            .execute([id.0, furthest.0, by.0, next.0])?;
    }
    let signal = ReadSignal { conversation: id, user, seq, read };
    let audience = told.then(|| head.audience.clone());
    tx.committed.push(News::Cursor(MovedCursor { signal, audience }));
    Ok(true)
}

/// Where a cursor gets that moves to a seq, and how many messages stand at or before that. Who has read up to a
/// message has read what they wrote themselves right behind it: `Conversation::fold` says the same where the cursor
/// comes first and the message after it.
fn reach(
    connection: &Connection,
    head: &Head,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<(Seq, u64)> {
    if seq == head.seq {
        return Ok((seq, head.message_count));
    }
    let mut reached = (seq, 0);
    let mut goes_on = |entry: Passed| {
        let own = entry.is_message && entry.by == user;
        if own || entry.seq == seq {
            reached = (entry.seq, entry.message_count);
            return true;
        }
        !entry.is_message
    };
    let settled = head.tail.first().map_or(head.seq.0, |first| first.seq.0 - 1);
    let mut looked_at = seq.0 - 1;
    if seq.0 <= settled {
        let mut ends = false;
        runs::walk(connection, Table::Run, id, (seq, Seq(seq.0 + OWN_BEHIND)), |entry| {
            let event = &entry.stored.event;
            let is_message = matches!(event.body, EventBody::Posted(_));
            looked_at = event.seq.0;
            ends = !goes_on(Passed { seq: event.seq, by: event.by, is_message, messages: entry.message_count });
            if ends { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if ends {
            return Ok(reached);
        }
    }
    for entry in head.tail.iter().filter(|entry| entry.seq >= seq) {
        // Too many are in between.
        if entry.seq.0 != looked_at + 1 || !goes_on(*entry) {
            break;
        }
        looked_at = entry.seq.0;
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_furthest_cursors_are_kept() {
        let mut seen = Seen { furthest: Seq(0), by: UserId(0), next: Seq(0) };
        let (mei, ada, li) = (UserId(1), UserId(2), UserId(3));
        for (user, seq, moves, furthest, next) in [
            (mei, 4, true, 4, 0),
            (ada, 3, true, 4, 3),
            (li, 2, false, 4, 3),
            (mei, 5, true, 5, 3),
            (ada, 7, true, 7, 5),
            (ada, 8, true, 8, 5),
            (mei, 5, false, 8, 5),
        ] {
            assert_eq!(seen.moved(user, Seq(seq)), moves, "{user} to {seq}");
            assert_eq!((seen.furthest.0, seen.next.0), (furthest, next), "{user} to {seq}");
        }
    }
}
