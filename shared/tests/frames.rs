//! The wire, as it is written: a change here is a change that older pages and servers meet.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use confab_shared::{
    api::{
        Access, Account, AccountChange, Accounts, AttachmentLink, AttachmentLinks, BadSearchCursor,
        ConversationPage, ConversationView, CreatedInvitation, Drafts, EventPage, Invitation,
        InvitationLookup, InvitationView, Invitations, LinksWanted, Me, MeChange, Members, MessagePage,
        NewAccount, NewConversation, NewInvitation, NewSecondFactor, PasswordChange, Pins, ReadPositions,
        Reader, Readers, RecoveryCodes, Revision, Revisions, SearchCursor, SearchHit, SearchPage,
        SecondFactorCode, SecondFactorSecret, ServerInfo, SessionView, Sessions, Settings, SignIn, SignedIn,
        Users,
    },
    attachment::{Attachment, FileName},
    command::{AddMembers, Delete, Edit, Join, Leave, Pin, React, RemovePreview, Rename, Send, SetTopic},
    conversation::{
        BadListCursor, Conversation, ConversationKind, LastMessage, ListCursor, MemberRole, UnreadMention,
    },
    draft::Draft,
    emoji::Emoji,
    error::{ErrorBody, ErrorCode},
    event::{
        Deleted, DeletedReply, Edited, Event, EventBody, EventKind, Invited, Joined, Left, Pinned, Posted,
        Previewed, Reacted, Renamed, TopicChanged,
    },
    group_request::GroupRequest,
    id::{AttachmentId, ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    legacy::LegacyFrame,
    message::{Message, Reaction, Stamp, ThreadSummary},
    preview::Preview,
    protocol::{Ack, ClientFrame, EventFrame, Limits, ReadSignal, ServerFrame, Welcome},
    text::{DisplayName, MessageText, Title, Topic, UserName},
    thread::ThreadState,
    user::{Presence, ServerRole, User},
};
use insta::assert_json_snapshot;
use serde::{Serialize, de::DeserializeOwned};

const HERE: ConversationId = ConversationId(7);
const AT: Timestamp = Timestamp(1_700_000_000_000);

fn command() -> ClientId {
    serde_json::from_str("\"0190d0a0-0000-7000-8000-000000000001\"").unwrap()
}

fn mei() -> User {
    User::new(UserId(2), UserName::new("mei").unwrap())
}

fn ada() -> User {
    User::new(UserId(3), UserName::new("李雷").unwrap())
}

fn display_name(text: &str) -> Option<DisplayName> {
    DisplayName::new(text).unwrap()
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
        mentions: vec![UnreadMention { seq: Seq(2), event: Seq(8) }],
        peers_read_seq: Seq(6),
        last_message: Some(LastMessage::new(Seq(9), UserId(3), AT, "hi")),
        ..Conversation::new(HERE, ConversationKind::Direct, AT)
    }
}

fn group() -> Conversation {
    let title = Some(Title::new("Trip").unwrap());
    let kind = ConversationKind::Group;
    let (deleted_count, role) = (2, MemberRole::Admin);
    Conversation { kind, title, peer: None, deleted_count, role, last_message: None, ..direct() }
}

fn everyone() -> Conversation {
    Conversation { id: ConversationId(1), kind: ConversationKind::Broadcast, ..group() }
}

