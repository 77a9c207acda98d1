//! Columns to our types and back.

use confab_shared::{conversation::{Conversation, ConversationKind, LastMessage}, id::{ConversationId, Seq, Timestamp, UserId}, text::{TextError, Title, UserName}, user::User};
use rusqlite::{Row, types::Type};

use crate::store::KnownUser;

/// A column that holds what we would never have written.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

pub(super) fn kind(number: u8) -> rusqlite::Result<ConversationKind> {
    match number {
        1 => Ok(ConversationKind::Direct),
        2 => Ok(ConversationKind::Group),
        3 => Ok(ConversationKind::Broadcast),
        _ => Err(rusqlite::Error::IntegralValueOutOfRange(0, number.into())),
    }
}

pub(super) fn kind_number(kind: ConversationKind) -> u8 {
    match kind {
        ConversationKind::Direct => 1,
        ConversationKind::Group => 2,
        ConversationKind::Broadcast => 3,
    }
}

pub(super) fn title(text: Option<String>) -> Option<Title> {
    text.map(Title::from)
}

/// A conversation's id as a key: one that no integer of SQLite's can be is nobody's, like the highest.
pub(super) fn key(id: ConversationId) -> u64 {
    id.0.min(i64::MAX.unsigned_abs())
}

fn name(text: &str) -> Result<UserName, rusqlite::Error> {
    UserName::new(text).map_err(|error: TextError| broken(error))
}

/// A user from two columns: `id, name`.
pub(super) fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User { id: UserId(row.get(first)?), name: name(&row.get::<_, String>(first + 1)?)? })
}

/// The columns of [`known_user`], of a table called `u`.
pub(super) const KNOWN_USER: &str = "u.id, u.name, u.guest_key IS NOT NULL, u.last_seen";

/// A user from the columns of [`KNOWN_USER`].
pub(super) fn known_user(row: &Row<'_>) -> rusqlite::Result<KnownUser> {
    let last_seen: Option<u64> = row.get(3)?;
    Ok(KnownUser { user: user(row, 0)?, held: row.get(2)?, last_seen: last_seen.map(Timestamp) })
}

/// The columns of [`conversation`]: a conversation `c` with the membership `m` of the one who asks.
pub(super) const CONVERSATION: &str = "c.id, c.kind, c.title, c.low, c.high, c.member_count, c.head_seq, c.message_count, \
     m.read_seq, m.read, CASE WHEN c.seen_by = m.user THEN c.seen_next ELSE c.seen END, c.last_activity_at, \
     c.last_by, c.last_at, c.last_text";

/// A conversation from the columns of [`CONVERSATION`], as a user sees it; without their mentions.
pub(super) fn conversation(row: &Row<'_>, me: UserId) -> rusqlite::Result<Conversation> {
    let (low, high): (Option<u64>, Option<u64>) = (row.get(3)?, row.get(4)?);
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        kind: kind(row.get(1)?)?,
        title: title(row.get(2)?),
        peer: low.zip(high).map(|(low, high)| UserId(if low == me.0 { high } else { low })),
        member_count: row.get(5)?,
        head: Seq(row.get(6)?),
        messages: row.get(7)?,
        cursor: Seq(row.get(8)?),
        read: row.get(9)?,
        mentions: Vec::new(),
        seen: Seq(row.get(10)?),
        last_activity_at: Timestamp(row.get(11)?),
        last_message: last_message(row, 12)?,
    })
}

/// The newest message of a conversation, from three columns: `last_by, last_at, last_text`.
pub(super) fn last_message(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<LastMessage>> {
    let by: Option<u64> = row.get(first)?;
    by.map(|by| {
        Ok(LastMessage { by: UserId(by), at: Timestamp(row.get(first + 1)?), text: row.get(first + 2)? })
    })
    .transpose()
}
