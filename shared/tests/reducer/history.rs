//! The messages that a log gives, found without the code under test: each field is looked up in the log by itself,
//! where the reducer applies one event after another.

use std::collections::HashMap;

use confab_shared::{
    conversation::UnreadMention,
    emoji::Emoji,
    event::{Edited, Event, EventBody},
    id::{Seq, UserId},
    item::Item,
    message::{Message, Reaction, Stamp, ThreadSummary},
    text::MessageText,
};

/// A log, and the events that changed each message.
#[derive(Clone, Debug, Default)]
pub struct History {
    log: Vec<Event>,
    changes: HashMap<Seq, Vec<usize>>,
}

/// The message that an event changes.
fn target(event: &Event) -> Option<Seq> {
    match &event.body {
        EventBody::Edited(edited) => Some(edited.target),
        EventBody::Deleted(deleted) => Some(deleted.target),
        EventBody::Reacted(reacted) => Some(reacted.target),
        EventBody::Pinned(pinned) => Some(pinned.target),
        EventBody::Previewed(previewed) => Some(previewed.target),
        _ => None,
    }
}

/// The root whose thread has a reply more or less by an event.
fn root(event: &Event) -> Option<Seq> {
    match &event.body {
        EventBody::Posted(posted) => posted.thread,
        EventBody::Deleted(deleted) => Some(deleted.reply.as_ref()?.thread),
        _ => None,
    }
}

/// Whether an event is a message that shows only in its thread.
fn is_beside(event: &Event) -> bool {
    matches!(&event.body, EventBody::Posted(posted) if posted.thread.is_some() && !posted.also_in_conversation)
}

impl History {
    pub fn push(&mut self, event: Event) {
        for changed in target(&event).into_iter().chain(root(&event)) {
            self.changes.entry(changed).or_default().push(self.log.len());
        }
        self.log.push(event);
    }

    pub fn head_seq(&self) -> Seq {
        Seq(self.log.len() as u64)
    }

    pub fn event(&self, seq: Seq) -> &Event {
        &self.log[usize::try_from(seq.0).unwrap() - 1]
    }

    /// The events that changed a message, up to one.
    fn changes(&self, seq: Seq, at: Seq) -> impl Iterator<Item = &Event> + Clone {
        let changes = self.changes.get(&seq).into_iter().flatten();
        changes.map(|index| &self.log[*index]).filter(move |event| event.seq <= at)
    }

    /// The events after a seq that changed a message.
    pub fn versions_after(&self, seq: Seq, after: Seq) -> Vec<Seq> {
        self.changes(seq, self.head_seq()).map(|event| event.seq).filter(|change| *change > after).collect()
    }

    /// The item of an event, as it was once another event had happened; none for an event that changes a message.
    pub fn item(&self, seq: Seq, at: Seq) -> Option<Item> {
        match &self.event(seq).body {
            EventBody::Posted(_) => Some(Item::Message(self.message(seq, at))),
            _ => target(self.event(seq)).is_none().then(|| Item::Notice(self.event(seq).clone())),
        }
    }

    /// The seqs of all items of a part of the log.
    pub fn item_seqs(&self, first: Seq, last: Seq) -> impl DoubleEndedIterator<Item = Seq> {
        let part = self.log.iter().filter(move |event| (first..=last).contains(&event.seq));
        part.filter(|event| target(event).is_none() && !is_beside(event)).map(|event| event.seq)
    }

    /// A message as it was once an event had happened.
    pub fn message(&self, seq: Seq, at: Seq) -> Message {
        let event = self.event(seq);
        let EventBody::Posted(posted) = &event.body else { panic!("{seq} is no message") };
        let mut message = Message {
            seq,
            at: event.at,
            by: event.by,
            client_id: event.client_id,
            text: MessageText::existing(""),
            mentions: vec![],
            reply_to: posted.reply_to,
            thread: posted.thread,
            also_in_conversation: posted.also_in_conversation,
            attachments: vec![],
            previews: vec![],
            replies: self.replies(seq, at),
            edited_at: None,
            reactions: vec![],
            pinned: None,
            deleted: self.deletion(seq, at).map(stamp),
        };
        if message.deleted.is_none() {
            let edited = self.changes(seq, at).filter_map(edit).last();
            message.edited_at = edited.map(|(event, _)| event.at);
            let (text, mentions) = match edited {
                Some((_, edited)) => (&edited.text, &edited.mentions),
                None => (&posted.text, &posted.mentions),
            };
            (message.text, message.mentions) = (text.clone(), mentions.clone());
            message.attachments.clone_from(&posted.attachments);
            message.reactions = self.reactions(seq, at);
            let pinned =
                self.changes(seq, at).filter(|event| matches!(event.body, EventBody::Pinned(_))).last();
            message.pinned = pinned.filter(|event| is_on(event)).map(stamp);
        }
        message
    }

    /// The replies of a thread that were posted up to an event.
    pub fn posted_replies(&self, root: Seq, at: Seq) -> impl DoubleEndedIterator<Item = &Event> {
        let posted = self.log.iter().filter(move |event| event.seq <= at);
        posted.filter(
            move |event| matches!(&event.body, EventBody::Posted(posted) if posted.thread == Some(root)),
        )
    }

