//! The messages that a log gives, by a model of its own: nothing here calls what the server and the page apply events
//! with. Every version of every message is kept as a digest.

mod compare;
mod threads;

use std::collections::{BTreeMap, HashMap, HashSet};

use confab_shared::{
    attachment::AttachmentSummary,
    conversation::{LastMessage, UnreadMention},
    event::{Deleted, DeletedReply, Edited, Event, EventBody, Joined, Left, Pinned, Posted, Reacted},
    id::{Seq, UserId},
    message::{Message, Reaction, Stamp},
    text::MessageText,
};

use crate::{
    command::EMOJI,
    history::{ItemDigest, is_redacted, last_digest},
};

/// An item of a log.
struct Item {
    seq: Seq,
    /// The root of the thread that it is a reply of, and whether it shows in the timeline.
    thread: Option<Seq>,
    is_in_timeline: bool,
    /// Its digests, each with the event that made it so.
    versions: Vec<(Seq, ItemDigest)>,
    /// The event that deleted the message.
    deleted: Option<Seq>,
    /// Whether the log lacks what an event said of it.
    redacted: bool,
    /// Whether the log still has a text of it.
    quoted: bool,
    message: Option<Box<Tracked>>,
}

/// A message, and what its later events are compared with.
struct Tracked {
    message: Message,
    /// Since when each of its emoji is used without a break.
    since: HashMap<String, Seq>,
    /// Whom its texts have mentioned so far.
    mentioned: Vec<UserId>,
    reacted: Vec<(Seq, UserId, u8, bool)>,
    pinned: Vec<(Seq, bool)>,
}

/// A mention of a user, from one event to another.
struct Mention {
    user: UserId,
    /// The thread that it is unread in; none where that is the conversation.
    thread: Option<Seq>,
    unread: UnreadMention,
    until: Option<Seq>,
}

/// The newest message as of an event.
#[derive(Clone, Copy)]
struct Last {
    digest: u64,
    /// The digest of the same without its text.
    redacted: u64,
    seq: Seq,
}

/// The messages of a log.
pub struct Messages {
    items: Vec<Item>,
    /// The items that are messages of the timeline and not deleted.
    there: Vec<usize>,
    /// The replies of each root, also deleted ones.
    threads: BTreeMap<Seq, Vec<usize>>,
    /// Those who left, and are not back.
    out: HashSet<UserId>,
    /// Deletions of messages of the timeline: the event and the message.
    deletions: Vec<(Seq, Seq)>,
    mentions: Vec<Mention>,
    /// The newest message as of each seq, from 0.
    lasts: Vec<Last>,
}

impl Messages {
    pub fn new() -> Self {
        let digest = last_digest(None);
        let last = Last { digest, redacted: digest, seq: Seq(0) };
        Self {
            items: vec![],
            there: vec![],
            threads: BTreeMap::new(),
            out: HashSet::new(),
            deletions: vec![],
            mentions: vec![],
            lasts: vec![last],
        }
    }

