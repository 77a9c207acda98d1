//! The rows of a timeline: items and unsent messages, with days and the “New” marker between them. Rows contain no text:
//! a row, and its view, stay the same while others change.

use confab_shared::{
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    state::State,
};

use crate::state::Delivery;

/// Messages of one author that are further apart do not form a group, in milliseconds.
const MAX_GROUP_GAP_MS: u64 = 10 * 60 * 1000;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Row {
    /// The heading of a day: the number of the local day, and a time on it.
    Day(u64, Timestamp),
    /// The “New” marker.
    NewMarker,
    /// An event that is no message.
    Notice(Seq),
    /// A message.
    Message(MessageRow),
}

/// The row of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MessageRow {
    pub(crate) source: MessageSource,
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
    pub(crate) own: bool,
    /// The first of a group of messages by one author.
    pub(crate) first_of_group: bool,
    /// The last of a group.
    pub(crate) last_of_group: bool,
}

/// Where the message of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MessageSource {
    Log(Seq),
    Outbox(ClientId, Delivery),
}

/// The rows of a conversation, oldest first. Messages after `new_after` are new; `day_of` gives the number of a time's
/// local day.
pub(crate) fn rows(
    state: &State,
    id: ConversationId,
    new_after: Option<Seq>,
    day_of: impl Fn(Timestamp) -> u64,
) -> Vec<Row> {
    let (Some(me), Some(timeline)) = (state.me().map(|me| me.id), state.timeline(id)) else {
        return Vec::new();
    };
    let mut rows = Builder { rows: Vec::with_capacity(timeline.items().len() + 8), day: None, day_of };
    // Without the first new message the timeline has no place for the marker.
    let mut new_after = new_after.filter(|seq| seq.next() >= timeline.first());
    for item in timeline.items() {
        match item {
            Item::Message(message) => {
                let own = message.by == me;
                rows.push_day(message.at);
                if !own && message.deleted.is_none() && new_after.is_some_and(|seq| message.seq > seq) {
                    rows.rows.push(Row::NewMarker);
                    new_after = None;
                }
                rows.push_message(MessageSource::Log(message.seq), message.by, message.at, own);
            }
            Item::Notice(event) => {
                rows.push_day(event.at);
                rows.rows.push(Row::Notice(event.seq));
            }
        }
    }
    // Unsent messages stand below the newest event, and not below a window on the past.
    for entry in state.outbox.messages_of(id).filter(|_| timeline.follows()) {
        rows.push_day(entry.at);
        let source = MessageSource::Outbox(entry.client_id(), Delivery::from(&entry.state));
        rows.push_message(source, me, entry.at, true);
    }
    rows.rows
}

struct Builder<F> {
    rows: Vec<Row>,
    day: Option<u64>,
    day_of: F,
}

impl<F: Fn(Timestamp) -> u64> Builder<F> {
    /// Adds the heading of a day that has not begun yet. Clocks differ: an earlier day adds none.
    fn push_day(&mut self, at: Timestamp) {
        let day = (self.day_of)(at);
        if self.day.is_none_or(|current| day > current) {
            self.day = Some(day);
            self.rows.push(Row::Day(day, at));
        }
    }

    /// Adds a message, to the group above where that is by the same author and not long ago.
    fn push_message(&mut self, source: MessageSource, by: UserId, at: Timestamp, own: bool) {
        let mut first_of_group = true;
        if let Some(Row::Message(before)) = self.rows.last_mut()
            && before.by == by
            && at.0.saturating_sub(before.at.0) <= MAX_GROUP_GAP_MS
        {
            before.last_of_group = false;
            first_of_group = false;
        }
        self.rows.push(Row::Message(MessageRow { source, by, at, own, first_of_group, last_of_group: true }));
    }
}
