//! Locks the conversations of a batch, in one order on every node, and loads what its commands need: in one round trip, by
//! statements that each take all keys at once. A statement sees what was committed when it began, so those behind the one
//! that locks see nothing change that the locks are for.

mod statements;

use confab_shared::{
    attachment::Attachment,
    emoji::Emoji,
    id::{ClientId, ConversationId, Seq, UserId},
};
use deadpool_postgres::Client;
use rustc_hash::FxHashMap;
use tokio_postgres::{Row, types::Json};
use uuid::Uuid;

use self::statements::{
    CONVERSATIONS, DELETED_BEHIND, EARLIER, MARK, MEMBERS, MESSAGES, MET, NOT_SHARING, PENDING_REQUESTS,
    POSITIONS, QUOTING, REACTIONS, REQUESTS, TAIL, TAKING_PART, THREAD_REPLIES, THREADS, UNCHANGED, USERS,
};
use super::{
    conversation::{WorkingConversation, WorkingMember},
    keys::Keys,
    members::{MemberCache, Members},
    message::WorkingMessage,
    pipeline::{self, Query},
    working_set::{NamedUser, WorkingSet},
};
use crate::{
    domain::{
        attachment::LoadedAttachment,
        audience::Audience,
        consent::{ConsentSetting, RequestState},
        earlier::Earlier,
        event_position::EventPosition,
        read_position::{MAX_OWN_BEHIND, StoredPosition, TailEntry, TopTwoReaders},
    },
    storage::postgres::{
        attachment_statements::LOAD as LOAD_ATTACHMENTS,
        columns::{Columns, parameter},
        failure::Failure,
        messages::Change,
    },
};

/// Which batch a transaction is: the last statement of the writer's that a lost connection leaves in doubt.
#[derive(Clone, Copy, Debug)]
pub(in crate::storage::postgres) struct BatchMarker {
    /// The node: one run of a process.
    pub(in crate::storage::postgres) node: Uuid,
    /// Counts the node's batches.
    pub(in crate::storage::postgres) number: i64,
}

/// A statement, and what takes in each of its rows.
type Step<'a> = (Query<'a>, fn(&mut WorkingSet, &mut Columns<'_>) -> Result<(), Failure>);

/// Begins the transaction of a batch, and loads its working set.
///
/// # Errors
/// The database's. The transaction may be open then.
pub(in crate::storage::postgres) async fn load(
    client: &Client,
    marker: BatchMarker,
    keys: &Keys<'_>,
    cache: &MemberCache,
) -> Result<WorkingSet, Failure> {
    let ids: Vec<i64> = keys.conversations.iter().copied().collect();
    let (lows, highs) = unzipped(&keys.pairs);
    let cached = |id: &i64| cache.get(ConversationId(id.unsigned_abs())).map_or(-1, |m| parameter(m.version));
    let versions: Vec<i64> = ids.iter().map(cached).collect();
    let mut queries = vec![
        Query::new("BEGIN"),
        Query::new(MARK).with(marker.node).with(marker.number),
        Query::new(CONVERSATIONS).with(ids.clone()).with(lows).with(highs),
        Query::new(MEMBERS).with(ids).with(versions),
    ];
    let first_step = queries.len();
    let mut loaders = Vec::new();
    for (query, loader) in steps(keys) {
        queries.push(query);
        loaders.push(loader);
    }
    let results = pipeline::execute(client, &queries).await?;
    let mut set = WorkingSet::default();
    for row in &results[2] {
        let (conversation, is_cached) = conversation(row, cache)?;
        let id = conversation.conversation.id;
        set.directs.extend(conversation.pair.map(|pair| (pair, id)));
        set.conversations.insert(id, conversation);
        if !is_cached {
            set.uncached.push(id);
        }
    }
    load_members(&mut set, &results[3])?;
    for (rows, loader) in results[first_step..].iter().zip(loaders) {
        rows.iter().try_for_each(|row| loader(&mut set, &mut Columns::of(row)))?;
    }
    Ok(set)
}

/// The statements for what only some batches need.
fn steps<'k>(keys: &'k Keys<'k>) -> Vec<Step<'k>> {
    let mut steps: Vec<Step<'k>> = Vec::new();
    let mut add = |wanted: bool, query: fn(&'k Keys<'k>) -> Query<'k>, load| {
        if wanted {
            steps.push((query(keys), load));
        }
    };
    add(!keys.actors.is_empty(), |keys| pairs(POSITIONS, &keys.actors), position);
    add(!keys.readers.is_empty(), not_sharing_query, not_sharing);
    add(!keys.commands.is_empty(), |keys| commands(EARLIER, keys), earlier);
    add(!keys.commands.is_empty(), |keys| commands(UNCHANGED, keys), unchanged);
    add(!keys.name_keys.is_empty(), users, user);
    add(!keys.meetings.is_empty(), |keys| meetings(MET, keys), met);
    add(!keys.meetings.is_empty(), |keys| meetings(TAKING_PART, keys), taking_part);
    add(!keys.meetings.is_empty(), pending_requests, request);
    add(!keys.invited.is_empty() || !keys.requests.is_empty(), requests, request);
    add(!keys.messages.is_empty(), messages, message);
    add(!keys.threads.is_empty(), |keys| pairs(THREADS, &keys.threads), thread);
    add(!keys.threads.is_empty(), |keys| pairs(THREAD_REPLIES, &keys.threads), thread_reply);
    add(!keys.reactions.is_empty(), reactions, reaction);
    add(!keys.deletions.is_empty(), |keys| pairs(QUOTING, &keys.deletions), quoting);
    add(!keys.attachments.is_empty(), attachments, attachment);
    add(!keys.reads.is_empty(), tail_query, tail);
    add(!keys.reads.is_empty(), |keys| pairs(DELETED_BEHIND, &keys.reads), deleted_behind);
    steps
}

