//! Conversations, as their members see them.

use std::collections::HashMap;

use confab_shared::{
    conversation::{Conversation, ConversationKind, UnreadMention},
    id::{ConversationId, UserId},
    text::Title,
    user::User,
};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::Row;

use super::{
    columns::{CONVERSATION, Columns, KNOWN_USER, before_nul, keys_with_prefix, limit, parameter},
    connection::{query, query_opt, snapshot},
    failure::Failure,
    users,
};
use crate::{
    domain::{
        audience::Audience,
        listing::{ListPart, ListRange},
        presence::SharedConversation,
    },
    storage::{KnownUser, ListedMember, MemberQuery, MemberRun},
};

/// How far a member of a conversation `c` has read: the seq, and the number of messages, without deleted ones.
pub(super) fn read_position(member: &str) -> String {
    format!(
        "{member}.read_seq, {member}.read_ordinal - c.deleted_count + CASE c.deleted_count WHEN 0 THEN 0 ELSE \
         (SELECT count(*) FROM message_change d WHERE d.conversation = c.id AND d.seq > {member}.read_seq \
         AND d.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM event b WHERE b.conversation = d.conversation \
         AND b.seq = d.seq AND b.target IS NOT NULL)) END"
    )
}

/// What a member has of a conversation, behind the columns of [`CONVERSATION`]: of a conversation `c` and a membership `m`.
fn own() -> String {
    let position = read_position("m");
    format!(
        "{position}, m.role, \
         CASE WHEN c.furthest_reader = m.user_id THEN c.second_read_seq ELSE c.furthest_read_seq END"
    )
}

/// A conversation as a user sees it, without their mentions.
fn conversation(row: &Row, me: UserId) -> Result<Conversation, Failure> {
    let mut columns = Columns::of(row);
    let (conversation, _) = columns.conversation(me)?;
    Ok(Conversation {
        read_seq: columns.seq()?,
        read_count: columns.number()?,
        role: columns.member_role()?,
        peers_read_seq: columns.seq()?,
        ..conversation
    })
}

pub(super) async fn list(
    client: &mut Client,
    user: UserId,
    range: ListRange,
) -> Result<(ListPart, Vec<User>), Failure> {
    let snapshot = snapshot(client).await?;
    let own = own();
    let sql = format!(
        "SELECT {CONVERSATION}, {own} FROM member m JOIN conversation c ON c.id = m.conversation WHERE m.user_id = $1"
    );
    let rows = query(&snapshot, &sql, &[&parameter(user.0)]).await?;
    let all = rows.iter().map(|row| conversation(row, user)).collect::<Result<_, _>>()?;
    let mut part = range.select(all);
    fill_mentions(&snapshot, user, &mut part.conversations).await?;
    let users = users::by_ids(&snapshot, part.conversations.iter().flat_map(named)).await?;
    Ok((part, users))
}

/// The users whom a conversation names, for a user who sees it in a list.
fn named(conversation: &Conversation) -> impl Iterator<Item = UserId> {
    conversation.peer.into_iter().chain(conversation.last_message.as_ref().map(|last| last.by))
}

/// Puts the unread mentions of a user into their conversations.
async fn fill_mentions(
    client: &impl GenericClient,
    user: UserId,
    conversations: &mut [Conversation],
) -> Result<(), Failure> {
    // Nothing is behind a position at the end.
    let unread = || conversations.iter().filter(|conversation| conversation.read_seq < conversation.head_seq);
    let ids: Vec<_> = unread().map(|conversation| parameter(conversation.id.0)).collect();
    let read: Vec<_> = unread().map(|conversation| parameter(conversation.read_seq.0)).collect();
    let sql = "SELECT k.id, m.seq, m.event FROM unnest($2::bigint[], $4::bigint[]) k (id, read_seq) CROSS JOIN LATERAL \
         (SELECT seq, event FROM mention WHERE user_id IN ($1, $5) AND conversation = k.id AND event > k.read_seq \
         AND author <> $1 ORDER BY event DESC LIMIT $3) m ORDER BY m.event";
    let parameters = (parameter(user.0), limit(Conversation::MAX_MENTIONS), parameter(UserId::ALL.0));
    let rows = query(client, sql, &[&parameters.0, &ids, &parameters.1, &read, &parameters.2]).await?;
    let mut mentions: HashMap<ConversationId, Vec<UnreadMention>> = HashMap::new();
    for row in &rows {
        let mut columns = Columns::of(row);
        let id = columns.conversation_id()?;
        mentions.entry(id).or_default().push(UnreadMention { seq: columns.seq()?, event: columns.seq()? });
    }
    for conversation in conversations {
        conversation.mentions = mentions.remove(&conversation.id).unwrap_or_default();
    }
    Ok(())
}

