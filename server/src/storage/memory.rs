//! The reference backend, for tests: plain maps behind one lock. It is simple enough to be correct by inspection, so every
//! backend has to give the same answers.

mod accounts;
mod attachments;
mod consent;
mod conversation_row;
mod drafts;
mod execute;
mod receipts;
mod saved;
mod search;
mod shared;
mod threads;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use confab_shared::{
    api::{MAX_SESSIONS_LISTED, Pins, Revision, Settings},
    conversation::{Conversation, ConversationKind},
    draft::{Draft, DraftKey},
    event::EventBody,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::Message,
    name_key::name_key,
    text::Title,
    user::{ServerRole, User},
};
use tokio::sync::mpsc;

use self::{
    accounts::InvitationRow, attachments::Files, consent::RequestRow, conversation_row::ConversationRow,
    shared::Nodes,
};
use super::{
    Commands, CommandsHandle, Conversations, Device, EVERYONE, EventLog, EventRun, KeyedMessages, KnownUser,
    ListedMember, MemberQuery, MemberRun, MessageRun, Messages, NewDisplayName, NewName, NewSession,
    Passwords, Range, Sessions, SignInOutcome, Storage, StorageError, StoredSession, Users,
    shared::SharedStorage,
};
use crate::domain::{
    account::Standing,
    audience::Audience,
    command::Command,
    earlier::Earlier,
    listing::{ListPart, ListRange},
    notification::{CommitNotification, StoredEvent},
    presence::SharedConversation,
    read_position::StoredPosition,
    second_factor::{self, CodeDecision, StoredFactor},
    sign_in::{self, NameState, SecretHash, SignInDecision, UserKind},
};

/// The backend.
pub struct Memory {
    tables: Arc<Mutex<Tables>>,
    publisher: mpsc::Sender<Vec<CommitNotification>>,
}

#[derive(Default)]
struct Tables {
    users: BTreeMap<String, UserRow>,
    sessions: BTreeMap<u64, SessionRow>,
    /// How many sessions there ever were.
    session_count: u64,
    invitations: BTreeMap<u64, InvitationRow>,
    /// How many invitations there ever were.
    invitation_count: u64,
    settings: Settings,
    conversations: BTreeMap<ConversationId, ConversationRow>,
    group_requests: BTreeMap<(UserId, ConversationId), RequestRow>,
    drafts: BTreeMap<(UserId, DraftKey), Draft>,
    /// When each message was saved.
    saved: BTreeMap<(UserId, ConversationId, Seq), Timestamp>,
    files: Files,
    commands: HashMap<(UserId, ClientId), Earlier>,
    nodes: Nodes,
    /// How many commits there were: events, and moves in threads.
    commits: u64,
    /// In which of them users moved in threads last.
    thread_moves: BTreeMap<UserId, u64>,
    closed: bool,
}

struct UserRow {
    known: KnownUser,
    guest_key: Option<SecretHash>,
    skeleton: String,
    password: Option<String>,
    standing: Standing,
    second_factor: Option<StoredFactor>,
    asks_before_groups: Option<bool>,
    shares_read_positions: bool,
}

struct SessionRow {
    user: UserId,
    session: StoredSession,
}

impl UserRow {
    fn has_come(&self) -> bool {
        self.known.kind != UserKind::Awaited
    }

    /// The key of what is shown, and the key of the name: people are listed in this order.
    fn keys(&self) -> (String, String) {
        let User { name, display_name, .. } = &self.known.user;
        let key = name_key(name.as_str());
        (display_name.as_ref().map_or_else(|| key.clone(), |shown| name_key(shown.as_str())), key)
    }