/// The columns of keys.
fn unzipped<'k, A: Copy + 'k, B: Copy + 'k>(keys: impl IntoIterator<Item = &'k (A, B)>) -> (Vec<A>, Vec<B>) {
    keys.into_iter().copied().unzip()
}

fn pairs<'k>(sql: &'k str, keys: impl IntoIterator<Item = &'k (i64, i64)>) -> Query<'k> {
    let (first, second) = unzipped(keys);
    Query::new(sql).with(first).with(second)
}

fn commands<'k>(sql: &'k str, keys: &'k Keys<'k>) -> Query<'k> {
    let (senders, ids) = unzipped(&keys.commands);
    Query::new(sql).with(senders).with(ids)
}

fn users<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    Query::new(USERS).with(keys.name_keys.iter().copied().collect::<Vec<&str>>())
}

fn not_sharing_query<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    Query::new(NOT_SHARING).with(keys.readers.iter().copied().collect::<Vec<i64>>())
}

fn meetings<'k>(sql: &'k str, keys: &'k Keys<'k>) -> Query<'k> {
    let ((named, actors), (lows, highs)) = (unzipped(&keys.meetings), unzipped(&keys.pairs));
    let locked: Vec<i64> = keys.conversations.iter().copied().collect();
    Query::new(sql).with(named).with(actors).with(locked).with(lows).with(highs)
}

fn pending_requests<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    Query::new(PENDING_REQUESTS).with(unzipped(&keys.meetings).0)
}

fn requests<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    let ((named, groups), (own, users)) = (unzipped(&keys.invited), unzipped(&keys.requests));
    Query::new(REQUESTS).with(named).with(groups).with(own).with(users)
}

fn messages<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    let (conversations, seqs) = unzipped(&keys.deletions);
    pairs(MESSAGES, &keys.messages).with(conversations).with(seqs)
}

fn reactions<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    let messages = keys.reactions.iter().map(|(message, ..)| message);
    let emoji: Vec<&str> = keys.reactions.iter().map(|(_, emoji, _)| *emoji).collect();
    let users: Vec<i64> = keys.reactions.iter().map(|(.., user)| *user).collect();
    let enough = keys.reactions.len() as u64 + 2;
    pairs(REACTIONS, messages).with(emoji).with(users).with(parameter(enough))
}

fn attachments<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    Query::new(LOAD_ATTACHMENTS).with(keys.attachments.iter().copied().collect::<Vec<Uuid>>())
}

fn tail_query<'k>(keys: &'k Keys<'k>) -> Query<'k> {
    pairs(TAIL, &keys.reads).with(parameter(MAX_OWN_BEHIND))
}

/// A conversation, and whether its members are cached.
fn conversation(row: &Row, cache: &MemberCache) -> Result<(WorkingConversation, bool), Failure> {
    let mut columns = Columns::of(row);
    let (conversation, pair) = columns.conversation(UserId(0))?;
    let version = columns.number()?;
    let cached = cache.get(conversation.id).filter(|members| members.version == version).cloned();
    let is_cached = cached.is_some();
    let members = cached.unwrap_or_else(|| Members::none(version, conversation.kind, pair));
    let mut conversation = WorkingConversation::new(conversation, pair, members);
    conversation.conversation.peer = None;
    conversation.readers =
        TopTwoReaders { furthest: columns.seq()?, by: columns.user_id()?, second: columns.seq()? };
    Ok((conversation, is_cached))
}

fn load_members(set: &mut WorkingSet, rows: &[Row]) -> Result<(), Failure> {
    let mut loaded: FxHashMap<ConversationId, (Vec<UserId>, Vec<UserId>)> = FxHashMap::default();
    for row in rows {
        let mut columns = Columns::of(row);
        let (users, admins) = loaded.entry(columns.conversation_id()?).or_default();
        let user = columns.user_id()?;
        users.push(user);
        if columns.is_admin()? {
            admins.push(user);
        }
    }
    for (id, (users, admins)) in loaded {
        let members = &mut set.conversation(id)?.members;
        (members.audience, members.admins) = (Audience::of(users), admins.into());
    }
    Ok(())
}

