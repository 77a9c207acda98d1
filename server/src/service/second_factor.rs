//! The second factor of a user: set up, asked for, removed.

use std::fmt::Write;

use confab_shared::{
    api::{NewSecondFactor, RecoveryCodes, SecondFactorSecret},
    error::ErrorCode,
    id::UserId,
    user::User,
};
use qrcode::{Color, QrCode};

use super::{Service, error::Error, token};
use crate::{
    clock,
    domain::{
        client_address::ClientAddress,
        second_factor::{self, CodeDecision, SECRET_BYTES, ShownCode},
    },
};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// How many letters and digits a recovery code has: 80 random bits, in base 32.
const RECOVERY_CHARS: usize = 16;

/// What recovery codes are written with: no letter that looks like a digit (Crockford's base 32).
const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Service {
    /// A new secret of a user who has a password, and no second factor yet. The password is asked for, so that nobody who
    /// finds an open session locks its user out.
    ///
    /// # Errors
    /// `password_required`; `wrong_password`; `rate_limited`; `busy`; `forbidden` where there is one.
    pub async fn new_second_factor(
        &self,
        user: &User,
        request: NewSecondFactor,
        from: &ClientAddress,
    ) -> Result<SecondFactorSecret, Error> {
        self.check_password(user, request.password, from).await?;
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret)?;
        let (text, uri) =
            second_factor::shown_secret(&secret, user.name.as_str()).ok_or(ErrorCode::Internal)?;
        let (qr_size, qr_path) = qr_code(&uri).ok_or(ErrorCode::Internal)?;
        if !self.storage().set_second_factor(user.id, secret).await? {
            return Err(Error::new(ErrorCode::Forbidden, "You have a second factor: remove it first."));
        }
        Ok(SecondFactorSecret { secret: text, uri, qr_size, qr_path })
    }

    /// Confirms the new secret by a code of it: from then on one is asked for.
    ///
    /// # Errors
    /// `wrong_code`; `not_found` where there is no secret to confirm; `rate_limited`.
    pub async fn confirm_second_factor(
        &self,
        user: &User,
        code: &str,
        from: &ClientAddress,
    ) -> Result<RecoveryCodes, Error> {
        self.limits().code(from, user.id)?;
        let stored = self.storage().second_factor(user.id).await?.filter(|stored| !stored.confirmed);
        let secret = stored.ok_or(ErrorCode::NotFound)?.secret;
        let step =
            second_factor::step_of(&secret, &digits(code), clock::now()).ok_or(ErrorCode::WrongCode)?;
        let codes = (0..RECOVERY_CODES).map(|_| new_recovery_code()).collect::<Result<Vec<_>, _>>()?;
        let hashes = codes.iter().map(|code| token::hash(&normalized(code))).collect();
        match self.storage().confirm_second_factor(user.id, secret, step, hashes).await? {
            true => Ok(RecoveryCodes { codes }),
            false => Err(ErrorCode::NotFound.into()),
        }
    }

    /// Removes the second factor, by a code or a recovery code.
    ///
    /// # Errors
    /// `wrong_code`; `rate_limited`.
    pub async fn remove_second_factor(
        &self,
        user: &User,
        code: &str,
        from: &ClientAddress,
    ) -> Result<(), Error> {
        let shown = self.shown_code(user.id, Some(code), from).await?;
        match self.storage().remove_second_factor(user.id, shown).await? {
            CodeDecision::Accept(_) | CodeDecision::NotNeeded => Ok(()),
            CodeDecision::Needed | CodeDecision::Wrong => Err(ErrorCode::WrongCode.into()),
        }
    }

    /// What a text is, as a second factor of a user.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(super) async fn shown_code(
        &self,
        user: UserId,
        code: Option<&str>,
        from: &ClientAddress,
    ) -> Result<ShownCode, Error> {
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
            return Ok(ShownCode::Nothing);
        };
        self.limits().code(from, user)?;
        let Some(stored) = self.storage().second_factor(user).await? else { return Ok(ShownCode::Wrong) };
        let step = second_factor::step_of(&stored.secret, &digits(code), clock::now());
        Ok(match step {
            Some(step) => ShownCode::Step(step),
            None => ShownCode::Recovery(token::hash(&normalized(code))),
        })
    }
}

/// A code as its app shows it, without the space that some put in the middle.
fn digits(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A recovery code as it is compared: however it is typed.
fn normalized(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A recovery code, in groups of four.
fn new_recovery_code() -> Result<String, Error> {
    let mut bytes = [0; RECOVERY_CHARS];
    getrandom::fill(&mut bytes)?;
    let mut code = String::new();
    for (index, byte) in bytes.into_iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(RECOVERY_ALPHABET[usize::from(byte % 32)].into());
    }
    Ok(code)
}

/// A QR code: how many modules a side has, and its dark modules as the data of an SVG path.
fn qr_code(text: &str) -> Option<(u32, String)> {
    let code = QrCode::new(text).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| one == other) {
            if run[0] == Color::Dark {
                let length = run.len();
                write!(path, "M{x} {y}h{length}v1h-{length}z").ok()?;
            }
            x += run.len();
        }
    }
    Some((u32::try_from(width).ok()?, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed() {
        let code = new_recovery_code().unwrap();
        assert_eq!((code.len(), code.matches('-').count()), (19, 3), "{code}");
        for typed in [code.to_uppercase(), code.replace('-', " "), code.replace('-', "")] {
            assert_eq!(normalized(&typed), normalized(&code));
        }
        assert_ne!(normalized(&code), normalized(&new_recovery_code().unwrap()));
    }

    #[test]
    fn a_qr_code_is_drawn_row_by_row() {
        let (size, path) = qr_code("otpauth://totp/x").unwrap();
        assert!(size >= 21, "{size}");
        // The mark in the corner begins with seven dark modules, and stands alone in its rows' left end.
        assert!(path.starts_with("M0 0h7v1h-7z"), "{path}");
        assert!(path.contains(&format!("M{} 0h7v1h-7z", size - 7)), "{path}");
    }
}
