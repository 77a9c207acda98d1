//! Commands: the data that each needs, and its effect.
//!
//! A backend carries out a batch in one transaction. For each command, in order: it looks for an earlier command of the
//! same id ([`Command::answer_retry`]); loads what [`Command::needs`] names; calls [`Command::decide`]; writes the
//! [`Decision`]. What one command wrote is loaded for the next.

mod add_members;
mod create_group;
mod delete;
mod edit;
mod join;
mod leave;
mod mark_read;
mod mark_unread;
mod mentioned;
mod newcomers;
mod open_direct;
mod pin;
mod post;
mod preview;
mod react;
mod rename;
mod set_topic;

use std::iter;

use confab_shared::{
    api::Access,
    conversation::Conversation,
    event::{Event, EventBody},
    group_request::GroupRequest,
    id::{ClientId, Timestamp},
    user::User,
};
use smallvec::{SmallVec, smallvec};

pub use self::{
    add_members::AddMembers,
    create_group::CreateGroup,
    delete::Delete,
    edit::Edit,
    join::Join,
    leave::Leave,
    mark_read::MarkRead,
    mark_unread::MarkUnread,
    open_direct::OpenDirect,
    pin::Pin,
    post::Post,
    preview::{RemovePreview, ShowPreviews},
    react::React,
    rename::Rename,
    set_topic::SetTopic,
};
use super::{
    audience::Audience,
    decision::{Change, CommandContent, Decision, Loaded, Needs, Outcome, Target},
    earlier::Earlier,
    notification::{CommitNotification, CommittedEvent, NewGroupRequest, StoredEvent},
    refusal::Refusal,
};

/// A command and who gives it.
#[derive(Clone, Debug)]
pub struct Command {
    /// The user who gives it.
    pub actor: User,
    /// Makes a retry harmless; unique per user.
    pub client_id: Option<ClientId>,
    /// When the server took it.
    pub at: Timestamp,
    /// What is asked for.
    pub body: CommandBody,
}

macro_rules! command_bodies {
    ($($Kind:ident $name:literal)*) => {
        /// The kinds of commands.
        #[derive(Clone, Debug)]
        pub enum CommandBody {
            $(
                #[doc = concat!("See [`", stringify!($Kind), "`].")]
                $Kind($Kind),
            )*
        }

        /// The kinds of commands, without their content.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CommandKind {
            $(
                #[doc = concat!("See [`", stringify!($Kind), "`].")]
                $Kind,
            )*
        }

        impl CommandKind {
            /// All kinds, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$Kind),*];

            /// The name of the kind in metrics.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)*
                }
            }
        }

        impl CommandBody {
            /// The kind.
            pub fn kind(&self) -> CommandKind {
                match self {
                    $(Self::$Kind(_) => CommandKind::$Kind,)*
                }
            }

            fn content(&self) -> &dyn CommandContent {
                match self {
                    $(Self::$Kind(content) => content,)*
                }
            }
        }

        $(
            impl From<$Kind> for CommandBody {
                fn from(content: $Kind) -> Self {
                    Self::$Kind(content)
                }
            }
        )*
    };
}

command_bodies! {
    Post "send"
    Edit "edit"
    Delete "delete"
    React "react"
    Pin "pin"
    ShowPreviews "previews"
    RemovePreview "remove_preview"
    AddMembers "add_members"
    Rename "rename"
    Leave "leave"
    Join "join"
    CreateGroup "create_group"
    OpenDirect "open_direct"
    MarkRead "read"
    MarkUnread "unread"
    SetTopic "set_topic"
}

impl CommandBody {
    /// The command, where it names new members, with those asked who want that on a server with this access.
    #[must_use]
    pub fn asking(self, access: Access) -> Self {
        match self {
            Self::AddMembers(add) => add.asking(access).into(),
            Self::CreateGroup(create) => create.asking(access).into(),
            other => other,
        }
    }
}

impl Command {
    /// What is to be loaded for it.
    pub fn needs(&self) -> Needs<'_> {
        self.body.content().needs()
    }

    /// Decides what it does.
    ///
    /// # Errors
    /// [`Refusal`]: it does nothing.
    pub fn decide(&self, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        self.body.content().decide(&self.actor, loaded)
    }

    /// The answer where an earlier command of the same user has the same id: the same answer for the same command, even
    /// where the user has left since.
    ///
    /// # Errors
    /// [`Refusal::IdempotencyConflict`] for another command.
    pub fn answer_retry(&self, earlier: &Earlier) -> Outcome {
        let content = self.body.content();
        let same_conversation =
            || content.needs().target == Target::Conversation(earlier.position.conversation);
        let same = match earlier.event {
            Some(_) => content.made(earlier),
            // A command that changed nothing left no event to compare with.
            None => same_conversation(),
        };
        if same { Ok(earlier.position) } else { Err(Refusal::IdempotencyConflict) }
    }

    /// How many people a command names that makes members of them.
    pub fn named_people(&self) -> usize {
        self.needs().name_keys.len()
    }

    /// About how many bytes it makes a backend write, beyond those of any event.
    pub fn bytes(&self) -> usize {
        self.body.content().bytes()
    }

    /// The event of a decision, next in its conversation.
    pub fn event(&self, conversation: &Conversation, client_id: Option<ClientId>, body: EventBody) -> Event {
        Event {
            conversation: conversation.id,
            seq: conversation.head_seq.next(),
            at: self.at,
            by: self.actor.id,
            client_id,
            body,
        }
    }

    /// What others are notified of once an event of a decision is committed: the event, and the request to those whom it
    /// invites. `users` are those whom it names, `audience` gets it, and the conversation is as it left it.
    pub fn notifications(
        &self,
        stored: StoredEvent,
        users: Vec<User>,
        change: Option<&Change>,
        audience: Audience,
        conversation: &Conversation,
    ) -> impl Iterator<Item = CommitNotification> + use<> {
        let Conversation { id, kind, title, .. } = conversation;
        let requested = match (change, title) {
            (Some(Change::Invite(users)), Some(title)) => {
                let (by, title) = (self.actor.clone(), title.clone());
                let request = GroupRequest { conversation: *id, title, by, at: self.at };
                Some(NewGroupRequest { users: Audience::of(users.iter().copied()), request })
            }
            _ => None,
        };
        let mut named: SmallVec<[User; 1]> = smallvec![self.actor.clone()];
        named.extend(users.into_iter().filter(|user| user.id != self.actor.id));
        let committed = CommittedEvent { stored, users: named, audience, kind: *kind, title: title.clone() };
        let requested = requested.map(CommitNotification::GroupRequest);
        iter::once(CommitNotification::Event(committed)).chain(requested)
    }
}

#[cfg(test)]
mod tests;
