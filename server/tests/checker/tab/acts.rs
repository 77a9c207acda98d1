//! What people do: mostly they write.

use std::sync::atomic::Ordering;

use confab_shared::{
    api::ConversationView,
    command::Send,
    error::{ErrorBody, ErrorCode},
    id::{ConversationId, Timestamp},
    protocol::ClientFrame,
    state::FetchRequest,
    timeline::Timeline,
};
use tokio::time::{Instant, sleep};

use super::{
    End, Order, Tab,
    fetches::Change,
    wire::{Lost, Wire},
};
use crate::{
    command::Command,
    dice::Dice,
    history::{Answer, What},
    support::person::EVERYONE,
};

/// How many commands back a tab looks for one to send again.
const RECENT: u64 = 50;

/// How a tab disconnects.
#[derive(Clone, Copy, Debug)]
pub enum Leaving {
    /// With a close.
    InOrder,
    /// As a tab does whose machine is gone.
    AtOnce,
}

impl Tab {
    /// Does one thing. Answers how the connection is left, where it is.
    pub(super) async fn act(&mut self, wire: &mut Wire) -> Result<Option<Leaving>, Lost> {
        let number = u64::from(self.seat.number) << 32 | self.acts;
        self.dice = Dice::of(self.trial.settings.seed, "act", number);
        self.acts += 1;
        let habits = self.trial.settings.habits.clone();
        let mut chosen = self.dice.below(10_000);
        let mut is = |weight: u64| {
            let fits = chosen < weight;
            chosen = if fits { u64::MAX } else { chosen - weight };
            fits
        };
        if is(habits.look) {
            let id = self.place();
            let need = self.state.open(Some(id));
            self.meet(need);
        } else if is(habits.read) {
            self.read(wire).await?;
        } else if is(habits.older) {
            self.scroll_back();
        } else if is(habits.again) {
            self.again(wire).await?;
        } else if is(habits.change) {
            self.change();
        } else if is(habits.pause) {
            self.pause().await;
        } else if is(habits.leave) {
            return Ok(Some(*self.dice.pick(&[Leaving::InOrder, Leaving::AtOnce])));
        } else if is(habits.speak) && self.trial.pausing.load(Ordering::Relaxed) > 0 {
            self.write(EVERYONE, What::Speak, Some(wire)).await?;
        } else {
            let id = self.place();
            self.write(id, What::Post, Some(wire)).await?;
        }
        Ok(None)
    }

    /// Does not read for a while, however much it is sent.
    async fn pause(&mut self) {
        self.trial.tally.pauses.one();
        self.trial.pausing.fetch_add(1, Ordering::Relaxed);
        sleep(self.dice.millis(500..=6_000)).await;
        self.trial.pausing.fetch_sub(1, Ordering::Relaxed);
        self.heard_at = Instant::now();
    }

    /// One of the conversations that one is in.
    fn place(&mut self) -> ConversationId {
        let id = match self.dice.below(100) {
            0..=2 => EVERYONE,
            3..=9 => *self.dice.pick(&self.trial.clubs),
            _ => *self.dice.pick(&self.seat.places),
        };
        if self.state.conversation(id).is_some() { id } else { self.seat.notes }
    }

    /// Writes a message: into the outbox first, and over the socket where there is one.
    pub(super) async fn write(
        &mut self,
        id: ConversationId,
        what: What,
        wire: Option<&mut Wire>,
    ) -> Result<(), Lost> {
        let command = self.journal.attempt(id, what);
        let text = match what {
            What::Speak => command.speech(),
            _ => command.text(&self.trial.names),
        };
        // The place of something in a log is promised to whom sends one thing after the other: over two sockets that
        // is so where nothing is before it that has no answer.
        let first = !self.pending.values().any(|place| *place == id);
        self.pending.insert(command.number, id);
        self.trial.tally.sent();
        let send = Send { client_id: command.client_id(), conversation: id, text: text.into() };
        let frame = self.state.outbox.push(send.into(), Timestamp(0));
        let twice = self.dice.happens(self.trial.settings.habits.twice, 10_000);
        let Some(wire) = wire.filter(|_| self.welcomed) else { return Ok(()) };
        if let Some(sibling) = self.seat.sibling.as_ref().filter(|_| twice && first) {
            let sent = sibling.try_send(Order::Also(frame.clone()));
            self.trial.tally.twice.some(usize::from(sent.is_ok()));
        }
        wire.send(&frame).await
    }

