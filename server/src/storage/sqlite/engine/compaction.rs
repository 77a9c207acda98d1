//! Compaction: joins small segments that follow each other.

use std::borrow::Cow;

use confab_shared::id::ConversationId;
use rusqlite::params;

use super::{
    segment::{FULL_BYTES, MAX_EVENTS, Segment},
    statements::Statements,
};
use crate::storage::sqlite::tables::position::position;

/// Moves segments of a conversation to where they belong: those that end within the same [`MAX_EVENTS`] seqs become one,
/// until it has [`FULL_BYTES`].
pub(super) fn compact(
    statements: &mut Statements<'_>,
    id: ConversationId,
    segments: &[Segment],
) -> rusqlite::Result<()> {
    let mut rest = segments;
    while let Some(begin) = rest.first() {
        let mut joined = begin.events.len();
        let goes_on = |next: &&Segment| {
            let fits = joined < FULL_BYTES && next.last.0 / MAX_EVENTS == begin.last.0 / MAX_EVENTS;
            joined += next.events.len();
            fits
        };
        let count = 1 + rest[1..].iter().take_while(goes_on).count();
        let (group, behind) = rest.split_at(count);
        let last = group.last().map_or(begin.last, |end| end.last);
        let lines: Cow<'_, str> = match group {
            [alone] => Cow::Borrowed(&alone.events),
            several => several.iter().map(|segment| segment.events.as_str()).collect::<String>().into(),
        };
        statements.insert_segment.execute(params![
            position(id, last),
            begin.first.0,
            begin.messages_before,
            lines
        ])?;
        rest = behind;
    }
    Ok(())
}
