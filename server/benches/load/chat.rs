//! People who chat at a steady pace while something else goes on: how long their messages take to be acknowledged.

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab_shared::id::ConversationId;
use hdrhistogram::Histogram;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{
    people::{self, Person},
    socket::Receiver,
    tally::histogram,
};

/// How many people chat, in groups of ten.
pub const PEOPLE: usize = 100;
const MEMBERS: usize = 10;

/// How often each of them posts.
pub const POST_EVERY: Duration = Duration::from_millis(500);

/// The people, and how long their acks take.
pub struct Chat {
    acks: Rc<RefCell<Histogram<u64>>>,
    writers: JoinSet<anyhow::Result<()>>,
}

impl Chat {
    /// Puts people into groups, and has them post. Returns once all of them do.
    pub async fn start(address: SocketAddr, people: &[Person]) -> anyhow::Result<Self> {
        let mut groups = Vec::new();
        for (number, members) in people.chunks(MEMBERS).enumerate() {
            let members: Vec<_> = members.iter().collect();
            groups.push(people::group(address, &format!("Group {number}"), &members).await?);
        }
        let acks = Rc::new(RefCell::new(histogram()?));
        let mut writers = JoinSet::new();
        for (number, writer) in people::connect(address, people).await?.into_iter().enumerate() {
            let (group, acks) = (groups[number / MEMBERS], Rc::clone(&acks));
            let delay = POST_EVERY * u32::try_from(number)? / u32::try_from(PEOPLE)?;
            writers.spawn_local(write(writer, group, acks, delay));
        }
        sleep(2 * POST_EVERY).await;
        Ok(Self { acks, writers })
    }

    /// How long the acks of the coming time take, in nanoseconds.
    pub async fn acks(&mut self, time: Duration) -> anyhow::Result<Histogram<u64>> {
        self.acks.borrow_mut().reset();
        sleep(time).await;
        if let Some(ended) = self.writers.try_join_next() {
            ended??;
        }
        let acks = self.acks.borrow().clone();
        anyhow::ensure!(!acks.is_empty(), "nothing was acknowledged");
        Ok(acks)
    }
}

/// Posts at intervals, and records how long each ack takes.
async fn write(
    mut writer: Receiver,
    group: ConversationId,
    acks: Rc<RefCell<Histogram<u64>>>,
    delay: Duration,
) -> anyhow::Result<()> {
    sleep(delay).await;
    let sent = Rc::new(RefCell::new(VecDeque::new()));
    let (sender, posted) = (Rc::clone(&writer.sender), Rc::clone(&sent));
    let post = async move {
        let mut ticks = interval(POST_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            posted.borrow_mut().push_back(Instant::now());
            sender.send(&people::post(group, "how are you today?")?);
        }
        #[expect(unreachable_code, reason = "it gives the block its type")]
        anyhow::Ok(())
    };
    let take = |text: &[u8]| {
        if text.starts_with(br#"{"type":"ack""#) {
            let sent: Instant = sent.borrow_mut().pop_front().context("an ack too many")?;
            acks.borrow_mut().saturating_record(u64::try_from(sent.elapsed().as_nanos())?);
        }
        anyhow::ensure!(!text.starts_with(br#"{"type":"error""#), "{}", String::from_utf8_lossy(text));
        Ok(())
    };
    tokio::select! {
        ended = post => ended,
        ended = writer.each(take, || ()) => ended,
    }
}