fn request() -> GroupRequest {
    GroupRequest { conversation: ConversationId(8), title: Title::new("Trip").unwrap(), by: ada(), at: AT }
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
            ..Posted::new(MessageText::existing(""), 0, vec![])
        }),
        EventBody::Posted(Posted {
            reply_to: Some(Seq(5)),
            thread: Some(Seq(4)),
            also_in_conversation: true,
            root_author: Some(UserId(3)),
            ..Posted::new(MessageText::new("hi").unwrap(), 8, vec![])
        }),
        EventBody::Posted(Posted {
            attachments: vec![picture(), voice()],
            ..Posted::new(MessageText::existing(""), 8, vec![])
        }),
        EventBody::Joined(Joined { users: vec![UserId(3), UserId(4)] }),
        EventBody::Left(Left {}),
        EventBody::Renamed(Renamed { title: Title::new("Journey").unwrap() }),
        EventBody::Topic(TopicChanged { topic: Topic::new("Where to go").unwrap() }),
        EventBody::Topic(TopicChanged { topic: None }),
        EventBody::Edited(Edited {
            target: Seq(4),
            text: MessageText::new("hello").unwrap(),
            mentions: vec![UserId(3), UserId(4)],
            notify: vec![UserId(4)],
            thread: Some(Seq(2)),
            also_in_conversation: true,
        }),
        EventBody::Deleted(Deleted::new(Seq(4), None)),
        EventBody::Deleted(Deleted {
            target: Seq(8),
            last_message: Some(
                LastMessage::new(Seq(6), UserId(3), AT, "hi").with_attachments(&[picture(), picture()]),
            ),
            reply: None,
        }),
        EventBody::Deleted(Deleted {
            reply: Some(Box::new(DeletedReply {
                thread: Seq(4),
                also_in_conversation: true,
                author: UserId(3),
                replies: Some(replies()),
            })),
            ..Deleted::new(Seq(8), None)
        }),
        EventBody::Reacted(Reacted { target: Seq(4), emoji: Emoji::existing("👍🏽"), on: true }),
        EventBody::Reacted(Reacted { target: Seq(4), emoji: Emoji::existing("👍🏽"), on: false }),
        EventBody::Pinned(Pinned { target: Seq(4), on: true }),
        EventBody::Pinned(Pinned { target: Seq(4), on: false }),
        EventBody::Invited(Invited { users: vec![UserId(3), UserId(4)] }),
        EventBody::Previewed(Previewed { target: Seq(4), previews: vec![preview()] }),
        EventBody::Previewed(Previewed { target: Seq(4), previews: vec![] }),
    ]
}

fn replies() -> ThreadSummary {
    ThreadSummary { count: 2, last_seq: Seq(7), last_at: AT, faces: vec![UserId(3), UserId(2)] }
}

fn thread() -> ThreadState {
    ThreadState {
        following: true,
        read_seq: Seq(5),
        unread: 1,
        mentions: vec![UnreadMention { seq: Seq(7), event: Seq(7) }],
        ..ThreadState::new(HERE, Seq(4), Seq(9))
    }
}

fn picture() -> Attachment {
    Attachment {
        mime: "image/webp".to_owned(),
        width: Some(640),
        height: Some(480),
        placeholder: Some("1QcSHQRnh493V4dIh4eXh1h4kJUI".to_owned()),
        animated: true,
        ..Attachment::file(AttachmentId(command().0), FileName::new("holiday.webp"), 20_480)
    }
}

fn preview() -> Preview {
    Preview {
        url: "https://rail.example/lines".to_owned(),
        title: "Lines and times".to_owned(),
        description: Some("All trains of the week".to_owned()),
        site: Some("The Railway".to_owned()),
        image: Some(picture()),
    }
}

fn voice() -> Attachment {
    Attachment {
        mime: "audio/ogg".to_owned(),
        duration: Some(2_500),
        waveform: Some("AAECAwQF".to_owned()),
        ..Attachment::file(AttachmentId(command().0), FileName::new("voice.ogg"), 4_096)
    }
}

/// A message that nobody changed.
fn message() -> Message {
    let posted = Posted::new(MessageText::new("hi").unwrap(), 4, vec![]);
    Message::new(&event(EventBody::Posted(posted.clone())), &posted)
}

/// A message with every change but its deletion.
fn changed_message() -> Message {
    Message {
        mentions: vec![UserId(3)],
        reply_to: Some(Seq(3)),
        thread: Some(Seq(2)),
        also_in_conversation: true,
        attachments: vec![voice()],
        previews: vec![Preview { description: None, site: None, image: None, ..preview() }],
        replies: Some(replies()),
        edited_at: Some(AT),
        reactions: vec![Reaction { emoji: Emoji::existing("🎉"), users: vec![UserId(3), UserId(2)] }],
        pinned: Some(Stamp { by: UserId(3), at: AT }),
        ..message()
    }
}

