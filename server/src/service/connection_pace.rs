//! The pace of one connection: its own limit, and the order of what is refused over its person's.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use confab_shared::id::UserId;
use governor::{DefaultDirectRateLimiter, clock::Clock};
use tokio::time::sleep;

use super::{
    error::Error,
    rate_limits::{MIN_WAIT, RateLimits},
};
use crate::{
    domain::{
        client_address::ClientAddress,
        command::{Command, CommandBody},
        limits::FRAMES_OF_A_RESYNC,
    },
    throttle::Throttle,
};

/// How fast a connection is read, and whether its commands are refused for now.
pub struct ConnectionPace {
    from: ClientAddress,
    /// None where there are no limits.
    frames: Option<DefaultDirectRateLimiter>,
    /// Until when messages and changes are refused: those that follow a refused one would otherwise overtake it.
    refused_until: Option<Instant>,
}

impl ConnectionPace {
    /// The pace of a new connection.
    pub fn new(from: ClientAddress, limits: &RateLimits) -> Self {
        Self { from, frames: limits.frames(&from), refused_until: None }
    }

    /// The connection's client.
    pub fn client(&self) -> &ClientAddress {
        &self.from
    }

    /// Counts a frame, and waits until there is room for it. The socket is not read meanwhile, so that its sender waits,
    /// too; nothing is refused.
    pub async fn frame(&self) {
        self.wait(NonZeroU32::MIN).await;
    }

    /// Counts a request for a fresh welcome, beside its frame.
    pub async fn resync(&self) {
        self.wait(FRAMES_OF_A_RESYNC).await;
    }

    /// Counts a welcome among its person's requests, and waits until there is room for it.
    pub async fn welcome(&self, limits: &RateLimits, user: UserId) {
        while let Err(error) = limits.request(&self.from, user) {
            Box::pin(sleep(error.retry_after.unwrap_or(MIN_WAIT))).await;
        }
    }

    async fn wait(&self, count: NonZeroU32) {
        while let Some(wait) = self.over(count) {
            // Boxed: a timer is not reserved in every connection.
            Box::pin(sleep(wait)).await;
        }
    }

    /// How long to wait until there is room for some frames, which are counted where there is.
    fn over(&self, count: NonZeroU32) -> Option<Duration> {
        static LOG: Throttle = Throttle::new();
        let limiter = self.frames.as_ref()?;
        // A burst has more than any count.
        let until = limiter.check_n(count).ok()?.err()?;
        if let Some(suppressed) = LOG.pass() {
            let address = self.from.ip;
            tracing::warn!(target: "security", %address, "reading a connection more slowly: too many frames{suppressed}");
        }
        Some(until.wait_time_from(limiter.clock().now()))
    }

    /// Asks whether a command may be queued.
    ///
    /// # Errors
    /// `rate_limited`. Then later messages and changes are refused, too, until the time that it names is over: the client
    /// sends all of them again, in their order.
    pub fn command(&mut self, limits: &RateLimits, command: &Command) -> Result<(), Error> {
        if let Some(wait) = self.refused_until.filter(|_| is_paced(command)).and_then(until) {
            return Err(Error::rate_limited(wait));
        }
        let allowed = limits.command(&self.from, command);
        if let Err(error) = &allowed {
            self.refused_until =
                error.retry_after.filter(|_| is_paced(command)).map(|wait| Instant::now() + wait);
        } else if is_paced(command) {
            self.refused_until = None;
        }
        allowed
    }
}

/// The time until an instant; none where it is over.
fn until(instant: Instant) -> Option<Duration> {
    let wait = instant.saturating_duration_since(Instant::now());
    (!wait.is_zero()).then_some(wait)
}

/// Whether a command's limit is regained within seconds, and its order matters to others.
fn is_paced(command: &Command) -> bool {
    !matches!(
        command.body,
        CommandBody::AddMembers(_)
            | CommandBody::CreateGroup(_)
            | CommandBody::OpenDirect(_)
            | CommandBody::MarkRead(_)
    )
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use confab_shared::{
        error::ErrorCode,
        id::{ConversationId, Timestamp, UserId},
        text::{MessageText, UserName},
        user::User,
    };

    use super::*;
    use crate::domain::{
        command::Post,
        limits::{POSTS, REQUESTS},
    };

    fn post() -> Command {
        let body = Post::new(ConversationId(1), MessageText::new("hi").unwrap()).into();
        let actor = User { id: UserId(1), name: UserName::new("mei").unwrap() };
        Command { actor, client_id: None, at: Timestamp(0), body }
    }

    #[tokio::test]
    async fn what_follows_a_refused_message_is_refused_until_it_can_be_sent_again() {
        let limits = RateLimits::on();
        let remote = ClientAddress::new([203, 0, 113, 5].into(), false);
        let mut pace = ConnectionPace::new(remote, &limits);
        let mut passed = 0;
        while pace.command(&limits, &post()).is_ok() {
            passed += 1;
        }
        assert!(passed >= POSTS.remote.burst.get());
        // By now one is regained, which another connection may take.
        sleep(POSTS.remote.regains_one_in * 2).await;
        let refused = pace.command(&limits, &post()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        ConnectionPace::new(remote, &limits).command(&limits, &post()).unwrap();
        sleep(refused.retry_after.unwrap()).await;
        pace.command(&limits, &post()).unwrap();
    }

    #[tokio::test]
    async fn a_connection_with_too_many_frames_is_read_more_slowly() {
        let limits = RateLimits::on();
        let pace = ConnectionPace::new(ClientAddress::new([203, 0, 113, 5].into(), false), &limits);
        let burst = crate::domain::limits::FRAMES.remote.burst.get();
        for _ in 0..burst / FRAMES_OF_A_RESYNC.get() {
            assert_eq!(pace.over(FRAMES_OF_A_RESYNC), None);
        }
        let wait = pace.over(FRAMES_OF_A_RESYNC).unwrap();
        assert!(!wait.is_zero() && wait < Duration::from_secs(1), "{wait:?}");
        pace.frame().await;
    }

    #[tokio::test]
    async fn welcomes_are_counted_by_person_over_all_of_their_connections() {
        let limits = RateLimits::on();
        let remote = ClientAddress::new([203, 0, 113, 5].into(), false);
        let connections = [ConnectionPace::new(remote, &limits), ConnectionPace::new(remote, &limits)];
        let (mei, ada) = (UserId(1), UserId(2));
        let passes = |n: usize, user| connections[n % 2].welcome(&limits, user).now_or_never().is_some();
        let passed = (0..2_000).take_while(|n| passes(*n, mei)).count();
        let burst = REQUESTS.remote.burst.get() as usize;
        assert!((burst..2_000).contains(&passed), "{passed}");
        assert_eq!(limits.request(&remote, mei).unwrap_err().code, ErrorCode::RateLimited);
        assert!(passes(0, ada));
    }
}
