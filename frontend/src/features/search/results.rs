//! What a search found, part by part, grouped by conversation.

use confab_shared::{
    api::{SearchCursor, SearchHit, SearchPage},
    id::{ConversationId, Seq, UserId},
};

/// A message that was found.
pub(super) type Key = (ConversationId, Seq);

pub(super) fn key(hit: &SearchHit) -> Key {
    (hit.conversation, hit.message.seq)
}

/// What was found, as far as it is fetched.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// What was searched for.
    pub(super) query: String,
    /// Part by part: what comes later moves nothing that is there.
    parts: Vec<Vec<SearchHit>>,
    /// Where the next part begins, where there is one.
    pub(super) cursor: Option<SearchCursor>,
    /// Whether the server has everything in its index.
    pub(super) complete: bool,
}

/// Messages of a conversation that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) conversation: ConversationId,
    pub(super) hits: Vec<Seq>,
}

impl Found {
    pub(super) fn new(query: String, page: SearchPage) -> Self {
        Self { query, parts: vec![page.hits], cursor: page.cursor, complete: page.complete }
    }

    /// Adds the next part, without what is there already.
    pub(super) fn extend(&mut self, page: SearchPage) {
        let new = page.hits.into_iter().filter(|hit| self.find(key(hit)).is_none()).collect();
        self.parts.push(new);
        (self.cursor, self.complete) = (page.cursor, page.complete);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(Vec::is_empty)
    }

    /// Whether it is no more than the first part.
    pub(super) fn is_first_part(&self) -> bool {
        self.parts.len() < 2
    }

    pub(super) fn find(&self, wanted: Key) -> Option<&SearchHit> {
        self.parts.iter().flatten().find(|hit| key(hit) == wanted)
    }

    /// The authors, those of the best hits first.
    pub(super) fn authors(&self) -> Vec<UserId> {
        self.parts.iter().flatten().map(|hit| hit.message.by).collect()
    }

    /// The groups, in the order of their best hits. A conversation has one in each part, unless the parts meet in it.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut groups = Vec::<Group>::new();
        for part in &self.parts {
            // The last group of the part before goes on.
            let first = groups.len().saturating_sub(1);
            for hit in part {
                match groups[first..].iter_mut().find(|group| group.conversation == hit.conversation) {
                    Some(group) => group.hits.push(hit.message.seq),
                    None => {
                        groups.push(Group { conversation: hit.conversation, hits: vec![hit.message.seq] });
                    }
                }
            }
        }
        groups
    }

    /// All hits, in the order in which they are shown.
    pub(super) fn keys(&self) -> Vec<Key> {
        let of = |group: Group| group.hits.into_iter().map(move |seq| (group.conversation, seq));
        self.groups().into_iter().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::{id::Timestamp, message::Message, text::MessageText};

    use super::*;

    fn page(hits: &[(u64, u64)]) -> SearchPage {
        let hit = |&(conversation, seq): &(u64, u64)| SearchHit {
            conversation: ConversationId(conversation),
            message: message(seq),
        };
        SearchPage { hits: hits.iter().map(hit).collect(), users: Vec::new(), cursor: None, complete: true }
    }

    fn message(seq: u64) -> Message {
        Message {
            seq: Seq(seq),
            at: Timestamp(0),
            by: UserId(1),
            client_id: None,
            text: MessageText::new("train").expect("a text"),
            mentions: Vec::new(),
            reply_to: None,
            thread: None,
            attachments: Vec::new(),
            previews: Vec::new(),
            also_in_conversation: false,
            replies: None,
            edited_at: None,
            reactions: Vec::new(),
            pinned: None,
            deleted: None,
        }
    }

    fn groups(found: &Found) -> Vec<(u64, Vec<u64>)> {
        let of = |group: Group| (group.conversation.0, group.hits.iter().map(|seq| seq.0).collect());
        found.groups().into_iter().map(of).collect()
    }

    #[test]
    fn hits_are_grouped_and_later_parts_move_nothing() {
        let mut found = Found::new("train".to_owned(), page(&[(1, 9), (2, 5), (1, 3)]));
        assert_eq!(groups(&found), [(1, vec![9, 3]), (2, vec![5])]);
        found.extend(page(&[(2, 4), (1, 2), (1, 9)]));
        assert_eq!(groups(&found), [(1, vec![9, 3]), (2, vec![5, 4]), (1, vec![2])]);
        assert_eq!(found.keys().len(), 5);
        assert!(found.find((ConversationId(1), Seq(2))).is_some());
        assert!(!found.is_empty() && !found.is_first_part());
    }

    #[test]
    fn nothing_found_is_empty() {
        assert!(Found::new(String::new(), page(&[])).is_empty());
    }
}
