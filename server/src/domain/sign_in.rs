//! Who may sign in under a name.

use confab_shared::{api::Access, error::ErrorCode};

/// SHA-256 of a secret: secrets themselves are never stored.
pub type SecretHash = [u8; 32];

/// The decision on a sign-in under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInDecision {
    /// The name is free: the new key claims it.
    Claim,
    /// The key that was shown is the name's.
    Return,
    /// The name is claimed with another key.
    Refuse,
}

/// Decides by the key that the name is claimed with, where it is, and the key that was shown.
pub fn decide(claimed_with: Option<SecretHash>, shown: Option<SecretHash>) -> SignInDecision {
    match claimed_with {
        None => SignInDecision::Claim,
        Some(key) if shown == Some(key) => SignInDecision::Return,
        Some(_) => SignInDecision::Refuse,
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
        for (claimed_with, shown, decision) in [
            (None, None, SignInDecision::Claim),
            (None, Some(other), SignInDecision::Claim),
            (Some(key), Some(key), SignInDecision::Return),
            (Some(key), Some(other), SignInDecision::Refuse),
            (Some(key), None, SignInDecision::Refuse),
        ] {
            assert_eq!(decide(claimed_with, shown), decision, "{claimed_with:?} {shown:?}");
        }
    }

    #[test]
    fn guests_sign_in_where_access_is_open() {
        assert!(guest_may_sign_in(Access::Open).is_ok());
        assert_eq!(guest_may_sign_in(Access::Accounts), Err(ErrorCode::AccountsOnly));
    }
}
