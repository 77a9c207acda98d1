//! The subjects of the bus. Their version changes only with what an older server could not ignore.

use confab_shared::id::{ConversationId, UserId};

/// The subjects below one prefix: servers of another database on the same bus have another one.
#[derive(Clone, Debug)]
pub(super) struct Subjects(String);

impl Subjects {
    pub(super) fn new(prefix: &str) -> Self {
        Self(format!("{prefix}.v1"))
    }

    /// The events of a group, and signals to its members.
    pub(super) fn conversation(&self, id: ConversationId) -> String {
        format!("{}.conversation.{id}", self.0)
    }

    /// The events of a user's direct conversations, those by which they come into groups, and signals to the user.
    pub(super) fn user(&self, id: UserId) -> String {
        format!("{}.user.{id}", self.0)
    }

    /// The events of Everyone, and signals to everybody.
    pub(super) fn everyone(&self) -> String {
        format!("{}.everyone", self.0)
    }

    /// The heartbeats of all nodes, and their messages to each other.
    pub(super) fn nodes(&self) -> String {
        format!("{}.nodes", self.0)
    }

    /// A subject to which nobody is subscribed.
    pub(super) fn nobody(&self) -> String {
        format!("{}.nobody", self.0)
    }

    /// Answers to the requests of a node are below it.
    pub(super) fn inbox(&self) -> String {
        format!("{}.inbox", self.0)
    }
}
