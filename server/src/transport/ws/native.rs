//! The native dialect: JSON frames of `confab_shared::protocol`.

mod typing;

use std::{sync::Arc, time::Duration};

use confab_shared::{
    command as wire,
    draft::DraftKey,
    error::ErrorCode,
    id::ClientId,
    protocol::{Ack, ClientFrame, HELLO_SECONDS, ServerFrame, close},
    user::User,
};
use serde::Deserialize;
use tokio::{sync::oneshot, time::timeout};
use tracing::Instrument;

use self::typing::TypingSignals;
use super::{
    connection,
    connections::{Connections, claim_authenticated_slot},
    dialect::{Dialect, Inbound, RequestOutcome},
    error_frame::error_frame,
    handle::{ConnectionHandle, End},
    reader::Reader,
};
use crate::{
    domain::{client_address::ClientAddress, command::Command, event_position::EventPosition},
    metrics::{METRICS, OpenConnection},
    realtime::hub::{Registration, Subscriber},
    service::{
        CommandAnswer, ConnectionPace, PendingCommands, PresenceGuard, Service, command, error::Error, token,
    },
    transport::{
        admission::{AuthenticatedSlot, Slot},
        connection_id::ConnectionId,
        security_log,
    },
    websocket::{
        decoder::Received,
        frame::{Frame, close_code},
    },
};

/// Serves a connection: `hello`, `welcome`, then talk.
pub(super) async fn serve(
    shared: Connections,
    handle: Arc<ConnectionHandle>,
    reader: Reader,
    from: ClientAddress,
    slot: Option<Arc<Slot>>,
) {
    // Boxed: authentication's state is not reserved while the connection is open.
    let span = handle.id().span();
    let Some((native, reader, _guards)) =
        Box::pin(authenticate_or_close(shared, &handle, reader, from, slot).instrument(span)).await
    else {
        return;
    };
    connection::serve(handle, reader, native).await;
}

/// Authenticates a connection, or closes it with the reason.
async fn authenticate_or_close(
    shared: Connections,
    handle: &Arc<ConnectionHandle>,
    mut reader: Reader,
    from: ClientAddress,
    slot: Option<Arc<Slot>>,
) -> Option<(Native, Reader, Guards)> {
    match authenticate(&shared, handle, &mut reader, from, slot).await {
        Ok((native, guards)) => return Some((native, reader, guards)),
        Err(Unauthenticated::Ended(End::Gone)) => {}
        Err(Unauthenticated::Ended(End::Close(code, reason))) => {
            connection::close(handle, reader, code, reason).await
        }
        Err(Unauthenticated::Refused(error)) => refuse(handle, reader, error).await,
    }
    None
}

/// Why a connection is not authenticated.
enum Unauthenticated {
    /// The connection ends without an error frame.
    Ended(End),
    /// The client gets an error frame.
    Refused(Error),
}

