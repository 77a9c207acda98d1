//! The task of one connection, in either dialect: it reads what comes, has it carried out, and answers in the order of
//! the frames. Nothing it waits for is waited for by anybody else.

mod answers;

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::error::ErrorCode;
use tokio::time::timeout;

use self::answers::{Answer, Answers};
use super::{
    decoder::Received,
    link::{End, Link},
    reader::Reader,
};
use crate::{
    chat::{Posted, Posting},
    error::Error,
    frame::{Frame, close_code},
    store::NewEvent,
};

/// How many commands of one connection may be under way; more are not read until some are answered.
const MAX_IN_FLIGHT: usize = 64;

/// How long commands under way may take once a connection ends.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How long a peer may take to read our good-bye and answer it.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// What a text message says.
pub enum Said<C> {
    /// Something to be posted; together with what follows it, where that has been read already.
    Post(NewEvent),
    /// Another command.
    Command(C),
    /// Something that cannot be carried out, or needs only an answer.
    Answer(Frame),
}

/// What comes of a command.
pub enum Done {
    /// It is answered, where it has an answer.
    Answer(Option<Frame>),
    /// It asked for a welcome, which goes before what the hub tells since.
    Welcome(Frame),
}

/// What tells the dialects apart.
pub trait Dialect: Send {
    /// What else people do than posting.
    type Command: Send;

    /// Reads a text message.
    fn read(&mut self, text: String) -> impl Future<Output = Said<Self::Command>> + Send;

    /// Queues what is to be posted.
    fn post(&self, messages: Vec<NewEvent>) -> impl Future<Output = Posting> + Send;

    /// What somebody is told of what they posted.
    fn posted(posted: Posted) -> Option<Frame>;

    /// Carries out another command.
    fn carry_out(&mut self, command: Self::Command, link: &Link) -> impl Future<Output = Done> + Send;

    /// Answers a binary message.
    fn binary(&mut self, _bytes: Vec<u8>) -> Frame {
        self.error(ErrorCode::BinaryFrame.into())
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
    fn pong(&mut self, _payload: &[u8], _link: &Link) {}

    /// An error, as the dialect writes it.
    fn error(&self, error: Error) -> Frame;
}

/// Serves a connection until it ends. No `async fn`, which keeps room for its arguments beside what it makes of them.
pub fn serve<D: Dialect>(link: Arc<Link>, reader: Reader, dialect: D) -> impl Future<Output = ()> + Send {
    let mut connection = Connection { link, reader, dialect, posts: Vec::new(), answers: Answers::default() };
    async move {
        let end = loop {
            if let Err(end) = connection.turn().await {
                break end;
            }
        };
        if let End::Close(code, reason) = end {
            let Connection { link, reader, answers, .. } = connection;
            // In a box: there is no room for it kept while people talk.
            Box::pin(async move {
                let _ = timeout(LAST_ANSWERS, answers.last::<D>(&link)).await;
                close(&link, reader, code, reason).await;
            })
            .await;
        }
    }
}

struct Connection<D> {
    link: Arc<Link>,
    reader: Reader,
    dialect: D,
    /// What was read and is to be posted.
    posts: Vec<NewEvent>,
    answers: Answers,
}

/// Something that the task has to do something about.
enum Woken {
    Received(Received),
    Mail,
}

/// What has been done about what was received.
enum Taken {
    /// It is to be posted.
    Post,
    /// All that there was to do.
    Other,
}

impl<D: Dialect> Connection<D> {
    /// Waits until there is something to do, and does it.
    async fn turn(&mut self) -> Result<(), End> {
        match std::future::poll_fn(|cx| self.poll(cx)).await? {
            Woken::Mail => self.dialect.mail(&self.link).await,
            Woken::Received(first) => {
                let mut taken = self.take(first).await;
                // Posts go together. Whatever else was read waits for its turn: it may be answered at once, and the
                // peer may have no room.
                while let Ok(Taken::Post) = taken
                    && self.posts.len() + self.answers.waiting() < MAX_IN_FLIGHT
                    && let Some(next) = self.reader.next()
                {
                    taken = self.take(next).await;
                }
                self.post().await;
                taken.map(|_| ())
            }
        }
    }

    /// Waits for whatever comes first. Answers go before new commands, and nothing more is read while the peer does not
    /// read: what it asks for would only pile up.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Woken, End>> {
        let room = self.link.poll(cx)?;
        if room {
            self.answers.poll::<D>(cx, &self.link);
        }
        let listening = room && self.answers.waiting() < MAX_IN_FLIGHT;
        self.link.listens(listening);
        let woken = if room && self.dialect.has_mail() {
            Poll::Ready(Ok(Woken::Mail))
        } else if listening {
            self.reader.poll(cx, &self.link).map_ok(Woken::Received)
        } else {
            Poll::Pending
        };
        if woken.is_ready() {
            // Until it is back here, however long that takes: what the peer says meanwhile stays in the socket.
            self.link.listens(false);
        }
        woken
    }

    async fn take(&mut self, received: Received) -> Result<Taken, End> {
        match received {
            Received::Text(text) => match self.dialect.read(text).await {
                Said::Post(message) => {
                    if self.posts.is_empty() {
                        self.posts.reserve((1 + self.reader.waiting()).min(MAX_IN_FLIGHT));
                    }
                    self.posts.push(message);
                    return Ok(Taken::Post);
                }
                Said::Answer(frame) => self.answer(frame).await,
                Said::Command(command) => {
                    // In the order in which they were read.
                    self.post().await;
                    // In a box: what it needs is not kept for as long as people talk.
                    match Box::pin(self.dialect.carry_out(command, &self.link)).await {
                        Done::Answer(None) => {}
                        Done::Answer(Some(frame)) => self.answer(frame).await,
                        Done::Welcome(frame) => self.link.welcome(frame),
                    }
                }
            },
            Received::Binary(bytes) => {
                let answer = self.dialect.binary(bytes);
                self.answer(answer).await;
            }
            Received::Pong(payload) => self.dialect.pong(&payload, &self.link),
            Received::Ping(payload) => self.link.say(Frame::pong(&payload)),
            Received::Close(code) => return Err(End::Close(code.unwrap_or(close_code::NORMAL), "")),
            Received::Broken(code) => return Err(End::Close(code, "this is not WebSocket")),
            Received::TooLarge => {
                let error = self.dialect.error(ErrorCode::TooLarge.into());
                self.answer(error).await;
                return Err(End::Close(close_code::TOO_LARGE, "the frame is too large"));
            }
        }
        Ok(Taken::Other)
    }

    /// Queues what was read, once there is room for it.
    async fn post(&mut self) {
        if !self.posts.is_empty() {
            let posting = self.dialect.post(std::mem::take(&mut self.posts)).await;
            self.answers.push(Answer::Posting(posting));
        }
    }

    /// Answers what was read last: at once where nothing is under way.
    async fn answer(&mut self, frame: Frame) {
        self.post().await;
        if self.answers.are_none() {
            self.link.say(frame);
        } else {
            self.answers.push(Answer::Ready(frame));
        }
    }
}

/// Says good-bye, and waits a moment until it is answered.
pub async fn close(link: &Link, mut reader: Reader, code: u16, reason: &'static str) {
    link.resume();
    link.close(Frame::close(Some((code, reason))));
    let _ = timeout(CLOSE_TIME, async {
        if link.room().await.is_ok() {
            link.shut();
            reader.drain().await;
        }
    })
    .await;
}
