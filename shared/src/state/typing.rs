//! The members who are typing: a signal that expires.

use crate::{
    id::{Timestamp, UserId},
    protocol::TYPING_MILLIS,
};

/// The members who are writing in one conversation, and until when that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypingUsers(Vec<(UserId, Timestamp)>);

impl TypingUsers {
    /// The members who are writing now, the first to begin first.
    #[must_use]
    pub fn now(&self, now: Timestamp) -> Vec<UserId> {
        self.0.iter().filter(|(_, until)| *until > now).map(|(user, _)| *user).collect()
    }

    pub(super) fn typed(&mut self, user: UserId, now: Timestamp) {
        self.0.retain(|(_, until)| *until > now);
        let until = Timestamp(now.0 + TYPING_MILLIS);
        match self.0.iter_mut().find(|(known, _)| *known == user) {
            Some(entry) => entry.1 = until,
            None => self.0.push((user, until)),
        }
    }

    pub(super) fn stop(&mut self, user: UserId) {
        self.0.retain(|(known, _)| *known != user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::ConversationView,
        conversation::{Conversation, ConversationKind, LastMessage},
        id::{ConversationId, Seq},
        protocol::{Limits, Welcome},
        state::State,
        text::UserName,
        user::User,
    };

    fn user(id: u64, name: &str) -> User {
        User::new(UserId(id), UserName::new(name).unwrap())
    }

    #[test]
    fn fades_unless_said_again() {
        let mut users = TypingUsers::default();
        users.typed(UserId(2), Timestamp(0));
        users.typed(UserId(3), Timestamp(1_000));
        users.typed(UserId(2), Timestamp(2_000));
        assert_eq!(users.now(Timestamp(TYPING_MILLIS + 500)), [UserId(2), UserId(3)]);
        assert_eq!(users.now(Timestamp(TYPING_MILLIS + 1_500)), [UserId(2)]);
        assert_eq!(users.now(Timestamp(TYPING_MILLIS + 2_000)), []);
    }

    #[test]
    fn ends_with_the_message_that_begins_a_conversation() {
        let (me, mei, id) = (user(1, "123"), user(2, "mei"), ConversationId(7));
        let mut state = State::default();
        state.welcome(Welcome {
            you: me.clone(),
            conversations: Vec::new(),
            more: None,
            users: Vec::new(),
            presence: Vec::new(),
            group_requests: Vec::new(),
            threads: Vec::new(),
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        });
        state.typed(id, mei.clone(), Timestamp(10));
        assert_eq!(state.typing(id, Timestamp(20)), [mei.id]);
        let conversation = Conversation {
            peer: Some(mei.id),
            member_count: 2,
            head_seq: Seq(1),
            message_count: 1,
            peers_read_seq: Seq(1),
            last_message: Some(LastMessage::new(Seq(1), mei.id, Timestamp(15), "hello")),
            ..Conversation::new(id, ConversationKind::Direct, Timestamp(15))
        };
        state.view(ConversationView { conversation, users: vec![me, mei], presence: Vec::new() });
        assert_eq!(state.typing(id, Timestamp(20)), []);
    }
}
