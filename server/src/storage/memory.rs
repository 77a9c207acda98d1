//! The reference backend, for tests: plain maps behind one lock. It is simple enough to be correct by inspection, so every
//! backend has to give the same answers.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::ControlFlow,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use confab_shared::{
    api::{Pins, Revision},
    conversation::{Conversation, ConversationKind, LastMessage, MemberRole, UnreadMention},
    event::EventBody,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::Message,
    protocol::ReadSignal,
    text::{Title, UserName},
    user::User,
};
use smallvec::SmallVec;
use tokio::sync::mpsc;

use super::{
    Commands, CommandsHandle, Conversations, EVERYONE, EventLog, EventRun, KnownUser, MessageRange,
    MessageRun, Messages, NewSession, Range, Sessions, SignInOutcome, Storage, StorageError, Users,
};
use crate::domain::notification::{CommitNotification, CommittedEvent, MovedReadPosition, StoredEvent};
use crate::domain::{
    audience::Audience,
    command::Command,
    decision::{
        Append, Change, Create, Decision, Earlier, EventPosition, Loaded, LoadedMessage, MessageNeeds,
        Outcome, Target,
    },
    read_position::{ReadMove, StoredPosition, TailEntry, TopTwoReaders},
    redaction,
    sign_in::{self, SecretHash, SignInDecision},
};

/// Nobody's view.
const NOBODY: UserId = UserId(0);

/// The backend.
pub struct Memory {
    tables: Mutex<Tables>,
    publisher: mpsc::Sender<Vec<CommitNotification>>,
}

#[derive(Default)]
struct Tables {
    users: BTreeMap<String, UserRow>,
    sessions: HashMap<SecretHash, UserId>,
    conversations: BTreeMap<ConversationId, ConversationRow>,
    commands: HashMap<(UserId, ClientId), Earlier>,
    closed: bool,
}

struct UserRow {
    known: KnownUser,
    guest_key: Option<SecretHash>,
}

struct ConversationRow {
    conversation: Conversation,
    pair: Option<(UserId, UserId)>,
    positions: BTreeMap<UserId, StoredPosition>,
    admins: BTreeSet<UserId>,
    mentions: BTreeSet<(UserId, UnreadMention)>,
    readers: TopTwoReaders,
    log: Vec<StoredEvent>,
}