fn deleted_message() -> Message {
    let deleted = Some(Stamp { by: UserId(3), at: AT });
    Message { client_id: None, text: MessageText::existing(""), deleted, ..message() }
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
        ClientFrame::Send(Send::new(client_id, conversation, "hi".to_owned())),
        ClientFrame::Send(Send {
            reply_to: Some(Seq(5)),
            thread: Some(Seq(4)),
            also_in_conversation: true,
            ..Send::new(client_id, conversation, "hi".to_owned())
        }),
        ClientFrame::Send(Send {
            attachments: vec![picture().id],
            ..Send::new(client_id, conversation, String::new())
        }),
        ClientFrame::AddMembers(AddMembers { client_id, conversation, users: vec!["mei".to_owned()] }),
        ClientFrame::Rename(Rename { client_id, conversation, title: "Trip".to_owned() }),
        ClientFrame::Leave(Leave { client_id, conversation }),
        ClientFrame::Join(Join { client_id, conversation }),
        ClientFrame::SetTopic(SetTopic { client_id, conversation, topic: "Where to go".to_owned() }),
        ClientFrame::Edit(Edit { client_id, conversation, target: Seq(4), text: "hello".to_owned() }),
        ClientFrame::Delete(Delete { client_id, conversation, target: Seq(4) }),
        ClientFrame::React(React {
            client_id,
            conversation,
            target: Seq(4),
            emoji: "🎉".to_owned(),
            on: true,
        }),
        ClientFrame::Pin(Pin { client_id, conversation, target: Seq(4), on: false }),
        ClientFrame::RemovePreview(RemovePreview {
            client_id,
            conversation,
            target: Seq(4),
            url: preview().url,
        }),
        ClientFrame::Read { conversation, seq: Seq(9), thread: None },
        ClientFrame::Read { conversation, seq: Seq(9), thread: Some(Seq(4)) },
        ClientFrame::Typing { conversation, stopped: false },
        ClientFrame::Typing { conversation, stopped: true },
        ClientFrame::DraftSent { conversation, version: 3, thread: None },
        ClientFrame::DraftSent { conversation, version: 3, thread: Some(Seq(4)) },
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
        more: Some(cursor()),
        users: vec![mei(), ada()],
        presence: vec![here(), gone()],
        group_requests: vec![request()],
        threads: vec![thread()],
        unread_threads: 1,
        limits: Limits { attachment_bytes: 100_000_000, storage_bytes: 10_000_000_000 },
        time: AT,
    };
    let error = |client_id| ErrorBody {
        code: ErrorCode::TextEmpty,
        message: "Write.".to_owned(),
        client_id,
        retry_after_ms: None,
    };
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
            head_seq: Seq(10),
            back: false,
        }),
        ServerFrame::Read(ReadSignal {
            conversation: HERE,
            user: UserId(3),
            read_seq: Seq(4),
            read_count: 3,
            head_seq: Seq(10),
            back: true,
        }),
        ServerFrame::Thread(thread()),
        ServerFrame::User { user: ada() },
        ServerFrame::User { user: User { display_name: display_name("Lǐ Léi"), ..ada() } },
        ServerFrame::GroupRequest(request()),
        ServerFrame::GroupRequestDeclined { conversation: HERE },
        ServerFrame::Draft(draft("hello")),
        ServerFrame::Draft(draft("")),
        ServerFrame::Draft(Draft { thread: Some(Seq(4)), ..draft("hello") }),
        ServerFrame::Pong,
        ServerFrame::Lagged,
        ServerFrame::Slow { slow: true },
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
    let written: std::collections::HashSet<_> = bodies().iter().map(EventBody::kind).collect();
    assert_eq!(written.len(), EventKind::ALL.len(), "every kind is written");
    both_ways(&frames);
    assert_json_snapshot!(frames);
}

