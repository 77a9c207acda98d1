//! Conversations, as their members see them.

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    id::{ConversationId, UserId},
    text::Title,
    user::User,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    engine::overlay,
    tables::{self, members, mentions, rows, users},
};
use crate::{
    domain::{
        audience::Audience,
        listing::{ListPart, ListRange},
        presence::SharedConversation,
    },
    storage::{KnownUser, ListedMember, MemberQuery, MemberRun},
};

pub(super) fn list(
    connection: &Connection,
    user: UserId,
    range: ListRange,
) -> rusqlite::Result<(ListPart, Vec<User>)> {
    let mut all = connection
        .prepare_cached(&format!(
            "SELECT {} FROM member m JOIN conversation c ON c.id = m.conversation WHERE m.user = ?1",
            rows::CONVERSATION
        ))?
        .query_map([user.0], |row| rows::conversation(row, user))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // The order of the list is known once the events of the write buffer are applied.
    overlay::all(connection, user, &mut all)?;
    let mut part = range.select(all);
    mentions::fill_all(connection, user, &mut part.conversations)?;
    let mut ids: Vec<_> = part.conversations.iter().flat_map(named).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = users::by_ids(connection, &ids)?;
    Ok((part, users))
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
    query: &MemberQuery,
) -> rusqlite::Result<Option<MemberRun>> {
    let Some(kind) = tables::conversations::kind_for(connection, user, id)? else { return Ok(None) };
    // Everybody is in Everyone: the index of what is shown has its members in their order.
    let from = match kind {
        ConversationKind::Broadcast => "user u CROSS JOIN member m ON m.user = u.id",
        ConversationKind::Direct | ConversationKind::Group => "member m CROSS JOIN user u ON u.id = m.user",
    };
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
    // The highest character of Unicode ends every range of keys with one prefix.
    let listed = connection
        .prepare_cached(&format!(
            "SELECT {}, m.takes_part FROM {from} WHERE m.conversation = ?1 AND (u.shown_key, u.name_key) > \
             (coalesce(?5, (SELECT shown_key FROM user WHERE name_key = ?2), ?2), ?2) \
             AND (u.name_key >= ?3 AND u.name_key < ?3 || char(1114111) \
             OR u.shown_key >= ?3 AND u.shown_key < ?3 || char(1114111)) ORDER BY u.shown_key, u.name_key LIMIT ?4",
            rows::KNOWN_USER
        ))?
        .query_map(params![id.0, query.after, query.prefix, limit, query.after_shown], |row| {
            Ok((rows::known_user(row)?, row.get(rows::KNOWN_USER_COLUMNS)?))
        })?
        .collect::<rusqlite::Result<Vec<(KnownUser, bool)>>>()?;
    let more = listed.len() > query.limit;
    let user_takes_part = members::takes_part(connection, id, user)?;
    let members = listed.into_iter().take(query.limit).map(|(known, other_takes_part)| {
        let direct = members::direct_between(connection, user, known.user.id)?;
        Ok(ListedMember {
            known,
            here: SharedConversation { kind, user_takes_part, other_takes_part },
            direct,
        })
    });
    Ok(Some(MemberRun { kind, members: members.collect::<rusqlite::Result<_>>()?, more }))
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
