//! The native dialect: JSON frames of `confab_shared::protocol`.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use confab_shared::{
    ids::{ClientId, ConversationId},
    model::User,
    protocol::{self, ClientFrame, ErrorCode, HELLO_SECONDS, ServerFrame, close},
    text::MessageText,
};
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Connections,
    connection::{self, Dialect, Step},
    decoder::Received,
    link::{End, Link},
    reader::Reader,
};
use crate::{
    auth,
    chat::{Chat, Here, Posting},
    error::Error,
    frame::{Frame, close_code},
    hub::{Recipient, Registration},
    store::Placed,
};

/// How often one connection's `typing` is passed on at most.
const TYPING_EVERY: Duration = Duration::from_millis(500);

/// Serves a connection: `hello`, `welcome`, then talk.
pub(super) async fn serve(shared: Connections, link: Arc<Link>, mut reader: Reader) {
    // In a box: what a beginning needs is not kept for as long as people talk.
    let begun = Box::pin(begin(&shared, &link, &mut reader)).await;
    match begun {
        Ok((native, _place)) => {
            drop(shared);
            connection::serve(link, reader, native).await;
        }
        Err(Refused::Ended(End::Gone)) => {}
        Err(Refused::Ended(End::Close(code, reason))) => connection::close(&link, reader, code, reason).await,
        Err(Refused::Because(error)) => refuse(&link, reader, error).await,
    }
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

/// Somebody's place in the hub and among those who are here.
type Place = (Registration, Here);

async fn begin(
    shared: &Connections,
    link: &Arc<Link>,
    reader: &mut Reader,
) -> Result<(Native, Place), Refused> {
    let hello = timeout(Duration::from_secs(HELLO_SECONDS), hello(link, reader, &shared.chat));
    let (user, token) = hello.await.unwrap_or(Err(Refused::Because(ErrorCode::HelloExpected.into())))?;
    // First into the hub, then the session once more, and the welcome: whatever happens from here on, an event or the
    // end of the session, reaches the connection.
    link.hold();
    let recipient: Arc<dyn Recipient> = Arc::clone(link) as _;
    let registration = shared.hub.register(user.id, Some(auth::hash(&token)), recipient);
    let here = shared.chat.came(user.id).await;
    let native = Native { chat: shared.chat.clone(), user, typed: None };
    native.chat.session(&token).await?;
    link.welcome(native.welcome().await?);
    Ok((native, (registration, here)))
}

/// Waits for the first frame, and finds out whose it is.
async fn hello(link: &Link, reader: &mut Reader, chat: &Chat) -> Result<(User, String), Refused> {
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
        ErrorCode::StoreFailed | ErrorCode::ShuttingDown => close_code::TRY_AGAIN,
        ErrorCode::TooLarge => close_code::TOO_LARGE,
        _ => close::NO_HELLO,
    };
    link.welcome(Frame::native(&ServerFrame::Error(error.body(None))));
    connection::close(link, reader, code, "not welcome").await;
}

struct Native {
    chat: Chat,
    user: User,
    /// When the last `typing` was passed on.
    typed: Option<Instant>,
}

/// The ack of a message, once it is on disk.
struct Ack {
    client_id: ClientId,
    posting: Posting,
}

impl Future for Ack {
    type Output = Option<Frame>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let client_id = self.client_id;
        Pin::new(&mut self.posting).poll(cx).map(|placed| {
            Some(Frame::native(&match placed {
                Ok(Placed { conversation, seq, at }) => {
                    ServerFrame::Ack(protocol::Ack { client_id, conversation, seq, at })
                }
                Err(error) => ServerFrame::Error(error.body(Some(client_id))),
            }))
        })
    }
}

impl Dialect for Native {
    type Answer = Ack;

    async fn text(&mut self, text: String, link: &Link) -> Step<Ack> {
        match decode(&text) {
            Ok(frame) => self.command(frame, link).await,
            Err((error, client_id)) => refused(error, client_id),
        }
    }

    fn error(&self, error: Error) -> Frame {
        Frame::native(&ServerFrame::Error(error.body(None)))
    }
}

impl Native {
    async fn command(&mut self, frame: ClientFrame, link: &Link) -> Step<Ack> {
        match frame {
            ClientFrame::Send { client_id, conversation, text } => {
                self.send(client_id, conversation, &text).await
            }
            ClientFrame::Read { conversation, seq } => {
                answered(self.chat.read(&self.user, conversation, seq).await.map(|()| None))
            }
            ClientFrame::Typing { conversation } => {
                // More often says nothing more, and each is told to many.
                if self.typed.is_some_and(|typed| typed.elapsed() < TYPING_EVERY) {
                    return Step::Now(None);
                }
                let told = self.chat.typing(self.user.clone(), conversation).await;
                self.typed = told.is_ok().then(Instant::now).or(self.typed);
                answered(told.map(|()| None))
            }
            ClientFrame::Ping => Step::Now(Some(Frame::native(&ServerFrame::Pong))),
            ClientFrame::Resync => {
                link.hold();
                match Box::pin(self.welcome()).await {
                    Ok(welcome) => Step::Welcome(welcome),
                    Err(error) => Step::Welcome(self.error(error)),
                }
            }
            ClientFrame::Hello { .. } => {
                refused(Error::new(ErrorCode::BadFrame, "You have said hello already."), None)
            }
            ClientFrame::Unknown => refused(ErrorCode::UnknownType.into(), None),
        }
    }

    async fn welcome(&self) -> Result<Frame, Error> {
        let welcome = self.chat.welcome(&self.user).await?;
        Ok(Frame::native(&ServerFrame::Welcome(Box::new(welcome))))
    }

    async fn send(&self, client_id: ClientId, conversation: ConversationId, text: &str) -> Step<Ack> {
        let queued = match MessageText::new(text) {
            Ok(text) => self.chat.send(self.user.clone(), client_id, conversation, text).await,
            Err(error) => Err(error.into()),
        };
        match queued {
            Ok(posting) => Step::Later(Ack { client_id, posting }),
            Err(error) => refused(error, Some(client_id)),
        }
    }
}

fn answered(outcome: Result<Option<ServerFrame>, Error>) -> Step<Ack> {
    match outcome {
        Ok(frame) => Step::Now(frame.as_ref().map(Frame::native)),
        Err(error) => refused(error, None),
    }
}

fn refused(error: Error, client_id: Option<ClientId>) -> Step<Ack> {
    Step::Now(Some(Frame::native(&ServerFrame::Error(error.body(client_id)))))
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