#[test]
fn what_is_asked_over_http() {
    let (client_id, title) = (command(), "Trip".to_owned());
    let sign_in = |guest_key| SignIn { name: "mei".to_owned(), guest_key, password: None, code: None };
    let password = PasswordChange { current: Some("before".to_owned()), new: "after".to_owned() };
    assert_json_snapshot!((
        sign_in(None),
        sign_in(Some("key".to_owned())),
        SignIn { password: Some("words".to_owned()), ..sign_in(None) },
        MeChange { password: Some(password), ..MeChange::default() },
        MeChange { display_name: Some("Mei Ling".to_owned()), ..MeChange::default() },
        MeChange { asks_before_groups: Some(false), ..MeChange::default() },
        MeChange { shares_read_positions: Some(false), ..MeChange::default() },
        NewConversation::Direct { user: "mei".to_owned() },
        NewConversation::Group { client_id, title: title.clone(), members: vec!["mei".to_owned()] },
        Rename { client_id, conversation: HERE, title },
        AddMembers { client_id, conversation: HERE, users: vec!["mei".to_owned()] },
        Leave { client_id, conversation: HERE },
        Join { client_id, conversation: HERE },
        Edit { client_id, conversation: HERE, target: Seq(4), text: "hello".to_owned() },
        React { client_id, conversation: HERE, target: Seq(4), emoji: "🎉".to_owned(), on: true },
        LinksWanted { ids: vec![picture().id] },
    ));
}

