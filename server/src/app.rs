//! Builds the server's parts, serves, and shuts them down in order.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow};
use tokio::{
    net::TcpListener,
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    blobs::BlobStore,
    config::Config,
    domain::cluster::NodeId,
    lifecycle::SOFT_STOP_TIMEOUT,
    link_preview::{Fetcher, resolver::SystemResolver},
    media::MediaPool,
    realtime::{
        bus::{
            Bus,
            local::LocalBus,
            nats::{NatsBus, Requests},
        },
        hub::Hub,
        publisher::{self, MAX_PENDING_BATCHES},
    },
    service::{
        Files, Service,
        link_previews::{self, LinkPreviews},
        node::Cluster,
        options::Options,
        rate_limits::{RateLimits, SWEEP_INTERVAL},
        readiness::ReadinessProbe,
    },
    storage::{Storage, backend, data_folder, setup_link::SetupLinkFile},
    transport::{
        client_address::TrustedProxies,
        control, listener, metrics,
        origin::AllowedOrigins,
        router::router,
        tls::Tls,
        ws::{connections::Connections, heartbeat::Heartbeat},
    },
};

/// How often unused sessions are looked for.
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Serves on a listener until `stop` is cancelled. Then it is not ready any more, closes WebSockets with 1001 over the time
/// of the drain, commits and acknowledges commands that were read, and closes storage last. It takes no new WebSocket
/// meanwhile, and no connection once the drain is over.
///
/// # Errors
/// Where the certificate, the data folder or the storage in it cannot be used.
pub async fn serve(listener: TcpListener, config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let tls = config.certificate().map(Tls::from_files).transpose()?;
    data_folder::prepare(&config.data)?;
    let (committed, to_publish) = mpsc::channel(MAX_PENDING_BATCHES);
    let storage = backend::open(config.database.as_deref(), &config.data, committed).await?;
    let hub = Arc::new(Hub::default());
    let (bus, cluster) = open_bus(&config, &*storage, &hub).await?;
    let (linked, linked_messages) = mpsc::channel(link_previews::MAX_WAITING);
    let publisher = must_live(tokio::spawn(publisher::run(
        to_publish,
        Arc::clone(&bus),
        config.link_previews().then_some(linked),
    )));
    let tasks = TaskTracker::new();
    let heartbeat = Arc::new(Heartbeat::default());
    let address = listener.local_addr().context("failed to read the listener's address")?;
    let options = Options {
        access: config.access(),
        exposed: !address.ip().is_loopback(),
        url: config.public_url.clone().unwrap_or_else(|| page_url(address, tls.is_some())),
        has_public_url: config.public_url.is_some(),
        session_lifetime: Duration::from_secs(config.session_days * 24 * 60 * 60),
        file_limits: config.file_limits(),
        link_previews: config.link_previews(),
        setup_link: SetupLinkFile::new(&config.data),
        welcome_limit: config.welcome_conversations,
    };
    let limits = if config.limits() { RateLimits::on() } else { RateLimits::off() };
    let readiness = Arc::new(ReadinessProbe::new(
        Arc::clone(&storage),
        Arc::clone(&bus),
        config.data.clone(),
        config.min_free_bytes(),
    ));
    let media = MediaPool::default();
    let service = Service::new(options, Arc::clone(&storage), bus, limits)
        .with_files(open_files(&config, media.clone()).await?);
    let (service, requests) = match cluster {
        Some((cluster, requests)) => (service.with_cluster(cluster), Some(requests)),
        None => (service, None),
    };
    let setup_link = service.new_setup_link().await?;
    let left = CancellationToken::new();
    if let Some(Requests { repairs, usages, delivery }) = requests {
        must_live(delivery);
        let joined = service.join_cluster(repairs, usages, left.clone()).await;
        joined.map_err(|_| anyhow!("failed to join the cluster: the database does not answer"))?;
    }
    let loopback = address.ip().is_loopback();
    let connections = Connections {
        service: service.clone(),
        hub,
        heartbeat: Arc::clone(&heartbeat),
        origins: Arc::new(AllowedOrigins {
            loopback,
            public: config.public_url.clone(),
            configured: config.allow_origin.clone(),
        }),
        legacy_dialect: config.legacy_dialect,
        readiness: Arc::clone(&readiness),
        tasks: tasks.clone(),
    };

    if let Some(tls) = &tls {
        tls.reload_on_change(stop.clone()).context("failed to listen for SIGHUP")?;
    }
    if let Some(address) = config.metrics_listen {
        serve_metrics(address, Arc::clone(&readiness), left.clone()).await?;
    }
    let command_line = serve_command_line(&config.data, &service, &stop);
    println!("Confab is ready: open {}", page_url(address, tls.is_some()));
    if let Some(link) = setup_link {
        println!("This server has no owner yet. Whoever opens this link first becomes the owner: {link}");
    }
    if !loopback && config.public_url.is_none() {
        tracing::warn!(
            "the address by which people reach this server is not known: until `--public-url https://chat.example` (or \
             wherever it is) names it, the server answers to IP addresses and to what `--allow-origin` names"
        );
    }

    if config.link_previews() {
        let fetcher = Fetcher::new(Box::new(SystemResolver::default()), config.link_preview_allow.clone());
        let previews = LinkPreviews::new(service.clone(), fetcher, media);
        tokio::spawn(previews.run(linked_messages, stop.clone()));
    }
    let indexer = config.search().then(|| tokio::spawn(service.clone().run_indexer(left.clone())));
    tokio::spawn(expire_sessions(service.clone(), stop.clone()));
    tokio::spawn(sweep_limits(service.clone(), stop.clone()));
    let (collecting, stop_collecting) = (service.clone(), stop.clone());
    tokio::spawn(async move { collecting.collect_files(stop_collecting).await });
    let (stop_heartbeat, drain) = (stop.clone(), config.drain());
    let drained = CancellationToken::new();
    let stop_listening = drained.clone();
    must_live(tokio::spawn(async move {
        heartbeat.run(stop_heartbeat, drain).await;
        stop_listening.cancel();
    }));
    let proxies = TrustedProxies::new(config.trusted_proxy);
    let tls = tls.map(|tls| tls.limited(service.clone()));
    let serving = tokio::spawn(listener::serve(listener, router(connections), tls, proxies, drained));
    stop.cancelled().await;
    readiness.stop();
    tasks.close();
    let connections_ended = async {
        tasks.wait().await;
        serving.await
    };
    if timeout(drain + SOFT_STOP_TIMEOUT, connections_ended).await.is_err() {
        tracing::warn!("some connections did not end within the stop's timeout");
    }
    if let Some(command_line) = command_line {
        // A panic in it has been printed by then.
        let _ = command_line.await;
    }
    left.cancel();
    if let Some(indexer) = indexer {
        // A panic in it has been printed by then.
        let _ = indexer.await;
    }
    service.leave_cluster().await;
    storage.close().await;
    publisher.abort();
    tracing::info!("stopped");
    Ok(())
}

