//! `/ws`: which requests are upgraded, and to which dialect. Without a query it is the native one ([`native`]);
//! `?userID=` is the demo's ([`legacy`]).
//!
//! A connection is a task ([`connection`]) that reads ([`reader`]), and a [`handle`] that many write through; the
//! [`heartbeat`] pings all of them. The bytes are those of the codec, [`crate::websocket`].

mod connection;
pub mod connections;
mod dialect;
mod echo;
mod error_frame;
mod handle;
mod handshake;
pub mod heartbeat;
pub mod legacy;
mod native;
mod reader;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use confab_shared::{error::ErrorCode, user::User};

pub use self::echo::echo;
use self::{connections::Connections, handshake::Handshake};
use super::{
    admission::{AuthenticatedSlot, Slot},
    client_address,
    error::HttpError,
    proxy_hints, security_log,
};
use crate::{
    domain::{client_address::ClientAddress, sign_in::guest_may_sign_in},
    service::error::Error,
    throttle::Throttle,
};

/// `GET /ws`. The page also sends POST where its socket does not open: browsers send `Origin` with it, and the response
/// says why the upgrade is refused.
pub async fn upgrade(State(shared): State<Connections>, request: Request) -> Response {
    let from = match request.extensions().get::<ClientAddress>() {
        Some(from) => *from,
        None => return HttpError::from(ErrorCode::Internal).into_response(),
    };
    match prepare(&shared, request, &from).await {
        Ok((dialect, handshake)) => accept(shared, dialect, handshake, from),
        Err(error) if error.code == ErrorCode::UpgradeRequired => {
            let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")];
            (headers, HttpError(error)).into_response()
        }
        Err(error) => HttpError(error).into_response(),
    }
}

enum Dialect {
    /// The first frame authenticates.
    Native(Option<Arc<Slot>>),
    /// Not authenticated: whoever says the ID.
    Legacy(User, Option<AuthenticatedSlot>),
}

/// Checks the request before anything is stored: an invalid upgrade creates no user.
async fn prepare(
    shared: &Connections,
    mut request: Request,
    from: &ClientAddress,
) -> Result<(Dialect, Handshake), Error> {
    if !shared.origins.allows_origin(request.headers()) {
        proxy_hints::log_foreign_origin(&request);
        return Err(ErrorCode::ForeignOrigin.into());
    }
    // A connection that is drained away must not come back here.
    if shared.readiness.is_stopping() {
        return Err(ErrorCode::ShuttingDown.into());
    }
    let query = request.uri().query().filter(|query| !query.is_empty());
    let id = query.map(legacy::user_id).transpose()?;
    if id.is_some() {
        check_legacy_dialect(shared, request.headers(), from)?;
    }
    let slot = request.extensions_mut().remove::<Arc<Slot>>();
    let handshake = Handshake::new(&mut request).inspect_err(proxy_hints::log_missing_upgrade)?;
    let dialect = match id {
        None => Dialect::Native(slot),
        Some(id) => {
            let user = shared.service.sign_in_without_key(&id, from).await;
            let user = user.inspect_err(|error| security_log::log_refused_sign_in(error, from.ip))?;
            let slot = connections::claim_authenticated_slot(slot.as_deref(), from)?;
            Dialect::Legacy(user, slot)
        }
    };
    Ok((dialect, handshake))
}

/// Checks that the demo's dialect is spoken here: it proves nothing, so other machines have it only where whoever runs the
/// server says so.
fn check_legacy_dialect(
    shared: &Connections,
    headers: &HeaderMap,
    from: &ClientAddress,
) -> Result<(), Error> {
    static THROTTLE: Throttle = Throttle::new();
    guest_may_sign_in(shared.service.access())?;
    let of_this_machine = shared.origins.is_for_loopback(headers)
        && from.is_loopback()
        && !client_address::is_forwarded(headers);
    if shared.legacy_dialect || of_this_machine {
        return Ok(());
    }
    if let Some(suppressed) = THROTTLE.pass() {
        tracing::warn!(
            target: "security",
            address = %from.ip,
            "refused a connection to /ws?userID=: it is for whoever says an ID, so only this machine's may connect on a \
             loopback address. `--legacy-dialect` lets all connect that reach this server{suppressed}"
        );
    }
    Err(Error::new(
        ErrorCode::Forbidden,
        "This server does not take connections to /ws?userID=. Whoever runs it can allow them with --legacy-dialect.",
    ))
}

fn accept(shared: Connections, dialect: Dialect, handshake: Handshake, from: ClientAddress) -> Response {
    let (response, connected) = handshake.accept();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        let Some((handle, reader)) = connected.await else { return };
        let handle = Arc::new(handle);
        shared.heartbeat.add(&handle);
        match dialect {
            Dialect::Native(slot) => native::serve(shared, handle, reader, from, slot).await,
            // Boxed: its future is larger, and the task of a native connection would reserve the room.
            Dialect::Legacy(user, _slot) => Box::pin(legacy::serve(shared, handle, reader, from, user)).await,
        }
    });
    response
}

#[cfg(test)]
mod tests;
