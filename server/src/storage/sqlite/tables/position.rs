//! The number that names an event in the whole file: its conversation and its seq.

use confab_shared::id::{ConversationId, Seq};

/// How many bits of a position are the seq.
const SEQ_BITS: u32 = 32;

const SEQ_MASK: u64 = (1 << SEQ_BITS) - 1;

/// The position of an event. One number: a row with an integer key keeps up to a page of text beside it, one with a longer
/// key only a quarter of that. There are at most 2^31 conversations of at most 2^32 events.
pub(in crate::storage::sqlite) fn position(id: ConversationId, seq: Seq) -> u64 {
    id.0.min((1 << (63 - SEQ_BITS)) - 1) << SEQ_BITS | seq.0.min(SEQ_MASK)
}

/// The conversation of a position.
pub(in crate::storage::sqlite) fn conversation_of(position: u64) -> ConversationId {
    ConversationId(position >> SEQ_BITS)
}

/// The seq of a position.
pub(in crate::storage::sqlite) fn seq_of(position: u64) -> Seq {
    Seq(position & SEQ_MASK)
}
