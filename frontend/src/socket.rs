//! The one WebSocket task: it owns the socket, says hello, hands every frame to the state and comes back by itself
//! after a loss. It ends when the session does.

mod backoff;
mod line;
mod liveness;
mod obstacle;

use std::{future::poll_fn, task::Poll};

use confab_shared::{
    error::ErrorCode,
    protocol::{ClientFrame, ServerFrame, close},
};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use gloo_timers::{callback::Interval, future::TimeoutFuture};

pub(crate) use self::obstacle::Obstacle;
use self::{
    backoff::Backoff,
    line::Line,
    liveness::{Liveness, Verdict},
};
use crate::{
    browser::{self, document, listen, visible, window},
    clock, decode,
    state::{Chat, Connection},
};

/// How often the clock is looked at for silences, in milliseconds.
const LOOK_MILLIS: u32 = 1_000;

/// Why a connection ended.
enum End {
    /// The session is over: signing in again is the only way on.
    Session,
    /// Anything else.
    Lost,
}

/// What the task has to do something about.
enum Input {
    Opened,
    Heard(String),
    HungUp(Option<u16>),
    Say(ClientFrame),
    Woken,
    Looked,
}

/// Runs until the server says that the session is over.
pub(crate) async fn run(
    chat: Chat,
    obstacle: Obstacle,
    token: String,
    mut frames: UnboundedReceiver<ClientFrame>,
) {
    let mut backoff = Backoff::default();
    let (tell, mut inputs) = unbounded();
    wake(chat, &tell);
    let look = tell.clone();
    let _looks = Interval::new(LOOK_MILLIS, move || drop(look.unbounded_send(Input::Looked)));
    loop {
        // What was meant for the line before.
        while inputs.try_recv().is_ok() {}
        while frames.try_recv().is_ok() {}
        match connection(chat, obstacle, &token, &mut frames, &mut inputs, &mut backoff).await {
            End::Session => return,
            End::Lost => chat.lost(),
        }
        let wait = TimeoutFuture::new(backoff.next(js_sys::Math::random()));
        // Whoever comes back to the tab or to the network need not wait; nor need the server be asked in a burst.
        let mut woken = inputs.by_ref().filter(|input| std::future::ready(matches!(input, Input::Woken)));
        if let Either::Right(_) = select(wait, woken.next()).await {
            backoff.reset();
        }
    }
}

/// One connection, from opening it to its end.
async fn connection(
    chat: Chat,
    obstacle: Obstacle,
    token: &str,
    frames: &mut UnboundedReceiver<ClientFrame>,
    inputs: &mut UnboundedReceiver<Input>,
    backoff: &mut Backoff,
) -> End {
    let Some(line) = Line::open(&url()) else { return End::Lost };
    let liveness = Liveness::asking(clock::now().0);
    let mut talk = Talk { chat, obstacle, token, backoff, line, liveness, open: false };
    let end = loop {
        // The line first: what was heard meanwhile answers the doubts, and the greeting goes before anything else.
        let next = poll_fn(|cx| {
            if let Poll::Ready(input) = talk.line.poll(cx) {
                return Poll::Ready(Some(input));
            }
            if let Poll::Ready(input) = inputs.poll_next_unpin(cx) {
                return Poll::Ready(input);
            }
            frames.poll_next_unpin(cx).map(|frame| frame.map(Input::Say))
        });
        let Some(input) = next.await else { break End::Lost };
        match talk.take(input) {
            Ok(Verdict::Fine) => {}
            Ok(Verdict::Ask) => talk.line.say(&ClientFrame::Ping),
            Ok(Verdict::Lost) => break End::Lost,
            Err(end) => break end,
        }
    };
    if !talk.open {
        obstacle.failed();
    }
    end
}

/// A connection, while it lasts.
struct Talk<'a> {
    chat: Chat,
    obstacle: Obstacle,
    token: &'a str,
    backoff: &'a mut Backoff,
    line: Line,
    liveness: Liveness,
    open: bool,
}

impl Talk<'_> {
    fn take(&mut self, input: Input) -> Result<Verdict, End> {
        let now = clock::now().0;
        Ok(match input {
            Input::Opened => {
                self.open = true;
                self.obstacle.opened();
                self.liveness = Liveness::asking(now);
                self.line.say(&ClientFrame::Hello { token: self.token.to_owned() });
                Verdict::Fine
            }
            Input::Heard(text) => {
                self.liveness.heard(now);
                self.heard(&text)?;
                Verdict::Fine
            }
            Input::HungUp(Some(close::BAD_TOKEN)) => return Err(End::Session),
            Input::HungUp(_) => Verdict::Lost,
            Input::Say(frame) => {
                self.line.say(&frame);
                Verdict::Fine
            }
            // An attempt that a dead network holds up is worth nothing once the network is back.
            Input::Woken if !self.open => {
                self.backoff.reset();
                Verdict::Lost
            }
            Input::Woken => self.liveness.doubt(now),
            Input::Looked => self.liveness.look(now),
        })
    }

    fn heard(&mut self, text: &str) -> Result<(), End> {
        // What cannot be read comes from a newer server.
        let Some(frame) = decode::frame(text) else { return Ok(()) };
        match &frame {
            ServerFrame::Welcome(_) => self.backoff.reset(),
            ServerFrame::Error(error) if error.code == ErrorCode::BadToken => return Err(End::Session),
            _ => {}
        }
        self.chat.take(frame);
        Ok(())
    }
}

fn url() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}

/// Tells when the network may have changed, or the tab is looked at again. That the network is gone shows at once.
fn wake(chat: Chat, tell: &UnboundedSender<Input>) {
    let woken = |tell: &UnboundedSender<Input>| drop(tell.unbounded_send(Input::Woken));
    let (online, offline, seen) = (tell.clone(), tell.clone(), tell.clone());
    listen(&window(), "online", move |_: web_sys::Event| woken(&online));
    listen(&window(), "offline", move |_: web_sys::Event| {
        chat.unplugged();
        woken(&offline);
    });
    listen(&document(), "visibilitychange", move |_: web_sys::Event| {
        if visible() {
            woken(&seen);
        }
    });
}

/// Keeps what tests and styles go by on the body: how the page stands with the server.
pub(crate) fn mark(connection: Option<Connection>) {
    let word = match connection {
        Some(Connection::Connecting) => "connecting",
        Some(Connection::Online) => "online",
        Some(Connection::Offline | Connection::Unplugged) | None => "offline",
    };
    if let Some(body) = browser::document().body() {
        let _ = body.set_attribute("data-connection", word);
    }
}
