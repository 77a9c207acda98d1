//! Data folders of other builds. `fixtures/schema_1.db` was written by the build before the second migration, and left
//! where a kill found it: two users with sessions and keys, a user of the demo's dialect, a direct conversation of 76
//! messages, a group that was renamed twice, notes; the last three events are in the write buffer only.
//! `fixtures/schema_3.db` was written by the build before the fourth migration: a group of three with 133 messages and a
//! topic, a direct conversation, a group that the one who made it has left; and in the write buffer a message and a group.
//! `fixtures/schema_4.db` was written by the build before the fifth migration: four users, two of whom look like the first,
//! and a group called Everyone with messages that were edited, reacted to, pinned and deleted; one is in the write buffer.
//! `fixtures/schema_6.db` was written by the build before the seventh migration: a guest and a user with a password, each with
//! a session, and a message.
//! `fixtures/schema_9.db` was written by the build before the tenth migration: a guest and a user with a password, in a group
//! with a message.
//! `fixtures/schema_12.db` was written by the build before the thirteenth migration: a group of two with an edited message, one that
//! was deleted, and one in the write buffer.
//! `fixtures/schema_18.db` was written by a build before files and search: a group of two with a link, an edited message, one that
//! was deleted, one with a reaction and a pin, a thread, and one in the write buffer; a direct conversation; a draft and a saved
//! message.

use std::{fs, path::Path};

use confab_shared::{
    api::{Me, Saved, Sessions, SignIn, SignedIn},
    command::{Command, Delete, Edit, Send},
    conversation::{Conversation, MemberRole, UnreadMention},
    draft::Draft,
    error::ErrorCode,
    event::{Event, EventBody},
    id::{ClientId, ConversationId, Seq},
    user::{ServerRole, User},
};
use reqwest::Method;
use rusqlite::Connection;
use uuid::Uuid;

use crate::{
    attachments,
    display_names::set as set_display_name,
    search,
    support::{Demo, Person, Server, client_id, http, person::answer, server::confab},
};

const DIRECT: ConversationId = ConversationId(2);
const GROUP: ConversationId = ConversationId(3);
const NOTES: ConversationId = ConversationId(4);

/// The keys that the users of the fixture sign in with.
const MEI_KEY: &str = "cdm_9yiVBP1I7RJrQLmhN7pSYOVNDL9AJEaEWZdGLHw";
const ADA_KEY: &str = "JnkiFi7KT9Pgbqy0-KjjPKMozXiYkE-Gyisy7xs5OOo";

/// A server on a copy of the fixture.
async fn migrated() -> Server {
    migrated_from("schema_1.db").await
}

async fn migrated_from(fixture: &str) -> Server {
    let mut server = Server::start().await;
    assert!(server.sigterm().await.success());
    put_fixture(&server.data(), fixture);
    server.restart().await;
    server
}

fn put_fixture(folder: &Path, fixture: &str) {
    for file in ["confab.db-wal", "confab.db-shm", "search.db", "search.db-wal", "search.db-shm"] {
        let _ = fs::remove_file(folder.join(file));
    }
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(fixture);
    fs::copy(fixture, folder.join("confab.db")).unwrap();
}

fn id(number: u128) -> ClientId {
    ClientId(Uuid::parse_str(&format!("0190d0a0-0000-7000-8000-{number:012}")).unwrap())
}

async fn texts(person: &Person, conversation: ConversationId) -> Vec<String> {
    let said = |event: Event| match event.body {
        EventBody::Posted(posted) => posted.text.to_string(),
        EventBody::Renamed(renamed) => format!("title {}", renamed.title),
        EventBody::Joined(joined) => format!("joined {}", joined.users.len()),
        EventBody::Left(_) => "left".to_owned(),
        other => panic!("{other:?}"),
    };
    person.log(conversation).await.into_iter().map(said).collect()
}

