//! The task of one connection, in either dialect: it reads what comes, has it carried out, and answers in the order of
//! the frames. Nothing it waits for is waited for by anybody else.

use std::{
    collections::VecDeque,
    future::Future,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::protocol::ErrorCode;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::{
    decoder::Received,
    link::{End, Link},
    reader::Reader,
};
use crate::{error::Error, frame::Frame};

/// How many commands of one connection may be under way; more are not read until some are answered.
const MAX_IN_FLIGHT: usize = 64;

/// How long commands under way may take once a connection ends.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How long a peer may take to read our good-bye and answer it.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// RFC 6455, 7.4.1.
pub const TOO_LARGE: u16 = 1009;

/// An answer that takes its time. It comes by itself, whether it is polled or not: a task that waits for its socket
/// polls nothing, and must hold up nobody meanwhile.
pub type Answer = BoxFuture<'static, Option<Frame>>;

/// What becomes of a frame that was read.
pub enum Step {
    /// It is queued, in the order of the frames; so are the answers.
    Later(Answer),
    /// It is carried out, and answered where it has an answer.
    Now(Option<Frame>),
    /// It asked for a welcome, which goes before what the hub tells since.
    Welcome(Frame),
}

/// What tells the dialects apart.
pub trait Dialect: Send {
    /// Takes a text message.
    fn text(&mut self, text: String, link: &Link) -> impl Future<Output = Step> + Send;

    /// Takes a binary message.
    fn binary(&mut self, _bytes: Vec<u8>) -> Step {
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
    fn pong(&mut self, _payload: &[u8], _link: &Link) -> Step {
        Step::Now(None)
    }

    /// An error, as the dialect writes it.
    fn error(&self, error: Error) -> Frame;
}

/// Something that the task has to do something about.
enum Woken {
    Answer(Option<Frame>),
    Received(Received),
    Mail,
}

/// Serves a connection until it ends.
pub async fn serve(link: Arc<Link>, mut reader: Reader, mut dialect: impl Dialect) {
    let mut answers = VecDeque::new();
    let end = loop {
        let woken = std::future::poll_fn(|cx| poll(cx, &link, &mut reader, &dialect, &mut answers)).await;
        let done = match woken {
            Ok(woken) => take(woken, &link, &mut dialect, &mut answers).await,
            Err(end) => Err(end),
        };
        if let Err(end) = done {
            break end;
        }
    };
    if let End::Close(code, reason) = end {
        let _ = timeout(LAST_ANSWERS, last_answers(&link, answers)).await;
        close(&link, reader, code, reason).await;
    }
}

/// Waits for whatever comes first. Answers go before new commands, and nothing more is read while the peer does not
/// read: what it asks for would only pile up.
fn poll(
    cx: &mut Context<'_>,
    link: &Link,
    reader: &mut Reader,
    dialect: &impl Dialect,
    answers: &mut VecDeque<Answer>,
) -> Poll<Result<Woken, End>> {
    let room = link.poll(cx)?;
    let listening = room && answers.len() < MAX_IN_FLIGHT;
    link.listens(listening);
    if !room {
        return Poll::Pending;
    }
    if let Some(first) = answers.front_mut()
        && let Poll::Ready(answer) = first.as_mut().poll(cx)
    {
        answers.pop_front();
        if answers.is_empty() {
            *answers = VecDeque::new();
        }
        return Poll::Ready(Ok(Woken::Answer(answer)));
    }
    if dialect.has_mail() {
        return Poll::Ready(Ok(Woken::Mail));
    }
    if listening { reader.poll(cx, link).map_ok(Woken::Received) } else { Poll::Pending }
}

async fn take(
    woken: Woken,
    link: &Link,
    dialect: &mut impl Dialect,
    answers: &mut VecDeque<Answer>,
) -> Result<(), End> {
    let step = match woken {
        Woken::Answer(answer) => {
            answer.into_iter().for_each(|frame| link.say(frame));
            return Ok(());
        }
        Woken::Mail => return dialect.mail(link).await,
        Woken::Received(received) => match received {
            Received::Text(text) => dialect.text(text, link).await,
            Received::Binary(bytes) => dialect.binary(bytes),
            Received::Pong(payload) => dialect.pong(&payload, link),
            Received::Ping(_) => return Ok(()),
            Received::Close(code) => return Err(End::Close(code.unwrap_or(1000), "")),
            Received::Broken(code) => return Err(End::Close(code, "this is not WebSocket")),
            Received::TooLarge => {
                link.say(dialect.error(ErrorCode::TooLarge.into()));
                return Err(End::Close(TOO_LARGE, "the frame is too large"));
            }
        },
    };
    match step {
        // Behind what is under way: answers come in the order of the frames.
        Step::Now(Some(frame)) if !answers.is_empty() => {
            answers.push_back(Box::pin(std::future::ready(Some(frame))))
        }
        Step::Now(Some(frame)) => link.say(frame),
        Step::Now(None) => {}
        Step::Later(answer) => answers.push_back(answer),
        Step::Welcome(frame) => link.welcome(frame),
    }
    Ok(())
}

/// What was read is carried out, and its answer told.
async fn last_answers(link: &Link, answers: VecDeque<Answer>) {
    link.resume();
    for answer in answers {
        answer.await.into_iter().for_each(|frame| link.say(frame));
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
