//! The logs: events are added at the end, and read in runs.

use std::ops::ControlFlow;

use confab_shared::{event::{Event, EventBody, Joined, Left, Posted, Renamed}, id::{ClientId, ConversationId, Seq, Timestamp, UserId}, text::Title, user::User};
use rusqlite::{Connection, params};
use smallvec::smallvec;

use super::{
    accounts,
    command::Tx,
    conversations,
    log::Deed,
    mentions,
    runs::{self, Entry, Table},
};
use crate::store::{Appended, Committed, EventRun, NewBody, NewEvent, News, Placed, Range, StoredEvent};

pub(super) fn append(tx: &mut Tx<'_, '_>, new: &NewEvent) -> rusqlite::Result<Appended> {
    // Before anything else: a retry gets its answer even where the sender has left since.
    if let Some(client_id) = new.client_id
        && let Some((placed, deed)) = tx.log.of_command(tx.connection, tx.statements, new.by.id, client_id)?
    {
        let same = placed.conversation == new.conversation && deed == deed_of(&new.body);
        return Ok(if same { Appended::Event(placed) } else { Appended::OtherCommand });
    }
    let head = tx.log.head(tx.connection, new.conversation)?;
    if !head.is_some_and(|head| head.has(new.by.id)) {
        return Ok(Appended::NotMember);
    }
    let placed = write(tx, new.conversation, &new.by, new.client_id, new.at, &new.body)?;
    Ok(placed.map_or(Appended::NoChange, Appended::Event))
}

/// What a command would do. A message's text is not compared: a client that changes its mind about a text gives it
/// another id.
fn deed_of(body: &NewBody) -> Deed {
    match body {
        NewBody::Posted { .. } => Deed::Posted,
        NewBody::Joined(_) => Deed::Joined,
        NewBody::Renamed(_) => Deed::Renamed,
        NewBody::Left => Deed::Left,
    }
}

/// Gives an event the next seq, carries out what it says, and queues it to be published. The sender is a member.
pub(super) fn write(
    tx: &mut Tx<'_, '_>,
    id: ConversationId,
    by: &User,
    client_id: Option<ClientId>,
    at: Timestamp,
    new: &NewBody,
) -> rusqlite::Result<Option<Placed>> {
    let connection = tx.connection;
    let head = tx.log.head(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let seq = head.seq.next();
    let mut users = smallvec![by.clone()];
    let mut audience_before = None;
    let (body, legacy) = match new {
        NewBody::Posted { text, calls, legacy } => {
            let mentions = mentions::record(connection, (id, seq), head, by.id, calls)?;
            (EventBody::Posted(Posted { text: text.clone(), ordinal: head.message_count + 1, mentions }), legacy.clone())
        }
        NewBody::Joined(people) => {
            let mut added: Vec<_> = people.iter().map(|u| u.id).filter(|id| !head.has(*id)).collect();
            added.sort_unstable();
            added.dedup();
            if added.is_empty() {
                return Ok(None);
            }
            users.extend(people.iter().filter(|u| added.contains(&u.id) && u.id != by.id).cloned());
            conversations::add_members(connection, id, &added, seq, head.message_count)?;
            head.add(&added);
            (EventBody::Joined(Joined { users: added }), None)
        }
        NewBody::Renamed(title) => {
            rename(connection, id, title)?;
            head.title = Some(title.clone());
            (EventBody::Renamed(Renamed { title: title.clone() }), None)
        }
        NewBody::Left => {
            audience_before = Some(head.audience.clone());
            remove_member(connection, id, by.id, seq)?;
            head.remove(by.id);
            (EventBody::Left(Left {}), None)
        }
    };
    let event = Event { conversation: id, seq, at, by: by.id, client_id, body };
    let committed = Committed {
        stored: StoredEvent { event, legacy },
        users,
        audience: audience_before.unwrap_or_else(|| head.audience.clone()),
        kind: head.kind,
        title: head.title.clone(),
    };
    tx.log.add(connection, tx.statements, &committed.stored)?;
    let placed = Placed::of(&committed.stored.event);
    tx.committed.push(News::Event(committed));
    Ok(Some(placed))
}

fn rename(connection: &Connection, id: ConversationId, title: &Title) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE conversation SET title = ?2 WHERE id = ?1")?
        .execute(params![id.0, title.as_str()])?;
    Ok(())
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
    let settled = connection
        .prepare_cached("SELECT head FROM conversation WHERE id = ?1")?
        .query_row([id.0], |row| Ok(Seq(row.get(0)?)))?;
    let head = runs::newest(connection, id)?.unwrap_or(settled);
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
    let mut events = Vec::new();
    let mut take = |entry: Entry| {
        events.push(entry.stored);
        ControlFlow::Continue(())
    };
    runs::walk(connection, Table::Run, id, (Seq(first), Seq(last)), &mut take)?;
    if last > settled.0 {
        runs::walk(connection, Table::Recent, id, (Seq(first), Seq(last)), take)?;
    }
    let mut ids: Vec<_> = events.iter().flat_map(|stored| stored.event.names()).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = accounts::users(connection, &ids)?;
    Ok(Some(EventRun { events, users, head }))
}
