//! Accepts connections, with a bound that axum's own loop does not set: on how long a request may take to arrive.

use std::{pin::pin, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long the head of a request may take to arrive, also the next one's on a connection that is kept, and how long
/// its body may pause.
pub const REQUEST_TIME: Duration = Duration::from_secs(15);

/// How long what was sent may stay without its acknowledgement, or a peer without room for more: as long as two rounds of
/// the WebSockets' heartbeat. Nobody else asks after a peer that does not read an answer.
const UNREAD_TIME: Duration = Duration::from_secs(24);

/// The most bytes that the head of a request may have.
const MOST_HEAD: usize = 32 * 1024;

/// How long to wait when the system gives no more connections.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until told to stop; then takes nothing new, and waits for the requests that are under way. Upgraded sockets
/// are not waited for.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, _)) => {
                connections.spawn(connection(socket, router.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(socket: TcpStream, router: Router, stop: CancellationToken) {
    // Small frames must not wait for each other's acknowledgements.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "a socket keeps its delay");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&socket).set_tcp_user_timeout(Some(UNREAD_TIME)) {
        tracing::debug!(%error, "a socket waits for ever");
    }
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(REQUEST_TIME)
            .max_buf_size(MOST_HEAD)
            .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
