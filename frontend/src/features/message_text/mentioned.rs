//! Whom a text mentions.

use std::collections::BTreeSet;

use confab_shared::{
    conversation::{ConversationKind, MemberRole},
    id::UserId,
    item::Item,
    markdown::mentioned_by_name,
    mentions::{ALL, HERE},
    state::State,
};
use js_sys::JsString;

use crate::state::Scope;

/// Users by the keys of their names.
pub(super) type People = Vec<(String, UserId)>;

/// Those of some users whose names are known.
pub(super) fn people(state: &State, users: &[UserId]) -> People {
    let known = users.iter().filter_map(|id| state.user(*id));
    let word = |id: &UserId| match *id {
        UserId::ALL => Some(ALL),
        UserId::HERE => Some(HERE),
        _ => None,
    };
    let words = users.iter().filter_map(|id| Some((word(id)?.to_owned(), *id)));
    known.map(|user| (key(user.name.as_str()), user.id)).chain(words).collect()
}

/// Which of them a sign in a text mentions: see [`Mentioned`](confab_shared::markdown::Mentioned).
pub(super) fn find(people: &People, text: &str, at: usize, sign_len: usize) -> Option<(usize, UserId)> {
    mentioned_by_name(people, &key, (text, at, sign_len))
}

/// The key of a name. The browser has the tables of Unicode that `name_key` would bring along.
fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let bare: String = name.chars().filter(|c| !matches!(c, '\u{200c}' | '\u{200d}')).collect();
    let normal = |text: JsString| text.normalize("NFKC");
    normal(normal(bare.into()).to_lower_case()).into()
}

/// Whom an unsent message may mention, as far as the page knows: the other user and those who wrote. The server decides.
pub(crate) fn known_people(state: &State, scope: Scope) -> Vec<UserId> {
    let peer = state.conversation(scope.id).and_then(|conversation| conversation.peer);
    let conversation = state.timeline(scope.id);
    let thread = scope.thread.and_then(|_| scope.timeline(state));
    let authors = conversation.into_iter().chain(thread).flat_map(|timeline| timeline.items());
    let authors = authors.filter_map(Item::message).map(|message| message.by);
    let me = state.me().map(|me| me.id);
    let everyone = may_mention_all(state, scope).then_some(UserId::ALL);
    let here = may_mention_online(state, scope).then_some(UserId::HERE);
    let all: BTreeSet<UserId> =
        authors.chain(peer).chain(everyone).chain(here).filter(|user| Some(*user) != me).collect();
    all.into_iter().collect()
}

/// Whether the user may mention all members: the server's rule, so that nothing is offered that is then only text.
pub(crate) fn may_mention_all(state: &State, scope: Scope) -> bool {
    state.conversation(scope.id).is_some_and(|conversation| match conversation.kind {
        _ if scope.thread.is_some() => false,
        ConversationKind::Direct => false,
        ConversationKind::Group => true,
        ConversationKind::Broadcast => conversation.role == MemberRole::Admin,
    })
}

/// Whether the user may mention those members who are online.
pub(crate) fn may_mention_online(state: &State, scope: Scope) -> bool {
    let kind = state.conversation(scope.id).map(|conversation| conversation.kind);
    scope.thread.is_none() && kind == Some(ConversationKind::Group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_of_those_mentioned_is_found() {
        let people = vec![("bob".to_owned(), UserId(1)), ("bobby".to_owned(), UserId(2))];
        assert_eq!(find(&people, "@Bobby", 0, 1), Some((5, UserId(2))));
        assert_eq!(find(&people, "hi @bob!", 3, 1), Some((3, UserId(1))));
        assert_eq!(find(&people, "@bobcat", 0, 1), None);
    }
}
