//! The groups that the user was asked to join and has not answered.

use super::State;
use crate::{group_request::GroupRequest, id::ConversationId};

impl State {
    /// The groups that the user was asked to join, the newest request first.
    #[must_use]
    pub fn group_requests(&self) -> &[GroupRequest] {
        &self.group_requests
    }

    /// Takes the signal that somebody asked the user to join a group.
    pub fn group_requested(&mut self, request: GroupRequest) {
        let id = request.conversation;
        // The signal may arrive after the user has joined in another tab.
        if !self.conversations.contains_key(&id) {
            self.group_request_ended(id);
            self.group_requests.insert(0, request);
        }
    }

    /// Takes that a request is answered, or is there no more.
    pub fn group_request_ended(&mut self, id: ConversationId) {
        self.group_requests.retain(|request| request.conversation != id);
    }
}
