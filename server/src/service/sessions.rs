//! Sessions: who a token is of, the devices of a user, and their ends.

use std::time::Duration;

use confab_shared::{
    api::{SessionView, Sessions},
    error::ErrorCode,
    id::{Timestamp, UserId},
    user::User,
};

use super::{Service, error::Error, token};
use crate::{clock, domain::sign_in::SecretHash, realtime::bus::EndedConnections, storage::StoredSession};

/// How exactly it is kept when a session was last used: a write for each use would be too much.
const USE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How many sessions that are in use are stored in one transaction: other writes wait for it.
const USED_AT_ONCE: usize = 256;

/// What is `duration` before a time.
fn before(at: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(at.0.saturating_sub(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
}

/// A session, as its user sees it.
pub(super) fn view(stored: StoredSession, current: Option<SecretHash>) -> SessionView {
    SessionView {
        id: stored.id,
        browser: stored.device.browser,
        address: stored.device.address,
        created_at: stored.created_at,
        last_used: stored.used_at,
        current: Some(stored.token) == current,
    }
}

impl Service {
    /// The user of a session token, which is used from an address.
    ///
    /// # Errors
    /// `bad_token`.
    pub async fn session(&self, token: &str, address: Option<&str>) -> Result<(User, SecretHash), Error> {
        let (hash, now) = (token::hash(token), clock::now());
        let (user, used_at) = self.storage().session(hash).await?.ok_or(ErrorCode::BadToken)?;
        if used_at < before(now, self.options().session_lifetime) {
            return Err(ErrorCode::BadToken.into());
        }
        if used_at < before(now, USE_INTERVAL)
            && let Err(error) = self.storage().use_session(hash, now, address.map(str::to_owned)).await
        {
            // The session is good; that it was used is stored with its next use.
            tracing::debug!(%error, "failed to store that a session was used");
        }
        Ok((user, hash))
    }

    /// The sessions of a user who asks with one of them.
    ///
    /// # Errors
    /// Storage's.
    pub async fn sessions(&self, user: &User, current: SecretHash) -> Result<Sessions, Error> {
        let sessions = self.storage().sessions(user.id).await?;
        Ok(Sessions { sessions: sessions.into_iter().map(|stored| view(stored, Some(current))).collect() })
    }

    /// Ends a session, and its connections with it.
    ///
    /// # Errors
    /// Storage's.
    pub async fn sign_out(&self, user: &User, session: SecretHash) -> Result<(), Error> {
        self.storage().end_session(session).await?;
        self.bus().end(user.id, EndedConnections::Session(session));
        Ok(())
    }

    /// Ends a session of a user, by its id.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn end_session(&self, user: &User, id: u64) -> Result<(), Error> {
        let ended = self.storage().end_session_of(user.id, id).await?.ok_or(ErrorCode::NotFound)?;
        self.bus().end(user.id, EndedConnections::Session(ended));
        Ok(())
    }

    /// Ends every session of a user, but the one that is kept.
    ///
    /// # Errors
    /// Storage's.
    pub async fn end_sessions(&self, user: UserId, kept: Option<SecretHash>) -> Result<(), Error> {
        self.storage().end_sessions(user, kept).await?;
        let ended = kept.map_or(EndedConnections::All, EndedConnections::OtherThan);
        self.bus().end(user, ended);
        Ok(())
    }

    /// Ends every session that was not used for as long as a session lives. One that has a connection is in use.
    ///
    /// # Errors
    /// Storage's.
    pub async fn expire_sessions(&self) -> Result<(), Error> {
        for connected in self.bus().connected_sessions().chunks(USED_AT_ONCE) {
            self.storage().use_sessions(connected.to_vec(), clock::now()).await?;
        }
        let used_before = before(clock::now(), self.options().session_lifetime);
        for (user, session) in self.storage().expire_sessions(used_before).await? {
            self.bus().end(user, EndedConnections::Session(session));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use confab_shared::{api::Access, text::UserName};
    use tokio::sync::mpsc;

    use super::*;
    use crate::{
        domain::{second_factor::ShownCode, sign_in::Proof},
        realtime::{
            bus::local::LocalBus,
            hub::{Hub, Item, Subscriber},
        },
        service::{options::Options, rate_limits::RateLimits},
        storage::{Device, NewName, NewSession, Sessions as _, SignInOutcome, memory::Memory},
    };

    struct Nobody;

    impl Subscriber for Nobody {
        fn deliver(&self, _items: &[Item]) {}
        fn end(&self) {}
    }

    #[tokio::test]
    async fn a_session_with_a_connection_is_in_use() {
        let (publisher, _published) = mpsc::channel(1);
        let storage = Arc::new(Memory::new(publisher));
        let hub = Arc::new(Hub::default());
        let bus = Arc::new(LocalBus::new(Arc::clone(&hub)));
        let service = Service::new(Options::of_test(), Arc::clone(&storage) as _, bus, RateLimits::off());
        let mut users = Vec::new();
        for (name, token) in [("mei", 1), ("ada", 2)] {
            let new = NewSession {
                name: NewName::of(UserName::new(name).unwrap()),
                access: Access::Open,
                proof: Proof::Nothing,
                code: ShownCode::Nothing,
                device: Device::default(),
                new_key: [token; 32],
                token: [token; 32],
                // Long ago.
                at: Timestamp(1),
            };
            let SignInOutcome::Claimed(user) = storage.sign_in(new).await.unwrap() else { panic!("free") };
            users.push(user);
        }
        let _connected = hub.register(users[0].id, Some([1; 32]), Arc::new(Nobody));
        service.expire_sessions().await.unwrap();
        assert!(storage.session([1; 32]).await.unwrap().is_some());
        assert!(storage.session([2; 32]).await.unwrap().is_none());
    }
}
