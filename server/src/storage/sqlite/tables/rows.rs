//! Converts columns to domain types and back.

use confab_shared::{
    conversation::{Conversation, ConversationKind, LastMessage, MemberRole},
    id::{ConversationId, Seq, Timestamp, UserId},
    text::{DisplayName, TextError, Title, Topic, UserName},
    user::{ServerRole, User},
};
use rusqlite::{Connection, Row, types::Type};

use crate::{
    domain::{audience::Audience, sign_in::UserKind},
    storage::KnownUser,
};

/// A column that holds what no build has written.
fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

pub(in crate::storage::sqlite) fn kind(number: u8) -> rusqlite::Result<ConversationKind> {
    match number {
        1 => Ok(ConversationKind::Direct),
        2 => Ok(ConversationKind::Group),
        3 => Ok(ConversationKind::Broadcast),
        _ => Err(rusqlite::Error::IntegralValueOutOfRange(0, number.into())),
    }
}

pub(in crate::storage::sqlite) fn kind_number(kind: ConversationKind) -> u8 {
    match kind {
        ConversationKind::Direct => 1,
        ConversationKind::Group => 2,
        ConversationKind::Broadcast => 3,
    }
}

pub(in crate::storage::sqlite) fn server_role(number: u8) -> rusqlite::Result<ServerRole> {
    let role = ServerRole::ALL.get(usize::from(number)).copied();
    role.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, number.into()))
}

pub(in crate::storage::sqlite) fn server_role_number(role: ServerRole) -> u8 {
    match role {
        ServerRole::Owner => 0,
        ServerRole::Admin => 1,
        ServerRole::Member => 2,
        ServerRole::Guest => 3,
    }
}

pub(in crate::storage::sqlite) fn user_kind(number: u8) -> rusqlite::Result<UserKind> {
    match number {
        0 => Ok(UserKind::Awaited),
        1 => Ok(UserKind::Page),
        2 => Ok(UserKind::Dialect),
        _ => Err(rusqlite::Error::IntegralValueOutOfRange(0, number.into())),
    }
}

pub(in crate::storage::sqlite) fn user_kind_number(kind: UserKind) -> u8 {
    match kind {
        UserKind::Awaited => 0,
        UserKind::Page => 1,
        UserKind::Dialect => 2,
    }
}

/// A conversation's id as a key: one that no integer of SQLite's can be is nobody's, like the highest.
pub(in crate::storage::sqlite) fn key(id: ConversationId) -> u64 {
    id.0.min(i64::MAX.unsigned_abs())
}

fn name(text: &str) -> Result<UserName, rusqlite::Error> {
    UserName::new(text).map_err(|error: TextError| corrupt(error))
}

/// The columns of [`user`], of a table called `u`.
pub(in crate::storage::sqlite) const USER: &str = "u.id, u.name, u.display_name";

/// A user from the columns of [`USER`], the first of which is `first`.
pub(in crate::storage::sqlite) fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    let display_name: Option<String> = row.get(first + 2)?;
    Ok(User {
        id: UserId(row.get(first)?),
        name: name(&row.get::<_, String>(first + 1)?)?,
        display_name: display_name.map(DisplayName::from),
    })
}

/// The columns of [`known_user`], of a table called `u`.
pub(in crate::storage::sqlite) const KNOWN_USER: &str = "u.id, u.name, u.display_name, u.kind, u.last_seen";

/// How many columns those are.
pub(in crate::storage::sqlite) const KNOWN_USER_COLUMNS: usize = 5;

/// A user from the columns of [`KNOWN_USER`].
pub(in crate::storage::sqlite) fn known_user(row: &Row<'_>) -> rusqlite::Result<KnownUser> {
    let last_seen: Option<u64> = row.get(4)?;
    Ok(KnownUser { user: user(row, 0)?, kind: user_kind(row.get(3)?)?, last_seen: last_seen.map(Timestamp) })
}

macro_rules! conversation_columns {
    ($($member:literal),+) => {
        concat!(
            "c.id, c.kind, c.title, c.low, c.high, c.member_count, c.head_seq, c.message_count, ",
            "c.last_activity_at, c.last_by, c.last_at, c.last_text, c.topic, c.deleted_count, c.last_seq, ",
            "c.last_attachments, ",
            $($member),+
        )
    };
}

