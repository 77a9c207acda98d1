//! Carries out one command on the reference backend: load, decide, write.

use confab_shared::{
    conversation::{ConversationKind, UnreadMention},
    event::EventBody,
    id::{ClientId, ConversationId, Seq, UserId},
};

use super::{Tables, consent::RequestRow, conversation_row::ConversationRow};
use crate::domain::{
    command::Command,
    consent::RequestState,
    decision::{Append, Change, Create, Decision, Loaded, Outcome, Target},
    earlier::Earlier,
    event_position::EventPosition,
    notification::{CommitNotification, StoredEvent},
    presence,
    read_position::StoredPosition,
    redaction,
};

/// Nobody's view.
const NOBODY: UserId = UserId(0);

impl Tables {
    pub(super) fn execute(
        &mut self,
        command: &Command,
        notifications: &mut Vec<CommitNotification>,
    ) -> Outcome {
        let earlier = command.client_id.and_then(|id| self.commands.get(&(command.actor.id, id)));
        if let Some(earlier) = earlier {
            return command.answer_retry(earlier);
        }
        let needs = command.needs();
        let keys = needs.name_keys.iter().flatten();
        let users = keys.filter_map(|key| {
            let row = self.users.get(key).filter(|row| row.has_come())?;
            Some((key.clone(), row.known.user.clone()))
        });
        let users: Vec<_> = users.collect();
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
        let user = |id| self.user(id).user.clone();
        let message = needs.message.zip(found);
        let message = message.and_then(|(needs, row)| row.loaded_message(needs, command.actor.id, user));
        let quoted = found.zip(needs.quoted).and_then(|(row, seq)| row.message(seq));
        let attachments = self.files.load(needs.attachments);
        let admins: Vec<_> = found.into_iter().flat_map(|row| row.admins.iter().copied()).collect();
        let asked = needs.asks_under.map(|access| self.asked(access, command.actor.id, id, &users));
        let loaded = Loaded {
            conversation,
            admins: &admins,
            users: &users,
            message: message.as_ref(),
            quoted: quoted.as_ref(),
            attachments: &attachments,
            asked: asked.as_deref().unwrap_or_default(),
            request: id.filter(|_| needs.request).and_then(|id| self.request_state(command.actor.id, id)),
        };
        let decision = command.decide(&loaded)?;
        let head = |tables: &Self, id: Option<ConversationId>| {
            let conversation = &tables.conversations[&id.expect("it was decided on")].conversation;
            EventPosition { conversation: conversation.id, seq: conversation.head_seq, at: command.at }
        };
        Ok(match decision {
            Decision::Unchanged => {
                let position = head(self, id);
                if let Some(client_id) = command.client_id {
                    self.commands.insert((command.actor.id, client_id), Earlier { position, event: None });
                }
                position
            }
            Decision::Append(event) => {
                let id = head(self, id).conversation;
                self.append(command, id, command.client_id, event, notifications)
            }
            Decision::AppendAll(events) => {
                let position = head(self, id);
                let first = self.append_all(command, position.conversation, events, notifications);
                first.unwrap_or(position)
            }
            Decision::Create(new) => self.create(command, new, notifications),
            Decision::MarkRead(seq) => {
                let conversation = head(self, id).conversation;
                let shares = self.shares(command.actor.id);
                let row = self.conversations.get_mut(&conversation).expect("it was decided on");
                notifications.extend(row.mark_read(command.actor.id, seq, shares));
                EventPosition { conversation, seq, at: command.at }
            }
            Decision::MarkUnread(seq) => {
                let conversation = head(self, id).conversation;
                let row = self.conversations.get_mut(&conversation).expect("it was decided on");
                notifications.extend(row.mark_unread(command.actor.id, seq));
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
        let shares = self.shares(command.actor.id);
        let row = self.conversations.get_mut(&id).expect("it was decided on");
        let event = command.event(&row.conversation, client_id, append.body);
        let mut audience = row.audience();
        if let Some(change) = &append.thread {
            row.change_thread(&event, change);
        }
        match &append.change {
            // A read applies these to the messages.
            None | Some(Change::UpdateConversation | Change::React(_) | Change::Pin(_)) => {}
            Some(Change::Preview(change)) => {
                self.files.set_message(&change.added, id, change.previewed.target);
                self.files.remove(&change.removed);
            }
            Some(Change::Mention(users)) => {
                let mention = UnreadMention { seq: event.seq, event: event.seq };
                match users.contains(&UserId::ALL) {
                    true => row.mentions_of_all.push((event.by, mention)),
                    false => row.mentions.extend(users.iter().map(|user| (*user, mention))),
                }
            }
            Some(Change::Edit(edit)) => {
                let target = edit.edited.target;
                row.mentions.retain(|(user, at)| at.seq != target || !edit.unmentioned.contains(user));
                let mention = UnreadMention { seq: target, event: event.seq };
                row.mentions.extend(edit.notified.iter().map(|user| (*user, mention)));
                self.files.remove(&edit.removed);
            }
            Some(Change::Delete(deletion)) => {
                let target = deletion.deleted.target;
                row.mentions.retain(|(_, at)| at.seq != target);
                row.mentions_of_all.retain(|(_, at)| at.seq != target);
                for stored in &mut row.log {
                    redaction::redact(stored, |seq| seq == target);
                }
                self.files.remove(&deletion.attachments);
            }
            Some(Change::AddMembers(users)) => {
                let read_ordinal = row.last_ordinal();
                row.add_members(users, StoredPosition { read_seq: event.seq, read_ordinal });
                audience = row.audience();
                self.group_requests.retain(|(user, group), _| *group != id || !users.contains(user));
            }
            Some(Change::Invite(users)) => {
                let request = || RequestRow { by: event.by, at: event.at, state: RequestState::Pending };
                self.group_requests.extend(users.iter().map(|user| ((*user, id), request())));
            }
            Some(Change::RemoveMember(user)) => {
                row.positions.remove(user);
                row.admins.remove(user);
                row.taking_part.remove(user);
                row.mentions.retain(|(mentioned, _)| mentioned != user);
                row.leave_threads(*user);
                if row.positions.is_empty() {
                    self.group_requests.retain(|(_, group), _| *group != id);
                }
            }
        }
        if let EventBody::Posted(posted) = &event.body {
            self.files.set_message(&posted.attachments, id, event.seq);
        }
        event.apply(&mut row.conversation, NOBODY);
        let read_before = row.positions.get(&event.by).map(|position| position.read_seq);
        if let Some(posted) = event.body.timeline_message()
            && let Some(position) = row.positions.get(&event.by).copied()
        {
            let unread = |seq: Seq| seq > position.read_seq && row.is_deleted(seq);
            let posted_before =
                row.log.iter().filter(|stored| stored.event.body.timeline_message().is_some());
            let posted_before = posted_before.map(|stored| stored.event.seq);
            let deleted_unread = || Ok::<_, ()>(posted_before.filter(|seq| unread(*seq)).count() as u64);
            if let Ok(Some(moved)) = position.after_own_message(event.seq, posted.ordinal, deleted_unread) {
                row.positions.insert(event.by, moved);
            }
        }
        let position = EventPosition::of(&event);
        if let Some(client_id) = client_id {
            self.commands.insert((event.by, client_id), Earlier::of(&event));
        }
        let stored = StoredEvent { event, legacy: append.legacy };
        row.log.push(stored.clone());
        self.commits += 1;
        row.changed_in = self.commits;
        let read_before = read_before.filter(|_| stored.event.body.timeline_message().is_some());
        let shown = read_before.and_then(|read_seq| row.take_part(command.actor.id, read_seq, shares));
        let (users, change) = (append.users, append.change.as_ref());
        notifications.extend(command.notifications(stored, users, change, audience, &row.conversation));
        notifications.extend(shown);
        position
    }

    /// Appends events, of which the first carries the command's id. Answers its position.
    fn append_all(
        &mut self,
        command: &Command,
        id: ConversationId,
        events: Vec<Append>,
        notifications: &mut Vec<CommitNotification>,
    ) -> Option<EventPosition> {
        let mut client_id = command.client_id;
        let mut first = None;
        for event in events {
            let position = self.append(command, id, client_id.take(), event, notifications);
            first.get_or_insert(position);
        }
        first
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
        if presence::founders_take_part(new.kind) {
            row.taking_part.extend(&new.members);
        }
        self.conversations.insert(id, row);
        let first = self.append_all(command, id, new.events, notifications);
        let row = self.conversations.get_mut(&id).expect("it was inserted");
        let (read_seq, read_ordinal) = (row.conversation.head_seq, row.last_ordinal());
        row.add_members(&[command.actor.id], StoredPosition { read_seq, read_ordinal });
        first.unwrap_or(EventPosition { conversation: id, seq: read_seq, at: command.at })
    }
}
