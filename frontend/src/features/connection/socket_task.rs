//! The task that owns the WebSocket: it authenticates, hands every frame to the state, and reconnects after a loss. It
//! ends when the session does.

use std::{future::poll_fn, task::Poll};

use confab_shared::{
    decode,
    error::ErrorCode,
    protocol::{ClientFrame, ServerFrame, close},
};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use gloo_timers::{callback::Interval, future::TimeoutFuture};

use super::{
    UpgradeProbe,
    backoff::Backoff,
    liveness::{Action, Liveness},
};
use crate::{
    platform::{
        browser::{document, is_visible, listen, window},
        clock,
        socket::{Socket, SocketEvent},
    },
    state::Chat,
};

/// How often the clock is checked for silence, in milliseconds.
const TICK_MS: u32 = 1_000;

/// Why a connection ended.
enum Disconnect {
    /// The token is not valid any more: the user has to sign in again.
    SessionEnded,
    /// The connection was lost, or never opened.
    Lost,
}

/// What the task waits for.
enum Input {
    Socket(SocketEvent),
    Send(ClientFrame),
    /// The network may have changed, or the user came back to the tab.
    Wakeup,
    Tick,
}

/// Runs until the server says that the session is over.
pub(crate) async fn run(
    chat: Chat,
    upgrade_probe: UpgradeProbe,
    token: String,
    mut frames: UnboundedReceiver<ClientFrame>,
) {
    let mut backoff = Backoff::default();
    let (sender, mut inputs) = unbounded();
    listen_for_wakeups(chat, &sender);
    let _ticks = Interval::new(TICK_MS, move || drop(sender.unbounded_send(Input::Tick)));
    loop {
        // What was meant for the previous connection is dropped.
        while inputs.try_recv().is_ok() {}
        while frames.try_recv().is_ok() {}
        match connect(chat, upgrade_probe, &token, &mut frames, &mut inputs, &mut backoff).await {
            Disconnect::SessionEnded => return,
            Disconnect::Lost => chat.connection_lost(),
        }
        let delay = TimeoutFuture::new(backoff.next_ms(js_sys::Math::random()));
        let mut wakeup = inputs.by_ref().filter(|input| std::future::ready(matches!(input, Input::Wakeup)));
        if let Either::Right(_) = select(delay, wakeup.next()).await {
            backoff.reset();
        }
    }
}

/// Runs one connection from opening it to its end.
async fn connect(
    chat: Chat,
    upgrade_probe: UpgradeProbe,
    token: &str,
    frames: &mut UnboundedReceiver<ClientFrame>,
    inputs: &mut UnboundedReceiver<Input>,
    backoff: &mut Backoff,
) -> Disconnect {
    let Some(socket) = Socket::connect() else { return Disconnect::Lost };
    let liveness = Liveness::awaiting_welcome(clock::now().0);
    let mut connection = Connection { chat, upgrade_probe, token, backoff, socket, liveness, open: false };
    let end = loop {
        // The socket first: received frames answer a ping that is due, and `hello` precedes every other frame.
        let next = poll_fn(|cx| {
            if let Poll::Ready(event) = connection.socket.poll_event(cx) {
                return Poll::Ready(Some(Input::Socket(event)));
            }
            if let Poll::Ready(input) = inputs.poll_next_unpin(cx) {
                return Poll::Ready(input);
            }
            frames.poll_next_unpin(cx).map(|frame| frame.map(Input::Send))
        });
        let Some(input) = next.await else { break Disconnect::Lost };
        match connection.handle(input) {
            Ok(Action::Nothing) => {}
            Ok(Action::SendPing) => connection.socket.send(&ClientFrame::Ping),
            Ok(Action::Disconnect) => break Disconnect::Lost,
            Err(end) => break end,
        }
    };
    if !connection.open {
        upgrade_probe.failed();
    }
    end
}

/// One connection.
struct Connection<'a> {
    chat: Chat,
    upgrade_probe: UpgradeProbe,
    token: &'a str,
    backoff: &'a mut Backoff,
    socket: Socket,
    liveness: Liveness,
    open: bool,
}

impl Connection<'_> {
    fn handle(&mut self, input: Input) -> Result<Action, Disconnect> {
        let now = clock::now().0;
        Ok(match input {
            Input::Socket(SocketEvent::Opened) => {
                self.open = true;
                self.upgrade_probe.opened();
                self.liveness = Liveness::awaiting_welcome(now);
                self.socket.send(&ClientFrame::Hello { token: self.token.to_owned() });
                Action::Nothing
            }
            Input::Socket(SocketEvent::Received(text)) => {
                self.liveness.received(now);
                self.receive(&text)?;
                Action::Nothing
            }
            Input::Socket(SocketEvent::Closed(Some(close::BAD_TOKEN))) => {
                return Err(Disconnect::SessionEnded);
            }
            Input::Socket(SocketEvent::Closed(_)) => Action::Disconnect,
            Input::Send(frame) => {
                self.socket.send(&frame);
                Action::Nothing
            }
            // An attempt that began without a network may hang after the network is back.
            Input::Wakeup if !self.open => {
                self.backoff.reset();
                Action::Disconnect
            }
            Input::Wakeup => self.liveness.probe(now),
            Input::Tick => self.liveness.tick(now),
        })
    }

    fn receive(&mut self, text: &str) -> Result<(), Disconnect> {
        // A frame that cannot be decoded is from a newer server, and ignored.
        let Some(frame) = decode::from_str(text) else { return Ok(()) };
        match &frame {
            ServerFrame::Welcome(_) => self.backoff.reset(),
            ServerFrame::Error(error) if error.code == ErrorCode::BadToken => {
                return Err(Disconnect::SessionEnded);
            }
            _ => {}
        }
        self.chat.receive(frame);
        Ok(())
    }
}

/// Sends [`Input::Wakeup`] when the browser's network changes or the tab becomes visible. The loss of the network shows
/// at once.
fn listen_for_wakeups(chat: Chat, sender: &UnboundedSender<Input>) {
    let wake = |sender: &UnboundedSender<Input>| drop(sender.unbounded_send(Input::Wakeup));
    let (online, offline, visible) = (sender.clone(), sender.clone(), sender.clone());
    listen(&window(), "online", move |_: web_sys::Event| wake(&online));
    listen(&window(), "offline", move |_: web_sys::Event| {
        chat.network_lost();
        wake(&offline);
    });
    listen(&document(), "visibilitychange", move |_: web_sys::Event| {
        if is_visible() {
            wake(&visible);
        }
    });
}
