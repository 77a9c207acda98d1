//! People in groups of four who all write as fast as they are acknowledged: the load of `acked`, `postgres` and `cluster`.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab_shared::id::ConversationId;
use tokio::task::JoinSet;

use crate::{
    people,
    server::Server,
    socket::Receiver,
    tally::{Run, Tally},
};

/// How many groups there are for each server.
pub const GROUPS: usize = 64;

/// How many are in each; all of them write.
pub const MEMBERS: usize = 4;

/// How many messages of each are under way.
const WINDOW: usize = 16;

/// What a message says, in bytes.
pub const LENGTH: usize = 100;

/// One round: the messages that were acknowledged, and what `look` saw when the counting began and when it ended. The
/// members of each group are spread over the servers.
pub async fn measure<T>(
    servers: &[&Server],
    round: usize,
    time: Duration,
    look: impl Fn() -> anyhow::Result<T>,
) -> anyhow::Result<(Run, [T; 2])> {
    let first = servers.first().context("a server")?.address;
    let people = people::sign_in(first, &format!("a{round}"), servers.len() * GROUPS * MEMBERS).await?;
    let mut groups = Vec::new();
    for (number, members) in people.chunks(MEMBERS).enumerate() {
        let members: Vec<_> = members.iter().collect();
        groups.push(people::group(first, &format!("Group {number}"), &members).await?);
    }
    let server_of = |number: usize| servers[number % servers.len()].address;
    let tally = Rc::new(Tally::new()?);
    let mut tasks = JoinSet::new();
    for (number, writer) in people::connect_to(server_of, &people).await?.into_iter().enumerate() {
        tasks.spawn_local(write(writer, groups[number / MEMBERS], Rc::clone(&tally)));
    }
    let measured = tally.measure_beside(servers, time, look).await;
    tasks.shutdown().await;
    measured
}

/// Writes, and writes again for each ack. Acks come in the order of the messages.
async fn write(mut writer: Receiver, group: ConversationId, tally: Rc<Tally>) {
    let text = "x".repeat(LENGTH);
    let (sender, sent) = (Rc::clone(&writer.sender), RefCell::new(VecDeque::new()));
    let post = || {
        sender.queue(&people::post(group, &text)?);
        sent.borrow_mut().push_back(Instant::now());
        anyhow::Ok(())
    };
    let begun: anyhow::Result<()> = (0..WINDOW).try_for_each(|_| post());
    sender.flush();
    let take = |text: &[u8]| {
        if text.starts_with(br#"{"type":"ack""#) {
            let sent = sent.borrow_mut().pop_front().context("an ack too many")?;
            tally.took(sent.elapsed());
            tally.count(1);
            return post();
        }
        // The first message of each member moves their read position, which the others see; and from then on they see
        // each other's presence.
        let expected = [&br#"{"type":"event""#[..], br#"{"type":"read""#, br#"{"type":"presence""#];
        anyhow::ensure!(
            expected.iter().any(|begin| text.starts_with(begin)),
            "received an unexpected frame: {}",
            String::from_utf8_lossy(text)
        );
        Ok(())
    };
    let ended = match begun {
        Ok(()) => writer.each(take, || ()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tally.fail(format!("a writer: {error:#}"));
    }
}
