//! The list of conversations: its newest part comes with the welcome, the rest by page. A conversation that is not cached
//! may be in that rest: then it is unknown, and not left.

use super::{Doubt, FetchRequest, State, taken::Taken};
use crate::{
    api::ConversationPage,
    conversation::{Conversation, ListCursor},
    id::ConversationId,
};

impl State {
    /// Where the list has conversations that are not cached: the last one of the part that is cached without gaps.
    #[must_use]
    pub fn more(&self) -> Option<ListCursor> {
        self.more
    }

    /// Whether the next part of the list is being fetched.
    #[must_use]
    pub fn is_fetching_more(&self) -> bool {
        self.fetching_more
    }

    /// Begins to fetch the next part of the list: answers the cursor before which it is. None where all is cached, or it is
    /// being fetched.
    pub fn request_more(&mut self) -> Option<ListCursor> {
        let before = self.more.filter(|_| !self.fetching_more)?;
        self.fetching_more = true;
        Some(before)
    }

    /// Takes the part of the list that was fetched. Answers what its conversations lack.
    pub fn more_conversations(&mut self, before: ListCursor, page: ConversationPage) -> Vec<FetchRequest> {
        // After another welcome the list begins again.
        if self.more != Some(before) || !self.fetching_more {
            return Vec::new();
        }
        (self.more, self.fetching_more) = (page.more, false);
        self.add_users(page.users);
        self.presence.extend(page.presence.into_iter().map(|p| (p.user, p)));
        let mut requests = Vec::new();
        for conversation in page.conversations {
            let (id, head) = (conversation.id, conversation.head_seq);
            if self.take_conversation(conversation) != Taken::Left {
                // Events and read positions that arrived during the fetch may be newer than its answer.
                requests.extend(self.missing_items(id).or_else(|| self.gap_after(id, head)));
            }
        }
        requests
    }

    /// The fetch of the next part of the list failed. The driver waits before it fetches again.
    pub fn more_failed(&mut self) {
        self.fetching_more = false;
    }

    /// Whether a conversation that is not cached may be in the part of the list that is not cached.
    pub(super) fn may_be_beyond(&self, id: ConversationId) -> bool {
        self.more.is_some() && !self.gone.contains_key(&id)
    }

    /// Whether the answer to a pending fetch may bring a conversation that is not cached.
    pub(super) fn may_be_fetching(&self, id: ConversationId) -> bool {
        self.fetching.contains_key(&id) || self.fetching_more
    }

    /// The open conversation, taken out of what a welcome replaces.
    pub(super) fn take_open(&mut self) -> Option<Conversation> {
        self.conversations.remove(&self.open?)
    }

    /// Keeps the open conversation where it may be beyond the welcome. It is in doubt until it is fetched.
    pub(super) fn keep_beyond(&mut self, open: Option<Conversation>) {
        if let Some(open) =
            open.filter(|open| !self.conversations.contains_key(&open.id) && self.more.is_some())
        {
            self.doubtful_reads.insert(open.id, Doubt::New);
            self.conversations.insert(open.id, open);
        }
    }

    /// Takes a conversation as an answer has it.
    pub(super) fn take_conversation(&mut self, mut fresh: Conversation) -> Taken {
        let id = fresh.id;
        if self.gone.get(&id).is_some_and(|left| fresh.head_seq < *left) {
            return Taken::Left;
        }
        self.gone.remove(&id);
        let peers_read_seq = fresh.peers_read_seq;
        // An outdated answer may arrive after newer events, or from before the server got the newest read position: then
        // only what others have read is taken from it.
        let may_be_back =
            self.set_back.contains(&id) && self.doubtful_reads.get(&id) == Some(&Doubt::Requested);
        let is_outdated = |cached: &&mut Conversation| {
            fresh.head_seq < cached.head_seq || fresh.read_seq < cached.read_seq && !may_be_back
        };
        if let Some(cached) = self.conversations.get_mut(&id).filter(is_outdated) {
            cached.peers_read_seq = cached.peers_read_seq.max(peers_read_seq);
            return Taken::Outdated;
        }
        self.doubt_threads_of(id, fresh.head_seq);
        if let Some((typing, last)) = self.typing.get_mut(&id).zip(fresh.last_message.as_ref()) {
            typing.stop(last.by);
        }
        if let Some(cached) = self.conversations.get(&id) {
            // A signal of how far others have read may have arrived before the answer.
            fresh.peers_read_seq = peers_read_seq.max(cached.peers_read_seq);
        }
        self.group_request_ended(id);
        self.conversations.insert(id, fresh);
        Taken::Cached
    }
}
