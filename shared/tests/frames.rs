//! The wire, as it is written: a change here is a change that older pages and servers meet.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use confab_shared::{
    api::{
        Access, ConversationView, EventPage, Members, NewConversation, ServerInfo, SignIn, SignedIn, Users,
    },
    command::{AddMembers, Leave, Rename, Send, SetTopic},
    conversation::{Conversation, ConversationKind, LastMessage},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventBody, Joined, Left, Posted, Renamed, TopicChanged},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    legacy::LegacyFrame,
    protocol::{Ack, ClientFrame, EventFrame, ReadSignal, ServerFrame, Welcome},
    text::{MessageText, Title, Topic, UserName},
    user::{Presence, User},
};
use insta::assert_json_snapshot;
use serde::{Serialize, de::DeserializeOwned};

const HERE: ConversationId = ConversationId(7);
const AT: Timestamp = Timestamp(1_700_000_000_000);

fn command() -> ClientId {
    serde_json::from_str("\"0190d0a0-0000-7000-8000-000000000001\"").unwrap()
}

fn mei() -> User {
    User { id: UserId(2), name: UserName::new("mei").unwrap() }
}

fn ada() -> User {
    User { id: UserId(3), name: UserName::new("李雷").unwrap() }
}

fn here() -> Presence {
    Presence { user: UserId(3), online: true, last_seen: None }
}

fn gone() -> Presence {
    Presence { user: UserId(3), online: false, last_seen: Some(AT) }
}

fn direct() -> Conversation {
    Conversation {
        peer: Some(UserId(3)),
        member_count: 2,
        head_seq: Seq(9),
        message_count: 8,
        read_seq: Seq(5),
        read_count: 4,
        mentions: vec![Seq(8)],
        peers_read_seq: Seq(6),
        last_message: Some(LastMessage::new(UserId(3), AT, "hi")),
        ..Conversation::new(HERE, ConversationKind::Direct, AT)
    }
}

fn group() -> Conversation {
    let title = Some(Title::new("Trip").unwrap());
    let kind = ConversationKind::Group;
    Conversation { kind, title, peer: None, last_message: None, ..direct() }
}

fn everyone() -> Conversation {
    Conversation { id: ConversationId(1), kind: ConversationKind::Broadcast, ..group() }
}

fn event(body: EventBody) -> Event {
    Event { conversation: HERE, seq: Seq(9), at: AT, by: UserId(2), client_id: Some(command()), body }
}

fn bodies() -> Vec<EventBody> {
    vec![
        EventBody::Posted(Posted {
            text: MessageText::new("hi\n\"你好\"").unwrap(),
            ordinal: 8,
            mentions: vec![UserId(3)],
        }),
        EventBody::Joined(Joined { users: vec![UserId(3), UserId(4)] }),
        EventBody::Left(Left {}),
        EventBody::Renamed(Renamed { title: Title::new("Journey").unwrap() }),
        EventBody::Topic(TopicChanged { topic: Topic::new("Where to go").unwrap() }),
        EventBody::Topic(TopicChanged { topic: None }),
    ]
}

/// What is written can be read, and is the same.
fn both_ways<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(values: &[T]) {
    for value in values {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    }
}

#[test]
fn what_a_client_sends() {
    let (client_id, conversation) = (command(), HERE);
    let frames = [
        ClientFrame::Hello { token: "secret".to_owned() },
        ClientFrame::Resync,
        ClientFrame::Send(Send { client_id, conversation, text: "hi".to_owned() }),
        ClientFrame::AddMembers(AddMembers { client_id, conversation, users: vec!["mei".to_owned()] }),
        ClientFrame::Rename(Rename { client_id, conversation, title: "Trip".to_owned() }),
        ClientFrame::Leave(Leave { client_id, conversation }),
        ClientFrame::SetTopic(SetTopic { client_id, conversation, topic: "Where to go".to_owned() }),
        ClientFrame::Read { conversation, seq: Seq(9) },
        ClientFrame::Typing { conversation, stopped: false },
        ClientFrame::Typing { conversation, stopped: true },
        ClientFrame::Ping,
    ];
    both_ways(&frames);
    assert_json_snapshot!(frames);
}

#[test]
fn what_the_server_sends() {
    let welcome = Welcome {
        you: mei(),
        conversations: vec![direct(), group(), everyone()],
        users: vec![mei(), ada()],
        presence: vec![here(), gone()],
        time: AT,
    };
    let error = |client_id| ErrorBody { code: ErrorCode::TextEmpty, message: "Write.".to_owned(), client_id };
    let frames = [
        ServerFrame::Welcome(Box::new(welcome)),
        ServerFrame::Ack(Ack { client_id: command(), conversation: HERE, seq: Seq(9), at: AT }),
        ServerFrame::Typing { conversation: HERE, user: ada(), stopped: false },
        ServerFrame::Typing { conversation: HERE, user: ada(), stopped: true },
        ServerFrame::Presence(here()),
        ServerFrame::Presence(gone()),
        ServerFrame::Read(ReadSignal {
            conversation: HERE,
            user: UserId(3),
            read_seq: Seq(9),
            read_count: 8,
        }),
        ServerFrame::Pong,
        ServerFrame::Lagged,
        ServerFrame::Error(error(None)),
        ServerFrame::Error(error(Some(command()))),
    ];
    both_ways(&frames);
    assert_json_snapshot!(frames);
}

