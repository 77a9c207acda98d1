//! The groups that the user was asked to join and has not answered.

use super::State;
use crate::{group_request::GroupRequest, id::ConversationId};

impl State {
    /// The groups that the user was asked to join, the newest request first.
    #[must_use]
    pub fn group_requests(&self) -> &[GroupRequest] {
        &self.group_requests
    }

    /// Takes the signal that somebody asked the user to join a group. Who asks is known from then on, so that a change of them is
    /// taken, too: what holds of them is [`State::user`].
    pub fn group_requested(&mut self, request: GroupRequest) {
        let id = request.conversation;
        // The signal may arrive after the user has joined in another tab.
        if !self.conversations.contains_key(&id) {
            self.group_request_ended(id);
            self.add_users([request.by.clone()]);
            self.group_requests.insert(0, request);
        }
    }

    /// Takes that a request is answered, or is there no more.
    pub fn group_request_ended(&mut self, id: ConversationId) {
        self.group_requests.retain(|request| request.conversation != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{Timestamp, UserId},
        text::{DisplayName, Title, UserName},
        user::User,
    };

    #[test]
    fn a_change_of_who_asks_is_taken() {
        let by = User::new(UserId(9), UserName::new("anna").unwrap());
        let (conversation, title) = (ConversationId(7), Title::new("Trip").unwrap());
        let mut state = State::default();
        state.group_requested(GroupRequest { conversation, title, by: by.clone(), at: Timestamp(5) });
        state.user_changed(User { display_name: Some(DisplayName::existing("Anna B")), ..by });
        assert_eq!(state.user(UserId(9)).map(User::shown_name), Some("Anna B"));
    }
}
