//! Passwords: judged, hashed and verified. Hashing is made slow and takes 19 MiB, so it runs on threads of its own, and on
//! few of them at once: a flood of sign-ins waits in line, and chat does not.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use confab_shared::{
    api::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS},
    error::ErrorCode,
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use zxcvbn::{Score, zxcvbn};

use super::error::Error;

/// How many passwords are hashed at once.
const MAX_AT_ONCE: usize = 1;

/// How many sign-ins may wait for that; further ones are refused at once.
const MAX_WAITING: usize = 64;

/// Hashes passwords. The parameters are argon2id's with 19 MiB, two passes and one lane, OWASP's recommendation
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>).
pub struct Passwords {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// What is verified where there is no password: so that it takes the same time.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash_of("nobody's").unwrap_or_default());

impl Default for Passwords {
    fn default() -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(MAX_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }
}

impl Passwords {
    /// Hashes a new password of a user.
    ///
    /// # Errors
    /// `weak_password` for one that is short, long or easy to guess; `busy`.
    pub async fn hash(&self, password: String, name: &str) -> Result<String, Error> {
        judge(&password, name)?;
        self.run(move || hash_of(&password)).await?.ok_or_else(|| ErrorCode::Internal.into())
    }

    /// Whether a password is that of a hash. Without a hash it is not, after the same time.
    ///
    /// # Errors
    /// `busy`.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            let exists = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.clone());
            let verify =
                |hash: PasswordHash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            PasswordHash::new(&hash).is_ok_and(verify) && exists
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let waiting = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| ErrorCode::Busy)?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| ErrorCode::ShuttingDown)?;
        // The thread holds both: it works to its end also where the request is given up meanwhile.
        let held = move || {
            let _permits = (waiting, turn);
            work()
        };
        spawn_blocking(held).await.map_err(|_| ErrorCode::Internal.into())
    }
}

fn hash_of(password: &str) -> Option<String> {
    Some(Argon2::default().hash_password(password.as_bytes()).ok()?.to_string())
}

/// Refuses a password that is short, long or easy to guess (zxcvbn, which knows lists of common ones).
fn judge(password: &str, name: &str) -> Result<(), Error> {
    let weak = |sentence| Err(Error::new(ErrorCode::WeakPassword, sentence));
    match password.chars().count() {
        ..MIN_PASSWORD_CHARS => return weak("A password has at least 8 characters."),
        count if count > MAX_PASSWORD_CHARS => return weak("A password has at most 256 characters."),
        _ => {}
    }
    match zxcvbn(password, &[name, "confab"]).score() {
        Score::Zero | Score::One => weak("This password is easy to guess."),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("a long walk by the sea".to_owned(), "mei").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("a long walk by the sea".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("another".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody's".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_frees_its_turn_once_its_thread_is_done() {
        let passwords = Arc::new(Passwords::default());
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let work = move || finished.recv().is_ok();
        let of_task = Arc::clone(&passwords);
        let request = tokio::spawn(async move { of_task.run(work).await });
        while passwords.at_once.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(passwords.at_once.available_permits(), 0, "its thread still works");
        finish.send(()).unwrap();
        assert!(passwords.run(|| true).await.unwrap(), "the next one's turn");
    }

    #[test]
    fn passwords_that_are_guessed_at_once_are_weak() {
        for weak in
            ["", "short", "password", "12345678", "qwertyuiop", "meimeimei", "confab123", &"x".repeat(300)]
        {
            assert_eq!(judge(weak, "meimei").unwrap_err().code, ErrorCode::WeakPassword, "{weak}");
        }
        for good in ["a long walk by the sea", "tr0ub4dor&3xyz", "我在海边散步很久", "🎉🚆🌊🎉🏔🚲🎈🎁"]
        {
            assert!(judge(good, "mei").is_ok(), "{good}");
        }
    }
}
