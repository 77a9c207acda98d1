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
    /// A user has it.
    Exists {
        /// The key that it is claimed with.
        claimed_with: Option<SecretHash>,
        /// Whether a password opens it.
        has_password: bool,
    },
}

/// What is shown for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    Nothing,
    /// A guest key.
    Key(SecretHash),
    /// The name's password: it was verified.
    Password,
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
    /// The name has a password, which was not shown.
    NeedPassword,
}

/// Decides by what is known of the name and by what was shown for it. Where only people with an account may sign in, a
/// name without a password is answered like one that nobody has.
pub fn decide(access: Access, name: NameState, proof: Proof) -> SignInDecision {
    if access == Access::Accounts {
        return match (name, proof) {
            (NameState::Exists { has_password: true, .. }, Proof::Password) => SignInDecision::Return,
            _ => SignInDecision::NeedPassword,
        };
    }
    let NameState::Exists { claimed_with, has_password } = name else {
        return if name == NameState::Free { SignInDecision::Claim } else { SignInDecision::Refuse };
    };
    match (claimed_with, proof) {
        (_, Proof::Password) if has_password => SignInDecision::Return,
        (Some(key), Proof::Key(shown)) if key == shown => SignInDecision::Return,
        _ if has_password => SignInDecision::NeedPassword,
        (None, _) => SignInDecision::Claim,
        (Some(_), _) => SignInDecision::Refuse,
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
    fn a_claimed_name_opens_to_its_key_or_its_password_only() {
        let (key, other) = ([1; 32], [2; 32]);
        let name = |claimed_with, has_password| NameState::Exists { claimed_with, has_password };
        for (name, proof, decision) in [
            (NameState::Free, Proof::Nothing, SignInDecision::Claim),
            (NameState::Free, Proof::Key(other), SignInDecision::Claim),
            (NameState::LooksTaken, Proof::Nothing, SignInDecision::Refuse),
            (NameState::LooksTaken, Proof::Key(key), SignInDecision::Refuse),
            (name(None, false), Proof::Nothing, SignInDecision::Claim),
            (name(Some(key), false), Proof::Key(key), SignInDecision::Return),
            (name(Some(key), false), Proof::Key(other), SignInDecision::Refuse),
            (name(Some(key), false), Proof::Nothing, SignInDecision::Refuse),
            (name(Some(key), false), Proof::Password, SignInDecision::Refuse),
            (name(None, true), Proof::Password, SignInDecision::Return),
            (name(None, true), Proof::Nothing, SignInDecision::NeedPassword),
            (name(None, true), Proof::Key(key), SignInDecision::NeedPassword),
        ] {
            assert_eq!(decide(Access::Open, name, proof), decision, "{name:?} {proof:?}");
        }
    }

    #[test]
    fn only_a_password_opens_a_server_for_accounts() {
        let key = [1; 32];
        for has_password in [false, true] {
            for claimed_with in [None, Some(key)] {
                for proof in [Proof::Nothing, Proof::Key(key), Proof::Password] {
                    let name = NameState::Exists { claimed_with, has_password };
                    let opens = has_password && proof == Proof::Password;
                    let expected = if opens { SignInDecision::Return } else { SignInDecision::NeedPassword };
                    assert_eq!(decide(Access::Accounts, name, proof), expected, "{name:?} {proof:?}");
                }
            }
        }
        for name in [NameState::Free, NameState::LooksTaken] {
            assert_eq!(decide(Access::Accounts, name, Proof::Password), SignInDecision::NeedPassword);
        }
    }

    #[test]
    fn guests_sign_in_where_access_is_open() {
        assert!(guest_may_sign_in(Access::Open).is_ok());
        assert_eq!(guest_may_sign_in(Access::Accounts), Err(ErrorCode::AccountsOnly));
    }
}
