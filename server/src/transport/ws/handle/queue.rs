//! The frames queued for one peer. The queue is bounded: a full one drops all deliveries and the peer gets `lagged`.

use std::{collections::VecDeque, sync::LazyLock};

use confab_shared::protocol::ServerFrame;

use crate::{
    metrics::METRICS,
    realtime::hub::{MAX_PENDING_BYTES, MAX_PENDING_ITEMS},
    websocket::frame::Frame,
};

/// The capacity that an empty queue retains, in frames.
const RETAINED_CAPACITY: usize = 4;

static LAGGED: LazyLock<Frame> = LazyLock::new(|| Frame::json(&ServerFrame::Lagged));

struct Entry {
    frame: Frame,
    /// A delivery of the hub: a hint that may be dropped.
    is_delivery: bool,
}

/// The queue. Answers are never dropped: their number is bounded by that of unanswered messages.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
    /// How many bytes of the first frame are written.
    written: usize,
    /// Deliveries that are held back until a welcome is queued; none while they are not held back.
    held_back: Option<Vec<Frame>>,
    deliveries: usize,
    delivery_bytes: usize,
    lag: Lag,
}

/// Whether the peer lags: deliveries were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lag {
    #[default]
    None,
    /// The `lagged` frame is to be queued behind the welcome.
    Pending,
    /// The `lagged` frame is queued.
    Queued,
}

