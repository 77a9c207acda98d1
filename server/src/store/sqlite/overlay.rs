//! What readers add to the file's conversations: the events that are not settled yet, folded. Stale state and the
//! events since give fresh state; that is what the reducer promises everybody.

use std::{collections::HashMap, ops::ControlFlow};

use confab_shared::{conversation::Conversation, event::Event, id::{Seq, UserId}};
use rusqlite::Connection;

use super::runs::{self, Table};

/// Brings one conversation of a user up to date.
pub(super) fn one(
    connection: &Connection,
    user: UserId,
    conversation: &mut Conversation,
) -> rusqlite::Result<()> {
    let all = (Seq(1), Seq(u64::MAX));
    runs::walk(connection, Table::Recent, conversation.id, all, |entry| {
        fold(conversation, user, &entry.stored.event);
        ControlFlow::Continue(())
    })
}

/// Brings all conversations of a user up to date.
pub(super) fn all(
    connection: &Connection,
    user: UserId,
    conversations: &mut [Conversation],
) -> rusqlite::Result<()> {
    let mut query =
        connection.prepare_cached(&format!("SELECT {} FROM recent ORDER BY rowid", runs::COLUMNS))?;
    let mut recent = query.query([])?;
    let mut places = HashMap::new();
    while let Some(run) = recent.next()? {
        if places.is_empty() {
            places.extend(conversations.iter().enumerate().map(|(place, c)| (c.id, place)));
        }
        if let Some(place) = places.get(&runs::conversation(run)?) {
            for entry in runs::events(run)? {
                fold(&mut conversations[*place], user, &entry?.stored.event);
            }
        }
    }
    Ok(())
}

/// Who is in a conversation and who was called is always written at once: the file has that of the event already.
fn fold(conversation: &mut Conversation, user: UserId, event: &Event) {
    let member_count = conversation.member_count;
    conversation.fold(user, event);
    conversation.member_count = member_count;
    conversation.mentions.clear();
}
