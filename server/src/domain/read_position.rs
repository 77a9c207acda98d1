//! Read positions: how they move forward and are set back, and how far the other members have read.

use std::ops::ControlFlow;

use confab_shared::{
    api::MAX_SHOWN_READERS,
    event::Event,
    id::{Seq, UserId},
};

use super::audience::Audience;

/// How many events after a position are searched for the reader's own messages: a bound on the work of one command.
pub const MAX_OWN_BEHIND: u64 = 200;

/// How far a member has read, as it is stored. Deleted messages are counted: what a client sees is without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPosition {
    /// The last event that is read.
    pub read_seq: Seq,
    /// How many messages were ever posted at or before it.
    pub read_ordinal: u64,
}

impl StoredPosition {
    /// The position before an event, at which the event is the first unread one.
    pub fn before(seq: Seq) -> Seq {
        Seq(seq.0.saturating_sub(1))
    }

    /// The position of an author once a message of theirs is posted: an author with nothing unread has read their own
    /// message. `deleted_unread` gives how many messages after the position were deleted. None where the position stays.
    ///
    /// # Errors
    /// Those of `deleted_unread`.
    pub fn after_own_message<E>(
        self,
        seq: Seq,
        ordinal: u64,
        deleted_unread: impl FnOnce() -> Result<u64, E>,
    ) -> Result<Option<Self>, E> {
        let Some(unread) = ordinal.checked_sub(self.read_ordinal + 1) else { return Ok(None) };
        let read_all = seq > self.read_seq && (unread == 0 || deleted_unread()? == unread);
        Ok(read_all.then_some(Self { read_seq: seq, read_ordinal: ordinal }))
    }
}

/// What a read position must know of an event to pass it.
#[derive(Clone, Copy, Debug)]
pub struct TailEntry {
    /// The event.
    pub seq: Seq,
    /// Its author.
    pub by: UserId,
    /// Whether it is a message of the timeline.
    pub is_message: bool,
    /// Whether the message was deleted since.
    pub is_deleted: bool,
    /// How many messages were ever posted at or before it.
    pub ordinal: u64,
}

impl TailEntry {
    /// The entry of an event, up to which so many messages were posted.
    pub fn of(event: &Event, ordinal: u64) -> Self {
        let is_message = event.body.timeline_message().is_some();
        Self { seq: event.seq, by: event.by, is_message, is_deleted: false, ordinal }
    }

    /// The entry of a message that was deleted since.
    #[must_use]
    pub fn deleted_if(self, is_deleted: bool) -> Self {
        Self { is_deleted, ..self }
    }
}

/// A move of a read position: a reader who has read up to a message has read their own messages right behind it, also
/// deleted ones: a client whose position had moved on over them before their deletion is not further than the server.
/// [`StoredPosition::after_own_message`] says the same where the position comes first and the message after it.
#[derive(Debug)]
pub struct ReadMove {
    user: UserId,
    from: Seq,
    next: Seq,
    reached: StoredPosition,
}

impl ReadMove {
    /// A move to `seq`, which is not beyond the conversation's head. None where the position is there already.
    pub fn new(user: UserId, position: StoredPosition, seq: Seq) -> Option<Self> {
        let reached = StoredPosition { read_seq: seq, read_ordinal: 0 };
        (seq > position.read_seq).then_some(Self { user, from: seq, next: seq, reached })
    }

    /// A move back to before `first`, which is to be unread. None where the position is not beyond that. As any position, the
    /// one that is reached is behind the reader's own messages right behind it; it may be where it was, then.
    pub fn back(user: UserId, position: StoredPosition, first: Seq) -> Option<Self> {
        let before = StoredPosition::before(first);
        let reached = StoredPosition { read_seq: before, read_ordinal: 0 };
        // No event stands at the position before the first one.
        let next = before.max(Seq(1));
        (before < position.read_seq).then_some(Self { user, from: before, next, reached })
    }

    /// The seqs of the events that [`Self::visit`] wants, in order; it may break off before the last.
    pub fn range(&self) -> (Seq, Seq) {
        (self.next, Seq(self.from.0.saturating_add(MAX_OWN_BEHIND)))
    }

    /// Passes the next event. Breaks where the position gets no further.
    pub fn visit(&mut self, entry: TailEntry) -> ControlFlow<()> {
        if entry.seq != self.next || entry.seq > self.range().1 {
            return ControlFlow::Break(());
        }
        self.next = entry.seq.next();
        let own = entry.is_message && entry.by == self.user;
        if own || entry.seq == self.from {
            self.reached = StoredPosition { read_seq: entry.seq, read_ordinal: entry.ordinal };
            return ControlFlow::Continue(());
        }
        let is_unread = entry.is_message && !entry.is_deleted;
        if is_unread { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Where the position gets, once all events were visited.
    pub fn reached(self) -> StoredPosition {
        self.reached
    }
}

/// The furthest read position, whose it is, and the furthest of all others: how far the others have read, for every
/// member, without looking at all of them. Only members who take part ([`super::presence`]) are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopTwoReaders {
    /// The furthest position.
    pub furthest: Seq,
    /// The member who is there.
    pub by: UserId,
    /// The furthest position of all others.
    pub second: Seq,
}

impl TopTwoReaders {
    /// Takes in a position that moved. Answers whether one of the two furthest did.
    pub fn moved(&mut self, user: UserId, seq: Seq) -> bool {
        if seq > self.furthest {
            if self.by != user {
                self.second = self.furthest;
            }
            (self.furthest, self.by) = (seq, user);
            return true;
        }
        let second = self.by != user && seq > self.second;
        if second {
            self.second = seq;
        }
        second
    }

