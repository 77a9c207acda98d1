//! What tabs did with threads, and how far their users had read them.

use confab_shared::{
    api::FollowedThread,
    conversation::UnreadMention,
    error::ErrorCode,
    id::{ConversationId, Seq},
    thread::ThreadState,
};

/// What a message replies to; 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    reply_to: Seq,
    thread: Seq,
    /// Whether a reply of a thread shows in the timeline, too.
    pub also: bool,
}

impl Reply {
    /// A reply to a message, in the thread of a root, or both.
    pub const fn new(reply_to: Option<Seq>, thread: Option<Seq>, also: bool) -> Self {
        const fn seq(of: Option<Seq>) -> Seq {
            if let Some(seq) = of { seq } else { Seq(0) }
        }
        Self { reply_to: seq(reply_to), thread: seq(thread), also }
    }

    /// The message that it quotes.
    pub fn reply_to(self) -> Option<Seq> {
        (self.reply_to > Seq(0)).then_some(self.reply_to)
    }

    /// The root of its thread.
    pub fn thread(self) -> Option<Seq> {
        (self.thread > Seq(0)).then_some(self.thread)
    }
}

/// Who says how far a thread is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadSource {
    /// The server: in a welcome, a signal or an answer.
    Server,
    /// The server, at the end.
    Final,
    /// A tab, whose user may have followed the thread in another one since.
    Held,
}

/// How far a user had read a thread.
#[derive(Clone, Debug)]
pub struct ThreadView {
    pub conversation: ConversationId,
    pub root: Seq,
    pub source: ThreadSource,
    /// The event up to which all changes are in it.
    pub as_of: Seq,
    pub following: bool,
    pub read_seq: Seq,
    pub unread: u64,
    pub mentions: Box<[UnreadMention]>,
}

impl ThreadView {
    /// What the server answered.
    pub fn of(state: &ThreadState, source: ThreadSource) -> Self {
        Self {
            conversation: state.conversation,
            root: state.root,
            source,
            as_of: state.head_seq,
            following: state.following,
            read_seq: state.read_seq,
            unread: state.unread,
            mentions: state.mentions.clone().into(),
        }
    }

    /// What a tab had, whose conversation had all events up to a seq.
    pub fn held(state: &ThreadState, head_seq: Seq) -> Self {
        Self { as_of: head_seq.max(state.head_seq), ..Self::of(state, ThreadSource::Held) }
    }
}

/// What came of following a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowAnswer {
    /// Nothing: it may have been carried out, and may still be.
    None,
    Refused(ErrorCode),
    /// That it was carried out, at this event at the latest.
    Done(Seq),
}

/// A thread that a user followed by hand, or not any more.
#[derive(Clone, Copy, Debug)]
pub struct Follow {
    pub conversation: ConversationId,
    pub root: Seq,
    pub following: bool,
    /// The newest event that the tab knew: it was carried out after that.
    pub after: Seq,
    pub answer: FollowAnswer,
}

/// What a tab knew of threads at the end, and what the server did.
#[derive(Debug, Default)]
pub struct ThreadsEnd {
    /// Those that the tab knew.
    pub held: Vec<ThreadState>,
    /// Those that the user follows, as the server lists them.
    pub fresh: Vec<FollowedThread>,
    /// Whether the tab's welcome had all that the user follows.
    pub has_all: bool,
    /// The open thread, and the event that its timeline has all changes up to.
    pub open: Option<(ConversationId, Seq, Seq)>,
    /// How many items reply to a message that the tab did not know.
    pub unquoted: usize,
}
