//! Carries out one command in the open transaction: load, decide, write.

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    event::EventBody,
    id::{ClientId, ConversationId, Seq},
};
use rusqlite::{Connection, params};

use super::{changes, heads::Head, read_positions, target, transaction::Tx};
use crate::{
    domain::{
        command::Command,
        decision::{Append, Change, Create, Decision, Loaded, Needs, Outcome, Target},
        event_position::EventPosition,
        notification::StoredEvent,
        presence,
        read_position::StoredPosition,
    },
    storage::sqlite::tables::{
        attachments, conversations, group_requests, members, mentions, threads, users,
    },
};

pub(super) fn execute(tx: &mut Tx<'_, '_>, command: &Command) -> rusqlite::Result<Outcome> {
    if let Some(client_id) = command.client_id
        && let Some(earlier) =
            tx.write_buffer.earlier(tx.connection, tx.statements, command.actor.id, client_id)?
    {
        return Ok(command.answer_retry(&earlier));
    }
    let Needs { target, name_keys, message, quoted, attachments, asks_under, request, .. } = command.needs();
    let actor = command.actor.id;
    let named = users::by_name_keys(tx.connection, name_keys)?;
    let head = match find(tx.connection, target)? {
        Some(id) => tx.write_buffer.head(tx.connection, id)?,
        None => None,
    };
    let message = match (&head, message) {
        (Some(head), Some(needs)) => target::load(tx.connection, head, needs, actor)?,
        _ => None,
    };
    let quoted = match (&head, quoted) {
        (Some(head), Some(seq)) => target::quoted(tx.connection, head, seq)?,
        _ => None,
    };
    let attachments = match attachments {
        [] => Vec::new(),
        ids => attachments::load(tx.connection, ids)?,
    };
    let id = head.as_ref().map(|head| head.conversation.id);
    let asked = match asks_under {
        Some(access) => group_requests::asked(tx.connection, access, actor, id, &named)?,
        None => Vec::new(),
    };
    let request = match id.filter(|_| request) {
        Some(id) => group_requests::state(tx.connection, actor, id)?,
        None => None,
    };
    let loaded = Loaded {
        conversation: head.as_ref().map(|head| (&head.conversation, &head.members)),
        admins: head.as_ref().map_or(&[], |head| &head.admins),
        users: &named,
        message: message.as_ref(),
        quoted: quoted.as_ref(),
        attachments: &attachments,
        asked: &asked,
        request,
    };
    let decision = match command.decide(&loaded) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let at_head = |conversation: &Conversation| EventPosition {
        conversation: conversation.id,
        seq: conversation.head_seq,
        at: command.at,
    };
    let missing = || rusqlite::Error::QueryReturnedNoRows;
    Ok(Ok(match decision {
        Decision::Unchanged => {
            let position = at_head(&head.ok_or_else(missing)?.conversation);
            if let Some(client_id) = command.client_id {
                // Without an event, only this row says that the command was carried out.
                tx.statements.insert_unchanged.execute(params![
                    client_id.0.as_bytes(),
                    command.actor.id.0,
                    position.conversation.0,
                    position.seq.0,
                    position.at.0
                ])?;
            }
            position
        }
        Decision::Append(event) => {
            let id = head.ok_or_else(missing)?.conversation.id;
            append(tx, command, id, command.client_id, event)?
        }
        Decision::AppendAll(events) => {
            let position = at_head(&head.ok_or_else(missing)?.conversation);
            append_all(tx, command, position.conversation, events)?.unwrap_or(position)
        }
        Decision::Create(new) => create(tx, command, new)?,
        Decision::MarkRead(seq) => {
            let conversation = head.ok_or_else(missing)?.conversation.id;
            read_positions::mark_read(tx, conversation, command.actor.id, seq)?;
            EventPosition { conversation, seq, at: command.at }
        }
        Decision::MarkUnread(seq) => {
            let conversation = head.ok_or_else(missing)?.conversation.id;
            read_positions::mark_unread(tx, conversation, command.actor.id, seq)?;
            EventPosition { conversation, seq, at: command.at }
        }
    }))
}

fn find(connection: &Connection, target: Target) -> rusqlite::Result<Option<ConversationId>> {
    match target {
        Target::Conversation(id) => Ok(Some(id)),
        Target::New => Ok(None),
        Target::Direct(low, high) => conversations::direct(connection, low, high),
    }
}

