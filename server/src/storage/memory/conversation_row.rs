//! A conversation of the reference backend: its log, and what commands and reads need of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use confab_shared::{
    conversation::{Conversation, ConversationKind, LastMessage, MemberRole, UnreadMention},
    event::EventBody,
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::{Message, ThreadSummary},
    protocol::ReadSignal,
    user::User,
};

use crate::domain::{
    audience::Audience,
    decision::{LoadedMessage, MessageNeeds},
    notification::{CommitNotification, MovedReadPosition, StoredEvent},
    presence::{self, SharedConversation},
    read_position::{self, ReadMove, StoredPosition, TailEntry, TopTwoReaders},
};

pub(super) struct ConversationRow {
    pub(super) conversation: Conversation,
    pub(super) pair: Option<(UserId, UserId)>,
    pub(super) positions: BTreeMap<UserId, StoredPosition>,
    pub(super) admins: BTreeSet<UserId>,
    pub(super) taking_part: BTreeSet<UserId>,
    pub(super) mentions: BTreeSet<(UserId, UnreadMention)>,
    /// Mentions of all members, with their authors.
    pub(super) mentions_of_all: Vec<(UserId, UnreadMention)>,
    /// Who follows the threads of which roots, and how far they have read them.
    pub(super) followers: BTreeMap<(UserId, Seq), Seq>,
    /// Unread mentions in threads.
    pub(super) thread_mentions: BTreeSet<(UserId, Seq, UnreadMention)>,
    pub(super) readers: TopTwoReaders,
    pub(super) log: Vec<StoredEvent>,
    /// The number of its newest event among those of all conversations.
    pub(super) changed_in: u64,
}

impl ConversationRow {
    pub(super) fn new(
        id: ConversationId,
        kind: ConversationKind,
        pair: Option<(UserId, UserId)>,
        at: Timestamp,
    ) -> Self {
        let conversation = Conversation::new(id, kind, at);
        Self {
            conversation,
            pair,
            positions: BTreeMap::new(),
            admins: BTreeSet::new(),
            taking_part: BTreeSet::new(),
            mentions: BTreeSet::new(),
            mentions_of_all: Vec::new(),
            followers: BTreeMap::new(),
            thread_mentions: BTreeSet::new(),
            readers: TopTwoReaders::default(),
            log: Vec::new(),
            changed_in: 0,
        }
    }

    pub(super) fn audience(&self) -> Audience {
        match self.conversation.kind {
            ConversationKind::Broadcast => Audience::Everyone,
            _ => Audience::of(self.positions.keys().copied()),
        }
    }

    /// The conversation as two of its members share it.
    pub(super) fn shared(&self, user: UserId, other: UserId) -> SharedConversation {
        SharedConversation {
            kind: self.conversation.kind,
            user_takes_part: self.taking_part.contains(&user),
            other_takes_part: self.taking_part.contains(&other),
        }
    }

    pub(super) fn add_members(&mut self, users: &[UserId], position: StoredPosition) {
        self.positions.extend(users.iter().map(|user| (*user, position)));
    }

    /// The conversation as a member sees it.
    pub(super) fn seen_by(&self, user: UserId) -> Option<Conversation> {
        let position = self.positions.get(&user)?;
        let unread =
            self.mentions.iter().filter(|(mentioned, _)| *mentioned == user).map(|(_, mention)| *mention);
        let of_others = self.mentions_of_all.iter().filter(|(author, _)| *author != user);
        let unread = unread.chain(of_others.map(|(_, mention)| *mention));
        let unread = unread.filter(|mention| mention.event > position.read_seq);
        let mut mentions: Vec<_> = unread.collect();
        mentions.sort_unstable_by_key(|mention| mention.event);
        let surplus = mentions.len().saturating_sub(Conversation::MAX_MENTIONS);
        mentions.drain(..surplus);
        Some(Conversation {
            peer: self.pair.map(|(low, high)| if low == user { high } else { low }),
            member_count: self.positions.len() as u64,
            read_seq: position.read_seq,
            read_count: self.message_count_through(position.read_seq),
            role: if self.admins.contains(&user) { MemberRole::Admin } else { MemberRole::Member },
            mentions,
            peers_read_seq: self.readers.peers_of(user),
            ..self.conversation.clone()
        })
    }

