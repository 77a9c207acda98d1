//! Servers with a Postgres database: acknowledged messages survive killing the server or Postgres, and several servers share
//! one database.

use std::time::Duration;

use confab_postgres_fixture::PostgresServer;
use confab_shared::{
    error::{ErrorBody, ErrorCode},
    event::EventBody,
    id::{ClientId, ConversationId, Seq, UserId},
    protocol::{Ack, ServerFrame},
    user::ServerRole,
};

use crate::support::{Person, Server, Socket, client_id, in_time, person::EVERYONE, server::confab};

/// A server with a database.
async fn start(database: &str) -> Server {
    Server::with().variable("CONFAB_DATABASE", database).start().await
}

#[tokio::test]
async fn people_talk_and_a_restart_keeps_everything() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let mut server = start(&postgres.database()).await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("trip", &["ada"]).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let ack = socket.send_text(trip, "hello @ada").await;
    let event = adas.next_event().await;
    assert_eq!((event.seq, event.by), (ack.seq, mei.user.id));
    let answer = adas.send_text(trip, "hi").await;
    socket.read(trip, answer.seq).await;
    assert_eq!(adas.next_read().await.read_seq, answer.seq);
    assert!(!server.data().join("confab.db").exists(), "the data folder has no database");
    let (log, view) = (ada.log(trip).await, ada.view(trip).await);

    server.sigterm().await;
    server.restart().await;
    assert_eq!((ada.log(trip).await, ada.view(trip).await), (log, view));
    let ack = ada.connect().await.send_text(trip, "still here").await;
    assert_eq!(mei.view(trip).await.head_seq, ack.seq);
}

#[tokio::test]
async fn a_server_that_is_killed_has_lost_nothing_that_it_acknowledged() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let mut server = start(&postgres.database()).await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let mut acked = Vec::new();
    for round in 0..3 {
        let ids: Vec<_> = (0..50).map(|_| client_id()).collect();
        for id in &ids {
            socket.post(*id, EVERYONE, &format!("round {round}")).await;
        }
        // Those behind it are on their way.
        acked.push(socket.ack(ids[20]).await);
        server.sigkill().await;
        server.restart().await;
        socket = mei.connect().await;
        // Sent again, each is there once.
        for id in &ids {
            acked.push(socket.send_as(*id, EVERYONE, &format!("round {round}")).await);
        }
    }
    assert_log_has(&mei, &acked).await;
    assert_eq!(mei.log(EVERYONE).await.len(), 150);
}

/// Checks that a log is gapless, and has each acknowledged event at its place.
pub async fn assert_log_has(person: &Person, acked: &[Ack]) {
    let log = person.log(EVERYONE).await;
    for (seq, event) in (1..).zip(&log) {
        assert_eq!(event.seq, Seq(seq), "the log is gapless");
    }
    for ack in acked {
        let event = log.iter().find(|event| event.seq == ack.seq);
        let client_id = event.and_then(|event| event.client_id);
        assert_eq!(client_id, Some(ack.client_id), "what was acknowledged is there: {ack:?}");
    }
}

/// Posts until a post is refused, and answers what was acknowledged, and the refusal.
pub async fn post_until_refused(socket: &mut Socket, acked: &mut Vec<Ack>) -> ErrorBody {
    loop {
        let id = client_id();
        socket.post(id, EVERYONE, "hello").await;
        match socket.next_answer().await {
            Ok(ack) => acked.push(ack),
            Err(error) => return error,
        }
    }
}

/// Sends a post again and again until it is acknowledged, at the pace that the refusals name.
pub async fn post_until_acked(socket: &mut Socket, id: ClientId) -> Ack {
    post_to_until_acked(socket, id, EVERYONE, "hello").await
}

/// The same with any message.
async fn post_to_until_acked(socket: &mut Socket, id: ClientId, to: ConversationId, text: &str) -> Ack {
    let posting = async {
        loop {
            socket.post(id, to, text).await;
            match socket.next_answer().await {
                Ok(ack) => return ack,
                Err(error) => {
                    assert_eq!(error.code, ErrorCode::StoreFailed, "{error:?}");
                    let wait_ms = error.retry_after_ms.expect("it says when to try again");
                    tokio::time::sleep(Duration::from_millis(wait_ms.min(100))).await;
                }
            }
        }
    };
    in_time("an ack", posting).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_while_people_post_loses_nothing_and_all_comes_back_by_itself() {
    let Some(postgres) = PostgresServer::start() else { return };
    let server = start(&postgres.database()).await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let mut acked = Vec::new();
    for _ in 0..3 {
        acked.push(socket.send_text(EVERYONE, "before").await);
        let killing = async {
            // While posts are committed: the next event has come.
            adas.next_event().await;
            tokio::task::block_in_place(|| postgres.sigkill());
        };
        let (refused, ()) = tokio::join!(post_until_refused(&mut socket, &mut acked), killing);
        assert_eq!(refused.code, ErrorCode::StoreFailed);
        let wait_ms = refused.retry_after_ms.expect("it says when to try again");
        assert!((1..=60_000).contains(&wait_ms), "{wait_ms}");
        let refused = refused.client_id.expect("a command was refused");

        let error = mei.try_view(EVERYONE).await.unwrap_err();
        error.is(503, ErrorCode::StoreFailed);

        tokio::task::block_in_place(|| postgres.restart());
        acked.push(post_until_acked(&mut socket, refused).await);
    }
    assert_log_has(&mei, &acked).await;
    // Ada's socket got every event, those included whose ack was lost.
    let log = ada.log(EVERYONE).await;
    let last = log.last().unwrap().seq;
    let seen_last = |frame: &ServerFrame| match frame {
        ServerFrame::Event(event) if event.event.seq == last => Some(()),
        _ => None,
    };
    adas.find("the last event", seen_last).await;
}

/// The frames of a slow connection come long after the refusal of what was sent before them.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_overtakes_what_was_refused_while_the_database_was_away() {
    let Some(postgres) = PostgresServer::start() else { return };
    let server = start(&postgres.database()).await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    tokio::task::block_in_place(|| postgres.sigkill());
    let mut acked = Vec::new();
    let first = post_until_refused(&mut socket, &mut acked).await.client_id.expect("a command was refused");
    tokio::task::block_in_place(|| postgres.restart());
    // The database is back: another connection posts.
    let mut other = mei.connect().await;
    acked.push(post_until_acked(&mut other, client_id()).await);

    let late = client_id();
    socket.post(late, EVERYONE, "under way for long").await;
    let refused = socket.next_answer().await.expect_err("it would overtake the first");
    assert_eq!((refused.code, refused.client_id), (ErrorCode::StoreFailed, Some(late)));
    assert!(refused.retry_after_ms.is_some());
    for id in [first, late] {
        acked.push(post_until_acked(&mut socket, id).await);
    }
    assert_log_has(&mei, &acked).await;
}

