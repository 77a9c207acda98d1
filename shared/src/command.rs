//! Commands: what a client asks for in a conversation. The same types are frames of `/ws`, bodies of `/api/v1` and the
//! entries of a client's outbox.
//!
//! To add a command: its content below and a line in [`commands`](crate::commands). The server carries it out in
//! `domain::command`.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{AttachmentId, ClientId, ConversationId, Seq},
    message::is_in_timeline,
};

/// The table of commands: calls a macro with all of them, each with its variant, the type of its content, its name on
/// the wire and the fields of its content.
#[macro_export]
macro_rules! commands {
    ($callback:ident) => {
        $callback! {
            Send, $crate::command::Send, "send";
            AddMembers, $crate::command::AddMembers, "add_members";
            Rename, $crate::command::Rename, "rename";
            Leave, $crate::command::Leave, "leave";
            Join, $crate::command::Join, "join";
            SetTopic, $crate::command::SetTopic, "set_topic";
            Edit, $crate::command::Edit, "edit";
            Delete, $crate::command::Delete, "delete";
            React, $crate::command::React, "react";
            Pin, $crate::command::Pin, "pin";
            RemovePreview, $crate::command::RemovePreview, "remove_preview";
        }
    };
}

/// Posts a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Send {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The text: see [`crate::text::MessageText`] for its limits. May be blank where there are attachments.
    pub text: String,
    /// The message that it replies to, which is quoted with it. In a thread, a message of that thread or its root; otherwise
    /// one that shows in the timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// The root of the thread that it is posted in: a message that is no reply of a thread itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Whether a reply of a thread shows in the timeline, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_in_conversation: bool,
    /// The attachments, in their order: uploads of the sender's own that are complete and in no message yet, each once, at most
    /// [`MAX_ATTACHMENTS`](crate::attachment::MAX_ATTACHMENTS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
}

impl Send {
    /// A message for the timeline that replies to none.
    #[must_use]
    pub fn new(client_id: ClientId, conversation: ConversationId, text: String) -> Self {
        let (reply_to, thread, attachments) = (None, None, Vec::new());
        Self { client_id, conversation, text, reply_to, thread, also_in_conversation: false, attachments }
    }

    /// Whether the message will show in the timeline.
    #[must_use]
    pub fn is_in_timeline(&self) -> bool {
        is_in_timeline(self.thread, self.also_in_conversation)
    }
}

/// Adds users to a group. Those who want to be asked first are invited, and may [`Join`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct AddMembers {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The group; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// Their names, at most [`MAX_MEMBERS_ADDED`]; members are passed over.
    pub users: Vec<String>,
}

/// The most users that one command may add to a group.
pub const MAX_MEMBERS_ADDED: usize = 500;

/// Gives a group another title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Rename {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The group; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The title from now on: see [`crate::text::Title`] for its limits.
    pub title: String,
}

/// Leaves a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Leave {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The group; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
}

/// Joins a group that somebody asked the user to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Join {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The group; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
}

/// Sets a conversation's topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SetTopic {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The topic from now on: see [`crate::text::Topic`] for its limits. A blank one removes it.
    pub topic: String,
}

/// Gives one's own message another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Edit {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The message; over HTTP the path says it.
    #[serde(default)]
    pub target: Seq,
    /// The text from now on: see [`crate::text::MessageText`] for its limits. May be blank where the message has attachments.
    pub text: String,
}

/// Deletes a message: one's own, or as an admin of the conversation anyone's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Delete {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The message; over HTTP the path says it.
    #[serde(default)]
    pub target: Seq,
}

/// Reacts to a message, or withdraws a reaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct React {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The message; over HTTP the path says it.
    #[serde(default)]
    pub target: Seq,
    /// The emoji.
    pub emoji: String,
    /// Whether the reaction is to be there.
    pub on: bool,
}

/// Pins a message, or unpins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Pin {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The message; over HTTP the path says it.
    #[serde(default)]
    pub target: Seq,
    /// Whether the message is to be pinned.
    pub on: bool,
}

/// Removes the preview of a link from one's own message; that of another link stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct RemovePreview {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// The conversation; over HTTP the path says it.
    #[serde(default)]
    pub conversation: ConversationId,
    /// The message; over HTTP the path says it.
    #[serde(default)]
    pub target: Seq,
    /// The link, as the preview has it.
    pub url: String,
}

macro_rules! define_command {
    ($($Command:ident, $Content:path, $name:literal;)*) => {
        /// A command and its content.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
        #[serde(tag = "type")]
        pub enum Command {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $Command($Content),
            )*
        }

        impl Command {
            /// The id that makes a retry harmless.
            #[must_use]
            pub fn client_id(&self) -> ClientId {
                match self {
                    $(Self::$Command(content) => content.client_id,)*
                }
            }

            /// The conversation that it is about.
            #[must_use]
            pub fn conversation(&self) -> ConversationId {
                match self {
                    $(Self::$Command(content) => content.conversation,)*
                }
            }
        }

        $(
            impl From<$Content> for Command {
                fn from(content: $Content) -> Self {
                    Self::$Command(content)
                }
            }
        )*
    };
}
commands!(define_command);
