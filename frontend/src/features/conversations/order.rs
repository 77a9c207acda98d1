//! The order of the list: by latest activity, and while the user searches, by how well the name matches first.

use std::collections::HashMap;

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    id::ConversationId,
    state::State,
};

use super::summary::{ConversationSummary, peer_of};

/// How well a name matches a query; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// It is the query.
    Exact,
    /// It begins with the query.
    Prefix,
    /// It contains the query.
    Within,
}

impl Rank {
    /// The rank of a name; both are folded. None where it does not match.
    fn of(name: &str, query: &str) -> Option<Self> {
        match name.find(query)? {
            0 if name.len() == query.len() => Some(Self::Exact),
            0 => Some(Self::Prefix),
            _ => Some(Self::Within),
        }
    }
}

/// Names without case, each folded once: the browser's tables do it, and every call of the browser costs time.
pub(crate) struct FoldedNames {
    fold: fn(&str) -> String,
    folded: HashMap<String, String>,
}

impl FoldedNames {
    pub(crate) fn new(fold: fn(&str) -> String) -> Self {
        Self { fold, folded: HashMap::new() }
    }

    /// The rank of a name for a folded query.
    pub(crate) fn rank(&mut self, name: &str, query: &str) -> Option<Rank> {
        if let Some(folded) = self.folded.get(name) {
            return Rank::of(folded, query);
        }
        let folded = (self.fold)(name);
        let rank = Rank::of(&folded, query);
        self.folded.insert(name.to_owned(), folded);
        rank
    }
}

/// The conversations whose name matches a folded query, the best matches first; the whole list for an empty one.
/// `everyone` is what the page calls the conversation of all users, besides its own title.
pub(crate) fn ranked(
    state: &State,
    query: &str,
    everyone: &str,
    names: &mut FoldedNames,
) -> Vec<(ConversationId, Rank)> {
    let list = state.list().into_iter();
    if query.is_empty() {
        return list.map(|conversation| (conversation.id, Rank::Prefix)).collect();
    }
    let mut rank = |conversation: &Conversation| {
        let name = ConversationSummary::name(state, conversation.id);
        let everyone = (conversation.kind == ConversationKind::Broadcast).then_some(everyone);
        let unique = peer_of(state, conversation).map(|peer| peer.name.as_str());
        name.as_deref()
            .into_iter()
            .chain(everyone)
            .chain(unique)
            .filter_map(|name| names.rank(name, query))
            .min()
    };
    let mut found = [Rank::Exact, Rank::Prefix, Rank::Within].map(|rank| (rank, Vec::new()));
    for conversation in list {
        if let Some(rank) = rank(conversation) {
            found[rank as usize].1.push(conversation.id);
        }
    }
    // Equal matches keep the order of the list.
    found.into_iter().flat_map(|(rank, ids)| ids.into_iter().map(move |id| (id, rank))).collect()
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        api::ConversationView,
        id::{Seq, Timestamp, UserId},
        protocol::{Limits, Welcome},
        text::{DisplayName, Title, UserName},
        user::User,
    };

    use super::*;

    /// The latest first: a broadcast and then groups of these titles.
    fn state(titles: &[&str]) -> State {
        let mut conversations: Vec<_> = (2..)
            .zip(titles)
            .map(|(id, title)| Conversation {
                title: Some(Title::new(title).unwrap()),
                ..Conversation::new(ConversationId(id), ConversationKind::Group, Timestamp(1_000 - id))
            })
            .collect();
        conversations.push(Conversation {
            title: Some(Title::new("Everyone").unwrap()),
            ..Conversation::new(ConversationId(1), ConversationKind::Broadcast, Timestamp(1_000))
        });
        let mut state = State::default();
        state.welcome(Welcome {
            you: User::new(UserId(1), UserName::new("123").unwrap()),
            conversations,
            more: None,
            users: Vec::new(),
            presence: Vec::new(),
            group_requests: Vec::new(),
            threads: Vec::new(),
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        });
        state
    }

    fn found(state: &State, query: &str) -> Vec<u64> {
        let mut names = FoldedNames::new(str::to_lowercase);
        ranked(state, &query.trim().to_lowercase(), "所有人", &mut names)
            .into_iter()
            .map(|(id, _)| id.0)
            .collect()
    }

    #[test]
    fn an_exact_name_comes_before_prefixes_and_these_before_the_rest() {
        let state = state(&["Room 456", "4567", "456", "room 456b", "45"]);
        assert_eq!(found(&state, "456"), [4, 3, 2, 5]);
        assert_eq!(found(&state, "ROOM"), [2, 5]);
        assert!(found(&state, "nobody").is_empty());
    }

    #[test]
    fn a_blank_query_finds_all_in_the_order_of_the_list() {
        assert_eq!(found(&state(&["b", "a"]), " "), [1, 2, 3]);
    }

    #[test]
    fn everyone_is_found_in_the_language_of_the_page() {
        let state = state(&["a"]);
        assert_eq!(found(&state, "所有"), [1]);
        assert_eq!(found(&state, "every"), [1]);
    }

    #[test]
    fn people_are_found_by_what_is_shown_and_by_their_names() {
        let display_name = Some(DisplayName::existing("Mei Ling"));
        let mei = User { display_name, ..User::new(UserId(2), UserName::new("lin").unwrap()) };
        let direct = Conversation {
            peer: Some(mei.id),
            head_seq: Seq(1),
            ..Conversation::new(ConversationId(9), ConversationKind::Direct, Timestamp(1))
        };
        let mut state = state(&["a trip"]);
        state.view(ConversationView { conversation: direct, users: vec![mei], presence: Vec::new() });
        for query in ["mei", "ling", "lin"] {
            assert_eq!(found(&state, query), [9], "{query}");
        }
    }

    #[test]
    fn a_name_is_folded_once() {
        thread_local!(static FOLDED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });
        let mut names = FoldedNames::new(|name| {
            FOLDED.set(FOLDED.get() + 1);
            name.to_lowercase()
        });
        let state = state(&["Anna", "Ben"]);
        for query in ["a", "an", "ann"] {
            ranked(&state, query, "所有人", &mut names);
        }
        assert_eq!(FOLDED.get(), 4, "two groups, and Everyone under two names");
    }
}
