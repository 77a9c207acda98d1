//! The native dialect: JSON frames of `confab_shared::protocol`.

use std::time::Duration;

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use confab_shared::{
    ids::ClientId,
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
    chat::{Chat, encode},
    error::Error,
    hub::Item,
    store::SecretHash,
};

/// Serves a connection: `hello`, `welcome`, then talk.
pub(super) async fn serve(shared: Connections, mut link: Link) {
    let hello = timeout(Duration::from_secs(HELLO_SECONDS), hello(&mut link, &shared.chat));
    let hello = tokio::select! {
        hello = hello => hello,
        () = shared.stop.cancelled() => return link.close(axum::extract::ws::close_code::AWAY, "the server stops").await,
    };
    let (user, session) = match hello.unwrap_or(Err(Some(ErrorCode::HelloExpected.into()))) {
        Ok(known) => known,
        Err(None) => return,
        Err(Some(error)) => return refuse(link, error).await,
    };
    // First into the hub, then the welcome: what happens between the two is told twice rather than never.
    let registration = shared.hub.register(user.id, Some(session));
    let _here = shared.chat.came(user.id).await;
    let native = Native { chat: shared.chat, user };
    if link.feed(native.welcome().await).await.is_ok() && link.flush().await.is_ok() {
        connection::serve(link, native, registration.outbox(), &shared.stop).await;
    }
}

/// Waits for the first frame, and finds out whose it is. `Err(None)` where the peer left.
async fn hello(link: &mut Link, chat: &Chat) -> Result<(User, SecretHash), Option<Error>> {
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
        Ok(ClientFrame::Hello { token }) => chat.session(&token).await.map_err(Some),
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
}

impl Native {
    async fn welcome(&self) -> Utf8Bytes {
        welcome(self.chat.clone(), self.user.clone()).await
    }
}

async fn welcome(chat: Chat, user: User) -> Utf8Bytes {
    match chat.welcome(&user).await {
        Ok(welcome) => encode(&ServerFrame::Welcome(Box::new(welcome))),
        Err(error) => encode(&ServerFrame::Error(error.body(None))),
    }
}

impl Dialect for Native {
    async fn text(&mut self, text: &str) -> Step {
        match decode(text) {
            Ok(frame) => self.command(frame),
            Err((error, client_id)) => Step::Now(encode(&ServerFrame::Error(error.body(client_id)))),
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
    fn command(&self, frame: ClientFrame) -> Step {
        let (chat, user) = (self.chat.clone(), self.user.clone());
        match frame {
            ClientFrame::Send { client_id, conversation, text } => match MessageText::new(&text) {
                Ok(text) => later(Some(client_id), async move {
                    let ack = chat.send(user, client_id, conversation, text).await?;
                    Ok(Some(ServerFrame::Ack(ack)))
                }),
                Err(error) => refused(error.into(), Some(client_id)),
            },
            ClientFrame::Read { conversation, seq } => later(None, async move {
                chat.read(&user, conversation, seq).await?;
                Ok(None)
            }),
            ClientFrame::Typing { conversation } => later(None, async move {
                chat.typing(user, conversation).await?;
                Ok(None)
            }),
            ClientFrame::Resync => Step::Later(welcome(chat, user).map(Some).boxed()),
            ClientFrame::Hello { .. } => {
                refused(Error::new(ErrorCode::BadFrame, "You have said hello already."), None)
            }
            ClientFrame::Unknown => refused(ErrorCode::UnknownType.into(), None),
        }
    }
}

/// A command under way; its failure names it.
fn later(
    client_id: Option<ClientId>,
    command: impl Future<Output = Result<Option<ServerFrame>, Error>> + Send + 'static,
) -> Step {
    let answer = command.map(move |outcome| match outcome {
        Ok(frame) => frame.as_ref().map(encode),
        Err(error) => Some(encode(&ServerFrame::Error(error.body(client_id)))),
    });
    Step::Later(answer.boxed())
}

/// Answered in the order of the frames, behind what is under way.
fn refused(error: Error, client_id: Option<ClientId>) -> Step {
    later(client_id, std::future::ready(Err(error)))
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
