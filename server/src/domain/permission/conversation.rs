//! Who may do what in a conversation.

use confab_shared::conversation::ConversationKind;

use crate::domain::refusal::Refusal;

/// What a user is in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// No member.
    Outsider,
    /// No member, but asked to become one.
    Invited,
    /// A member.
    Member,
    /// A member who is an admin of the conversation.
    Admin,
}

/// What a user wants to do in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Post a message.
    Post,
    /// Mention all members in a message.
    MentionAll,
    /// Mention those members who are online.
    MentionOnline,
    /// Move one's read position.
    MarkRead,
    /// Change the title.
    Rename,
    /// Add members.
    AddMembers,
    /// Leave.
    Leave,
    /// Become a member.
    Join,
    /// Set the topic.
    SetTopic,
    /// Edit a message.
    Edit {
        /// Whether it is the user's own.
        own: bool,
    },
    /// Delete a message.
    Delete {
        /// Whether it is the user's own.
        own: bool,
    },
    /// React to a message.
    React,
    /// Pin or unpin a message.
    Pin,
}

/// Checks an action.
///
/// # Errors
/// [`Refusal::UnknownConversation`] for outsiders, for whom the conversation is the same as one that does not exist, and whose
/// only action is to join where they were invited;
/// [`Refusal::WrongKind`] where the kind of conversation does not have the action: a pair stays a pair, and every user is
/// in Everyone; [`Refusal::Forbidden`] where the user's role does not have it.
pub fn check(role: Role, kind: ConversationKind, action: Action) -> Result<(), Refusal> {
    use ConversationKind::{Broadcast, Direct, Group};
    match (role, kind, action) {
        (Role::Invited, Group, Action::Join) => Ok(()),
        (Role::Outsider | Role::Invited, _, _) => Err(Refusal::UnknownConversation),
        (_, _, Action::Post | Action::MarkRead | Action::React) => Ok(()),
        (_, _, Action::Edit { own } | Action::Delete { own }) if own => Ok(()),
        // Nobody changes the words of another.
        (_, _, Action::Edit { .. }) => Err(Refusal::Forbidden),
        (Role::Admin, _, Action::Delete { .. }) => Ok(()),
        (Role::Member, _, Action::Delete { .. }) => Err(Refusal::Forbidden),
        // A pair needs no word for all.
        (_, Direct, Action::MentionAll) => Err(Refusal::WrongKind),
        (_, Group, Action::MentionAll) | (Role::Admin, Broadcast, Action::MentionAll) => Ok(()),
        (Role::Member, Broadcast, Action::MentionAll) => Err(Refusal::Forbidden),
        // Everybody is in Everyone, and there nobody sees who is online (`domain::presence`).
        (_, Direct | Broadcast, Action::MentionOnline) => Err(Refusal::WrongKind),
        (_, Group, Action::MentionOnline) => Ok(()),
        (_, Direct | Group, Action::Pin) | (Role::Admin, Broadcast, Action::Pin) => Ok(()),
        (Role::Member, Broadcast, Action::Pin) => Err(Refusal::Forbidden),
        (_, Direct | Group, Action::SetTopic) => Ok(()),
        // In Everyone the topic is set by those who may rename things there.
        (_, Broadcast, Action::SetTopic) => check(role, kind, Action::Rename),
        (_, Group, Action::Rename | Action::AddMembers | Action::Leave | Action::Join) => Ok(()),
        (_, Direct | Broadcast, Action::Rename | Action::AddMembers | Action::Leave | Action::Join) => {
            Err(Refusal::WrongKind)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ConversationKind; 3] =
        [ConversationKind::Direct, ConversationKind::Group, ConversationKind::Broadcast];

    /// What a check answers.
    #[derive(Clone, Copy)]
    enum Answer {
        Yes,
        Kind,
        Role,
    }
    use Answer::{Kind, Role as No, Yes};

    /// The whole table: an action, and what a member and an admin may do in a direct conversation, a group and Everyone.
    const TABLE: [(Action, [Answer; 3], [Answer; 3]); 15] = [
        (Action::Post, [Yes, Yes, Yes], [Yes, Yes, Yes]),
        (Action::MentionAll, [Kind, Yes, No], [Kind, Yes, Yes]),
        (Action::MentionOnline, [Kind, Yes, Kind], [Kind, Yes, Kind]),
        (Action::MarkRead, [Yes, Yes, Yes], [Yes, Yes, Yes]),
        (Action::Rename, [Kind, Yes, Kind], [Kind, Yes, Kind]),
        (Action::AddMembers, [Kind, Yes, Kind], [Kind, Yes, Kind]),
        (Action::Leave, [Kind, Yes, Kind], [Kind, Yes, Kind]),
        (Action::Join, [Kind, Yes, Kind], [Kind, Yes, Kind]),
        (Action::SetTopic, [Yes, Yes, Kind], [Yes, Yes, Kind]),
        (Action::Edit { own: true }, [Yes, Yes, Yes], [Yes, Yes, Yes]),
        (Action::Edit { own: false }, [No, No, No], [No, No, No]),
        (Action::Delete { own: true }, [Yes, Yes, Yes], [Yes, Yes, Yes]),
        (Action::Delete { own: false }, [No, No, No], [Yes, Yes, Yes]),
        (Action::React, [Yes, Yes, Yes], [Yes, Yes, Yes]),
        (Action::Pin, [Yes, Yes, No], [Yes, Yes, Yes]),
    ];

    #[test]
    fn members_do_what_the_kind_of_conversation_and_their_role_have() {
        for (action, member, admin) in TABLE {
            for (role, answers) in [(Role::Member, member), (Role::Admin, admin)] {
                for (kind, answer) in KINDS.into_iter().zip(answers) {
                    let expected = match answer {
                        Yes => Ok(()),
                        Kind => Err(Refusal::WrongKind),
                        No => Err(Refusal::Forbidden),
                    };
                    assert_eq!(check(role, kind, action), expected, "{role:?}: {action:?} in {kind:?}");
                }
            }
        }
    }

    #[test]
    fn outsiders_do_nothing_and_learn_nothing_and_join_where_they_are_asked_to() {
        for (action, ..) in TABLE {
            for kind in KINDS {
                assert_eq!(check(Role::Outsider, kind, action), Err(Refusal::UnknownConversation));
                let joins = kind == ConversationKind::Group && action == Action::Join;
                let expected = if joins { Ok(()) } else { Err(Refusal::UnknownConversation) };
                assert_eq!(check(Role::Invited, kind, action), expected, "{action:?} in {kind:?}");
            }
        }
    }
}
