//! Whose presence a user sees: that of people with whom they share a conversation by choice. Anybody can open a direct
//! conversation with anybody, and many are added to groups unasked, so being a member is no choice, and taking part is.

use confab_shared::{conversation::ConversationKind, id::UserId};

/// A conversation that two users share, and which of them take part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedConversation {
    /// Its kind.
    pub kind: ConversationKind,
    /// Whether the user who asks takes part.
    pub user_takes_part: bool,
    /// Whether the other one does.
    pub other_takes_part: bool,
}

impl SharedConversation {
    /// Whether both share it by choice.
    pub fn by_choice(self) -> bool {
        self.kind != ConversationKind::Broadcast && self.user_takes_part && self.other_takes_part
    }
}

/// Whether a user sees the presence of another one, with whom they share these conversations. Everybody sees their own.
pub fn is_shown(user: UserId, other: UserId, shared: impl IntoIterator<Item = SharedConversation>) -> bool {
    user == other || shared.into_iter().any(SharedConversation::by_choice)
}

/// Whether the author of a message takes part in its conversation from then on.
pub fn authors_take_part(kind: ConversationKind) -> bool {
    // Everybody is in Everyone without having been asked, and what is said there is said to strangers.
    kind != ConversationKind::Broadcast
}

/// Whether the members with whom a conversation begins take part in it: those who make a group. A direct conversation has
/// both members from the beginning, and only one of them wanted it.
pub fn founders_take_part(kind: ConversationKind) -> bool {
    kind == ConversationKind::Group
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_is_shown_where_both_take_part() {
        use ConversationKind::{Broadcast, Direct, Group};
        let (me, other) = (UserId(1), UserId(2));
        for kind in [Direct, Group, Broadcast] {
            for (user_takes_part, other_takes_part) in
                [(false, false), (true, false), (false, true), (true, true)]
            {
                let shared = SharedConversation { kind, user_takes_part, other_takes_part };
                let expected = kind != Broadcast && user_takes_part && other_takes_part;
                assert_eq!(is_shown(me, other, [shared]), expected, "{shared:?}");
            }
        }
        assert!(!is_shown(me, other, None), "strangers");
        assert!(is_shown(me, me, None), "oneself");
    }

    #[test]
    fn one_conversation_by_choice_is_enough() {
        let of = |taking_part| SharedConversation {
            kind: ConversationKind::Direct,
            user_takes_part: true,
            other_takes_part: taking_part,
        };
        assert!(is_shown(UserId(1), UserId(2), [of(false), of(true)]));
    }
}
