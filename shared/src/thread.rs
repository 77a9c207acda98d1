//! Threads: messages that reply to one message, their root, beside the timeline.

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Conversation, UnreadMention},
    decode::Decode,
    event::{Event, EventBody},
    id::{ConversationId, Seq, UserId},
};

/// A thread as one member of its conversation has read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ThreadState {
    /// The conversation.
    pub conversation: ConversationId,
    /// The root.
    pub root: Seq,
    /// Whether the member follows the thread: wrote in it, was mentioned in it, wrote the root, or asked to.
    pub following: bool,
    /// How far the member has read the thread; the conversation's read position is apart from it.
    pub read_seq: Seq,
    /// How many replies of others behind it there are, deleted ones left out; 0 where the member does not follow the thread.
    pub unread: u64,
    /// The unread mentions of the member, the oldest first; of more than [`Conversation::MAX_MENTIONS`]
    /// the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UnreadMention>,
    /// The conversation's newest event at that time.
    pub head_seq: Seq,
}

impl ThreadState {
    /// A thread that the member does not follow.
    #[must_use]
    pub fn new(conversation: ConversationId, root: Seq, head_seq: Seq) -> Self {
        let (following, read_seq, unread, mentions) = (false, Seq(0), 0, Vec::new());
        Self { conversation, root, following, read_seq, unread, mentions, head_seq }
    }

    /// Applies the next event of the conversation, as `me` sees it; one that was applied before changes nothing. Stale state
    /// and the events since then give fresh state, but for what the member reads and asks for, which travels as signals.
    pub fn apply(&mut self, event: &Event, me: UserId) {
        if event.conversation != self.conversation || event.seq <= self.head_seq {
            return;
        }
        self.head_seq = event.seq;
        match &event.body {
            EventBody::Posted(posted) if posted.thread == Some(self.root) => {
                if !self.following && posted.makes_follow(event.by, me) {
                    self.following = true;
                    self.read_seq = self.read_seq.max(Seq(event.seq.0 - 1));
                }
                if self.following && event.by != me {
                    self.unread += 1;
                    if posted.mentions.contains(&me) {
                        self.mention(UnreadMention { seq: event.seq, event: event.seq });
                    }
                }
            }
            // It makes nobody follow the thread: whom it mentions anew may never have wanted to.
            EventBody::Edited(edited) if edited.thread == Some(self.root) && self.following => {
                if !edited.mentions.contains(&me) {
                    self.mentions.retain(|mention| mention.seq != edited.target);
                } else if edited.notify.contains(&me) {
                    self.mention(UnreadMention { seq: edited.target, event: event.seq });
                }
            }
            EventBody::Deleted(deleted) => {
                let reply = deleted.reply.as_ref().filter(|reply| reply.thread == self.root);
                if let Some(reply) = reply
                    && self.following
                {
                    let was_unread = reply.author != me && deleted.target > self.read_seq;
                    self.unread = self.unread.saturating_sub(u64::from(was_unread));
                    self.mentions.retain(|mention| mention.seq != deleted.target);
                }
                if deleted.target == self.root {
                    // Nobody can read on where nothing will come.
                    (self.unread, self.following) = (0, false);
                    self.mentions.clear();
                }
            }
            _ => {}
        }
    }

    fn mention(&mut self, mention: UnreadMention) {
        self.mentions.push(mention);
        let surplus = self.mentions.len().saturating_sub(Conversation::MAX_MENTIONS);
        self.mentions.drain(..surplus);
    }
}
