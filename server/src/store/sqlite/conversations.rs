//! Conversations and their members.

use confab_shared::{conversation::{Conversation, ConversationKind}, id::{ClientId, ConversationId, Seq, Timestamp, UserId}, text::Title, user::User};
use rusqlite::{Connection, OptionalExtension, params};

use super::{command::Tx, events, heads, log::Deed, mentions, overlay, rows};
use crate::store::{Audience, KnownUser, NewBody};

pub(super) fn all(connection: &Connection, user: UserId) -> rusqlite::Result<(Vec<Conversation>, Vec<User>)> {
    let mut conversations = connection
        .prepare_cached(&format!(
            "SELECT {} FROM member m JOIN conversation c ON c.id = m.conversation WHERE m.user = ?1",
            rows::CONVERSATION
        ))?
        .query_map([user.0], |row| rows::conversation(row, user))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    overlay::all(connection, user, &mut conversations)?;
    mentions::fill_all(connection, user, &mut conversations)?;
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
    overlay::one(connection, user, &mut conversation)?;
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
    let mut groups = connection
        .prepare_cached(&format!(
            "SELECT {} FROM member m JOIN conversation c ON c.id = m.conversation \
             WHERE m.user = ?1 AND c.kind = 2 AND c.title = ?2",
            rows::CONVERSATION
        ))?
        .query_map(params![user.0, title.as_str()], |row| rows::conversation(row, user))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if groups.len() > 1 {
        overlay::all(connection, user, &mut groups)?;
    }
    Ok(groups.into_iter().max_by_key(|group| group.last_activity_at).map(|group| group.id))
}

fn create(
    tx: &Tx<'_, '_>,
    kind: ConversationKind,
    pair: Option<(UserId, UserId)>,
    at: Timestamp,
) -> rusqlite::Result<ConversationId> {
    let (low, high) = pair.unzip();
    tx.connection
        .prepare_cached("INSERT INTO conversation (kind, low, high, last_activity_at) VALUES (?1, ?2, ?3, ?4)")?
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
    tx: &mut Tx<'_, '_>,
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
    tx: &mut Tx<'_, '_>,
    creator: &User,
    client_id: ClientId,
    title: &Title,
    others: &[User],
    at: Timestamp,
) -> rusqlite::Result<Option<ConversationId>> {
    if let Some((placed, deed)) = tx.log.of_command(tx.connection, tx.statements, creator.id, client_id)? {
        let began = placed.seq == Seq(1) && deed == Deed::Renamed;
        return Ok(began.then_some(placed.conversation));
    }
    let id = create(tx, ConversationKind::Group, None, at)?;
    add_members(tx.connection, id, &[creator.id], Seq(0), 0)?;
    let mut write = |client_id, body| events::write(tx, id, creator, client_id, at, &body);
    write(Some(client_id), NewBody::Renamed(title.clone()))?;
    write(None, NewBody::Joined(others.to_vec()))?;
    // Who makes a group has read how it began.
    if let Some(head) = tx.log.head(tx.connection, id)? {
        tx.statements.set_cursor.execute([id.0, creator.id.0, head.seq.0, head.message_count])?;
        head.forget_cursor(creator.id);
    }
    Ok(Some(id))
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
