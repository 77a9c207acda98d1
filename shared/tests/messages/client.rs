//! A client of one group, its log, and the events and commands of the tests.

use confab_shared::{
    api::MessagePage,
    command::{Command, Delete, Edit, Pin, React},
    conversation::{Conversation, ConversationKind, LastMessage, UnreadMention},
    emoji::Emoji,
    event::{Deleted, Edited, Event, EventBody, Pinned, Posted, Reacted},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::Message,
    protocol::{EventFrame, Limits, Welcome},
    state::{FetchRequest, MessageView, State},
    text::{MessageText, UserName},
    user::User,
};

pub const ME: UserId = UserId(1);
pub const ADA: UserId = UserId(2);
pub const TRIP: ConversationId = ConversationId(7);

pub fn event(seq: u64, by: UserId, body: impl Into<EventBody>) -> Event {
    let (conversation, at) = (TRIP, Timestamp(1_000 + seq));
    Event { conversation, seq: Seq(seq), at, by, client_id: None, body: body.into() }
}

pub fn text(text: &str) -> MessageText {
    MessageText::new(text).unwrap()
}

pub fn posted(ordinal: u64) -> Posted {
    Posted::new(text("hello"), ordinal, vec![])
}

pub fn edited(target: u64, to: &str, mentions: &[UserId], notify: &[UserId]) -> Edited {
    Edited::new(Seq(target), text(to), mentions.to_vec(), notify.to_vec())
}

pub fn deleted(target: u64) -> Deleted {
    Deleted::new(Seq(target), None)
}

pub fn reacted(target: u64, emoji: &str, on: bool) -> Reacted {
    Reacted { target: Seq(target), emoji: Emoji::existing(emoji), on }
}

pub fn pinned(target: u64, on: bool) -> Pinned {
    Pinned { target: Seq(target), on }
}

pub fn client_id(number: u64) -> ClientId {
    serde_json::from_str(&format!("\"0190d0a0-0000-7000-8000-{number:012x}\"")).unwrap()
}

/// A client of a group whose first events are messages of Ada.
pub struct Client {
    pub state: State,
    pub log: Vec<Event>,
}

impl Client {
    /// The group is known up to its last message, and nothing of it is read.
    pub fn knows(messages: u64) -> Self {
        let log: Vec<_> = (1..=messages).map(|seq| event(seq, ADA, posted(seq))).collect();
        let conversation = Conversation {
            member_count: 2,
            head_seq: Seq(messages),
            message_count: messages,
            last_message: Some(LastMessage::new(Seq(messages), ADA, Timestamp(1_000 + messages), "hello")),
            ..Conversation::new(TRIP, ConversationKind::Group, Timestamp(0))
        };
        let mut client = Self { state: State::default(), log };
        client.welcome(conversation);
        client
    }

    /// The group is open, and its items are cached.
    pub fn reads(messages: u64) -> Self {
        let mut client = Self::knows(messages);
        let request = client.state.open(Some(TRIP)).unwrap();
        assert_eq!(client.state.messages(request, client.page(1, messages)), None);
        client
    }

    pub fn welcome(&mut self, conversation: Conversation) -> Option<FetchRequest> {
        self.state.welcome(Welcome {
            you: User::new(ME, UserName::new("mei").unwrap()),
            conversations: vec![conversation],
            more: None,
            users: vec![],
            presence: vec![],
            group_requests: Vec::new(),
            threads: Vec::new(),
            unread_threads: 0,
            limits: Limits::default(),
            time: Timestamp(0),
        })
    }

    /// The items of a part of the log, as they are at its end.
    pub fn page(&self, first: u64, last: u64) -> MessagePage {
        let part = self.log.iter().filter(|event| (first..=last).contains(&event.seq.0));
        let mut items: Vec<_> = part.filter_map(Item::of).collect();
        for item in &mut items {
            if let Item::Message(message) = item {
                self.log.iter().for_each(|event| message.apply(event));
            }
        }
        let head_seq = self.log.last().unwrap().seq;
        MessagePage {
            items,
            quoted: vec![],
            root: None,
            users: vec![],
            head_seq,
            first_seq: Seq(first),
            last_seq: Seq(last),
        }
    }

    /// The next event of the log, which the client does not receive.
    pub fn happens(&mut self, by: UserId, body: impl Into<EventBody>) -> Event {
        let event = event(self.log.len() as u64 + 1, by, body);
        self.log.push(event.clone());
        event
    }

    /// The next event of the log.
    pub fn receives(&mut self, by: UserId, body: impl Into<EventBody>) -> Option<FetchRequest> {
        let event = self.happens(by, body);
        self.state.event(EventFrame { event, users: vec![] })
    }

    pub fn command(&mut self, number: u64, command: impl FnOnce(ClientId) -> Command) -> ClientId {
        let client_id = client_id(number);
        self.state.outbox.push(command(client_id), Timestamp(5_000));
        client_id
    }

    pub fn message(&self, seq: u64) -> &Message {
        self.state.timeline(TRIP).unwrap().message(Seq(seq)).unwrap()
    }

    pub fn view(&self, seq: u64) -> MessageView {
        self.state.message(TRIP, Seq(seq)).unwrap()
    }

    pub fn conversation(&self) -> &Conversation {
        self.state.conversation(TRIP).unwrap()
    }

    pub fn mentions(&self) -> Vec<(u64, u64)> {
        let mention = |mention: &UnreadMention| (mention.seq.0, mention.event.0);
        self.conversation().mentions.iter().map(mention).collect()
    }

    /// How many messages there are, and how many are unread.
    pub fn counts(&self) -> (u64, u64) {
        (self.conversation().message_count, self.conversation().unread())
    }
}

pub fn edit(target: u64, to: &str) -> impl FnOnce(ClientId) -> Command {
    let text = to.to_owned();
    move |client_id| Edit { client_id, conversation: TRIP, target: Seq(target), text }.into()
}

pub fn delete(target: u64) -> impl FnOnce(ClientId) -> Command {
    move |client_id| Delete { client_id, conversation: TRIP, target: Seq(target) }.into()
}

pub fn react(target: u64, emoji: &str, on: bool) -> impl FnOnce(ClientId) -> Command {
    let emoji = emoji.to_owned();
    move |client_id| React { client_id, conversation: TRIP, target: Seq(target), emoji, on }.into()
}

pub fn pin(target: u64, on: bool) -> impl FnOnce(ClientId) -> Command {
    move |client_id| Pin { client_id, conversation: TRIP, target: Seq(target), on }.into()
}