impl ConversationRow {
    fn new(
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
            mentions: BTreeSet::new(),
            readers: TopTwoReaders::default(),
            log: Vec::new(),
        }
    }

    fn audience(&self) -> Audience {
        match self.conversation.kind {
            ConversationKind::Broadcast => Audience::Everyone,
            _ => Audience::of(self.positions.keys().copied()),
        }
    }

    fn add_members(&mut self, users: &[UserId], position: StoredPosition) {
        self.positions.extend(users.iter().map(|user| (*user, position)));
    }

    /// The conversation as a member sees it.
    fn seen_by(&self, user: UserId) -> Option<Conversation> {
        let position = self.positions.get(&user)?;
        let unread =
            self.mentions.iter().filter(|(mentioned, _)| *mentioned == user).map(|(_, mention)| *mention);
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
    fn last_ordinal(&self) -> u64 {
        self.conversation.next_ordinal() - 1
    }

    /// All items, with all events applied.
    fn items(&self) -> Vec<Item> {
        let mut items: Vec<_> = self.log.iter().filter_map(|stored| Item::of(&stored.event)).collect();
        for item in &mut items {
            if let Item::Message(message) = item {
                self.log.iter().for_each(|stored| message.apply(&stored.event));
            }
        }
        items
    }

    fn messages(&self) -> Vec<Message> {
        self.items().into_iter().filter_map(|item| item.message().cloned()).collect()
    }

    fn is_deleted(&self, seq: Seq) -> bool {
        let deletes =
            |stored: &StoredEvent| matches!(&stored.event.body, EventBody::Deleted(d) if d.target == seq);
        self.log.iter().any(deletes)
    }

    /// How many messages stand at or before a seq.
    fn message_count_through(&self, seq: Seq) -> u64 {
        let counts = |message: &&Message| message.seq <= seq && message.deleted.is_none();
        self.messages().iter().filter(counts).count() as u64
    }

    /// What a command of an actor needs of a message.
    fn loaded_message(&self, needs: MessageNeeds<'_>, actor: UserId) -> Option<LoadedMessage> {
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
        let before = messages.iter().rev().find(|m| m.seq < needs.seq && m.deleted.is_none());
        let message_before = before.filter(|_| needs.message_before_last && is_last);
        Some(LoadedMessage {
            mentioned_before,
            emoji: message.reactions.iter().map(|reaction| reaction.emoji.clone()).collect(),
            reacted_by_actor: users.contains(&actor),
            reacted_by_others: users.iter().any(|user| *user != actor),
            message_before: message_before.map(|m| LastMessage::new(m.seq, m.by, m.at, m.text.as_str())),
            message: Message { reactions: Vec::new(), ..message },
        })
    }

    fn mark_read(&mut self, user: UserId, seq: Seq) -> Option<CommitNotification> {
        let mut read = ReadMove::new(user, self.positions[&user], seq)?;
        let mut ordinal = 0;
        let _ = self.log.iter().try_for_each(|stored| {
            ordinal += u64::from(matches!(stored.event.body, EventBody::Posted(_)));
            if stored.event.seq < read.range().0 {
                return ControlFlow::Continue(());
            }
            let deleted = self.is_deleted(stored.event.seq);
            read.visit(TailEntry::of(&stored.event, ordinal).deleted_if(deleted))
        });
        let reached = read.reached();
        self.positions.insert(user, reached);
        self.mentions.retain(|(mentioned, at)| *mentioned != user || at.event > reached.read_seq);
        let read_seq = reached.read_seq;
        let read_count = self.message_count_through(read_seq);
        let signal = ReadSignal { conversation: self.conversation.id, user, read_seq, read_count };
        let audience = self.readers.moved(user, read_seq).then(|| self.audience());
        Some(CommitNotification::ReadPosition(MovedReadPosition { signal, audience }))
    }
}

