//! `confab migrate`: everything moves between a data folder and a database, and people go on where they were.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Output, Stdio},
    time::Duration,
};

use confab_postgres_fixture::{self as fixture, PostgresServer};
use confab_shared::{
    command::{Edit, React},
    conversation::Conversation,
    id::{ConversationId, Seq},
};

use crate::support::{Person, Server, client_id, in_time, server::confab};

fn command(from: &str, to: &str) -> std::process::Command {
    let mut command = confab();
    command.args(["migrate", "--from", from, "--to", to]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn migrate(from: &str, to: &str) -> Output {
    command(from, to).output().unwrap()
}

fn migrated(from: &str, to: &str) -> (String, String) {
    let Output { status, stdout, stderr } = migrate(from, to);
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{stderr}");
    (stdout, stderr)
}

fn refused(from: &str, to: &str) -> String {
    let Output { status, stderr, .. } = migrate(from, to);
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

fn path(folder: &Path) -> String {
    folder.to_str().unwrap().to_owned()
}

/// The name of a database in its address.
fn name(address: &str) -> &str {
    address.split('?').next().unwrap().rsplit('/').next().unwrap()
}

/// Two people in a group, of whom the one has read a part of what the other wrote.
struct Talk {
    server: Server,
    mei: Person,
    ada: Person,
    group: ConversationId,
}

impl Talk {
    async fn new() -> Self {
        let server = Server::start().await;
        let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
        let group = mei.group("trip", &["ada"]).await;
        let (mut writing, mut reading) = (mei.connect().await, ada.connect().await);
        for number in 0..20 {
            writing.send_text(group, &format!("number {number} for @ada")).await;
        }
        let message = mei.log(group).await.pop().unwrap().seq;
        let edit =
            Edit { client_id: client_id(), conversation: group, target: message, text: "edited".to_owned() };
        writing.carry_out(edit).await.unwrap();
        let emoji = "👍".to_owned();
        let react = React { client_id: client_id(), conversation: group, target: message, emoji, on: true };
        reading.carry_out(react).await.unwrap();
        reading.read(group, Seq(9)).await;
        reading.next_read().await;
        Self { server, mei, ada, group }
    }

    /// What the reader finds.
    async fn view(&self) -> (Conversation, Vec<String>) {
        let items = self.ada.all_items(self.group).await;
        (self.ada.view(self.group).await, items.iter().map(|item| format!("{item:?}")).collect())
    }
}

#[tokio::test]
async fn people_read_on_with_the_same_session_after_a_move_there_and_back() {
    let Some(postgres) = fixture::shared() else { return };
    let mut talk = Talk::new().await;
    let before = talk.view().await;
    assert!(before.0.unread() > 0);
    talk.server.sigterm().await;
    let (data, address) = (talk.server.data(), postgres.database());
    let (said, _) = migrated(&path(&data), &address);
    assert!(said.contains("Both sides were read again and are the same"), "{said}");

    // On the database, with a folder of its own and the same port.
    fs::rename(&data, data.with_extension("old")).unwrap();
    talk.server.variable("CONFAB_DATABASE", &address);
    talk.server.restart().await;
    assert!(!data.join("confab.db").exists());
    assert_eq!(talk.view().await, before);
    let ack = talk.ada.connect().await.send_text(talk.group, "on the other side").await;
    assert_eq!(ack.seq, before.0.head_seq.next());
    let in_use = refused(&address, &path(&data));
    assert!(in_use.contains("a server uses the database"), "{in_use}");
    let before = talk.view().await;
    talk.server.sigterm().await;

    // In the place of the folder, so that the server starts on what came back.
    fs::remove_dir_all(&data).unwrap();
    migrated(&address, &path(&data));
    talk.server.remove_variable("CONFAB_DATABASE");
    talk.server.restart().await;
    assert!(data.join("confab.db").exists());
    assert_eq!(talk.view().await, before);
    let ack = talk.ada.connect().await.send_text(talk.group, "here I am again").await;
    assert_eq!(ack.seq, before.0.head_seq.next());
    assert_eq!(talk.mei.again(&talk.server).await.log(talk.group).await.len() as u64, ack.seq.0);
}

/// A session that keeps others from the events, until its input ends.
fn hold_events(postgres: &PostgresServer, database: &str) -> Child {
    let mut psql = postgres.program("psql");
    psql.args(["-XqAt", "-U", "postgres", "-d", database]);
    let mut psql = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(psql.stdin.as_mut().unwrap(), "BEGIN; LOCK TABLE event; SELECT 'held';").unwrap();
    let mut line = String::new();
    BufReader::new(psql.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    psql
}

async fn until(postgres: &PostgresServer, database: &str, what: &str, count: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND application_name = 'confab' AND {what}"
    );
    let waiting = async {
        while postgres.sql(database, &sql) != count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    in_time("the database", waiting).await;
}

#[tokio::test]
async fn killed_move_goes_on_where_it_was() {
    let Some(postgres) = fixture::shared() else { return };
    let mut talk = Talk::new().await;
    let before = talk.view().await;
    talk.server.sigterm().await;
    let (data, address) = (talk.server.data(), postgres.database());
    let database = name(&address);
    // Makes the tables: what is empty moves, too.
    let empty = tempfile::tempdir().unwrap();
    migrated(&address, &path(&empty.path().join("data")));

    let mut held = hold_events(postgres, database);
    let mut moving = command(&path(&data), &address).spawn().unwrap();
    until(postgres, database, "wait_event_type = 'Lock'", "1").await;
    moving.kill().unwrap();
    moving.wait().unwrap();
    drop(held.stdin.take());
    held.wait().unwrap();
    until(postgres, database, "true", "0").await;
    assert_eq!(postgres.sql(database, "SELECT count(*) > 0 FROM users"), "t", "it had begun");

    let (_, said) = migrated(&path(&data), &address);
    assert!(said.contains("going on with the members"), "{said}");
    fs::rename(&data, data.with_extension("old")).unwrap();
    migrated(&address, &path(&data));
    talk.server.restart().await;
    assert_eq!(talk.view().await, before);
}

#[tokio::test]
async fn wrong_places_are_refused() {
    let Some(postgres) = fixture::shared() else { return };
    let mut talk = Talk::new().await;
    let (data, address) = (talk.server.data(), postgres.database());
    let in_use = refused(&path(&data), &address);
    assert!(in_use.contains("another Confab uses"), "{in_use}");
    talk.server.sigterm().await;
    assert!(refused(&path(&data), &path(&data)).contains("are the same"));
    assert!(refused("/nowhere/at/all", &address).contains("no data of Confab"));
    assert!(refused(&path(&data), "mysql://db/x").contains("expected a folder or postgres://"));
    assert!(refused(&path(&data), "postgres://postgres@/none?host=/nowhere").contains("cannot be reached"));
    migrated(&path(&data), &address);
    assert!(refused(&path(&data), &address).contains("has data already"));
}
