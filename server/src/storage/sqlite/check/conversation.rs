//! One conversation: its row, its members and its mentions, against its log.

use std::collections::HashSet;

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    id::{ConversationId, Seq, UserId},
};
use rusqlite::Connection;

use super::{
    attachments::GivenAttachments,
    faults::Faults,
    log::{Counts, Log, Stored, Tables},
    messages::ChangedMessages,
    positions::Positions,
    threads::GivenThreads,
};
use crate::storage::sqlite::{
    engine::segment::{self, Segment},
    tables::{
        position::position,
        rows::{self, CONVERSATION_COLUMNS, CONVERSATION_FOR_NOBODY},
    },
};

/// The row of a conversation.
struct Row {
    /// As it is without what is in the write buffer.
    conversation: Conversation,
    furthest_read_seq: Seq,
    second_read_seq: Seq,
}

/// Checks a conversation. What is in the write buffer follows the compacted part of its log.
pub(super) fn check(
    tables: &Tables<'_>,
    id: ConversationId,
    buffered: &[Segment],
    faults: &mut Faults<'_>,
) -> rusqlite::Result<Counts> {
    let connection = tables.connection;
    let row = read(connection, id)?;
    let mut conversation = Conversation::new(id, row.conversation.kind, row.conversation.last_activity_at);
    if row.conversation.kind == ConversationKind::Broadcast {
        // It has its title from the start.
        conversation.title.clone_from(&row.conversation.title);
    }
    let mut log = Log {
        tables,
        conversation,
        members: HashSet::new(),
        invited: HashSet::new(),
        messages: ChangedMessages::read(connection, id)?,
        positions: Positions::read(connection, id)?,
        threads: GivenThreads::default(),
        attachments: GivenAttachments::default(),
        counts: Counts::default(),
    };
    let mut query = connection.prepare_cached(&format!(
        "SELECT {} FROM segment WHERE position BETWEEN ?1 AND ?2 ORDER BY position",
        segment::COLUMNS
    ))?;
    let mut segments = query.query([position(id, Seq(0)), position(id, Seq(u64::MAX))])?;
    while let Some(segment) = segments.next()? {
        log.add(&Segment::read(segment)?, Stored::Compacted, faults)?;
    }
    compare_compacted(&row.conversation, &log.conversation, faults);
    for segment in buffered {
        log.add(segment, Stored::Buffered, faults)?;
    }
    let (head, last_ordinal) = (log.conversation.head_seq, log.last_ordinal());
    log.positions.pass(head.next(), last_ordinal, faults);
    log.positions.end(head, faults);
    compare_whole(&row, &log, faults);
    check_mentions(connection, &log, faults)?;
    check_requests(connection, &log, faults)?;
    log.messages.end(connection, faults)?;
    log.attachments.end(connection, id, faults)?;
    let members = log.positions.members().collect();
    log.threads.end(connection, &log.conversation, &members, faults)?;
    Ok(log.counts)
}

fn read(connection: &Connection, id: ConversationId) -> rusqlite::Result<Row> {
    connection
        .prepare_cached(&format!(
            "SELECT {CONVERSATION_FOR_NOBODY}, furthest_read_seq, second_read_seq FROM conversation c WHERE id = ?1"
        ))?
        .query_row([id.0], |row| {
            Ok(Row {
                conversation: rows::conversation(row, UserId(0))?,
                furthest_read_seq: Seq(row.get(CONVERSATION_COLUMNS)?),
                second_read_seq: Seq(row.get(CONVERSATION_COLUMNS + 1)?),
            })
        })
}

/// Compares what a compaction writes of a conversation.
fn compare_compacted(row: &Conversation, given: &Conversation, faults: &mut Faults<'_>) {
    let id = row.id;
    let mut compare = |column: &str, stored: u64, given: u64| {
        if stored != given {
            faults.add(format_args!("conversation {id}: {column} is {stored}, and its log gives {given}"));
        }
    };
    compare("head_seq", row.head_seq.0, given.head_seq.0);
    compare("message_count", row.message_count, given.message_count);
    compare("deleted_count", row.deleted_count, given.deleted_count);
    compare("last_activity_at", row.last_activity_at.0, given.last_activity_at.0);
    if row.last_message != given.last_message {
        faults.add(format_args!("conversation {id}: its last message is not what its log gives"));
    }
}

/// Compares what is written at once, with all events.
fn compare_whole(row: &Row, log: &Log<'_>, faults: &mut Faults<'_>) {
    let (stored, given) = (&row.conversation, &log.conversation);
    let (id, head) = (stored.id, given.head_seq);
    if stored.title != given.title {
        faults.add(format_args!("conversation {id}: its title is not what its log gives"));
    }
    if stored.topic != given.topic {
        faults.add(format_args!("conversation {id}: its topic is not what its log gives"));
    }
    let members: HashSet<UserId> = log.positions.members().collect();
    if stored.member_count != members.len() as u64 {
        let (count, rows) = (stored.member_count, members.len());
        faults.add(format_args!("conversation {id}: member_count is {count}, and member has {rows} rows"));
    }
    if stored.kind == ConversationKind::Group {
        for user in members.difference(&log.members) {
            faults.add(format_args!("conversation {id}: member has user {user}, whom the log does not have"));
        }
        for user in log.members.difference(&members) {
            faults.add(format_args!("conversation {id}: member lacks user {user}, whom the log has"));
        }
    }
    if row.furthest_read_seq > head || row.second_read_seq > row.furthest_read_seq {
        let (furthest, second) = (row.furthest_read_seq, row.second_read_seq);
        faults.add(format_args!(
            "conversation {id}: the furthest readers are at seq {furthest} and {second}, and the log ends at {head}"
        ));
    }
}

/// Checks that unread mentions are of members and by events of the log.
fn check_mentions(connection: &Connection, log: &Log<'_>, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
    let (id, head) = (log.conversation.id, log.conversation.head_seq);
    let members: HashSet<UserId> = log.positions.members().collect();
    let mut query =
        connection.prepare_cached("SELECT user, seq, event FROM mention WHERE conversation = ?1")?;
    let mut rows = query.query([id.0])?;
    while let Some(row) = rows.next()? {
        let (user, seq, event) = (UserId(row.get(0)?), Seq(row.get(1)?), Seq(row.get(2)?));
        if user != UserId::ALL && !members.contains(&user) {
            faults.add(format_args!("conversation {id}: mention has user {user}, who is no member"));
        }
        if seq == Seq(0) || seq > event || event > head {
            faults.add(format_args!(
                "conversation {id}: mention has message {seq} with event {event}, which is not in the log"
            ));
        }
    }
    Ok(())
}

/// Checks that requests to join are of users whom an event invited, and who have not become members.
fn check_requests(connection: &Connection, log: &Log<'_>, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
    let id = log.conversation.id;
    let mut query = connection.prepare_cached("SELECT user FROM group_request WHERE conversation = ?1")?;
    let mut rows = query.query([id.0])?;
    while let Some(row) = rows.next()? {
        let user = UserId(row.get(0)?);
        if !log.invited.contains(&user) {
            faults
                .add(format_args!("conversation {id}: group_request has user {user}, whom no event invited"));
        }
        if log.members.contains(&user) {
            faults.add(format_args!("conversation {id}: group_request has user {user}, who is a member"));
        }
    }
    Ok(())
}
