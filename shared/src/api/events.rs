//! `/conversations/{id}/events`: the log.

use serde::{Deserialize, Serialize};

use crate::decode::Decode;

use crate::{event::Event, id::Seq, user::User};

/// The most events that one request may ask for.
pub const MAX_EVENTS_PER_PAGE: usize = 200;

/// `GET /conversations/{id}/events?before=SEQ|after=SEQ|around=SEQ&limit=N`: a run of the log, in seq order. With `before`
/// the newest events older than it, with `after` the oldest newer than it, with `around` half of them before it and the
/// others from it on, with none the newest. `limit` is 1 to [`MAX_EVENTS_PER_PAGE`], 50 by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct EventPage {
    /// The events: gapless.
    pub events: Vec<Event>,
    /// The users whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head_seq: Seq,
}
