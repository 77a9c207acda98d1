//! Servers that share a database and a bus: real processes, a real Postgres and a real NATS server.

use std::time::{Duration, Instant};

use confab_postgres_fixture as postgres;
use confab_shared::{
    api::SignedIn,
    error::ErrorCode,
    event::EventBody,
    id::{ConversationId, UserId},
    protocol::{ServerFrame, close},
    user::{ServerRole, User},
};

use crate::{
    accounts, display_names,
    support::{
        Person, Server, Socket, client_id, in_time,
        nats::NatsServer,
        person::{self, EVERYONE},
        server::Setup,
    },
};

/// "Going away": the server stops.
const AWAY: u16 = 1001;

/// What nodes share.
pub struct Cluster {
    bus: NatsServer,
    database: String,
}

impl Cluster {
    /// None where a server that it needs is not installed.
    pub fn new() -> Option<Self> {
        let (bus, postgres) = (NatsServer::start()?, postgres::shared()?);
        Some(Self { bus, database: postgres.database() })
    }

    /// A node that was started.
    pub async fn node(&self) -> Server {
        self.setup().start().await
    }

    /// The address of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// What the database answers to a statement.
    pub fn sql(&self, sql: &str) -> String {
        let name = self.database.split('?').next().and_then(|address| address.rsplit('/').next());
        postgres::shared().unwrap().sql(name.unwrap(), sql)
    }

    /// A node that was started with a flag and its value besides.
    pub async fn node_with(&self, flag: [&str; 2]) -> Server {
        self.setup().flags(flag).start().await
    }

    fn setup(&self) -> Setup {
        let node = Server::with().flags(["--database", &self.database, "--bus", &self.bus.url()]);
        node.flags(["--drain-seconds", "2"])
    }
}

/// The same session on another server.
fn at(person: &Person, server: &Server) -> Person {
    let Person { token, guest_key, user, .. } = person.clone();
    Person::of(server, SignedIn { token, guest_key: Some(guest_key), user })
}

/// The next presence of somebody that a socket gets.
async fn presence(socket: &mut Socket, patience: Duration) -> bool {
    let online = socket.find_within(patience, "a presence", |frame| match frame {
        ServerFrame::Presence(presence) => Some(presence.online),
        _ => None,
    });
    online.await
}

/// The messages that a socket gets up to one.
async fn texts_until(socket: &mut Socket, last: &str) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.last().is_none_or(|text| text != last) {
        if let EventBody::Posted(posted) = socket.next_event().await.body {
            texts.push(posted.text.to_string());
        }
    }
    texts
}

#[tokio::test]
async fn a_person_is_the_same_on_every_node() {
    let Some(cluster) = Cluster::new() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    let (mut here, mut there) = (mei.connect().await, ada.connect().await);
    let group = mei.group("Tea", &["ada"]).await;
    here.send_text(group, "hi").await;
    assert_eq!(texts_until(&mut there, "hi").await, ["hi"]);
    // No stickiness: a request over HTTP to the one node, the socket on the other.
    at(&mei, &other).post_text(group, "from elsewhere").await;
    assert_eq!(texts_until(&mut here, "from elsewhere").await, ["hi", "from elsewhere"]);
    assert_eq!(texts_until(&mut there, "from elsewhere").await, ["from elsewhere"]);
    // A session that ends on the one ends its connections to the other.
    let second = mei.again(&other).await;
    let mut elsewhere = second.connect().await;
    at(&second, &one).sign_out().await.unwrap();
    assert_eq!(elsewhere.closed().await, close::BAD_TOKEN);
    // Who left receives nothing more.
    ada.leave(group, client_id()).await.unwrap();
    here.send_text(group, "she is gone").await;
    here.send_text(EVERYONE, "last").await;
    assert_eq!(texts_until(&mut there, "last").await, ["last"]);
}

#[tokio::test]
async fn those_who_are_online_elsewhere_are_mentioned_too() {
    let Some(cluster) = Cluster::new() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    Person::come(&other, "li").await;
    let group = mei.group("Tea", &["ada", "li"]).await;
    let (mut here, mut there) = (mei.connect().await, ada.connect().await);
    here.send_text(group, "@here").await;
    let EventBody::Posted(posted) = there.next_event().await.body else { panic!("a message") };
    assert_eq!(posted.mentions, [ada.user.id, UserId::HERE]);
}

#[tokio::test]
async fn the_set_up_link_of_each_node_is_good_until_there_is_an_owner() {
    let Some(cluster) = Cluster::new() else { return };
    let for_accounts = || cluster.setup().flags(["--access", "accounts"]).start();
    let (one, other) = (for_accounts().await, for_accounts().await);
    let (first, second) = (accounts::setup_token(&one), accounts::setup_token(&other));
    let owner = accounts::create(&other, Some(&first), "olga").await.unwrap();
    assert_eq!(accounts::me(&at(&owner, &one)).await.unwrap().role, ServerRole::Owner);
    let refused = accounts::create(&one, Some(&second), "mallory").await.err().unwrap();
    assert_eq!(refused.body.code, ErrorCode::BadInvitation);
}