/// The store of files, and what looks at them.
async fn open_files(config: &Config, media: MediaPool) -> anyhow::Result<Files> {
    let blobs = BlobStore::open(&config.blobs())?;
    if let Err(error) = blobs.probe().await {
        tracing::error!(%error, store = blobs.name(), "the store of files does not answer");
    }
    if config.bus.is_some() && config.blobs.is_none() {
        tracing::warn!(
            "several servers have to have one store of files: until `--blobs s3://bucket` or a folder that they share \
             names it, each has its own, and shows no files of the others"
        );
    }
    Ok(Files::new(blobs, media))
}

/// The bus, and this node's part in a cluster where there are several.
async fn open_bus(
    config: &Config,
    storage: &dyn Storage,
    hub: &Arc<Hub>,
) -> anyhow::Result<(Arc<dyn Bus>, Option<(Cluster, Requests)>)> {
    let Some(url) = &config.bus else {
        return Ok((Arc::new(LocalBus::new(Arc::clone(hub))), None));
    };
    storage.shared().context("`--bus` is for servers that share a database: this one has its own")?;
    let mut id = [0; 8];
    getrandom::fill(&mut id).context("failed to make up a node's id")?;
    let node = NodeId(u64::from_ne_bytes(id));
    let (bus, requests) = NatsBus::connect(url, node, Arc::clone(hub)).await?;
    let bus = Arc::new(bus);
    tracing::info!(%node, "this server is a node of a cluster");
    Ok((Arc::clone(&bus) as _, Some((Cluster::new(bus), requests))))
}

