//! What the list shows from top to bottom, conversations, then people and at last the search of messages, and the place of the
//! keyboard in it.

use confab_shared::{
    id::{ConversationId, UserId},
    user::User,
};
use leptos::prelude::*;

use super::order::{FoldedNames, Rank, ranked};
use crate::{
    features::people::{SearchResults, search_people},
    i18n::{
        Language,
        collation::{self, fold},
        td_string, use_language,
    },
    route::{Location, use_route},
    state::Chat,
    ui::reactive::{effect, memo},
};

/// An entry of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    Conversation(ConversationId),
    /// A user with whom there is no conversation.
    Person(UserId),
    /// What is typed, in messages.
    Messages,
}

impl Hit {
    /// The id of its element in the document.
    pub(crate) fn element_id(self) -> String {
        match self {
            Self::Conversation(id) => format!("conversation-{id}"),
            Self::Person(id) => format!("person-{id}"),
            Self::Messages => "search-0".to_owned(),
        }
    }
}

/// A key that moves through the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Up,
    Down,
    First,
    Last,
}

impl Step {
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            _ => None,
        }
    }

    /// Where it leads in a list of `count` entries; none beyond its ends.
    pub(crate) fn from(self, index: Option<usize>, count: usize) -> Option<usize> {
        let index = match (self, index) {
            (Self::First, _) | (Self::Down, None) => 0,
            (Self::Last, _) | (Self::Up, None) => count.checked_sub(1)?,
            (Self::Up, Some(index)) => index.checked_sub(1)?,
            (Self::Down, Some(index)) => index + 1,
        };
        (index < count).then_some(index)
    }
}

/// The entries of the list. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Hits {
    /// What the user searches for.
    pub(crate) query: RwSignal<String>,
    /// Whether the user searches.
    pub(crate) searching: Memo<bool>,
    pub(crate) conversations: Memo<Vec<ConversationId>>,
    /// Users whom the search found and with whom there is no conversation.
    pub(crate) people: Memo<Vec<User>>,
    /// Whether the server's answer to the query has arrived.
    pub(crate) answered: Memo<bool>,
    /// The entry that Tab reaches and, while the user searches, that Enter opens.
    pub(crate) current: Memo<Option<Hit>>,
    /// Whether the query is the name of a conversation.
    exact: Memo<bool>,
    /// The entry to which the user moved.
    chosen: RwSignal<Option<Hit>>,
}

impl Hits {
    pub(crate) fn new(chat: Chat) -> Self {
        let (lang, route) = (use_language(), use_route());
        let query = RwSignal::new(String::new());
        let chosen = RwSignal::new(None);
        let names = StoredValue::new(FoldedNames::new(fold));
        let folded_query = memo(move || query.with(|query| fold(query.trim())));
        let searching = memo(move || folded_query.with(|query| !query.is_empty()));
        // While the names are locked, no memo is read: it might lock them, too.
        let ranked = memo(move || {
            let (query, everyone) = (folded_query.get(), td_string!(lang.get(), conversation.everyone));
            let ranked =
                |names: &mut FoldedNames| chat.state.with(|state| ranked(state, &query, everyone, names));
            names.try_update_value(ranked).unwrap_or_default()
        });
        let conversations =
            memo(move || ranked.with(|found| found.iter().map(|(id, _)| *id).collect::<Vec<_>>()));
        let best = move || ranked.with(|found| found.first().copied());
        let results = search_people(query);
        let people = memo(move || strangers(chat, results, lang));
        let answered = memo(move || {
            results.answered.with(|answered| query.with(|query| answered.as_deref() == Some(query.trim())))
        });
        effect(move || {
            query.track();
            chosen.set(None);
        });
        let exists = move |hit: &Hit| match hit {
            Hit::Conversation(id) => conversations.with(|all| all.contains(id)),
            Hit::Person(id) => people.with(|people| people.iter().any(|user| user.id == *id)),
            Hit::Messages => searching.get(),
        };
        let current = memo(move || {
            if let Some(chosen) = chosen.get().filter(exists) {
                return Some(chosen);
            }
            if searching.get() {
                let (query, users) = (folded_query.get(), people.get());
                let best_of = |names: &mut FoldedNames| {
                    let rank = |user: &User| {
                        let of = [user.name.as_str(), user.shown_name()].map(|name| names.rank(name, &query));
                        of.into_iter().flatten().min().unwrap_or(Rank::Within)
                    };
                    users.iter().map(|user| user.id).zip(users.iter().map(rank)).min_by_key(|(_, rank)| *rank)
                };
                let person = names.try_update_value(best_of).flatten();
                return match (best(), person) {
                    (Some((_, of_conversation)), Some((id, rank))) if rank < of_conversation => {
                        Some(Hit::Person(id))
                    }
                    (Some((id, _)), _) => Some(Hit::Conversation(id)),
                    (None, person) => Some(person.map_or(Hit::Messages, |(id, _)| Hit::Person(id))),
                };
            }
            let open = match route.location() {
                Location::Conversation(id) => Some(Hit::Conversation(id)).filter(exists),
                _ => None,
            };
            open.or_else(|| conversations.with(|all| all.first().copied().map(Hit::Conversation)))
        });
        let exact = memo(move || best().is_some_and(|(_, rank)| rank == Rank::Exact));
        Self { query, searching, conversations, people, answered, current, exact, chosen }
    }

