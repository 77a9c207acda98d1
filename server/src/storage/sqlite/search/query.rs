//! Searches: the index proposes messages, the newest first, and the database says what they are now.

use confab_shared::{
    id::{ConversationId, UserId},
    message::Message,
};
use rusqlite::{Connection, Rows};
use rustc_hash::FxHashSet;

use super::batch::{IDS_PER_MS, first_id, time_of};
use crate::{
    domain::{
        search::{HitKey, Search, Window},
        search_terms::{self, Condition},
    },
    storage::{
        search::SearchRun,
        sqlite::{
            messages,
            tables::position::{conversation_of, seq_of},
        },
    },
};

/// How many proposals a search looks at, those included that the user may not see.
const MAX_PROPOSALS: usize = 10_000;

/// How many messages a search reads.
const MAX_READS: usize = 300;

/// A user with as many conversations at most searches them by their terms, where they are a small part of all.
const MAX_CONVERSATION_TERMS: usize = 32;

/// Searches messages that a user may see. `events` is about how many events are indexed.
pub(super) fn search(
    database: &Connection,
    index: &Connection,
    events: u64,
    user: UserId,
    search: &Search,
) -> rusqlite::Result<SearchRun> {
    let mut conditions = search_terms::of_search(search);
    let joined = conversations(database, user)?;
    let events_of_user: u64 = joined.iter().map(|(_, events)| events).sum();
    let mut joined: FxHashSet<_> = joined.into_iter().map(|(id, _)| id).collect();
    if let Some(asked) = search.conversations() {
        joined.retain(|id| asked.binary_search(id).is_ok());
        conditions.push(search_terms::in_one_of(joined.iter().copied()));
    } else if joined.len() <= MAX_CONVERSATION_TERMS && events_of_user < events / 4 {
        conditions.push(search_terms::in_one_of(joined.iter().copied()));
    }
    let is_empty = |condition: &Condition| matches!(condition, Condition::OneOf(terms) if terms.is_empty());
    if search.matcher.is_empty() || joined.is_empty() || conditions.iter().any(is_empty) {
        return Ok(SearchRun::default());
    }
    let (from, until) = search.times();
    let first = first_id(from);
    let last = until.map_or(i64::MAX, |until| first_id(until) - 1);
    let last = search.before.map_or(last, |before| last.min(first_id(before.at) + IDS_PER_MS - 1));
    let mut window = Window::new(search);
    let reached = match expression(&conditions) {
        Some(expression) => {
            // FTS5 goes through the ids in the order that is asked for, and reads no further than it is asked to.
            let mut query = index.prepare_cached(
                "SELECT term.rowid, document.position FROM term CROSS JOIN document ON document.id = term.rowid \
                 WHERE term MATCH ?1 AND term.rowid BETWEEN ?2 AND ?3 ORDER BY term.rowid DESC",
            )?;
            look_at(database, query.query((expression, first, last))?, &joined, &mut window)?
        }
        None => {
            let mut query = index.prepare_cached(
                "SELECT id, position FROM document WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
            )?;
            look_at(database, query.query((first, last))?, &joined, &mut window)?
        }
    };
    let page = window.page(reached);
    let users = messages::named(database, page.hits.iter().flat_map(|(_, message)| message.users()))?;
    Ok(SearchRun { page, users })
}

/// The conversations of a user, each with the number of its events that are compacted.
fn conversations(database: &Connection, user: UserId) -> rusqlite::Result<Vec<(ConversationId, u64)>> {
    database
        .prepare_cached(
            "SELECT m.conversation, c.head_seq FROM member m JOIN conversation c ON c.id = m.conversation \
             WHERE m.user = ?1",
        )?
        .query_map([user.0], |row| Ok((ConversationId(row.get(0)?), row.get(1)?)))?
        .collect()
}

/// Offers proposals, the newest first, to a window, until that is full or enough was looked at. Answers the last place that
/// was looked at, where there may be more.
fn look_at(
    database: &Connection,
    mut proposals: Rows<'_>,
    joined: &FxHashSet<ConversationId>,
    window: &mut Window<'_>,
) -> rusqlite::Result<Option<HitKey>> {
    let (mut looked_at, mut read) = (0, 0);
    let mut reached: Option<HitKey> = None;
    // Those of one millisecond, which are in no order.
    let mut group: Vec<HitKey> = Vec::new();
    loop {
        let proposal = match proposals.next()? {
            Some(row) => {
                let (id, position): (i64, u64) = (row.get(0)?, row.get(1)?);
                Some(HitKey {
                    at: time_of(id),
                    conversation: conversation_of(position),
                    seq: seq_of(position),
                })
            }
            None => None,
        };
        let ends_group = match (group.last(), proposal) {
            (Some(last), Some(next)) => last.at != next.at,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if ends_group {
            group.sort_unstable_by(|a, b| b.cmp(a));
            for key in group.drain(..) {
                if window.is_full() || read >= MAX_READS {
                    return Ok(reached);
                }
                reached = Some(key);
                if joined.contains(&key.conversation) && window.covers(key) {
                    read += 1;
                    if let Some(message) = message(database, key)? {
                        window.offer(key, message);
                    }
                }
            }
            if window.is_full() || looked_at >= MAX_PROPOSALS {
                return Ok(reached);
            }
        }
        let Some(next) = proposal else { return Ok(None) };
        looked_at += 1;
        group.push(next);
    }
}

fn message(database: &Connection, key: HitKey) -> rusqlite::Result<Option<Message>> {
    messages::message(database, key.conversation, key.seq)
}

/// Conditions in the language of FTS5; none where they ask for no term.
fn expression(conditions: &[Condition]) -> Option<String> {
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Term(term) => wanted.push(quoted(term)),
            Condition::Prefix(prefix) => wanted.push(format!("{} *", quoted(prefix))),
            Condition::OneOf(terms) => {
                let terms: Vec<_> = terms.iter().map(|term| quoted(term)).collect();
                wanted.push(format!("({})", terms.join(" OR ")));
            }
            Condition::Not(term) => unwanted.push(quoted(term)),
        }
    }
    if wanted.is_empty() {
        return None;
    }
    let wanted = wanted.join(" AND ");
    Some(match unwanted.is_empty() {
        true => wanted,
        false => format!("({wanted}) NOT ({})", unwanted.join(" OR ")),
    })
}

/// A term as a string. No term has a quote.
fn quoted(term: &str) -> String {
    format!("\"{term}\"")
}
