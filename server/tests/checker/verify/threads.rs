//! How far users had read threads, and what they followed.

use std::collections::HashMap;

use confab_shared::{
    conversation::Conversation,
    error::ErrorCode,
    id::{Seq, UserId},
};

use super::{Verifier, Violation, followers::ByHand, log::Log};
use crate::history::{End, FollowAnswer, ItemDigest, ThreadSource, ThreadView};

/// What users did by hand with the threads of a conversation.
type Hands = HashMap<(UserId, Seq), ByHand>;

impl Verifier<'_> {
    /// Compares what was known of the threads of a conversation with its log.
    pub(super) fn check_threads(&mut self, log: &Log) {
        let hands = self.by_hand(log);
        for (journal, view) in self.threads.remove(&log.id).unwrap_or_default() {
            self.thread_views += 1;
            check_view(log, &hands, view, journal, &mut |violation| self.note(violation));
        }
        for end in self.ends {
            check_end(end, log, &hands, &mut |violation| self.note(violation));
        }
    }

    /// Collects what users did by hand with the threads of a conversation, and checks what was refused.
    fn by_hand(&mut self, log: &Log) -> Hands {
        let mut hands = Hands::new();
        for journal in &self.history.journals {
            for follow in journal.follows.iter().filter(|follow| follow.conversation == log.id) {
                hands.entry((journal.user, follow.root)).or_default().follows.push(*follow);
                let FollowAnswer::Refused(code) = follow.answer else { continue };
                let is_right = match code {
                    ErrorCode::UnknownConversation => self.left.contains(&(journal.user, log.id)),
                    ErrorCode::UnknownMessage => {
                        log.messages.deleted_at(follow.root).is_some()
                            || !log.messages.may_be_root(follow.root)
                    }
                    _ => false,
                };
                if !is_right {
                    let (tab, conversation, root) = (journal.tab, log.id, follow.root);
                    self.note(Violation::NotFollowed { tab, conversation, root, code });
                }
            }
            for (_, root, seq) in journal.thread_reads.iter().filter(|(id, ..)| *id == log.id) {
                hands.entry((journal.user, *root)).or_default().reads.insert(*seq);
            }
        }
        hands
    }
}

/// Compares how far a user had read a thread with the log up to there.
fn check_view(
    log: &Log,
    hands: &Hands,
    view: &ThreadView,
    journal: (u16, UserId),
    note: &mut impl FnMut(Violation),
) {
    let ((tab, user), root, head) = (journal, view.root, view.as_of);
    let mut untrue = |what, held: Vec<u64>, found: Vec<u64>| {
        if held != found {
            let (conversation, source_of) = (log.id, view.source);
            note(Violation::UntrueThread { tab, conversation, root, head, source_of, what, held, found });
        }
    };
    if head > log.head_seq || !log.messages.may_be_root(root) {
        let found = log.messages.may_be_root(root).then_some(log.head_seq.0);
        return untrue("a root up to", vec![head.0], found.into_iter().collect());
    }
    let nothing = ByHand::default();
    let by_hand = hands.get(&(user, root)).unwrap_or(&nothing);
    // Another tab of the same user may have done something of which this one has no word yet.
    let is_apart = view.source == ThreadSource::Held && !by_hand.follows.is_empty();
    let as_of = (head, view.source == ThreadSource::Final);
    let may_be = is_apart || log.followers.may((user, root), view.following, as_of, by_hand);
    untrue("following", vec![view.following.into()], vec![(view.following == may_be).into()]);
    if !view.following {
        return untrue("unread", vec![view.unread, view.mentions.len() as u64], vec![0, 0]);
    }
    let may_be_at = log.followers.may_be_at((user, root), view.read_seq, by_hand);
    untrue("a position", vec![view.read_seq.0], if may_be_at { vec![view.read_seq.0] } else { vec![] });
    let unread = log.messages.unread_replies(root, user, view.read_seq, head);
    untrue("unread", vec![view.unread], vec![unread]);
    // Whether a message mentioned somebody is not known once it is deleted.
    let lasting = |seq: Seq| log.messages.deleted_at(seq).is_none_or(|deleted| deleted <= head);
    let held = view.mentions.iter().filter(|mention| lasting(mention.seq)).map(|mention| mention.event.0);
    let held: Vec<_> = held.collect();
    let found = log.messages.thread_mentions(root, user, view.read_seq, head).into_iter();
    let mut found: Vec<_> = found.filter(|m| lasting(m.seq)).map(|mention| mention.event.0).collect();
    if view.mentions.len() == Conversation::MAX_MENTIONS {
        found.drain(..found.len().saturating_sub(held.len()));
    }
    untrue("mentions", held, found);
}

/// Compares the threads that a user follows at the end with the log, and those that they do not follow.
fn check_end(end: &End, log: &Log, hands: &Hands, note: &mut impl FnMut(Violation)) {
    if !end.fresh.iter().any(|c| c.id == log.id) {
        return;
    }
    let (tab, conversation) = (end.tab, log.id);
    let listed = end.threads.fresh.iter().filter(|thread| thread.state.conversation == conversation);
    let mut followed = Vec::new();
    for thread in listed {
        let (root, as_of) = (thread.state.root, thread.state.head_seq);
        followed.push(root);
        let view = ThreadView::of(&thread.state, ThreadSource::Final);
        check_view(log, hands, &view, (tab, end.user), note);
        let messages = thread.last_reply.iter().chain([&thread.root]);
        let digests: Vec<_> = messages.map(|m| (m.seq, ItemDigest::of_message(m))).collect();
        let last = thread.root.replies.as_ref().map(|replies| replies.last_seq);
        let is_last = thread.last_reply.as_ref().map(|reply| reply.seq) == last;
        let differs = log.messages.compare_quoted(&digests, as_of, false).err();
        if let Some(seq) = differs.or((!is_last).then_some(root)) {
            note(Violation::UntrueList { conversation, seq, what: "the listed threads" });
        }
    }
    let by_hand = hands.keys().filter(|(user, _)| *user == end.user).map(|(_, root)| *root);
    let mut others: Vec<_> = log.messages.roots().into_iter().chain(by_hand).collect();
    others.sort_unstable();
    others.dedup();
    for root in others.into_iter().filter(|root| !followed.contains(root) && log.messages.may_be_root(*root))
    {
        let none = confab_shared::thread::ThreadState::new(conversation, root, log.head_seq);
        check_view(log, hands, &ThreadView::of(&none, ThreadSource::Final), (tab, end.user), note);
    }
}
