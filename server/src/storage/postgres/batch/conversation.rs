//! A conversation that commands of a batch are about.

use std::collections::BTreeMap;

use confab_shared::{
    conversation::Conversation,
    id::{Seq, UserId},
    protocol::ReadSignal,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    deletions::Deletions, members::Members, mentions::MentionChanges, message::WorkingMessage,
    reactions::Reactions, threads::Threads,
};
use crate::{
    domain::{
        notification::{CommitNotification, MovedReadPosition},
        presence,
        read_position::{self, ReadMove, StoredPosition, TailEntry, TopTwoReaders},
    },
    storage::postgres::{columns::Pair, failure::Failure},
};

/// A member's read position.
#[derive(Clone, Copy, Debug)]
pub(in crate::storage::postgres) struct WorkingMember {
    pub(super) position: StoredPosition,
    pub(super) is_admin: bool,
    pub(super) takes_part: bool,
    pub(super) changed: bool,
}

/// A conversation as the batch has it so far, and what is to be written of it.
#[derive(Clone, Debug)]
pub(in crate::storage::postgres) struct WorkingConversation {
    /// What its events have made of it, as no member sees it.
    pub(super) conversation: Conversation,
    pub(super) pair: Option<Pair>,
    pub(super) members: Members,
    pub(super) readers: TopTwoReaders,
    pub(super) is_new: bool,
    pub(super) changed: bool,
    pub(super) members_changed: bool,
    /// The members whose positions are needed: those who act, and new ones.
    pub(super) positions: FxHashMap<UserId, WorkingMember>,
    /// Of the members whose positions are not needed, those who take part, as far as that is needed.
    pub(super) taking_part: FxHashSet<UserId>,
    /// The members who left.
    pub(super) removed: Vec<UserId>,
    pub(super) messages: FxHashMap<Seq, WorkingMessage>,
    /// Before messages that may be deleted: the newest one that was not deleted before the batch.
    pub(super) message_before: FxHashMap<Seq, Seq>,
    pub(super) reactions: Reactions,
    pub(super) mentions: MentionChanges,
    pub(super) threads: Threads,
    /// The events behind read positions that are to move, and those of the batch.
    pub(super) tail: BTreeMap<Seq, TailEntry>,
    pub(super) deletions: Deletions,
    /// The events of the batch, as indexes into the batch's: the first is the one behind the head that was loaded.
    pub(super) appended: Vec<usize>,
}

impl WorkingConversation {
    pub(super) fn new(conversation: Conversation, pair: Option<Pair>, members: Members) -> Self {
        Self {
            deletions: Deletions::new(conversation.head_seq),
            conversation,
            pair,
            members,
            readers: TopTwoReaders::default(),
            is_new: false,
            changed: false,
            members_changed: false,
            positions: FxHashMap::default(),
            taking_part: FxHashSet::default(),
            removed: Vec::new(),
            messages: FxHashMap::default(),
            message_before: FxHashMap::default(),
            reactions: Reactions::default(),
            mentions: MentionChanges::default(),
            threads: Threads::default(),
            tail: BTreeMap::new(),
            appended: Vec::new(),
        }
    }

    /// The index of an event of the batch.
    pub(super) fn appended(&self, seq: Seq) -> Option<usize> {
        let first = self.conversation.head_seq.0 + 1 - self.appended.len() as u64;
        let index = usize::try_from(seq.0.checked_sub(first)?).ok()?;
        self.appended.get(index).copied()
    }

    /// How many messages were ever posted.
    pub(super) fn last_ordinal(&self) -> u64 {
        self.conversation.next_ordinal() - 1
    }

    /// The position of a member who has read all.
    pub(super) fn position_at_end(&self) -> StoredPosition {
        StoredPosition { read_seq: self.conversation.head_seq, read_ordinal: self.last_ordinal() }
    }

    pub(super) fn position(&mut self, user: UserId) -> Result<&mut WorkingMember, Failure> {
        self.positions.get_mut(&user).ok_or_else(Failure::missing)
    }

    /// Whether a user is a member who takes part by choice: of a user who acts, or for whom that was loaded.
    pub(super) fn takes_part(&self, user: UserId) -> bool {
        self.positions.get(&user).map_or_else(|| self.taking_part.contains(&user), |member| member.takes_part)
    }