#[tokio::test]
async fn a_folder_of_the_build_before_is_migrated_with_all_that_it_holds() {
    let mut server = migrated().await;
    // Once more after a restart: the migrated folder is an ordinary one.
    for _ in 0..2 {
        let mei = Person::try_come(&server, "mei", Some(MEI_KEY)).await.unwrap();
        let ada = Person::try_come(&server, "ada", Some(ADA_KEY)).await.unwrap();
        let welcome = mei.connect().await.welcome;
        let find = |id: ConversationId| -> &Conversation {
            welcome.conversations.iter().find(|conversation| conversation.id == id).unwrap()
        };
        let told = |user| welcome.presence.iter().any(|presence| presence.user == user);
        assert!(told(ada.user.id), "both have written");
        let demo = find(ConversationId(5)).peer.unwrap();
        assert!(!told(demo), "she has not answered");
        let direct = find(DIRECT);
        assert_eq!((direct.head_seq, direct.message_count), (Seq(76), 76));
        // Mei had read her own five, and one of the 71 since mentions her.
        assert_eq!((direct.read_seq, direct.unread()), (Seq(5), 71));
        assert_eq!(direct.mentions, [UnreadMention { seq: Seq(76), event: Seq(76) }]);
        assert_eq!(direct.peers_read_seq, Seq(3));
        assert_eq!(direct.last_message.as_ref().unwrap().text, "The last before the kill, @mei");
        let group = find(GROUP);
        assert_eq!(group.title.as_ref().unwrap().as_str(), "Long weekend");
        assert_eq!((group.head_seq, group.message_count, group.member_count), (Seq(8), 2, 2));
        let log = [
            "title Trip",
            "joined 1",
            "title Weekend trip",
            "joined 1",
            "请@ada看一下",
            "left",
            "title Long weekend",
            "Nobody was asked",
        ];
        assert_eq!(texts(&ada, GROUP).await, log);
        assert_eq!(ada.connect().await.welcome.conversations.len(), 3);
        let direct_log = texts(&ada, DIRECT).await;
        assert_eq!(
            (direct_log.len(), &*direct_log[4], &*direct_log[74]),
            (76, "Message 5 of five", "Many 70")
        );
        assert_eq!(texts(&mei, NOTES).await, ["A note to myself"]);
        assert_eq!(texts(&mei, ConversationId(1)).await, ["Good morning, everyone", "Good morning! @mei"]);
        assert_eq!(texts(&mei, ConversationId(5)).await, ["from the demo"]);
        // Whether the dialect connected as it, or only wrote to it, was not kept: nobody on the page gets what it has.
        Person::try_come(&server, "123", None).await.err().unwrap().is(409, ErrorCode::NameTaken);
        Demo::connect(&server, "123").await.leave().await;
        assert!(server.sigterm().await.success());
        server.restart().await;
    }
}

#[tokio::test]
async fn commands_of_the_build_before_are_not_carried_out_again() {
    let server = migrated().await;
    let ada = Person::try_come(&server, "ada", Some(ADA_KEY)).await.unwrap();
    let mut socket = ada.connect().await;
    let mut retry = async |number: u128, conversation, text: &str| {
        socket.send_as(id(number), conversation, text).await.seq
    };
    assert_eq!(retry(80, DIRECT, "The last before the kill, @mei").await, Seq(76), "in the write buffer");
    assert_eq!(retry(10, DIRECT, "Many 1").await, Seq(6), "in a segment");
    assert_eq!(retry(2_000, DIRECT, "new").await, Seq(77));
    let mei = Person::try_come(&server, "mei", Some(MEI_KEY)).await.unwrap();
    let renamed = mei.rename(GROUP, id(1_004), "Long weekend").await.unwrap();
    assert_eq!(renamed.conversation.head_seq, Seq(8));
    mei.leave(GROUP, id(1_004)).await.unwrap_err().is(409, ErrorCode::IdempotencyConflict);
}

