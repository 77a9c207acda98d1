//! Files in backups, checks and moves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{blobs, follow, link, png, upload, with};
use crate::support::{Person, Server, person::EVERYONE, server::confab};

async fn run(arguments: Vec<PathBuf>) -> Output {
    let run = move || confab().args(arguments).output().unwrap();
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn succeeds(arguments: &[PathBuf]) -> String {
    let output = run(arguments.to_vec()).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a command prints that finds faults.
async fn fails(arguments: &[PathBuf]) -> String {
    let output = run(arguments.to_vec()).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// A server with two files in a message and one in none.
async fn with_files() -> (Server, Person) {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (picture, file) =
        (upload(&mei, "dot.png", "", &png()).await, upload(&mei, "a.txt", "", b"text").await);
    upload(&mei, "b.txt", "", b"unsent").await;
    mei.connect().await.carry_out(with(EVERYONE, "", &[&picture, &file])).await.unwrap();
    (server, mei)
}

fn data(server: &Server) -> [PathBuf; 2] {
    ["--data".into(), server.data()]
}

#[tokio::test]
async fn a_backup_has_the_files_and_a_restored_server_shows_them() {
    let (mut server, mei) = with_files().await;
    let folder = TempDir::new().unwrap();
    let [first, second] = ["one.db", "two.db"].map(|name| folder.path().join(name));
    let [flag, from] = data(&server);
    let said = succeeds(&["backup".into(), first.clone(), flag.clone(), from.clone()]).await;
    assert!(said.contains("3 copied, 0 there already"), "{said}");
    // The next backup has what it lacks alone.
    upload(&mei, "c.txt", "", b"another").await;
    let said = succeeds(&["backup".into(), second.clone(), flag.clone(), from.clone()]).await;
    assert!(said.contains("1 copied, 3 there already"), "{said}");
    let stored = blobs(&server);
    let said = succeeds(&["check".into(), second.clone()]).await;
    assert!(said.contains("Files of messages: 4, all whole"), "{said}");
    server.sigterm().await;
    fs::remove_dir_all(server.data()).unwrap();
    succeeds(&["restore".into(), second, flag.clone(), from.clone()]).await;
    assert_eq!(blobs(&server), stored);
    succeeds(&["check".into(), flag, from]).await;
    server.restart().await;
    let items = mei.all_items(EVERYONE).await;
    let message = items.iter().filter_map(|item| item.message()).next_back().unwrap();
    let url = link(&mei, message.attachments[0].id).await.url;
    assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), png());
}

#[tokio::test]
async fn a_check_finds_files_that_are_lost_or_changed() {
    let (server, _mei) = with_files().await;
    let [flag, folder] = data(&server);
    let check = ["check".into(), flag, folder];
    succeeds(&check).await;
    let path = |name: &str| server.data().join("blobs/sha256").join(&name[..2]).join(name);
    let names = blobs(&server);
    fs::write(path(&names[0]), "something else").unwrap();
    let said = fails(&check).await;
    assert!(said.contains(&format!("file {}: its bytes are not those that were stored", names[0])), "{said}");
    fs::remove_file(path(&names[1])).unwrap();
    let said = fails(&check).await;
    assert!(
        said.contains(&format!("file {}: it is not in", names[1])) && said.contains("faults: 2"),
        "{said}"
    );
}

#[tokio::test]
async fn a_check_finds_attachments_that_no_message_has() {
    let (mut server, _mei) = with_files().await;
    server.sigterm().await;
    for (fault, expected) in [
        ("DELETE FROM attachment WHERE content LIKE '%a.txt%'", "is not stored so"),
        ("DELETE FROM attachment WHERE content LIKE '%a.txt%'", "1 uses are of no attachment"),
        ("UPDATE attachment SET seq = 9 WHERE content LIKE '%a.txt%'", "is not stored so"),
        ("UPDATE attachment SET conversation = 1, seq = 1 WHERE content LIKE '%b.txt%'", "which has it not"),
        ("DELETE FROM blob_use", "3 blobs of attachments are not used"),
        ("INSERT INTO condemned_blob (hash) SELECT hash FROM blob_use", "3 blobs are condemned and used"),
        ("UPDATE conversation SET last_attachments = NULL", "its last message"),
    ] {
        let copy = TempDir::new().unwrap();
        let file = copy.path().join("confab.db");
        fs::copy(server.data().join("confab.db"), &file).unwrap();
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        connection.execute(fault, []).unwrap();
        drop(connection);
        let store = server.data().join("blobs");
        let said = fails(&["check".into(), file, "--blobs".into(), store]).await;
        assert!(said.contains(expected), "{fault}: {said}");
    }
}

#[tokio::test]
async fn a_move_takes_the_files_along() {
    let (mut server, mei) = with_files().await;
    server.sigterm().await;
    let folder = TempDir::new().unwrap();
    let (from, to) = (server.data(), folder.path().join("there"));
    let moved = ["migrate".into(), "--from".into(), from.clone(), "--to".into(), to.clone()];
    let said = succeeds(&moved).await;
    assert!(said.contains("3 copied, 0 there already"), "{said}");
    succeeds(&["check".into(), "--data".into(), to.clone()]).await;
    fs::remove_dir_all(&from).unwrap();
    fs::rename(&to, &from).unwrap();
    server.restart().await;
    let items = mei.all_items(EVERYONE).await;
    let message = items.iter().filter_map(|item| item.message()).next_back().unwrap();
    let url = link(&mei, message.attachments[1].id).await.url;
    assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), "text");
}

