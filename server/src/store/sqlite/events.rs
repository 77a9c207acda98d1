//! The logs: events are added at the end, and read in runs.

use confab_shared::{
    ids::{ClientId, ConversationId, Seq, Timestamp, UserId},
    model::{Event, EventBody, LastMessage, User},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{accounts, conversations, mentions, rows, writer::Tx};
use crate::store::{Appended, Committed, EventRun, NewBody, NewEvent, Range, StoredEvent};

/// The event that a command made before.
pub(super) fn of_command(
    connection: &Connection,
    sender: UserId,
    client_id: ClientId,
) -> rusqlite::Result<Option<StoredEvent>> {
    connection
        .prepare_cached(&format!("SELECT {} FROM event WHERE sender = ?1 AND client_id = ?2", rows::EVENT))?
        .query_row(params![sender.0, client_id.0.as_bytes()], rows::event)
        .optional()
}

pub(super) fn append(tx: &mut Tx<'_>, new: &NewEvent) -> rusqlite::Result<Appended> {
    // Before anything else: a retry gets its answer even where the sender has left since.
    if let Some(client_id) = new.client_id
        && let Some(found) = of_command(tx.connection, new.by.id, client_id)?
    {
        return Ok(if same_command(&found.event, new) {
            Appended::Event(found.event)
        } else {
            Appended::OtherCommand
        });
    }
    let head = tx.heads.get(tx.connection, new.conversation)?;
    if !head.is_some_and(|head| head.has(new.by.id)) {
        return Ok(Appended::NotMember);
    }
    let event = write(tx, new.conversation, &new.by, new.client_id, new.at, &new.body)?;
    Ok(event.map_or(Appended::NoChange, Appended::Event))
}

/// Whether an event is what a command would make. A message's text is not compared: a client that changes its mind
/// about a text gives it another id.
fn same_command(event: &Event, new: &NewEvent) -> bool {
    event.conversation == new.conversation
        && matches!(
            (&event.body, &new.body),
            (EventBody::Posted { .. }, NewBody::Posted { .. })
                | (EventBody::Joined { .. }, NewBody::Joined(_))
                | (EventBody::Renamed { .. }, NewBody::Renamed(_))
                | (EventBody::Left, NewBody::Left)
        )
}

/// Gives an event the next seq, carries out what it says, and queues it to be published. The sender is a member.
pub(super) fn write(
    tx: &mut Tx<'_>,
    id: ConversationId,
    by: &User,
    client_id: Option<ClientId>,
    at: Timestamp,
    new: &NewBody,
) -> rusqlite::Result<Option<Event>> {
    let connection = tx.connection;
    let head = tx.heads.get(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let seq = head.seq.next();
    let mut users = vec![by.clone()];
    let mut audience_before = None;
    let (body, legacy) = match new {
        NewBody::Posted { text, calls, legacy } => {
            head.messages += 1;
            let mentions = mentions::record(connection, (id, seq), head, by.id, calls)?;
            (EventBody::Posted { text: text.clone(), ordinal: head.messages, mentions }, legacy.clone())
        }
        NewBody::Joined(people) => {
            let mut added: Vec<_> = people.iter().map(|u| u.id).filter(|id| !head.has(*id)).collect();
            added.sort_unstable();
            added.dedup();
            if added.is_empty() {
                return Ok(None);
            }
            users.extend(people.iter().filter(|u| added.contains(&u.id) && u.id != by.id).cloned());
            conversations::add_members(connection, id, &added, seq, head.messages)?;
            head.add(&added);
            (EventBody::Joined { users: added }, None)
        }
        NewBody::Renamed(title) => {
            head.title = Some(title.clone());
            (EventBody::Renamed { title: title.clone() }, None)
        }
        NewBody::Left => {
            audience_before = Some(head.audience.clone());
            remove_member(connection, id, by.id, seq)?;
            head.remove(by.id);
            (EventBody::Left, None)
        }
    };
    head.seq = seq;
    let committed = Committed {
        stored: StoredEvent {
            event: Event { conversation: id, seq, at, by: by.id, client_id, body },
            legacy,
        },
        users,
        audience: audience_before.unwrap_or_else(|| head.audience.clone()),
        kind: head.kind,
        title: head.title.clone(),
    };
    insert(connection, &committed.stored, head.messages)?;
    let event = committed.stored.event.clone();
    tx.committed.push(committed);
    Ok(Some(event))
}

fn remove_member(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
    last: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM member WHERE conversation = ?1 AND user = ?2")?
        .execute([id.0, user.0])?;
    mentions::forget(connection, user, id, last)?;
    connection
        .prepare_cached("UPDATE conversation SET member_count = member_count - 1 WHERE id = ?1")?
        .execute([id.0])?;
    Ok(())
}

/// The event's row, and its traces in the conversation's.
fn insert(connection: &Connection, stored: &StoredEvent, messages: u64) -> rusqlite::Result<()> {
    let event = &stored.event;
    let (text, body) = match &event.body {
        EventBody::Posted { text, mentions, .. } if mentions.is_empty() => (Some(text.as_str()), None),
        EventBody::Posted { text, mentions, .. } => (Some(text.as_str()), Some(rows::json(mentions)?)),
        other => (None, Some(rows::json(other)?)),
    };
    connection
        .prepare_cached(&format!(
            "INSERT INTO event ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            rows::EVENT
        ))?
        .execute(params![
            event.conversation.0,
            event.seq.0,
            event.at.0,
            event.by.0,
            event.client_id.as_ref().map(|id| id.0.as_bytes()),
            messages,
            text,
            body,
            stored.legacy.as_deref(),
        ])?;
    if let Some(text) = text { posted(connection, event, text, messages) } else { changed(connection, event) }
}

fn posted(connection: &Connection, event: &Event, text: &str, ordinal: u64) -> rusqlite::Result<()> {
    let last = LastMessage::new(event.by, event.at, text);
    connection
        .prepare_cached(
            "UPDATE conversation SET head = ?2, messages = ?3, active_at = ?4, last_by = ?5, last_at = ?4, \
             last_text = ?6 WHERE id = ?1",
        )?
        .execute(params![event.conversation.0, event.seq.0, ordinal, event.at.0, event.by.0, last.text])?;
    // Who had nothing unread has read what they wrote: `Conversation::fold` does the same.
    connection
        .prepare_cached(
            "UPDATE member SET cursor = ?3, read = ?4 WHERE conversation = ?1 AND user = ?2 AND read = ?4 - 1",
        )?
        .execute([event.conversation.0, event.by.0, event.seq.0, ordinal])?;
    Ok(())
}

fn changed(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE conversation SET head = ?2, active_at = ?3, title = coalesce(?4, title) WHERE id = ?1",
        )?
        .execute(params![
            event.conversation.0,
            event.seq.0,
            event.at.0,
            if let EventBody::Renamed { title } = &event.body { Some(title.as_str()) } else { None },
        ])?;
    Ok(())
}

pub(super) fn run(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> rusqlite::Result<Option<EventRun>> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let head = connection
        .prepare_cached("SELECT head FROM conversation WHERE id = ?1")?
        .query_row([id.0], |row| Ok(Seq(row.get(0)?)))?;
    // The log is gapless: a run is a range of seqs.
    let limit = limit as u64;
    let (first, last) = match range {
        Range::Newest => ((head.0 + 1).saturating_sub(limit), head.0),
        Range::Before(seq) => {
            (seq.0.min(head.0 + 1).saturating_sub(limit), seq.0.saturating_sub(1).min(head.0))
        }
        Range::After(seq) => (seq.0.saturating_add(1), seq.0.saturating_add(limit).min(head.0)),
    };
    if first > last {
        return Ok(Some(EventRun { events: Vec::new(), users: Vec::new(), head }));
    }
    let events = connection
        .prepare_cached(&format!(
            "SELECT {} FROM event WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
            rows::EVENT
        ))?
        .query_map([id.0, first, last], rows::event)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut ids: Vec<_> = events.iter().flat_map(|stored| stored.event.names()).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = accounts::users(connection, &ids)?;
    Ok(Some(EventRun { events, users, head }))
}
