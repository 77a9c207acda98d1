//! The query of a page of a conversation.

use confab_shared::{error::ErrorCode, id::Seq};
use serde::Deserialize;

use crate::{service::error::Error, storage::Range, transport::error::HttpError};

/// The default size of a page.
const DEFAULT_LIMIT: usize = 50;

/// The query of a page: before, after or around a seq, the newest without any.
#[derive(Deserialize)]
pub struct Page {
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    thread: Option<Seq>,
    limit: Option<usize>,
}

impl Page {
    /// Which part of the log the page is.
    pub fn range(&self) -> Result<Range, HttpError> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(Range::Newest),
            (Some(seq), None, None) => Ok(Range::Before(seq)),
            (None, Some(seq), None) => Ok(Range::After(seq)),
            (None, None, Some(seq)) => Ok(Range::Around(seq)),
            _ => {
                let sentence = "Ask for a page before, after or around a seq: one of them.";
                Err(HttpError(Error::new(ErrorCode::BadRequest, sentence)))
            }
        }
    }

    /// The root of the thread whose replies are wanted.
    pub fn thread(&self) -> Option<Seq> {
        self.thread
    }

    /// How much the page has at most.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }
}