/// Who is online cannot be read either: the message comes again, and mentions them then.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_for_those_online_waits_for_the_database() {
    let Some(postgres) = PostgresServer::start() else { return };
    let server = start(&postgres.database()).await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut socket = mei.connect().await;
    let _online = ada.connect().await;
    let trip = mei.group("trip", &["ada"]).await;
    let id = client_id();
    tokio::task::block_in_place(|| postgres.sigkill());
    socket.post(id, trip, "@here?").await;
    let refused = socket.next_answer().await.expect_err("nobody can say who is online");
    assert_eq!((refused.code, refused.client_id), (ErrorCode::StoreFailed, Some(id)));
    assert!(refused.retry_after_ms.is_some());
    tokio::task::block_in_place(|| postgres.restart());
    post_to_until_acked(&mut socket, id, trip, "@here?").await;
    let mentions = mei.log(trip).await.into_iter().find_map(|event| match event.body {
        EventBody::Posted(posted) => Some(posted.mentions),
        _ => None,
    });
    assert_eq!(mentions, Some(vec![ada.user.id, UserId::HERE]));
}

#[tokio::test]
async fn two_servers_on_one_database_make_one_gapless_log() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let database = postgres.database();
    let (one, other) = (start(&database).await, start(&database).await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    assert_eq!(mei.direct("ada").await, ada.direct("mei").await, "there is one conversation for a pair");
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    let ids: Vec<(ClientId, ClientId)> = (0..100).map(|_| (client_id(), client_id())).collect();
    for (of_mei, of_ada) in &ids {
        meis.post(*of_mei, EVERYONE, "of mei").await;
        adas.post(*of_ada, EVERYONE, "of ada").await;
    }
    let mut acked = Vec::new();
    for (of_mei, of_ada) in &ids {
        acked.push(meis.ack(*of_mei).await);
        acked.push(adas.ack(*of_ada).await);
    }
    assert_log_has(&mei, &acked).await;
    assert_eq!(mei.log(EVERYONE).await, ada.log(EVERYONE).await);
    let log = mei.log(EVERYONE).await;
    let ordinals = log.into_iter().map(|event| match event.body {
        EventBody::Posted(posted) => posted.ordinal,
        other => panic!("nothing else was sent: {other:?}"),
    });
    assert_eq!(ordinals.collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());

    // A command that is sent to both is carried out once.
    let id = client_id();
    meis.post(id, EVERYONE, "once").await;
    let again = mei.through(&other).connect().await.send_as(id, EVERYONE, "once").await;
    assert_eq!(meis.ack(id).await, again);
}

#[tokio::test]
async fn the_command_line_works_without_a_server_too() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let (database, folder) = (postgres.database(), tempfile::tempdir().unwrap());
    let user = |args: &[&str]| {
        let mut command = confab();
        command.arg("user").args(args).args(["--database", &database, "--data"]).arg(folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    user(&["add", "olga", "--role", "owner"]);
    let role = format!("{:?}", ServerRole::Owner).to_lowercase();
    assert_eq!(user(&["list"]), format!("olga\t{role}\n"));
}

#[test]
fn a_database_that_cannot_be_used_ends_it_with_1_and_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = format!("postgres://nobody@/confab?host={}", folder.path().display());
    for (address, named) in [("nonsense", "`--database`"), (nowhere.as_str(), "cannot be reached")] {
        let output = confab()
            .args(["--listen", "127.0.0.1:0", "--database", address, "--data"])
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let line = stderr.lines().last().unwrap_or_default();
        assert!(line.starts_with("error: ") && line.contains(named), "{stderr}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_build_is_refused_and_left_as_it_is() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let database = postgres.database();
    start(&database).await.sigterm().await;
    let name = database.split(['/', '?']).nth(3).unwrap();
    postgres.sql(name, "UPDATE schema_version SET version = 1000");
    let folder = tempfile::tempdir().unwrap();
    let mut command = confab();
    command.args(["--listen", "127.0.0.1:0", "--database", &database, "--data"]).arg(folder.path());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("newer Confab"), "{stderr}");
    assert_eq!(postgres.sql(name, "SELECT version FROM schema_version"), "1000");
}