#[tokio::test]
async fn messages_of_the_build_before_change_like_new_ones() {
    let server = migrated_from("schema_3.db").await;
    let keys = [
        ("mei", "VaRicwGGc0M7ExzxWuKKAnecqWqCgk7o17gTltscNvk"),
        ("ada", "GLLifkmBQZv9SbfvyAcH97w2RMOJteoDrMN1XlXbLLE"),
        ("li", "Mt8NxVggoy2BnvGXbjffaw9Kq8q1c8-u7FkDyx-Kf-w"),
    ];
    let [mut mei, mut ada, mut li] = [None, None, None];
    for ((name, key), person) in keys.into_iter().zip([&mut mei, &mut ada, &mut li]) {
        *person = Person::try_come(&server, name, Some(key)).await.ok();
    }
    let [mei, ada, li] = [mei, ada, li].map(|person| person.expect("the key opens the name"));
    let (trip, direct, home, late) =
        (ConversationId(2), ConversationId(3), ConversationId(4), ConversationId(5));
    // Who made a group is its admin from now on, where they have not left.
    for (person, id, role) in [
        (&mei, trip, MemberRole::Admin),
        (&ada, trip, MemberRole::Member),
        (&mei, home, MemberRole::Member),
        (&ada, late, MemberRole::Admin),
        (&li, late, MemberRole::Member),
        (&mei, direct, MemberRole::Member),
        (&mei, ConversationId(1), MemberRole::Member),
    ] {
        assert_eq!(person.view(id).await.role, role, "{} in {id}", person.name());
    }
    let last =
        async |person: &Person, id| person.view(id).await.last_message.map(|last| (last.seq.0, last.text));
    assert_eq!(last(&mei, trip).await, Some((136, "@li, the last before the kill".to_owned())));
    assert_eq!(last(&mei, direct).await, Some((1, "For mei".to_owned())));
    assert_eq!(last(&mei, home).await, None);
    assert_eq!(last(&li, late).await, Some((3, "In the write buffer only".to_owned())));
    let before = li.view(trip).await;
    assert_eq!((before.message_count, before.unread()), (133, 133));
    assert_eq!(before.mentions, [UnreadMention { seq: Seq(136), event: Seq(136) }]);

    let mut socket = mei.connect().await;
    let mut delete = async |target: u64| {
        // An id that the fixture does not have.
        let client_id = id(90_000 + u128::from(target));
        let command = Delete { client_id, conversation: trip, target: Seq(target) };
        socket.carry_out(Command::from(command)).await.unwrap();
    };
    delete(136).await;
    delete(4).await;
    let after = li.view(trip).await;
    assert_eq!((after.message_count, after.unread(), after.mentions.len()), (131, 131, 0));
    assert_eq!(last(&li, trip).await, Some((135, "Message 130".to_owned())));
    let first = Edit { client_id: id(90_000), conversation: trip, target: Seq(3), text: "First".to_owned() };
    socket.carry_out(first).await.unwrap();
    assert_eq!(ada.message(trip, Seq(3)).await.text.as_str(), "First");
    assert!(ada.view(trip).await.mentions.is_empty(), "the edit mentions her no more");
}

#[tokio::test]
async fn users_of_the_build_before_keep_their_names_whatever_they_look_like() {
    let mut server = migrated_from("schema_4.db").await;
    let group = ConversationId(2);
    for _ in 0..2 {
        let keys = [
            ("mei", "by_yS3ocFjoUQb8wV22-OUfFhD12GUFayVvKg0URcdw"),
            ("mei.", "yXf_ux9rFS59EJLxRg8YoewD06CAVsc4kuY2nGfVQiU"),
            ("m\u{435}i", "c7j12iwVoCPmvvfiKvfe-r1g9eTRKO1Yr7jmqhQZ2Pc"),
        ];
        for ((name, key), user) in keys.into_iter().zip([1, 3, 4]) {
            let person = Person::try_come(&server, name, Some(key)).await.map_err(|r| r.body).unwrap();
            assert_eq!(person.user.id.0, user, "{name}");
        }
        let mei = Person::try_come(&server, "mei", Some(keys[0].1)).await.unwrap();
        let view = mei.view(group).await;
        assert_eq!(view.title.as_ref().map(|title| title.as_str()), Some("Everyone"));
        assert_eq!((view.message_count, view.deleted_count, view.head_seq), (5, 1, Seq(12)));
        let edited = mei.message(group, Seq(4)).await;
        assert_eq!(edited.text.as_str(), "edited, @mei. and @ada");
        let reacted = mei.message(group, Seq(5)).await;
        assert!(reacted.reactions.len() == 1 && reacted.pinned.is_some(), "{reacted:?}");
        assert!(mei.message(group, Seq(6)).await.deleted.is_some());
        assert_eq!(mei.message(group, Seq(12)).await.text.as_str(), "in the write buffer");
        // Retries of the build before are answered as it answered them.
        let mut socket = mei.connect().await;
        assert_eq!(socket.send_as(id(2), group, "message 0").await.seq, Seq(3));
        assert_eq!(socket.send_as(id(11), group, "in the write buffer").await.seq, Seq(12));
        // Nobody else may look like them from now on.
        let new = Person::try_come(&server, "rnei", None).await.err().unwrap();
        new.is(409, ErrorCode::NameTaken);
        assert!(server.sigterm().await.success());
        server.restart().await;
    }
}