    /// What a root shows of its thread once an event had happened.
    pub fn replies(&self, root: Seq, at: Seq) -> Option<ThreadSummary> {
        self.replies_without(root, at, Seq(0))
    }

    /// The same without one reply.
    pub fn replies_without(&self, root: Seq, at: Seq, without: Seq) -> Option<ThreadSummary> {
        let posted = self.posted_replies(root, at).filter(|event| event.seq != without);
        let there: Vec<_> = posted.filter(|event| !self.is_deleted(event.seq, at)).collect();
        let last = there.last()?;
        let mut faces: Vec<UserId> = vec![];
        for event in there.iter().rev() {
            if !faces.contains(&event.by) && faces.len() < 5 {
                faces.push(event.by);
            }
        }
        Some(ThreadSummary { count: there.len() as u64, last_seq: last.seq, last_at: last.at, faces })
    }

    fn deletion(&self, seq: Seq, at: Seq) -> Option<&Event> {
        self.changes(seq, at)
            .find(|event| matches!(&event.body, EventBody::Deleted(deleted) if deleted.target == seq))
    }

    pub fn is_deleted(&self, seq: Seq, at: Seq) -> bool {
        self.deletion(seq, at).is_some()
    }

    /// For each emoji who reacts with it since when; emoji and users in the order of these times.
    fn reactions(&self, seq: Seq, at: Seq) -> Vec<Reaction> {
        let reacted = self.changes(seq, at).filter_map(|event| match &event.body {
            EventBody::Reacted(reacted) => Some((event, reacted)),
            _ => None,
        });
        let mut used: Vec<(Seq, Reaction)> = Vec::new();
        let mut emoji: Vec<&Emoji> = reacted.clone().map(|(_, reacted)| &reacted.emoji).collect();
        emoji.sort_unstable();
        emoji.dedup();
        for emoji in emoji {
            let (mut since, mut users): (Seq, Vec<UserId>) = (Seq(0), vec![]);
            for (event, reacted) in reacted.clone().filter(|(_, reacted)| reacted.emoji == *emoji) {
                if users.is_empty() {
                    since = event.seq;
                }
                users.retain(|user| *user != event.by);
                users.extend(reacted.on.then_some(event.by));
            }
            if !users.is_empty() {
                used.push((since, Reaction { emoji: emoji.clone(), users }));
            }
        }
        used.sort_unstable_by_key(|(since, _)| *since);
        used.into_iter().map(|(_, reaction)| reaction).collect()
    }

    /// The messages up to the head that are not deleted.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Event> {
        let head = self.head_seq();
        let posted = self.log.iter();
        let posted = posted.filter(|event| matches!(event.body, EventBody::Posted(_)) && !is_beside(event));
        posted.filter(move |event| !self.is_deleted(event.seq, head))
    }

    /// The event with which a message notified a user; none where its present text or an earlier one since then does not
    /// mention them.
    pub fn notified(&self, seq: Seq, user: UserId) -> Option<Seq> {
        let EventBody::Posted(posted) = &self.event(seq).body else { return None };
        let edits = self.changes(seq, self.head_seq()).filter_map(edit);
        let texts = std::iter::once((seq, &posted.mentions))
            .chain(edits.map(|(event, edited)| (event.seq, &edited.mentions)));
        let mut texts = texts.skip_while(|(_, mentions)| !mentions.contains(&user));
        let first = texts.next()?.0;
        texts.all(|(_, mentions)| mentions.contains(&user)).then_some(first)
    }

    /// The unread mentions of a user who has read up to a seq, the oldest first.
    pub fn mentions(&self, user: UserId, read_seq: Seq) -> Vec<UnreadMention> {
        let mention = |message: &Event| {
            let event = self.notified(message.seq, user)?;
            (event > read_seq).then_some(UnreadMention { seq: message.seq, event })
        };
        let mut mentions: Vec<_> = self.messages().filter_map(mention).collect();
        mentions.sort_unstable_by_key(|mention| mention.event);
        mentions
    }

    /// An event as the server gives it now: nothing of it quotes a deleted message.
    pub fn served(&self, seq: Seq) -> Event {
        let mut event = self.event(seq).clone();
        let head = self.head_seq();
        match &mut event.body {
            EventBody::Posted(posted) if self.is_deleted(seq, head) => {
                posted.text = MessageText::existing("");
                posted.mentions.clear();
                posted.attachments.clear();
            }
            EventBody::Edited(edited) if self.is_deleted(edited.target, head) => {
                edited.text = MessageText::existing("");
                edited.mentions.clear();
                edited.notify.clear();
            }
            EventBody::Reacted(reacted) if self.is_deleted(reacted.target, head) => {
                reacted.emoji = Emoji::existing("");
            }
            EventBody::Deleted(deleted) => {
                if let Some(last) = &mut deleted.last_message
                    && self.is_deleted(last.seq, head)
                {
                    last.text.clear();
                    last.attachments = None;
                }
            }
            _ => {}
        }
        event
    }
}

fn edit(event: &Event) -> Option<(&Event, &Edited)> {
    if let EventBody::Edited(edited) = &event.body { Some((event, edited)) } else { None }
}

fn is_on(event: &Event) -> bool {
    matches!(&event.body, EventBody::Pinned(pinned) if pinned.on)
}

fn stamp(event: &Event) -> Stamp {
    Stamp { by: event.by, at: event.at }
}