impl Memory {
    /// An empty storage; what commits did goes to `publisher`.
    pub fn new(publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        let everyone = ConversationRow {
            conversation: Conversation {
                title: Some(Title::existing("Everyone")),
                ..ConversationRow::new(EVERYONE, ConversationKind::Broadcast, None, Timestamp(0)).conversation
            },
            ..ConversationRow::new(EVERYONE, ConversationKind::Broadcast, None, Timestamp(0))
        };
        let conversations = BTreeMap::from([(EVERYONE, everyone)]);
        Self { tables: Mutex::new(Tables { conversations, ..Tables::default() }), publisher }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn user(&self, id: UserId) -> &KnownUser {
        let row = self.users.values().find(|row| row.known.user.id == id);
        &row.expect("users are never deleted").known
    }

    fn named(&self, ids: impl IntoIterator<Item = UserId>) -> Vec<User> {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        ids.into_iter().map(|id| self.user(id).user.clone()).collect()
    }

    fn ensure_user(&mut self, name: UserName, name_key: String) -> KnownUser {
        if let Some(row) = self.users.get(&name_key) {
            return row.known.clone();
        }
        let user = User { id: UserId(self.users.len() as u64 + 1), name };
        let known = KnownUser { user, claimed: false, last_seen: None };
        self.users.insert(name_key, UserRow { known: known.clone(), guest_key: None });
        let everyone = self.conversations.get_mut(&EVERYONE).expect("it is always there");
        let (read_seq, read_ordinal) = (everyone.conversation.head_seq, everyone.last_ordinal());
        everyone.add_members(&[known.user.id], StoredPosition { read_seq, read_ordinal });
        known
    }

    fn execute(&mut self, command: &Command, notifications: &mut Vec<CommitNotification>) -> Outcome {
        let earlier = command.client_id.and_then(|id| self.commands.get(&(command.actor.id, id)));
        if let Some(earlier) = earlier {
            return command.answer_retry(earlier);
        }
        let needs = command.needs();
        let keys = needs.name_keys.iter().flatten();
        let users: Vec<_> =
            keys.filter_map(|key| Some((key.clone(), self.users.get(key)?.known.user.clone()))).collect();
        let id = match needs.target {
            Target::Conversation(id) => Some(id),
            Target::New => None,
            Target::Direct(low, high) => {
                let mut all = self.conversations.values();
                all.find(|row| row.pair == Some((low, high))).map(|row| row.conversation.id)
            }
        };
        let found = id.and_then(|id| self.conversations.get(&id));
        let audience = found.map(ConversationRow::audience);
        let conversation = found.map(|row| &row.conversation).zip(audience.as_ref());
        let message =
            needs.message.and_then(|needs| found.and_then(|row| row.loaded_message(needs, command.actor.id)));
        let admins: Vec<_> = found.into_iter().flat_map(|row| row.admins.iter().copied()).collect();
        let loaded = Loaded { conversation, admins: &admins, users: &users, message: message.as_ref() };
        let decision = command.decide(&loaded)?;
        let head = |tables: &Self, id: Option<ConversationId>| {
            let conversation = &tables.conversations[&id.expect("it was decided on")].conversation;
            EventPosition { conversation: conversation.id, seq: conversation.head_seq, at: command.at }
        };
        Ok(match decision {
            Decision::Unchanged => {
                let position = head(self, id);
                if let Some(client_id) = command.client_id {
                    self.commands.insert((command.actor.id, client_id), Earlier { position, kind: None });
                }
                position
            }
            Decision::Append(event) => {
                let id = head(self, id).conversation;
                self.append(command, id, command.client_id, event, notifications)
            }
            Decision::Create(new) => self.create(command, new, notifications),
            Decision::MarkRead(seq) => {
                let conversation = head(self, id).conversation;
                let row = self.conversations.get_mut(&conversation).expect("it was decided on");
                notifications.extend(row.mark_read(command.actor.id, seq));
                EventPosition { conversation, seq, at: command.at }
            }
        })
    }

    fn append(
        &mut self,
        command: &Command,
        id: ConversationId,
        client_id: Option<ClientId>,
        append: Append,
        notifications: &mut Vec<CommitNotification>,
    ) -> EventPosition {
        let row = self.conversations.get_mut(&id).expect("it was decided on");
        let event = command.event(&row.conversation, client_id, append.body);
        let mut audience = row.audience();
        match append.change {
            // A read applies these to the messages.
            None | Some(Change::UpdateConversation | Change::React(_) | Change::Pin(_)) => {}
            Some(Change::Mention(users)) => {
                let mention = UnreadMention { seq: event.seq, event: event.seq };
                row.mentions.extend(users.iter().map(|user| (*user, mention)));
            }
            Some(Change::Edit(edit)) => {
                let target = edit.edited.target;
                row.mentions.retain(|(user, at)| at.seq != target || !edit.unmentioned.contains(user));
                let mention = UnreadMention { seq: target, event: event.seq };
                row.mentions.extend(edit.edited.notify.iter().map(|user| (*user, mention)));
            }
            Some(Change::Delete(deletion)) => {
                let target = deletion.deleted.target;
                row.mentions.retain(|(_, at)| at.seq != target);
                for stored in &mut row.log {
                    redaction::redact(stored, |seq| seq == target);
                }
            }
            Some(Change::AddMembers(users)) => {
                let read_ordinal = row.last_ordinal();
                row.add_members(&users, StoredPosition { read_seq: event.seq, read_ordinal });
                audience = row.audience();
            }
            Some(Change::RemoveMember(user)) => {
                row.positions.remove(&user);
                row.admins.remove(&user);
                row.mentions.retain(|(mentioned, _)| *mentioned != user);
            }
        }
        event.apply(&mut row.conversation, NOBODY);
        if let EventBody::Posted(posted) = &event.body
            && let Some(position) = row.positions.get(&event.by).copied()
        {
            let unread = |seq: Seq| seq > position.read_seq && row.is_deleted(seq);
            let posted_before = row.log.iter().map(|stored| stored.event.seq);
            let deleted_unread = || Ok::<_, ()>(posted_before.filter(|seq| unread(*seq)).count() as u64);
            if let Ok(Some(moved)) = position.after_own_message(event.seq, posted.ordinal, deleted_unread) {
                row.positions.insert(event.by, moved);
            }
        }
        let position = EventPosition::of(&event);
        if let Some(client_id) = client_id {
            self.commands.insert((event.by, client_id), Earlier { position, kind: Some(event.body.kind()) });
        }
        let stored = StoredEvent { event, legacy: append.legacy };
        row.log.push(stored.clone());
        let mut users: SmallVec<_> = SmallVec::from_iter([command.actor.clone()]);
        users.extend(append.users.into_iter().filter(|user| user.id != command.actor.id));
        notifications.push(CommitNotification::Event(CommittedEvent {
            stored,
            users,
            audience,
            kind: row.conversation.kind,
            title: row.conversation.title.clone(),
        }));
        position
    }

    fn create(
        &mut self,
        command: &Command,
        new: Create,
        notifications: &mut Vec<CommitNotification>,
    ) -> EventPosition {
        let id = ConversationId(self.conversations.len() as u64 + 1);
        let mut row = ConversationRow::new(id, new.kind, new.pair, command.at);
        row.add_members(&new.members, StoredPosition { read_seq: Seq(0), read_ordinal: 0 });
        if new.kind == ConversationKind::Group {
            row.admins.extend(&new.members);
        }
        self.conversations.insert(id, row);
        let mut client_id = command.client_id;
        let mut first = None;
        for event in new.events {
            let position = self.append(command, id, client_id.take(), event, notifications);
            first.get_or_insert(position);
        }
        let row = self.conversations.get_mut(&id).expect("it was inserted");
        let (read_seq, read_ordinal) = (row.conversation.head_seq, row.last_ordinal());
        row.add_members(&[command.actor.id], StoredPosition { read_seq, read_ordinal });
        first.unwrap_or(EventPosition { conversation: id, seq: read_seq, at: command.at })
    }
}

#[async_trait]
impl Users for Memory {
    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StorageError> {
        Ok(self.tables().users.get(name_key).map(|row| row.known.clone()))
    }