/// Forgets counters of the rate limits that are full again, until the server stops.
async fn sweep_limits(service: Service, stop: CancellationToken) {
    while timeout(SWEEP_INTERVAL, stop.cancelled()).await.is_err() {
        service.limits().sweep();
    }
}

/// Serves monitoring, on an address of its own.
async fn serve_metrics(
    address: SocketAddr,
    readiness: Arc<ReadinessProbe>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let failed = || format!("failed to listen on {address} for monitoring");
    let listener = TcpListener::bind(address).await.with_context(failed)?;
    let address = listener.local_addr().with_context(failed)?;
    tracing::info!("metrics are at http://{address}/metrics");
    tokio::spawn(metrics::serve(listener, readiness, stop));
    Ok(())
}

/// Serves the command line, on a socket in the data folder.
fn serve_command_line(folder: &Path, service: &Service, stop: &CancellationToken) -> Option<JoinHandle<()>> {
    match control::listen(folder) {
        Ok(listener) => {
            let (folder, service, stop) = (folder.to_owned(), service.clone(), stop.clone());
            Some(tokio::spawn(async move { control::serve(listener, &folder, service, stop).await }))
        }
        Err(error) => {
            tracing::warn!(
                %error,
                "failed to listen for the command line: `confab user` works only while this server does not run"
            );
            None
        }
    }
}

/// Ends sessions that were not used for long, at intervals.
async fn expire_sessions(service: Service, stop: CancellationToken) {
    loop {
        if let Err(error) = service.expire_sessions().await {
            tracing::warn!(%error, "failed to end unused sessions");
        }
        tokio::select! {
            () = sleep(EXPIRE_INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Ends the process where a task panics that all connections need: they would wait for ever, and a supervisor starts the
/// server again.
fn must_live(task: JoinHandle<()>) -> AbortHandle {
    let handle = task.abort_handle();
    tokio::spawn(async move {
        if task.await.is_err_and(|error| error.is_panic()) {
            std::process::abort();
        }
    });
    handle
}

/// The page's address that a browser on this machine can open.
fn page_url(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    match address.ip() {
        ip if ip.is_unspecified() || ip == IpAddr::V4(Ipv4Addr::LOCALHOST) => {
            format!("{scheme}://localhost:{}", address.port())
        }
        // `localhost` does not resolve to other loopback addresses.
        _ => format!("{scheme}://{address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_url_can_be_opened_on_this_machine() {
        let url = |address: &str| page_url(address.parse().unwrap(), false);
        assert_eq!(url("127.0.0.1:8088"), "http://localhost:8088");
        assert_eq!(url("127.0.0.2:8088"), "http://127.0.0.2:8088");
        assert_eq!(url("0.0.0.0:8088"), "http://localhost:8088");
        assert_eq!(url("[::]:8088"), "http://localhost:8088");
        assert_eq!(url("[::1]:8088"), "http://[::1]:8088");
        assert_eq!(url("[2001:db8::1]:8088"), "http://[2001:db8::1]:8088");
        assert_eq!(url("192.0.2.1:80"), "http://192.0.2.1:80");
        assert_eq!(page_url("0.0.0.0:443".parse().unwrap(), true), "https://localhost:443");
    }
}