    /// The keyboard is at an entry.
    pub(crate) fn choose(self, hit: Hit) {
        if self.chosen.get_untracked() != Some(hit) {
            self.chosen.set(Some(hit));
        }
    }

    /// The entry to which a key leads from the current one; none beyond the ends of the list.
    pub(crate) fn step(self, step: Step) -> Option<Hit> {
        let conversations = self.conversations.with_untracked(Vec::len);
        let people = self.people.with_untracked(Vec::len);
        let messages = usize::from(self.searching.get_untracked());
        let index = self.current.get_untracked().and_then(|current| self.index(current));
        let next = step.from(index, conversations + people + messages)?;
        Some(match next.checked_sub(conversations) {
            None => Hit::Conversation(self.conversations.with_untracked(|all| all[next])),
            Some(next) if next == people => Hit::Messages,
            Some(next) => Hit::Person(self.people.with_untracked(|people| people[next].id)),
        })
    }

    /// The place of an entry, counted over conversations, people and the search of messages.
    fn index(self, hit: Hit) -> Option<usize> {
        let conversations = self.conversations.with_untracked(Vec::len);
        match hit {
            Hit::Conversation(id) => {
                self.conversations.with_untracked(|all| all.iter().position(|other| *other == id))
            }
            Hit::Person(id) => {
                let index = self.people.with_untracked(|people| people.iter().position(|user| user.id == id));
                index.map(|index| conversations + index)
            }
            Hit::Messages => Some(conversations + self.people.with_untracked(Vec::len)),
        }
    }

    /// The entry that Enter in the field of the search opens; none while the server's answer may bring a better one.
    pub(crate) fn to_open(self) -> Option<Hit> {
        let settled = self.chosen.get().is_some() || self.exact.get() || self.answered.get();
        self.current.get().filter(|_| settled && self.searching.get())
    }
}

/// The users whom the search found, without those whose conversations the list has.
fn strangers(chat: Chat, results: SearchResults, lang: Language) -> Vec<User> {
    if results.users.with(Vec::is_empty) {
        return Vec::new();
    }
    let users = results.users.with(|users| collation::sort_by_name(lang.get(), users));
    chat.state.with(|state| {
        let listed: Vec<_> = state.list().into_iter().filter_map(|conversation| conversation.peer).collect();
        users.into_iter().filter(|user| !listed.contains(&user.id)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_through_the_list_and_not_beyond_its_ends() {
        assert_eq!(Step::Down.from(Some(0), 3), Some(1));
        assert_eq!(Step::Down.from(Some(2), 3), None);
        assert_eq!(Step::Up.from(Some(0), 3), None);
        assert_eq!(Step::First.from(Some(2), 3), Some(0));
        assert_eq!(Step::Last.from(None, 3), Some(2));
        for step in [Step::Up, Step::Down, Step::First, Step::Last] {
            assert_eq!(step.from(None, 0), None);
        }
    }
}