impl From<Error> for Unauthenticated {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// A connection's entries in the hub, in presence, in admission and in the metrics, which end with it.
type Guards = (Registration, PresenceGuard, Option<AuthenticatedSlot>, OpenConnection);

async fn authenticate(
    shared: &Connections,
    handle: &Arc<ConnectionHandle>,
    reader: &mut Reader,
    from: ClientAddress,
    slot: Option<Arc<Slot>>,
) -> Result<(Native, Guards), Unauthenticated> {
    let hello = hello(handle, reader, &shared.service, &from, slot.as_deref());
    let hello = timeout(Duration::from_secs(HELLO_SECONDS), hello);
    let hello = tokio::select! {
        hello = hello => hello,
        () = evicted(slot.as_deref()) => {
            // The close is not awaited: another connection needs the slot.
            handle.close(Frame::close(Some((close_code::TRY_AGAIN, "too many connections"))));
            return Err(Unauthenticated::Ended(End::Gone));
        }
    };
    let (user, token) = hello.unwrap_or(Err(Unauthenticated::Refused(ErrorCode::HelloExpected.into())))?;
    let slot_guard = claim_authenticated_slot(slot.as_deref(), &from)?;
    drop(slot);
    // The order is: register, check the session again, read the welcome. So no event, and no end of the session, after
    // the welcome was read is missed.
    handle.hold_deliveries();
    let subscriber: Arc<dyn Subscriber> = Arc::clone(handle) as _;
    let registration = shared.hub.register(user.id, Some(token::hash(&token)), subscriber);
    let presence = shared.service.on_connect(user.id).await;
    let presence = presence.inspect_err(|error| security_log::log_refused_connection(error, from.ip))?;
    let service = shared.service.clone();
    let pace = ConnectionPace::new(from, service.limits());
    let mut native =
        Native { service, user, handle: Arc::clone(handle), pace, typing: TypingSignals::default() };
    native.pace.welcome(native.service.limits(), native.user.id).await;
    // The user may have changed before the connection was registered.
    (native.user, _) = native.service.session(&token, None).await?;
    handle.welcome(native.welcome().await?);
    if native.service.is_slow() {
        handle.send(Frame::json(&ServerFrame::Slow { slow: true }));
    }
    let open = OpenConnection::count(&METRICS.native_connections);
    Ok((native, (registration, presence, slot_guard, open)))
}

/// Waits until admission evicts the connection.
async fn evicted(slot: Option<&Slot>) {
    match slot {
        Some(slot) => slot.evicted().await,
        None => std::future::pending().await,
    }
}

/// Waits for the first message, and finds the user of its token.
async fn hello(
    handle: &ConnectionHandle,
    reader: &mut Reader,
    service: &Service,
    from: &ClientAddress,
    slot: Option<&Slot>,
) -> Result<(User, String), Unauthenticated> {
    let text = loop {
        match reader.receive(handle).await.map_err(Unauthenticated::Ended)? {
            Received::Text(text) => break text,
            Received::Ping(payload) => handle.send(Frame::pong(&payload)),
            Received::Pong(_) => {}
            Received::Close(_) => return Err(Unauthenticated::Ended(End::Gone)),
            Received::Broken(code) => {
                return Err(Unauthenticated::Ended(End::Close(code, "this is not WebSocket")));
            }
            Received::Binary(_) => return Err(Error::from(ErrorCode::BinaryFrame).into()),
            Received::TooLarge => return Err(Error::from(ErrorCode::TooLarge).into()),
        }
    };
    if let Some(slot) = slot {
        slot.working();
    }
    match decode(&text) {
        Ok(ClientFrame::Hello { token }) => {
            let (user, _) = service.session(&token, Some(&from.ip.to_string())).await?;
            Ok((user, token))
        }
        Ok(_) => Err(Error::from(ErrorCode::HelloExpected).into()),
        Err((error, _)) => Err(error.into()),
    }
}

async fn refuse(handle: &ConnectionHandle, reader: Reader, error: Error) {
    let code = match error.code {
        ErrorCode::BadToken => close::BAD_TOKEN,
        ErrorCode::StoreFailed | ErrorCode::ShuttingDown | ErrorCode::TooManyConnections => {
            close_code::TRY_AGAIN
        }
        ErrorCode::TooLarge => close_code::TOO_LARGE,
        _ => close::NO_HELLO,
    };
    handle.welcome(error_frame(error, None, handle.id()));
    connection::close(handle, reader, code, "not welcome").await;
}

struct Native {
    service: Service,
    user: User,
    handle: Arc<ConnectionHandle>,
    pace: ConnectionPace,
    typing: TypingSignals,
}

impl Dialect for Native {
    type Request = ClientFrame;

    async fn read(&mut self, text: String) -> Inbound<ClientFrame> {
        self.pace.frame().await;
        if let Some(user) = self.handle.take_changed_user() {
            self.user = user;
        }
        let frame = match decode(&text) {
            Ok(frame) => frame,
            Err((error, client_id)) => {
                return Inbound::Answer(error_frame(error, client_id, self.handle.id()));
            }
        };
        match frame.into_command() {
            Ok(given) => {
                let (client_id, connection) = (given.client_id(), self.handle.id());
                self.command(given).map_or_else(
                    |error| Inbound::Answer(error_frame(error, Some(client_id), connection)),
                    Inbound::Command,
                )
            }
            Err(ClientFrame::Read { conversation, seq, thread: None }) => {
                Inbound::Command(self.service.mark_read(&self.user, conversation, seq))
            }
            Err(request) => Inbound::Request(request),
        }
    }

    async fn submit(&self, commands: Vec<Command>) -> PendingCommands {
        self.service.submit(commands).await
    }

    fn answer(&mut self, answer: CommandAnswer, connection: ConnectionId) -> Option<Frame> {
        let CommandAnswer { client_id, outcome } = answer;
        if let Err(error) = &outcome {
            self.pace.answered(client_id, error);
        }
        match (outcome, client_id) {
            (Ok(EventPosition { conversation, seq, at }), Some(client_id)) => {
                Some(Frame::json(&ServerFrame::Ack(Ack { client_id, conversation, seq, at })))
            }
            // A moved read position is not acknowledged.
            (Ok(_), None) => None,
            (Err(error), client_id) => Some(error_frame(error, client_id, connection)),
        }
    }

