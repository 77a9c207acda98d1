//! The native dialect: JSON frames of `confab_shared::protocol`.

use std::time::{Duration, Instant};

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use confab_shared::{
    ids::{ClientId, ConversationId},
    model::User,
    protocol::{ClientFrame, ErrorCode, HELLO_SECONDS, ServerFrame, close},
    text::MessageText,
};
use futures_util::FutureExt;
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Connections,
    connection::{self, Dialect, Step},
    link::{Gone, Link, Received},
};
use crate::{
    auth,
    chat::{Chat, encode},
    error::Error,
    hub::Item,
};

/// How often one connection's `typing` is passed on at most.
const TYPING_EVERY: Duration = Duration::from_millis(500);

/// Serves a connection: `hello`, `welcome`, then talk.
pub(super) async fn serve(shared: Connections, mut link: Link) {
    let hello = timeout(Duration::from_secs(HELLO_SECONDS), hello(&mut link, &shared.chat));
    let hello = tokio::select! {
        hello = hello => hello,
        () = shared.stop.cancelled() => return link.close(axum::extract::ws::close_code::AWAY, "the server stops").await,
    };
    let (user, token) = match hello.unwrap_or(Err(Some(ErrorCode::HelloExpected.into()))) {
        Ok(known) => known,
        Err(None) => return,
        Err(Some(error)) => return refuse(link, error).await,
    };
    // First into the hub, then the session once more, and the welcome: whatever happens from here on, an event or the
    // end of the session, reaches the connection.
    let registration = shared.hub.register(user.id, Some(auth::hash(&token)));
    let _here = shared.chat.came(user.id).await;
    let native = Native { chat: shared.chat, user, typed: None };
    let begun = match native.chat.session(&token).await {
        Ok(_) => native.chat.welcome(&native.user).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(welcome) => {
            let frame = encode(&ServerFrame::Welcome(Box::new(welcome)));
            if link.feed(frame).await.is_ok() && link.flush().await.is_ok() {
                connection::serve(link, native, registration.outbox(), &shared.stop).await;
            }
        }
        Err(error) => refuse(link, error).await,
    }
}

/// Waits for the first frame, and finds out whose it is. `Err(None)` where the peer left.
async fn hello(link: &mut Link, chat: &Chat) -> Result<(User, String), Option<Error>> {
    let text = loop {
        match link.receive().await {
            Received::Text(text) => break text,
            Received::Ping | Received::Pong(_) => {}
            Received::Closed => return Err(None),
            Received::Binary => return Err(Some(ErrorCode::BinaryFrame.into())),
            Received::TooLarge => return Err(Some(ErrorCode::TooLarge.into())),
        }
    };
    match decode(&text) {
        Ok(ClientFrame::Hello { token }) => match chat.session(&token).await {
            Ok((user, _)) => Ok((user, token)),
            Err(error) => Err(Some(error)),
        },
        Ok(_) => Err(Some(ErrorCode::HelloExpected.into())),
        Err((error, _)) => Err(Some(error)),
    }
}

async fn refuse(mut link: Link, error: Error) {
    let code = match error.code {
        ErrorCode::BadToken => close::BAD_TOKEN,
        ErrorCode::StoreFailed | ErrorCode::ShuttingDown => axum::extract::ws::close_code::AGAIN,
        _ => close::NO_HELLO,
    };
    let frame = encode(&ServerFrame::Error(error.body(None)));
    if link.feed(frame).await.is_ok() {
        link.close(code, "not welcome").await;
    }
}

struct Native {
    chat: Chat,
    user: User,
    /// When the last `typing` was passed on.
    typed: Option<Instant>,
}

impl Dialect for Native {
    async fn text(&mut self, text: &str) -> Step {
        match decode(text) {
            Ok(frame) => self.command(frame).await,
            Err((error, client_id)) => refused(error, client_id),
        }
    }

    async fn items(&mut self, items: Vec<Item>, link: &mut Link) -> Result<(), Gone> {
        for item in items {
            match item {
                Item::Event(published) => link.feed(published.native.clone()).await?,
                Item::Signal(frame) => link.feed(frame).await?,
            }
        }
        Ok(())
    }

    async fn lagged(&mut self, link: &mut Link) -> Result<(), Gone> {
        link.feed(encode(&ServerFrame::Lagged)).await
    }

    async fn pong(&mut self, _payload: &Bytes, _link: &mut Link) -> Result<(), Gone> {
        Ok(())
    }

    fn error(&self, error: Error) -> Utf8Bytes {
        encode(&ServerFrame::Error(error.body(None)))
    }
}

impl Native {
    async fn command(&mut self, frame: ClientFrame) -> Step {
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
            // Nothing is written while this waits: what is written after the welcome is newer than it.
            ClientFrame::Resync => {
                let welcome = self.chat.welcome(&self.user).await;
                answered(welcome.map(|welcome| Some(ServerFrame::Welcome(Box::new(welcome)))))
            }
            ClientFrame::Hello { .. } => {
                refused(Error::new(ErrorCode::BadFrame, "You have said hello already."), None)
            }
            ClientFrame::Unknown => refused(ErrorCode::UnknownType.into(), None),
        }
    }

    async fn send(&self, client_id: ClientId, conversation: ConversationId, text: &str) -> Step {
        let queued = match MessageText::new(text) {
            Ok(text) => self.chat.send(self.user.clone(), client_id, conversation, text).await,
            Err(error) => Err(error.into()),
        };
        match queued {
            Ok(ack) => Step::Later(
                ack.map(move |ack| match ack {
                    Ok(ack) => Some(encode(&ServerFrame::Ack(ack))),
                    Err(error) => Some(encode(&ServerFrame::Error(error.body(Some(client_id))))),
                })
                .boxed(),
            ),
            Err(error) => refused(error, Some(client_id)),
        }
    }
}

fn answered(outcome: Result<Option<ServerFrame>, Error>) -> Step {
    match outcome {
        Ok(frame) => Step::Now(frame.as_ref().map(encode)),
        Err(error) => refused(error, None),
    }
}

fn refused(error: Error, client_id: Option<ClientId>) -> Step {
    Step::Now(Some(encode(&ServerFrame::Error(error.body(client_id)))))
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