#[tokio::test]
async fn sessions_and_passwords_of_the_build_before_are_good() {
    let server = migrated_from("schema_6.db").await;
    for (name, token, role) in [
        ("mei", "b3L_7W69QGfo51isxVd3e8QcYNOqRB7kiHu3GyzoH9o", ServerRole::Guest),
        ("ada", "tz71Tri82UiJzyjN26d4jSZGVaSK6hxpqP49dgCFBg4", ServerRole::Member),
    ] {
        let get = |path: &str| http().get(server.url(&format!("/api/v1{path}"))).bearer_auth(token);
        let me: Me = answer(get("/me")).await.unwrap();
        assert_eq!(
            (me.user.name.as_str(), me.role, me.has_password),
            (name, role, role == ServerRole::Member)
        );
        let sessions: Sessions = answer(get("/me/sessions")).await.unwrap();
        assert!(sessions.sessions.len() == 1 && sessions.sessions[0].current, "{sessions:?}");
    }
    let body = SignIn {
        name: "ada".to_owned(),
        guest_key: None,
        password: Some("a long walk by the sea".to_owned()),
        code: None,
    };
    let ada: SignedIn = answer(http().post(server.url("/api/v1/sessions")).json(&body)).await.unwrap();
    let ada = Person::of(&server, ada);
    assert_eq!(texts(&ada, ConversationId(1)).await, ["from before"]);
    let key = "ROs6DtwsOsd1AysWjkL6AzkCe9MNnnukzQ9LlAI1GCo";
    assert!(Person::try_come(&server, "mei", Some(key)).await.is_ok());
}

#[tokio::test]
async fn users_of_the_build_before_are_shown_by_their_names_until_they_choose() {
    let mut server = migrated_from("schema_9.db").await;
    let key = "8SRcCNrBe7QONqQfTFU5ZrYxcLpBpXEt76UdKIbD7LU";
    let group = ConversationId(2);
    let names = |users: &[User]| users.iter().map(|user| user.name.to_string()).collect::<Vec<_>>();
    let mei = Person::try_come(&server, "mei", Some(key)).await.unwrap();
    assert_eq!((mei.user.shown_name(), mei.user.display_name.as_ref()), ("mei", None));
    assert_eq!(texts(&mei, group).await, ["title Trip", "joined 1", "from before"]);
    assert_eq!(
        names(&mei.members(group).await.unwrap().users),
        ["Ada", "mei"],
        "in the order of their names"
    );
    assert_eq!(names(&mei.find("ad").await.unwrap().users), ["Ada"]);
    set_display_name(&mei, "Aaron").await.unwrap();
    assert!(server.sigterm().await.success());
    server.restart().await;
    let mei = Person::try_come(&server, "mei", Some(key)).await.unwrap();
    assert_eq!(mei.user.shown_name(), "Aaron");
    assert_eq!(names(&mei.members(group).await.unwrap().users), ["mei", "Ada"]);
    assert_eq!(names(&mei.find("aa").await.unwrap().users), ["mei"]);
}

