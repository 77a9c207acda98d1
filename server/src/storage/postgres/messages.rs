//! Reads messages as they are now.

use std::collections::{HashMap, HashSet};

use confab_shared::{
    api::{Pins, Revision},
    emoji::Emoji,
    event::EventBody,
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::{Message, Reaction, Stamp, ThreadSummary},
    preview::Preview,
    text::MessageText,
};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::{Row, types::Json};

use super::{
    columns::{Columns, EVENT, limit as limit_parameter, parameter},
    connection::{query, query_opt, snapshot},
    failure::Failure,
    log::head_seq,
    users,
};
use crate::storage::{KeyedMessages, MessageRun, Range};

/// The columns of [`Change`]: of the changes `h` of a message and its pin `p`, which it may not have.
pub(super) const CHANGE: &str = "h.edited_at, h.text, h.mentions, h.mentioned, h.emoji, p.at, p.by, h.deleted_at, h.deleted_by, h.previews";

/// The columns of what a message `t` shows of its thread, which it may not have.
const REPLIES: &str = "t.reply_count, t.last_seq, t.last_at, t.faces";

/// What a message shows of its thread, from the columns of [`REPLIES`].
fn replies(columns: &mut Columns<'_>) -> Result<Option<ThreadSummary>, Failure> {
    let (count, last_seq) = (columns.optional_number()?, columns.optional_number()?);
    let (last_at, faces) = (columns.optional_timestamp()?, columns.get::<Option<Json<Vec<UserId>>>>()?);
    Ok(count.zip(last_seq).zip(last_at.zip(faces)).map(|((count, last_seq), (last_at, Json(faces)))| {
        ThreadSummary { count, last_seq: Seq(last_seq), last_at, faces }
    }))
}

/// What later events made of a message.
pub(super) struct Change {
    edit: Option<(Timestamp, MessageText, Vec<UserId>)>,
    /// The users whom any text of an edited message has mentioned.
    pub(super) mentioned: Option<Vec<UserId>>,
    /// The emoji of its reactions, in the order of their first use.
    pub(super) emoji: Vec<Emoji>,
    pinned: Option<Stamp>,
    deleted: Option<Stamp>,
    previews: Vec<Preview>,
}

impl Change {
    pub(super) fn of(columns: &mut Columns<'_>) -> Result<Self, Failure> {
        let (edited_at, text) = (columns.optional_timestamp()?, columns.get::<Option<&str>>()?);
        let mentions = columns.get::<Option<Json<Vec<UserId>>>>()?.map(|Json(users)| users);
        let edit = edited_at.zip(text).map(|(at, text)| (at, MessageText::existing(text)));
        Ok(Self {
            edit: edit.map(|(at, text)| (at, text, mentions.unwrap_or_default())),
            mentioned: columns.get::<Option<Json<Vec<UserId>>>>()?.map(|Json(users)| users),
            emoji: columns.get::<Option<Json<Vec<Emoji>>>>()?.map(|Json(emoji)| emoji).unwrap_or_default(),
            pinned: stamp(columns)?,
            deleted: stamp(columns)?,
            previews: columns
                .get::<Option<Json<Vec<Preview>>>>()?
                .map(|Json(previews)| previews)
                .unwrap_or_default(),
        })
    }

    /// Makes of a message what it is now, but for its reactions.
    pub(super) fn apply_to(&self, message: &mut Message) {
        if let Some((at, text, mentions)) = &self.edit {
            message.text = text.clone();
            message.mentions.clone_from(mentions);
            message.edited_at = Some(*at);
        }
        message.pinned = self.pinned;
        message.deleted = self.deleted;
        message.previews.clone_from(&self.previews);
    }
}

/// Who and when, from two columns.
fn stamp(columns: &mut Columns<'_>) -> Result<Option<Stamp>, Failure> {
    let (at, by) = (columns.optional_timestamp()?, columns.optional_number()?);
    Ok(at.zip(by).map(|(at, by)| Stamp { at, by: UserId(by) }))
}

