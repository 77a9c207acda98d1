//! Conversations, as their members see them.

use confab_shared::{
    conversation::Conversation,
    id::{ConversationId, UserId},
    text::Title,
    user::User,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    engine::overlay,
    tables::{self, mentions, rows, users},
};
use crate::{domain::audience::Audience, storage::KnownUser};

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
    let users = users::by_ids(connection, &ids)?;
    Ok((conversations, users))
}

/// The users whom a conversation names, for a user who sees it in a list.
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

pub(super) fn members(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<Vec<KnownUser>>> {
    if tables::conversations::kind_for(connection, user, id)?.is_none() {
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
    match tables::conversations::kind_for(connection, user, id)? {
        Some(kind) => rows::members(connection, id, kind).map(Some),
        None => Ok(None),
    }
}
