//! The table of sections: each with its record and its name.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::record::{
    AttachmentRecord, ConversationRecord, CounterRecord, DraftRecord, EventRecord, GroupRequestRecord,
    InvitationRecord, MemberRecord, MentionRecord, MessageChangeRecord, MessageEventRecord, PinRecord,
    ReactionRecord, SavedMessageRecord, SecondFactorRecord, SessionRecord, SettingsRecord, ThreadDraftRecord,
    ThreadFollowerRecord, ThreadMentionRecord, ThreadRecord, ThreadReplyRecord, UnchangedCommandRecord,
    UserRecord,
};

macro_rules! define_sections {
    ($($Section:ident, $Record:ty, $name:literal;)*) => {
        /// The parts of a storage, in the order in which they are moved: what a record names is in an earlier one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Section {
            $(
                #[doc = $name]
                $Section,
            )*
        }

        impl Section {
            /// All of them, in their order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$Section),*];

            /// A record of the section from JSON.
            ///
            /// # Errors
            /// Where it is none.
            pub fn decode(self, json: &str) -> Result<Record, serde_json::Error> {
                match self {
                    $(Self::$Section => Ok(Record::$Section(serde_json::from_str(json)?)),)*
                }
            }
        }

        impl fmt::Display for Section {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$Section => $name,)* })
            }
        }

        /// A record of a section.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Record {
            $(
                #[doc = $name]
                $Section($Record),
            )*
        }

        impl Record {
            /// Its section.
            pub fn section(&self) -> Section {
                match self { $(Self::$Section(_) => Section::$Section,)* }
            }

            /// It as JSON, the same for the same record.
            ///
            /// # Errors
            /// Never: no record has what JSON cannot have.
            pub fn encode(&self) -> Result<String, serde_json::Error> {
                match self { $(Self::$Section(record) => serde_json::to_string(record),)* }
            }
        }
    };
}

define_sections! {
    Users, UserRecord, "users";
    SecondFactors, SecondFactorRecord, "second factors";
    Sessions, SessionRecord, "sessions";
    Conversations, ConversationRecord, "conversations";
    Members, MemberRecord, "members";
    GroupRequests, GroupRequestRecord, "requests to join";
    Events, EventRecord, "events";
    UnchangedCommands, UnchangedCommandRecord, "commands without an event";
    MessageChanges, MessageChangeRecord, "changed messages";
    Pins, PinRecord, "pins";
    Reactions, ReactionRecord, "reactions";
    MessageEvents, MessageEventRecord, "events of messages";
    Mentions, MentionRecord, "mentions";
    Threads, ThreadRecord, "threads";
    ThreadReplies, ThreadReplyRecord, "replies of threads";
    ThreadFollowers, ThreadFollowerRecord, "followers of threads";
    ThreadMentions, ThreadMentionRecord, "unread mentions in threads";
    Drafts, DraftRecord, "drafts";
    ThreadDrafts, ThreadDraftRecord, "drafts in threads";
    SavedMessages, SavedMessageRecord, "saved messages";
    Attachments, AttachmentRecord, "attachments";
    Invitations, InvitationRecord, "invitations";
    Settings, SettingsRecord, "settings";
    Counters, CounterRecord, "counters";
}
