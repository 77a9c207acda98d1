//! Who may sign in under a name.

use confab_shared::{api::Access, error::ErrorCode};

/// SHA-256 of a secret: secrets themselves are never stored.
pub type SecretHash = [u8; 32];

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameState {
    /// Nobody has it.
    Free,
    /// Nobody has it, but somebody else's name looks like it.
    LooksTaken,
    /// A user has it, and it is claimed with this key, where it is.
    Exists(Option<SecretHash>),
}

/// The decision on a sign-in under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInDecision {
    /// The name is free: the new key claims it.
    Claim,
    /// The key that was shown is the name's.
    Return,
    /// The name is claimed with another key, or looks like another one.
    Refuse,
}

/// Decides by what is known of the name and by the key that was shown.
pub fn decide(name: NameState, shown: Option<SecretHash>) -> SignInDecision {
    match name {
        NameState::Free | NameState::Exists(None) => SignInDecision::Claim,
        NameState::Exists(Some(key)) if shown == Some(key) => SignInDecision::Return,
        NameState::Exists(Some(_)) | NameState::LooksTaken => SignInDecision::Refuse,
    }
}

/// Whether a guest may sign in.
///
/// # Errors
/// [`ErrorCode::AccountsOnly`].
pub fn guest_may_sign_in(access: Access) -> Result<(), ErrorCode> {
    match access {
        Access::Open => Ok(()),
        Access::Accounts => Err(ErrorCode::AccountsOnly),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_name_opens_to_its_key_only() {
        let (key, other) = ([1; 32], [2; 32]);
        let claimed = NameState::Exists(Some(key));
        for (name, shown, decision) in [
            (NameState::Free, None, SignInDecision::Claim),
            (NameState::Free, Some(other), SignInDecision::Claim),
            (NameState::Exists(None), None, SignInDecision::Claim),
            (NameState::LooksTaken, None, SignInDecision::Refuse),
            (NameState::LooksTaken, Some(key), SignInDecision::Refuse),
            (claimed, Some(key), SignInDecision::Return),
            (claimed, Some(other), SignInDecision::Refuse),
            (claimed, None, SignInDecision::Refuse),
        ] {
            assert_eq!(decide(name, shown), decision, "{name:?} {shown:?}");
        }
    }

    #[test]
    fn guests_sign_in_where_access_is_open() {
        assert!(guest_may_sign_in(Access::Open).is_ok());
        assert_eq!(guest_may_sign_in(Access::Accounts), Err(ErrorCode::AccountsOnly));
    }
}
