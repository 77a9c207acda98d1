//! Which conversations of a user an answer has: the list may be long, and no answer has more than it is bounded to.

use std::cmp::Reverse;

use confab_shared::conversation::{Conversation, ListCursor};

/// A part of the list of a user's conversations, the latest activity first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListRange {
    /// The whole list.
    All,
    /// The newest `limit` conversations, at least one, and of the older ones those with unread messages, the newest `limit`
    /// of them.
    Initial {
        /// The bound of each.
        limit: usize,
    },
    /// The first `limit` conversations, at least one, of those before a cursor; without one, of the whole list.
    Before {
        /// The cursor, which is not in it.
        cursor: Option<ListCursor>,
        /// The bound.
        limit: usize,
    },
}

/// The conversations of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPart {
    /// The conversations, in the order of the list.
    pub conversations: Vec<Conversation>,
    /// Where the list goes on, the last conversation of the part that has no gaps.
    pub more: Option<ListCursor>,
}

impl ListRange {
    /// The part of a list, whose order does not matter.
    pub fn select(self, mut list: Vec<Conversation>) -> ListPart {
        list.sort_unstable_by_key(|conversation| Reverse(conversation.list_cursor()));
        match self {
            Self::All => ListPart { conversations: list, more: None },
            Self::Initial { limit } => {
                let (mut conversations, more, rest) = split(list, limit);
                conversations.extend(rest.into_iter().filter(|older| older.unread() > 0).take(limit));
                ListPart { conversations, more }
            }
            Self::Before { cursor, limit } => {
                list.retain(|conversation| cursor.is_none_or(|cursor| conversation.list_cursor() < cursor));
                let (conversations, more, _) = split(list, limit);
                ListPart { conversations, more }
            }
        }
    }
}

/// The beginning of a list, the cursor where it goes on, and the rest.
fn split(
    mut list: Vec<Conversation>,
    limit: usize,
) -> (Vec<Conversation>, Option<ListCursor>, Vec<Conversation>) {
    let rest = list.split_off(limit.min(list.len()));
    let more = list.last().filter(|_| !rest.is_empty()).map(Conversation::list_cursor);
    (list, more, rest)
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        conversation::ConversationKind,
        id::{ConversationId, Timestamp},
    };

    use super::*;

    /// Conversations with these ids, the times of their activity and how many messages are unread, in no order.
    fn list(all: &[(u64, u64, u64)]) -> Vec<Conversation> {
        let one = |(id, at, unread): &(u64, u64, u64)| Conversation {
            message_count: *unread,
            ..Conversation::new(ConversationId(*id), ConversationKind::Group, Timestamp(*at))
        };
        all.iter().map(one).collect()
    }

    fn ids(part: &ListPart) -> Vec<u64> {
        part.conversations.iter().map(|conversation| conversation.id.0).collect()
    }

    fn cursor(at: u64, id: u64) -> ListCursor {
        ListCursor { last_activity_at: Timestamp(at), id: ConversationId(id) }
    }

    #[test]
    fn the_initial_part_has_the_newest_and_what_is_unread_both_bounded() {
        let all = [(1, 10, 0), (2, 60, 0), (3, 50, 2), (4, 40, 0), (5, 30, 1), (6, 20, 1), (7, 15, 9)];
        let part = ListRange::Initial { limit: 2 }.select(list(&all));
        assert_eq!(ids(&part), [2, 3, 5, 6], "of the older ones two that are unread, and not the third");
        assert_eq!(part.more, Some(cursor(50, 3)), "where the newest end");
        for limit in [7, 8] {
            let part = ListRange::Initial { limit }.select(list(&all));
            assert_eq!((ids(&part), part.more), (vec![2, 3, 4, 5, 6, 7, 1], None));
        }
    }

    #[test]
    fn pages_follow_each_other_without_gaps_also_where_times_are_equal() {
        let all: Vec<_> = (1..=7).map(|id| (id, 100 + id / 3, 0)).collect();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let part = ListRange::Before { cursor: before, limit: 2 }.select(list(&all));
            seen.extend(ids(&part));
            before = part.more;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
        let beyond = ListRange::Before { cursor: Some(cursor(1, 1)), limit: 2 }.select(list(&all));
        assert_eq!((ids(&beyond), beyond.more), (vec![], None));
    }

    #[test]
    fn a_page_that_ends_the_list_names_no_next_one() {
        let all = [(1, 10, 0), (2, 20, 0)];
        assert_eq!(ListRange::Before { cursor: None, limit: 2 }.select(list(&all)).more, None);
        assert_eq!(ListRange::All.select(list(&all)).more, None);
    }
}