    fn begins_with(&self, prefix: &str) -> bool {
        let (shown, name) = self.keys();
        shown.starts_with(prefix) || name.starts_with(prefix)
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
        let settings = Settings {
            registration: Some(false),
            admins_need_second_factor: Some(false),
            ..Settings::default()
        };
        let tables = Tables { conversations, settings, ..Tables::default() };
        Self { tables: Arc::new(Mutex::new(tables)), publisher }
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

    fn row(&self, id: UserId) -> Option<&UserRow> {
        self.users.values().find(|row| row.known.user.id == id)
    }

    fn row_mut(&mut self, id: UserId) -> Option<&mut UserRow> {
        self.users.values_mut().find(|row| row.known.user.id == id)
    }

    fn name_state(&self, name: &NewName) -> NameState {
        let row = self.users.get(&name.key);
        if row.is_none_or(|row| !row.has_come()) && self.looks_like_one(&name.skeleton) {
            return NameState::LooksTaken;
        }
        let Some(row) = row else { return NameState::Free };
        match row.known.kind {
            UserKind::Awaited => NameState::Awaited,
            UserKind::Dialect => NameState::OfDialect,
            UserKind::Page => {
                NameState::Exists { claimed_with: row.guest_key, password: row.password.clone() }
            }
        }
    }

    fn begin_session(&mut self, user: UserId, token: SecretHash, device: Device, at: Timestamp) {
        self.session_count += 1;
        let id = self.session_count;
        let session = StoredSession { id, token, device, created_at: at, used_at: at };
        self.sessions.insert(id, SessionRow { user, session });
    }

    fn end_sessions(&mut self, user: UserId, kept: Option<SecretHash>) {
        self.sessions.retain(|_, row| row.user != user || Some(row.session.token) == kept);
    }

    fn named(&self, ids: impl IntoIterator<Item = UserId>) -> Vec<User> {
        let ids: BTreeSet<_> = ids.into_iter().collect();
        ids.into_iter().map(|id| self.user(id).user.clone()).collect()
    }

    fn direct_between(&self, user: UserId, other: UserId) -> Option<SharedConversation> {
        let pair = Some((user.min(other), user.max(other)));
        let row = self.conversations.values().find(|row| row.pair == pair)?;
        Some(row.shared(user, other))
    }

    /// A part of a conversation's timeline, or of the thread of a root.
    fn run(&self, row: &ConversationRow, root: Option<Message>, range: Range, limit: usize) -> MessageRun {
        let head_seq = row.conversation.head_seq;
        let items = row.items(root.as_ref().map(|root| root.seq));
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
            Range::Newest => older(end, limit),
            Range::Before(seq) => older(seq.min(end), limit),
            Range::After(seq) => newer(seq, limit),
            Range::Around(seq) => {
                let seq = seq.min(end);
                let (first_seq, _, mut items) = older(seq, limit / 2);
                let (_, last_seq, rest) = newer(Seq(seq.0.saturating_sub(1)), limit - limit / 2);
                items.extend(rest);
                (first_seq, last_seq, items)
            }
        };
        let messages = row.messages();
        let quotes = MessageRun::quotes(&items);
        let quoted: Vec<_> = messages.into_iter().filter(|message| quotes.contains(&message.seq)).collect();
        let users = self.named(MessageRun::named(&items, &quoted, root.as_ref()));
        MessageRun { items, quoted, root, users, head_seq, first_seq, last_seq }
    }

    fn looks_like_one(&self, skeleton: &str) -> bool {
        self.users.values().any(|row| row.skeleton == skeleton && row.has_come())
    }

    fn looks_like_another(&self, new: &NewDisplayName, user: Option<UserId>) -> bool {
        let mut others = self.users.values().filter(|row| row.has_come() && Some(row.known.user.id) != user);
        others.any(|row| new.skeletons.contains(&row.skeleton))
    }

    fn ensure_user(&mut self, new: NewName, kind: UserKind) -> Option<KnownUser> {
        let NewName { name, key, skeleton } = new;
        let found = self.users.get(&key).map(|row| row.known.clone());
        if let Some(known) = &found
            && known.kind.after(kind) == known.kind
        {
            return found;
        }
        if self.looks_like_one(&skeleton) {
            return None;
        }
        if let Some(row) = self.users.get_mut(&key) {
            row.known.kind = kind;
            let known = row.known.clone();
            self.join_everyone(known.user.id);
            return Some(known);
        }
        let user = User::new(UserId(self.users.len() as u64 + 1), name);
        let known = KnownUser { user, kind, last_seen: None };
        let row = UserRow {
            known: known.clone(),
            guest_key: None,
            skeleton,
            password: None,
            standing: Standing { role: ServerRole::Guest, active: true },
            second_factor: None,
            asks_before_groups: None,
            shares_read_positions: true,
        };
        self.users.insert(key, row);
        if kind != UserKind::Awaited {
            self.join_everyone(known.user.id);
        }
        Some(known)
    }

    fn join_everyone(&mut self, user: UserId) {
        let everyone = self.conversations.get_mut(&EVERYONE).expect("it is always there");
        let (read_seq, read_ordinal) = (everyone.conversation.head_seq, everyone.last_ordinal());
        everyone.add_members(&[user], StoredPosition { read_seq, read_ordinal });
    }
}

#[async_trait]
impl Users for Memory {
    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StorageError> {
        Ok(self.tables().users.get(name_key).map(|row| row.known.clone()))
    }

    async fn ensure_user(
        &self,
        name: NewName,
        kind: UserKind,
        _at: Timestamp,
    ) -> Result<Option<KnownUser>, StorageError> {
        Ok(self.tables().ensure_user(name, kind))
    }

    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StorageError> {
        let tables = self.tables();
        let mut found: Vec<_> =
            tables.users.values().filter(|row| row.begins_with(prefix) && row.has_come()).collect();
        found.sort_by_key(|row| {
            let (shown, name) = row.keys();
            // Those whose names begin so are first, in the order of these.
            if name.starts_with(prefix) { (false, name, String::new()) } else { (true, shown, name) }
        });
        Ok(found.into_iter().take(limit).map(|row| row.known.user.clone()).collect())
    }

