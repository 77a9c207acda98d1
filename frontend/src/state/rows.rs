//! The rows of a timeline: events and what is on its way, with days, runs and the “New” line between them. Rows carry
//! no text: a row stays the same, and its view with it, whatever happens around it.

use confab_shared::{
    event::EventBody,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    state::{OutboxEntry, SendState, State},
};

/// Messages of one author further apart than this are two runs, in milliseconds.
const RUN_MILLIS: u64 = 10 * 60 * 1000;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Row {
    /// A day begins; the number of the local day, and a time on it.
    Day(u64, Timestamp),
    /// What follows is new.
    New,
    /// Something happened that is no message.
    Notice(Seq),
    /// A message.
    Message(MessageRow),
}

/// A message's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MessageRow {
    pub(crate) origin: Origin,
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
    pub(crate) own: bool,
    /// The first of its author's run.
    pub(crate) first: bool,
    /// The last of its author's run.
    pub(crate) last: bool,
}

/// Where a row's message is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// In the log.
    Log(Seq),
    /// In the outbox.
    Outbox(ClientId, Delivery),
}

/// How far an outgoing message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Delivery {
    Pending,
    Sent,
    Failed,
}

/// The rows of a conversation, oldest first. `new_after` is the seq after which messages are new, where some are; `day_of` tells the number of the local day that a time falls on.
pub(crate) fn rows(
    state: &State,
    id: ConversationId,
    new_after: Option<Seq>,
    day_of: impl Fn(Timestamp) -> u64,
) -> Vec<Row> {
    let (Some(me), Some(timeline)) = (state.me().map(|me| me.id), state.timeline(id)) else {
        return Vec::new();
    };
    let mut rows = Builder { rows: Vec::with_capacity(timeline.events().len() + 8), day: None, day_of };
    // Where the boundary is older than what is held, the first unread message may be further back: no line then.
    let mut new_after = new_after.filter(|seq| timeline.complete() || seq.next() >= timeline.bottom());
    for event in timeline.events() {
        rows.day(event.at);
        match &event.body {
            EventBody::Posted(_) => {
                if event.by != me && new_after.is_some_and(|seq| event.seq > seq) {
                    rows.rows.push(Row::New);
                    new_after = None;
                }
                rows.message(Origin::Log(event.seq), event.by, event.at, event.by == me);
            }
            EventBody::Joined(_) | EventBody::Left(_) | EventBody::Renamed(_) | EventBody::Unknown => {
                rows.rows.push(Row::Notice(event.seq));
            }
        }
    }
    // What is on its way belongs below the newest message, not below a window on the past.
    for outgoing in state.outbox.messages_of(id).filter(|_| timeline.follows()) {
        rows.day(outgoing.at);
        rows.message(Origin::Outbox(outgoing.client_id(), delivery(outgoing)), me, outgoing.at, true);
    }
    rows.rows
}

/// How far an outgoing message has come.
pub(super) fn delivery(outgoing: &OutboxEntry) -> Delivery {
    match outgoing.state {
        SendState::Pending => Delivery::Pending,
        SendState::Sent(_) => Delivery::Sent,
        SendState::Failed(..) => Delivery::Failed,
    }
}

struct Builder<F> {
    rows: Vec<Row>,
    day: Option<u64>,
    day_of: F,
}

impl<F: Fn(Timestamp) -> u64> Builder<F> {
    /// Clocks differ: a time that seems to lie before the day that has begun begins no other.
    fn day(&mut self, at: Timestamp) {
        let day = (self.day_of)(at);
        if self.day.is_none_or(|held| day > held) {
            self.day = Some(day);
            self.rows.push(Row::Day(day, at));
        }
    }

    /// Adds a message, to the run before it where that is its author's and not long ago.
    fn message(&mut self, origin: Origin, by: UserId, at: Timestamp, own: bool) {
        let mut first = true;
        if let Some(Row::Message(before)) = self.rows.last_mut()
            && before.by == by
            && at.0.saturating_sub(before.at.0) <= RUN_MILLIS
        {
            before.last = false;
            first = false;
        }
        self.rows.push(Row::Message(MessageRow { origin, by, at, own, first, last: true }));
    }
}
