//! What was found in a conversation, the newest first, and at which of it the user is.

use confab_shared::{
    api::{SearchCursor, SearchPage},
    id::{ConversationId, Seq},
};

/// Where a step leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Older,
    Newer,
}

/// The hits, as far as they are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FindHits {
    seqs: Vec<Seq>,
    at: usize,
    /// Where the next part begins, where there is one.
    pub(super) cursor: Option<SearchCursor>,
}

impl FindHits {
    /// Adds a part, and goes on to it from the hit before. Answers whether it had nothing, and the next part has to be fetched.
    pub(super) fn take(&mut self, id: ConversationId, page: SearchPage) -> bool {
        let is_first = self.seqs.is_empty();
        self.extend(id, page);
        match is_first {
            true => self.seqs.is_empty() && self.cursor.is_some(),
            false => self.step(Direction::Older),
        }
    }

    /// Adds a part: of the conversation, what its timeline shows.
    fn extend(&mut self, id: ConversationId, page: SearchPage) {
        let here = page.hits.iter().filter(|hit| hit.conversation == id && hit.message.is_in_timeline());
        let seqs = here.map(|hit| hit.message.seq).filter(|seq| !self.seqs.contains(seq)).collect::<Vec<_>>();
        self.seqs.extend(seqs);
        self.cursor = page.cursor;
    }

    /// The hit where the user is.
    pub(super) fn current(&self) -> Option<Seq> {
        self.seqs.get(self.at).copied()
    }

    /// The number of that hit, from 1, and how many there are as far as is known.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.at + 1, self.seqs.len())
    }

    /// Goes one hit on, and from the last one to the first. Answers whether the next one has to be fetched before.
    pub(super) fn step(&mut self, direction: Direction) -> bool {
        let last = self.seqs.len().saturating_sub(1);
        match direction {
            Direction::Older if self.at < last => self.at += 1,
            Direction::Older if self.cursor.is_some() => return true,
            Direction::Older => self.at = 0,
            Direction::Newer if self.at > 0 => self.at -= 1,
            // Which one is the last is not known yet.
            Direction::Newer if self.cursor.is_some() => {}
            Direction::Newer => self.at = last,
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(count: u64, more: bool) -> FindHits {
        let cursor = more.then(|| "1-2-3-4".parse().expect("a cursor"));
        FindHits { seqs: (0..count).rev().map(Seq).collect(), at: 0, cursor }
    }

    #[test]
    fn steps_lead_through_the_hits_and_around() {
        let mut hits = hits(3, false);
        assert_eq!((hits.current(), hits.position()), (Some(Seq(2)), (1, 3)));
        for wanted in [1, 0, 2] {
            assert!(!hits.step(Direction::Older));
            assert_eq!(hits.current(), Some(Seq(wanted)));
        }
        for wanted in [0, 1] {
            assert!(!hits.step(Direction::Newer));
            assert_eq!(hits.current(), Some(Seq(wanted)));
        }
    }

    #[test]
    fn what_is_not_fetched_is_fetched_before_the_step() {
        let mut hits = hits(2, true);
        assert!(!hits.step(Direction::Newer));
        assert_eq!(hits.position(), (1, 2), "the last one is not known");
        assert!(!hits.step(Direction::Older));
        assert!(hits.step(Direction::Older));
        assert_eq!(hits.position(), (2, 2));
    }

    #[test]
    fn without_hits_there_is_nowhere_to_go() {
        let mut hits = FindHits::default();
        assert!(!hits.step(Direction::Older) && !hits.step(Direction::Newer));
        assert_eq!(hits.current(), None);
    }
}