pub(super) async fn messages(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> Result<Option<MessageRun>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some(head_seq) = head_seq(&snapshot, user, id).await? else { return Ok(None) };
    let end = head_seq.next();
    let (first_seq, last_seq, items) = match range {
        Range::Newest => older(&snapshot, id, end, limit).await?,
        Range::Before(seq) => older(&snapshot, id, seq.min(end), limit).await?,
        Range::After(seq) => newer(&snapshot, id, seq, head_seq, limit).await?,
        Range::Around(seq) => {
            let seq = seq.min(end);
            let (first_seq, _, mut items) = older(&snapshot, id, seq, limit / 2).await?;
            let after = Seq(seq.0.saturating_sub(1));
            let (_, last_seq, rest) = newer(&snapshot, id, after, head_seq, limit - limit / 2).await?;
            items.extend(rest);
            (first_seq, last_seq, items)
        }
    };
    Ok(Some(run(&snapshot, id, items, None, (head_seq, first_seq, last_seq)).await?))
}

/// Items with what they reply to, and all users whom they name.
pub(super) async fn run(
    client: &impl GenericClient,
    id: ConversationId,
    items: Vec<Item>,
    root: Option<Message>,
    (head_seq, first_seq, last_seq): (Seq, Seq, Seq),
) -> Result<MessageRun, Failure> {
    let quotes = MessageRun::quotes(&items);
    let quoted = if quotes.is_empty() { Vec::new() } else { of_seqs(client, id, &quotes).await? };
    let users = users::by_ids(client, MessageRun::named(&items, &quoted, root.as_ref())).await?;
    Ok(MessageRun { items, quoted, root, users, head_seq, first_seq, last_seq })
}

/// Messages as they are now, by their seqs, in seq order.
pub(super) async fn of_seqs(
    client: &impl GenericClient,
    id: ConversationId,
    seqs: &[Seq],
) -> Result<Vec<Message>, Failure> {
    let seqs: Vec<_> = seqs.iter().map(|seq| parameter(seq.0)).collect();
    let sql = format!(
        "{} WHERE e.conversation = $1 AND e.seq = ANY($2) AND e.kind = 'posted' ORDER BY e.seq",
        select()
    );
    let rows = query(client, &sql, &[&parameter(id.0), &seqs]).await?;
    Ok(messages_of(current(client, id, &rows).await?))
}

/// Messages as they are now, by their conversations and seqs.
pub(super) async fn of_keys(
    client: &impl GenericClient,
    keys: &[(ConversationId, Seq)],
) -> Result<HashMap<(ConversationId, Seq), Message>, Failure> {
    let (ids, seqs): (Vec<_>, Vec<_>) =
        keys.iter().map(|(id, seq)| (parameter(id.0), parameter(seq.0))).unzip();
    let sql = format!(
        "{} WHERE (e.conversation, e.seq) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[])) \
         AND e.kind = 'posted' ORDER BY e.conversation",
        select()
    );
    let rows = query(client, &sql, &[&ids, &seqs]).await?;
    let id = |row: &Row| Columns::of(row).conversation_id();
    let mut messages = HashMap::with_capacity(rows.len());
    for rows in rows.chunk_by(|row, next| id(row).ok() == id(next).ok()) {
        let id = id(&rows[0])?;
        let found = messages_of(current(client, id, rows).await?);
        messages.extend(found.into_iter().map(|message| ((id, message.seq), message)));
    }
    Ok(messages)
}

/// Messages by their conversations and seqs, as far as a user may see them.
pub(super) async fn by_key(
    client: &mut Client,
    user: UserId,
    keys: &[(ConversationId, Seq)],
) -> Result<KeyedMessages, Failure> {
    let snapshot = snapshot(client).await?;
    let ids: Vec<_> = keys.iter().map(|(id, _)| parameter(id.0)).collect();
    let sql = "SELECT conversation FROM member WHERE user_id = $1 AND conversation = ANY($2)";
    let rows = query(&snapshot, sql, &[&parameter(user.0), &ids]).await?;
    let joined: HashSet<_> =
        rows.iter().map(|row| Columns::of(row).conversation_id()).collect::<Result<_, _>>()?;
    let mut found = of_keys(&snapshot, keys).await?;
    found.retain(|(id, _), message| joined.contains(id) && message.deleted.is_none());
    let message = |key: &(ConversationId, Seq)| joined.contains(&key.0).then(|| found.get(key).cloned());
    let messages: Vec<_> = keys.iter().map(message).collect();
    let users = users::by_ids(&snapshot, KeyedMessages::named(&messages)).await?;
    Ok(KeyedMessages { messages, users })
}

