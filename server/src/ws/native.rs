//! The native dialect: JSON frames of `confab_shared::protocol`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use confab_shared::{error::ErrorCode, id::ClientId, protocol::{Ack, ClientFrame, HELLO_SECONDS, ServerFrame, close}, text::MessageText, user::User};
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Connections, authenticated,
    connection::{self, Dialect, Done, Said},
    decoder::Received,
    link::{End, Link},
    reader::Reader,
};
use crate::{
    admission::{AuthenticatedSlot, Slot},
    auth,
    chat::{Chat, Here, Posted, Posting, message},
    error::Error,
    frame::{Frame, close_code},
    hub::{Recipient, Registration},
    store::{NewEvent, Placed},
};

/// How often one connection's `typing` is passed on at most.
const TYPING_EVERY: Duration = Duration::from_millis(500);

/// Serves a connection: `hello`, `welcome`, then talk.
pub(super) async fn serve(shared: Connections, link: Arc<Link>, reader: Reader, slot: Option<Arc<Slot>>) {
    // In a box: what a beginning needs is not kept for as long as people talk.
    let Some((native, reader, _place)) = Box::pin(come_in(shared, &link, reader, slot)).await else { return };
    connection::serve(link, reader, native).await;
}

/// Begins, or says why not.
async fn come_in(
    shared: Connections,
    link: &Arc<Link>,
    mut reader: Reader,
    slot: Option<Arc<Slot>>,
) -> Option<(Native, Reader, Place)> {
    match begin(&shared, link, &mut reader, slot).await {
        Ok((native, place)) => return Some((native, reader, place)),
        Err(Refused::Ended(End::Gone)) => {}
        Err(Refused::Ended(End::Close(code, reason))) => connection::close(link, reader, code, reason).await,
        Err(Refused::Because(error)) => refuse(link, reader, error).await,
    }
    None
}

/// Why nothing began.
enum Refused {
    Ended(End),
    Because(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Because(error)
    }
}

/// Somebody's place in the hub, among those who are here, and among the connections.
type Place = (Registration, Here, Option<AuthenticatedSlot>);

async fn begin(
    shared: &Connections,
    link: &Arc<Link>,
    reader: &mut Reader,
    slot: Option<Arc<Slot>>,
) -> Result<(Native, Place), Refused> {
    let hello =
        timeout(Duration::from_secs(HELLO_SECONDS), hello(link, reader, &shared.chat, slot.as_deref()));
    let hello = tokio::select! {
        hello = hello => hello,
        () = evicted(slot.as_deref()) => {
            // The close is not awaited: another connection needs the place.
            link.close(Frame::close(Some((close_code::TRY_AGAIN, "too many connections"))));
            return Err(Refused::Ended(End::Gone));
        }
    };
    let (user, token) = hello.unwrap_or(Err(Refused::Because(ErrorCode::HelloExpected.into())))?;
    let place = authenticated(slot.as_deref())?;
    drop(slot);
    // First into the hub, then the session once more, and the welcome: whatever happens from here on, an event or the
    // end of the session, reaches the connection.
    link.hold();
    let recipient: Arc<dyn Recipient> = Arc::clone(link) as _;
    let registration = shared.hub.register(user.id, Some(auth::hash(&token)), recipient);
    let here = shared.chat.came(user.id).await;
    let native = Native { chat: shared.chat.clone(), user, typed: None };
    native.chat.session(&token).await?;
    link.welcome(native.welcome().await?);
    Ok((native, (registration, here, place)))
}

/// Waits until a connection has to give way.
async fn evicted(slot: Option<&Slot>) {
    match slot {
        Some(slot) => slot.evicted().await,
        None => std::future::pending().await,
    }
}

/// Waits for the first frame, and finds out whose it is.
async fn hello(
    link: &Link,
    reader: &mut Reader,
    chat: &Chat,
    slot: Option<&Slot>,
) -> Result<(User, String), Refused> {
    let text = loop {
        match reader.receive(link).await.map_err(Refused::Ended)? {
            Received::Text(text) => break text,
            Received::Ping(payload) => link.say(Frame::pong(&payload)),
            Received::Pong(_) => {}
            Received::Close(_) => return Err(Refused::Ended(End::Gone)),
            Received::Broken(code) => return Err(Refused::Ended(End::Close(code, "this is not WebSocket"))),
            Received::Binary(_) => return Err(Error::from(ErrorCode::BinaryFrame).into()),
            Received::TooLarge => return Err(Error::from(ErrorCode::TooLarge).into()),
        }
    };
    if let Some(slot) = slot {
        slot.working();
    }
    match decode(&text) {
        Ok(ClientFrame::Hello { token }) => {
            let (user, _) = chat.session(&token).await?;
            Ok((user, token))
        }
        Ok(_) => Err(Error::from(ErrorCode::HelloExpected).into()),
        Err((error, _)) => Err(error.into()),
    }
}

