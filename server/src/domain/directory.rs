//! Who may learn the names of whom.

use confab_shared::{api::Access, conversation::ConversationKind, user::ServerRole};

use super::refusal::Refusal;

/// Checks that a member of a conversation may list its members. A guest of the server sees the people of the direct
/// conversations and groups that they are in, and not everybody who has ever come.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list_members(role: ServerRole, kind: ConversationKind) -> Result<(), Refusal> {
    match (kind, role) {
        (ConversationKind::Broadcast, ServerRole::Guest) => Err(Refusal::Forbidden),
        (ConversationKind::Broadcast, ServerRole::Owner | ServerRole::Admin | ServerRole::Member)
        | (ConversationKind::Direct | ConversationKind::Group, _) => Ok(()),
    }
}

/// Whether a user finds others by how their names begin. A guest of a server for accounts finds those whose whole name they
/// know; where anybody may come in, all are guests, and find each other.
pub fn finds_by_prefix(role: ServerRole, access: Access) -> bool {
    role != ServerRole::Guest || access == Access::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_of_a_server_for_accounts_do_not_find_names_that_they_do_not_know() {
        for role in ServerRole::ALL {
            assert!(finds_by_prefix(role, Access::Open), "{role:?}");
            assert_eq!(finds_by_prefix(role, Access::Accounts), role != ServerRole::Guest, "{role:?}");
        }
    }

    #[test]
    fn guests_list_no_conversation_that_everybody_is_in() {
        for role in ServerRole::ALL {
            for kind in [ConversationKind::Direct, ConversationKind::Group, ConversationKind::Broadcast] {
                let refused = role == ServerRole::Guest && kind == ConversationKind::Broadcast;
                let expected = if refused { Err(Refusal::Forbidden) } else { Ok(()) };
                assert_eq!(list_members(role, kind), expected, "{role:?} in {kind:?}");
            }
        }
    }
}