/// Selects the columns of [`current`].
fn select() -> String {
    format!(
        "SELECT {EVENT}, {CHANGE}, {REPLIES} FROM event e \
         LEFT JOIN message_change h ON h.conversation = e.conversation AND h.seq = e.seq \
         LEFT JOIN pin p ON p.conversation = e.conversation AND p.seq = e.seq \
         LEFT JOIN thread t ON t.conversation = e.conversation AND t.root = e.seq"
    )
}

/// The messages of items.
fn messages_of(items: Vec<Item>) -> Vec<Message> {
    let message = |item| if let Item::Message(message) = item { Some(message) } else { None };
    items.into_iter().filter_map(message).collect()
}

/// The newest items before a seq, in seq order, and the part of the log that they are all items of.
async fn older(
    client: &impl GenericClient,
    id: ConversationId,
    before: Seq,
    limit: usize,
) -> Result<(Seq, Seq, Vec<Item>), Failure> {
    let condition = "e.seq < $2 AND e.target IS NULL ORDER BY e.seq DESC LIMIT $3";
    let mut items = items(client, id, condition, before, limit).await?;
    items.reverse();
    let first = match items.first() {
        Some(first) if items.len() == limit => first.seq(),
        _ if limit == 0 => before,
        _ => Seq(1),
    };
    Ok((first, Seq(before.0.saturating_sub(1)), items))
}

/// The oldest items after a seq.
async fn newer(
    client: &impl GenericClient,
    id: ConversationId,
    after: Seq,
    head_seq: Seq,
    limit: usize,
) -> Result<(Seq, Seq, Vec<Item>), Failure> {
    let condition = "e.seq > $2 AND e.target IS NULL ORDER BY e.seq LIMIT $3";
    let items = items(client, id, condition, after, limit).await?;
    let last = match items.last() {
        Some(last) if items.len() == limit => last.seq(),
        _ => head_seq,
    };
    Ok((Seq(after.0.saturating_add(1)), last, items))
}

/// Items as they are now, by a condition on a seq (`$2`) with a limit (`$3`).
async fn items(
    client: &impl GenericClient,
    id: ConversationId,
    condition: &str,
    seq: Seq,
    limit: usize,
) -> Result<Vec<Item>, Failure> {
    let sql = format!("{} WHERE e.conversation = $1 AND {condition}", select());
    let rows = query(client, &sql, &[&parameter(id.0), &parameter(seq.0), &limit_parameter(limit)]).await?;
    current(client, id, &rows).await
}

/// The items of rows of [`EVENT`], [`CHANGE`] and [`REPLIES`].
async fn current(
    client: &impl GenericClient,
    id: ConversationId,
    rows: &[Row],
) -> Result<Vec<Item>, Failure> {
    let mut items = Vec::with_capacity(rows.len());
    let mut reacted = Vec::new();
    for row in rows {
        let mut columns = Columns::of(row);
        let stored = columns.event()?;
        let change = Change::of(&mut columns)?;
        let replies = replies(&mut columns)?;
        let item = match &stored.event.body {
            EventBody::Posted(posted) => Some(Item::Message(Message::new(&stored.event, posted))),
            _ => Item::of(&stored.event),
        };
        let Some(mut item) = item else { continue };
        if let Item::Message(message) = &mut item {
            change.apply_to(message);
            message.replies = replies;
            if !change.emoji.is_empty() {
                reacted.push((message.seq, change.emoji));
            }
        }
        items.push(item);
    }
    if !reacted.is_empty() {
        let seqs: Vec<_> = reacted.iter().map(|(seq, _)| parameter(seq.0)).collect();
        let mut users = reactions(client, id, &seqs).await?;
        let mut reacted: HashMap<_, _> = reacted.into_iter().collect();
        for item in &mut items {
            if let Item::Message(message) = item
                && let Some(emoji) = reacted.remove(&message.seq)
            {
                let reaction = |emoji: Emoji| {
                    let users = users.remove(&(message.seq, emoji.clone()))?;
                    Some(Reaction { emoji, users })
                };
                message.reactions = emoji.into_iter().filter_map(reaction).collect();
            }
        }
    }
    Ok(items)
}