    async fn ensure_user(
        &self,
        name: UserName,
        name_key: String,
        _at: Timestamp,
    ) -> Result<KnownUser, StorageError> {
        Ok(self.tables().ensure_user(name, name_key))
    }

    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StorageError> {
        let tables = self.tables();
        let found = tables.users.iter().filter(|(key, _)| key.starts_with(prefix)).take(limit);
        Ok(found.map(|(_, row)| row.known.user.clone()).collect())
    }

    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<(), StorageError> {
        let mut tables = self.tables();
        let row = tables.users.values_mut().find(|row| row.known.user.id == user);
        row.expect("users are never deleted").known.last_seen = Some(at);
        Ok(())
    }

    async fn direct_peers(&self, user: UserId) -> Result<Vec<KnownUser>, StorageError> {
        let tables = self.tables();
        let pairs = tables.conversations.values().filter_map(|row| row.pair);
        let peers = pairs.filter_map(|(low, high)| match user {
            _ if user == low => Some(high),
            _ if user == high => Some(low),
            _ => None,
        });
        Ok(peers.map(|peer| tables.user(peer).clone()).collect())
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StorageError> {
        let mut tables = self.tables();
        let claimed_with = tables.users.get(&new.name_key).and_then(|row| row.guest_key);
        let outcome: fn(User) -> SignInOutcome = match sign_in::decide(claimed_with, new.shown_key) {
            SignInDecision::Claim => SignInOutcome::Claimed,
            SignInDecision::Return => SignInOutcome::Returned,
            SignInDecision::Refuse => return Ok(SignInOutcome::Taken),
        };
        let user = tables.ensure_user(new.name, new.name_key.clone()).user;
        tables.sessions.insert(new.token, user.id);
        let row = tables.users.get_mut(&new.name_key).expect("it was ensured");
        row.guest_key.get_or_insert(new.new_key);
        row.known.claimed = true;
        Ok(outcome(user))
    }

    async fn session(&self, token: SecretHash) -> Result<Option<User>, StorageError> {
        let tables = self.tables();
        Ok(tables.sessions.get(&token).map(|user| tables.user(*user).user.clone()))
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), StorageError> {
        self.tables().sessions.remove(&token);
        Ok(())
    }
}

/// The users whom a conversation names in a list.
fn named(conversation: &Conversation) -> impl Iterator<Item = UserId> {
    conversation.peer.into_iter().chain(conversation.last_message.as_ref().map(|last| last.by))
}

#[async_trait]
impl Conversations for Memory {
    async fn conversations(&self, user: UserId) -> Result<(Vec<Conversation>, Vec<User>), StorageError> {
        let tables = self.tables();
        let conversations: Vec<_> =
            tables.conversations.values().filter_map(|row| row.seen_by(user)).collect();
        let users = tables.named(conversations.iter().flat_map(named));
        Ok((conversations, users))
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<KnownUser>)>, StorageError> {
        let tables = self.tables();
        let conversation = tables.conversations.get(&id).and_then(|row| row.seen_by(user));
        Ok(conversation.map(|conversation| {
            let mut ids: Vec<_> = named(&conversation).collect();
            ids.dedup();
            let users = ids.iter().map(|id| tables.user(*id).clone()).collect();
            (conversation, users)
        }))
    }