    async fn set_display_name(
        &self,
        user: UserId,
        new: Option<NewDisplayName>,
    ) -> Result<Option<User>, StorageError> {
        let mut tables = self.tables();
        if new.as_ref().is_some_and(|new| tables.looks_like_another(new, Some(user))) {
            return Ok(None);
        }
        let known = &mut tables.row_mut(user).expect("users are never deleted").known;
        known.user.display_name = new.map(|new| new.display_name);
        Ok(Some(known.user.clone()))
    }

    async fn acquaintances(&self, user: UserId) -> Result<Vec<UserId>, StorageError> {
        let tables = self.tables();
        let shares = |other: UserId| {
            let mut chosen = tables.conversations.iter().filter(|(id, _)| **id != EVERYONE);
            chosen.any(|(_, row)| row.positions.contains_key(&user) && row.positions.contains_key(&other))
        };
        let knows = |row: &&UserRow| {
            let id = row.known.user.id;
            id == user || row.standing.role != ServerRole::Guest || shares(id)
        };
        Ok(tables.users.values().filter(knows).map(|row| row.known.user.id).collect())
    }

    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<(), StorageError> {
        let mut tables = self.tables();
        let row = tables.users.values_mut().find(|row| row.known.user.id == user);
        row.expect("users are never deleted").known.last_seen = Some(at);
        Ok(())
    }

    async fn direct_peers(&self, user: UserId) -> Result<Vec<(KnownUser, SharedConversation)>, StorageError> {
        let tables = self.tables();
        let peers = tables.conversations.values().filter_map(|row| match row.pair? {
            (low, high) if user == low => Some((high, row)),
            (low, high) if user == high => Some((low, row)),
            _ => None,
        });
        Ok(peers.map(|(peer, row)| (tables.user(peer).clone(), row.shared(user, peer))).collect())
    }

    async fn direct_between(
        &self,
        user: UserId,
        other: UserId,
    ) -> Result<Option<SharedConversation>, StorageError> {
        Ok(self.tables().direct_between(user, other))
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StorageError> {
        let mut tables = self.tables();
        let name = tables.name_state(&new.name);
        let outcome: fn(User) -> SignInOutcome = match sign_in::decide(new.access, &name, &new.proof) {
            SignInDecision::Claim => SignInOutcome::Claimed,
            SignInDecision::Return => SignInOutcome::Returned,
            SignInDecision::Refuse => return Ok(SignInOutcome::Taken),
            SignInDecision::RefuseOfDialect => return Ok(SignInOutcome::OfDialect),
            SignInDecision::NeedPassword => return Ok(SignInOutcome::NeedsPassword),
        };
        let user = tables.ensure_user(new.name.clone(), UserKind::Page).expect("it was decided on").user;
        let row = tables.users.get_mut(&new.name.key).expect("it was ensured");
        if !row.standing.active {
            return Ok(SignInOutcome::Deactivated);
        }
        match second_factor::decide(row.second_factor.as_ref(), new.code) {
            CodeDecision::NotNeeded => {}
            CodeDecision::Accept(code) => row.use_up(code),
            CodeDecision::Needed => return Ok(SignInOutcome::NeedsCode),
            CodeDecision::Wrong => return Ok(SignInOutcome::WrongCode),
        }
        if row.password.is_none() {
            row.guest_key.get_or_insert(new.new_key);
        }
        tables.begin_session(user.id, new.token, new.device, new.at);
        Ok(outcome(user))
    }

    async fn session(&self, token: SecretHash) -> Result<Option<(User, Timestamp)>, StorageError> {
        let tables = self.tables();
        let row = tables.sessions.values().find(|row| row.session.token == token);
        Ok(row.map(|row| (tables.user(row.user).user.clone(), row.session.used_at)))
    }

    async fn use_session(
        &self,
        token: SecretHash,
        at: Timestamp,
        address: Option<String>,
    ) -> Result<(), StorageError> {
        let mut tables = self.tables();
        if let Some(row) = tables.sessions.values_mut().find(|row| row.session.token == token) {
            row.session.used_at = row.session.used_at.max(at);
            row.session.device.address = address.or(row.session.device.address.take());
        }
        Ok(())
    }

    async fn use_sessions(&self, tokens: Vec<SecretHash>, at: Timestamp) -> Result<(), StorageError> {
        for token in tokens {
            self.use_session(token, at, None).await?;
        }
        Ok(())
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>, StorageError> {
        let tables = self.tables();
        let own = tables.sessions.values().filter(|row| row.user == user);
        let mut sessions: Vec<_> = own.map(|row| row.session.clone()).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.used_at, session.id)));
        sessions.truncate(MAX_SESSIONS_LISTED);
        Ok(sessions)
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), StorageError> {
        self.tables().sessions.retain(|_, row| row.session.token != token);
        Ok(())
    }

    async fn end_session_of(&self, user: UserId, id: u64) -> Result<Option<SecretHash>, StorageError> {
        let mut tables = self.tables();
        if tables.sessions.get(&id).is_none_or(|row| row.user != user) {
            return Ok(None);
        }
        Ok(tables.sessions.remove(&id).map(|row| row.session.token))
    }

    async fn end_sessions(&self, user: UserId, kept: Option<SecretHash>) -> Result<(), StorageError> {
        self.tables().end_sessions(user, kept);
        Ok(())
    }

    async fn expire_sessions(
        &self,
        used_before: Timestamp,
    ) -> Result<Vec<(UserId, SecretHash)>, StorageError> {
        let mut tables = self.tables();
        let mut ended = Vec::new();
        tables.sessions.retain(|_, row| {
            let lives = row.session.used_at >= used_before;
            if !lives {
                ended.push((row.user, row.session.token));
            }
            lives
        });
        Ok(ended)
    }
}