impl Queue {
    /// Whether all frames are written.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a frame may be written without queueing it.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.held_back.is_none() && self.lag == Lag::None
    }

    /// Adds an answer.
    pub(super) fn push(&mut self, frame: Frame) {
        self.entries.push_back(Entry { frame, is_delivery: false });
    }

    /// Adds a delivery. Where there are too many, all of them are dropped, and the peer gets `lagged`; until that is
    /// written, no delivery is added.
    pub(super) fn push_delivery(&mut self, frame: Frame) {
        if self.lag != Lag::None {
            return;
        }
        self.deliveries += 1;
        self.delivery_bytes += frame.len();
        if self.deliveries > MAX_PENDING_ITEMS || self.delivery_bytes > MAX_PENDING_BYTES {
            return self.lag();
        }
        match &mut self.held_back {
            Some(held_back) => held_back.push(frame),
            None => self.entries.push_back(Entry { frame, is_delivery: true }),
        }
    }

    /// Holds deliveries back from now on: a welcome has to be written first.
    pub(super) fn hold_deliveries(&mut self) {
        self.held_back.get_or_insert_default();
    }

    /// Queues the deliveries that were held back.
    pub(super) fn release_deliveries(&mut self) {
        let held_back = self.held_back.take().into_iter().flatten();
        self.entries.extend(held_back.map(|frame| Entry { frame, is_delivery: true }));
        if self.lag == Lag::Pending {
            self.queue_lagged();
        }
    }

    /// The bytes to write next: the rest of one frame, or of several as much as `joined` has room for. Joined bytes are
    /// cheaper to write than a list of slices.
    pub(super) fn next<'a>(&'a self, joined: &'a mut [u8]) -> &'a [u8] {
        let mut entries = self.entries.iter();
        let Some(first) = entries.next() else { return &[] };
        let first = &first.frame.bytes()[self.written..];
        if first.len() >= joined.len() || entries.len() == 0 {
            return first;
        }
        let mut length = 0;
        for bytes in std::iter::once(first).chain(entries.map(|entry| entry.frame.bytes())) {
            let taken = bytes.len().min(joined.len() - length);
            joined[length..length + taken].copy_from_slice(&bytes[..taken]);
            length += taken;
            if length == joined.len() {
                break;
            }
        }
        &joined[..length]
    }

    /// Removes bytes that were written.
    pub(super) fn advance(&mut self, mut bytes: usize) {
        while let Some(first) = self.entries.front() {
            let rest = first.frame.len() - self.written;
            if bytes < rest {
                self.written += bytes;
                return;
            }
            bytes -= rest;
            self.written = 0;
            if first.is_delivery {
                self.deliveries -= 1;
                self.delivery_bytes -= first.frame.len();
            }
            self.entries.pop_front();
        }
        if self.lag == Lag::Queued {
            self.lag = Lag::None;
        }
        if self.entries.capacity() > RETAINED_CAPACITY {
            self.entries = VecDeque::new();
        }
    }

    /// Drops all deliveries but one that is partly written.
    fn lag(&mut self) {
        METRICS.lagged.inc();
        let mut half_written = self.written > 0;
        self.entries.retain(|entry| std::mem::take(&mut half_written) || !entry.is_delivery);
        if let Some(held_back) = &mut self.held_back {
            *held_back = Vec::new();
        }
        let deliveries = self.entries.iter().filter(|entry| entry.is_delivery);
        (self.deliveries, self.delivery_bytes) =
            deliveries.fold((0, 0), |(n, bytes), e| (n + 1, bytes + e.frame.len()));
        match self.held_back {
            Some(_) => self.lag = Lag::Pending,
            None => self.queue_lagged(),
        }
    }

    fn queue_lagged(&mut self) {
        self.lag = Lag::Queued;
        self.push(LAGGED.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(queue: &Queue) -> Vec<u8> {
        queue.next(&mut [0; 4_096]).to_vec()
    }

    fn frames(texts: &[&str]) -> Vec<u8> {
        texts.iter().flat_map(|text| Frame::text(text).bytes().to_vec()).collect()
    }

    #[test]
    fn a_partly_written_frame_continues_where_it_stopped() {
        let mut queue = Queue::default();
        queue.push(Frame::text("one"));
        queue.push_delivery(Frame::text("two"));
        let all = text(&queue);
        queue.advance(2);
        assert_eq!(text(&queue), all[2..]);
        queue.advance(5);
        assert_eq!(text(&queue), all[7..]);
        queue.advance(all.len() - 7);
        assert!(queue.is_empty());
    }

    #[test]
    fn frames_are_joined_up_to_the_buffers_size() {
        let mut queue = Queue::default();
        let texts = ["one", "a longer one", "three"];
        texts.iter().for_each(|text| queue.push_delivery(Frame::text(text)));
        let all = frames(&texts);
        let mut written = Vec::new();
        while !queue.is_empty() {
            let next = queue.next(&mut [0; 7]).to_vec();
            queue.advance(next.len());
            written.extend(next);
        }
        assert_eq!(written, all);
    }

    #[test]
    fn a_welcome_is_written_before_later_deliveries() {
        let mut queue = Queue::default();
        queue.push_delivery(Frame::text("before"));
        queue.hold_deliveries();
        queue.push_delivery(Frame::text("since"));
        queue.push(Frame::text("welcome"));
        queue.release_deliveries();
        queue.push_delivery(Frame::text("after"));
        assert_eq!(text(&queue), frames(&["before", "welcome", "since", "after"]));
    }

    #[test]
    fn a_full_queue_keeps_answers_and_the_partly_written_frame() {
        let mut queue = Queue::default();
        queue.push_delivery(Frame::text("half"));
        queue.push(Frame::text("answer"));
        queue.advance(1);
        for _ in 0..=MAX_PENDING_ITEMS {
            queue.push_delivery(Frame::text("delivery"));
        }
        let mut expected = frames(&["half", "answer"]);
        expected.extend(LAGGED.bytes());
        assert_eq!(text(&queue), expected[1..], "`lagged` is queued once");
        queue.advance(expected.len() - 1);
        queue.push_delivery(Frame::text("next"));
        assert_eq!(text(&queue), frames(&["next"]));
    }

    #[test]
    fn bytes_and_held_back_deliveries_are_bounded() {
        let mut queue = Queue::default();
        queue.hold_deliveries();
        let big = Frame::text(&"x".repeat(MAX_PENDING_BYTES / 2));
        queue.push_delivery(big.clone());
        queue.push_delivery(big);
        queue.push(Frame::text("welcome"));
        queue.release_deliveries();
        assert_eq!(text(&queue), [frames(&["welcome"]), LAGGED.bytes().to_vec()].concat());
    }
}
