//! Messages that changed: what is stored of them, against what the events make of them.

use std::collections::{BTreeMap, BTreeSet};

use confab_shared::{
    event::{Event, EventBody},
    id::{ConversationId, Seq},
    message::{Message, Reaction},
};
use rusqlite::Connection;

use super::faults::Faults;
use crate::storage::sqlite::tables::{
    message_changes::{self, MessageChange},
    position::{position, seq_of},
    reactions,
};

/// The changed messages of one conversation.
pub(super) struct ChangedMessages {
    id: ConversationId,
    stored: BTreeMap<Seq, MessageChange>,
    /// Each as it was posted, and as the events so far have made it.
    messages: BTreeMap<Seq, (Message, Message)>,
    /// Deleted messages, and the events that deleted them.
    deletions: BTreeSet<(Seq, Seq)>,
    /// Messages, and the events that quote them.
    quotes: BTreeSet<(Seq, Seq)>,
}

impl ChangedMessages {
    pub(super) fn read(connection: &Connection, id: ConversationId) -> rusqlite::Result<Self> {
        let stored = message_changes::between(connection, id, (Seq(0), Seq(u64::MAX)))?.into_iter().collect();
        let (messages, deletions, quotes) = Default::default();
        Ok(Self { id, stored, messages, deletions, quotes })
    }

    /// Applies the next event of the log.
    pub(super) fn apply(&mut self, event: &Event, faults: &mut Faults<'_>) {
        if let EventBody::Posted(posted) = &event.body {
            if self.stored.contains_key(&event.seq) {
                let message = Message::new(event, posted);
                self.messages.insert(event.seq, (message.clone(), message));
            }
            return;
        }
        let Some(target) = event.body.target() else { return };
        match self.messages.get_mut(&target) {
            Some((_, message)) => message.apply(event),
            None => faults.add(format_args!(
                "conversation {}: message_change lacks message {target}, which event {} changed",
                self.id, event.seq
            )),
        }
        match &event.body {
            EventBody::Edited(_) | EventBody::Reacted(_) | EventBody::Previewed(_) => {
                self.quotes.insert((target, event.seq));
            }
            EventBody::Deleted(deleted) => {
                self.deletions.insert((target, event.seq));
                self.quotes.extend(deleted.last_message.iter().map(|last| (last.seq, event.seq)));
            }
            _ => {}
        }
    }

    /// Compares the stored rows with what the events gave.
    pub(super) fn end(self, connection: &Connection, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
        let Self { id, stored, messages, deletions, quotes } = self;
        let mut users = reactions::between(connection, id, (Seq(0), Seq(u64::MAX)))?;
        for (seq, change) in stored {
            let Some((mut message, given)) = messages.get(&seq).cloned() else {
                faults.add(format_args!("conversation {id}: message_change has {seq}, which is no message"));
                continue;
            };
            change.apply_to(&mut message);
            let reaction = |emoji| {
                let ((_, emoji), users) = users.remove_entry(&(seq, emoji))?;
                Some(Reaction { emoji, users })
            };
            message.reactions = change.emoji.into_iter().filter_map(reaction).collect();
            for field in differences(&message, &given) {
                faults.add(format_args!(
                    "conversation {id}: the {field} of message {seq} is not what its events give"
                ));
            }
        }
        for (seq, emoji) in users.into_keys() {
            faults.add(format_args!(
                "conversation {id}: reaction has {emoji} of message {seq}, which no event gives"
            ));
        }
        compare(connection, id, "deletion", &deletions, |_| true, faults)?;
        // The entries of deleted messages are removed by a compaction.
        let is_deleted = |seq: Seq| deletions.range((seq, Seq(0))..=(seq, Seq(u64::MAX))).next().is_some();
        compare(connection, id, "message_event", &quotes, |seq| !is_deleted(seq), faults)
    }
}

/// Compares the pairs of a message and an event in a table with those that the events give, as far as they are to be
/// compared.
fn compare(
    connection: &Connection,
    id: ConversationId,
    table: &str,
    given: &BTreeSet<(Seq, Seq)>,
    is_compared: impl Fn(Seq) -> bool,
    faults: &mut Faults<'_>,
) -> rusqlite::Result<()> {
    let stored: BTreeSet<(Seq, Seq)> = connection
        .prepare_cached(&format!("SELECT message, seq FROM {table} WHERE message BETWEEN ?1 AND ?2"))?
        .query_map([position(id, Seq(0)), position(id, Seq(u64::MAX))], |row| {
            Ok((seq_of(row.get(0)?), Seq(row.get(1)?)))
        })?
        .collect::<rusqlite::Result<_>>()?;
    for (message, event) in stored.difference(given).filter(|(message, _)| is_compared(*message)) {
        faults.add(format_args!(
            "conversation {id}: {table} has message {message} with event {event}, which does not give it"
        ));
    }
    for (message, event) in given.difference(&stored).filter(|(message, _)| is_compared(*message)) {
        faults.add(format_args!(
            "conversation {id}: {table} lacks message {message}, which event {event} gives"
        ));
    }
    Ok(())
}

/// The fields in which a message that is stored differs from one that events gave.
fn differences(stored: &Message, given: &Message) -> impl Iterator<Item = &'static str> {
    [
        ("text", stored.text != given.text),
        ("mentions", stored.mentions != given.mentions),
        ("time of the last edit", stored.edited_at != given.edited_at),
        ("reactions", stored.reactions != given.reactions),
        ("previews", stored.previews != given.previews),
        ("pin", stored.pinned != given.pinned),
        ("deletion", stored.deleted != given.deleted),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
}
