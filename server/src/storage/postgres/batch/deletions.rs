//! How many messages of a conversation behind a seq are deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Excluded, Included, Unbounded},
};

use confab_shared::id::Seq;

/// The deletions of a conversation, as far as a batch needs them: counts behind the read positions that it may use, and
/// the deleted messages behind those that it may move.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct Deletions {
    head_seq: Seq,
    counts: BTreeMap<Seq, u64>,
    loaded: BTreeSet<Seq>,
    /// The messages that the batch deleted.
    added: BTreeSet<Seq>,
}

impl Deletions {
    /// Those of a conversation whose log ends at a seq before the batch.
    pub(super) fn new(head_seq: Seq) -> Self {
        Self { head_seq, ..Self::default() }
    }

    /// So many are behind a seq.
    pub(super) fn add_count(&mut self, behind: Seq, count: u64) {
        self.counts.insert(behind, count);
    }

    /// A message is deleted, whose seq is in a range that is loaded whole.
    pub(super) fn add_loaded(&mut self, seq: Seq) {
        self.loaded.insert(seq);
    }

    /// The batch deletes a message.
    pub(super) fn delete(&mut self, seq: Seq) {
        self.added.insert(seq);
    }

    /// Whether a message is deleted, as far as that is loaded.
    pub(super) fn contains(&self, seq: Seq) -> bool {
        self.loaded.contains(&seq) || self.added.contains(&seq)
    }

    /// How many messages behind a seq are deleted: one whose count was added, one behind it that is loaded, or the head.
    pub(super) fn count_after(&self, seq: Seq) -> u64 {
        let known = self.counts.range(..=seq).next_back().filter(|_| seq < self.head_seq);
        let before = known.map_or(0, |(from, count)| {
            count - self.loaded.range((Excluded(*from), Included(seq))).count() as u64
        });
        before + self.added.range((Excluded(seq), Unbounded)).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_behind_a_position_are_counted_wherever_it_moves() {
        let mut deletions = Deletions::new(Seq(20));
        // 6, 8 and 15 were deleted; a position is at 4, and one is to move to 7.
        deletions.add_count(Seq(4), 3);
        deletions.add_count(Seq(7), 2);
        deletions.add_loaded(Seq(8));
        deletions.add_loaded(Seq(15));
        let counts = |deletions: &Deletions, seqs: &[u64]| -> Vec<u64> {
            seqs.iter().map(|seq| deletions.count_after(Seq(*seq))).collect()
        };
        assert_eq!(counts(&deletions, &[4, 7, 8, 14, 15, 19, 20, 21]), [3, 2, 1, 1, 0, 0, 0, 0]);
        deletions.delete(Seq(9));
        deletions.delete(Seq(21));
        assert_eq!(counts(&deletions, &[4, 7, 8, 9, 15, 20, 21]), [5, 4, 3, 2, 1, 1, 0]);
    }
}