    /// Users become members.
    pub(super) fn add_members(&mut self, users: &[UserId], position: StoredPosition, is_admin: bool) {
        let takes_part = false;
        for user in users {
            let member = WorkingMember { position, is_admin, takes_part, changed: true };
            self.positions.insert(*user, member);
        }
        self.members.audience = self.members.audience.with(users);
        if is_admin {
            self.members.admins = self.members.admins.iter().chain(users).copied().collect();
        }
        self.members_have_changed();
    }

    /// A user is a member no more.
    pub(super) fn remove_member(&mut self, user: UserId) {
        self.positions.remove(&user);
        self.taking_part.remove(&user);
        self.removed.push(user);
        self.members.audience = self.members.audience.without(user);
        self.members.admins = self.members.admins.iter().copied().filter(|admin| *admin != user).collect();
        self.members_have_changed();
    }

    fn members_have_changed(&mut self) {
        // Once for the batch, however often they change in it.
        self.members.version += u64::from(!self.members_changed);
        (self.members_changed, self.changed) = (true, true);
    }

    /// Moves a member's read position to a seq that is not beyond the head, or further. The others see that only of a
    /// member who takes part and shares it.
    pub(super) fn mark_read(
        &mut self,
        user: UserId,
        seq: Seq,
        shares: bool,
    ) -> Result<Option<CommitNotification>, Failure> {
        let member = *self.position(user)?;
        let Some(read) = ReadMove::new(user, member.position, seq) else { return Ok(None) };
        let reached = self.visited(read);
        *self.position(user)? = WorkingMember { position: reached, changed: true, ..member };
        let shown = member.takes_part && shares && self.is_shown(user, reached.read_seq);
        let audience = shown.then(|| self.members.audience.clone());
        let signal = self.read_signal(user, reached);
        Ok(Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience })))
    }

    /// Where a move gets.
    fn visited(&self, mut read: ReadMove) -> StoredPosition {
        let mut behind = self.tail.range(read.range().0..).map(|(_, entry)| *entry);
        let _ = behind.try_for_each(|entry| read.visit(entry.deleted_if(self.deletions.contains(entry.seq))));
        read.reached()
    }

    /// Moves a member's read position back, so that an event and all behind it are unread. The others do not see that.
    pub(super) fn mark_unread(
        &mut self,
        user: UserId,
        from: Seq,
    ) -> Result<Option<CommitNotification>, Failure> {
        let member = *self.position(user)?;
        let Some(read) = ReadMove::back(user, member.position, from) else { return Ok(None) };
        let reached = self.visited(read);
        if reached.read_seq >= member.position.read_seq {
            return Ok(None);
        }
        *self.position(user)? = WorkingMember { position: reached, changed: true, ..member };
        let signal = ReadSignal { back: true, ..self.read_signal(user, reached) };
        Ok(Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience: None })))
    }

    /// The author of a message takes part from now on: with the first one, the others see how far the author had read, where
    /// the author shares that.
    pub(super) fn take_part(
        &mut self,
        author: UserId,
        position: StoredPosition,
        shares: bool,
    ) -> Result<Option<CommitNotification>, Failure> {
        if !presence::authors_take_part(self.conversation.kind) {
            return Ok(None);
        }
        let member = self.position(author)?;
        if member.takes_part {
            return Ok(None);
        }
        (member.takes_part, member.changed) = (true, true);
        if !shares || !self.is_shown(author, position.read_seq) {
            return Ok(None);
        }
        let audience = Some(self.members.audience.without(author));
        let signal = self.read_signal(author, position);
        Ok(Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience })))
    }

    /// Counts a position, and answers whether the others are told of it.
    fn is_shown(&mut self, user: UserId, seq: Seq) -> bool {
        let is_furthest = self.show_reader(user, seq);
        read_position::is_signalled(&self.members.audience, seq, is_furthest)
    }

    /// Counts a position among those that the others see. Answers whether it is one of the two furthest, and was not.
    fn show_reader(&mut self, user: UserId, seq: Seq) -> bool {
        let moved = self.readers.moved(user, seq);
        self.changed |= moved;
        moved
    }

    fn read_signal(
        &self,
        user: UserId,
        StoredPosition { read_seq, read_ordinal }: StoredPosition,
    ) -> ReadSignal {
        let Conversation { id, head_seq, deleted_count, .. } = self.conversation;
        let deleted_through = deleted_count.saturating_sub(self.deletions.count_after(read_seq));
        ReadSignal {
            conversation: id,
            user,
            read_seq,
            read_count: read_ordinal.saturating_sub(deleted_through),
            head_seq,
            back: false,
        }
    }
}
