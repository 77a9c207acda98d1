//! Data folders of other builds. `fixtures/schema_1.db` was written by the build before the second migration, and left
//! where a kill found it: two users with sessions and keys, a user of the demo's dialect, a direct conversation of 76
//! messages, a group that was renamed twice, notes; the last three events are in the write buffer only.

use std::{fs, path::Path};

use confab_shared::{
    conversation::Conversation,
    error::ErrorCode,
    event::{Event, EventBody},
    id::{ClientId, ConversationId, Seq},
};
use rusqlite::Connection;
use uuid::Uuid;

use crate::support::{Person, Server, server::confab};

const DIRECT: ConversationId = ConversationId(2);
const GROUP: ConversationId = ConversationId(3);
const NOTES: ConversationId = ConversationId(4);

/// The keys that the users of the fixture sign in with.
const MEI_KEY: &str = "cdm_9yiVBP1I7RJrQLmhN7pSYOVNDL9AJEaEWZdGLHw";
const ADA_KEY: &str = "JnkiFi7KT9Pgbqy0-KjjPKMozXiYkE-Gyisy7xs5OOo";

/// A server on a copy of the fixture.
async fn migrated() -> Server {
    let mut server = Server::start().await;
    assert!(server.sigterm().await.success());
    put_fixture(&server.data());
    server.restart().await;
    server
}

fn put_fixture(folder: &Path) {
    for file in ["confab.db-wal", "confab.db-shm"] {
        let _ = fs::remove_file(folder.join(file));
    }
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/schema_1.db");
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
        let direct = find(DIRECT);
        assert_eq!((direct.head_seq, direct.message_count), (Seq(76), 76));
        // Mei had read her own five, and one of the 71 since mentions her.
        assert_eq!((direct.read_seq, direct.unread(), &direct.mentions[..]), (Seq(5), 71, &[Seq(76)][..]));
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
    mei.leave(GROUP, id(1_004)).await.unwrap_err().is(400, ErrorCode::BadRequest);
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
