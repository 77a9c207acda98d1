//! Puts the parts together, and takes them apart in the right order.

use std::sync::Arc;

use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    bus::{Bus, LocalBus},
    chat::{self, Chat},
    config::Config,
    http,
    hub::Hub,
    lifecycle::SOFT_STOP,
    store::{self, Store, sqlite::Sqlite},
    ws::{AllowedOrigins, Connections, Heartbeat},
};

/// Serves on a listener until told to stop. Then: no new work; what was read is committed and acknowledged; sockets
/// are closed with 1001; the store is closed last.
///
/// # Errors
/// Where the data folder or the store in it cannot be used.
pub async fn serve(listener: TcpListener, config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    store::folder::prepare(&config.data)?;
    let (committed, to_publish) = mpsc::channel(chat::QUEUE);
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&config.data, committed)?);
    let hub = Arc::new(Hub::default());
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::new(Arc::clone(&hub)));
    let publisher = tokio::spawn(chat::publish(to_publish, Arc::clone(&bus)));
    let tasks = TaskTracker::new();
    let heartbeat = Arc::new(Heartbeat::default());
    let connections = Connections {
        chat: Chat::new(config.access(), Arc::clone(&store), bus),
        hub,
        heartbeat: Arc::clone(&heartbeat),
        origins: Arc::new(AllowedOrigins {
            loopback: config.listen.ip().is_loopback(),
            named: config.allow_origin.clone(),
        }),
        tasks: tasks.clone(),
    };

    let address = listener.local_addr()?;
    let host = if address.ip().is_loopback() { "localhost".to_owned() } else { address.ip().to_string() };
    println!("Confab is ready: open http://{host}:{}", address.port());

    let beating = stop.clone();
    tokio::spawn(async move { heartbeat.run(beating).await });
    let serving = tokio::spawn(http::listen::serve(listener, http::router(connections), stop.clone()));
    stop.cancelled().await;
    tasks.close();
    let soft = async {
        tasks.wait().await;
        serving.await
    };
    if timeout(SOFT_STOP, soft).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    store.close().await;
    publisher.abort();
    tracing::info!("stopped");
    Ok(())
}
