//! The colours of the people of a group: each has their own as long as there are enough.

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, UserId},
    state::State,
    user::User,
};
use leptos::prelude::*;

use crate::{
    state::Chat,
    ui::{
        initials::{HUES, hue},
        reactive::memo,
    },
};

/// The hues of the people of the conversation that the views below show.
#[derive(Clone, Copy)]
pub(crate) struct AuthorHues {
    hues: Memo<Vec<(UserId, u32)>>,
    members: RwSignal<Vec<User>>,
}

impl AuthorHues {
    /// Provides the hues of a conversation to the views below.
    pub(crate) fn provide(chat: Chat, id: ConversationId) {
        let members = RwSignal::new(Vec::new());
        // Authors whose messages are no longer cached are kept, so that nobody changes colour while one scrolls.
        let authors = Memo::new(move |seen: Option<&Vec<UserId>>| {
            let seen = seen.cloned().unwrap_or_default();
            chat.state.with(|state| authors(state, id, seen))
        });
        let hues = memo(move || {
            authors.with(|authors| {
                members.with(|members| chat.state.with(|state| hues(state, authors, members)))
            })
        });
        provide_context(Self { hues, members });
    }

    /// Takes the members as they were fetched: those who have not written get the hues that are left.
    pub(crate) fn set_members(self, members: Vec<User>) {
        self.members.try_set(members);
    }

    /// The hue of a user of a name, 1 to [`HUES`]: for `hue-N` and `ink-N` of the style sheet.
    pub(crate) fn of(self, user: UserId, name: &str) -> Signal<u32> {
        let own = hue(name);
        Signal::derive(move || {
            let given =
                |hues: &Vec<(UserId, u32)>| hues.iter().find(|(id, _)| *id == user).map(|(_, hue)| *hue);
            self.hues.with(given).unwrap_or(own)
        })
    }
}

/// The hues of the conversation that the views above show.
pub(crate) fn use_author_hues() -> AuthorHues {
    expect_context()
}

/// The authors of a group, by id: those seen before and those who are cached. None of a direct conversation, where both
/// have the hues of their names.
fn authors(state: &State, id: ConversationId, seen: Vec<UserId>) -> Vec<UserId> {
    let mut authors = seen;
    if state.conversation(id).is_none_or(|conversation| conversation.kind == ConversationKind::Direct) {
        return authors;
    }
    let thread = state.thread_timeline().filter(|_| state.open_conversation() == Some(id));
    let items = state.timeline(id).into_iter().chain(thread).flat_map(|timeline| timeline.items());
    for message in items.filter_map(|item| item.message()) {
        if let Err(index) = authors.binary_search(&message.by) {
            authors.insert(index, message.by);
        }
    }
    authors
}

/// The hues of a group's authors, and then of its other members. Nobody's hue depends on who looks or who wrote first: of
/// two authors with the same hue, the user with the lower id keeps it.
fn hues(state: &State, authors: &[UserId], members: &[User]) -> Vec<(UserId, u32)> {
    let authors = authors.iter().filter_map(|author| state.user(*author));
    distinct(authors.chain(members).map(|user| (user.id, hue(user.name.as_str()))))
}

/// Gives each user the preferred hue, or the next one that is free. Once none is, the others have the hues of their names.
fn distinct(users: impl Iterator<Item = (UserId, u32)>) -> Vec<(UserId, u32)> {
    let mut hues: Vec<(UserId, u32)> = Vec::new();
    for (user, preferred) in users {
        let mut next = (0..HUES).map(|step| (preferred - 1 + step) % HUES + 1);
        let Some(free) = next.find(|hue| hues.iter().all(|(_, taken)| taken != hue)) else { break };
        if hues.iter().all(|(known, _)| *known != user) {
            hues.push((user, free));
        }
    }
    hues
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hues_of(users: &[(u64, u32)]) -> Vec<u32> {
        let hues = distinct(users.iter().map(|(id, hue)| (UserId(*id), *hue)));
        let hue = |id| hues.iter().find(|(user, _)| *user == UserId(id)).map_or(0, |(_, hue)| *hue);
        users.iter().map(|(id, _)| hue(*id)).collect()
    }

    #[test]
    fn users_keep_the_hues_of_their_names_where_these_differ() {
        assert_eq!(hues_of(&[(1, 4), (2, 9), (3, 1)]), [4, 9, 1]);
    }

    #[test]
    fn hues_differ_as_long_as_there_are_free_ones() {
        assert_eq!(hues_of(&[(1, 9), (2, 9), (3, 1)]), [9, 1, 2]);
        let many: Vec<_> = (1..=u64::from(HUES)).map(|id| (id, 5)).collect();
        let mut hues = hues_of(&many);
        hues.sort_unstable();
        assert_eq!(hues, (1..=HUES).collect::<Vec<_>>());
    }

    #[test]
    fn users_beyond_the_number_of_hues_have_those_of_their_names() {
        let many: Vec<_> = (1..=u64::from(HUES) + 2).map(|id| (id, 5)).collect();
        assert_eq!(hues_of(&many)[HUES as usize..], [0, 0], "none are given");
    }

    #[test]
    fn a_user_who_comes_twice_has_one_hue() {
        assert_eq!(hues_of(&[(1, 3), (1, 3), (2, 4)]), [3, 3, 4]);
    }
}
