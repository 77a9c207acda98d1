//! A client of the demo's dialect, as its pages are: it knows texts, and nothing else.

use confab_shared::{error::ErrorCode, protocol::ServerFrame};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{Refusal, Server, client, in_time, refusal};

/// A page of the demo's.
pub struct Demo {
    id: String,
    stream: WebSocketStream<TcpStream>,
}

impl Demo {
    /// Connects under an id.
    pub async fn connect(server: &Server, id: &str) -> Self {
        let stream = client::open(&server.socket_url(&format!("?userID={id}")), &[]).await;
        Self { id: id.to_owned(), stream: stream.unwrap_or_else(|error| panic!("{id}: {error}")) }
    }

    /// Tries to connect with a query, and is refused.
    pub async fn refused(server: &Server, query: &str) -> Refusal {
        let refused = client::open(&server.socket_url(query), &[]).await;
        refusal(refused.err().unwrap_or_else(|| panic!("{query} was let in")))
    }

    /// Sends any text.
    pub async fn send(&mut self, text: &str) {
        self.send_message(Message::text(text.to_owned())).await;
    }

    /// Sends anything.
    pub async fn send_message(&mut self, message: Message) {
        in_time("room to send", self.stream.send(message)).await.expect("the connection lives");
    }

    /// Writes to another id as the demo's page does.
    pub async fn say(&mut self, to: &str, data: &str) {
        self.send(&private(&self.id.clone(), to, data)).await;
    }

    /// The next text that comes, to the byte.
    pub async fn next(&mut self) -> String {
        loop {
            match in_time("a text", self.stream.next()).await {
                Some(Ok(Message::Text(text))) => return text.as_str().to_owned(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("a text was expected: {other:?}"),
            }
        }
    }

    /// Waits for an error, and checks its code.
    pub async fn expect_error(&mut self, code: ErrorCode) {
        let text = self.next().await;
        match serde_json::from_str(&text) {
            Ok(ServerFrame::Error(error)) if error.code == code => assert!(!error.message.is_empty()),
            other => panic!("{code:?} was expected: {other:?} of {text}"),
        }
    }

    /// Checks that no unexpected frame arrived: a message to oneself is delivered after all earlier ones.
    pub async fn nothing_more(&mut self) {
        let mark = private(&self.id, &self.id, "up to here");
        self.send(&mark).await;
        assert_eq!(self.next().await, mark);
    }

    /// Listens while something else happens, as a page does that is open; nothing is to come.
    pub async fn listening<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = std::pin::pin!(other);
        loop {
            tokio::select! {
                value = &mut other => return value,
                message = self.stream.next() => match message {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    unexpected => panic!("nothing was to come: {unexpected:?}"),
                },
            }
        }
    }

    /// Goes, as a page does that is closed.
    pub async fn leave(mut self) {
        in_time("the close", self.stream.close(None)).await.expect("it can be closed");
        while let Some(Ok(_)) = in_time("the end", self.stream.next()).await {}
    }

    /// Waits for the end of the connection: its close code.
    pub async fn closed(&mut self) -> u16 {
        client::closed(&mut self.stream).await
    }
}

/// A frame as the demo's page writes it.
pub fn private(from: &str, to: &str, data: &str) -> String {
    format!(
        r#"{{"userID1":"{from}","userID2":"{to}","data":{}}}"#,
        serde_json::to_string(data).expect("a text can be written")
    )
}
