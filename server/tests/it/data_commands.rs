//! `confab backup`, `confab restore` and `confab check`.

mod faults;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use confab_shared::{
    command::{Delete, Edit, Pin, React, Send},
    id::{ConversationId, Seq},
};
use tempfile::TempDir;

use crate::support::{Person, Server, client_id, person::EVERYONE, server::confab};

/// Runs a command on a data folder, without blocking the test's other tasks.
async fn run(command: &'static str, argument: Option<PathBuf>, data: PathBuf) -> Output {
    let run = move || confab().arg(command).args(argument).arg("--data").arg(data).output().unwrap();
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn succeeds(command: &'static str, argument: Option<PathBuf>, data: PathBuf) -> String {
    let output = run(command, argument, data).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The one line of the error with which a command ends.
async fn fails(command: &'static str, argument: Option<PathBuf>, data: PathBuf) -> String {
    let output = run(command, argument, data).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// People who use all that changes what is stored, on the server of a test.
struct Office {
    mei: Person,
    direct: ConversationId,
    group: ConversationId,
}

impl Office {
    async fn open(server: &Server) -> Self {
        let (mei, ada) = (Person::come(server, "mei").await, Person::come(server, "ada").await);
        Person::come(server, "bo").await;
        let direct = mei.direct("ada").await;
        let group = mei.group("plans", &["ada", "bo"]).await;
        let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
        for n in 0..70 {
            meis.send_text(direct, &format!("number {n}")).await;
        }
        adas.read(direct, Seq(40)).await;
        let first = meis.send_text(group, "hello @ada").await.seq;
        let second = adas.send_text(group, "hello").await.seq;
        let gone = meis.send_text(group, "a slip").await.seq;
        let text = "hello @ada and @bo".to_owned();
        meis.carry_out(Edit { client_id: client_id(), conversation: group, target: first, text })
            .await
            .unwrap();
        for emoji in ["👍", "🎉"] {
            let emoji = emoji.to_owned();
            let react = React { client_id: client_id(), conversation: group, target: first, emoji, on: true };
            adas.carry_out(react).await.unwrap();
        }
        let react = React {
            client_id: client_id(),
            conversation: group,
            target: first,
            emoji: "🎉".into(),
            on: false,
        };
        adas.carry_out(react).await.unwrap();
        for on in [true, false, true] {
            meis.carry_out(Pin { client_id: client_id(), conversation: group, target: second, on })
                .await
                .unwrap();
        }
        meis.carry_out(Delete { client_id: client_id(), conversation: group, target: gone }).await.unwrap();
        let reply =
            |text: &str| Send { thread: Some(first), ..Send::new(client_id(), group, text.to_owned()) };
        adas.carry_out(reply("beside it, @bo")).await.unwrap();
        let slip = adas.carry_out(reply("another slip")).await.unwrap().seq;
        adas.carry_out(Delete { client_id: client_id(), conversation: group, target: slip }).await.unwrap();
        ada.leave(group, client_id()).await.unwrap();
        mei.rename(group, client_id(), "plans of two").await.unwrap();
        meis.send_text(EVERYONE, "hello all").await;
        Self { mei, direct, group }
    }
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn backup_of_a_busy_server_is_restored_with_all_that_was_acknowledged() {
    let mut server = Server::start().await;
    let Office { mei, direct, group } = Office::open(&server).await;
    let folder = TempDir::new().unwrap();
    let goes_on = Arc::new(AtomicBool::new(true));
    let mut socket = mei.connect().await;
    let before = socket.send_text(direct, "before").await.seq;
    let writing = tokio::spawn({
        let goes_on = Arc::clone(&goes_on);
        async move {
            let mut sent = 0;
            while goes_on.load(Ordering::Relaxed) {
                socket.send_text(direct, &format!("meanwhile {sent}")).await;
                sent += 1;
            }
            sent
        }
    });
    let file = folder.path().join("one.db");
    let said = succeeds("backup", Some(file.clone()), server.data()).await;
    assert!(said.contains("no fault"), "{said}");
    // A folder gets a file that is named after the time.
    succeeds("backup", Some(folder.path().to_owned()), server.data()).await;
    let names = entries(folder.path());
    assert!(
        matches!(&names[..], [named, _] if named.starts_with("confab-20") && named.ends_with("Z.db")),
        "{names:?}"
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    goes_on.store(false, Ordering::Relaxed);
    assert!(writing.await.unwrap() > 0);

    let (log, items) = (mei.log(direct).await, mei.all_items(group).await);
    server.sigterm().await;
    fs::remove_dir_all(server.data()).unwrap();
    succeeds("restore", Some(file.clone()), server.data()).await;
    succeeds("check", None, server.data()).await;
    assert!(succeeds("check", Some(file), "/nowhere".into()).await.contains("no fault"));
    server.restart().await;
    let mei = mei.again(&server).await;
    let restored = mei.log(direct).await;
    assert!(restored.last().unwrap().seq >= before);
    assert_eq!(restored[..], log[..restored.len()], "a snapshot has all events up to one of them");
    assert_eq!(mei.all_items(group).await, items);
}

#[tokio::test]
async fn nothing_that_exists_is_overwritten() {
    let server = Server::start().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("one.db");
    fs::write(&file, "mine").unwrap();
    assert!(fails("backup", Some(file.clone()), server.data()).await.contains("exists already"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let backup = folder.path().join("two.db");
    succeeds("backup", Some(backup.clone()), server.data()).await;
    let error = fails("restore", Some(backup.clone()), server.data()).await;
    assert!(error.contains("not empty"), "{error}");
    let other = folder.path().join("data");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "mine").unwrap();
    let error = fails("restore", Some(backup), other.clone()).await;
    assert!(error.contains("letter.txt"), "{error}");
    assert_eq!(entries(&other), ["letter.txt"]);
}

#[tokio::test]
async fn what_is_no_database_is_neither_copied_nor_restored() {
    let folder = TempDir::new().unwrap();
    let (text, to) = (folder.path().join("letter.txt"), folder.path().join("to.db"));
    fs::write(&text, "not a database at all, but long enough to be taken for the head of one".repeat(20))
        .unwrap();
    let missing = folder.path().join("missing");
    let error = fails("backup", Some(to.clone()), missing.clone()).await;
    assert!(error.contains("confab.db"), "{error}");
    let error = fails("restore", Some(missing), folder.path().join("one")).await;
    assert!(error.contains("missing"), "{error}");
    let error = fails("restore", Some(text.clone()), folder.path().join("two")).await;
    assert!(error.contains("letter.txt") && error.contains("not a database"), "{error}");
    assert_eq!(entries(&folder.path().join("two")), ["confab.lock"]);
    fails("check", Some(text), folder.path().to_owned()).await;
    assert_eq!(entries(folder.path()), ["letter.txt", "one", "two"], "a failed backup leaves nothing");
}

#[tokio::test]
async fn database_of_another_program_is_neither_sound_nor_restored() {
    let folder = TempDir::new().unwrap();
    let (empty, other) = (folder.path().join("empty.db"), folder.path().join("other.db"));
    fs::write(&empty, "").unwrap();
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection.execute_batch("CREATE TABLE user (id INTEGER); PRAGMA user_version = 3").unwrap();
    connection.close().unwrap();
    for file in [empty, other] {
        let error = fails("check", Some(file.clone()), folder.path().to_owned()).await;
        assert!(error.contains("is no Confab database"), "{error}");
        let data = folder.path().join("data");
        let error = fails("restore", Some(file), data.clone()).await;
        assert!(error.contains("is no Confab database"), "{error}");
        assert_eq!(entries(&data), ["confab.lock"]);
    }
}

#[tokio::test]
async fn of_two_backups_to_one_name_at_once_one_fails() {
    let (server, folder) = (Server::start().await, TempDir::new().unwrap());
    Office::open(&server).await;
    let file = folder.path().join("one.db");
    let backup = || run("backup", Some(file.clone()), server.data());
    let outputs: [Output; 2] = tokio::join!(backup(), backup()).into();
    let made = outputs.iter().filter(|output| output.status.success()).count();
    assert_eq!(made, 1, "{outputs:?}");
    assert_eq!(entries(folder.path()), ["one.db"]);
    assert!(succeeds("check", Some(file), "/nowhere".into()).await.contains("no fault"));
}

#[tokio::test]
async fn backup_of_an_earlier_build_is_restored_and_migrated_without_a_fault() {
    let (mut server, folder) = (Server::start().await, TempDir::new().unwrap());
    server.sigterm().await;
    for fixture in ["schema_1.db", "schema_3.db", "schema_4.db", "schema_6.db"] {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(fixture);
        let backup = folder.path().join(fixture);
        fs::copy(original, &backup).unwrap();
        fs::remove_dir_all(server.data()).unwrap();
        let said = succeeds("restore", Some(backup), server.data()).await;
        assert!(said.contains("earlier build"), "{said}");
        server.restart().await;
        // Also while the server runs.
        let said = succeeds("check", None, server.data()).await;
        assert!(said.contains("no fault"), "{fixture:?}: {said}");
        server.sigterm().await;
    }
}