    /// How far the furthest of the members other than `user` has read.
    pub fn peers_of(&self, user: UserId) -> Seq {
        if self.by == user { self.second } else { self.furthest }
    }
}

/// Whether so few are in a conversation that everyone sees how far each of the others has read.
pub fn shows_every_reader(members: &Audience) -> bool {
    matches!(members, Audience::Users(users) if users.len() <= MAX_SHOWN_READERS)
}

/// Whether the other members get a signal of a position of one who takes part and shares it, which is one of the two furthest from
/// now on or is not. One at the beginning needs none.
pub fn is_signalled(members: &Audience, read: Seq, is_furthest: bool) -> bool {
    is_furthest || read > Seq(0) && shows_every_reader(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEI: UserId = UserId(1);
    const ADA: UserId = UserId(2);
    const LI: UserId = UserId(3);

    #[test]
    fn the_two_furthest_positions_are_kept() {
        let mut readers = TopTwoReaders::default();
        for (user, seq, moves, furthest, second) in [
            (MEI, 4, true, 4, 0),
            (ADA, 3, true, 4, 3),
            (LI, 2, false, 4, 3),
            (MEI, 5, true, 5, 3),
            (ADA, 7, true, 7, 5),
            (ADA, 8, true, 8, 5),
            (MEI, 5, false, 8, 5),
        ] {
            assert_eq!(readers.moved(user, Seq(seq)), moves, "{user} to {seq}");
            assert_eq!((readers.furthest.0, readers.second.0), (furthest, second), "{user} to {seq}");
        }
        assert_eq!((readers.peers_of(ADA), readers.peers_of(MEI)), (Seq(5), Seq(8)));
    }

    /// Where Mei gets who moves to a seq of a log: each event is its author, whether it is a message, and whether that is
    /// deleted.
    fn reached_of(log: &[(UserId, bool, bool)], seq: u64) -> (u64, u64) {
        let before = StoredPosition { read_seq: Seq(0), read_ordinal: 0 };
        let mut read = ReadMove::new(MEI, before, Seq(seq)).unwrap();
        let mut ordinal = 0;
        for (index, (by, is_message, is_deleted)) in log.iter().copied().enumerate() {
            let seq = Seq(index as u64 + 1);
            ordinal += u64::from(is_message);
            let entry = TailEntry { seq, by, is_message, is_deleted: false, ordinal }.deleted_if(is_deleted);
            if seq >= read.range().0 && read.visit(entry).is_break() {
                break;
            }
        }
        let StoredPosition { read_seq, read_ordinal } = read.reached();
        (read_seq.0, read_ordinal)
    }

    fn reached(log: &[(UserId, bool)], seq: u64) -> (u64, u64) {
        let log: Vec<_> = log.iter().map(|(by, is_message)| (*by, *is_message, false)).collect();
        reached_of(&log, seq)
    }

    /// Where Mei gets who has read all of a log, and marks it as unread from a seq on.
    fn back_of(log: &[(UserId, bool)], seq: u64) -> Option<(u64, u64)> {
        let entries = (1..).zip(log).scan(0, |ordinal, (seq, (by, is_message))| {
            *ordinal += u64::from(*is_message);
            let ordinal = *ordinal;
            Some(TailEntry { seq: Seq(seq), by: *by, is_message: *is_message, is_deleted: false, ordinal })
        });
        let entries: Vec<_> = entries.collect();
        let end = StoredPosition { read_seq: Seq(log.len() as u64), read_ordinal: entries.last()?.ordinal };
        let mut read = ReadMove::back(MEI, end, Seq(seq))?;
        let first = read.range().0;
        let _ =
            entries.into_iter().filter(|entry| entry.seq >= first).try_for_each(|entry| read.visit(entry));
        let StoredPosition { read_seq, read_ordinal } = read.reached();
        (read_seq < end.read_seq).then_some((read_seq.0, read_ordinal))
    }

    #[test]
    fn a_position_moves_back_to_before_what_is_marked_as_unread() {
        let log = [(ADA, true), (ADA, false), (ADA, true), (MEI, true), (ADA, true)];
        for (from, reached) in [
            (0, Some((0, 0))),
            (1, Some((0, 0))),
            (2, Some((1, 1))),
            (3, Some((2, 1))),
            (5, Some((4, 3))),
            (6, None),
            (99, None),
        ] {
            assert_eq!(back_of(&log, from), reached, "from {from}");
        }
        assert_eq!(back_of(&log, 4), Some((4, 3)), "one's own message stays read");
        assert_eq!(back_of(&[(MEI, true), (ADA, true)], 1), Some((1, 1)), "also at the beginning");
        assert_eq!(back_of(&[(ADA, true), (MEI, true)], 2), None, "nothing of others is behind it");
    }

    #[test]
    fn a_position_moves_on_over_the_readers_own_messages() {
        assert_eq!(reached(&[(ADA, true), (MEI, true), (MEI, true), (ADA, true)], 1), (3, 3));
        assert_eq!(reached(&[(ADA, true), (ADA, false), (MEI, true), (ADA, false)], 1), (3, 2));
        assert_eq!(reached(&[(ADA, true), (ADA, true), (MEI, true)], 1), (1, 1));
        assert_eq!(reached(&[(ADA, true), (ADA, false)], 2), (2, 1));
    }

    #[test]
    fn deleted_messages_do_not_stop_a_position() {
        let log = [(ADA, true, false), (ADA, true, true), (MEI, true, false), (ADA, true, false)];
        assert_eq!(reached_of(&log, 1), (3, 3), "another's deleted message is passed");
        let log = [(ADA, true, false), (MEI, true, true), (ADA, true, false)];
        assert_eq!(reached_of(&log, 1), (2, 2), "one's own deleted message was read");
    }
}