    /// Reads what is held of what one looks at, and goes on to the newest where that is a window on the past.
    async fn read(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        let Some(conversation) = self.state.open_conversation() else { return Ok(()) };
        let Some(top) = self.state.timeline(conversation).map(Timeline::top) else { return Ok(()) };
        self.look_at_newest();
        match self.state.read_to(conversation, top) {
            Some(seq) => wire.send(&ClientFrame::Read { conversation, seq }).await,
            None => Ok(()),
        }
    }

    /// Goes to the newest events of what one looks at, as the page's button does.
    pub(super) fn look_at_newest(&mut self) {
        let need = self.state.open_conversation().and_then(|id| self.state.open_newest(id));
        self.meet(need);
    }

    fn scroll_back(&mut self) {
        let Some(id) = self.state.open_conversation() else { return };
        if let Some(timeline) = self.state.timeline(id).filter(|timeline| !timeline.complete()) {
            self.fetches.older(id, timeline.bottom());
        }
    }

    /// Sends once more what was acknowledged a while ago.
    async fn again(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        let count = self.journal.attempts.len() as u64;
        let Some(back) = count.checked_sub(1 + self.dice.below(RECENT)) else { return Ok(()) };
        let attempt = self.journal.attempts[back as usize];
        if attempt.what != What::Post || !matches!(attempt.answer, Answer::Acked(..)) {
            return Ok(());
        }
        self.trial.tally.again.one();
        let command = Command { tab: self.seat.number, number: back as u32 };
        let text = command.text(&self.trial.names).into();
        let (client_id, conversation) = (command.client_id(), attempt.conversation);
        wire.send(&ClientFrame::Send(Send { client_id, conversation, text })).await
    }

    /// Changes a group.
    fn change(&mut self) {
        let id = *self.dice.pick(&self.trial.clubs);
        let (which, whom) = (self.dice.below(4), self.dice.below(self.trial.users.len() as u64) as usize);
        if self.state.conversation(id).is_none() {
            return;
        }
        let next = self.journal.next();
        let (what, change) = match which {
            0 => (What::Rename, Change::Rename(next.title())),
            1 if !self.seat.owned.contains(&id) => (What::Leave, Change::Leave),
            _ => (What::Add(self.trial.users[whom]), Change::Add(self.trial.names[whom].clone())),
        };
        self.trial.tally.changes.one();
        let command = self.journal.attempt(id, what);
        self.fetches.change(command, id, change);
    }

    /// Takes what came of a change, as the page does.
    pub(super) fn changed(
        &mut self,
        command: Command,
        outcome: Result<Option<ConversationView>, ErrorBody>,
    ) -> Option<FetchRequest> {
        match outcome {
            Ok(view) => {
                self.journal.answered(command, Answer::Done);
                view.and_then(|view| self.state.made(view))
            }
            Err(error) => {
                if error.code != ErrorCode::UnknownConversation {
                    self.journal.oddities.push(format!("{command}: {error:?}"));
                }
                self.journal.answered(command, Answer::Refused);
                None
            }
        }
    }

    /// Goes, stays away for a while, and may write meanwhile.
    pub(super) async fn leave(&mut self, how: Leaving, wire: Wire) -> Result<(), End> {
        self.welcomed = false;
        match how {
            Leaving::InOrder => wire.leave().await,
            Leaving::AtOnce => drop(wire),
        }
        for _ in 0..self.dice.below(3) {
            let id = self.place();
            self.write(id, What::Post, None).await?;
        }
        sleep(self.dice.millis(0..=1_500)).await;
        Err(End::Again)
    }
}
