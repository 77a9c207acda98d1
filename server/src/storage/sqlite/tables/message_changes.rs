//! What later events made of messages: a row for each message that changed.

use confab_shared::{
    emoji::Emoji,
    id::{ConversationId, Seq, Timestamp, UserId},
    message::{Message, Stamp},
    preview::Preview,
    text::MessageText,
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::position::{position, seq_of};

/// The changes of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::storage::sqlite) struct MessageChange {
    pub(in crate::storage::sqlite) edit: Option<StoredEdit>,
    /// The emoji of its reactions, in the order of their first use.
    pub(in crate::storage::sqlite) emoji: Vec<Emoji>,
    pub(in crate::storage::sqlite) pinned: Option<Stamp>,
    pub(in crate::storage::sqlite) previews: Vec<Preview>,
    pub(in crate::storage::sqlite) deleted: Option<Stamp>,
}

/// The last edit of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::storage::sqlite) struct StoredEdit {
    pub(in crate::storage::sqlite) at: Timestamp,
    pub(in crate::storage::sqlite) text: MessageText,
    pub(in crate::storage::sqlite) mentions: Vec<UserId>,
    /// The users whom any text of the message has mentioned.
    pub(in crate::storage::sqlite) mentioned: Vec<UserId>,
}

impl MessageChange {
    /// Makes of a message what it is now, but for its reactions.
    pub(in crate::storage::sqlite) fn apply_to(&self, message: &mut Message) {
        if let Some(edit) = &self.edit {
            message.text = edit.text.clone();
            message.mentions.clone_from(&edit.mentions);
            message.edited_at = Some(edit.at);
        }
        message.pinned = self.pinned;
        message.previews.clone_from(&self.previews);
        message.deleted = self.deleted;
        if self.deleted.is_some() {
            // The log may still say it, until the next compaction.
            message.text = MessageText::existing("");
            message.mentions.clear();
            message.attachments.clear();
        }
    }
}

const COLUMNS: &str = "message, edited_at, text, mentions, mentioned, emoji, pinned_at, pinned_by, deleted_at, deleted_by, previews";

fn change(row: &Row<'_>) -> rusqlite::Result<(Seq, MessageChange)> {
    let edited_at: Option<u64> = row.get(1)?;
    let edit = edited_at.map(|at| {
        Ok::<_, rusqlite::Error>(StoredEdit {
            at: Timestamp(at),
            text: MessageText::existing(row.get_ref(2)?.as_str()?),
            mentions: decoded(row, 3)?,
            mentioned: decoded(row, 4)?,
        })
    });
    let change = MessageChange {
        edit: edit.transpose()?,
        emoji: decoded(row, 5)?,
        pinned: stamp(row, 6)?,
        deleted: stamp(row, 8)?,
        previews: decoded(row, 10)?,
    };
    Ok((seq_of(row.get(0)?), change))
}

/// Who and when, from two columns.
fn stamp(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Stamp>> {
    let at: Option<u64> = row.get(first)?;
    at.map(|at| Ok(Stamp { at: Timestamp(at), by: UserId(row.get(first + 1)?) })).transpose()
}

/// A list from a column of JSON; empty where it is NULL.
fn decoded<T: DeserializeOwned + Default>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let Some(json) = row.get_ref(column)?.as_str_or_null()? else { return Ok(T::default()) };
    serde_json::from_str(json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn encoded<T: Serialize>(list: &[T]) -> rusqlite::Result<Option<String>> {
    let json =
        |list| serde_json::to_string(list).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()));
    (!list.is_empty()).then(|| json(list)).transpose()
}

/// The changes of one message; none where it never changed.
pub(in crate::storage::sqlite) fn get(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<Option<MessageChange>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM message_change WHERE message = ?1"))?
        .query_row([position(id, seq)], |row| Ok(change(row)?.1))
        .optional()
}

/// The changes of the messages from one seq to another, in their order.
pub(in crate::storage::sqlite) fn between(
    connection: &Connection,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> rusqlite::Result<Vec<(Seq, MessageChange)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM message_change WHERE message BETWEEN ?1 AND ?2 ORDER BY message"
        ))?
        .query_map([position(id, first), position(id, last)], change)?
        .collect()
}

/// The pinned messages of a conversation, the last pinned first.
pub(in crate::storage::sqlite) fn pinned(
    connection: &Connection,
    id: ConversationId,
    limit: usize,
) -> rusqlite::Result<Vec<Seq>> {
    connection
        .prepare_cached(
            "SELECT message FROM message_change WHERE message BETWEEN ?1 AND ?2 AND pinned_at IS NOT NULL \
             ORDER BY pinned_at DESC, message DESC LIMIT ?3",
        )?
        .query_map([position(id, Seq(0)), position(id, Seq(u64::MAX)), limit as u64], |row| {
            Ok(seq_of(row.get(0)?))
        })?
        .collect()
}

/// Writes the changes of a message, in place of those before.
pub(in crate::storage::sqlite) fn put(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
    change: &MessageChange,
) -> rusqlite::Result<()> {
    let edit = change.edit.as_ref();
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO message_change ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        ))?
        .execute(params![
            position(id, seq),
            edit.map(|edit| edit.at.0),
            edit.map(|edit| edit.text.as_str()),
            edit.map(|edit| encoded(&edit.mentions)).transpose()?.flatten(),
            edit.map(|edit| encoded(&edit.mentioned)).transpose()?.flatten(),
            encoded(&change.emoji)?,
            change.pinned.map(|stamp| stamp.at.0),
            change.pinned.map(|stamp| stamp.by.0),
            change.deleted.map(|stamp| stamp.at.0),
            change.deleted.map(|stamp| stamp.by.0),
            encoded(&change.previews)?,
        ])?;
    Ok(())
}
