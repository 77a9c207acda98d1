//! What a batch has loaded, and what its commands have done to it so far: each command sees what those before it did.

use confab_shared::{
    api::Access,
    id::{AttachmentId, ClientId, ConversationId, Seq, UserId},
    user::User,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    conversation::WorkingConversation, members::MemberCache, message::WorkingMessage, requests::Requests,
};
use crate::{
    domain::{
        attachment::LoadedAttachment,
        command::Command,
        consent::{AskedUser, ConsentSetting},
        decision::{LoadedMessage, MessageNeeds},
        earlier::Earlier,
        event_position::EventPosition,
        notification::{CommitNotification, StoredEvent},
    },
    storage::postgres::{columns::Pair, failure::Failure},
};

/// An event of the batch.
#[derive(Clone, Debug)]
pub(super) struct NewEvent {
    pub(super) stored: StoredEvent,
    /// How many messages were ever posted at or before it.
    pub(super) ordinal: u64,
    pub(super) author: User,
}

/// A user whom commands name, and whether they are asked before others add them.
#[derive(Clone, Debug)]
pub(super) struct NamedUser {
    pub(super) user: User,
    pub(super) consent: ConsentSetting,
}

/// The working set.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct WorkingSet {
    pub(super) conversations: FxHashMap<ConversationId, WorkingConversation>,
    /// Those whose members were not cached.
    pub(super) uncached: Vec<ConversationId>,
    pub(super) directs: FxHashMap<Pair, ConversationId>,
    /// Users by name key.
    pub(super) users: FxHashMap<String, NamedUser>,
    /// The pairs of a named user and an actor who share a conversation by choice, beside those of the batch.
    pub(super) met: FxHashSet<(UserId, UserId)>,
    /// Those of the users who act who do not share their read positions.
    pub(super) not_sharing: FxHashSet<UserId>,
    pub(super) requests: Requests,
    pub(super) earlier: FxHashMap<(UserId, ClientId), Earlier>,
    pub(super) attachments: FxHashMap<AttachmentId, LoadedAttachment>,
    /// The events that contain a text or a reaction of a message that may be deleted.
    pub(super) quoting: FxHashMap<(ConversationId, Seq), Vec<StoredEvent>>,
    /// The ids of conversations that the batch makes, the last first.
    new_ids: NewIds,
    pub(super) events: Vec<NewEvent>,
    pub(super) unchanged: Vec<(UserId, ClientId, EventPosition)>,
    /// Events of before the batch, without what deleted messages said.
    pub(super) redacted: Vec<StoredEvent>,
    /// Events that contain a text or a reaction of a message: the conversation, the message and the event.
    pub(super) message_events: Vec<(ConversationId, Seq, Seq)>,
    /// The attachments that messages of the batch have.
    pub(super) sent: Vec<(AttachmentId, ConversationId, Seq)>,
    /// The attachments of messages that the batch deleted.
    pub(super) removed_attachments: Vec<AttachmentId>,
    pub(super) notifications: Vec<CommitNotification>,
}

/// The ids of the conversations that a batch makes.
#[derive(Clone, Debug)]
enum NewIds {
    /// Stand-ins, so many of which are used: the first run only counts.
    Counted(u64),
    /// Those of the database, the last first.
    Given(Vec<ConversationId>),
}

impl Default for NewIds {
    fn default() -> Self {
        Self::Counted(0)
    }
}

/// The first stand-in: beyond every id of the database.
const FIRST_STAND_IN: u64 = 1 << 62;

impl WorkingSet {
    /// How many conversations the batch made with stand-ins for their ids.
    pub(in crate::storage::postgres) fn conversations_to_make(&self) -> u64 {
        match self.new_ids {
            NewIds::Counted(count) => count,
            NewIds::Given(_) => 0,
        }
    }

    /// Sets the ids of the conversations that the batch will make.
    pub(in crate::storage::postgres) fn give_ids(&mut self, mut ids: Vec<ConversationId>) {
        ids.reverse();
        self.new_ids = NewIds::Given(ids);
    }

    /// What the batch did that others have to know.
    pub(in crate::storage::postgres) fn into_notifications(self) -> Vec<CommitNotification> {
        self.notifications
    }

    pub(super) fn new_id(&mut self) -> Result<ConversationId, Failure> {
        match &mut self.new_ids {
            NewIds::Counted(count) => {
                *count += 1;
                Ok(ConversationId(FIRST_STAND_IN + *count))
            }
            NewIds::Given(ids) => ids.pop().ok_or_else(Failure::missing),
        }
    }

