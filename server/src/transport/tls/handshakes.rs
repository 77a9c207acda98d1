//! How many TLS handshakes one network may begin, and how many of them may be unfinished: a handshake costs its client
//! next to nothing, and the server a signature.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{client_address::ClientAddress, limits::UNFINISHED_HANDSHAKES},
    service::Service,
    throttle::Throttle,
};

/// The handshakes of all networks.
pub struct Handshakes {
    service: Service,
    // A std mutex: it is locked for one map operation, never across an await.
    unfinished: Mutex<HashMap<IpAddr, usize>>,
    log: Throttle,
}

impl Handshakes {
    /// Without handshakes; how many begin is limited by the service's rate limits.
    pub fn new(service: Service) -> Arc<Self> {
        Arc::new(Self { service, unfinished: Mutex::default(), log: Throttle::new() })
    }

    /// Counts the handshake of a client, before anything is read from it. None where the client's network is at a limit:
    /// the connection has to end.
    pub fn begin(self: &Arc<Self>, client: IpAddr) -> Option<UnfinishedHandshake> {
        let client = ClientAddress::new(client, true);
        self.service.limits().handshake(&client).ok()?;
        let (network, limit) = (client.network(), UNFINISHED_HANDSHAKES.of(client.is_loopback()));
        let mut unfinished = self.unfinished();
        let count = unfinished.entry(network).or_default();
        if *count >= limit {
            drop(unfinished);
            self.log_full(&client);
            return None;
        }
        *count += 1;
        drop(unfinished);
        Some(UnfinishedHandshake { handshakes: Arc::clone(self), network })
    }

    fn log_full(&self, client: &ClientAddress) {
        if let Some(suppressed) = self.log.pass() {
            let address = client.ip;
            tracing::warn!(target: "security", %address, "refused a connection: too many unfinished TLS handshakes{suppressed}");
        }
    }

    fn unfinished(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handshake that has begun. Dropping it ends it, in any way that the handshake ended.
pub struct UnfinishedHandshake {
    handshakes: Arc<Handshakes>,
    network: IpAddr,
}

impl Drop for UnfinishedHandshake {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.handshakes.unfinished().entry(self.network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
