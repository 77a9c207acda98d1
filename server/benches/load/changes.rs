//! 100 members of a group of 1,000 edit their messages and react to others', and everybody is delivered every change:
//! what a delivered event costs, beside messages that the same members post in the same way.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
};

use anyhow::Context;
use confab_shared::{
    command::{Edit, React, Send},
    id::{ConversationId, Seq},
    protocol::{Ack, ClientFrame},
};
use tokio::task::JoinSet;

use crate::{
    Plan,
    http::Http,
    people::{self, Person, client_id},
    report::{Better, Claim, Report},
    server::Contender,
    socket::{Receiver, Sender},
    tally::{Run, Tally, median},
};

/// How many are in the group.
const MEMBERS: usize = 1_000;

/// How many of them edit and react, each with one command in flight.
const ACTIVE: usize = 100;

/// How many messages get the reactions.
const REACTED_TO: usize = 10;

/// What a message says, in bytes.
const LENGTH: usize = 256;

/// What the active members do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Post,
    Change,
}

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("changes", "100 editors and reactors among 1,000 readers, beside 100 who post");
    let (mut posts, mut changes) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let [posted, changed] = measure(plan, round).await?;
        posts.push(posted);
        changes.push(changed);
    }
    report.runs("posts", "deliveries", &posts)?;
    report.runs("edits and reactions", "deliveries", &changes)?;
    let each = |runs: &[Run]| median(runs.iter().map(Run::each));
    report.claim(Claim {
        what: "changes: server time per delivered edit or reaction, of a message's".into(),
        seen: Some(each(&changes)? / each(&posts)?),
        must: 1.5,
        goal: 1.1,
        better: Better::Lower,
        unit: "x",
    });
    Ok(())
}

/// Everybody in the group, and what the active members do next.
struct Group {
    id: ConversationId,
    phase: Cell<Phase>,
    /// The first message of each active member.
    messages: Vec<Seq>,
    /// How often each of them has done something.
    turns: RefCell<Vec<u64>>,
    tally: Tally,
}

impl Group {
    /// The next command of an active member.
    fn next(&self, member: usize) -> anyhow::Result<Vec<u8>> {
        let turn = self.turns.borrow_mut().get_mut(member).map(|turns| {
            *turns += 1;
            *turns
        });
        let turn = turn.context("an active member")?;
        let (client_id, conversation) = (client_id(), self.id);
        // An edit that changes nothing would make no event.
        let text = format!("{turn:0LENGTH$}");
        let frame = match (self.phase.get(), turn % 2) {
            (Phase::Post, _) => ClientFrame::Send(Send::new(client_id, conversation, text)),
            (Phase::Change, 0) => {
                let target = self.messages[member];
                ClientFrame::Edit(Edit { client_id, conversation, target, text })
            }
            (Phase::Change, _) => {
                // Each is withdrawn with the next.
                let number = turn / 2;
                let target = self.messages[(number / 2) as usize % REACTED_TO];
                let (emoji, on) = ("👍".to_owned(), number.is_multiple_of(2));
                ClientFrame::React(React { client_id, conversation, target, emoji, on })
            }
        };
        Ok(serde_json::to_vec(&frame)?)
    }
}

/// One round: messages, and then changes.
async fn measure(plan: &Plan, round: usize) -> anyhow::Result<[Run; 2]> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let address = server.address;
    let people = people::sign_in(address, &format!("c{round}"), MEMBERS).await?;
    let id = people::group(address, "A thousand", &people.iter().collect::<Vec<_>>()).await?;
    let mut messages = Vec::new();
    for person in &people[..ACTIVE] {
        messages.push(first_message(address, person, id).await?);
    }
    let members = people::connect(address, &people).await?;
    let active: Vec<Rc<Sender>> = members[..ACTIVE].iter().map(|member| Rc::clone(&member.sender)).collect();
    let group = Rc::new(Group {
        id,
        phase: Cell::new(Phase::Post),
        messages,
        turns: RefCell::new(vec![0; ACTIVE]),
        tally: Tally::new()?,
    });
    let mut tasks = JoinSet::new();
    for (number, member) in members.into_iter().enumerate() {
        tasks.spawn_local(listen(number, member, Rc::clone(&group)));
    }
    for (number, sender) in active.iter().enumerate() {
        sender.send(&group.next(number)?);
    }
    let posted = group.tally.measure(&server, plan.time()).await?;
    group.phase.set(Phase::Change);
    let changed = group.tally.measure(&server, plan.time()).await?;
    tasks.shutdown().await;
    Ok([posted, changed])
}

async fn first_message(address: SocketAddr, person: &Person, id: ConversationId) -> anyhow::Result<Seq> {
    let mut http = Http::connect(address).await?.with_token(&person.token);
    let send = Send::new(client_id(), id, "first".to_owned());
    let ack: Ack = http.post(&format!("/api/v1/conversations/{id}/messages"), &send).await?;
    Ok(ack.seq)
}

/// Counts what a member is delivered; the ack of an active one is answered with the next command.
async fn listen(number: usize, mut member: Receiver, group: Rc<Group>) {
    let own = Rc::clone(&member.sender);
    let take = |text: &[u8]| {
        if text.starts_with(br#"{"type":"event""#) {
            group.tally.count(1);
        } else if text.starts_with(br#"{"type":"ack""#) {
            own.queue(&group.next(number)?);
        } else {
            anyhow::bail!("received {}", String::from_utf8_lossy(text));
        }
        Ok(())
    };
    if let Err(error) = member.each(take, || ()).await {
        group.tally.fail(format!("a member: {error:#}"));
    }
}
