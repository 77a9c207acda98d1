//! Violations of the contract.

use confab_shared::{
    conversation::Conversation,
    error::ErrorCode,
    id::{ConversationId, Seq, Timestamp},
    thread::ThreadState,
};

use crate::{
    command::Command,
    history::{Answer, Source, ThreadSource, What},
};

/// The conversation, seq and time of an event.
type Place = (ConversationId, Seq, Timestamp);

/// Something that the delivery contract does not allow.
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    #[error("GAP: conversation {conversation} goes on with seq {found} where {expected} was to come")]
    Gap { conversation: ConversationId, expected: Seq, found: Seq },
    #[error("FOREIGN: seq {seq} of conversation {conversation}: {why}")]
    Foreign { conversation: ConversationId, seq: Seq, why: &'static str },
    #[error("DOUBLED: {command} stands at seq {first} and at {again} of conversation {conversation}")]
    Doubled { command: Command, conversation: ConversationId, first: Seq, again: Seq },
    #[error("LOST: {command} was answered {answer:?}, and its event is not in conversation {conversation}")]
    Lost { command: Command, conversation: ConversationId, answer: Answer },
    #[error("OTHER ACK: {command} was acknowledged as {acked:?}, and stands at {stands:?}")]
    OtherAck { command: Command, acked: Place, stands: Place },
    #[error("REORDERED: {command}, at seq {seq} of conversation {conversation}, was sent before {before}")]
    Reordered { command: Command, conversation: ConversationId, seq: Seq, before: Command },
    #[error("ORDINAL: seq {seq} of conversation {conversation} is message {found}, and should be {expected}")]
    Ordinal { conversation: ConversationId, seq: Seq, expected: u64, found: u64 },
    #[error(
        "OUT OF ORDER: on its connection {connection}, tab {tab} received seq {seq} of conversation \
         {conversation} after {before}"
    )]
    OutOfOrder { tab: u16, connection: u32, conversation: ConversationId, before: Seq, seq: Seq },
    #[error(
        "LEAKED: tab {tab} received seq {last} of conversation {conversation}, which its user had left by seq {left}"
    )]
    Leaked { tab: u16, conversation: ConversationId, left: Seq, last: Seq },
    #[error(
        "VANISHED: tab {tab} saw conversation {conversation} up to seq {last} ({source_of:?}), and the log \
         ends with {head}"
    )]
    Vanished { tab: u16, conversation: ConversationId, last: Seq, head: Seq, source_of: Source },
    #[error(
        "UNLIKE: what tab {tab} saw as seq {first} to {last} of conversation {conversation} ({source_of:?}) \
         is not what the log has"
    )]
    Unlike { tab: u16, conversation: ConversationId, first: Seq, last: Seq, source_of: Source },
    #[error("STALE: tab {tab} has {held:?}; a new tab has {fresh:?}")]
    Stale { tab: u16, held: Option<Box<Conversation>>, fresh: Option<Box<Conversation>> },
    #[error(
        "BEHIND: the timeline of tab {tab} ends at seq {top} of conversation {conversation}, not at {head}"
    )]
    Behind { tab: u16, conversation: ConversationId, top: Seq, head: Seq },
    #[error(
        "UNTRUE: the state of tab {tab} of conversation {conversation} up to seq {head} has {what} {held:?}; by \
         the log it is {found:?}"
    )]
    Untrue {
        tab: u16,
        conversation: ConversationId,
        head: Seq,
        what: &'static str,
        held: Vec<u64>,
        found: Vec<u64>,
    },
    #[error(
        "UNTRUE: tab {tab} has ({source_of:?}) message or notice {seq} of conversation {conversation}, as of {as_of}, \
         other than the log gives it"
    )]
    UntrueMessage { tab: u16, conversation: ConversationId, seq: Seq, as_of: Seq, source_of: Source },
    #[error(
        "UNTRUE: of the thread of {root} of conversation {conversation} up to seq {head} tab {tab} has ({source_of:?}) \
         {what} {held:?}; by the log it is {found:?}"
    )]
    UntrueThread {
        tab: u16,
        conversation: ConversationId,
        root: Seq,
        head: Seq,
        source_of: ThreadSource,
        what: &'static str,
        held: Vec<u64>,
        found: Vec<u64>,
    },
    #[error("STALE: tab {tab} has the thread {held:?}; a new tab has {fresh:?}")]
    StaleThread { tab: u16, held: Option<Box<ThreadState>>, fresh: Option<Box<ThreadState>> },
    #[error("BEHIND: tab {tab} does not know {count} of the messages that it shows replies to")]
    Unquoted { tab: u16, count: usize },
    #[error("REFUSED: tab {tab}, following the thread of {root} of conversation {conversation}: {code:?}")]
    NotFollowed { tab: u16, conversation: ConversationId, root: Seq, code: ErrorCode },
    #[error("UNTRUE: {what} of conversation {conversation} are other than the log gives them, first {seq}")]
    UntrueList { conversation: ConversationId, seq: Seq, what: &'static str },
    #[error("WRONG: seq {seq} of conversation {conversation}: {why}")]
    Wrong { conversation: ConversationId, seq: Seq, why: &'static str },
    #[error("REFUSED: {command}, {what:?} in conversation {conversation}, was refused with {code:?}: {why}")]
    Refused { command: Command, conversation: ConversationId, what: What, code: ErrorCode, why: &'static str },
    #[error("APART: the nodes give other answers about conversation {conversation} after seq {after}")]
    Apart { conversation: ConversationId, after: Seq },
    #[error("UNANSWERED: {count} commands of tab {tab} have no answer, although all has been quiet")]
    Unanswered { tab: u16, count: usize },
    #[error("ODD: tab {tab}: {what}")]
    Odd { tab: u16, what: String },
}
