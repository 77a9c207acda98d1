//! The task of one connection, in either dialect: it reads what comes, has it carried out, and answers in the order of
//! the frames. Nothing it waits for is waited for by anybody else.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::protocol::ErrorCode;
use tokio::time::timeout;

use super::{
    decoder::Received,
    link::{End, Link},
    reader::Reader,
};
use crate::{
    error::Error,
    frame::{Frame, close_code},
};

/// How many commands of one connection may be under way; more are not read until some are answered.
const MAX_IN_FLIGHT: usize = 64;

/// How many places for answers may be kept when there are none.
const KEPT: usize = 4;

/// How long commands under way may take once a connection ends.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How long a peer may take to read our good-bye and answer it.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// What becomes of a frame that was read.
pub enum Step<A> {
    /// It is queued, in the order of the frames; so are the answers.
    Later(A),
    /// It is carried out, and answered where it has an answer.
    Now(Option<Frame>),
    /// It asked for a welcome, which goes before what the hub tells since.
    Welcome(Frame),
}

/// What tells the dialects apart.
pub trait Dialect: Send {
    /// An answer that takes its time. It comes by itself, whether it is polled or not: a task that waits for its socket
    /// polls nothing, and must hold up nobody meanwhile.
    type Answer: Future<Output = Option<Frame>> + Unpin + Send;

    /// Takes a text message.
    fn text(&mut self, text: String, link: &Link) -> impl Future<Output = Step<Self::Answer>> + Send;

    /// Takes a binary message.
    fn binary(&mut self, _bytes: Vec<u8>) -> Step<Self::Answer> {
        Step::Now(Some(self.error(ErrorCode::BinaryFrame.into())))
    }

    /// Whether the hub left something to be told.
    fn has_mail(&self) -> bool {
        false
    }

    /// Tells what the hub left.
    fn mail(&mut self, _link: &Link) -> impl Future<Output = Result<(), End>> + Send {
        std::future::ready(Ok(()))
    }

    /// The peer has received all that was written before the ping with this payload.
    fn pong(&mut self, _payload: &[u8], _link: &Link) -> Step<Self::Answer> {
        Step::Now(None)
    }

    /// An error, as the dialect writes it.
    fn error(&self, error: Error) -> Frame;
}

/// Serves a connection until it ends.
pub async fn serve(link: Arc<Link>, reader: Reader, dialect: impl Dialect) {
    let mut connection = Connection { link, reader, dialect, answers: Answers::default() };
    let end = loop {
        if let Err(end) = connection.turn().await {
            break end;
        }
    };
    if let End::Close(code, reason) = end {
        let Connection { link, reader, answers, .. } = connection;
        let _ = timeout(LAST_ANSWERS, answers.last(&link)).await;
        close(&link, reader, code, reason).await;
    }
}

struct Connection<D: Dialect> {
    link: Arc<Link>,
    reader: Reader,
    dialect: D,
    answers: Answers<D::Answer>,
}

/// Something that the task has to do something about.
enum Woken {
    Received(Received),
    Mail,
}

impl<D: Dialect> Connection<D> {
    /// Waits until there is something to do, and does it.
    async fn turn(&mut self) -> Result<(), End> {
        match std::future::poll_fn(|cx| self.poll(cx)).await? {
            Woken::Mail => self.dialect.mail(&self.link).await,
            Woken::Received(first) => {
                let mut next = Some(first);
                while let Some(received) = next {
                    self.take(received).await?;
                    next = if self.answers.have_room() { self.reader.next() } else { None };
                }
                Ok(())
            }
        }
    }

    /// Waits for whatever comes first. Answers go before new commands, and nothing more is read while the peer does not
    /// read: what it asks for would only pile up.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Woken, End>> {
        let room = self.link.poll(cx)?;
        if room {
            self.answers.poll(cx, &self.link);
        }
        let listening = room && self.answers.have_room();
        self.link.listens(listening);
        if room && self.dialect.has_mail() {
            return Poll::Ready(Ok(Woken::Mail));
        }
        if listening { self.reader.poll(cx, &self.link).map_ok(Woken::Received) } else { Poll::Pending }
    }

    async fn take(&mut self, received: Received) -> Result<(), End> {
        let step = match received {
            Received::Text(text) => self.dialect.text(text, &self.link).await,
            Received::Binary(bytes) => self.dialect.binary(bytes),
            Received::Pong(payload) => self.dialect.pong(&payload, &self.link),
            Received::Ping(payload) => {
                self.link.say(Frame::pong(&payload));
                return Ok(());
            }
            Received::Close(code) => return Err(End::Close(code.unwrap_or(close_code::NORMAL), "")),
            Received::Broken(code) => return Err(End::Close(code, "this is not WebSocket")),
            Received::TooLarge => {
                self.link.say(self.dialect.error(ErrorCode::TooLarge.into()));
                return Err(End::Close(close_code::TOO_LARGE, "the frame is too large"));
            }
        };
        match step {
            Step::Now(Some(frame)) => self.answers.now(frame, &self.link),
            Step::Now(None) => {}
            Step::Later(answer) => self.answers.0.push_back(Answer::Later(answer)),
            Step::Welcome(frame) => self.link.welcome(frame),
        }
        Ok(())
    }
}

/// What a peer is to be answered, in the order of its frames.
struct Answers<A>(VecDeque<Answer<A>>);

enum Answer<A> {
    /// It has to wait for those before it.
    Ready(Frame),
    Later(A),
}

impl<A> Default for Answers<A> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<A: Future<Output = Option<Frame>> + Unpin> Answers<A> {
    fn have_room(&self) -> bool {
        self.0.len() < MAX_IN_FLIGHT
    }

    /// Adds one that is ready: said at once where nothing is under way.
    fn now(&mut self, frame: Frame, link: &Link) {
        if self.0.is_empty() {
            link.say(frame);
        } else {
            self.0.push_back(Answer::Ready(frame));
        }
    }

    /// Says all that are ready, in one go, up to the first that is not.
    fn poll(&mut self, cx: &mut Context<'_>, link: &Link) {
        let mut fed = false;
        while let Some(first) = self.0.front_mut() {
            let Poll::Ready(answer) = first.poll(cx) else { break };
            self.0.pop_front();
            if let Some(frame) = answer {
                link.feed(frame);
                fed = true;
            }
        }
        if fed {
            link.flush();
        }
        if self.0.is_empty() && self.0.capacity() > KEPT {
            self.0 = VecDeque::new();
        }
    }

    /// What was read is carried out, and its answer told.
    async fn last(self, link: &Link) {
        link.resume();
        for mut answer in self.0 {
            let answer = std::future::poll_fn(|cx| answer.poll(cx)).await;
            answer.into_iter().for_each(|frame| link.say(frame));
        }
    }
}

impl<A: Future<Output = Option<Frame>> + Unpin> Answer<A> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        match self {
            Self::Ready(frame) => Poll::Ready(Some(frame.clone())),
            Self::Later(answer) => Pin::new(answer).poll(cx),
        }
    }
}

/// Says good-bye, and waits a moment until it is answered.
pub async fn close(link: &Link, mut reader: Reader, code: u16, reason: &'static str) {
    link.resume();
    link.say(Frame::close(Some((code, reason))));
    let _ = timeout(CLOSE_TIME, async {
        if link.room().await.is_ok() {
            link.shut();
            reader.drain().await;
        }
    })
    .await;
}
