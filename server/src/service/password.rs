//! Passwords: judged, hashed and verified. Hashing is made slow and takes 19 MiB, so it runs on one thread of its own, which
//! gives way to all others: a flood of sign-ins waits in line, and chat does not.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        LazyLock,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use confab_shared::{
    api::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS},
    error::ErrorCode,
};
use tokio::sync::oneshot;
use zxcvbn::{Score, zxcvbn};

use super::error::Error;

/// How many sign-ins may wait for the thread; further ones are refused at once.
const MAX_WAITING: usize = 64;

/// How much the thread gives way, from 0 to 19: its share of a busy processor is a tenth of an ordinary thread's.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// What the thread is to do.
type Work = Box<dyn FnOnce() + Send>;

/// Hashes passwords. The parameters are argon2id's with 19 MiB, two passes and one lane, OWASP's recommendation
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>).
pub struct Passwords {
    queue: SyncSender<Work>,
}

/// What is verified where there is no password: so that it takes the same time.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash_of("nobody's").unwrap_or_default());

impl Default for Passwords {
    /// Starts the thread. It ends with the last handle.
    fn default() -> Self {
        let (queue, waiting) = sync_channel::<Work>(MAX_WAITING);
        let started = thread::Builder::new().name("passwords".into()).spawn(move || {
            give_way();
            for work in waiting {
                // A panic is printed, and its request answered as a fault of the server.
                let _ = catch_unwind(AssertUnwindSafe(work));
            }
        });
        if let Err(error) = started {
            // Every request is then answered as a fault of the server.
            tracing::error!(%error, "failed to start the thread for passwords");
        }
        Self { queue }
    }
}

/// Lowers the priority of this thread. On other systems it would be that of the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "failed to lower the priority of the thread for passwords");
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
        let (reply, answer) = oneshot::channel();
        let work = move || {
            // A request that was given up needs no answer.
            if !reply.is_closed() {
                let _ = reply.send(work());
            }
        };
        self.queue.try_send(Box::new(work)).map_err(|error| match error {
            TrySendError::Full(_) => ErrorCode::Busy,
            TrySendError::Disconnected(_) => ErrorCode::Internal,
        })?;
        answer.await.map_err(|_| ErrorCode::Internal.into())
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
    use std::{
        pin::Pin,
        task::{Context, Poll, Waker},
    };

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

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Has the thread wait until the sender is used or dropped; answers once it does.
    async fn hold(passwords: &Passwords) -> std::sync::mpsc::Sender<()> {
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel();
        let work = move || {
            let _ = begun.send(());
            let _ = held.recv();
        };
        passwords.queue.send(Box::new(work)).unwrap();
        begins.await.unwrap();
        let_go
    }

    #[tokio::test]
    async fn a_flood_waits_in_a_line_that_ends() {
        let passwords = Passwords::default();
        let let_go = hold(&passwords).await;
        let mut waiting: Vec<_> =
            (0..MAX_WAITING).map(|number| Box::pin(passwords.run(move || number))).collect();
        for one in &mut waiting {
            assert!(poll(one.as_mut()).is_pending());
        }
        assert_eq!(passwords.run(|| 0).await.unwrap_err().code, ErrorCode::Busy);
        drop(let_go);
        for (number, one) in waiting.into_iter().enumerate() {
            assert_eq!(one.await.unwrap(), number);
        }
    }

    #[tokio::test]
    async fn what_was_given_up_is_not_worked_on_and_a_panic_ends_one_request() {
        let passwords = Passwords::default();
        let let_go = hold(&passwords).await;
        let (did, done) = std::sync::mpsc::channel();
        let mut given_up = Box::pin(passwords.run(move || did.send(())));
        assert!(poll(given_up.as_mut()).is_pending());
        drop(given_up);
        drop(let_go);
        assert_eq!(passwords.run(|| -> u8 { panic!("a test") }).await.unwrap_err().code, ErrorCode::Internal);
        assert!(passwords.run(|| true).await.unwrap());
        assert!(done.recv().is_err(), "nobody waited for it");
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