/// Appends an event as the next of its conversation, writes its change, and queues it to be published.
fn append(
    tx: &mut Tx<'_, '_>,
    command: &Command,
    id: ConversationId,
    client_id: Option<ClientId>,
    append: Append,
) -> rusqlite::Result<EventPosition> {
    let connection = tx.connection;
    let Append { body, change, users, legacy, thread } = append;
    let head = head(tx, id)?;
    let event = command.event(&head.conversation, client_id, body);
    let mut audience = None;
    match &change {
        None | Some(Change::UpdateConversation) => {}
        Some(Change::Edit(edit)) => changes::edit(connection, &event, edit)?,
        Some(Change::Delete(deletion)) => changes::delete(connection, &event, deletion)?,
        Some(Change::React(change)) => changes::react(connection, &event, change)?,
        Some(Change::Pin(pinned)) => changes::pin(connection, &event, pinned.target, pinned.on)?,
        Some(Change::Preview(previewed)) => changes::preview(connection, &event, previewed)?,
        Some(Change::Mention(users)) => {
            mentions::insert(connection, id, event.seq, event.seq, event.by, users)?
        }
        Some(Change::AddMembers(users)) => {
            let position = StoredPosition { read_seq: event.seq, ..head.position_at_end() };
            members::add(connection, id, users, position)?;
            group_requests::delete(connection, id, users)?;
            head.members = head.members.with(users);
        }
        Some(Change::Invite(users)) => {
            group_requests::insert(connection, id, users, event.by, event.at)?;
        }
        Some(Change::RemoveMember(user)) => {
            members::remove(connection, id, *user)?;
            threads::leave(connection, id, *user)?;
            // The event is still for the member who left.
            audience = Some(head.members.clone());
            head.members = head.members.without(*user);
            head.forget_position(*user);
            head.admins.retain(|admin| admin != user);
            if head.members.is_empty() {
                group_requests::delete_all(connection, id)?;
            }
        }
    }
    if let EventBody::Posted(posted) = &event.body
        && !posted.attachments.is_empty()
    {
        attachments::set_message(connection, &posted.attachments, id, event.seq)?;
    }
    if let Some(thread) = thread {
        changes::thread(connection, &event, *thread)?;
    }
    let read_before = match event.body.timeline_message() {
        Some(_) => head.position(connection, event.by)?.map(|cached| cached.position),
        None => None,
    };
    let stored = StoredEvent { event, legacy };
    tx.write_buffer.add(connection, tx.statements, &stored)?;
    let head = self::head(tx, id)?;
    let begins = read_before.is_some() && head.author_takes_part(connection, stored.event.by)?;
    if change == Some(Change::UpdateConversation) {
        conversations::update(connection, &head.conversation)?;
    }
    let position = EventPosition::of(&stored.event);
    let audience = audience.unwrap_or_else(|| head.members.clone());
    let notifications = command.notifications(stored, users, change.as_ref(), audience, &head.conversation);
    tx.notifications.extend(notifications);
    if let Some(position) = read_before.filter(|_| begins) {
        read_positions::show_reader(tx, id, command.actor.id, position)?;
    }
    Ok(position)
}

/// Appends events, of which the first carries the command's id. Answers its position.
fn append_all(
    tx: &mut Tx<'_, '_>,
    command: &Command,
    id: ConversationId,
    events: Vec<Append>,
) -> rusqlite::Result<Option<EventPosition>> {
    let mut client_id = command.client_id;
    let mut first = None;
    for event in events {
        let position = append(tx, command, id, client_id.take(), event)?;
        first.get_or_insert(position);
    }
    Ok(first)
}

fn create(tx: &mut Tx<'_, '_>, command: &Command, new: Create) -> rusqlite::Result<EventPosition> {
    let connection = tx.connection;
    let id = conversations::insert(connection, new.kind, new.pair, command.at)?;
    let unread = StoredPosition { read_seq: Seq(0), read_ordinal: 0 };
    members::add(connection, id, &new.members, unread)?;
    if new.kind == ConversationKind::Group {
        members::set_admins(connection, id, &new.members)?;
    }
    if presence::founders_take_part(new.kind) {
        new.members.iter().try_for_each(|user| members::take_part(connection, id, *user))?;
    }
    let first = append_all(tx, command, id, new.events)?;
    // The actor has read how the conversation began.
    let head = head(tx, id)?;
    let StoredPosition { read_seq: seq, read_ordinal } = head.position_at_end();
    head.forget_position(command.actor.id);
    tx.statements.set_position.execute([id.0, command.actor.id.0, seq.0, read_ordinal])?;
    Ok(first.unwrap_or(EventPosition { conversation: id, seq, at: command.at }))
}

/// The head of a conversation that exists.
fn head<'t>(tx: &'t mut Tx<'_, '_>, id: ConversationId) -> rusqlite::Result<&'t mut Head> {
    tx.write_buffer.head(tx.connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}