#[tokio::test]
async fn a_move_takes_the_files_from_where_they_are_to_where_they_are_to_be() {
    let folder = TempDir::new().unwrap();
    let [data, here, there] = ["data", "here", "there"].map(|name| folder.path().join(name));
    let mut server = Server::with().flags(["--blobs", here.to_str().unwrap()]).start().await;
    let mei = Person::come(&server, "mei").await;
    let picture = upload(&mei, "dot.png", "", &png()).await;
    mei.connect().await.carry_out(with(EVERYONE, "", &[&picture])).await.unwrap();
    server.sigterm().await;
    let moved = |to: &Path, files: &Path| {
        let words = ["migrate", "--from", "--to", "--blobs-from", "--blobs-to"].map(PathBuf::from);
        let [migrate, from_flag, to_flag, blobs_from, blobs_to] = words;
        let from = server.data();
        [migrate, from_flag, from, to_flag, to.into(), blobs_from, files.into(), blobs_to, there.clone()]
    };
    // Where the files are not, the move says so; the place of the files is not that of the messages.
    let nowhere = folder.path().join("nowhere");
    let said = fails(&moved(&folder.path().join("first"), &nowhere)).await;
    assert!(said.contains("files of messages are missing in") && said.contains(": 1"), "{said}");
    let said = succeeds(&moved(&data, &here)).await;
    assert!(said.contains("1 copied, 0 there already"), "{said}");
    assert!(!data.join("blobs").exists());
    let check =
        |place: &Path| ["check".into(), "--data".into(), data.clone(), "--blobs".into(), place.into()];
    let said = succeeds(&check(&there)).await;
    assert!(said.contains("Files of messages: 1, all whole"), "{said}");
    fails(&check(&nowhere)).await;
    // A second move copies no file again.
    let said = succeeds(&moved(&folder.path().join("again"), &here)).await;
    assert!(said.contains("0 copied, 1 there already"), "{said}");

    fs::remove_dir_all(server.data()).unwrap();
    fs::rename(&data, server.data()).unwrap();
    fs::remove_dir_all(&here).unwrap();
    fs::rename(&there, &here).unwrap();
    server.restart().await;
    let url = link(&mei, picture.id).await.url;
    assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), png());
}

/// Where the messages go to a database, files stay where they are, unless a place is named for them.
#[tokio::test]
async fn a_move_to_a_database_leaves_the_files_where_they_are_unless_told() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let (mut server, mei) = with_files().await;
    server.sigterm().await;
    let folder = TempDir::new().unwrap();
    let (from, there) = (server.data(), folder.path().join("there"));
    let move_to = |address: &str| {
        vec!["migrate".into(), "--from".into(), from.clone(), "--to".into(), PathBuf::from(address)]
    };
    let said = succeeds(&move_to(&postgres.database())).await;
    assert!(said.contains("Files of messages stay where they are: 3"), "{said}");
    let address = postgres.database();
    let said = succeeds(&[move_to(&address), vec!["--blobs-to".into(), there.clone()]].concat()).await;
    assert!(said.contains("3 copied, 0 there already"), "{said}");
    fs::remove_dir_all(&from).unwrap();
    server.variable("CONFAB_DATABASE", &address);
    server.variable("CONFAB_BLOBS", there.to_str().unwrap());
    server.restart().await;
    let items = mei.all_items(EVERYONE).await;
    let message = items.iter().filter_map(|item| item.message()).next_back().unwrap();
    let url = link(&mei, message.attachments[0].id).await.url;
    assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), png());
}
