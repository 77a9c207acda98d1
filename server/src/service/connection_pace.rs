//! The pace of one connection: its own limit, and the order of what is refused for now: over a limit of its person's, or
//! while storage is away.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use confab_shared::{
    error::ErrorCode,
    id::{ClientId, UserId},
};
use governor::{DefaultDirectRateLimiter, clock::Clock};
use tokio::time::sleep;

use super::{
    commands::count,
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

/// How long a refused command is awaited before others pass again: its client may have discarded it.
const MAX_AWAITED: Duration = Duration::from_secs(60);

/// How many refused commands are recognised when they come again. Where a client discards or settles some of the first,
/// the next one ends the refusal.
const MAX_REFUSED_IDS: usize = 64;

/// How fast a connection is read, and whether its commands are refused for now.
pub struct ConnectionPace {
    from: ClientAddress,
    /// None where there are no limits.
    frames: Option<DefaultDirectRateLimiter>,
    /// The messages and changes that were refused for now, where one was: those that follow would otherwise overtake it.
    refused: Option<Box<Refused>>,
}

impl ConnectionPace {
    /// The pace of a new connection.
    pub fn new(from: ClientAddress, limits: &RateLimits) -> Self {
        Self { from, frames: limits.frames(&from), refused: None }
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
    /// `rate_limited`. Then later messages and changes are refused, too, until the time that it names is over and a
    /// refused one comes again: the client sends all of them again, in their order. `store_failed` where storage was away for an
    /// earlier one, as [`answered`](Self::answered) noted it: so are all that have a client id then.
    pub fn command(&mut self, limits: &RateLimits, command: &Command) -> Result<(), Error> {
        let passed = self.pass(limits, command);
        passed.inspect_err(|error| count(command.body.kind(), Some(error)))
    }

    fn pass(&mut self, limits: &RateLimits, command: &Command) -> Result<(), Error> {
        let is_awaited = self.refused.as_ref().is_some_and(|refused| refused.concerns(command));
        if is_awaited
            && let Some(refused) = &mut self.refused
            && let Some(error) = refused.again(command.client_id, Instant::now())
        {
            return Err(error);
        }
        let allowed = limits.command(&self.from, command);
        match &allowed {
            Err(error) if is_paced(command) => {
                self.refused = Refused::new(command.client_id, error, Instant::now());
            }
            _ if is_awaited => self.refused = None,
            _ => {}
        }
        allowed
    }

    /// Takes note of why a command was not carried out. Where storage is away for now, later ones are refused, too, as by
    /// [`command`](Self::command): they may have been under way for longer than it was.
    pub fn answered(&mut self, id: Option<ClientId>, error: &Error) {
        // What has no id does not come again.
        if error.code != ErrorCode::StoreFailed || id.is_none() {
            return;
        }
        match &mut self.refused {
            Some(refused) if refused.is_of_storage() => refused.note(id),
            // A failure for good refuses nothing, and ends no refusal.
            refused => {
                if let Some(by_storage) = Refused::new(id, error, Instant::now()) {
                    *refused = Some(by_storage);
                }
            }
        }
    }
}

/// The commands of a connection that were refused. Others that were under way would overtake them.
struct Refused {
    /// Why.
    error: Error,
    /// Until when all commands are refused.
    until: Instant,
    /// Until when those are refused that were not refused before: the client may have discarded those that were.
    awaited_until: Instant,
    /// The first commands that were refused, without those that have no id and do not come again.
    ids: Vec<ClientId>,
}

impl Refused {
    /// None where the error is for good.
    fn new(id: Option<ClientId>, error: &Error, now: Instant) -> Option<Box<Self>> {
        let wait = error.retry_after?;
        let awaited_until = now + wait.max(MAX_AWAITED);
        let (error, ids) = (error.clone(), id.into_iter().collect());
        Some(Box::new(Self { error, until: now + wait, awaited_until, ids }))
    }

    fn is_of_storage(&self) -> bool {
        self.error.code == ErrorCode::StoreFailed
    }

    /// Whether a command could overtake those that were refused.
    fn concerns(&self, command: &Command) -> bool {
        is_paced(command) || self.is_of_storage() && command.client_id.is_some()
    }

    /// Why a command is refused, that comes now.
    fn again(&mut self, id: Option<ClientId>, now: Instant) -> Option<Error> {
        let wait = self.wait(id, now)?;
        Some(Error { retry_after: Some(wait), ..self.error.clone() })
    }

    /// How long a command has to wait, that comes now. It has not where it comes again: clients send in order, so nothing
    /// before it is missing any more.
    fn wait(&mut self, id: Option<ClientId>, now: Instant) -> Option<Duration> {
        let is_known = id.is_some_and(|id| self.ids.contains(&id));
        let until = match is_known || self.ids.is_empty() {
            true => self.until,
            false if now < self.awaited_until => self.until.max(now + MIN_WAIT),
            false => return None,
        };
        let wait = until.saturating_duration_since(now);
        if wait.is_zero() {
            return None;
        }
        if !is_known && !self.ids.is_empty() {
            self.note(id);
        }
        Some(wait)
    }

    /// Notes a command that was refused, too.
    fn note(&mut self, id: Option<ClientId>) {
        if self.ids.len() < MAX_REFUSED_IDS {
            self.ids.extend(id);
        }
    }
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
    use confab_shared::{
        id::{ConversationId, Timestamp},
        text::{MessageText, UserName},
        user::User,
    };
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        command::{AddMembers, Post},
        limits::{POSTS, REQUESTS},
    };

    fn post(id: u128) -> Command {
        let body = Post::new(ConversationId(1), MessageText::new("hi").unwrap()).into();
        let actor = User::new(UserId(1), UserName::new("mei").unwrap());
        let client_id = (id > 0).then_some(ClientId(Uuid::from_u128(id)));
        Command { actor, client_id, at: Timestamp(0), body }
    }

    /// Lets a connection post until it is refused, with the ids from 1 on: the first that is refused, and the wait.
    fn exhaust(pace: &mut ConnectionPace, limits: &RateLimits) -> (u128, Duration) {
        for id in 1..20_000 {
            if let Err(error) = pace.command(limits, &post(id)) {
                assert_eq!(error.code, ErrorCode::RateLimited);
                assert!(id > u128::from(POSTS.remote.burst.get()));
                return (id, error.retry_after.unwrap());
            }
        }
        panic!("there is no limit");
    }

    #[tokio::test]
    async fn nothing_overtakes_a_refused_message_however_late_it_comes() {
        let limits = RateLimits::on();
        let remote = ClientAddress::new([203, 0, 113, 5].into(), false);
        let mut pace = ConnectionPace::new(remote, &limits);
        let (first, wait) = exhaust(&mut pace, &limits);
        // By now some are regained, which another connection may take.
        sleep(POSTS.remote.regains_one_in * 2).await;
        pace.command(&limits, &post(first + 1)).unwrap_err();
        pace.command(&limits, &post(first)).unwrap_err();
        ConnectionPace::new(remote, &limits).command(&limits, &post(first)).unwrap();
        sleep(wait).await;
        // It was under way while the first waited.
        let late = pace.command(&limits, &post(first + 2)).unwrap_err();
        assert_eq!(late.code, ErrorCode::RateLimited);
        assert!(late.retry_after.is_some_and(|wait| wait <= MIN_WAIT), "{late:?}");
        for id in first..first + 3 {
            pace.command(&limits, &post(id)).unwrap();
        }
    }

    #[tokio::test]
    async fn a_refused_message_that_was_settled_elsewhere_is_not_awaited() {
        let limits = RateLimits::on();
        let mut pace = ConnectionPace::new(ClientAddress::new([203, 0, 113, 5].into(), false), &limits);
        let (first, wait) = exhaust(&mut pace, &limits);
        pace.command(&limits, &post(first + 1)).unwrap_err();
        sleep(wait).await;
        pace.command(&limits, &post(first + 2)).unwrap_err();
        pace.command(&limits, &post(first + 1)).unwrap();
        pace.command(&limits, &post(first + 2)).unwrap();
    }

    #[tokio::test]
    async fn messages_without_an_id_wait_for_the_time_alone() {
        let limits = RateLimits::on();
        let mut pace = ConnectionPace::new(ClientAddress::new([203, 0, 113, 5].into(), false), &limits);
        while pace.command(&limits, &post(0)).is_ok() {}
        sleep(POSTS.remote.regains_one_in * 2).await;
        let refused = pace.command(&limits, &post(0)).unwrap_err();
        sleep(refused.retry_after.unwrap()).await;
        pace.command(&limits, &post(0)).unwrap();
    }

    fn store_failed(retry_after: Option<Duration>) -> Error {
        Error { retry_after, ..ErrorCode::StoreFailed.into() }
    }

    #[tokio::test]
    async fn while_storage_is_away_nothing_overtakes_what_was_refused() {
        let limits = RateLimits::off();
        let mut pace = ConnectionPace::new(ClientAddress::new([203, 0, 113, 5].into(), false), &limits);
        let id = |id| Some(ClientId(Uuid::from_u128(id)));
        let wait = Duration::from_millis(50);
        pace.answered(None, &store_failed(Some(wait)));
        pace.command(&limits, &post(1)).unwrap();
        pace.answered(id(1), &store_failed(Some(wait)));
        // It has no limit of its own to wait for.
        let add = |client_id| {
            let body = AddMembers::new(ConversationId(1), Vec::new()).into();
            Command { body, client_id, ..post(0) }
        };
        for command in [post(2), add(id(3))] {
            let refused = pace.command(&limits, &command).unwrap_err();
            assert_eq!(refused.code, ErrorCode::StoreFailed);
            assert!(refused.retry_after.is_some(), "{refused:?}");
        }
        pace.command(&limits, &add(None)).unwrap();
        // It was under way when storage went away.
        pace.answered(id(4), &store_failed(Some(wait)));
        sleep(wait).await;
        assert_eq!(pace.command(&limits, &post(5)).unwrap_err().code, ErrorCode::StoreFailed);
        for command in [post(1), post(2), add(id(3)), post(4), post(5)] {
            pace.command(&limits, &command).unwrap();
        }
    }

    #[tokio::test]
    async fn a_failure_for_good_ends_no_refusal() {
        let limits = RateLimits::on();
        let mut pace = ConnectionPace::new(ClientAddress::new([203, 0, 113, 5].into(), false), &limits);
        let (first, _) = exhaust(&mut pace, &limits);
        // Of one that was queued before.
        pace.answered(Some(ClientId(Uuid::from_u128(1))), &store_failed(None));
        sleep(POSTS.remote.regains_one_in * 2).await;
        pace.command(&limits, &post(first + 1)).unwrap_err();
    }

    #[test]
    fn a_message_that_does_not_come_again_is_awaited_for_a_minute() {
        let (now, id) = (Instant::now(), |id| Some(ClientId(Uuid::from_u128(id))));
        let mut refused = Refused::new(id(1), &Error::rate_limited(MIN_WAIT), now).unwrap();
        for (seconds, wait) in [(0, Some(1)), (30, Some(1)), (59, Some(1)), (60, None)] {
            // Other messages each time: a client that does not send again.
            let waits = refused.wait(id(100 + seconds), now + Duration::from_secs(seconds as u64));
            assert_eq!(waits, wait.map(Duration::from_secs), "after {seconds} s");
        }
        assert!(refused.ids.len() <= MAX_REFUSED_IDS);
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