    /// Puts what is now known of members into the node's cache: once the batch is committed.
    pub(in crate::storage::postgres) fn cache_members(&self, cache: &mut MemberCache) {
        let changed = self.conversations.values().filter(|conversation| conversation.members_changed);
        let changed = changed.map(|conversation| conversation.conversation.id);
        for id in changed.chain(self.uncached.iter().copied()) {
            if let Some(conversation) = self.conversations.get(&id) {
                cache.insert(id, conversation.members.clone());
            }
        }
    }

    pub(super) fn conversation(&mut self, id: ConversationId) -> Result<&mut WorkingConversation, Failure> {
        self.conversations.get_mut(&id).ok_or_else(Failure::missing)
    }

    /// A message of a conversation: one that was loaded, or that the batch posted.
    pub(super) fn message(&mut self, id: ConversationId, seq: Seq) -> Option<&mut WorkingMessage> {
        let conversation = self.conversations.get_mut(&id)?;
        if !conversation.messages.contains_key(&seq) {
            let new = &self.events[conversation.appended(seq)?];
            let posted = WorkingMessage::posted(&new.stored.event, new.author.clone())?;
            conversation.messages.insert(seq, posted);
        }
        conversation.messages.get_mut(&seq)
    }

    /// What a command needs of a message.
    pub(super) fn loaded_message(
        &mut self,
        id: ConversationId,
        needs: MessageNeeds<'_>,
        command: &Command,
    ) -> Option<LoadedMessage> {
        let before = if needs.message_before_last { self.message_before_last(id, needs.seq) } else { None };
        let WorkingMessage { message, mentioned, emoji, .. } = self.message(id, needs.seq)?.clone();
        let threads = &self.conversations.get(&id)?.threads;
        let replies = match message.thread {
            _ if !needs.replies => None,
            Some(root) => threads.summary(root, Some(needs.seq)),
            None => threads.summary(needs.seq, None),
        };
        let reactions = &self.conversations.get(&id)?.reactions;
        let (reacted_by_actor, reacted_by_others) = match needs.reaction {
            Some(emoji) => reactions.reacted(needs.seq, emoji, command.actor.id),
            None => (false, false),
        };
        Some(LoadedMessage {
            message,
            mentioned_before: mentioned,
            emoji,
            reacted_by_actor,
            reacted_by_others,
            message_before: before.map(|before| (before.last_message(), before.author)),
            replies,
        })
    }

    /// Those of the named users who are asked before people whom they never met add them to a group.
    pub(super) fn asked<'n>(
        &self,
        access: Access,
        actor: UserId,
        group: Option<ConversationId>,
        named: impl Iterator<Item = &'n NamedUser>,
    ) -> Vec<AskedUser> {
        let asked = named.filter(|named| named.consent.asks(access)).map(|named| named.user.id);
        let known = |user| AskedUser {
            user,
            has_met_actor: self.have_met(user, actor),
            request: group.and_then(|group| self.requests.state(user, group)),
            pending_requests: self.requests.pending(user).count(),
            pending_by_actor: self.requests.pending(user).filter(|by| *by == actor).count(),
        };
        asked.map(known).collect()
    }

    fn have_met(&self, user: UserId, actor: UserId) -> bool {
        let meets = |one: &WorkingConversation| one.takes_part(user) && one.takes_part(actor);
        self.met.contains(&(user, actor)) || self.conversations.values().any(meets)
    }

    /// The newest message before one that is the newest of its conversation.
    fn message_before_last(&mut self, id: ConversationId, last: Seq) -> Option<WorkingMessage> {
        let conversation = self.conversations.get(&id)?;
        if conversation.conversation.last_message.as_ref()?.seq != last {
            return None;
        }
        let new = conversation.appended.iter().rev().map(|index| self.events[*index].stored.event.seq);
        let new: Vec<_> = new.filter(|seq| *seq < last).collect();
        for seq in new {
            if let Some(message) = self.message(id, seq)
                && message.message.is_in_timeline()
                && message.message.deleted.is_none()
            {
                return Some(message.clone());
            }
        }
        let mut before = last;
        // Each message that the batch deleted was loaded with the one before it.
        loop {
            before = *self.conversations.get(&id)?.message_before.get(&before)?;
            let message = self.message(id, before)?;
            if message.message.deleted.is_none() {
                return Some(message.clone());
            }
        }
    }
}
