//! What people do: mostly they write.

use std::sync::atomic::Ordering;

use confab_shared::{
    api::ConversationView,
    command::{self as shared, Delete, Edit, Pin, React, Send},
    error::{ErrorBody, ErrorCode},
    id::{ConversationId, Seq, Timestamp},
    item::Item,
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
    command::{Command, EMOJI},
    history::{Answer, What},
    support::{dice::Dice, person::EVERYONE},
};

/// How many commands back a tab looks for one to send again.
const RECENT: u64 = 50;

/// How many items back a tab looks for a message of its user.
const LATELY: usize = 40;

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
        } else if is(habits.unread) {
            self.mark_unread();
        } else if is(habits.older) {
            self.scroll_back();
        } else if is(habits.alter) {
            self.alter(Some(wire)).await?;
        } else if is(habits.reply) {
            self.reply(Some(wire)).await?;
        } else if is(habits.threads) {
            self.tend_threads(wire).await?;
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

    /// Gives a command: into the outbox first, and over the socket where there is one.
    pub(super) async fn write(
        &mut self,
        id: ConversationId,
        what: What,
        wire: Option<&mut Wire>,
    ) -> Result<(), Lost> {
        let command = self.journal.attempt(id, what);
        // The place of something in a log is promised to whom sends one thing after the other: over two sockets that
        // is so where nothing is before it that has no answer.
        let first = !self.pending.values().any(|place| *place == id);
        self.pending.insert(command.number, id);
        self.trial.tally.sent();
        let frame = self.state.outbox.push(self.body(command, id, what), Timestamp(0));
        let twice = self.dice.happens(self.trial.settings.habits.twice, 10_000);
        let Some(wire) = wire.filter(|_| self.welcomed) else { return Ok(()) };
        if let Some(sibling) = self.seat.sibling.as_ref().filter(|_| twice && first) {
            let sent = sibling.try_send(Order::Also(frame.clone()));
            self.trial.tally.twice.some(usize::from(sent.is_ok()));
        }
        wire.send(&frame).await
    }

    /// What is sent of a command.
    fn body(&self, command: Command, conversation: ConversationId, what: What) -> shared::Command {
        let client_id = command.client_id();
        let text = || command.text(&self.trial.names).into();
        match what {
            What::Speak => Send::new(client_id, conversation, command.speech().into()).into(),
            What::Reply(reply) => {
                let (reply_to, thread) = (reply.reply_to(), reply.thread());
                let send = Send::new(client_id, conversation, text());
                Send { reply_to, thread, also_in_conversation: reply.also, ..send }.into()
            }
            What::Edit(target) => Edit { client_id, conversation, target, text: text() }.into(),
            What::Delete(target) => Delete { client_id, conversation, target }.into(),
            What::React(target, emoji, on) => {
                let emoji = EMOJI[usize::from(emoji)].to_owned();
                React { client_id, conversation, target, emoji, on }.into()
            }
            What::Pin(target, on) => Pin { client_id, conversation, target, on }.into(),
            _ => Send::new(client_id, conversation, text()).into(),
        }
    }

    /// Changes a message that the tab has cached; posts one where it has none.
    async fn alter(&mut self, wire: Option<&mut Wire>) -> Result<(), Lost> {
        let id = self.state.open_conversation().filter(|id| self.state.conversation(*id).is_some());
        let id = id.unwrap_or(self.seat.notes);
        let beside = self.dice.happens(1, 3).then(|| self.cached_reply()).flatten();
        let Some((target, is_own)) = beside.or_else(|| self.cached_message(id)) else {
            return self.write(id, What::Post, wire).await;
        };
        // Some are refused: those of others.
        let may = is_own || self.dice.happens(1, 4);
        let what = match self.dice.below(16) {
            0 if may => What::Delete(target),
            1..=5 if may => What::Edit(target),
            6..=8 => What::Pin(target, self.dice.happens(1, 2)),
            _ => What::React(target, self.dice.below(EMOJI.len() as u64) as u8, self.dice.happens(3, 4)),
        };
        self.trial.tally.altered.one();
        self.write(id, what, wire).await
    }

    /// A message of a timeline, mostly one of the last, and whether it is this user's: it is in half of the cases where
    /// they wrote one lately.
    fn cached_message(&mut self, id: ConversationId) -> Option<(Seq, bool)> {
        let count = self.state.timeline(id)?.items().len() as u64;
        let range = if self.dice.happens(3, 4) { count.min(12) } else { count };
        let back = (range > 0).then(|| self.dice.below(range))?;
        let wants_own = self.dice.happens(1, 2);
        let (me, timeline) = (self.journal.user, self.state.timeline(id)?);
        let lately = timeline.items().rev().take(LATELY).filter_map(|item| item.message());
        let own =
            lately.into_iter().find(|message| wants_own && message.by == me && message.deleted.is_none());
        let any = || timeline.items().rev().nth(back as usize).and_then(|item| item.message());
        let message = own.or_else(any)?;
        Some((message.seq, message.by == me))
    }

    /// Reads what is cached of what one looks at, and goes on to the newest where that is a window on the past.
    async fn read(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        let Some(conversation) = self.state.open_conversation() else { return Ok(()) };
        let Some(top) = self.state.timeline(conversation).map(Timeline::last) else { return Ok(()) };
        self.look_at_newest();
        match self.state.read_to(conversation, top) {
            Some(seq) => wire.send(&ClientFrame::Read { conversation, seq, thread: None }).await,
            None => Ok(()),
        }
    }

    /// Marks something that came lately as unread, with all behind it: every tab of the user learns of it.
    fn mark_unread(&mut self) {
        let back = self.dice.below(24) as usize;
        let Some(id) = self.state.open_conversation() else { return };
        let timeline = self.state.timeline(id);
        let seq = timeline.and_then(|timeline| timeline.items().rev().nth(back).map(Item::seq));
        if let Some(seq) = seq {
            self.trial.tally.unread.one();
            self.fetches.mark_unread(id, seq);
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
            self.fetches.older(id, timeline.first());
        }
    }

    /// Sends once more what was acknowledged a while ago.
    async fn again(&mut self, wire: &mut Wire) -> Result<(), Lost> {
        let count = self.journal.attempts.len() as u64;
        let Some(back) = count.checked_sub(1 + self.dice.below(RECENT)) else { return Ok(()) };
        let attempt = self.journal.attempts[back as usize];
        let is_repeated = attempt.what.is_pipelined() && attempt.what != What::Speak;
        if !is_repeated || !matches!(attempt.answer, Answer::Acked(..)) {
            return Ok(());
        }
        self.trial.tally.again.one();
        let command = Command { tab: self.seat.number, number: back as u32 };
        wire.send(&self.body(command, attempt.conversation, attempt.what).into()).await
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
                self.journal.answered(command, Answer::Refused(error.code));
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
            match self.dice.below(4) {
                0..=1 => self.alter(None).await?,
                2 => self.reply(None).await?,
                _ => {
                    let id = self.place();
                    self.write(id, What::Post, None).await?;
                }
            }
        }
        sleep(self.dice.millis(0..=1_500)).await;
        Err(End::Again)
    }
}
