//! A history with messages that change.

use confab_shared::{
    emoji::Emoji,
    event::{Deleted, Edited, Event, EventBody, Pinned, Posted, Reacted},
    id::{Seq, Timestamp},
    item::Item,
    message::Message,
    text::MessageText,
};

use super::{CONVERSATION, Story, ack};
use crate::{
    command::{Command, EMOJI},
    history::{ItemDigest, Part, Source, What},
    verify::Violation,
};

/// The story, and changes of its messages by those who wrote them, all received.
pub(super) struct Changes {
    pub(super) story: Story,
}

impl Changes {
    pub(super) fn new() -> Self {
        Self { story: Story::new() }
    }

    /// A command of a tab that made an event at the end of the log.
    pub(super) fn change(&mut self, tab: usize, what: What) -> &mut Event {
        let journal = &mut self.story.history.journals[tab];
        let command = journal.attempt(CONVERSATION, what);
        let event = self.event(tab, command, what);
        assert_eq!(self.story.history.journals[tab].acked(&ack(&event)), Some(command));
        self.story.log.push(event);
        self.story.log.last_mut().unwrap()
    }

    pub(super) fn event(&self, tab: usize, command: Command, what: What) -> Event {
        let seq = Seq(self.story.log.len() as u64 + 1);
        let body: EventBody = match what {
            What::Edit(target) => {
                let text = command.text(&self.story.history.names);
                Edited::new(target, text, vec![], vec![]).into()
            }
            What::Reply(reply) => {
                let text = command.text(&self.story.history.names);
                let posted = |event: &Event| match &event.body {
                    EventBody::Posted(posted) => Some(posted.clone()),
                    _ => None,
                };
                let there = || self.story.log.iter().filter_map(posted);
                let also_in_conversation = reply.also;
                let shows = |posted: &Posted| posted.thread.is_none() || posted.also_in_conversation;
                let is_in_timeline = reply.thread().is_none() || reply.also;
                let ordinal = there().filter(shows).count() as u64 + u64::from(is_in_timeline);
                let is_first = !there().any(|posted| posted.thread == reply.thread());
                let root = reply.thread().filter(|_| is_first);
                let root_author = root.map(|root| self.story.log[root.0 as usize - 1].by);
                let (reply_to, thread) = (reply.reply_to(), reply.thread());
                let posted = Posted::new(text, ordinal, vec![]);
                Posted { reply_to, thread, also_in_conversation, root_author, ..posted }.into()
            }
            What::Delete(target) => Deleted::new(target, None).into(),
            What::React(target, number, on) => {
                Reacted { target, emoji: Emoji::existing(EMOJI[usize::from(number)]), on }.into()
            }
            What::Pin(target, on) => Pinned { target, on }.into(),
            other => panic!("{other:?}"),
        };
        let by = self.story.history.journals[tab].user;
        let (conversation, at) = (CONVERSATION, Timestamp(1_000 + seq.0));
        Event { conversation, seq, at, by, client_id: Some(command.client_id()), body }
    }

    /// What the log says once a message is deleted.
    pub(super) fn redact(&mut self, seq: usize) {
        match &mut self.story.log[seq - 1].body {
            EventBody::Posted(posted) => posted.text = MessageText::existing(""),
            EventBody::Edited(edited) => edited.text = MessageText::existing(""),
            EventBody::Reacted(reacted) => reacted.emoji = Emoji::existing(""),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn verify(&mut self) -> Vec<Violation> {
        // The ends of the story are as of its first events.
        self.story.ends.clear();
        self.story.verify()
    }

    /// A tab has an item of the log, changed in some way.
    pub(super) fn sees(&mut self, source: Source, as_of: u64, message: Message) {
        let (first, last) = (message.seq, message.seq);
        let items = vec![ItemDigest::of_message(&message)].into();
        let (conversation, as_of, thread, quoted) = (CONVERSATION, Seq(as_of), None, [].into());
        let part = Part { conversation, thread, source, as_of, first, last, items, quoted };
        self.story.history.journals[1].parts.push(part);
    }

    pub(super) fn message(&self, seq: usize) -> Message {
        let item = Item::of(&self.story.log[seq - 1]).unwrap();
        item.message().unwrap().clone()
    }
}

pub(super) fn clean(changes: &mut Changes) {
    let violations = changes.verify();
    assert!(violations.is_empty(), "{violations:#?}");
}

/// Tab 1 wrote the odd messages.
pub(super) const MINE: Seq = Seq(1);
pub(super) const THEIRS: Seq = Seq(2);
