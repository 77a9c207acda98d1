//! Accepts connections, with bounds that axum's own loop does not set: on how many there are
//! ([`super::admission`]), and on how long a request may take to arrive and its answer to be read.

pub mod metered;
mod timed_body;

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    metered::MeteredStream,
    timed_body::{REQUEST_TIME, TimedBody},
};
use super::{
    admission::{Admission, ConnectionLimits, Slot, UNREAD_TIME},
    throttle::Throttle,
};

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// How long to wait after accepting a connection failed.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// How often the reading of an answer is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How long a stop waits for clients to send the rest of a request, or to read an answer.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Serves until `stop`; then accepts nothing new, and waits for pending requests. Upgraded sockets
/// are not waited for.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    static FAILED: Throttle = Throttle::new();
    let admission = Admission::new(ConnectionLimits::from_open_files());
    let connections = TaskTracker::new();
    let accept = async || {
        let (socket, address) = listener.accept().await?;
        let slot = admission.admit(address.ip()).await;
        std::io::Result::Ok((socket, slot))
    };
    loop {
        let accepted = tokio::select! {
            accepted = accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, slot)) => {
                connections.spawn(connection(socket, slot, router.clone(), stop.clone()));
            }
            Err(error) => {
                if FAILED.allow() {
                    tracing::warn!(%error, "failed to accept a connection");
                }
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(socket: TcpStream, slot: Slot, router: Router, stop: CancellationToken) {
    // Small frames must not wait for each other's acknowledgements.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&socket).set_tcp_user_timeout(Some(UNREAD_TIME)) {
        tracing::debug!(%error, "failed to set TCP_USER_TIMEOUT");
    }
    let slot = Arc::new(slot);
    let stream = TokioIo::new(MeteredStream::new(socket, Arc::clone(&slot)));
    let mut http = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(REQUEST_TIME)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(stream, service(router, Arc::clone(&slot)))
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = &mut http => ended,
        () = slot.evicted() => return tracing::debug!("a connection gave way to another"),
        () = overdue(&slot) => return tracing::debug!("an answer was not read in time"),
        () = stop.cancelled() => {
            http.as_mut().graceful_shutdown();
            tokio::select! {
                ended = http => ended,
                () = waits_at_stop(&slot) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Answers the requests of one connection, and notes how far they have come.
fn service(
    router: Router,
    slot: Arc<Slot>,
) -> impl Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> {
    let router = TowerToHyperService::new(router);
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let begun = slot.request_begun();
        let mut request = request.map(|body| Body::new(TimedBody::new(body, Arc::clone(&slot), begun)));
        request.extensions_mut().insert(Arc::clone(&slot));
        let (answer, slot) = (router.call(request), Arc::clone(&slot));
        async move {
            let answer = answer.await;
            slot.answering();
            answer
        }
    })
}

/// Waits until an answer is read too slowly.
async fn overdue(slot: &Slot) {
    while !slot.is_overdue() {
        sleep(CHECK_INTERVAL).await;
    }
}

/// Waits until a connection has had its last moment, and it is its client who is waited for.
async fn waits_at_stop(slot: &Slot) {
    sleep(STOP_GRACE).await;
    while !slot.is_waiting() {
        sleep(ACCEPT_RETRY).await;
    }
}
