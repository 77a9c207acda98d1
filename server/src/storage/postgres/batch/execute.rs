//! Carries out one command on the working set: load, decide, apply.

use confab_shared::{
    attachment::Attachment,
    conversation::{Conversation, ConversationKind},
    event::EventBody,
    id::{ClientId, ConversationId, Seq, UserId},
    user::User,
};

use super::{
    conversation::WorkingConversation,
    members::Members,
    working_set::{NamedUser, NewEvent, WorkingSet},
};
use crate::{
    domain::{
        attachment::LoadedAttachment,
        audience::Audience,
        command::Command,
        decision::{Append, Change, Create, Decision, Loaded, Outcome, Target},
        earlier::Earlier,
        event_position::EventPosition,
        notification::StoredEvent,
        presence,
        read_position::{StoredPosition, TailEntry},
        redaction,
    },
    storage::postgres::failure::Failure,
};

/// Nobody's view.
const NOBODY: UserId = UserId(0);

impl WorkingSet {
    /// Carries out a command.
    ///
    /// # Errors
    /// Where the database does not hold what it must.
    pub(in crate::storage::postgres) fn execute(&mut self, command: &Command) -> Result<Outcome, Failure> {
        if let Some(client_id) = command.client_id
            && let Some(earlier) = self.earlier.get(&(command.actor.id, client_id))
        {
            return Ok(command.answer_retry(earlier));
        }
        let needs = command.needs();
        let id = match needs.target {
            Target::Conversation(id) => Some(id),
            Target::Direct(low, high) => self.directs.get(&(low, high)).copied(),
            Target::New => None,
        };
        let message = match (id, needs.message) {
            (Some(id), Some(needs)) => self.loaded_message(id, needs, command),
            _ => None,
        };
        let quoted = match (id, needs.quoted) {
            (Some(id), Some(seq)) => self.message(id, seq).map(|quoted| quoted.message.clone()),
            _ => None,
        };
        let named = needs.name_keys.iter().flatten();
        let named: Vec<(&String, &NamedUser)> =
            named.filter_map(|key| Some((key, self.users.get(key)?))).collect();
        let users: Vec<(String, User)> =
            named.iter().map(|(key, named)| ((*key).clone(), named.user.clone())).collect();
        let attachments = needs.attachments.iter().filter_map(|id| self.attachments.get(id).cloned());
        let attachments: Vec<LoadedAttachment> = attachments.collect();
        let found = id.and_then(|id| self.conversations.get(&id));
        let actor = command.actor.id;
        let asked = needs
            .asks_under
            .map(|access| self.asked(access, actor, id, named.iter().map(|(_, named)| *named)));
        let loaded = Loaded {
            conversation: found.map(|found| (&found.conversation, &found.members.audience)),
            admins: found.map_or(&[], |found| &found.members.admins),
            users: &users,
            message: message.as_ref(),
            quoted: quoted.as_ref(),
            attachments: &attachments,
            asked: asked.as_deref().unwrap_or_default(),
            request: id.filter(|_| needs.request).and_then(|id| self.requests.state(actor, id)),
        };
        match command.decide(&loaded) {
            Ok(decision) => self.apply(command, id, decision).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    fn apply(
        &mut self,
        command: &Command,
        id: Option<ConversationId>,
        decision: Decision,
    ) -> Result<EventPosition, Failure> {
        let existing = || id.ok_or_else(Failure::missing);
        match decision {
            Decision::Unchanged => {
                let conversation = &self.conversation(existing()?)?.conversation;
                let Conversation { id: conversation, head_seq: seq, .. } = *conversation;
                let position = EventPosition { conversation, seq, at: command.at };
                if let Some(client_id) = command.client_id {
                    let sender = command.actor.id;
                    self.unchanged.push((sender, client_id, position));
                    self.earlier.insert((sender, client_id), Earlier { position, event: None });
                }
                Ok(position)
            }
            Decision::Append(event) => self.append(command, existing()?, command.client_id, event),
            Decision::AppendAll(events) => {
                let id = existing()?;
                let head = self.conversation(id)?.conversation.head_seq;
                let first = self.append_all(command, id, events)?;
                Ok(first.unwrap_or(EventPosition { conversation: id, seq: head, at: command.at }))
            }
            Decision::Create(new) => self.create(command, new),
            Decision::MarkRead(seq) => {
                let conversation = existing()?;
                let actor = command.actor.id;
                let shares = !self.not_sharing.contains(&actor);
                let moved = self.conversation(conversation)?.mark_read(actor, seq, shares)?;
                self.notifications.extend(moved);
                Ok(EventPosition { conversation, seq, at: command.at })
            }
            Decision::MarkUnread(seq) => {
                let conversation = existing()?;
                let moved = self.conversation(conversation)?.mark_unread(command.actor.id, seq)?;
                self.notifications.extend(moved);
                Ok(EventPosition { conversation, seq, at: command.at })
            }
        }
    }

    /// Appends events, of which the first carries the command's id. Answers its position.
    fn append_all(
        &mut self,
        command: &Command,
        id: ConversationId,
        events: Vec<Append>,
    ) -> Result<Option<EventPosition>, Failure> {
        let mut client_id = command.client_id;
        let mut first = None;
        for event in events {
            let position = self.append(command, id, client_id.take(), event)?;
            first.get_or_insert(position);
        }
        Ok(first)
    }

    /// Appends an event as the next of its conversation, and applies its change.
    fn append(
        &mut self,
        command: &Command,
        id: ConversationId,
        client_id: Option<ClientId>,
        append: Append,
    ) -> Result<EventPosition, Failure> {
        let Append { body, change, users, legacy, thread } = append;
        let author = &command.actor;
        let event = command.event(&self.conversation(id)?.conversation, client_id, body);
        let stored = StoredEvent { event, legacy };
        // The event is still for a member who leaves, and already for one who comes.
        let before = self.conversation(id)?.members.audience.clone();
        if let Some(change) = &change {
            self.change(&stored, change)?;
        }
        if let EventBody::Posted(posted) = &stored.event.body {
            self.send_attachments(&posted.attachments, id, stored.event.seq);
        }
        if let Some(thread) = thread {
            self.conversation(id)?.threads.change(&stored.event, author, &thread);
        }
        let index = self.events.len();
        let shares = !self.not_sharing.contains(&author.id);
        let conversation = self.conversation(id)?;
        let audience = match &change {
            Some(Change::RemoveMember(_)) => before,
            _ => conversation.members.audience.clone(),
        };
        let read_before = conversation.apply(&stored, index)?;
        let shown = match read_before {
            Some(position) => conversation.take_part(author.id, position, shares)?,
            None => None,
        };
        let ordinal = conversation.last_ordinal();
        let conversation = &conversation.conversation;
        let notifications =
            command.notifications(stored.clone(), users, change.as_ref(), audience, conversation);
        self.notifications.extend(notifications);
        self.notifications.extend(shown);
        let position = EventPosition::of(&stored.event);
        if let Some(client_id) = client_id {
            self.earlier.insert((author.id, client_id), Earlier::of(&stored.event));
        }
        self.events.push(NewEvent { stored, ordinal, author: author.clone() });
        Ok(position)
    }

    /// Notes which message attachments are in.
    fn send_attachments(&mut self, attachments: &[Attachment], id: ConversationId, message: Seq) {
        for Attachment { id: attachment, .. } in attachments {
            self.sent.push((*attachment, id, message));
            if let Some(loaded) = self.attachments.get_mut(attachment) {
                loaded.is_sent = true;
            }
        }
    }

    /// Applies what an event changes beside the log.
    fn change(&mut self, stored: &StoredEvent, change: &Change) -> Result<(), Failure> {
        let event = &stored.event;
        let id = event.conversation;
        if let Some(target) = event.body.target()
            && let Some(message) = self.message(id, target)
        {
            message.apply(event, change);
        }
        let conversation = self.conversation(id)?;
        match change {
            Change::UpdateConversation | Change::Pin(_) => {}
            Change::Preview(change) => {
                let target = change.previewed.target;
                self.message_events.push((id, target, event.seq));
                self.send_attachments(&change.added, id, target);
                self.removed_attachments.extend(&change.removed);
            }
            Change::Mention(users) => conversation.mentions.add(users, event.seq, event.seq, event.by),
            Change::AddMembers(users) => {
                let position = StoredPosition { read_seq: event.seq, ..conversation.position_at_end() };
                conversation.add_members(users, position, false);
                self.requests.end(users, id);
            }
            Change::Invite(users) => self.requests.invite(users, id, (event.by, event.at)),
            Change::RemoveMember(user) => {
                conversation.remove_member(*user);
                conversation.mentions.leave(*user, event.seq);
                conversation.threads.leave(*user);
                if conversation.members.audience.is_empty() {
                    self.requests.end_all(id);
                }
            }
            Change::Edit(edit) => {
                let target = edit.edited.target;
                conversation.mentions.remove(&edit.unmentioned, target);
                conversation.mentions.add(&edit.notified, target, event.seq, event.by);
                self.message_events.push((id, target, event.seq));
                self.removed_attachments.extend(&edit.removed);
            }
            Change::React(reaction) => {
                let reacted = &reaction.reacted;
                let key = (reacted.target, reacted.emoji.clone(), event.by);
                conversation.reactions.set(key, reacted.on.then_some(event.seq));
                self.message_events.push((id, reacted.target, event.seq));
            }
            Change::Delete(deletion) => {
                let target = deletion.deleted.target;
                conversation.mentions.remove(&deletion.mentioned, target);
                conversation.reactions.clear(target);
                if deletion.deleted.is_in_timeline() {
                    conversation.deletions.delete(target);
                }
                self.redact(id, target);
                let quoted = deletion.deleted.last_message.as_ref();
                self.message_events.extend(quoted.map(|last| (id, last.seq, event.seq)));
                self.removed_attachments.extend(&deletion.attachments);
            }
        }
        Ok(())
    }

    /// Removes what a deleted message said from the events, those of the batch included.
    fn redact(&mut self, id: ConversationId, target: Seq) {
        for mut stored in self.quoting.remove(&(id, target)).unwrap_or_default() {
            if redaction::redact(&mut stored, |seq| seq == target) {
                self.redacted.push(stored);
            }
        }
        for NewEvent { stored, .. } in &mut self.events {
            if stored.event.conversation == id && redaction::quoted_message(&stored.event) == Some(target) {
                redaction::redact(stored, |seq| seq == target);
            }
        }
    }

    fn create(&mut self, command: &Command, new: Create) -> Result<EventPosition, Failure> {
        let id = self.new_id()?;
        let members = Members::none(0, new.kind, None);
        let made = Conversation::new(id, new.kind, command.at);
        let mut made =
            WorkingConversation { is_new: true, ..WorkingConversation::new(made, new.pair, members) };
        let unread = StoredPosition { read_seq: Seq(0), read_ordinal: 0 };
        made.add_members(&new.members, unread, new.kind == ConversationKind::Group);
        made.conversation.member_count = new.members.len() as u64;
        for member in made.positions.values_mut() {
            member.takes_part = presence::founders_take_part(new.kind);
        }
        self.directs.extend(new.pair.map(|pair| (pair, id)));
        self.conversations.insert(id, made);
        let first = self.append_all(command, id, new.events)?;
        // The actor has read how the conversation began.
        let conversation = self.conversation(id)?;
        let at_end = conversation.position_at_end();
        conversation.position(command.actor.id)?.position = at_end;
        Ok(first.unwrap_or(EventPosition { conversation: id, seq: at_end.read_seq, at: command.at }))
    }
}

impl WorkingConversation {
    /// Applies an event to the conversation, its log and its author's read position. Answers where the author of a message
    /// had read to before.
    fn apply(&mut self, stored: &StoredEvent, index: usize) -> Result<Option<StoredPosition>, Failure> {
        let event = &stored.event;
        event.apply(&mut self.conversation, NOBODY);
        if let Audience::Users(users) = &self.members.audience {
            self.conversation.member_count = users.len() as u64;
        }
        self.changed = true;
        self.appended.push(index);
        self.tail.insert(event.seq, TailEntry::of(event, self.last_ordinal()));
        let Some(posted) = event.body.timeline_message() else { return Ok(None) };
        let before = self.position(event.by)?.position;
        let deleted_unread = || Ok::<_, Failure>(self.deletions.count_after(before.read_seq));
        if let Some(moved) = before.after_own_message(event.seq, posted.ordinal, deleted_unread)? {
            let member = self.position(event.by)?;
            (member.position, member.changed) = (moved, true);
        }
        Ok(Some(before))
    }
}
