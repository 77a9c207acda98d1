//! Who may sign in under a name, by which door.
//!
//! There are two doors: the page, where a name is proven, and the demo's dialect, where an id is only said. A user belongs
//! to the one that somebody first came through, for good: so nobody gets by one door what belongs to a user of the other.

use confab_shared::{api::Access, error::ErrorCode};

/// SHA-256 of a secret: secrets themselves are never stored.
pub type SecretHash = [u8; 32];

/// By which door a user came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// By none yet: the demo's dialect wrote to the name. Until somebody comes, the page does not know it.
    Awaited,
    /// By the page, or from the command line: proven by a key or a password.
    Page,
    /// By the demo's dialect.
    Dialect,
}

impl UserKind {
    /// The kind of a user once somebody comes as a user of `other`. Who comes first under a name that is awaited has it,
    /// with what was written to it; nothing changes any other kind.
    pub fn after(self, other: Self) -> Self {
        if self == Self::Awaited { other } else { self }
    }
}

/// What is known of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameState {
    /// Nobody has it.
    Free,
    /// Nobody has it, but somebody else's name looks like it.
    LooksTaken,
    /// Nobody has it, and it was written to: [`UserKind::Awaited`].
    Awaited,
    /// A user of the demo's dialect has it.
    OfDialect,
    /// A user of the page has it.
    Exists {
        /// The key that it is claimed with.
        claimed_with: Option<SecretHash>,
        /// The hash of the password that opens it.
        password: Option<String>,
    },
}

/// What is shown for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    Nothing,
    /// A guest key.
    Key(SecretHash),
    /// A password: it was verified to be that of this hash, which the name may have lost meanwhile.
    Password(String),
}

/// The decision on a sign-in under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInDecision {
    /// Nobody has the name: the new key claims it.
    Claim,
    /// The key that was shown is the name's.
    Return,
    /// The name is claimed with another key, or looks like another one.
    Refuse,
    /// A user of the demo's dialect has the name.
    RefuseOfDialect,
    /// The name has a password, which was not shown.
    NeedPassword,
}

/// Decides by what is known of the name and by what was shown for it. Where only people with an account may sign in, a
/// name without a password is answered like one that nobody has.
pub fn decide(access: Access, name: &NameState, proof: &Proof) -> SignInDecision {
    let (claimed_with, password) = match name {
        NameState::Exists { claimed_with, password } => (claimed_with, password),
        _ if access == Access::Accounts => return SignInDecision::NeedPassword,
        NameState::Free | NameState::Awaited => return SignInDecision::Claim,
        NameState::LooksTaken => return SignInDecision::Refuse,
        NameState::OfDialect => return SignInDecision::RefuseOfDialect,
    };
    match (password, claimed_with, proof) {
        (Some(hash), _, Proof::Password(shown)) if hash == shown => SignInDecision::Return,
        (Some(_), ..) => SignInDecision::NeedPassword,
        _ if access == Access::Accounts => SignInDecision::NeedPassword,
        (None, Some(key), Proof::Key(shown)) if key == shown => SignInDecision::Return,
        (None, Some(_), _) => SignInDecision::Refuse,
        (None, None, _) => SignInDecision::Claim,
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

    const KEY: SecretHash = [1; 32];

    fn exists(claimed_with: Option<SecretHash>, password: Option<&str>) -> NameState {
        NameState::Exists { claimed_with, password: password.map(str::to_owned) }
    }

    fn shown(hash: &str) -> Proof {
        Proof::Password(hash.to_owned())
    }

    #[test]
    fn a_claimed_name_opens_to_its_key_or_its_password_only() {
        let other = Proof::Key([2; 32]);
        for (name, proof, decision) in [
            (NameState::Free, Proof::Nothing, SignInDecision::Claim),
            (NameState::Free, other.clone(), SignInDecision::Claim),
            (NameState::Awaited, Proof::Nothing, SignInDecision::Claim),
            (NameState::Awaited, other.clone(), SignInDecision::Claim),
            (NameState::OfDialect, Proof::Nothing, SignInDecision::RefuseOfDialect),
            (NameState::OfDialect, Proof::Key(KEY), SignInDecision::RefuseOfDialect),
            (NameState::OfDialect, shown("hash"), SignInDecision::RefuseOfDialect),
            (NameState::LooksTaken, Proof::Nothing, SignInDecision::Refuse),
            (NameState::LooksTaken, Proof::Key(KEY), SignInDecision::Refuse),
            (exists(None, None), Proof::Nothing, SignInDecision::Claim),
            (exists(Some(KEY), None), Proof::Key(KEY), SignInDecision::Return),
            (exists(Some(KEY), None), other, SignInDecision::Refuse),
            (exists(Some(KEY), None), Proof::Nothing, SignInDecision::Refuse),
            (exists(Some(KEY), None), shown("hash"), SignInDecision::Refuse),
            (exists(None, Some("hash")), shown("hash"), SignInDecision::Return),
            (exists(None, Some("changed")), shown("hash"), SignInDecision::NeedPassword),
            (exists(None, Some("hash")), Proof::Nothing, SignInDecision::NeedPassword),
            (exists(None, Some("hash")), Proof::Key(KEY), SignInDecision::NeedPassword),
        ] {
            assert_eq!(decide(Access::Open, &name, &proof), decision, "{name:?} {proof:?}");
        }
    }

    #[test]
    fn only_a_password_opens_a_server_for_accounts() {
        for password in [None, Some("hash")] {
            for claimed_with in [None, Some(KEY)] {
                for proof in [Proof::Nothing, Proof::Key(KEY), shown("hash"), shown("other")] {
                    let name = exists(claimed_with, password);
                    let opens = password.is_some() && proof == shown("hash");
                    let expected = if opens { SignInDecision::Return } else { SignInDecision::NeedPassword };
                    assert_eq!(decide(Access::Accounts, &name, &proof), expected, "{name:?} {proof:?}");
                }
            }
        }
        for name in [NameState::Free, NameState::LooksTaken, NameState::Awaited, NameState::OfDialect] {
            assert_eq!(decide(Access::Accounts, &name, &shown("hash")), SignInDecision::NeedPassword);
        }
    }

    #[test]
    fn who_comes_first_decides_by_which_door_a_user_comes() {
        use UserKind::{Awaited, Dialect, Page};
        for (before, door, after) in [
            (Awaited, Awaited, Awaited),
            (Awaited, Page, Page),
            (Awaited, Dialect, Dialect),
            (Page, Awaited, Page),
            (Page, Page, Page),
            (Page, Dialect, Page),
            (Dialect, Awaited, Dialect),
            (Dialect, Page, Dialect),
            (Dialect, Dialect, Dialect),
        ] {
            assert_eq!(before.after(door), after, "{before:?} {door:?}");
        }
    }

    #[test]
    fn guests_sign_in_where_access_is_open() {
        assert!(guest_may_sign_in(Access::Open).is_ok());
        assert_eq!(guest_may_sign_in(Access::Accounts), Err(ErrorCode::AccountsOnly));
    }
}
