//! The addresses of host names.

use std::{
    future::Future,
    io,
    net::{IpAddr, ToSocketAddrs},
    pin::Pin,
    sync::Arc,
    thread,
};

use tokio::sync::{Semaphore, oneshot};

/// Looks up the addresses of a host name.
pub trait Resolve: Send + Sync {
    /// All addresses.
    fn resolve(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + '_>>;
}

/// How many look-ups may be under way, abandoned ones included.
const MAX_LOOKUPS: usize = 8;

/// The system's resolver. Each look-up has a thread of its own: it may take half a minute, and the runtime's threads for
/// blocking work are those that storage reads on.
pub struct SystemResolver {
    permits: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + '_>> {
        Box::pin(async move {
            let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(io::Error::other)?;
            let (reply, answer) = oneshot::channel();
            thread::Builder::new().name("link-preview-dns".into()).spawn(move || {
                let found = (host.as_str(), 0).to_socket_addrs();
                // Who asked may have given up.
                let _ = reply.send(found.map(|found| found.map(|address| address.ip()).collect()));
                drop(permit);
            })?;
            answer.await.map_err(io::Error::other)?
        })
    }
}