#[test]
fn every_kind_of_event() {
    let frame = |body| ServerFrame::Event(EventFrame { event: event(body), users: vec![mei()] });
    let mut frames: Vec<_> = bodies().into_iter().map(frame).collect();
    let demo = Event { client_id: None, ..event(EventBody::Left(Left {})) };
    frames.push(ServerFrame::Event(EventFrame { event: demo, users: vec![] }));
    both_ways(&frames);
    assert_json_snapshot!(frames);
}

#[test]
fn what_is_asked_over_http() {
    let (client_id, title) = (command(), "Trip".to_owned());
    let sign_in = |guest_key| SignIn { name: "mei".to_owned(), guest_key };
    assert_json_snapshot!((
        sign_in(None),
        sign_in(Some("key".to_owned())),
        NewConversation::Direct { user: "mei".to_owned() },
        NewConversation::Group { client_id, title: title.clone(), members: vec!["mei".to_owned()] },
        Rename { client_id, conversation: HERE, title },
        AddMembers { client_id, conversation: HERE, users: vec!["mei".to_owned()] },
        Leave { client_id, conversation: HERE },
    ));
}

#[test]
fn what_is_answered_over_http() {
    let (token, guest_key) = ("secret".to_owned(), "key".to_owned());
    let users = || vec![mei(), ada()];
    assert_json_snapshot!((
        ServerInfo { access: Access::Open, version: "0.0.0".to_owned() },
        ServerInfo { access: Access::Accounts, version: "0.0.0".to_owned() },
        SignedIn { token, guest_key, user: mei() },
        ConversationView { conversation: direct(), users: users(), presence: vec![here()] },
        Members { users: users(), presence: vec![gone()] },
        EventPage { events: vec![event(EventBody::Left(Left {}))], users: users(), head_seq: Seq(9) },
        Users { users: users() },
    ));
}

#[test]
fn every_code_of_an_error() {
    use ErrorCode::*;
    let codes = [
        AccountsOnly,
        BadFrame,
        BadJson,
        BadLimit,
        BadName,
        BadRequest,
        BadToken,
        BinaryFrame,
        ForeignOrigin,
        HelloExpected,
        Incomplete,
        Internal,
        MethodNotAllowed,
        NameTaken,
        NotFound,
        ShuttingDown,
        StoreFailed,
        TextControlCharacter,
        TextEmpty,
        TextTooLong,
        TooLarge,
        TooManyConnections,
        UnknownConversation,
        UnknownType,
        UnknownUser,
        UpgradeRequired,
        WrongKind,
        WrongSender,
    ];
    both_ways(&codes);
    assert_json_snapshot!(codes);
}

#[test]
fn the_demos_frames() {
    let frame = |kind, to: Option<&str>| LegacyFrame {
        kind,
        from: "123".into(),
        to: to.map(|to| to.to_owned().into()),
        data: "hi".into(),
    };
    let frames = [frame(1, Some("456")), frame(2, Some("Trip")), frame(3, None)];
    for frame in &frames {
        let text = serde_json::to_string(frame).unwrap();
        assert_eq!(&serde_json::from_str::<LegacyFrame<'_>>(&text).unwrap(), frame, "{text}");
    }
    let text: Vec<_> = frames.iter().map(|frame| serde_json::to_string(frame).unwrap()).collect();
    assert_json_snapshot!(text);
}

#[test]
fn what_a_newer_peer_says_is_unknown_and_no_error() {
    let read = |text: &str| serde_json::from_str::<ServerFrame>(text).unwrap();
    assert_eq!(read(r#"{"type":"reaction_burst","count":3}"#), ServerFrame::Unknown);
    assert_eq!(read(r#"{"type":"lagged","since":3}"#), ServerFrame::Lagged);
    let later = r#"{"type":"event","users":[],"event":{"conversation":7,"seq":9,"at":1,"by":2,"body":{"kind":"pinned","seq":3},"via":"x"}}"#;
    let ServerFrame::Event(frame) = read(later) else {
        panic!("an event with a body of tomorrow is an event")
    };
    assert_eq!((frame.event.seq, frame.event.body), (Seq(9), EventBody::Unknown));
    let code: ErrorCode = serde_json::from_str("\"out_of_tea\"").unwrap();
    assert_eq!(code, ErrorCode::Unknown);
    let client: ClientFrame = serde_json::from_str(r#"{"type":"fly"}"#).unwrap();
    assert_eq!(client, ClientFrame::Unknown);
}
