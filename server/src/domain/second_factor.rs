//! The second factor: one-time codes of an app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, one step of skew), and
//! recovery codes. A code is accepted once.

use confab_shared::id::Timestamp;
use totp_rs::{Builder, Totp};

use super::sign_in::SecretHash;

/// How long a secret is, in bytes: as long as what it is hashed with (RFC 4226, 4).
pub const SECRET_BYTES: usize = 20;

/// The shared secret of a user and their app.
pub type Secret = [u8; SECRET_BYTES];

/// A step of time: which code an app shows.
pub type Step = u64;

/// A user's second factor, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFactor {
    /// The shared secret.
    pub secret: Secret,
    /// Whether the user has shown a code of it: not before is one asked for.
    pub confirmed: bool,
    /// The step of the last code that was accepted; 0 before the first.
    pub last_step: Step,
    /// The recovery codes that are left, hashed.
    pub recovery_codes: Vec<SecretHash>,
}

/// What is shown as a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownCode {
    /// Nothing.
    Nothing,
    /// The code of a step.
    Step(Step),
    /// A recovery code.
    Recovery(SecretHash),
    /// A code that is neither.
    Wrong,
}

/// The decision on what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeDecision {
    /// No second factor is asked for.
    NotNeeded,
    /// It is accepted, and this code never again.
    Accept(ShownCode),
    /// A code is needed.
    Needed,
    /// The code is wrong, or was used.
    Wrong,
}

/// Decides on what is shown, by what is stored at the time of the sign-in.
pub fn decide(stored: Option<&StoredFactor>, shown: ShownCode) -> CodeDecision {
    let Some(stored) = stored.filter(|stored| stored.confirmed) else { return CodeDecision::NotNeeded };
    match shown {
        ShownCode::Nothing => CodeDecision::Needed,
        ShownCode::Step(step) if step > stored.last_step => CodeDecision::Accept(shown),
        ShownCode::Recovery(code) if stored.recovery_codes.contains(&code) => CodeDecision::Accept(shown),
        ShownCode::Step(_) | ShownCode::Recovery(_) | ShownCode::Wrong => CodeDecision::Wrong,
    }
}

/// The step whose code a text is, of those that are shown about now.
pub fn step_of(secret: &Secret, code: &str, at: Timestamp) -> Option<Step> {
    totp(secret, "").check(code, at.0 / 1_000)
}

/// The secret in base32 and as an `otpauth:` address of a name; none where the name cannot be in an address.
pub fn shown_secret(secret: &Secret, name: &str) -> Option<(String, String)> {
    let totp = totp(secret, name);
    Some((totp.secret().to_base32(), totp.to_url().ok()?))
}

fn totp(secret: &Secret, name: &str) -> Totp {
    // What the builder would check is fixed here.
    Builder::new()
        .with_secret(*secret)
        .with_account_name(name)
        .with_issuer(Some("Confab"))
        .build_noncompliant()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret and, for a time in seconds, the last six digits of the code of RFC 6238, appendix B.
    const SECRET: &Secret = b"12345678901234567890";
    const CODES: [(u64, &str); 4] =
        [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")];

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in CODES {
            let at = |seconds| Timestamp(seconds * 1_000);
            assert_eq!(step_of(SECRET, code, at(seconds)), Some(seconds / 30));
            assert_eq!(step_of(SECRET, code, at(seconds + 30)), Some(seconds / 30), "a clock that is late");
            assert_eq!(step_of(SECRET, code, at(seconds + 90)), None);
            assert_eq!(step_of(&[7; 20], code, at(seconds)), None);
        }
        for wrong in ["", "28708", "2870822", "abcdef", "２８７０８２"] {
            assert_eq!(step_of(SECRET, wrong, Timestamp(59_000)), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_names_the_user_and_the_secret() {
        let (secret, uri) = shown_secret(SECRET, "李雷").unwrap();
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(uri, format!("otpauth://totp/Confab:%E6%9D%8E%E9%9B%B7?secret={secret}&issuer=Confab"));
    }

    #[test]
    fn a_code_is_accepted_once() {
        let stored =
            StoredFactor { secret: *SECRET, confirmed: true, last_step: 7, recovery_codes: vec![[1; 32]] };
        for (shown, decision) in [
            (ShownCode::Nothing, CodeDecision::Needed),
            (ShownCode::Wrong, CodeDecision::Wrong),
            (ShownCode::Step(7), CodeDecision::Wrong),
            (ShownCode::Step(8), CodeDecision::Accept(ShownCode::Step(8))),
            (ShownCode::Recovery([1; 32]), CodeDecision::Accept(ShownCode::Recovery([1; 32]))),
            (ShownCode::Recovery([2; 32]), CodeDecision::Wrong),
        ] {
            assert_eq!(decide(Some(&stored), shown), decision);
            assert_eq!(decide(None, shown), CodeDecision::NotNeeded);
            let unconfirmed = StoredFactor { confirmed: false, ..stored.clone() };
            assert_eq!(decide(Some(&unconfirmed), shown), CodeDecision::NotNeeded);
        }
    }
}
