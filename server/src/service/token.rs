//! Secrets: session tokens and guest keys. They are generated here, shown once, and stored hashed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::domain::sign_in::SecretHash;

/// A fresh secret of 256 random bits, as text that needs no escaping anywhere.
///
/// # Errors
/// Where the operating system gives no random bytes.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a secret. A plain hash is enough: there is nothing to guess in 256 random bits.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}
