//! The task of one connection, in either dialect: it alone owns the socket, reads what comes, and writes what the
//! hub queued. Nothing it waits for is waited for by anybody else.

use std::{future::Future, time::Duration};

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use confab_shared::protocol::ErrorCode;
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesOrdered};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::link::{Gone, Link, Received};
use crate::{
    error::Error,
    hub::{Item, Outbox, outbox::Taken},
};

/// How many commands of one connection may be under way; more are not read until some are answered.
const MAX_IN_FLIGHT: usize = 64;

/// How often a connection is pinged.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a connection may be silent: not even answers to pings.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// How long commands under way may take once the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// An answer that takes its time. It comes by itself, whether it is polled or not: a task that waits for its socket
/// polls nothing, and must hold up nobody meanwhile.
pub(super) type Answer = BoxFuture<'static, Option<Utf8Bytes>>;

/// What becomes of a frame that was read.
pub(super) enum Step {
    /// It is queued, in the order of the frames; so are the answers.
    Later(Answer),
    /// It is carried out, and answered where it has an answer.
    Now(Option<Utf8Bytes>),
}

/// What tells the dialects apart.
pub(super) trait Dialect: Send {
    /// Takes a text frame.
    fn text(&mut self, text: &str) -> impl Future<Output = Step> + Send;

    /// Writes what the hub queued.
    fn items(&mut self, items: Vec<Item>, link: &mut Link) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Brings the peer up to date after its queue was dropped.
    fn lagged(&mut self, link: &mut Link) -> impl Future<Output = Result<(), Gone>> + Send;

    /// The peer has received all that was written before the ping with this payload.
    fn pong(&mut self, payload: &Bytes, link: &mut Link) -> impl Future<Output = Result<(), Gone>> + Send;

    /// What a heartbeat's ping carries.
    fn heartbeat(&self) -> Bytes {
        Bytes::new()
    }

    /// An error, as the dialect writes it.
    fn error(&self, error: Error) -> Utf8Bytes;
}

/// Why a connection ends.
enum End {
    /// The peer left.
    Gone,
    /// We end it, with a close code and a reason.
    Close(u16, &'static str),
}

impl From<Gone> for End {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

/// Serves a connection until it ends.
pub(super) async fn serve(
    mut link: Link,
    mut dialect: impl Dialect,
    outbox: &Outbox,
    stop: &CancellationToken,
) {
    let mut answers = FuturesOrdered::new();
    let end = talk(&mut link, &mut dialect, outbox, stop, &mut answers).await;
    let Err(End::Close(code, reason)) = end else { return };
    // What was read is carried out, and its answer told.
    let last = async {
        while let Some(answer) = answers.next().await {
            write(&mut link, answer).await?;
        }
        Ok::<_, Gone>(())
    };
    if let Ok(Err(Gone)) = timeout(LAST_ANSWERS, last).await {
        return;
    }
    link.close(code, reason).await;
}

async fn talk(
    link: &mut Link,
    dialect: &mut impl Dialect,
    outbox: &Outbox,
    stop: &CancellationToken,
    answers: &mut FuturesOrdered<Answer>,
) -> Result<(), End> {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Err(End::Close(axum::extract::ws::close_code::AWAY, "the server stops")),
            taken = outbox.take() => match taken {
                Taken::Items(items) => dialect.items(items, link).await?,
                Taken::Lagged => dialect.lagged(link).await?,
                Taken::Closed => return Err(End::Close(confab_shared::protocol::close::BAD_TOKEN, "signed out")),
            },
            Some(answer) = answers.next() => {
                write(link, answer).await?;
                // Those of the same commit are ready too: one flush for all.
                while let Some(Some(answer)) = answers.next().now_or_never() {
                    write(link, answer).await?;
                }
            }
            received = link.receive(), if answers.len() < MAX_IN_FLIGHT => {
                heard = Instant::now();
                take(received, link, dialect, answers).await?;
            }
            _ = heartbeat.tick() => {
                // Not silent is who is not listened to, because too much of theirs is under way.
                if heard.elapsed() > MAX_SILENCE && answers.len() < MAX_IN_FLIGHT {
                    return Err(End::Gone);
                }
                link.ping(dialect.heartbeat()).await?;
            }
        }
        link.flush().await?;
    }
}

/// Takes one thing that came from the peer.
async fn take(
    received: Received,
    link: &mut Link,
    dialect: &mut impl Dialect,
    answers: &mut FuturesOrdered<Answer>,
) -> Result<(), End> {
    match received {
        Received::Text(text) => match dialect.text(&text).await {
            // Behind what is under way: answers come in the order of the frames.
            Step::Now(frame) => answers.push_back(std::future::ready(frame).boxed()),
            Step::Later(answer) => answers.push_back(answer),
        },
        Received::Binary => link.feed(dialect.error(ErrorCode::BinaryFrame.into())).await?,
        Received::Pong(payload) => dialect.pong(&payload, link).await?,
        Received::Ping => {}
        Received::TooLarge => {
            link.feed(dialect.error(ErrorCode::TooLarge.into())).await?;
            return Err(End::Close(axum::extract::ws::close_code::SIZE, "the frame is too large"));
        }
        Received::Closed => return Err(End::Gone),
    }
    Ok(())
}

async fn write(link: &mut Link, answer: Option<Utf8Bytes>) -> Result<(), Gone> {
    match answer {
        Some(frame) => link.feed(frame).await,
        None => Ok(()),
    }
}
