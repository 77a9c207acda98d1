//! `/ws`: who may upgrade, and in which dialect. Without a query it is the native one ([`native`]); `?userID=` is
//! the demo's ([`legacy`]).
//!
//! What is beneath is our own, RFC 6455 as far as a server without extensions needs it: [`handshake`], [`decoder`]
//! for what comes, `crate::frame` for what goes. A connection is a task ([`connection`]) that reads ([`reader`]), and a
//! [`link`] that everybody may write to; the [`heartbeat`] goes round all of them.

mod connection;
pub mod decoder;
mod echo;
mod handshake;
mod heartbeat;
mod legacy;
mod link;
mod native;
mod origin;
mod reader;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use confab_shared::{error::ErrorCode, user::User};
use tokio_util::task::TaskTracker;

use self::handshake::Handshake;
pub use self::{decoder::Decoder, echo::echo, heartbeat::Heartbeat, origin::AllowedOrigins};
use crate::{
    admission::{AuthenticatedSlot, Slot},
    chat::Chat,
    error::Error,
    http::HttpError,
    hub::Hub,
    proxy_hints,
};

/// What connections share.
#[derive(Clone)]
pub struct Connections {
    /// What people do.
    pub chat: Chat,
    /// Where connections are entered.
    pub hub: Arc<Hub>,
    /// What goes round them.
    pub heartbeat: Arc<Heartbeat>,
    /// Which pages may connect.
    pub origins: Arc<AllowedOrigins>,
    /// Counts the tasks: a graceful shutdown does not wait for upgraded sockets by itself.
    pub tasks: TaskTracker,
}

/// `GET /ws`. The page asks with POST, too, where its socket does not open: browsers name the page's origin only
/// there, and the answer says what stands in the way.
pub async fn upgrade(State(shared): State<Connections>, request: Request) -> Response {
    match prepare(&shared, request).await {
        Ok((dialect, handshake)) => accept(shared, dialect, handshake),
        Err(error) if error.code == ErrorCode::UpgradeRequired => {
            let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")];
            (headers, HttpError(error)).into_response()
        }
        Err(error) => HttpError(error).into_response(),
    }
}

enum Dialect {
    /// It authenticates with its first frame.
    Native(Option<Arc<Slot>>),
    /// A name that nobody holds is all that there is to authenticate.
    Legacy(User, Option<AuthenticatedSlot>),
}

/// Decides before anything is written: a request that is no upgrade makes no user.
async fn prepare(shared: &Connections, mut request: Request) -> Result<(Dialect, Handshake), Error> {
    if !shared.origins.allow(request.headers()) {
        proxy_hints::foreign_origin(request.headers());
        return Err(ErrorCode::ForeignOrigin.into());
    }
    let query = request.uri().query().filter(|query| !query.is_empty());
    let id = query.map(legacy::user_id).transpose()?;
    let slot = request.extensions_mut().remove::<Arc<Slot>>();
    let handshake = Handshake::new(&mut request).inspect_err(proxy_hints::no_handshake)?;
    let dialect = match id {
        None => Dialect::Native(slot),
        Some(id) => {
            let user = shared.chat.come_without_key(&id).await?;
            Dialect::Legacy(user, authenticated(slot.as_deref())?)
        }
    };
    Ok((dialect, handshake))
}

/// A place among the authenticated sockets. Only a router that is served without [`crate::http::listen`] has none.
fn authenticated(slot: Option<&Slot>) -> Result<Option<AuthenticatedSlot>, Error> {
    slot.map(|slot| slot.authenticate().ok_or(ErrorCode::TooManyConnections.into())).transpose()
}

fn accept(shared: Connections, dialect: Dialect, handshake: Handshake) -> Response {
    let (response, connected) = handshake.accept();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        let Some((link, reader)) = connected.await else { return };
        let link = Arc::new(link);
        shared.heartbeat.add(&link);
        match dialect {
            Dialect::Native(slot) => native::serve(shared, link, reader, slot).await,
            // In a box: it is larger, and a native connection would keep room for it.
            Dialect::Legacy(user, _slot) => Box::pin(legacy::serve(shared, link, reader, user)).await,
        }
    });
    response
}
