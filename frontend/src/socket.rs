//! The one WebSocket task: it owns the socket, says hello, hands every frame to the state and comes back by itself
//! after a loss. It ends when the session does.

mod backoff;

use std::pin::pin;

use confab_shared::protocol::{ClientFrame, ErrorCode, ServerFrame, close};
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::{
    SinkExt, StreamExt,
    future::{Either, select},
    stream,
};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use gloo_timers::future::TimeoutFuture;

use self::backoff::Backoff;
use crate::{
    browser::{self, document, listen, visible, window},
    clock, decode,
    state::{Chat, Connection},
};

/// How long a connection may take to bring the welcome, and to answer a probe, in milliseconds.
const PATIENCE_MILLIS: u32 = 10_000;

/// A connection that was silent for this long is probed when the tab is looked at again, in milliseconds.
const SILENCE_MILLIS: u64 = 20_000;

/// Why a connection ended.
enum End {
    /// The session is over: signing in again is the only way on.
    Session,
    /// Anything else.
    Lost,
}

/// What the task has to do something about.
enum Input {
    Heard(Result<Message, WebSocketError>),
    HungUp,
    Say(ClientFrame),
    Woken,
    Waited,
}

/// Runs until the server says that the session is over.
pub(crate) async fn run(chat: Chat, token: String, mut frames: UnboundedReceiver<ClientFrame>) {
    let mut backoff = Backoff::default();
    let mut wakes = wakes();
    loop {
        match connection(chat, &token, &mut frames, &mut wakes, &mut backoff).await {
            End::Session => return,
            End::Lost => chat.lost(),
        }
        let wait = TimeoutFuture::new(backoff.next(js_sys::Math::random()));
        // Whoever comes back to the tab or to the network need not wait; nor need the server be asked in a burst.
        if let Either::Right(_) = select(wait, wakes.next()).await {
            backoff.reset();
        }
        while frames.try_recv().is_ok() {}
    }
}

/// One connection, from opening it to its end.
async fn connection(
    chat: Chat,
    token: &str,
    frames: &mut UnboundedReceiver<ClientFrame>,
    wakes: &mut UnboundedReceiver<()>,
    backoff: &mut Backoff,
) -> End {
    let Ok(socket) = WebSocket::open(&url()) else { return End::Lost };
    let (mut sink, incoming) = socket.split();
    let hello = ClientFrame::Hello { token: token.to_owned() };
    let (timeouts, mut waited) = unbounded();
    let wait = || {
        let timeouts = timeouts.clone();
        leptos::task::spawn_local(async move {
            TimeoutFuture::new(PATIENCE_MILLIS).await;
            let _ = timeouts.unbounded_send(clock::now());
        });
    };
    wait();
    let greeted = {
        let greet = pin!(sink.send(encode(&hello)));
        matches!(select(greet, waited.next()).await, Either::Left((Ok(()), _)))
    };
    if !greeted {
        return End::Lost;
    }
    let mut heard_at = clock::now();
    let incoming = incoming.map(Input::Heard).chain(stream::iter([Input::HungUp]));
    let outgoing = stream::select(frames.map(Input::Say), wakes.map(|()| Input::Woken));
    let mut inputs = stream::select(stream::select(incoming, outgoing), waited.map(|_| Input::Waited));
    // Whether an answer is due: the welcome, or the one to a probe.
    let mut due = true;
    while let Some(input) = inputs.next().await {
        match input {
            Input::Heard(Ok(Message::Text(text))) => {
                heard_at = clock::now();
                // What cannot be read comes from a newer server.
                let Some(frame) = decode::frame(&text) else { continue };
                match &frame {
                    ServerFrame::Welcome(_) => {
                        due = false;
                        backoff.reset();
                    }
                    ServerFrame::Error(error) if error.code == ErrorCode::BadToken => return End::Session,
                    _ => {}
                }
                chat.take(frame);
            }
            Input::Heard(Ok(Message::Bytes(_))) => {}
            Input::Heard(Err(WebSocketError::ConnectionClose(event))) if event.code == close::BAD_TOKEN => {
                return End::Session;
            }
            Input::Heard(Err(_)) | Input::HungUp => return End::Lost,
            Input::Say(frame) => {
                if sink.send(encode(&frame)).await.is_err() {
                    return End::Lost;
                }
            }
            Input::Woken => {
                // A network that went away leaves a socket that looks open: ask, and see whether anything comes.
                let silent = clock::now().0.saturating_sub(heard_at.0) > SILENCE_MILLIS;
                if silent && !due {
                    due = true;
                    wait();
                    if sink.send(encode(&ClientFrame::Resync)).await.is_err() {
                        return End::Lost;
                    }
                }
            }
            Input::Waited if due => return End::Lost,
            Input::Waited => {}
        }
    }
    End::Lost
}

fn encode(frame: &ClientFrame) -> Message {
    Message::Text(serde_json::to_string(frame).unwrap_or_default())
}

fn url() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}

/// Tells when the network is back, or the tab is looked at again.
fn wakes() -> UnboundedReceiver<()> {
    let (wake, wakes) = unbounded();
    let online = wake.clone();
    listen(&window(), "online", move |_: web_sys::Event| drop(online.unbounded_send(())));
    listen(&document(), "visibilitychange", move |_: web_sys::Event| {
        if visible() {
            let _ = wake.unbounded_send(());
        }
    });
    wakes
}

/// Keeps what tests and styles go by on the body: how the page stands with the server.
pub(crate) fn mark(connection: Option<Connection>) {
    let word = match connection {
        Some(Connection::Connecting) => "connecting",
        Some(Connection::Online) => "online",
        Some(Connection::Offline) | None => "offline",
    };
    if let Some(body) = browser::document().body() {
        let _ = body.set_attribute("data-connection", word);
    }
}
