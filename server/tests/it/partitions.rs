//! Partitions of the network: packets between two machines are dropped, and neither is told. Postgres and NATS run on machines
//! of their own (network namespaces); where these cannot be made, the tests are skipped.

use std::time::{Duration, Instant};

use confab_postgres_fixture::{self as postgres, PostgresServer};
use confab_shared::{
    error::ErrorCode,
    id::Seq,
    protocol::{ClientFrame, ServerFrame},
};

use crate::{
    postgres::{assert_log_has, post_until_acked, post_until_refused},
    support::{
        Person, Server, Socket, http, in_time,
        machine::{Dropped, Machine},
        nats::NatsServer,
        person::EVERYONE,
    },
};

/// Within which time who sends something, or asks for it, learns that the database cannot be reached: a connection that is
/// silent counts as lost after about ten seconds.
const NOTICED: Duration = Duration::from_secs(15);

/// Within which time events of other nodes arrive that the bus does not carry.
const DELAY: Duration = Duration::from_secs(5);

/// A node with a database and a bus.
async fn node(database: &str, bus: &str) -> Server {
    Server::with().flags(["--database", database, "--bus", bus, "--drain-seconds", "0"]).start().await
}

/// Waits until `/readyz` answers so.
async fn until_it_says(server: &Server, status: u16, body: &str) {
    let asking = async {
        loop {
            let answer = http().get(server.url("/readyz")).send().await.expect("it answers");
            if answer.status() == status && answer.text().await.is_ok_and(|text| text == body) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    in_time(body, asking).await;
}

/// Waits until a page that opens is told that it may be slow, or is not.
async fn until_slow(person: &Person, is_slow: bool) {
    let opening = async {
        loop {
            let mut socket = person.connect().await;
            socket.send(&ClientFrame::Ping).await;
            let told = socket.find("the answer", |frame| match frame {
                ServerFrame::Slow { slow } => Some(*slow),
                ServerFrame::Pong => Some(false),
                _ => None,
            });
            if told.await == is_slow {
                return;
            }
            socket.leave().await;
        }
    };
    in_time("that a page is slow, or not", opening).await;
}

/// Waits for the event of a seq in Everyone.
async fn receives(socket: &mut Socket, seq: Seq) {
    let is_it = |frame: &ServerFrame| match frame {
        ServerFrame::Event(event) if event.event.conversation == EVERYONE && event.event.seq == seq => {
            Some(())
        }
        _ => None,
    };
    socket.find(&format!("event {seq}"), is_it).await;
}

/// Signals that somebody is typing until another one gets it.
async fn typing_arrives(from: &mut Socket, to: &mut Socket) {
    let typing = |frame: &ServerFrame| matches!(frame, ServerFrame::Typing { .. }).then_some(());
    let signalling = async {
        loop {
            from.typing(EVERYONE).await;
            // As often as signals are passed on.
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
    };
    tokio::select! {
        () = signalling => {}
        () = to.find("that somebody is typing", typing) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_cut_off_from_the_database_refuses_in_time_and_comes_back_by_itself() {
    let Some(machine) = Machine::start() else { return };
    let (Some(postgres), Some(mut bus)) =
        (PostgresServer::start_in(machine.namespace()), NatsServer::start())
    else {
        return;
    };
    let cable = machine.cable();
    let far = format!("postgres://postgres@{}/postgres", cable.address());
    // The other node shares the database's machine, as far as that goes: it reaches it by a Unix socket.
    let (one, other) = (node(&far, &bus.url()).await, node(&postgres.address("postgres"), &bus.url()).await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    let notes = ada.direct("ada").await;
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    let mut acked = vec![meis.send_text(EVERYONE, "before").await];
    // From then on every heartbeat arrives.
    bus.stop();
    until_slow(&ada, true).await;
    bus.restart();
    until_slow(&ada, false).await;
    adas.frames_so_far(notes).await;
    let mut frames = Vec::new();
    for dropped in [Dropped::All, Dropped::Answers] {
        frames.extend(adas.frames_so_far(notes).await);
        let cutting = async {
            // While posts are committed: the next event has come.
            adas.next_event().await;
            tokio::task::block_in_place(|| cable.cut(dropped));
            Instant::now()
        };
        let (refused, since) = tokio::join!(post_until_refused(&mut meis, &mut acked), cutting);
        let noticed = since.elapsed();
        assert_eq!(refused.code, ErrorCode::StoreFailed);
        assert!((1..=60_000).contains(&refused.retry_after_ms.expect("it says when to try again")));
        assert!(noticed < NOTICED, "{dropped:?}: {noticed:?}");
        let refused = refused.client_id.expect("a command was refused");

        // The node answers what it can without the database.
        meis.send(&ClientFrame::Ping).await;
        let pong = |frame: &ServerFrame| matches!(frame, ServerFrame::Pong).then_some(());
        meis.find_within(Duration::from_secs(2), "a pong", pong).await;
        let page = in_time("the page", http().get(one.url("/")).send()).await.unwrap();
        assert!(page.status().is_success());
        // All else is refused in time.
        let since = Instant::now();
        mei.try_view(EVERYONE).await.unwrap_err().is(503, ErrorCode::StoreFailed);
        assert!(since.elapsed() < NOTICED, "{dropped:?}: {:?}", since.elapsed());
        until_it_says(&one, 503, r#"{"ready":false,"failing":["storage"]}"#).await;

        // Others go on, and who is connected to the node receives what they say, over the bus.
        let sent = adas.send_text(EVERYONE, "meanwhile").await;
        receives(&mut meis, sent.seq).await;
        acked.push(sent);

        tokio::task::block_in_place(|| cable.mend());
        let since = Instant::now();
        let ack = post_until_acked(&mut meis, refused).await;
        let back = since.elapsed();
        eprintln!("{dropped:?} dropped: refused after {noticed:?}, acknowledged {back:?} after the end");
        receives(&mut adas, ack.seq).await;
        acked.push(ack);
        until_it_says(&one, 200, r#"{"ready":true}"#).await;
    }
    // The people of the other node never heard of it.
    frames.extend(adas.frames_so_far(notes).await);
    assert!(!frames.iter().any(|frame| matches!(frame, ServerFrame::Slow { .. })), "{frames:#?}");
    assert_log_has(&mei, &acked).await;
    assert_eq!(mei.log(EVERYONE).await, ada.log(EVERYONE).await);
    let mut ids: Vec<_> = mei.log(EVERYONE).await.iter().map(|event| event.client_id).collect();
    let events = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events, "nothing is there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn node_cut_off_from_the_bus_delivers_late_and_says_so() {
    let Some(machine) = Machine::start() else { return };
    let cables = [machine.cable(), machine.cable()];
    let bus = NatsServer::start_in(machine.namespace(), cables[0].address());
    let (Some(bus), Some(postgres)) = (bus, postgres::shared()) else { return };
    let [to_one, to_other] = cables.each_ref().map(|cable| bus.url_at(cable.address()));
    let database = postgres.database();
    let (one, other) = (node(&database, &to_one).await, node(&database, &to_other).await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    let notes = ada.direct("ada").await;
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    until_slow(&ada, false).await;
    typing_arrives(&mut meis, &mut adas).await;
    let before = meis.send_text(EVERYONE, "before").await;
    receives(&mut adas, before.seq).await;

    tokio::task::block_in_place(|| cables[0].cut(Dropped::All));
    let since = Instant::now();
    let first = meis.send_text(EVERYONE, "of the one that is cut off").await;
    let second = adas.send_text(EVERYONE, "of the other").await;
    receives(&mut adas, first.seq).await;
    let there = since.elapsed();
    receives(&mut meis, second.seq).await;
    let here = since.elapsed();
    assert!(there < DELAY && here < DELAY, "{there:?} and {here:?}");
    until_slow(&mei, true).await;
    until_slow(&ada, true).await;
    until_it_says(&one, 200, r#"{"ready":true,"failing":["bus"]}"#).await;
    until_it_says(&other, 200, r#"{"ready":true}"#).await;
    // It goes on like that.
    let since = Instant::now();
    let third = meis.send_text(EVERYONE, "later").await;
    receives(&mut adas, third.seq).await;
    let later = since.elapsed();
    assert!(later < DELAY, "{later:?}");

    tokio::task::block_in_place(|| cables[0].mend());
    let since = Instant::now();
    until_slow(&mei, false).await;
    until_slow(&ada, false).await;
    eprintln!(
        "arrived after {there:?}, {here:?} and {later:?}; all is well {:?} after the end",
        since.elapsed()
    );
    typing_arrives(&mut meis, &mut adas).await;
    typing_arrives(&mut adas, &mut meis).await;
    let fourth = meis.send_text(EVERYONE, "at last").await;
    for seq in [before.seq, first.seq, third.seq, fourth.seq] {
        receives(&mut meis, seq).await;
    }
    for seq in [second.seq, fourth.seq] {
        receives(&mut adas, seq).await;
    }
    // Each came once.
    adas.no_more_events(notes).await;
    assert_eq!(mei.log(EVERYONE).await, ada.log(EVERYONE).await);
}