    /// How many messages were ever posted.
    pub(super) fn last_ordinal(&self) -> u64 {
        self.conversation.next_ordinal() - 1
    }

    /// All items of the timeline, or of the thread of a root, with all events applied.
    pub(super) fn items(&self, thread: Option<Seq>) -> Vec<Item> {
        let item = |stored: &StoredEvent| match thread {
            None => Item::of(&stored.event),
            Some(root) => Item::of_thread(root, &stored.event),
        };
        let mut items: Vec<_> = self.log.iter().filter_map(item).collect();
        for item in &mut items {
            if let Item::Message(message) = item {
                self.log.iter().for_each(|stored| message.apply(&stored.event));
            }
        }
        items
    }

    /// All messages, those of threads included.
    pub(super) fn messages(&self) -> Vec<Message> {
        let posted = self.log.iter().filter_map(|stored| match &stored.event.body {
            EventBody::Posted(posted) => Some(Message::new(&stored.event, posted)),
            _ => None,
        });
        let mut messages: Vec<_> = posted.collect();
        for message in &mut messages {
            self.log.iter().for_each(|stored| message.apply(&stored.event));
        }
        messages
    }

    /// A message.
    pub(super) fn message(&self, seq: Seq) -> Option<Message> {
        self.messages().into_iter().find(|message| message.seq == seq)
    }

    pub(super) fn is_deleted(&self, seq: Seq) -> bool {
        let deletes =
            |stored: &StoredEvent| matches!(&stored.event.body, EventBody::Deleted(d) if d.target == seq);
        self.log.iter().any(deletes)
    }

    /// How many messages stand at or before a seq.
    pub(super) fn message_count_through(&self, seq: Seq) -> u64 {
        let counts =
            |message: &&Message| message.seq <= seq && message.is_in_timeline() && message.deleted.is_none();
        self.messages().iter().filter(counts).count() as u64
    }

    /// What a command of an actor needs of a message.
    pub(super) fn loaded_message(
        &self,
        needs: MessageNeeds<'_>,
        actor: UserId,
        user: impl Fn(UserId) -> User,
    ) -> Option<LoadedMessage> {
        let messages = self.messages();
        let message = messages.iter().find(|message| message.seq == needs.seq)?.clone();
        let mut mentioned_before = Vec::new();
        for stored in &self.log {
            match &stored.event.body {
                EventBody::Posted(posted) if stored.event.seq == needs.seq => {
                    mentioned_before.clone_from(&posted.mentions);
                }
                EventBody::Edited(edited) if edited.target == needs.seq => {
                    mentioned_before.extend(&edited.notify);
                }
                _ => {}
            }
        }
        let reaction = needs.reaction.and_then(|emoji| message.reaction(emoji));
        let users = reaction.map(|reaction| reaction.users.clone()).unwrap_or_default();
        let is_last = self.conversation.last_message.as_ref().is_some_and(|last| last.seq == needs.seq);
        let is_before = |m: &&Message| m.seq < needs.seq && m.is_in_timeline() && m.deleted.is_none();
        let before = messages.iter().rev().find(is_before);
        let replies = match message.thread.filter(|_| needs.replies) {
            Some(root) => self.summary(root, Some(needs.seq)),
            None => message.replies.clone().filter(|_| needs.replies),
        };
        let named = |replies: ThreadSummary| {
            let faces = replies.faces.iter().map(|face| user(*face)).collect();
            (replies, faces)
        };
        let message_before = before.filter(|_| needs.message_before_last && is_last);
        Some(LoadedMessage {
            mentioned_before,
            emoji: message.reactions.iter().map(|reaction| reaction.emoji.clone()).collect(),
            reacted_by_actor: users.contains(&actor),
            reacted_by_others: users.iter().any(|user| *user != actor),
            message_before: message_before.map(|m| {
                let last = LastMessage::new(m.seq, m.by, m.at, m.text.as_str());
                (last.with_attachments(&m.attachments), user(m.by))
            }),
            replies: replies.map(named),
            message: Message { reactions: Vec::new(), ..message },
        })
    }

