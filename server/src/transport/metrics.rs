//! The listener of `--metrics-listen`: what monitoring asks, apart from what everybody can reach.
//!
//! The `Host` of a request is not checked, as the page's listener does: monitoring asks for a node by any name that its network
//! gives it, and nothing here is anybody's secret.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderName, header},
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::http::health;
use crate::{
    metrics::{CONTENT_TYPE, METRICS},
    service::readiness::ReadinessProbe,
};

/// How many connections there may be; the next ones wait in the kernel.
const MAX_CONNECTIONS: usize = 64;

/// How long a request may take to arrive.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may take for its one request and the answer.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(15);

/// How long to wait before the next attempt when accepting a connection failed.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves until `stop`. Each connection has one request, so that none keeps its place.
pub async fn serve(listener: TcpListener, probe: Arc<ReadinessProbe>, stop: CancellationToken) {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .with_state(probe);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let accept = async || {
        let place = Arc::clone(&places).acquire_owned().await;
        (listener.accept().await, place)
    };
    loop {
        let (accepted, place) = tokio::select! {
            accepted = accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((socket, _)) => {
                let serving = serve_connection(socket, router.clone());
                tokio::spawn(async move {
                    let _place = place;
                    serving.await;
                });
            }
            Err(error) => {
                tracing::debug!(%error, "failed to accept a connection for monitoring");
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn serve_connection(socket: TcpStream, router: Router) {
    let router = TowerToHyperService::new(router);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), router);
    match timeout(CONNECTION_TIMEOUT, serving).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "failed to serve a connection for monitoring"),
        Err(_) => tracing::debug!("closed a connection for monitoring: it took too long"),
    }
}

async fn metrics(State(probe): State<Arc<ReadinessProbe>>) -> ([(HeaderName, &'static str); 1], String) {
    // It sets the metric.
    probe.free_bytes();
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], METRICS.encode())
}