pub(super) async fn one(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
) -> Result<Option<(Conversation, Vec<KnownUser>)>, Failure> {
    let snapshot = snapshot(client).await?;
    let own = own();
    let sql = format!(
        "SELECT {CONVERSATION}, {own} FROM member m JOIN conversation c ON c.id = m.conversation \
         WHERE m.conversation = $1 AND m.user_id = $2"
    );
    let row = query_opt(&snapshot, &sql, &[&parameter(id.0), &parameter(user.0)]).await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = [conversation(&row, user)?];
    fill_mentions(&snapshot, user, &mut found).await?;
    let [conversation] = found;
    let mut ids: Vec<_> = named(&conversation).collect();
    ids.dedup();
    let users = users::known_by_ids(&snapshot, &ids).await?;
    Ok(Some((conversation, users)))
}

pub(super) async fn group_by_title(
    client: &impl GenericClient,
    user: UserId,
    title: &Title,
) -> Result<Option<ConversationId>, Failure> {
    if title.as_str().contains('\0') {
        return Ok(None);
    }
    // Of equally active ones the one with the highest id.
    let sql = "SELECT c.id FROM member m JOIN conversation c ON c.id = m.conversation \
         WHERE m.user_id = $1 AND c.kind = 2 AND c.title = $2 ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 1";
    let row = query_opt(client, sql, &[&parameter(user.0), &title.as_str()]).await?;
    row.map(|row| Columns::of(&row).conversation_id()).transpose()
}

/// A conversation's kind, and whether the user takes part; none where they are no member.
async fn membership(
    client: &impl GenericClient,
    user: UserId,
    id: ConversationId,
) -> Result<Option<(ConversationKind, bool)>, Failure> {
    let sql = "SELECT c.kind, m.takes_part FROM member m JOIN conversation c ON c.id = m.conversation \
         WHERE m.conversation = $1 AND m.user_id = $2";
    let row = query_opt(client, sql, &[&parameter(id.0), &parameter(user.0)]).await?;
    let membership = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.kind()?, columns.get()?))
    };
    row.as_ref().map(membership).transpose()
}

pub(super) async fn members(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    wanted: &MemberQuery,
) -> Result<Option<MemberRun>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some((kind, user_takes_part)) = membership(&snapshot, user, id).await? else { return Ok(None) };
    let Some((first, end)) = keys_with_prefix(&wanted.prefix) else {
        return Ok(Some(MemberRun { kind, members: Vec::new(), more: false }));
    };
    let sql = format!(
        "SELECT {KNOWN_USER}, m.takes_part, mine.takes_part, theirs.takes_part \
         FROM member m JOIN users u ON u.id = m.user_id \
         LEFT JOIN conversation d ON d.low = least($2::bigint, u.id) AND d.high = greatest($2, u.id) \
         LEFT JOIN member mine ON mine.conversation = d.id AND mine.user_id = $2 \
         LEFT JOIN member theirs ON theirs.conversation = d.id AND theirs.user_id = u.id \
         WHERE m.conversation = $1 AND (u.shown_key, u.name_key) > \
         (coalesce($7, (SELECT shown_key FROM users WHERE name_key = $3), $3), $3) \
         AND (u.name_key >= $4 AND u.name_key < $5 OR u.shown_key >= $4 AND u.shown_key < $5) \
         ORDER BY u.shown_key, u.name_key LIMIT $6"
    );
    let bound = limit(wanted.limit).saturating_add(1);
    let (after, shown) = (before_nul(&wanted.after), wanted.after_shown.as_deref().map(before_nul));
    let parameters = (parameter(id.0), parameter(user.0));
    let rows =
        query(&snapshot, &sql, &[&parameters.0, &parameters.1, &after, &first, &end, &bound, &shown]).await?;
    let listed = |row| {
        let mut columns = Columns::of(row);
        let known = columns.known_user()?;
        let here = SharedConversation { kind, user_takes_part, other_takes_part: columns.get()? };
        let direct = columns.get::<Option<bool>>()?.zip(columns.get::<Option<bool>>()?);
        let direct = direct.map(|(user_takes_part, other_takes_part)| SharedConversation {
            kind: ConversationKind::Direct,
            user_takes_part,
            other_takes_part,
        });
        Ok(ListedMember { known, here, direct })
    };
    let more = rows.len() > wanted.limit;
    let members = rows.iter().take(wanted.limit).map(listed).collect::<Result<_, Failure>>()?;
    Ok(Some(MemberRun { kind, members, more }))
}

pub(super) async fn audience(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Audience>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some((kind, _)) = membership(&snapshot, user, id).await? else { return Ok(None) };
    if kind == ConversationKind::Broadcast {
        return Ok(Some(Audience::Everyone));
    }
    let sql = "SELECT user_id FROM member WHERE conversation = $1";
    let rows = query(&snapshot, sql, &[&parameter(id.0)]).await?;
    let users = rows.iter().map(|row| Columns::of(row).user_id()).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Audience::of(users)))
}