fn position(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let conversation = set.conversation(columns.conversation_id()?)?;
    let (user, is_admin) = (columns.user_id()?, columns.is_admin()?);
    let takes_part = columns.get()?;
    let position = StoredPosition { read_seq: columns.seq()?, read_ordinal: columns.number()? };
    conversation.deletions.add_count(position.read_seq, columns.number()?);
    conversation.positions.insert(user, WorkingMember { position, is_admin, takes_part, changed: false });
    Ok(())
}

fn not_sharing(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    set.not_sharing.insert(columns.user_id()?);
    Ok(())
}

fn earlier(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let event = columns.event()?.event;
    let client_id = event.client_id.ok_or_else(Failure::missing)?;
    set.earlier.insert((event.by, client_id), Earlier::of(&event));
    Ok(())
}

fn unchanged(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let key = (columns.user_id()?, ClientId(columns.get()?));
    let (conversation, seq, at) = (columns.conversation_id()?, columns.seq()?, columns.timestamp()?);
    set.earlier.insert(key, Earlier { position: EventPosition { conversation, seq, at }, event: None });
    Ok(())
}

fn user(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let (name_key, user) = (columns.get()?, columns.user()?);
    let consent =
        ConsentSetting { chosen: columns.get()?, role: columns.server_role()?, kind: columns.user_kind()? };
    set.users.insert(name_key, NamedUser { user, consent });
    Ok(())
}

fn met(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    set.met.insert((columns.user_id()?, columns.user_id()?));
    Ok(())
}

fn taking_part(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let (id, user) = (columns.conversation_id()?, columns.user_id()?);
    // Another node may just have made the conversation.
    if let Some(conversation) = set.conversations.get_mut(&id) {
        conversation.taking_part.insert(user);
    }
    Ok(())
}

fn request(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let (group, user, by) = (columns.conversation_id()?, columns.user_id()?, columns.user_id()?);
    let state = if columns.get()? { RequestState::Declined } else { RequestState::Pending };
    set.requests.load(user, group, by, state);
    Ok(())
}

fn message(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let (after, author) = (columns.optional_number()?.map(Seq), columns.user()?);
    let event = columns.event()?.event;
    let conversation = set.conversation(event.conversation)?;
    let posted = WorkingMessage::posted(&event, author).ok_or_else(Failure::missing)?;
    conversation.messages.insert(event.seq, posted.with(Change::of(columns)?));
    conversation.message_before.extend(after.map(|after| (after, event.seq)));
    Ok(())
}

fn thread(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let conversation = set.conversation(columns.conversation_id()?)?;
    let thread = conversation.threads.of(columns.seq()?);
    thread.add_face(columns.number()?, columns.seq()?, columns.timestamp()?, columns.user()?);
    Ok(())
}

fn thread_reply(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let conversation = set.conversation(columns.conversation_id()?)?;
    let thread = conversation.threads.of(columns.seq()?);
    thread.add_loaded(columns.seq()?, columns.timestamp()?, columns.user()?);
    Ok(())
}

fn reaction(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let id = columns.conversation_id()?;
    let key = (columns.seq()?, Emoji::existing(columns.get()?), columns.user_id()?);
    // The conversation may not exist.
    if let Some(conversation) = set.conversations.get_mut(&id) {
        conversation.reactions.load(key, columns.number()?, columns.get()?);
    }
    Ok(())
}

fn quoting(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let message = columns.seq()?;
    let stored = columns.event()?;
    set.quoting.entry((stored.event.conversation, message)).or_default().push(stored);
    Ok(())
}

fn attachment(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let owner = columns.user_id()?;
    let attachment = columns.get::<Json<Attachment>>()?.0;
    let loaded = LoadedAttachment { attachment, owner, is_sent: columns.get()? };
    set.attachments.insert(loaded.attachment.id, loaded);
    Ok(())
}

fn tail(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let conversation = set.conversation(columns.conversation_id()?)?;
    let (seq, by, is_message, ordinal) =
        (columns.seq()?, columns.user_id()?, columns.get()?, columns.number()?);
    conversation.tail.insert(seq, TailEntry { seq, by, is_message, is_deleted: false, ordinal });
    if columns.get()? {
        conversation.deletions.add_loaded(seq);
    }
    Ok(())
}

fn deleted_behind(set: &mut WorkingSet, columns: &mut Columns<'_>) -> Result<(), Failure> {
    let conversation = set.conversation(columns.conversation_id()?)?;
    conversation.deletions.add_count(columns.seq()?, columns.number()?);
    Ok(())
}
