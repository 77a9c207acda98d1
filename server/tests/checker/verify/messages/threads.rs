//! Replies and threads of a log: what roots show, what may be replied to, and how many replies are unread.

use confab_shared::{
    conversation::UnreadMention,
    event::Posted,
    id::{Seq, UserId},
    message::ThreadSummary,
};

use super::{Item, Messages};
use crate::history::{ItemDigest, Reply};

impl Item {
    /// Whether it is a message that was there at an event.
    fn was_there(&self, at: Seq) -> bool {
        self.message.is_some() && self.deleted.is_none_or(|deleted| deleted > at)
    }
}

impl Messages {
    fn item(&self, seq: Seq) -> Option<&Item> {
        self.find(seq).map(|index| &self.items[index])
    }

    /// The roots of the threads that have had a reply.
    pub fn roots(&self) -> Vec<Seq> {
        self.threads.keys().copied().collect()
    }

    /// Whether a message may be the root of a thread.
    pub fn may_be_root(&self, seq: Seq) -> bool {
        self.item(seq).is_some_and(|item| item.message.is_some() && item.thread.is_none())
    }

    /// What a root shows of its thread now, found in all replies.
    pub(super) fn replies(&self, root: Seq) -> Option<ThreadSummary> {
        let replies = self.threads.get(&root)?.iter().rev().map(|index| &self.items[*index]);
        let there: Vec<_> = replies
            .filter(|reply| reply.deleted.is_none())
            .filter_map(|reply| reply.message.as_ref().map(|tracked| &tracked.message))
            .collect();
        let newest = there.first()?;
        let mut faces: Vec<UserId> = Vec::new();
        for reply in &there {
            if !faces.contains(&reply.by) && faces.len() < 5 {
                faces.push(reply.by);
            }
        }
        Some(ThreadSummary { count: there.len() as u64, last_seq: newest.seq, last_at: newest.at, faces })
    }

    /// A thread has changed: its root shows that.
    pub(super) fn note_replies(&mut self, root: Seq, at: Seq) {
        let replies = self.replies(root);
        let Some(index) = self.find(root) else { return };
        let item = &mut self.items[index];
        if let Some(tracked) = &mut item.message {
            tracked.message.replies = replies;
            item.versions.push((at, ItemDigest::of_message(&tracked.message)));
        }
    }

    /// Checks what a message replies to, as of now.
    pub(super) fn check_reply(&self, posted: &Posted) -> Result<(), &'static str> {
        let now = Seq(u64::MAX);
        if let Some(quoted) = posted.reply_to {
            let item = self.item(quoted).filter(|item| item.was_there(now));
            if !item.is_some_and(|item| fits(item, posted.thread)) {
                return Err("it replies to what may not be replied to");
            }
        }
        let Some(root) = posted.thread else {
            return if posted.root_author.is_none() { Ok(()) } else { Err("it is in no thread") };
        };
        if !self.may_be_root(root) || !self.item(root).is_some_and(|item| item.was_there(now)) {
            return Err("it is in the thread of what may be no root");
        }
        let is_first = self.replies(root).is_none();
        let author = self.author(root).filter(|author| is_first && !self.out.contains(author));
        if posted.root_author == author { Ok(()) } else { Err("it has others follow its thread") }
    }

    /// Whether a reply may be refused at some time: for what was deleted, or never fits.
    pub fn may_refuse(&self, reply: Reply) -> bool {
        let is_deleted = |seq: Seq| self.deleted_at(seq).is_some();
        let root_fits = reply.thread().is_none_or(|root| self.may_be_root(root) && !is_deleted(root));
        let quoted_fits = reply.reply_to().is_none_or(|quoted| {
            !is_deleted(quoted) && self.item(quoted).is_some_and(|item| fits(item, reply.thread()))
        });
        !root_fits || !quoted_fits
    }

    /// How many replies of others were behind a position, as of an event.
    pub fn unread_replies(&self, root: Seq, user: UserId, read_seq: Seq, head: Seq) -> u64 {
        let replies = self.threads.get(&root).into_iter().flatten().map(|index| &self.items[*index]);
        let unread = replies.filter(|reply| reply.seq > read_seq && reply.seq <= head);
        let unread = unread.filter(|reply| reply.was_there(head));
        unread.filter(|reply| reply.message.as_ref().is_some_and(|m| m.message.by != user)).count() as u64
    }

    /// The mentions of a user in a thread as of an event, after a read position, as [`Messages::mentions`] gives those of the
    /// conversation.
    pub fn thread_mentions(&self, root: Seq, user: UserId, read_seq: Seq, head: Seq) -> Vec<UnreadMention> {
        self.mentions_in(Some(root), user, read_seq, head)
    }

    /// Compares messages that others reply to, and roots, with what they were.
    pub fn compare_quoted(
        &self,
        quoted: &[(Seq, ItemDigest)],
        as_of: Seq,
        may_be_ahead: bool,
    ) -> Result<(), Seq> {
        for (seq, seen) in quoted {
            let item = self.item(*seq).filter(|item| item.message.is_some());
            if !item.is_some_and(|item| item.was(*seen, as_of, may_be_ahead)) {
                return Err(*seq);
            }
        }
        Ok(())
    }

    /// The first message that an item of a part replies to and that is neither in it nor among the quoted.
    pub fn unquoted(
        &self,
        thread: Option<Seq>,
        (first, last): (Seq, Seq),
        quoted: &[(Seq, ItemDigest)],
    ) -> Option<Seq> {
        let items = self.part(thread, first, last);
        let replied = items.iter().filter_map(|item| item.message.as_ref()?.message.reply_to);
        let mut unknown = replied.filter(|seq| !items.iter().any(|item| item.seq == *seq));
        unknown.find(|seq| !quoted.iter().any(|(known, _)| known == seq))
    }
}

/// Whether a message in a thread, or beside all, may quote an item.
fn fits(item: &Item, thread: Option<Seq>) -> bool {
    item.message.is_some()
        && match thread {
            Some(root) => item.seq == root || item.thread == Some(root),
            None => item.is_in_timeline,
        }
}