    pub(super) fn mark_read(&mut self, user: UserId, seq: Seq, shares: bool) -> Option<CommitNotification> {
        let read = ReadMove::new(user, self.positions[&user], seq)?;
        let reached = self.visited(read);
        self.positions.insert(user, reached);
        let shown = shares && self.taking_part.contains(&user) && self.is_shown(user, reached.read_seq);
        let audience = shown.then(|| self.audience());
        let signal = self.read_signal(user, reached.read_seq);
        Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience }))
    }

    pub(super) fn mark_unread(&mut self, user: UserId, from: Seq) -> Option<CommitNotification> {
        let before = self.positions[&user];
        let reached = self.visited(ReadMove::back(user, before, from)?);
        if reached.read_seq >= before.read_seq {
            return None;
        }
        self.positions.insert(user, reached);
        let signal = ReadSignal { back: true, ..self.read_signal(user, reached.read_seq) };
        Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience: None }))
    }

    /// Where a move gets.
    fn visited(&self, mut read: ReadMove) -> StoredPosition {
        let mut ordinal = 0;
        let _ = self.log.iter().try_for_each(|stored| {
            ordinal += u64::from(stored.event.body.timeline_message().is_some());
            if stored.event.seq < read.range().0 {
                return ControlFlow::Continue(());
            }
            let deleted = self.is_deleted(stored.event.seq);
            read.visit(TailEntry::of(&stored.event, ordinal).deleted_if(deleted))
        });
        read.reached()
    }

    /// The author of a message takes part from now on: with the first one, the others see how far the author had read.
    pub(super) fn take_part(
        &mut self,
        author: UserId,
        read_seq: Seq,
        shares: bool,
    ) -> Option<CommitNotification> {
        let begins = presence::authors_take_part(self.conversation.kind) && self.taking_part.insert(author);
        if !begins || !shares || !self.is_shown(author, read_seq) {
            return None;
        }
        let (signal, audience) = (self.read_signal(author, read_seq), Some(self.audience().without(author)));
        Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience }))
    }

    /// Counts a position, and answers whether the others are told of it.
    fn is_shown(&mut self, user: UserId, seq: Seq) -> bool {
        let is_furthest = self.readers.moved(user, seq);
        read_position::is_signalled(&self.audience(), seq, is_furthest)
    }

    /// The read positions that a member sees: their own, and the furthest of the others.
    pub(super) fn shown_positions(&self, member: UserId) -> Vec<ReadSignal> {
        let Some(own) = self.positions.get(&member) else { return Vec::new() };
        let furthest = self.readers.peers_of(member);
        let has_read = |(user, position): &(&UserId, &StoredPosition)| {
            **user != member && self.taking_part.contains(user) && position.read_seq >= furthest
        };
        let peer = match self.readers.by {
            by if by == member => self.positions.iter().find(has_read).map(|(user, _)| *user),
            by => Some(by),
        };
        let peers = peer.filter(|_| furthest > Seq(0)).map(|peer| (peer, furthest));
        let shown = [(member, own.read_seq)].into_iter().chain(peers);
        shown.map(|(user, read_seq)| self.read_signal(user, read_seq)).collect()
    }

    fn read_signal(&self, user: UserId, read_seq: Seq) -> ReadSignal {
        let Conversation { id, head_seq, .. } = self.conversation;
        let read_count = self.message_count_through(read_seq);
        ReadSignal { conversation: id, user, read_seq, read_count, head_seq, back: false }
    }
}