    async fn handle(&mut self, request: ClientFrame, handle: &ConnectionHandle) -> RequestOutcome {
        match request {
            ClientFrame::Typing { conversation, stopped } => {
                let (service, user) = (self.service.clone(), self.user.clone());
                self.typing.signal(service, user, conversation, stopped, handle.id())
            }
            // Changes of drafts are versioned, and positions in threads only move forward: in whatever order.
            ClientFrame::DraftSent { conversation, version, thread } => {
                let (service, user) = (self.service.clone(), self.user.clone());
                let of = DraftKey { conversation, thread };
                self.spawn(async move { service.draft_sent(&user, of, version).await })
            }
            ClientFrame::Read { conversation, seq, thread: Some(root) } => {
                let (service, user) = (self.service.clone(), self.user.clone());
                self.spawn(async move { service.read_thread(&user, conversation, root, seq).await.map(drop) })
            }
            ClientFrame::Ping => RequestOutcome::Answer(Frame::json(&ServerFrame::Pong)),
            ClientFrame::Resync => self.resync(handle).await,
            ClientFrame::Hello { .. } => {
                let error = Error::new(ErrorCode::BadFrame, "You have said hello already.");
                RequestOutcome::Answer(error_frame(error, None, handle.id()))
            }
            // Not reached: commands are submitted, and unknown types are refused when they are decoded.
            _ => RequestOutcome::Answer(error_frame(ErrorCode::UnknownType.into(), None, handle.id())),
        }
    }

    fn error(&self, error: Error) -> Frame {
        error_frame(error, None, self.handle.id())
    }
}

impl Native {
    /// Checks a command of the user's, and whether it may be queued now.
    fn command(&mut self, given: wire::Command) -> Result<Command, Error> {
        let command = command(&self.user, given)?;
        self.pace.command(self.service.limits(), &command)?;
        Ok(command)
    }

    /// Carries out a request for which later frames do not wait. Only a failure is answered.
    fn spawn(&self, request: impl Future<Output = Result<(), Error>> + Send + 'static) -> RequestOutcome {
        let (answer, pending) = oneshot::channel();
        let connection = self.handle.id();
        let request = async move {
            let outcome = request.await;
            // The connection may be gone.
            let _ = answer.send(outcome.err().map(|error| error_frame(error, None, connection)));
        };
        tokio::spawn(request.in_current_span());
        RequestOutcome::Pending(pending)
    }

    async fn resync(&self, handle: &ConnectionHandle) -> RequestOutcome {
        self.pace.resync().await;
        self.pace.welcome(self.service.limits(), self.user.id).await;
        handle.hold_deliveries();
        match Box::pin(self.welcome()).await {
            Ok(welcome) => RequestOutcome::Welcome(welcome),
            // The welcome of the next connection contains what the client missed.
            Err(error) => {
                handle.end(End::Close(close_code::TRY_AGAIN, "no welcome"));
                RequestOutcome::Answer(error_frame(error, None, handle.id()))
            }
        }
    }

    async fn welcome(&self) -> Result<Frame, Error> {
        let welcome = self.service.welcome(&self.user).await?;
        Ok(Frame::json(&ServerFrame::Welcome(Box::new(welcome))))
    }
}

/// Decodes a frame. An error carries the `client_id` of the command, where that can be decoded.
fn decode(text: &str) -> Result<ClientFrame, (Error, Option<ClientId>)> {
    let error = match serde_json::from_str(text) {
        Ok(ClientFrame::Unknown) => ErrorCode::UnknownType.into(),
        Ok(frame) => return Ok(frame),
        Err(error) if error.is_data() => {
            Error::new(ErrorCode::BadFrame, format!("This frame cannot be read: {error}."))
        }
        Err(error) => Error::new(ErrorCode::BadJson, format!("This is not JSON: {error}.")),
    };
    #[derive(Deserialize)]
    struct Command {
        client_id: ClientId,
    }
    let client_id = serde_json::from_str::<Command>(text).ok().map(|command| command.client_id);
    Err((error, client_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> ErrorCode {
        decode(text).unwrap_err().0.code
    }

    #[test]
    fn invalid_frames_have_an_error_code_by_their_fault() {
        assert_eq!(code("{"), ErrorCode::BadJson);
        assert_eq!(code("hello"), ErrorCode::BadJson);
        assert_eq!(code("[]"), ErrorCode::BadFrame);
        assert_eq!(code(r#"{"type":"send"}"#), ErrorCode::BadFrame);
        assert_eq!(code(r#"{"type":"fly"}"#), ErrorCode::UnknownType);
    }

    #[test]
    fn error_of_an_invalid_command_carries_its_client_id() {
        let id = "0190d0a0-0000-7000-8000-000000000001";
        let text = format!(r#"{{"type":"send","client_id":"{id}","conversation":"x","text":"hi"}}"#);
        assert_eq!(decode(&text).unwrap_err().1.unwrap().to_string(), id);
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert_eq!(decode(r#"{"type":"resync","later":1}"#).unwrap(), ClientFrame::Resync);
    }
}
