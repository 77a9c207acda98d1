//! The server, as far as a client can see it.

use confab_shared::{
    api::{ConversationView, EventPage},
    conversation::{Conversation, ConversationKind, LastMessage},
    event::{Event, EventBody, Joined, Posted, Renamed, TopicChanged},
    id::{ClientId, Seq, Timestamp, UserId},
    protocol::{ReadSignal, Welcome},
    state::FetchRequest,
};

use super::{HERE, ME, user};

/// The fewest events that force a client to fetch more than once.
const PAGE: usize = 5;

/// One conversation, its log, and how far the client has read.
#[derive(Clone, Debug)]
pub struct Truth {
    /// Whether the client is in it.
    pub member: bool,
    pub log: Vec<Event>,
    pub view: Conversation,
}

impl Truth {
    pub fn new() -> Self {
        let view = Conversation {
            member_count: 3,
            ..Conversation::new(HERE, ConversationKind::Group, Timestamp(0))
        };
        Self { member: true, log: Vec::new(), view }
    }

    /// Appends as the store does, counting in its own way.
    pub fn append(
        &mut self,
        by: UserId,
        client_id: Option<ClientId>,
        body: impl FnOnce(u64) -> EventBody,
    ) -> Event {
        let body = body(self.view.message_count + 1);
        let seq = Seq(self.log.len() as u64 + 1);
        let event = Event { conversation: HERE, seq, at: Timestamp(1000 + seq.0), by, client_id, body };
        let nothing_unread = self.unread() == 0;
        self.log.push(event.clone());
        self.view.head_seq = seq;
        match &event.body {
            EventBody::Posted(Posted { text, .. }) => {
                self.view.message_count += 1;
                self.view.last_activity_at = event.at;
                let text = text.as_str().chars().take(120).collect();
                self.view.last_message = Some(LastMessage { by, at: event.at, text });
                if by == ME && nothing_unread {
                    self.view.read_seq = seq;
                }
            }
            EventBody::Renamed(Renamed { title }) => self.view.title = Some(title.clone()),
            EventBody::Topic(TopicChanged { topic }) => self.view.topic = topic.clone(),
            EventBody::Joined(Joined { users }) => {
                self.view.member_count += users.len() as u64;
                if users.contains(&ME) {
                    self.member = true;
                    self.view.read_seq = seq;
                }
            }
            EventBody::Left(_) => {
                self.view.member_count -= 1;
                self.member &= by != ME;
            }
            EventBody::Unknown => {}
        }
        self.view.read_count = self.view.message_count - self.unread();
        self.view.mentions = self.mentions();
        event
    }

    /// Counted one by one.
    pub fn unread(&self) -> u64 {
        let after = |event: &&Event| event.seq > self.view.read_seq;
        let posted = |event: &&Event| matches!(event.body, EventBody::Posted(_));
        self.log.iter().filter(after).filter(posted).count() as u64
    }

    /// The unread messages that call the reader.
    fn mentions(&self) -> Vec<Seq> {
        let calls = |event: &&Event| matches!(&event.body, EventBody::Posted(Posted { mentions, .. }) if mentions.contains(&ME));
        self.log.iter().filter(calls).map(|event| event.seq).filter(|seq| *seq > self.view.read_seq).collect()
    }

    pub fn read(&mut self, seq: Seq) -> Option<ReadSignal> {
        let seq = seq.min(self.view.head_seq);
        if seq <= self.view.read_seq {
            return None;
        }
        // What one wrote oneself, right behind what one has read, was read too.
        let posted = |event: &&Event| matches!(event.body, EventBody::Posted(_));
        let behind = self.log.iter().filter(|event| event.seq > seq).filter(posted);
        let seq = behind.take_while(|event| event.by == ME).last().map_or(seq, |event| event.seq);
        self.view.read_seq = seq;
        self.view.read_count = self.view.message_count - self.unread();
        self.view.mentions = self.mentions();
        Some(ReadSignal { conversation: HERE, user: ME, read_seq: seq, read_count: self.view.read_count })
    }

    /// The conversation, where the client is in it.
    pub fn view(&self) -> Option<Conversation> {
        self.member.then(|| self.view.clone())
    }

    pub fn welcome(&self) -> Welcome {
        Welcome {
            you: user(ME),
            conversations: self.view().into_iter().collect(),
            users: vec![],
            presence: vec![],
            time: Timestamp(0),
        }
    }

    /// The answer to a fetch, as of now.
    pub fn answer(&self, need: FetchRequest) -> Answer {
        let len = self.log.len();
        let run = |first: usize, last: usize| {
            let events = self.log[first.min(last)..last.min(len)].to_vec();
            Answer::Page(need, EventPage { events, users: vec![], head_seq: self.view.head_seq })
        };
        if !self.member {
            return Answer::Gone;
        }
        match need {
            FetchRequest::Conversation(_) => {
                let conversation = self.view.clone();
                Answer::View(ConversationView { conversation, users: vec![], presence: vec![] })
            }
            FetchRequest::After(_, seq) => {
                let first = usize::try_from(seq.0).unwrap().min(len);
                run(first, (first + PAGE).min(len))
            }
            FetchRequest::Newest(_) => run(len.saturating_sub(PAGE), len),
            FetchRequest::Around(_, seq) => {
                let place = usize::try_from(seq.0).unwrap() - 1;
                run(place.saturating_sub(PAGE), place + PAGE)
            }
        }
    }

    /// The answer to a command, as of now.
    pub fn made(&self) -> Answer {
        Answer::Made(ConversationView { conversation: self.view.clone(), users: vec![], presence: vec![] })
    }

    /// The events before one, as of now.
    pub fn before(&self, seq: Seq) -> Answer {
        let last = usize::try_from(seq.0).unwrap().saturating_sub(1).min(self.log.len());
        let events = self.log[last.saturating_sub(PAGE)..last].to_vec();
        Answer::Beside(EventPage { events, users: vec![], head_seq: self.view.head_seq })
    }

    /// The events after one, as of now.
    pub fn after(&self, seq: Seq) -> Answer {
        let first = usize::try_from(seq.0).unwrap().min(self.log.len());
        let events = self.log[first..(first + PAGE).min(self.log.len())].to_vec();
        Answer::Beside(EventPage { events, users: vec![], head_seq: self.view.head_seq })
    }
}

#[derive(Clone, Debug)]
pub enum Answer {
    View(ConversationView),
    Made(ConversationView),
    Page(FetchRequest, EventPage),
    Beside(EventPage),
    Gone,
}
