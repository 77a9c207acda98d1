//! The steps of signing in: which fields the form shows, and what a refusal changes about them.

use confab_shared::error::ErrorCode;

/// What the form asks for beside the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) password: bool,
    pub(crate) code: bool,
}

impl Asked {
    /// What is asked for at first: where the server is open, a password only of the names that have one.
    pub(crate) fn at_first(open: bool) -> Self {
        Self { password: !open, code: false }
    }

    /// What is asked for after a refusal, and whether the form says the refusal in words: a field that has just appeared
    /// says enough.
    pub(crate) fn after(self, refusal: ErrorCode, open: bool) -> (Self, bool) {
        match refusal {
            ErrorCode::PasswordRequired => (Self { password: true, ..self }, self.password),
            ErrorCode::WrongPassword => (Self { password: true, ..self }, true),
            ErrorCode::CodeRequired => (Self { code: true, ..self }, self.code),
            ErrorCode::WrongCode => (Self { code: true, ..self }, true),
            refusal if is_about_name(refusal) => (Self::at_first(open), true),
            _ => (self, true),
        }
    }
}

/// Whether another name could come in where this one was refused.
pub(crate) fn is_about_name(refusal: ErrorCode) -> bool {
    matches!(
        refusal,
        ErrorCode::AccountsOnly
            | ErrorCode::BadName
            | ErrorCode::Deactivated
            | ErrorCode::NameTaken
            | ErrorCode::TextControlCharacter
            | ErrorCode::TextEmpty
            | ErrorCode::TextTooLong
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Asked = Asked { password: false, code: false };
    const PASSWORD: Asked = Asked { password: true, code: false };
    const CODE: Asked = Asked { password: true, code: true };

    #[test]
    fn a_name_is_asked_for_what_it_has() {
        assert_eq!(Asked::at_first(true), NAME);
        assert_eq!(NAME.after(ErrorCode::PasswordRequired, true), (PASSWORD, false));
        assert_eq!(PASSWORD.after(ErrorCode::CodeRequired, true), (CODE, false));
        assert_eq!(CODE.after(ErrorCode::WrongCode, true), (CODE, true));
    }

    #[test]
    fn a_refusal_of_what_is_shown_is_put_in_words() {
        assert_eq!(Asked::at_first(false), PASSWORD);
        assert_eq!(PASSWORD.after(ErrorCode::PasswordRequired, false), (PASSWORD, true));
        assert_eq!(PASSWORD.after(ErrorCode::WrongPassword, false), (PASSWORD, true));
        assert_eq!(CODE.after(ErrorCode::CodeRequired, false), (CODE, true));
        assert_eq!(CODE.after(ErrorCode::WrongPassword, false), (CODE, true));
    }

    #[test]
    fn another_name_begins_anew_and_a_fault_changes_nothing() {
        assert_eq!(CODE.after(ErrorCode::Deactivated, true), (NAME, true));
        assert_eq!(CODE.after(ErrorCode::NameTaken, false), (PASSWORD, true));
        for code in [ErrorCode::RateLimited, ErrorCode::Busy, ErrorCode::Unknown] {
            assert_eq!(CODE.after(code, true), (CODE, true));
        }
    }
}