    async fn group_by_title(
        &self,
        user: UserId,
        title: &Title,
    ) -> Result<Option<ConversationId>, StorageError> {
        let tables = self.tables();
        let seen = tables.conversations.values().filter_map(|row| row.seen_by(user));
        let groups = seen.filter(|c| c.kind == ConversationKind::Group && c.title.as_ref() == Some(title));
        Ok(groups.max_by_key(|group| group.last_activity_at).map(|group| group.id))
    }

    async fn members(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<Vec<KnownUser>>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        let members = row.map(|row| {
            let by_key = tables.users.values().map(|user| &user.known);
            by_key.filter(|known| row.positions.contains_key(&known.user.id)).cloned().collect()
        });
        Ok(members)
    }

    async fn audience(&self, user: UserId, id: ConversationId) -> Result<Option<Audience>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        Ok(row.map(ConversationRow::audience))
    }
}

#[async_trait]
impl EventLog for Memory {
    async fn events(
        &self,
        user: UserId,
        id: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<EventRun>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        Ok(row.map(|row| {
            let head_seq = row.conversation.head_seq;
            let (first, last) = range.bounds(head_seq, limit);
            let wanted = |stored: &&StoredEvent| (first..=last).contains(&stored.event.seq);
            let events: Vec<_> = row.log.iter().filter(wanted).cloned().collect();
            let users = tables.named(events.iter().flat_map(|stored| stored.event.users()));
            EventRun { events, users, head_seq }
        }))
    }
}

#[async_trait]
impl Messages for Memory {
    async fn messages(
        &self,
        user: UserId,
        id: ConversationId,
        range: MessageRange,
        limit: usize,
    ) -> Result<Option<MessageRun>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        Ok(row.map(|row| {
            let head_seq = row.conversation.head_seq;
            let items = row.items();
            let older = |before: Seq, limit: usize| {
                let older: Vec<_> = items.iter().filter(|item| item.seq() < before).cloned().collect();
                let rest = older[older.len().saturating_sub(limit)..].to_vec();
                let first = if limit == 0 { before } else { Seq(1) };
                let first = rest.first().filter(|_| rest.len() == limit).map_or(first, Item::seq);
                (first, Seq(before.0.saturating_sub(1)), rest)
            };
            let newer = |after: Seq, limit: usize| {
                let newer = items.iter().filter(|item| item.seq() > after).take(limit);
                let newer: Vec<_> = newer.cloned().collect();
                let last = newer.last().filter(|_| newer.len() == limit).map_or(head_seq, Item::seq);
                (Seq(after.0.saturating_add(1)), last, newer)
            };
            let end = head_seq.next();
            let (first_seq, last_seq, items) = match range {
                MessageRange::Newest => older(end, limit),
                MessageRange::Before(seq) => older(seq.min(end), limit),
                MessageRange::After(seq) => newer(seq, limit),
                MessageRange::Around(seq) => {
                    let seq = seq.min(end);
                    let (first_seq, _, mut items) = older(seq, limit / 2);
                    let (_, last_seq, rest) = newer(Seq(seq.0.saturating_sub(1)), limit - limit / 2);
                    items.extend(rest);
                    (first_seq, last_seq, items)
                }
            };
            let users = tables.named(items.iter().flat_map(Item::users));
            MessageRun { items, users, head_seq, first_seq, last_seq }
        }))
    }

