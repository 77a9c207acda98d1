//! Who may do what. Pure: everything it needs is in its arguments.
//!
//! That only members act in a conversation is not decided here but in the store, in the transaction that writes: a
//! check before it could be out of date.

use confab_shared::{api::Access, conversation::ConversationKind, error::ErrorCode};

/// What somebody wants to do with a conversation that they are in, other than talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Give it another title.
    Rename,
    /// Add people.
    AddMembers,
    /// Go.
    Leave,
}

/// Whether a member may do it.
///
/// # Errors
/// [`ErrorCode::WrongKind`]: only groups change; a pair stays a pair, and everybody is in Everyone.
pub fn may(kind: ConversationKind, action: Action) -> Result<(), ErrorCode> {
    match (kind, action) {
        (ConversationKind::Group, Action::Rename | Action::AddMembers | Action::Leave) => Ok(()),
        (ConversationKind::Direct | ConversationKind::Broadcast, _) => Err(ErrorCode::WrongKind),
    }
}

/// Whether somebody without an account may come in.
///
/// # Errors
/// [`ErrorCode::AccountsOnly`].
pub fn may_come_as_guest(access: Access) -> Result<(), ErrorCode> {
    match access {
        Access::Open => Ok(()),
        Access::Accounts => Err(ErrorCode::AccountsOnly),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_change() {
        for action in [Action::Rename, Action::AddMembers, Action::Leave] {
            assert!(may(ConversationKind::Group, action).is_ok());
            assert_eq!(may(ConversationKind::Direct, action), Err(ErrorCode::WrongKind));
            assert_eq!(may(ConversationKind::Broadcast, action), Err(ErrorCode::WrongKind));
        }
    }

    #[test]
    fn guests_come_only_where_it_is_open() {
        assert!(may_come_as_guest(Access::Open).is_ok());
        assert_eq!(may_come_as_guest(Access::Accounts), Err(ErrorCode::AccountsOnly));
    }
}