#[tokio::test]
async fn a_display_name_set_on_one_node_is_carried_by_events_of_another() {
    let Some(mut cluster) = Cluster::new() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    let (mut here, mut there) = (mei.connect().await, ada.connect().await);
    let direct = mei.direct("ada").await;
    let elsewhere = at(&mei, &other);
    let new = display_names::set(&elsewhere, "Mei Ling").await.unwrap();
    carried(&new, direct, &mut here, &mut there).await;
    // What the bus lost is read from storage.
    cluster.bus.stop();
    let newer = display_names::set(&elsewhere, "Ling").await.unwrap();
    carried(&newer, direct, &mut here, &mut there).await;
}

/// Sends messages until one comes under the author's present name.
async fn carried(author: &User, direct: ConversationId, here: &mut Socket, there: &mut Socket) {
    let users = |frame: &ServerFrame| match frame {
        ServerFrame::Event(event) if event.event.by == author.id => Some(event.users.clone()),
        _ => None,
    };
    let carried = async {
        loop {
            here.send_text(direct, "hello").await;
            if there.find("her message", users).await.contains(author) {
                break;
            }
        }
    };
    in_time("a message with her new name", carried).await;
}

#[tokio::test]
async fn the_people_of_a_killed_node_go_offline_within_thirty_seconds() {
    let Some(cluster) = Cluster::new() else { return };
    let (one, mut other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    let direct = mei.direct("ada").await;
    mei.post_text(direct, "hi").await;
    ada.post_text(direct, "hello").await;
    let mut here = mei.connect().await;
    let _there = ada.connect().await;
    assert!(presence(&mut here, Duration::from_secs(5)).await);
    other.sigkill().await;
    let since = Instant::now();
    assert!(!presence(&mut here, Duration::from_secs(30)).await);
    eprintln!("offline after {:?}", since.elapsed());
    let seen = mei.try_view(direct).await.unwrap().presence;
    assert!(seen.iter().any(|presence| !presence.online && presence.last_seen.is_some()), "{seen:?}");
}

#[tokio::test]
async fn a_rolling_restart_loses_nothing_and_does_not_send_all_at_once() {
    let Some(cluster) = Cluster::new() else { return };
    let mut old = cluster.node().await;
    let mei = Person::come(&old, "mei").await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(mei.connect().await);
    }
    let new = cluster.node().await;
    let first = sockets[0].send_text(EVERYONE, "before").await;
    old.ask_to_stop();
    let since = Instant::now();
    let closed = sockets.into_iter().map(async |mut socket| {
        let (_, code) = socket.until_closed().await;
        assert_eq!(code, Some(AWAY));
        since.elapsed()
    });
    let ends: Vec<_> = futures_util::future::join_all(closed).await;
    assert_eq!(old.stopped().await.code(), Some(0));
    let (earliest, latest) = (ends.iter().min().unwrap(), ends.iter().max().unwrap());
    assert!(*latest - *earliest > Duration::from_millis(500), "all at once: {ends:?}");
    let mei = at(&mei, &new);
    let mut socket = mei.connect().await;
    assert!(socket.send_text(EVERYONE, "after").await.seq > first.seq);
    assert_eq!(mei.log(person::EVERYONE).await.len(), 2);
}

#[tokio::test]
async fn without_the_bus_messages_arrive_within_five_seconds_and_the_page_gets_slow() {
    let Some(mut cluster) = Cluster::new() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (Person::come(&one, "mei").await, Person::come(&other, "ada").await);
    let mut there = ada.connect().await;
    let direct = mei.direct("ada").await;
    cluster.bus.stop();
    let since = Instant::now();
    mei.post_text(direct, "hi").await;
    assert_eq!(there.next_text().await, "hi");
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    let slow = |frame: &ServerFrame| if let ServerFrame::Slow { slow } = frame { Some(*slow) } else { None };
    let mut late = ada.connect().await;
    assert!(late.find("slow", slow).await);
    cluster.bus.restart();
    assert!(!late.find("not slow", slow).await);
}

#[tokio::test]
async fn a_bus_needs_a_database_that_servers_share() {
    let refused = crate::support::server::confab()
        .args(["--listen", "127.0.0.1:0", "--bus", "nats://127.0.0.1:9", "--data"])
        .arg(tempfile::tempdir().unwrap().path())
        .output()
        .unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--bus"), "{refused:?}");
}