/// The users of each reaction to some messages, in the order of their reactions.
async fn reactions(
    client: &impl GenericClient,
    id: ConversationId,
    seqs: &[i64],
) -> Result<HashMap<(Seq, Emoji), Vec<UserId>>, Failure> {
    let sql =
        "SELECT seq, emoji, user_id FROM reaction WHERE conversation = $1 AND seq = ANY($2) ORDER BY event";
    let mut reactions: HashMap<_, Vec<_>> = HashMap::new();
    for row in query(client, sql, &[&parameter(id.0), &seqs]).await? {
        let mut columns = Columns::of(&row);
        let key = (columns.seq()?, Emoji::existing(columns.get()?));
        reactions.entry(key).or_default().push(columns.user_id()?);
    }
    Ok(reactions)
}

/// The texts of a message before the present one, the oldest first.
pub(super) async fn revisions(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> Result<Option<Option<Vec<Revision>>>, Failure> {
    let snapshot = snapshot(client).await?;
    if head_seq(&snapshot, user, id).await?.is_none() {
        return Ok(None);
    }
    let parameters = (parameter(id.0), parameter(seq.0));
    let sql = "SELECT FROM event e WHERE e.conversation = $1 AND e.seq = $2 AND e.kind = 'posted' AND NOT EXISTS \
         (SELECT FROM message_change h WHERE h.conversation = $1 AND h.seq = $2 AND h.deleted_at IS NOT NULL)";
    if query_opt(&snapshot, sql, &[&parameters.0, &parameters.1]).await?.is_none() {
        return Ok(Some(None));
    }
    let sql = format!(
        "SELECT {EVENT} FROM event e WHERE e.conversation = $1 AND (e.seq = $2 OR e.seq IN \
         (SELECT m.seq FROM message_event m WHERE m.conversation = $1 AND m.message = $2)) ORDER BY e.seq"
    );
    let rows = query(&snapshot, &sql, &[&parameters.0, &parameters.1]).await?;
    let mut revisions = Vec::new();
    for row in &rows {
        let event = Columns::of(row).event()?.event;
        match event.body {
            EventBody::Posted(posted) => revisions.push(Revision { at: event.at, text: posted.text }),
            EventBody::Edited(edited) => revisions.push(Revision { at: event.at, text: edited.text }),
            _ => {}
        }
    }
    // The last one is the present text.
    revisions.pop();
    Ok(Some(Some(revisions)))
}

/// The pinned messages, the last pinned first.
pub(super) async fn pins(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    limit: usize,
) -> Result<Option<Pins>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some(head_seq) = head_seq(&snapshot, user, id).await? else { return Ok(None) };
    let sql = format!(
        "SELECT {EVENT}, {CHANGE}, {REPLIES} FROM pin p JOIN event e ON e.conversation = p.conversation AND e.seq = p.seq \
         LEFT JOIN message_change h ON h.conversation = p.conversation AND h.seq = p.seq \
         LEFT JOIN thread t ON t.conversation = e.conversation AND t.root = e.seq \
         WHERE p.conversation = $1 ORDER BY p.at DESC, p.seq DESC LIMIT $2"
    );
    let rows = query(&snapshot, &sql, &[&parameter(id.0), &limit_parameter(limit)]).await?;
    let messages = messages_of(current(&snapshot, id, &rows).await?);
    let users = users::by_ids(&snapshot, messages.iter().flat_map(Message::users)).await?;
    Ok(Some(Pins { messages, users, head_seq }))
}
