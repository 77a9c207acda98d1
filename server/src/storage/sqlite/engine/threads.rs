//! Moves the positions of members in threads, and has them follow threads or not any more.

use confab_shared::{
    id::{ConversationId, Seq, UserId},
    thread::ThreadState,
};

use super::{target, transaction::Tx};
use crate::storage::{
    sqlite::tables::{conversations, threads},
    threads::ThreadMove,
};

/// Does with a thread what a member asks for. None where the user is no member; none in it where there is no such root, or it is
/// deleted.
pub(in crate::storage::sqlite) fn move_thread(
    tx: &mut Tx<'_, '_>,
    user: UserId,
    (id, seq): (ConversationId, Seq),
    to: ThreadMove,
) -> rusqlite::Result<Option<Option<ThreadState>>> {
    let connection = tx.connection;
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let head = tx.write_buffer.head(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let root = target::quoted(connection, head, seq)?;
    if root.is_none_or(|root| root.thread.is_some() || root.deleted.is_some()) {
        return Ok(Some(None));
    }
    let head_seq = head.conversation.head_seq;
    match to {
        ThreadMove::Read(read) => threads::read(connection, id, seq, user, read.min(head_seq))?,
        ThreadMove::Follow => threads::follow(connection, id, seq, &[user], head_seq)?,
        ThreadMove::Unfollow => threads::unfollow(connection, id, seq, user)?,
    }
    Ok(Some(Some(threads::state(connection, user, (id, seq), head_seq)?)))
}
