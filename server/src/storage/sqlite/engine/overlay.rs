//! Applies the events in the write buffer to the conversations that readers read from the file. Stale state and the events
//! since give fresh state.

use std::{collections::HashMap, ops::ControlFlow};

use confab_shared::{
    conversation::Conversation,
    event::Event,
    id::{Seq, UserId},
};
use rusqlite::Connection;

use super::segment::{self, Table};

/// Brings one conversation of a user up to date.
pub(in crate::storage::sqlite) fn one(
    connection: &Connection,
    user: UserId,
    conversation: &mut Conversation,
) -> rusqlite::Result<()> {
    let all = (Seq(1), Seq(u64::MAX));
    segment::visit(connection, Table::WriteBuffer, conversation.id, all, |entry| {
        apply(conversation, user, &entry.stored.event);
        ControlFlow::Continue(())
    })
}

/// Brings all conversations of a user up to date.
pub(in crate::storage::sqlite) fn all(
    connection: &Connection,
    user: UserId,
    conversations: &mut [Conversation],
) -> rusqlite::Result<()> {
    let mut query = connection
        .prepare_cached(&format!("SELECT {} FROM write_buffer ORDER BY rowid", segment::COLUMNS))?;
    let mut buffered = query.query([])?;
    let mut indexes = HashMap::new();
    while let Some(row) = buffered.next()? {
        if indexes.is_empty() {
            indexes.extend(conversations.iter().enumerate().map(|(index, c)| (c.id, index)));
        }
        if let Some(index) = indexes.get(&segment::conversation(row)?) {
            for entry in segment::events(row)? {
                apply(&mut conversations[*index], user, &entry?.stored.event);
            }
        }
    }
    Ok(())
}

/// Members and mentions are in the file at once: it has those of the event already.
fn apply(conversation: &mut Conversation, user: UserId, event: &Event) {
    let member_count = conversation.member_count;
    event.apply(conversation, user);
    conversation.member_count = member_count;
    conversation.mentions.clear();
}
