//! Conversations, their members and their cursors.

use confab_shared::{
    ids::{ClientId, ConversationId, Seq, Timestamp, UserId},
    model::{Conversation, ConversationKind, EventBody, User},
    protocol::ReadSignal,
    text::Title,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{events, heads, mentions, rows, writer::Tx};
use crate::store::{Audience, CursorMove, KnownUser, MovedCursor, NewBody};

pub(super) fn all(connection: &Connection, user: UserId) -> rusqlite::Result<(Vec<Conversation>, Vec<User>)> {
    let mut conversations = connection
        .prepare_cached(&format!(
            "SELECT {} FROM member m JOIN conversation c ON c.id = m.conversation WHERE m.user = ?1",
            rows::CONVERSATION
        ))?
        .query_map([user.0], |row| rows::conversation(row, user))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for conversation in &mut conversations {
        mentions::fill(connection, user, conversation)?;
    }
    let mut ids: Vec<_> = conversations.iter().flat_map(named).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = super::accounts::users(connection, &ids)?;
    Ok((conversations, users))
}

/// The users whom a conversation names, to somebody who sees it in a list.
fn named(conversation: &Conversation) -> impl Iterator<Item = UserId> {
    conversation.peer.into_iter().chain(conversation.last_message.as_ref().map(|last| last.by))
}

pub(super) fn one(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<(Conversation, Vec<KnownUser>)>> {
    let conversation = connection
        .prepare_cached(&format!(
            "SELECT {} FROM member m JOIN conversation c ON c.id = m.conversation \
             WHERE m.conversation = ?1 AND m.user = ?2",
            rows::CONVERSATION
        ))?
        .query_row([rows::key(id), user.0], |row| rows::conversation(row, user))
        .optional()?;
    let Some(mut conversation) = conversation else { return Ok(None) };
    mentions::fill(connection, user, &mut conversation)?;
    let mut ids: Vec<_> = named(&conversation).collect();
    ids.dedup();
    let mut query =
        connection.prepare_cached(&format!("SELECT {} FROM user u WHERE u.id = ?1", rows::KNOWN_USER))?;
    let users =
        ids.iter().map(|id| query.query_row([id.0], rows::known_user)).collect::<rusqlite::Result<_>>()?;
    Ok(Some((conversation, users)))
}

pub(super) fn group_by_title(
    connection: &Connection,
    user: UserId,
    title: &Title,
) -> rusqlite::Result<Option<ConversationId>> {
    connection
        .prepare_cached(
            "SELECT c.id FROM member m JOIN conversation c ON c.id = m.conversation \
             WHERE m.user = ?1 AND c.kind = 2 AND c.title = ?2 ORDER BY c.active_at DESC LIMIT 1",
        )?
        .query_row(params![user.0, title.as_str()], |row| Ok(ConversationId(row.get(0)?)))
        .optional()
}

fn create(
    tx: &Tx<'_>,
    kind: ConversationKind,
    pair: Option<(UserId, UserId)>,
    at: Timestamp,
) -> rusqlite::Result<ConversationId> {
    let (low, high) = pair.unzip();
    tx.connection
        .prepare_cached("INSERT INTO conversation (kind, low, high, active_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![rows::kind_number(kind), low.map(|u| u.0), high.map(|u| u.0), at.0])?;
    Ok(ConversationId(tx.connection.last_insert_rowid().unsigned_abs()))
}

/// Puts people into a conversation, with nothing unread as of `seq`.
pub(super) fn add_members(
    connection: &Connection,
    id: ConversationId,
    users: &[UserId],
    seq: Seq,
    messages: u64,
) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT INTO member (conversation, user, cursor, read) VALUES (?1, ?2, ?3, ?4)")?;
    for user in users {
        insert.execute([id.0, user.0, seq.0, messages])?;
    }
    connection
        .prepare_cached("UPDATE conversation SET member_count = member_count + ?2 WHERE id = ?1")?
        .execute([id.0, users.len() as u64])?;
    Ok(())
}

pub(super) fn direct(
    tx: &mut Tx<'_>,
    a: UserId,
    b: UserId,
    at: Timestamp,
) -> rusqlite::Result<ConversationId> {
    let (low, high) = (a.min(b), a.max(b));
    let found = tx
        .connection
        .prepare_cached("SELECT id FROM conversation WHERE low = ?1 AND high = ?2")?
        .query_row([low.0, high.0], |row| Ok(ConversationId(row.get(0)?)))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    let id = create(tx, ConversationKind::Direct, Some((low, high)), at)?;
    let both = if low == high { vec![low] } else { vec![low, high] };
    add_members(tx.connection, id, &both, Seq(0), 0)?;
    Ok(id)
}

pub(super) fn create_group(
    tx: &mut Tx<'_>,
    creator: &User,
    client_id: ClientId,
    title: &Title,
    others: &[User],
    at: Timestamp,
) -> rusqlite::Result<Option<ConversationId>> {
    if let Some(found) = events::of_command(tx.connection, creator.id, client_id)? {
        let began = found.event.seq == Seq(1) && matches!(found.event.body, EventBody::Renamed { .. });
        return Ok(began.then_some(found.event.conversation));
    }
    let id = create(tx, ConversationKind::Group, None, at)?;
    add_members(tx.connection, id, &[creator.id], Seq(0), 0)?;
    let mut write = |client_id, body| events::write(tx, id, creator, client_id, at, &body);
    write(Some(client_id), NewBody::Renamed(title.clone()))?;
    write(None, NewBody::Joined(others.to_vec()))?;
    // Who makes a group has read how it began.
    tx.connection
        .prepare_cached(
            "UPDATE member SET cursor = (SELECT head FROM conversation WHERE id = ?1) \
             WHERE conversation = ?1 AND user = ?2",
        )?
        .execute([id.0, creator.id.0])?;
    Ok(Some(id))
}

pub(super) fn move_cursor(
    tx: &mut Tx<'_>,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<CursorMove> {
    let Some(head) = tx.heads.get(tx.connection, id)? else { return Ok(CursorMove::NotMember) };
    let seq = seq.min(head.seq);
    let audience = head.audience.clone();
    let cursor = tx
        .connection
        .prepare_cached("SELECT cursor FROM member WHERE conversation = ?1 AND user = ?2")?
        .query_row([id.0, user.0], |row| Ok(Seq(row.get(0)?)))
        .optional()?;
    let Some(cursor) = cursor else { return Ok(CursorMove::NotMember) };
    if seq <= cursor {
        return Ok(CursorMove::Stays);
    }
    let seq = through_own(tx.connection, user, id, seq)?;
    let read: u64 = tx
        .connection
        .prepare_cached("SELECT messages FROM event WHERE conversation = ?1 AND seq = ?2")?
        .query_row([id.0, seq.0], |row| row.get(0))?;
    tx.connection
        .prepare_cached("UPDATE member SET cursor = ?3, read = ?4 WHERE conversation = ?1 AND user = ?2")?
        .execute([id.0, user.0, seq.0, read])?;
    mentions::forget(tx.connection, user, id, seq)?;
    let told = seen(tx.connection, user, id, seq)?;
    let signal = ReadSignal { conversation: id, user, seq, read };
    Ok(CursorMove::Moved(MovedCursor { signal, audience: told.then_some(audience) }))
}

/// How many events behind a cursor are looked at for one's own: a bound on the writer's work.
const OWN_BEHIND: u64 = 200;

/// Who has read up to a message has read what they wrote themselves right behind it: `Conversation::fold` says the
/// same where the cursor comes first and the message after it.
fn through_own(connection: &Connection, user: UserId, id: ConversationId, seq: Seq) -> rusqlite::Result<Seq> {
    let mut messages = connection.prepare_cached(
        "SELECT seq, sender, text IS NOT NULL FROM event WHERE conversation = ?1 AND seq BETWEEN ?2 + 1 AND ?2 + ?3 \
         ORDER BY seq",
    )?;
    let mut rows = messages.query([id.0, seq.0, OWN_BEHIND])?;
    let mut reached = seq;
    while let Some(row) = rows.next()? {
        let (seq, sender, is_message) = (Seq(row.get(0)?), UserId(row.get(1)?), row.get::<_, bool>(2)?);
        match (is_message, sender == user) {
            (true, true) => reached = seq,
            (true, false) => break,
            (false, _) => {}
        }
    }
    Ok(reached)
}

/// Keeps the two furthest cursors. Whether one of them moved.
fn seen(connection: &Connection, user: UserId, id: ConversationId, seq: Seq) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE conversation SET \
                 seen_next = CASE WHEN seen_by = ?2 THEN seen_next WHEN ?3 > seen THEN seen ELSE ?3 END, \
                 seen_by = CASE WHEN ?3 > seen THEN ?2 ELSE seen_by END, \
                 seen = max(seen, ?3) \
             WHERE id = ?1 AND (?3 > seen OR (seen_by <> ?2 AND ?3 > seen_next))",
        )?
        .execute([id.0, user.0, seq.0])?;
    Ok(changed > 0)
}

pub(super) fn members(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<Vec<KnownUser>>> {
    if kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let members = connection
        .prepare_cached(&format!(
            "SELECT {} FROM member m JOIN user u ON u.id = m.user WHERE m.conversation = ?1 ORDER BY u.name_key",
            rows::KNOWN_USER
        ))?
        .query_map([id.0], rows::known_user)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(members))
}

pub(super) fn audience(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<Audience>> {
    match kind_for(connection, user, id)? {
        Some(kind) => heads::audience_of(connection, id, kind).map(Some),
        None => Ok(None),
    }
}

/// The kind of a conversation that a user is in.
pub(super) fn kind_for(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<ConversationKind>> {
    connection
        .prepare_cached(
            "SELECT c.kind FROM member m JOIN conversation c ON c.id = m.conversation \
             WHERE m.conversation = ?1 AND m.user = ?2",
        )?
        .query_row([rows::key(id), user.0], |row| rows::kind(row.get(0)?))
        .optional()
}