#[tokio::test]
async fn messages_of_the_build_before_are_replied_to_and_begin_threads() {
    let mut server = migrated_from("schema_12.db").await;
    let group = ConversationId(2);
    let key = "BP_zbnWvAt_V-p2nnU-3tS5URlyvnrnnArIYOAUnr2Y";
    for round in 0..2_u64 {
        let mei = Person::try_come(&server, "mei", Some(key)).await.unwrap();
        let seen = mei.view(group).await;
        assert_eq!(
            (seen.message_count, seen.deleted_count, seen.head_seq),
            (3 + round, 1, Seq(10 + 2 * round))
        );
        let mut socket = mei.connect().await;
        let reply = Send { reply_to: Some(Seq(4)), ..Send::new(client_id(), group, "to it".to_owned()) };
        socket.carry_out(reply).await.unwrap();
        let root = [Seq(5), Seq(10)][usize::try_from(round).unwrap()];
        let reply = Send { thread: Some(root), ..Send::new(client_id(), group, "beside it".to_owned()) };
        socket.carry_out(reply).await.unwrap();
        let page = mei.messages(group, "limit=1").await.unwrap();
        assert_eq!(page.quoted[0].text.as_str(), "one, again");
        assert_eq!(mei.message(group, root).await.replies.unwrap().count, 1);
        let deleted =
            Send { reply_to: Some(Seq(6)), ..Send::new(client_id(), group, "to nothing".to_owned()) };
        assert_eq!(socket.carry_out(deleted).await.unwrap_err().code, ErrorCode::UnknownMessage);
        drop(socket);
        assert!(server.sigterm().await.success());
        let checked = confab().arg("check").arg("--data").arg(server.data()).output().unwrap();
        assert!(checked.status.success(), "{checked:?}");
        server.restart().await;
    }
}

#[tokio::test]
async fn messages_of_the_build_before_are_found_and_files_are_sent_beside_them() {
    let mut server = migrated_from("schema_18.db").await;
    let (group, direct) = (ConversationId(2), ConversationId(3));
    let (meis, adas) =
        ("zHaxQzYKYJ75t3HBDwC1tFY11imrXph9jF_NOLpARaQ", "Uw5ymtZ0kU0T0u8R8qZ2bTC0eJlRsVTqrvWayu08ruY");
    let mut files = Vec::new();
    for round in 0..2 {
        let mei = Person::try_come(&server, "mei", Some(meis)).await.unwrap();
        let ada = Person::try_come(&server, "ada", Some(adas)).await.unwrap();
        for (query, id, seqs) in [
            ("tea -has:file in:#2", group, vec![4, 6, 8, 13]),
            ("tea in:ada", direct, vec![1]),
            ("has:link", group, vec![4]),
            ("京大 has:reaction is:pinned", group, vec![5]),
            ("is:thread", group, vec![4, 8]),
            ("secret", group, vec![]),
        ] {
            let seqs: Vec<_> = seqs.into_iter().map(Seq).collect();
            search::find(&mei, query, id, &seqs).await;
        }
        let draft: Draft =
            answer(mei.request(Method::GET, &format!("/conversations/{group}/draft"))).await.unwrap();
        assert_eq!(draft.text, "to be said");
        let saved: Saved = answer(mei.request(Method::GET, "/saved")).await.unwrap();
        assert_eq!(saved.messages.iter().map(|saved| saved.message.seq).collect::<Vec<_>>(), [Seq(5)]);
        let picture = attachments::upload(&mei, "dot.png", "", &attachments::png()).await;
        let seq = mei.connect().await.carry_out(attachments::with(group, "", &[&picture])).await.unwrap().seq;
        assert_eq!(seq, Seq(14 + round));
        files.push((seq, picture));
        for (seq, picture) in &files {
            assert_eq!(&ada.message(group, *seq).await.attachments, std::slice::from_ref(picture));
            let url = attachments::link(&ada, picture.id).await.url;
            let bytes = attachments::follow(&server, &url).await.bytes().await.unwrap();
            assert_eq!(bytes, attachments::png());
        }
        let seqs: Vec<_> = files.iter().map(|(seq, _)| *seq).collect();
        search::find(&ada, "has:image", group, &seqs).await;
        assert!(server.sigterm().await.success());
        let checked = confab().arg("check").arg("--data").arg(server.data()).output().unwrap();
        assert!(checked.status.success(), "{checked:?}");
        server.restart().await;
    }
}

#[tokio::test]
async fn a_folder_of_a_newer_build_is_refused_and_left_as_it_is() {
    let mut server = Server::start().await;
    assert!(server.sigterm().await.success());
    let file = server.data().join("confab.db");
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    let before = fs::read(&file).unwrap();
    let output = confab().args(["--listen", "127.0.0.1:0", "--data"]).arg(server.data()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("was written by a newer Confab (schema 999"), "{stderr}");
    assert!(fs::read(&file).unwrap() == before, "the file was changed");
}
