//! Accepts connections, with bounds that axum's own accept loop does not set: on their number (`admission`), on the
//! time for a request to arrive and for its answer to be read, and on what the kernel keeps of them.

pub mod metered;
mod timed_body;

use std::{
    io,
    net::IpAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use self::{
    metered::MeteredStream,
    timed_body::{REQUEST_TIMEOUT, TimedBody},
};
use super::{
    admission::{Admission, ConnectionLimits, STALLED_ANSWER_TIMEOUT, Slot},
    client_address::TrustedProxies,
    connection_id::ConnectionId,
    http::headers,
    stream::Stream,
    tls::LimitedTls,
};
use crate::{metrics::METRICS, throttle::Throttle};

/// The largest head of a request, in bytes. A larger one is answered by 431, and so is one with more than 100 headers,
/// hyper's default: it parses that many without an allocation.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// How many bytes the kernel's buffer of each direction of a connection may hold. Linux counts its own overhead, too,
/// and doubles the number for it: 256 KiB. By default it would let a buffer grow to several MiB, which a client that does
/// not read fills. On localhost, 200 MiB take as long through buffers of 64 KiB as of 4 MiB (two to eight GB/s, by chance);
/// a round trip of 200 ms leaves about 1 MB/s.
const SOCKET_BUFFER_BYTES: usize = 128 * 1024;

/// How long to wait before the next attempt when accepting a connection failed.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// How often a connection is checked after [`STOP_GRACE`].
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// How often an unread answer is checked.
const OVERDUE_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How long a stop waits for clients to send the rest of a request, or to read an answer.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Serves until `stop`, HTTPS where `tls` is given. Then it accepts no connection, and waits for pending requests, but
/// not for upgraded sockets. Every request has a [`ClientAddress`](crate::domain::client_address::ClientAddress) in its extensions.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<LimitedTls>,
    proxies: TrustedProxies,
    stop: CancellationToken,
) {
    static ACCEPT_FAILURES: Throttle = Throttle::new();
    let router = if tls.is_some() { router.layer(headers::https_only()) } else { router };
    let (proxies, secure) = (Arc::new(proxies), tls.is_some());
    let admission = Admission::new(ConnectionLimits::from_open_files());
    let connections = TaskTracker::new();
    let accept = async || {
        let (socket, address) = listener.accept().await?;
        let peer = address.ip();
        let slot = admission.admit((!proxies.trust(peer)).then_some(peer)).await;
        io::Result::Ok((
            socket,
            Peer {
                id: ConnectionId::next(),
                address: peer,
                secure,
                proxies: Arc::clone(&proxies),
                slot: Arc::new(slot),
            },
        ))
    };
    loop {
        let accepted = tokio::select! {
            accepted = accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let span = peer.id.span();
                let serving = serve_connection(socket, peer, tls.clone(), router.clone(), stop.clone());
                connections.spawn(serving.instrument(span));
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
    id: ConnectionId,
    address: IpAddr,
    /// Whether it speaks TLS with this server.
    secure: bool,
    proxies: Arc<TrustedProxies>,
    slot: Arc<Slot>,
}

impl Peer {
    /// The client, where it is one and no proxy.
    fn client(&self) -> Option<IpAddr> {
        (!self.proxies.trust(self.address)).then_some(self.address)
    }
}

/// Serves the requests of one connection, until it is upgraded or ends.
async fn serve_connection(
    socket: TcpStream,
    peer: Peer,
    tls: Option<LimitedTls>,
    router: Router,
    stop: CancellationToken,
) {
    set_options(&socket);
    let slot = Arc::clone(&peer.slot);
    let stream = match tls {
        None => Stream::Plain(socket),
        // Boxed: a connection without TLS does not reserve the handshake's state.
        Some(tls) => match Box::pin(handshake(tls, socket, peer.client(), &slot, &stop)).await {
            Some(stream) => stream,
            None => return,
        },
    };
    let stream = TokioIo::new(MeteredStream::new(stream, Arc::clone(&slot)));
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

/// Sets the options of an accepted socket.
fn set_options(socket: &TcpStream) {
    let log = |option: &str, set: io::Result<()>| {
        if let Err(error) = set {
            tracing::debug!(%error, "failed to set {option}");
        }
    };
    // Without it, a small frame waits for the acknowledgement of the one before (Nagle's algorithm).
    log("TCP_NODELAY", socket.set_nodelay(true));
    let socket = SockRef::from(socket);
    log("SO_SNDBUF", socket.set_send_buffer_size(SOCKET_BUFFER_BYTES));
    log("SO_RCVBUF", socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES));
    #[cfg(target_os = "linux")]
    log("TCP_USER_TIMEOUT", socket.set_tcp_user_timeout(Some(STALLED_ANSWER_TIMEOUT)));
}

/// The TLS handshake of a connection, which has the slot of one that waits for its client. None where the connection
/// ends.
async fn handshake(
    tls: LimitedTls,
    socket: TcpStream,
    client: Option<IpAddr>,
    slot: &Slot,
    stop: &CancellationToken,
) -> Option<Stream> {
    let stream = tokio::select! {
        stream = tls.accept(socket, client) => stream?,
        () = slot.evicted() => {
            tracing::debug!("closed a connection: evicted at the connection limit");
            return None;
        }
        () = stop.cancelled() => return None,
    };
    // The time for a request begins now.
    slot.receiving(Instant::now());
    Some(stream)
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
    let Peer { id, address, secure, proxies, slot } = peer;
    let is_proxy = proxies.trust(address);
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut client = proxies.client(address, request.headers());
        client.secure |= secure;
        if is_proxy {
            slot.set_client(client.ip);
        }
        let began = slot.request_began();
        let mut request = request.map(|body| Body::new(TimedBody::new(body, Arc::clone(&slot), began)));
        request.extensions_mut().insert(Arc::clone(&slot));
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(id);
        let (answer, slot) = (router.call(request), Arc::clone(&slot));
        async move {
            let answer = answer.await.inspect(|answer| METRICS.answered(answer.status().as_u16()));
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
