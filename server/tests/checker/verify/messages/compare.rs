//! What the messages of a log are compared with.

use confab_shared::{
    conversation::UnreadMention,
    id::{Seq, UserId},
};

use super::{Item, Mention, Messages};
use crate::history::{ItemDigest, What};

impl Messages {
    /// The event that deleted a message.
    pub fn deleted_at(&self, seq: Seq) -> Option<Seq> {
        self.find(seq).and_then(|index| self.items[index].deleted)
    }

    /// How many messages up to a seq were deleted by an event.
    pub fn deleted_up_to(&self, seq: Seq, head: Seq) -> u64 {
        let known = self.deletions.iter().take_while(|(event, _)| *event <= head);
        known.filter(|(_, target)| *target <= seq).count() as u64
    }

    /// Whether a digest is that of the newest message as of an event. One who fetched the events after its deletion has
    /// it without its text.
    pub fn is_last(&self, digest: u64, head: Seq) -> bool {
        let Some(last) = self.lasts.get(head.0 as usize) else { return false };
        digest == last.digest || digest == last.redacted && self.is_deleted(last.seq)
    }

    /// The mentions of a user as of an event, after a read position. Those of messages that were deleted later may be
    /// missing: the log does not tell.
    pub fn mentions(&self, user: UserId, read_seq: Seq, head: Seq) -> Vec<UnreadMention> {
        self.mentions_in(None, user, read_seq, head)
    }

    pub(super) fn mentions_in(
        &self,
        thread: Option<Seq>,
        user: UserId,
        read_seq: Seq,
        head: Seq,
    ) -> Vec<UnreadMention> {
        let is_theirs = |mention: &&Mention| mention.user == user && mention.thread == thread;
        let mentions = self.mentions.iter().filter(is_theirs);
        let mentions = mentions.filter(|mention| mention.until.is_none_or(|until| until > head));
        let unread = mentions.map(|mention| mention.unread);
        unread.filter(|unread| unread.event > read_seq && unread.event <= head).collect()
    }

    /// The items of a part of the log: those of the timeline, or the replies of a thread.
    pub(super) fn part(&self, thread: Option<Seq>, first: Seq, last: Seq) -> Vec<&Item> {
        if let Some(root) = thread {
            let replies = self.threads.get(&root).into_iter().flatten().map(|index| &self.items[*index]);
            return replies.filter(|item| item.seq >= first && item.seq <= last).collect();
        }
        let from = self.items.partition_point(|item| item.seq < first);
        let to = self.items.partition_point(|item| item.seq <= last);
        self.items.get(from..to).unwrap_or_default().iter().filter(|item| item.is_in_timeline).collect()
    }

    /// Compares the items of a part of the log with what a reader had of it, as of one event or, where it may be ahead, of
    /// any later one. Answers the first item that differs.
    pub fn compare(
        &self,
        (thread, first, last): (Option<Seq>, Seq, Seq),
        seen: &[ItemDigest],
        as_of: Seq,
        may_be_ahead: bool,
    ) -> Result<(), Seq> {
        let items = self.part(thread, first, last);
        for (item, seen) in items.iter().zip(seen) {
            if !item.was(*seen, as_of, may_be_ahead) {
                return Err(item.seq);
            }
        }
        if items.len() == seen.len() { Ok(()) } else { Err(first) }
    }

    /// The pinned messages, the last pinned first; of those that were pinned at one time the newest first.
    pub fn pins(&self) -> Vec<(Seq, ItemDigest)> {
        let messages = self.items.iter().filter_map(|item| Some(&item.message.as_ref()?.message));
        let mut pinned: Vec<_> = messages.filter(|message| message.pinned.is_some()).collect();
        pinned.sort_by_key(|message| std::cmp::Reverse((message.pinned.map(|pin| pin.at), message.seq)));
        pinned.into_iter().map(|message| (message.seq, ItemDigest::of_message(message))).collect()
    }

    /// Whether what a command asks for was so as of an event.
    pub fn is_so(&self, what: What, user: UserId, as_of: Seq) -> bool {
        let Some(item) = what.target().and_then(|target| self.find(target)).map(|index| &self.items[index])
        else {
            return false;
        };
        let Some(tracked) = &item.message else { return false };
        let is_deleted = item.deleted.is_some_and(|deleted| deleted <= as_of);
        match what {
            What::Delete(_) => is_deleted,
            What::React(_, emoji, on) => {
                let same = |(at, by, number, _): &&(Seq, UserId, u8, bool)| {
                    *at <= as_of && (*by, *number) == (user, emoji)
                };
                !is_deleted && tracked.reacted.iter().rfind(same).is_some_and(|reacted| reacted.3) == on
            }
            What::Pin(_, on) => {
                let pinned = tracked.pinned.iter().rfind(|(at, _)| *at <= as_of);
                !is_deleted && pinned.is_some_and(|(_, on)| *on) == on
            }
            _ => false,
        }
    }

    /// The author of a message.
    pub fn author(&self, seq: Seq) -> Option<UserId> {
        let item = &self.items[self.find(seq)?];
        item.message.as_ref().map(|tracked| tracked.message.by)
    }

    /// Messages whose texts are gone though they are not deleted, and such as are deleted and still quoted.
    pub fn wrongly_quoted(&self) -> impl Iterator<Item = (Seq, &'static str)> {
        self.items.iter().filter_map(|item| match item.deleted.is_some() {
            true if item.quoted => {
                Some((item.seq, "its message is deleted, and its text is still in the log"))
            }
            false if item.redacted => {
                Some((item.seq, "what it said is gone, and its message is not deleted"))
            }
            _ => None,
        })
    }
}

impl Item {
    /// Whether a reader may have had it so, as of one event or, where they may be ahead, of any later one.
    pub(super) fn was(&self, seen: ItemDigest, as_of: Seq, may_be_ahead: bool) -> bool {
        let now = self.versions.iter().rposition(|(at, _)| *at <= as_of).unwrap_or(0);
        let later = if may_be_ahead { self.versions.len() } else { now + 1 };
        let is_version = self.versions[now..later].iter().any(|(_, digest)| *digest == seen);
        // Of a deleted message the log lacks whom it mentioned.
        let was_there = !seen.is_deleted() && self.deleted.is_some_and(|deleted| deleted > as_of);
        is_version || was_there
    }
}
