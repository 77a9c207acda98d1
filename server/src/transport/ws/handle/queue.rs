//! What is on its way to one peer: frames in the order of writing, and what happens when there are too many.

use std::{collections::VecDeque, sync::LazyLock};

use confab_shared::protocol::ServerFrame;

use crate::{
    realtime::hub::{MAX_PENDING_BYTES, MAX_PENDING_ITEMS},
    websocket::frame::Frame,
};

/// What a queue may keep allocated when it is empty, in frames.
const KEPT: usize = 4;

static LAGGED: LazyLock<Frame> = LazyLock::new(|| Frame::json(&ServerFrame::Lagged));

struct Entry {
    frame: Frame,
    /// It came through the hub: a hint, that may be dropped.
    told: bool,
}

/// The queue. Answers are never dropped: how many there can be is bounded by how many commands are under way.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
    /// How much of the first is written.
    written: usize,
    /// What came through the hub while it was held back.
    held: Option<Vec<Frame>>,
    told: usize,
    told_bytes: usize,
    lag: Lag,
}

/// How a peer stands that had too much to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lag {
    #[default]
    None,
    /// It is to be told behind the welcome.
    Due,
    /// It stands in the queue that the peer lags.
    Told,
}

impl Queue {
    /// Whether all is written.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a frame may be written past it.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.held.is_none() && self.lag == Lag::None
    }

    /// Adds what must arrive.
    pub(super) fn push(&mut self, frame: Frame) {
        self.entries.push_back(Entry { frame, told: false });
    }

    /// Adds what came through the hub. When there is too much of it, all of it is dropped, and the peer is told to
    /// begin again; until it has been told, nothing more is added.
    pub(super) fn push_delivery(&mut self, frame: Frame) {
        if self.lag != Lag::None {
            return;
        }
        self.told += 1;
        self.told_bytes += frame.len();
        if self.told > MAX_PENDING_ITEMS || self.told_bytes > MAX_PENDING_BYTES {
            return self.lag();
        }
        match &mut self.held {
            Some(held) => held.push(frame),
            None => self.entries.push_back(Entry { frame, told: true }),
        }
    }

    /// From here on, holds back what comes through the hub: a welcome is on its way, and it comes first.
    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Lets go what was held back.
    pub(super) fn release(&mut self) {
        let held = self.held.take().into_iter().flatten();
        self.entries.extend(held.map(|frame| Entry { frame, told: true }));
        if self.lag == Lag::Due {
            self.tell_lag();
        }
    }

    /// What is to be written next: of one frame what is left, of several as much as `joined` has room for. Joined bytes
    /// are cheaper to write than a list of pieces.
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

    /// Takes note that so many bytes were written.
    pub(super) fn advance(&mut self, mut bytes: usize) {
        while let Some(first) = self.entries.front() {
            let rest = first.frame.len() - self.written;
            if bytes < rest {
                self.written += bytes;
                return;
            }
            bytes -= rest;
            self.written = 0;
            if first.told {
                self.told -= 1;
                self.told_bytes -= first.frame.len();
            }
            self.entries.pop_front();
        }
        if self.lag == Lag::Told {
            self.lag = Lag::None;
        }
        if self.entries.capacity() > KEPT {
            self.entries = VecDeque::new();
        }
    }

    /// Drops all that came through the hub, but for a frame that is half written.
    fn lag(&mut self) {
        let mut half_written = self.written > 0;
        self.entries.retain(|entry| std::mem::take(&mut half_written) || !entry.told);
        if let Some(held) = &mut self.held {
            *held = Vec::new();
        }
        let told = self.entries.iter().filter(|entry| entry.told);
        (self.told, self.told_bytes) = told.fold((0, 0), |(n, bytes), e| (n + 1, bytes + e.frame.len()));
        match self.held {
            Some(_) => self.lag = Lag::Due,
            None => self.tell_lag(),
        }
    }

    fn tell_lag(&mut self) {
        self.lag = Lag::Told;
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
    fn what_is_written_in_parts_goes_on_where_it_stopped() {
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
    fn as_much_is_joined_as_there_is_room_for() {
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
    fn a_welcome_comes_before_what_was_told_since() {
        let mut queue = Queue::default();
        queue.push_delivery(Frame::text("before"));
        queue.hold();
        queue.push_delivery(Frame::text("since"));
        queue.push(Frame::text("welcome"));
        queue.release();
        queue.push_delivery(Frame::text("after"));
        assert_eq!(text(&queue), frames(&["before", "welcome", "since", "after"]));
    }

    #[test]
    fn a_full_queue_keeps_answers_and_the_frame_that_is_half_written() {
        let mut queue = Queue::default();
        queue.push_delivery(Frame::text("half"));
        queue.push(Frame::text("answer"));
        queue.advance(1);
        for _ in 0..=MAX_PENDING_ITEMS {
            queue.push_delivery(Frame::text("told"));
        }
        let mut expected = frames(&["half", "answer"]);
        expected.extend(LAGGED.bytes());
        assert_eq!(text(&queue), expected[1..], "told once");
        queue.advance(expected.len() - 1);
        queue.push_delivery(Frame::text("next"));
        assert_eq!(text(&queue), frames(&["next"]));
    }

    #[test]
    fn bytes_are_bounded_too_and_so_is_what_is_held() {
        let mut queue = Queue::default();
        queue.hold();
        let big = Frame::text(&"x".repeat(MAX_PENDING_BYTES / 2));
        queue.push_delivery(big.clone());
        queue.push_delivery(big);
        queue.push(Frame::text("welcome"));
        queue.release();
        assert_eq!(text(&queue), [frames(&["welcome"]), LAGGED.bytes().to_vec()].concat());
    }
}
