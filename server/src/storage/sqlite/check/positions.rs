//! Read positions: each within its log, and with as many messages before it as it says.

use confab_shared::id::{ConversationId, Seq, UserId};
use rusqlite::Connection;

use super::faults::Faults;
use crate::domain::read_position::StoredPosition;

/// The read positions of a conversation's members, in their order in the log.
pub(super) struct Positions {
    id: ConversationId,
    members: Vec<(UserId, StoredPosition)>,
    /// How many of them were passed.
    passed: usize,
}

impl Positions {
    pub(super) fn read(connection: &Connection, id: ConversationId) -> rusqlite::Result<Self> {
        let members = connection
            .prepare_cached(
                "SELECT user, read_seq, read_ordinal FROM member WHERE conversation = ?1 ORDER BY read_seq",
            )?
            .query_map([id.0], |row| {
                let position = StoredPosition { read_seq: Seq(row.get(1)?), read_ordinal: row.get(2)? };
                Ok((UserId(row.get(0)?), position))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { id, members, passed: 0 })
    }

    /// The members.
    pub(super) fn members(&self) -> impl Iterator<Item = UserId> {
        self.members.iter().map(|(user, _)| *user)
    }

    /// Checks the positions before a seq that were not passed yet: so many messages were posted before it.
    pub(super) fn pass(&mut self, before: Seq, ordinal: u64, faults: &mut Faults<'_>) {
        while let Some((user, position)) = self.members.get(self.passed)
            && position.read_seq < before
        {
            if position.read_ordinal != ordinal {
                let (id, StoredPosition { read_seq, read_ordinal }) = (self.id, position);
                faults.add(format_args!(
                    "conversation {id}: user {user} has read up to seq {read_seq}, which is {ordinal} messages and not \
                     {read_ordinal}"
                ));
            }
            self.passed += 1;
        }
    }

    /// Reports the positions that were not passed when the log ended.
    pub(super) fn end(&self, head_seq: Seq, faults: &mut Faults<'_>) {
        for (user, position) in &self.members[self.passed..] {
            let (id, read_seq) = (self.id, position.read_seq);
            faults.add(format_args!(
                "conversation {id}: user {user} has read up to seq {read_seq}, and the log ends at {head_seq}"
            ));
        }
    }
}
