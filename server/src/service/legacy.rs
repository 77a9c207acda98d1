//! What the demo's dialect needs: conversations by name, and the events that a connection missed.

mod new_names;

use std::time::Instant;

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    error::ErrorCode,
    id::{ConversationId, Seq},
    name_key::name_key,
    text::{Title, UserName},
    user::User,
};

pub use self::new_names::NewNames;
use super::{Service, error::Error};
use crate::{
    clock,
    domain::{
        client_address::ClientAddress,
        command::{Command, OpenDirect},
        listing::ListRange,
        sign_in::UserKind,
    },
    storage::{EventRun, Range},
};

/// How many missed events are read at once: each may have its original frame, and a reader may be slow.
const MISSED: usize = 50;

/// How far a user has read in one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last event that is read.
    pub read_seq: Seq,
    /// The newest event.
    pub head_seq: Seq,
}

/// A conversation, as the demo's dialect names it.
#[derive(Clone, Debug)]
pub struct LegacyConversation {
    /// Its kind.
    pub kind: ConversationKind,
    /// Its title.
    pub title: Option<Title>,
    /// Whether it is a user's notes: what they send there comes back to them.
    pub notes: bool,
}

impl Service {
    /// Finds the conversation of a private frame, and the name of its peer, under which nobody need have come yet.
    ///
    /// # Errors
    /// What the name refuses, where nobody has it; `name_taken` where it looks like somebody else's; `rate_limited`.
    pub async fn private_target(
        &self,
        by: &User,
        to: UserName,
        from: &ClientAddress,
        new_names: &mut NewNames,
    ) -> Result<(ConversationId, UserName), Error> {
        let peer = match self.storage().user(&name_key(to.as_str())).await? {
            Some(known) => known.user,
            None => {
                new_names.count(Instant::now())?;
                self.ensure_user(to, UserKind::Awaited, Some(from)).await?.user
            }
        };
        let body = OpenDirect::new(by.id, peer.id).into();
        let command = Command { actor: by.clone(), client_id: None, at: clock::now(), body };
        Ok((self.execute(command, from).await?.conversation, peer.name))
    }

    /// Finds the group that a frame names.
    ///
    /// # Errors
    /// `unknown_conversation` where the sender is in no such group.
    pub async fn group_target(&self, by: &User, title: &Title) -> Result<ConversationId, Error> {
        self.storage().group_by_title(by.id, title).await?.ok_or_else(|| {
            Error::new(ErrorCode::UnknownConversation, format!("You are in no group called “{title}”."))
        })
    }

    /// Whether a name is a user's own.
    pub fn is_own_name(&self, user: &User, name: &str) -> bool {
        super::accounts::same_name(user.name.as_str(), name)
    }

    /// How far a user has read in each of their conversations, the longest quiet first.
    ///
    /// # Errors
    /// Storage's.
    pub async fn progress(&self, user: &User) -> Result<Vec<Progress>, Error> {
        let (part, _) = self.storage().conversations(user.id, ListRange::All).await?;
        let progress =
            |c: &Conversation| Progress { conversation: c.id, read_seq: c.read_seq, head_seq: c.head_seq };
        Ok(part.conversations.iter().rev().map(progress).collect())
    }

    /// A conversation and a user's read position in it; none where they are no member.
    ///
    /// # Errors
    /// Storage's.
    pub async fn legacy_conversation(
        &self,
        user: &User,
        id: ConversationId,
    ) -> Result<Option<(LegacyConversation, Seq)>, Error> {
        let found = self.storage().conversation(user.id, id).await?;
        Ok(found.map(|(c, _)| {
            (LegacyConversation { kind: c.kind, title: c.title, notes: c.peer == Some(user.id) }, c.read_seq)
        }))
    }

    /// The next events after a seq, and the users whom they name; none where the user is no member.
    ///
    /// # Errors
    /// Storage's.
    pub async fn missed(
        &self,
        user: &User,
        id: ConversationId,
        after: Seq,
    ) -> Result<Option<EventRun>, Error> {
        Ok(self.storage().events(user.id, id, Range::After(after), MISSED).await?)
    }
}