#[test]
fn commands_over_http_leave_out_what_the_path_says() {
    let id = command();
    let read = |text: &str| serde_json::from_str::<Edit>(&text.replace("ID", &id.0.to_string())).unwrap();
    let edit = read(r#"{"client_id":"ID","text":"hello"}"#);
    let (conversation, target) = (ConversationId::default(), Seq::default());
    assert_eq!(edit, Edit { client_id: id, conversation, target, text: "hello".to_owned() });
}

#[test]
fn items_of_a_timeline() {
    let items = [
        Item::Message(message()),
        Item::Message(changed_message()),
        Item::Message(deleted_message()),
        Item::Notice(event(EventBody::Renamed(Renamed { title: Title::new("Trip").unwrap() }))),
    ];
    both_ways(&items);
    assert_json_snapshot!(items);
}

#[test]
fn pages_of_messages() {
    let users = || vec![mei(), ada()];
    let items = vec![Item::Message(changed_message()), Item::Notice(event(EventBody::Left(Left {})))];
    let page = MessagePage {
        items,
        quoted: vec![message()],
        root: Some(message()),
        users: users(),
        head_seq: Seq(12),
        first_seq: Seq(3),
        last_seq: Seq(11),
    };
    let revisions = Revisions { revisions: vec![Revision { at: AT, text: MessageText::new("hi").unwrap() }] };
    let pins = Pins { messages: vec![changed_message()], users: users(), head_seq: Seq(12) };
    both_ways(std::slice::from_ref(&page));
    both_ways(std::slice::from_ref(&revisions));
    both_ways(std::slice::from_ref(&pins));
    assert_json_snapshot!((page, revisions, pins));
}

#[test]
fn what_is_answered_over_http() {
    let signed_in = |guest_key| SignedIn { token: "secret".to_owned(), guest_key, user: mei() };
    let users = || vec![mei(), ada()];
    let server = |access| ServerInfo {
        access,
        version: "0.0.0".to_owned(),
        registration: false,
        exposed: access == Access::Open,
    };
    let me = Me {
        user: mei(),
        role: ServerRole::Guest,
        has_password: true,
        has_second_factor: false,
        recovery_codes: 0,
        asks_before_groups: true,
        shares_read_positions: false,
    };
    assert_json_snapshot!((
        server(Access::Open),
        ServerInfo { registration: true, ..server(Access::Accounts) },
        signed_in(Some("key".to_owned())),
        signed_in(None),
        me,
        ConversationView { conversation: direct(), users: users(), presence: vec![here()] },
        Members { users: users(), presence: vec![gone()], more: true },
        EventPage { events: vec![event(EventBody::Left(Left {}))], users: users(), head_seq: Seq(9) },
        Users { users: users() },
        Drafts { drafts: vec![draft("hello")] },
        Readers { users: users(), more: true },
        ReadPositions { readers: vec![Reader { user: mei(), read_seq: Seq(4) }] },
        AttachmentLinks { links: vec![link("&size=small"), AttachmentLink { thumbnail: None, ..link("") }] },
    ));
}

fn link(small: &str) -> AttachmentLink {
    let url = |size: &str| format!("/api/v1/attachments/{}/holiday.webp?sig=abc{size}", picture().id);
    AttachmentLink {
        id: picture().id,
        url: url(""),
        thumbnail: Some(url(small)),
        preview: None,
        expires_in: 3_600,
    }
}

fn draft(text: &str) -> Draft {
    Draft { conversation: HERE, thread: None, text: text.to_owned(), version: 3, at: AT }
}

fn cursor() -> ListCursor {
    ListCursor { last_activity_at: AT, id: HERE }
}

#[test]
fn pages_of_the_list() {
    let (users, presence) = (vec![mei(), ada()], vec![here()]);
    let page = ConversationPage { conversations: vec![direct()], more: Some(cursor()), users, presence };
    let last = ConversationPage { more: None, ..page.clone() };
    both_ways(&[page.clone(), last.clone()]);
    assert_json_snapshot!((page, last));
}

#[test]
fn a_cursor_is_a_text_that_can_stand_in_an_address() {
    assert_eq!(cursor().to_string(), "1700000000000-7");
    assert_eq!("1700000000000-7".parse(), Ok(cursor()));
    for text in ["", "7", "-", "1-", "-7", "1-2-3", "a-7", "1700000000000-7 "] {
        assert_eq!(text.parse::<ListCursor>(), Err(BadListCursor), "{text}");
    }
}

#[test]
fn pages_of_a_search() {
    let cursor = SearchCursor { at: AT, conversation: HERE, seq: Seq(4), skipped: 20 };
    assert_eq!(cursor.to_string(), "1700000000000-7-4-20");
    assert_eq!("1700000000000-7-4-20".parse(), Ok(cursor));
    for text in ["", "7", "1-2-3", "1-2-3-", "1-2-3-4-5", "a-7-4-20"] {
        assert_eq!(text.parse::<SearchCursor>(), Err(BadSearchCursor), "{text}");
    }
    let hits = vec![SearchHit { conversation: HERE, message: changed_message() }];
    let page = SearchPage { hits, users: vec![mei(), ada()], cursor: Some(cursor), complete: true };
    let last = SearchPage { hits: Vec::new(), users: Vec::new(), cursor: None, complete: false };
    both_ways(&[page.clone(), last.clone()]);
    assert_json_snapshot!((page, last));
}

#[test]
fn what_is_asked_about_accounts() {
    let token = || "secret".to_owned();
    let invitation = |groups| NewInvitation { role: ServerRole::Member, uses: 3, expires_in: 86_400, groups };
    let account = |token| NewAccount {
        token,
        name: "mei".to_owned(),
        password: "words".to_owned(),
        display_name: None,
    };
    assert_json_snapshot!((
        account(Some(token())),
        NewAccount { display_name: Some("Mei Ling".to_owned()), ..account(None) },
        invitation(vec![HERE]),
        invitation(Vec::new()),
        InvitationLookup { token: token() },
        AccountChange { role: Some(ServerRole::Admin), ..AccountChange::default() },
        AccountChange { active: Some(false), reset_second_factor: true, ..AccountChange::default() },
        NewSecondFactor { password: "words".to_owned() },
        SecondFactorCode { code: "123456".to_owned() },
        Settings { registration: Some(true), ..Settings::default() },
        Settings { attachment_bytes: Some(1_000), ..Settings::default() },
        SignIn { name: "mei".to_owned(), guest_key: None, password: Some(token()), code: Some(token()) },
    ));
}

#[test]
fn what_is_answered_about_accounts() {
    let account = |role, active, last_seen| Account {
        user: mei(),
        role,
        active,
        has_password: active,
        has_second_factor: !active,
        last_seen,
    };
    let accounts = vec![account(ServerRole::Owner, true, None), account(ServerRole::Guest, false, Some(AT))];
    let accounts = Accounts { accounts, more: true };
    let (id, token) = (4, "secret".to_owned());
    let created = CreatedInvitation { id, token, url: "https://chat.example/join#secret".to_owned() };
    let invitation = |by, groups| Invitation {
        id,
        by,
        role: ServerRole::Guest,
        uses_left: 2,
        used: 1,
        expires_at: AT,
        groups,
    };
    let groups = vec![Title::new("Trip").unwrap()];
    let invitations = vec![invitation(Some(mei()), groups), invitation(None, Vec::new())];
    let invitations = Invitations { invitations };
    let views = [Some(mei().name), None].map(|by| InvitationView { by, role: ServerRole::Admin });
    let session = |browser: Option<&str>, current| SessionView {
        id,
        browser: browser.map(str::to_owned),
        address: browser.map(|_| "192.0.2.1".to_owned()),
        created_at: AT,
        last_used: AT,
        current,
    };
    let sessions = Sessions { sessions: vec![session(Some("Firefox, Linux"), true), session(None, false)] };
    let secret = SecondFactorSecret {
        secret: "GEZDG".to_owned(),
        uri: "otpauth://totp/mei".to_owned(),
        qr_size: 21,
        qr_path: "M0 0h7v1h-7z".to_owned(),
    };
    let codes = RecoveryCodes { codes: vec!["0123-4567-89ab-cdef".to_owned()] };
    let settings = Settings {
        registration: Some(true),
        admins_need_second_factor: Some(false),
        attachment_bytes: Some(100_000_000),
        storage_bytes: Some(10_000_000_000),
        link_previews: Some(true),
    };
    both_ways(std::slice::from_ref(&accounts));
    both_ways(std::slice::from_ref(&invitations));
    both_ways(&views);
    both_ways(std::slice::from_ref(&sessions));
    both_ways(std::slice::from_ref(&secret));
    both_ways(std::slice::from_ref(&codes));
    both_ways(std::slice::from_ref(&settings));
    assert_json_snapshot!((accounts, created, invitations, views, sessions, secret, codes, settings));
}

#[test]
fn every_code_of_an_error() {
    use ErrorCode::*;
    let codes = [
        AccountsOnly,
        BadCursor,
        BadEmoji,
        BadFrame,
        BadInvitation,
        BadJson,
        BadLimit,
        BadName,
        BadRequest,
        BadToken,
        Busy,
        BinaryFrame,
        CodeRequired,
        Deactivated,
        Forbidden,
        ForeignOrigin,
        HelloExpected,
        IdempotencyConflict,
        Incomplete,
        Internal,
        MethodNotAllowed,
        NameTaken,
        NotFound,
        PasswordRequired,
        QueryTooLong,
        RateLimited,
        SecondFactorRequired,
        ShuttingDown,
        StoreFailed,
        TextControlCharacter,
        TextEmpty,
        TextTooLong,
        TooLarge,
        TooManyConnections,
        TooManyReactions,
        TooManyTerms,
        UnknownConversation,
        UnknownMessage,
        UnknownType,
        UnknownUser,
        UpgradeRequired,
        WeakPassword,
        WrongCode,
        WrongKind,
        WrongPassword,
        WrongSender,
    ];
    both_ways(&codes);
    assert_json_snapshot!(codes.as_slice());
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
    let later = r#"{"type":"event","users":[],"event":{"conversation":7,"seq":9,"at":1,"by":2,"body":{"kind":"polled","seq":3},"via":"x"}}"#;
    let ServerFrame::Event(frame) = read(later) else { panic!("an event of an unknown kind is an event") };
    assert_eq!((frame.event.seq, frame.event.body), (Seq(9), EventBody::Unknown));
    let code: ErrorCode = serde_json::from_str("\"out_of_tea\"").unwrap();
    assert_eq!(code, ErrorCode::Unknown);
    let role: MemberRole = serde_json::from_str("\"moderator\"").unwrap();
    assert_eq!(role, MemberRole::Unknown);
    let client: ClientFrame = serde_json::from_str(r#"{"type":"fly"}"#).unwrap();
    assert_eq!(client, ClientFrame::Unknown);
}

#[test]
fn an_absent_display_name_is_kept_and_null_removes_it() {
    let change = |text| serde_json::from_str::<MeChange>(text).unwrap().display_name;
    assert_eq!(change("{}"), None);
    assert_eq!(change(r#"{"display_name":null}"#), Some(String::new()));
    assert_eq!(change(r#"{"display_name":"Mei"}"#), Some("Mei".to_owned()));
}
