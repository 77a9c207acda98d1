//! Accepts connections, with bounds that axum's own accept loop does not set: on their number (`admission`), and on
//! the time for a request to arrive and for its answer to be read.

pub mod metered;
mod timed_body;

use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};

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
    timed_body::{REQUEST_TIMEOUT, TimedBody},
};
use super::{
    admission::{Admission, ConnectionLimits, STALLED_ANSWER_TIMEOUT, Slot},
    client_address::TrustedProxies,
};
use crate::throttle::Throttle;

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// How long to wait before the next attempt when accepting a connection failed.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// How often a connection is checked after [`STOP_GRACE`].
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// How often an unread answer is checked.
const OVERDUE_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How long a stop waits for clients to send the rest of a request, or to read an answer.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Serves until `stop`. Then it accepts no connection, and waits for pending requests, but not for upgraded sockets. Every
/// request has a [`ClientAddress`](crate::domain::client_address::ClientAddress) in its extensions.
pub async fn serve(listener: TcpListener, router: Router, proxies: TrustedProxies, stop: CancellationToken) {
    static ACCEPT_FAILURES: Throttle = Throttle::new();
    let proxies = Arc::new(proxies);
    let admission = Admission::new(ConnectionLimits::from_open_files());
    let connections = TaskTracker::new();
    let accept = async || {
        let (socket, address) = listener.accept().await?;
        let peer = address.ip();
        let slot = admission.admit((!proxies.trust(peer)).then_some(peer)).await;
        std::io::Result::Ok((
            socket,
            Peer { address: peer, proxies: Arc::clone(&proxies), slot: Arc::new(slot) },
        ))
    };
    loop {
        let accepted = tokio::select! {
            accepted = accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                connections.spawn(serve_connection(socket, peer, router.clone(), stop.clone()));
            }
            Err(error) => {
                if let Some(suppressed) = ACCEPT_FAILURES.pass() {
                    tracing::warn!(%error, "failed to accept a connection{suppressed}");
                }
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The other end of a connection: a client, or a proxy with requests of many.
struct Peer {
    address: IpAddr,
    proxies: Arc<TrustedProxies>,
    slot: Arc<Slot>,
}

/// Serves the requests of one connection, until it is upgraded or ends.
async fn serve_connection(socket: TcpStream, peer: Peer, router: Router, stop: CancellationToken) {
    // Without it, a small frame waits for the acknowledgement of the one before (Nagle's algorithm).
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&socket).set_tcp_user_timeout(Some(STALLED_ANSWER_TIMEOUT)) {
        tracing::debug!(%error, "failed to set TCP_USER_TIMEOUT");
    }
    let slot = Arc::clone(&peer.slot);
    let stream = TokioIo::new(MeteredStream::new(socket, Arc::clone(&slot)));
    let mut http = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(REQUEST_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(stream, metered_service(router, peer))
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = &mut http => ended,
        () = slot.evicted() => return tracing::debug!("closed a connection: evicted at the connection limit"),
        () = answer_overdue(&slot) => return tracing::debug!("closed a connection: its answer was not read in time"),
        () = stop.cancelled() => {
            http.as_mut().graceful_shutdown();
            tokio::select! {
                ended = http => ended,
                () = stop_grace_over(&slot) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "failed to serve a connection");
    }
}

/// The router as the service of one connection, which finds the client of each request, and records the requests'
/// progress in the connection's slot.
fn metered_service(
    router: Router,
    peer: Peer,
) -> impl Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> {
    let router = TowerToHyperService::new(router);
    let Peer { address, proxies, slot } = peer;
    let is_proxy = proxies.trust(address);
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let client = proxies.client(address, request.headers());
        if is_proxy {
            slot.set_client(client.ip);
        }
        let began = slot.request_began();
        let mut request = request.map(|body| Body::new(TimedBody::new(body, Arc::clone(&slot), began)));
        request.extensions_mut().insert(Arc::clone(&slot));
        request.extensions_mut().insert(client);
        let (answer, slot) = (router.call(request), Arc::clone(&slot));
        async move {
            let answer = answer.await;
            slot.answering();
            answer
        }
    })
}

/// Waits until the client reads an answer too slowly.
async fn answer_overdue(slot: &Slot) {
    while !slot.is_overdue() {
        sleep(OVERDUE_CHECK_INTERVAL).await;
    }
}

/// Waits until [`STOP_GRACE`] is over and the connection waits for its client: an answer that is being made is still
/// sent.
async fn stop_grace_over(slot: &Slot) {
    sleep(STOP_GRACE).await;
    while !slot.is_waiting() {
        sleep(STOP_CHECK_INTERVAL).await;
    }
}
