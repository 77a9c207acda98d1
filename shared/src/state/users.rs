//! The users whom frames and answers have named, as they are now. A welcome and the signal that a user changed come from
//! storage, in its order, and always count. An event, a typing signal or an answer may be older than what is known when it
//! arrives: the name in it was read before it waited in a queue. So these name only users whom nothing has named since the
//! last welcome. A signal that is lost is made up for by the next welcome, after which all that it does not name is doubtful.
//!
//! One case is left: a user who changed just before a welcome that does not name them, and whom an event from before the
//! change names after it. Then the old name stays until the next signal or welcome.

use super::State;
use crate::{id::UserId, protocol::Welcome, user::User};

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

    /// Takes users whom an event or an answer named: those whom nothing has named since the last welcome.
    pub fn add_users(&mut self, users: impl IntoIterator<Item = User>) {
        for user in users {
            if !self.named_users.contains(&user.id) {
                self.set_user(user);
            }
        }
    }

    /// Takes the signal that a user changed. One whom nothing here names yet is kept, too: an event from before the change
    /// may name them later.
    pub fn user_changed(&mut self, user: User) {
        self.set_user(user);
    }

    /// Takes the users of a welcome. Those whom it does not name may have changed unseen.
    pub(super) fn welcome_users(&mut self, welcome: &mut Welcome) {
        self.named_users.clear();
        for user in std::mem::take(&mut welcome.users) {
            self.set_user(user);
        }
        self.set_user(welcome.you.clone());
    }

    fn set_user(&mut self, user: User) {
        self.named_users.insert(user.id);
        if self.users.get(&user.id) == Some(&user) {
            return;
        }
        self.name_changes += 1;
        if let Some(me) = self.me.as_mut().filter(|me| me.id == user.id) {
            me.clone_from(&user);
        }
        self.users.insert(user.id, user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Event, EventBody, Left},
        id::{ConversationId, Seq, Timestamp},
        protocol::{EventFrame, Limits, Welcome},
        text::{DisplayName, UserName},
    };

    fn user(id: u64, display_name: Option<&str>) -> User {
        let name = UserName::new(&format!("user{id}")).unwrap();
        User { display_name: display_name.map(DisplayName::existing), ..User::new(UserId(id), name) }
    }

    fn shown(state: &State, id: u64) -> Option<&str> {
        state.user(UserId(id)).map(User::shown_name)
    }

    fn welcome(users: Vec<User>) -> Welcome {
        Welcome {
            you: user(1, None),
            conversations: Vec::new(),
            more: None,
            users,
            presence: Vec::new(),
            group_requests: Vec::new(),
            threads: Vec::new(),
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        }
    }

    fn state() -> State {
        let mut state = State::default();
        state.welcome(welcome(vec![user(2, Some("Mei"))]));
        state
    }

    /// An event that names a user.
    fn event(user: User) -> EventFrame {
        let event = Event {
            conversation: ConversationId(7),
            seq: Seq(1),
            at: Timestamp(0),
            by: user.id,
            client_id: None,
            body: EventBody::Left(Left {}),
        };
        EventFrame { event, users: vec![user] }
    }

    #[test]
    fn a_signal_counts_and_what_waited_behind_it_does_not() {
        let mut state = state();
        assert_eq!(shown(&state, 2), Some("Mei"));
        let before = state.name_changes();
        state.user_changed(user(2, Some("Mei")));
        assert_eq!(state.name_changes(), before);
        state.user_changed(user(2, Some("Mei Ling")));
        assert_ne!(state.name_changes(), before);
        state.event(event(user(2, Some("Mei"))));
        state.typed(ConversationId(7), user(2, Some("Mei")), Timestamp(0));
        state.add_users([user(2, Some("Mei"))]);
        assert_eq!(shown(&state, 2), Some("Mei Ling"));
        state.user_changed(user(2, None));
        assert_eq!(shown(&state, 2), Some("user2"), "it was removed");
    }

    #[test]
    fn an_event_of_before_the_signal_does_not_name_who_was_unknown() {
        let mut state = state();
        state.user_changed(user(3, Some("Zoe B")));
        state.event(event(user(3, Some("Zoe A"))));
        assert_eq!(shown(&state, 3), Some("Zoe B"));
        state.event(event(user(4, Some("Ada"))));
        assert_eq!(shown(&state, 4), Some("Ada"), "nothing else named her");
    }

    #[test]
    fn after_a_welcome_all_that_it_does_not_name_is_doubtful() {
        let mut state = state();
        state.user_changed(user(3, Some("Zoe")));
        state.welcome(welcome(vec![user(2, Some("Ms Ling"))]));
        assert_eq!((shown(&state, 2), shown(&state, 3)), (Some("Ms Ling"), Some("Zoe")));
        state.add_users([user(2, Some("Mei")), user(3, Some("Zoe B"))]);
        assert_eq!((shown(&state, 2), shown(&state, 3)), (Some("Ms Ling"), Some("Zoe B")));
        state.add_users([user(3, Some("Zoe"))]);
        assert_eq!(shown(&state, 3), Some("Zoe B"));
    }

    #[test]
    fn ones_own_change_is_seen_at_once() {
        let mut state = state();
        state.user_changed(user(1, Some("Me")));
        assert_eq!(state.me().map(User::shown_name), Some("Me"));
        assert_eq!(shown(&state, 1), Some("Me"));
    }
}