/// The columns of [`conversation`]: a conversation `c` with the membership `m` of the user who asks.
pub(in crate::storage::sqlite) const CONVERSATION: &str = conversation_columns!(
    "m.read_seq, ",
    // Deleted messages are not counted: those that the file knows of. The events in the write buffer subtract theirs.
    "m.read_ordinal - c.deleted_count + CASE c.deleted_count WHEN 0 THEN 0 ELSE (SELECT count(*) FROM deletion d ",
    "WHERE d.message > (c.id << 32) + m.read_seq AND d.message <= (c.id << 32) + 4294967295 AND d.seq <= c.head_seq ",
    "AND NOT d.beside) END, ",
    "m.role, CASE WHEN c.furthest_reader = m.user THEN c.second_read_seq ELSE c.furthest_read_seq END"
);

/// The same columns where no member asks.
pub(in crate::storage::sqlite) const CONVERSATION_FOR_NOBODY: &str = conversation_columns!("0, 0, 0, 0");

/// How many columns those are.
pub(in crate::storage::sqlite) const CONVERSATION_COLUMNS: usize = 20;

/// A conversation from the columns of [`CONVERSATION`], as a user sees it; without their mentions.
pub(in crate::storage::sqlite) fn conversation(row: &Row<'_>, me: UserId) -> rusqlite::Result<Conversation> {
    let (low, high): (Option<u64>, Option<u64>) = (row.get(3)?, row.get(4)?);
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        kind: kind(row.get(1)?)?,
        title: row.get::<_, Option<String>>(2)?.map(Title::from),
        topic: row.get::<_, Option<String>>(12)?.map(Topic::from),
        peer: low.zip(high).map(|(low, high)| UserId(if low == me.0 { high } else { low })),
        member_count: row.get(5)?,
        head_seq: Seq(row.get(6)?),
        message_count: row.get(7)?,
        last_activity_at: Timestamp(row.get(8)?),
        last_message: last_message(row, 9)?,
        deleted_count: row.get(13)?,
        read_seq: Seq(row.get(16)?),
        read_count: row.get(17)?,
        role: role(row.get(18)?),
        mentions: Vec::new(),
        peers_read_seq: Seq(row.get(19)?),
    })
}

fn role(number: u8) -> MemberRole {
    if number == 1 { MemberRole::Admin } else { MemberRole::Member }
}

/// The column `last_seq` of [`CONVERSATION`]; behind it is `last_attachments`.
const LAST_SEQ: usize = 14;

/// What the newest message has beside its text, as a column.
pub(in crate::storage::sqlite) fn attachments_column(
    last: Option<&LastMessage>,
) -> rusqlite::Result<Option<String>> {
    let summary = last.and_then(|last| last.attachments.as_deref());
    let column = summary.map(serde_json::to_string).transpose();
    column.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The newest message of a conversation, from `last_seq`, `last_attachments` and three columns: `last_by, last_at, last_text`.
fn last_message(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<LastMessage>> {
    let by: Option<u64> = row.get(first)?;
    by.map(|by| {
        let seq = Seq(row.get(LAST_SEQ)?);
        let (at, text) = (Timestamp(row.get(first + 1)?), row.get(first + 2)?);
        let attachments: Option<String> = row.get(LAST_SEQ + 1)?;
        let attachments = attachments.as_deref().map(serde_json::from_str).transpose().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(LAST_SEQ + 1, Type::Text, Box::new(error))
        })?;
        Ok(LastMessage { seq, by: UserId(by), at, text, attachments })
    })
    .transpose()
}

/// The members of a conversation.
pub(in crate::storage::sqlite) fn members(
    connection: &Connection,
    id: ConversationId,
    kind: ConversationKind,
) -> rusqlite::Result<Audience> {
    if kind == ConversationKind::Broadcast {
        return Ok(Audience::Everyone);
    }
    let users: Vec<UserId> = connection
        .prepare_cached("SELECT user FROM member WHERE conversation = ?1 ORDER BY user")?
        .query_map([id.0], |row| Ok(UserId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Audience::Users(users.into()))
}