    async fn revisions(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<Option<Vec<Revision>>>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        Ok(row.map(|row| {
            row.messages().iter().find(|message| message.seq == seq && message.deleted.is_none())?;
            let texts = row.log.iter().filter_map(|stored| match &stored.event.body {
                EventBody::Posted(posted) if stored.event.seq == seq => Some((stored, &posted.text)),
                EventBody::Edited(edited) if edited.target == seq => Some((stored, &edited.text)),
                _ => None,
            });
            let mut texts: Vec<_> =
                texts.map(|(stored, text)| Revision { at: stored.event.at, text: text.clone() }).collect();
            texts.pop();
            Some(texts)
        }))
    }

    async fn pins(
        &self,
        user: UserId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Option<Pins>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        Ok(row.map(|row| {
            let mut messages: Vec<_> = row.messages().into_iter().filter(|m| m.pinned.is_some()).collect();
            messages.sort_by_key(|m| std::cmp::Reverse((m.pinned.map(|pin| pin.at), m.seq)));
            messages.truncate(limit);
            let users = tables.named(messages.iter().flat_map(Message::users));
            Pins { messages, users, head_seq: row.conversation.head_seq }
        }))
    }
}

#[async_trait]
impl Commands for Memory {
    async fn submit(&self, commands: Vec<Command>) -> CommandsHandle {
        let (reply, handle) = CommandsHandle::new(commands.len());
        // Held until the notifications are queued, so that they are in the order of the commits.
        let mut notifications = Vec::new();
        let permit = self.publisher.reserve().await;
        let mut tables = self.tables();
        if tables.closed {
            return handle;
        }
        let outcomes =
            commands.iter().map(|command| Ok(tables.execute(command, &mut notifications))).collect();
        // The asker or the publisher may be gone.
        let _ = reply.send(outcomes);
        if let Ok(permit) = permit
            && !notifications.is_empty()
        {
            permit.send(notifications);
        }
        handle
    }
}

#[async_trait]
impl Storage for Memory {
    async fn close(&self) {
        self.tables().closed = true;
    }
}

pub(super) mod tests {
    //! The reference conforms, too.

    use async_trait::async_trait;
    use tokio::sync::mpsc;

    use super::Memory;
    use crate::{
        domain::notification::CommitNotification,
        storage::{
            Storage,
            conformance::{Backend, conformance},
        },
    };

    /// The reference under test. A kill takes nothing: memory is its disk.
    pub struct InMemory(Memory);

    #[async_trait]
    impl Backend for InMemory {
        async fn open(publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
            Self(Memory::new(publisher))
        }

        fn storage(&self) -> &dyn Storage {
            &self.0
        }

        async fn reopen_after_kill(self, publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
            Self(Memory { publisher, ..self.0 })
        }
    }

    conformance!(InMemory);
}
