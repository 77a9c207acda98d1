//! Who may do what in a conversation.

use confab_shared::conversation::ConversationKind;

use super::refusal::Refusal;

/// What a user is in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// No member.
    Outsider,
    /// A member.
    Member,
}

/// What a user wants to do in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Post a message.
    Post,
    /// Move one's read position.
    MarkRead,
    /// Change the title.
    Rename,
    /// Add members.
    AddMembers,
    /// Leave.
    Leave,
    /// Set the topic.
    SetTopic,
}

/// Checks an action.
///
/// # Errors
/// [`Refusal::UnknownConversation`] for outsiders, who cannot tell a conversation from one that does not exist;
/// [`Refusal::WrongKind`] where the kind of conversation does not have the action: a pair stays a pair, and every user is
/// in Everyone.
pub fn check(role: Role, kind: ConversationKind, action: Action) -> Result<(), Refusal> {
    match (role, kind, action) {
        (Role::Outsider, _, _) => Err(Refusal::UnknownConversation),
        (Role::Member, _, Action::Post | Action::MarkRead) => Ok(()),
        (Role::Member, ConversationKind::Direct | ConversationKind::Group, Action::SetTopic) => Ok(()),
        // In Everyone the topic is set by those who may rename things there.
        (Role::Member, ConversationKind::Broadcast, Action::SetTopic) => check(role, kind, Action::Rename),
        (Role::Member, ConversationKind::Group, Action::Rename | Action::AddMembers | Action::Leave) => {
            Ok(())
        }
        (
            Role::Member,
            ConversationKind::Direct | ConversationKind::Broadcast,
            Action::Rename | Action::AddMembers | Action::Leave,
        ) => Err(Refusal::WrongKind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ConversationKind; 3] =
        [ConversationKind::Direct, ConversationKind::Group, ConversationKind::Broadcast];

    /// The whole table: an action, and for a member of a direct conversation, a group and Everyone whether it is allowed.
    const MEMBER: [(Action, [bool; 3]); 6] = [
        (Action::Post, [true, true, true]),
        (Action::MarkRead, [true, true, true]),
        (Action::Rename, [false, true, false]),
        (Action::AddMembers, [false, true, false]),
        (Action::Leave, [false, true, false]),
        (Action::SetTopic, [true, true, false]),
    ];

    #[test]
    fn members_do_what_the_kind_of_conversation_has() {
        for (action, allowed) in MEMBER {
            for (kind, allowed) in KINDS.into_iter().zip(allowed) {
                let expected = if allowed { Ok(()) } else { Err(Refusal::WrongKind) };
                assert_eq!(check(Role::Member, kind, action), expected, "{action:?} in {kind:?}");
            }
        }
    }

    #[test]
    fn outsiders_do_nothing_and_learn_nothing() {
        for (action, _) in MEMBER {
            for kind in KINDS {
                assert_eq!(check(Role::Outsider, kind, action), Err(Refusal::UnknownConversation));
            }
        }
    }
}
