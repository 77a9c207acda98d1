//! The rows of a timeline: items and unsent messages, with days and the “New” marker between them. Rows contain no text:
//! a row, and its view, stay the same while others change.

use std::ops::Range;

use confab_shared::{
    id::{ClientId, Seq, Timestamp, UserId},
    item::Item,
    message::Message,
    state::State,
    timeline::Timeline,
};

use crate::{
    features::timeline::window::RowWindow,
    state::{Delivery, Scope},
};

/// Messages of one author that are further apart do not form a group, in milliseconds.
const MAX_GROUP_GAP_MS: u64 = 10 * 60 * 1000;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// The heading of a day: the number of the local day, and a time on it.
    Day(u64, Timestamp),
    /// The “New” marker.
    NewMarker,
    /// How many replies a thread has, below its root.
    ReplyCount,
    /// An event that is no message.
    Notice(Seq),
    /// A message.
    Message(MessageRow),
}

/// What stays the same of a row while it is shown: a message keeps its view when it is sent, and when others join its
/// group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RowKey {
    Day(u64),
    NewMarker,
    ReplyCount,
    Item(Seq),
    Own(ClientId),
}

impl Row {
    pub(crate) fn key(&self) -> RowKey {
        match *self {
            Self::Day(day, _) => RowKey::Day(day),
            Self::NewMarker => RowKey::NewMarker,
            Self::ReplyCount => RowKey::ReplyCount,
            Self::Notice(seq) => RowKey::Item(seq),
            Self::Message(row) => row.key,
        }
    }
}

/// The row of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageRow {
    pub(crate) key: RowKey,
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

/// The rows of a window, oldest first. Messages after `new_after` are new; `day_of` gives the number of a time's local
/// day.
pub(crate) fn rows(
    state: &State,
    scope: impl Into<Scope>,
    new_after: Option<Seq>,
    window: RowWindow,
    day_of: impl Fn(Timestamp) -> u64,
) -> Vec<Row> {
    let scope: Scope = scope.into();
    let (Some(me), Some(timeline)) = (state.me().map(|me| me.id), scope.timeline(state)) else {
        return Vec::new();
    };
    let marker = first_new(timeline, me, new_after);
    let Range { start, end } = window.range(timeline, marker);
    // The neighbours of the window decide how the groups and days at its edges begin and end.
    let context = start.saturating_sub(1)..end + 1;
    let mut entries: Vec<_> = timeline.items_in(context).map(|item| Entry::of(item, me)).collect();
    if end >= timeline.items().len() && timeline.follows() {
        // Unsent messages stand below the newest event, and not below a window on the past.
        for entry in scope.unsent(state) {
            let (key, delivery) = (RowKey::Own(entry.client_id()), Delivery::from(&entry.state));
            if entries.iter().all(|other| other.key != key) {
                let source = Some(MessageSource::Outbox(entry.client_id(), delivery));
                entries.push(Entry { key, source, by: me, at: entry.at, own: true });
            }
        }
    }
    let first = usize::from(start > 0);
    let shown = if end < timeline.items().len() { first..entries.len() - 1 } else { first..entries.len() };
    let mut day = entries.first().filter(|_| start > 0).map(|entry| day_of(entry.at));
    let mut rows = Vec::with_capacity(shown.len() + 8);
    if let Some(root) = timeline.root().filter(|_| start == 0 && timeline.complete()) {
        let root_day = day_of(root.at);
        day = Some(root_day);
        rows.extend([Row::Day(root_day, root.at), alone(root, me), Row::ReplyCount]);
    }
    for index in shown {
        let entry = &entries[index];
        let previous = index.checked_sub(1).map(|index| &entries[index]);
        // Clocks differ: an earlier day adds no heading.
        let today = day_of(entry.at);
        if day.is_none_or(|day| today > day) {
            day = Some(today);
            rows.push(Row::Day(today, entry.at));
        }
        if marker.is_some_and(|marker| entry.seq() == Some(marker)) {
            rows.push(Row::NewMarker);
        }
        let joins = |later: &Entry, earlier: &Entry| {
            marker.is_none_or(|marker| later.seq() != Some(marker)) && later.continues(earlier, &day_of)
        };
        rows.push(match entry.source {
            None => Row::Notice(entry.seq().unwrap_or_default()),
            Some(source) => Row::Message(MessageRow {
                key: entry.key,
                source,
                by: entry.by,
                at: entry.at,
                own: entry.own,
                first_of_group: previous.is_none_or(|previous| !joins(entry, previous)),
                last_of_group: entries.get(index + 1).is_none_or(|next| !joins(next, entry)),
            }),
        });
    }
    rows
}

/// The row of the root of a thread.
fn alone(root: &Message, me: UserId) -> Row {
    let Entry { key, by, at, own, .. } = Entry::of_message(root, me);
    let source = MessageSource::Log(root.seq);
    Row::Message(MessageRow { key, source, by, at, own, first_of_group: true, last_of_group: true })
}

/// The first message of another user after a seq, above which the “New” marker stands; none where the timeline does not
/// contain it.
pub(crate) fn first_new(timeline: &Timeline, me: UserId, new_after: Option<Seq>) -> Option<Seq> {
    let start = new_after.map(Seq::next).filter(|seq| *seq >= timeline.first())?;
    let later = timeline.items_in(timeline.position(start)..usize::MAX);
    let mut messages = later.filter_map(Item::message);
    messages.find(|message| message.by != me && message.deleted.is_none()).map(|message| message.seq)
}

/// An item or an unsent message.
struct Entry {
    key: RowKey,
    /// None of a notice.
    source: Option<MessageSource>,
    by: UserId,
    at: Timestamp,
    own: bool,
}

impl Entry {
    fn of(item: &Item, me: UserId) -> Self {
        match item {
            Item::Message(message) => Self::of_message(message, me),
            Item::Notice(event) => {
                Self { key: RowKey::Item(event.seq), source: None, by: event.by, at: event.at, own: false }
            }
        }
    }

    fn of_message(message: &Message, me: UserId) -> Self {
        let own = message.by == me;
        let key = message.client_id.filter(|_| own).map_or(RowKey::Item(message.seq), RowKey::Own);
        let source = Some(MessageSource::Log(message.seq));
        Self { key, source, by: message.by, at: message.at, own }
    }

    fn seq(&self) -> Option<Seq> {
        match (self.source, self.key) {
            (Some(MessageSource::Log(seq)), _) | (None, RowKey::Item(seq)) => Some(seq),
            _ => None,
        }
    }

    /// Whether it belongs to the group of the message above: by the same author, on the same day, and not long after.
    fn continues(&self, above: &Self, day_of: &impl Fn(Timestamp) -> u64) -> bool {
        self.source.is_some()
            && above.source.is_some()
            && self.by == above.by
            && self.at.0.saturating_sub(above.at.0) <= MAX_GROUP_GAP_MS
            && day_of(self.at) <= day_of(above.at)
    }
}
