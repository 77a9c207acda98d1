//! The window of a timeline: the part of its cached items that is rendered. It moves with the viewport, so the number of
//! rows in the document does not depend on how much history was read.

use std::ops::Range;

use confab_shared::{id::Seq, timeline::Timeline};

use crate::features::timeline::visible_rows::VisibleRows;

/// How many items are rendered beyond each edge of the viewport after the window has moved.
const OVERSCAN: usize = 24;

/// The window moves when fewer items than these are left beyond an edge.
const MIN_OVERSCAN: usize = 12;

/// How many items are rendered before the viewport was measured.
const INITIAL: usize = 60;

/// The most items that are rendered for the sake of the focus or a selection.
const MAX_RETAINED: usize = 160;

/// Which of the cached items are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowWindow {
    /// Those around the “New” marker, or the newest ones without it.
    Start,
    /// Those around a seq.
    Around(Seq),
    /// So many of the newest items: each new one pushes an old one out.
    Newest(usize),
    /// So many items from a seq on.
    From(Seq, usize),
}

impl RowWindow {
    /// The newest items, before the viewport was measured.
    pub(crate) fn newest() -> Self {
        Self::Newest(INITIAL)
    }

    /// The positions of the items. `marker` is the message below the “New” marker.
    pub(crate) fn range(self, timeline: &Timeline, marker: Option<Seq>) -> Range<usize> {
        let count = timeline.items().len();
        let newest = |number: usize| count.saturating_sub(number)..count;
        let around = |seq| {
            let start = timeline.position(seq).saturating_sub(OVERSCAN);
            start..(start + INITIAL).min(count)
        };
        match self {
            Self::Start => marker.map_or_else(|| newest(INITIAL), around),
            Self::Around(seq) => around(seq),
            Self::Newest(number) => newest(number),
            Self::From(first, number) => match timeline.position(first) {
                // The timeline was replaced by an older part of the log.
                start if start >= count => newest(INITIAL),
                start => start..start.saturating_add(number).min(count),
            },
        }
    }

    /// Moved where the viewport came near an edge of the window. `retained` are the items that hold the focus or the
    /// selection: they stay, unless they are far away.
    pub(crate) fn follow(
        self,
        timeline: &Timeline,
        marker: Option<Seq>,
        visible: VisibleRows,
        at_end: bool,
        retained: Option<(Seq, Seq)>,
    ) -> Self {
        let (range, count) = (self.range(timeline, marker), timeline.items().len());
        let first = timeline.position(visible.first);
        let last = timeline.position(visible.last).max(first);
        let mut wanted = first.saturating_sub(OVERSCAN)..last + 1 + OVERSCAN;
        if let Some((from, through)) = retained {
            let kept =
                wanted.start.min(timeline.position(from))..wanted.end.max(timeline.position(through) + 1);
            if kept.len() <= MAX_RETAINED {
                wanted = kept;
            }
        }
        let lacks_older = range.start > wanted.start && first < range.start + MIN_OVERSCAN;
        let lacks_newer = range.end < wanted.end.min(count) && range.end < last + 1 + MIN_OVERSCAN;
        let too_large = range.len() > wanted.len() + 2 * MIN_OVERSCAN;
        let moved = lacks_older || lacks_newer || too_large;
        let start = if moved { wanted.start } else { range.start };
        // The end leaves room for items that arrive within reach of the viewport.
        let end = match moved {
            true => wanted.end,
            false if range.end >= count => range.end.max(wanted.end),
            false => range.end,
        };
        match timeline.seq_at(start) {
            // Few items, or none below the root of a thread: none is to be pushed out.
            _ if at_end && range.end >= count && start == 0 => Self::Newest(count.max(INITIAL)),
            _ if at_end && range.end >= count => Self::Newest(count - start),
            Some(seq) => Self::From(seq, end - start),
            None => self,
        }
    }
}
