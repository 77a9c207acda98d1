//! The users whom frames and answers have named. What was said last of a user counts.

use super::State;
use crate::{id::UserId, user::User};

impl State {
    /// A user by id, where a frame has named them.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// A number that grows whenever somebody becomes known, or known by another name: for views of names, which nothing else
    /// of the state changes.
    #[must_use]
    pub fn name_changes(&self) -> u64 {
        self.name_changes
    }

    /// Takes users whom an answer named.
    pub fn add_users(&mut self, users: impl IntoIterator<Item = User>) {
        for user in users {
            if self.users.get(&user.id) == Some(&user) {
                continue;
            }
            self.name_changes += 1;
            if let Some(me) = self.me.as_mut().filter(|me| me.id == user.id) {
                me.clone_from(&user);
            }
            self.users.insert(user.id, user);
        }
    }

    /// Takes the signal that a user changed. One whom nothing here names is not kept: the signal goes to many.
    pub fn user_changed(&mut self, user: User) {
        if self.users.contains_key(&user.id) {
            self.add_users([user]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Event, EventBody, Left},
        id::{ConversationId, Seq, Timestamp},
        protocol::{EventFrame, Welcome},
        text::{DisplayName, UserName},
    };

    fn user(id: u64, display_name: Option<&str>) -> User {
        let name = UserName::new(&format!("user{id}")).unwrap();
        User { display_name: display_name.map(DisplayName::existing), ..User::new(UserId(id), name) }
    }

    fn shown(state: &State, id: u64) -> Option<&str> {
        state.user(UserId(id)).map(User::shown_name)
    }

    fn state() -> State {
        let mut state = State::default();
        state.welcome(Welcome {
            you: user(1, None),
            conversations: Vec::new(),
            more: None,
            users: vec![user(2, Some("Mei"))],
            presence: Vec::new(),
            group_requests: Vec::new(),
            time: Timestamp(0),
        });
        state
    }

    #[test]
    fn the_newest_of_a_user_counts_wherever_it_comes_from() {
        let mut state = state();
        assert_eq!(shown(&state, 2), Some("Mei"));
        let before = state.name_changes();
        state.user_changed(user(2, Some("Mei")));
        assert_eq!(state.name_changes(), before);
        state.user_changed(user(2, Some("Mei Ling")));
        assert_ne!(state.name_changes(), before);
        assert_eq!(shown(&state, 2), Some("Mei Ling"));
        let event = Event {
            conversation: ConversationId(7),
            seq: Seq(1),
            at: Timestamp(0),
            by: UserId(2),
            client_id: None,
            body: EventBody::Left(Left {}),
        };
        state.event(EventFrame { event, users: vec![user(2, Some("Ms Ling"))] });
        assert_eq!(shown(&state, 2), Some("Ms Ling"));
        state.typed(ConversationId(7), user(2, Some("Mei")), Timestamp(0));
        assert_eq!(shown(&state, 2), Some("Mei"));
        state.user_changed(user(2, None));
        assert_eq!(shown(&state, 2), Some("user2"), "it was removed");
    }

    #[test]
    fn ones_own_change_is_seen_at_once() {
        let mut state = state();
        state.user_changed(user(1, Some("Me")));
        assert_eq!(state.me().map(User::shown_name), Some("Me"));
        assert_eq!(shown(&state, 1), Some("Me"));
    }

    #[test]
    fn a_user_whom_nothing_names_is_not_kept() {
        let mut state = state();
        state.user_changed(user(3, Some("Stranger")));
        assert_eq!(state.user(UserId(3)), None);
    }
}