async fn refuse(link: &Link, reader: Reader, error: Error) {
    let code = match error.code {
        ErrorCode::BadToken => close::BAD_TOKEN,
        ErrorCode::StoreFailed | ErrorCode::ShuttingDown | ErrorCode::TooManyConnections => {
            close_code::TRY_AGAIN
        }
        ErrorCode::TooLarge => close_code::TOO_LARGE,
        _ => close::NO_HELLO,
    };
    link.welcome(error_frame(error, None));
    connection::close(link, reader, code, "not welcome").await;
}

struct Native {
    chat: Chat,
    user: User,
    /// When the last `typing` was passed on.
    typed: Option<Instant>,
}

impl Dialect for Native {
    type Command = ClientFrame;

    async fn read(&mut self, text: String) -> Said<ClientFrame> {
        match decode(&text) {
            Ok(ClientFrame::Send { client_id, conversation, text }) => match MessageText::new(&text) {
                Ok(text) => Said::Post(message(self.user.clone(), Some(client_id), conversation, text, None)),
                Err(error) => Said::Answer(error_frame(error.into(), Some(client_id))),
            },
            Ok(frame) => Said::Command(frame),
            Err((error, client_id)) => Said::Answer(error_frame(error, client_id)),
        }
    }

    async fn post(&self, messages: Vec<NewEvent>) -> Posting {
        self.chat.post(messages).await
    }

    fn posted(Posted { client_id, outcome }: Posted) -> Option<Frame> {
        // Whatever is posted here has an id.
        let id = client_id?;
        Some(match outcome {
            Ok(Placed { conversation, seq, at }) => {
                Frame::native(&ServerFrame::Ack(Ack { client_id: id, conversation, seq, at }))
            }
            Err(error) => error_frame(error, client_id),
        })
    }

    async fn carry_out(&mut self, command: ClientFrame, link: &Link) -> Done {
        match self.command(command, link).await {
            Ok(done) => done,
            Err(error) => Done::Answer(Some(error_frame(error, None))),
        }
    }

    fn error(&self, error: Error) -> Frame {
        error_frame(error, None)
    }
}

impl Native {
    async fn command(&mut self, frame: ClientFrame, link: &Link) -> Result<Done, Error> {
        match frame {
            ClientFrame::Read { conversation, seq } => self.chat.read(&self.user, conversation, seq).await?,
            ClientFrame::Typing { conversation } => {
                // More often says nothing more, and each is told to many.
                if self.typed.is_none_or(|typed| typed.elapsed() >= TYPING_EVERY) {
                    self.chat.typing(self.user.clone(), conversation).await?;
                    self.typed = Some(Instant::now());
                }
            }
            ClientFrame::Ping => return Ok(Done::Answer(Some(Frame::native(&ServerFrame::Pong)))),
            ClientFrame::Resync => {
                link.hold();
                match Box::pin(self.welcome()).await {
                    Ok(welcome) => return Ok(Done::Welcome(welcome)),
                    // What it has missed it learns with the next connection's welcome.
                    Err(error) => {
                        link.end(End::Close(close_code::TRY_AGAIN, "no welcome"));
                        return Err(error);
                    }
                }
            }
            ClientFrame::Hello { .. } => {
                return Err(Error::new(ErrorCode::BadFrame, "You have said hello already."));
            }
            // Posting is not for here.
            ClientFrame::Send { .. } | ClientFrame::Unknown => return Err(ErrorCode::UnknownType.into()),
        }
        Ok(Done::Answer(None))
    }

    async fn welcome(&self) -> Result<Frame, Error> {
        let welcome = self.chat.welcome(&self.user).await?;
        Ok(Frame::native(&ServerFrame::Welcome(Box::new(welcome))))
    }
}

fn error_frame(error: Error, client_id: Option<ClientId>) -> Frame {
    Frame::native(&ServerFrame::Error(error.body(client_id)))
}

/// Reads a frame; where it cannot be read, says why, and which command it was if that much can be told.
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
    fn what_cannot_be_read_is_told_apart() {
        assert_eq!(code("{"), ErrorCode::BadJson);
        assert_eq!(code("hello"), ErrorCode::BadJson);
        assert_eq!(code("[]"), ErrorCode::BadFrame);
        assert_eq!(code(r#"{"type":"send"}"#), ErrorCode::BadFrame);
        assert_eq!(code(r#"{"type":"fly"}"#), ErrorCode::UnknownType);
    }

    #[test]
    fn a_command_is_named_even_where_it_cannot_be_read() {
        let id = "0190d0a0-0000-7000-8000-000000000001";
        let text = format!(r#"{{"type":"send","client_id":"{id}","conversation":"x","text":"hi"}}"#);
        assert_eq!(decode(&text).unwrap_err().1.unwrap().to_string(), id);
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert_eq!(decode(r#"{"type":"resync","later":1}"#).unwrap(), ClientFrame::Resync);
    }
}