#[async_trait]
impl Passwords for Memory {
    async fn password(&self, user: UserId) -> Result<Option<String>, StorageError> {
        let tables = self.tables();
        let row = tables.users.values().find(|row| row.known.user.id == user);
        Ok(row.and_then(|row| row.password.clone()))
    }

    async fn change_password(
        &self,
        user: UserId,
        from: Option<String>,
        to: String,
        kept: Option<SecretHash>,
    ) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let row = tables.users.values_mut().find(|row| row.known.user.id == user);
        let row = row.expect("users are never deleted");
        if row.password != from || row.known.kind != UserKind::Page {
            return Ok(false);
        }
        if row.password.is_none() {
            row.standing.role = row.standing.role.min(ServerRole::Member);
        }
        (row.password, row.guest_key) = (Some(to), None);
        tables.end_sessions(user, kept);
        Ok(true)
    }
}

/// The users whom a conversation names in a list.
fn named(conversation: &Conversation) -> impl Iterator<Item = UserId> {
    conversation.peer.into_iter().chain(conversation.last_message.as_ref().map(|last| last.by))
}

#[async_trait]
impl Conversations for Memory {
    async fn conversations(
        &self,
        user: UserId,
        range: ListRange,
    ) -> Result<(ListPart, Vec<User>), StorageError> {
        let tables = self.tables();
        let part = range.select(tables.conversations.values().filter_map(|row| row.seen_by(user)).collect());
        let users = tables.named(part.conversations.iter().flat_map(named));
        Ok((part, users))
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
        query: MemberQuery,
    ) -> Result<Option<MemberRun>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        let Some(row) = row else { return Ok(None) };
        let now = || tables.users.get(&query.after).map(|last| last.keys().0);
        let shown = query.after_shown.clone().or_else(now).unwrap_or_else(|| query.after.clone());
        let after = (shown, query.after.clone());
        let wanted = |user: &&UserRow| user.keys() > after && user.begins_with(&query.prefix);
        let members = tables.users.values().filter(|user| row.positions.contains_key(&user.known.user.id));
        let mut found: Vec<_> = members.filter(wanted).collect();
        found.sort_by_key(|user| user.keys());
        let mut found = found.into_iter().map(|user| &user.known).peekable();
        let listed = |known: &KnownUser| ListedMember {
            known: known.clone(),
            here: row.shared(user, known.user.id),
            direct: tables.direct_between(user, known.user.id),
        };
        let members = found.by_ref().take(query.limit).map(listed).collect();
        Ok(Some(MemberRun { kind: row.conversation.kind, members, more: found.peek().is_some() }))
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
        range: Range,
        limit: usize,
    ) -> Result<Option<MessageRun>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        Ok(row.map(|row| tables.run(row, None, range, limit)))
    }

    async fn messages_by_key(
        &self,
        user: UserId,
        keys: Vec<(ConversationId, Seq)>,
    ) -> Result<KeyedMessages, StorageError> {
        let tables = self.tables();
        let message = |(id, seq): (ConversationId, Seq)| {
            let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user))?;
            Some(row.message(seq).filter(|message| message.deleted.is_none()))
        };
        let messages: Vec<_> = keys.into_iter().map(message).collect();
        let users = tables.named(KeyedMessages::named(&messages));
        Ok(KeyedMessages { messages, users })
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
    async fn probe(&self) -> Result<(), StorageError> {
        if self.tables().closed { Err(StorageError::Closed) } else { Ok(()) }
    }

    async fn close(&self) {
        self.tables().closed = true;
    }

    fn shared(&self) -> Option<&dyn SharedStorage> {
        Some(self)
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
