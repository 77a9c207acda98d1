//! `/ws`: who may upgrade, and in which dialect. Without a query it is the native one ([`native`]); `?userID=` is
//! the demo's ([`legacy`]). One task per connection ([`connection`]) owns its socket.

mod connection;
mod legacy;
mod link;
mod native;
mod origin;

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use confab_shared::protocol::{ErrorCode, MAX_FRAME_BYTES};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::link::Link;
pub use self::origin::AllowedOrigins;
use crate::{chat::Chat, error::Error, http::HttpError, hub::Hub};

/// How much is read from a socket at once, and how much is gathered before it is written: per connection, so small.
/// A frame larger than that is written alone, and the next one waits for it: there is never more than one of those.
const READ_BUFFER: usize = 4 * 1024;
const WRITE_BUFFER: usize = 16 * 1024;

/// How large a frame is read at all. One between this and [`MAX_FRAME_BYTES`] is read to its end and then refused:
/// closing a socket with unread input could take the refusal back before the peer has read it.
const MOST_READ: usize = 4 * MAX_FRAME_BYTES;

/// What connections share.
#[derive(Clone)]
pub struct Connections {
    /// What people do.
    pub chat: Chat,
    /// Where connections are entered.
    pub hub: Arc<Hub>,
    /// Which pages may connect.
    pub origins: Arc<AllowedOrigins>,
    /// Says when the server stops.
    pub stop: CancellationToken,
    /// Counts the tasks: axum's graceful shutdown does not wait for upgraded sockets.
    pub tasks: TaskTracker,
}

/// `GET /ws`.
pub async fn upgrade(
    State(shared): State<Connections>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match prepare(&shared, &headers, query.as_deref(), upgrade).await {
        Ok((dialect, upgrade)) => accept(shared, dialect, upgrade),
        Err(error) => HttpError(error).into_response(),
    }
}

enum Dialect {
    Native,
    Legacy(confab_shared::model::User),
}

/// Decides before anything is written: a request that is no upgrade makes no user.
async fn prepare(
    shared: &Connections,
    headers: &HeaderMap,
    query: Option<&str>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<(Dialect, WebSocketUpgrade), Error> {
    if !shared.origins.allow(headers) {
        return Err(ErrorCode::ForeignOrigin.into());
    }
    let id = query.filter(|query| !query.is_empty()).map(legacy::user_id).transpose()?;
    let upgrade = upgrade.map_err(|rejection| Error::new(ErrorCode::BadRequest, rejection.body_text()))?;
    let dialect = match id {
        None => Dialect::Native,
        Some(id) => Dialect::Legacy(shared.chat.come_without_key(&id).await?),
    };
    Ok((dialect, upgrade))
}

fn accept(shared: Connections, dialect: Dialect, upgrade: WebSocketUpgrade) -> Response {
    let token = shared.tasks.token();
    upgrade
        .max_frame_size(MOST_READ)
        .max_message_size(MOST_READ)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .on_failed_upgrade(|error| tracing::debug!(%error, "an upgrade failed"))
        .on_upgrade(async move |socket| {
            let _counted = token;
            let link = Link::new(socket);
            match dialect {
                Dialect::Native => native::serve(shared, link).await,
                Dialect::Legacy(user) => legacy::serve(shared, link, user).await,
            }
        })
}