    /// Takes the next event, with what the server removed from it. Says what is wrong with it.
    pub fn take(
        &mut self,
        event: &Event,
        restored: &Event,
        founder: Option<UserId>,
    ) -> Result<(), &'static str> {
        let redacted = is_redacted(event);
        let result = match &restored.body {
            EventBody::Posted(posted) => self.post(restored, posted, redacted, founder.is_some()),
            EventBody::Edited(edited) => self.edit(restored, edited, redacted),
            EventBody::Deleted(deleted) => self.delete(restored, deleted, founder),
            EventBody::Reacted(reacted) => self.react(restored, reacted, redacted),
            EventBody::Pinned(pinned) => self.pin(restored, pinned),
            // No tab sends links.
            EventBody::Previewed(_) => Err("it shows previews"),
            body => {
                match body {
                    EventBody::Left(Left {}) => drop(self.out.insert(event.by)),
                    EventBody::Joined(Joined { users }) => self.out.retain(|user| !users.contains(user)),
                    _ => {}
                }
                let digest = ItemDigest::of(&confab_shared::item::Item::Notice(restored.clone()));
                let versions = vec![(event.seq, digest)];
                let (seq, deleted, message) = (event.seq, None, None);
                let (thread, is_in_timeline) = (None, true);
                let (redacted, quoted) = (false, false);
                let item = Item { seq, thread, is_in_timeline, versions, deleted, redacted, quoted, message };
                self.items.push(item);
                Ok(())
            }
        };
        self.note_last();
        result
    }

    fn post(
        &mut self,
        event: &Event,
        posted: &Posted,
        redacted: bool,
        in_group: bool,
    ) -> Result<(), &'static str> {
        let here = if redacted { Ok(()) } else { self.check_here(event, posted, in_group) };
        let result = self.check_reply(posted).and(here);
        let is_in_timeline = posted.thread.is_none() || posted.also_in_conversation;
        let message = Message {
            seq: event.seq,
            at: event.at,
            by: event.by,
            client_id: event.client_id,
            text: posted.text.clone(),
            mentions: posted.mentions.clone(),
            reply_to: posted.reply_to,
            thread: posted.thread,
            also_in_conversation: posted.also_in_conversation,
            attachments: posted.attachments.clone(),
            previews: vec![],
            replies: None,
            edited_at: None,
            reactions: vec![],
            pinned: None,
            deleted: None,
        };
        self.mention(&posted.mentions, (posted.thread, is_in_timeline), event.seq, event.seq);
        if is_in_timeline {
            self.there.push(self.items.len());
        }
        if let Some(root) = posted.thread {
            self.threads.entry(root).or_default().push(self.items.len());
        }
        self.items.push(Item {
            seq: event.seq,
            thread: posted.thread,
            is_in_timeline,
            versions: vec![(event.seq, ItemDigest::of_message(&message))],
            deleted: None,
            redacted,
            quoted: !redacted,
            message: Some(Box::new(Tracked {
                mentioned: posted.mentions.clone(),
                message,
                since: HashMap::new(),
                reacted: vec![],
                pinned: vec![],
            })),
        });
        if let Some(root) = posted.thread {
            self.note_replies(root, event.seq);
        }
        result
    }

    /// A message mentions those who were online where it says so in a group, and in no thread: members, without its author.
    fn check_here(&self, event: &Event, posted: &Posted, in_group: bool) -> Result<(), &'static str> {
        let says = in_group && posted.thread.is_none() && posted.text.as_str().contains("@here ");
        let mentions = &posted.mentions;
        if mentions.contains(&UserId::HERE) != says {
            return Err("it mentions those who were online, and does not say so, or says so and does not");
        }
        let is_out = |user: &UserId| *user == event.by || self.out.contains(user);
        if says && mentions.iter().any(is_out) { Err("it mentions who is not there") } else { Ok(()) }
    }

    /// Users are mentioned, in a thread, in the timeline, or in both.
    fn mention(
        &mut self,
        users: &[UserId],
        (thread, is_in_timeline): (Option<Seq>, bool),
        seq: Seq,
        event: Seq,
    ) {
        let unread = UnreadMention { seq, event };
        let mut add = |thread| {
            let mention = |user: &UserId| Mention { user: *user, thread, unread, until: None };
            self.mentions.extend(users.iter().map(mention));
        };
        if is_in_timeline {
            add(None);
        }
        if thread.is_some() {
            add(thread);
        }
    }

    fn end_mentions(&mut self, seq: Seq, at: Seq, ends: impl Fn(UserId) -> bool) {
        let open = self.mentions.iter_mut().rev().filter(|mention| mention.unread.seq == seq);
        for mention in open.filter(|mention| mention.until.is_none() && ends(mention.user)) {
            mention.until = Some(at);
        }
    }

    fn find(&self, seq: Seq) -> Option<usize> {
        self.items.binary_search_by_key(&seq, |item| item.seq).ok()
    }

    /// Changes a message that is there, and keeps its version.
    fn change(
        &mut self,
        target: Seq,
        at: Seq,
        redacted: bool,
        change: impl FnOnce(&mut Tracked) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let item =
            self.find(target).map(|index| &mut self.items[index]).ok_or("it changes what is not there")?;
        let Some(tracked) = &mut item.message else { return Err("it changes a notice") };
        if item.deleted.is_some() {
            return Err("it changes a deleted message");
        }
        item.redacted |= redacted;
        let result = change(tracked);
        item.versions.push((at, ItemDigest::of_message(&tracked.message)));
        result
    }

    fn edit(&mut self, event: &Event, edited: &Edited, redacted: bool) -> Result<(), &'static str> {
        let mut result = self.change(edited.target, event.seq, redacted, |tracked| {
            let same = tracked.message.text == edited.text;
            let of_online = |users: &[UserId]| users.contains(&UserId::HERE);
            let keeps_online = match of_online(&tracked.message.mentions) {
                true => edited.mentions == tracked.message.mentions,
                false => !of_online(&edited.mentions),
            };
            tracked.message.text = edited.text.clone();
            tracked.message.mentions.clone_from(&edited.mentions);
            tracked.message.edited_at = Some(event.at);
            let fresh = |user: &&UserId| !tracked.mentioned.contains(user);
            let fresh: Vec<_> = edited.mentions.iter().filter(fresh).copied().collect();
            let notifies = redacted || fresh == edited.notify;
            tracked.mentioned.extend(fresh);
            match tracked.message.by == event.by {
                false => Err("it edits the message of another"),
                true if same => Err("it edits nothing"),
                true if !keeps_online && !redacted => {
                    Err("it changes whether those who were online are mentioned")
                }
                true if !notifies => Err("it notifies others than those whom no earlier text mentioned"),
                true => Ok(()),
            }
        });
        let Some(item) = self.find(edited.target).map(|index| &mut self.items[index]) else {
            return Err("it edits what is not there");
        };
        item.quoted |= !redacted;
        let place = (item.thread, item.is_in_timeline);
        if (edited.thread, edited.thread.is_none() || edited.also_in_conversation) != place {
            result = result.and(Err("it says that its message is in another thread"));
        }
        self.end_mentions(edited.target, event.seq, |user| !edited.mentions.contains(&user));
        self.mention(&edited.notify, place, edited.target, event.seq);
        result
    }

    fn delete(
        &mut self,
        event: &Event,
        deleted: &Deleted,
        founder: Option<UserId>,
    ) -> Result<(), &'static str> {
        let newest = self.newest().map(|index| self.items[index].seq);
        self.change(deleted.target, event.seq, false, |tracked| {
            let message = &mut tracked.message;
            let may = message.by == event.by || founder == Some(event.by);
            *message = Message {
                text: MessageText::existing(""),
                mentions: vec![],
                attachments: vec![],
                previews: vec![],
                edited_at: None,
                reactions: vec![],
                pinned: None,
                deleted: Some(Stamp { by: event.by, at: event.at }),
                ..message.clone()
            };
            if may { Ok(()) } else { Err("it deletes the message of another") }
        })?;
        let Some(index) = self.find(deleted.target) else { return Err("it deletes what is not there") };
        self.items[index].deleted = Some(event.seq);
        let Item { thread, is_in_timeline, .. } = self.items[index];
        if is_in_timeline {
            self.deletions.push((event.seq, deleted.target));
        }
        if let Some(root) = thread {
            self.note_replies(root, event.seq);
        }
        let reply = thread.map(|thread| {
            let author = self.author(deleted.target).unwrap_or_default();
            let replies = self.replies(thread);
            Box::new(DeletedReply { thread, also_in_conversation: is_in_timeline, author, replies })
        });
        let is_right = deleted.reply == reply;
        self.end_mentions(deleted.target, event.seq, |_| true);
        while self.there.last().is_some_and(|index| self.items[*index].deleted.is_some()) {
            self.there.pop();
        }
        let last = self.newest().filter(|_| newest == Some(deleted.target));
        let last = last.and_then(|index| self.last_message(index));
        let is_redacted = deleted
            .last_message
            .as_ref()
            .is_some_and(|last| last.text.is_empty() && last.attachments.is_none());
        let expected = last.map(|last| match is_redacted {
            true => LastMessage { text: String::new(), attachments: None, ..last },
            false => last,
        });
        match deleted.last_message == expected {
            false => Err("it names another newest message"),
            true if !is_right => Err("it leaves another thread"),
            true => Ok(()),
        }
    }

    fn react(&mut self, event: &Event, reacted: &Reacted, redacted: bool) -> Result<(), &'static str> {
        self.change(reacted.target, event.seq, redacted, |tracked| {
            let Reacted { emoji, on, .. } = reacted;
            let Some(number) = EMOJI.iter().position(|known| *known == emoji.as_str()) else {
                return Err("nobody reacts with this emoji");
            };
            tracked.reacted.push((event.seq, event.by, number as u8, *on));
            let used = tracked.message.reactions.iter().position(|reaction| reaction.emoji == *emoji);
            let there = used.is_some_and(|index| tracked.message.reactions[index].users.contains(&event.by));
            if let Some(index) = used {
                tracked.message.reactions[index].users.retain(|user| *user != event.by);
            } else {
                tracked.message.reactions.push(Reaction { emoji: emoji.clone(), users: vec![] });
                tracked.since.insert(emoji.as_str().to_owned(), event.seq);
            }
            let reaction = tracked.message.reactions.iter_mut().find(|reaction| reaction.emoji == *emoji);
            if let Some(reaction) = reaction.filter(|_| *on) {
                reaction.users.push(event.by);
            }
            tracked.message.reactions.retain(|reaction| !reaction.users.is_empty());
            let since = &tracked.since;
            tracked.message.reactions.sort_by_key(|reaction| since[reaction.emoji.as_str()]);
            if there == *on { Err("the reaction is so already") } else { Ok(()) }
        })
    }

    fn pin(&mut self, event: &Event, pinned: &Pinned) -> Result<(), &'static str> {
        self.change(pinned.target, event.seq, false, |tracked| {
            let there = tracked.message.pinned.is_some();
            tracked.pinned.push((event.seq, pinned.on));
            tracked.message.pinned = pinned.on.then_some(Stamp { by: event.by, at: event.at });
            if there == pinned.on { Err("the pin is so already") } else { Ok(()) }
        })
    }

    /// The newest message that is not deleted.
    fn newest(&self) -> Option<usize> {
        self.there.last().copied()
    }

    fn last_message(&self, index: usize) -> Option<LastMessage> {
        let Message { seq, by, at, text, attachments, .. } = &self.items[index].message.as_ref()?.message;
        let text = text.as_str().chars().take(LastMessage::MAX_CHARS).collect();
        let attachments = AttachmentSummary::of(attachments);
        Some(LastMessage { seq: *seq, by: *by, at: *at, text, attachments })
    }

    fn note_last(&mut self) {
        let last = self.newest().and_then(|index| self.last_message(index));
        let digest = last_digest(last.as_ref());
        let seq = last.as_ref().map_or(Seq(0), |last| last.seq);
        let redacted = last.map(|last| LastMessage { text: String::new(), attachments: None, ..last });
        let redacted = last_digest(redacted.as_ref());
        self.lasts.push(Last { digest, redacted, seq });
    }

    fn is_deleted(&self, seq: Seq) -> bool {
        self.deleted_at(seq).is_some()
    }
}
