//! Nodes of one storage on a real bus.

mod nodes;

use std::time::{Duration, Instant};

use confab_shared::{
    error::ErrorCode,
    event::{Event, EventBody},
    id::{Seq, UserId},
    protocol::ServerFrame,
};

use self::nodes::{Cluster, Tab, leave};
use crate::{
    domain::{client_address::ClientAddress, limits::INVITATIONS},
    realtime::bus::{Bus as _, EndedConnections},
    storage::EVERYONE,
};

/// What people learn of by a bus that works comes within this, where nothing else has to happen.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_its_people_on_every_node_once_in_the_wires_bytes() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada, eve) = (cluster.user("mei").await, cluster.user("ada").await, cluster.user("eve").await);
    let group = one.group(&mei, "Tea", &[&ada]).await;
    let direct = one.direct(&mei, &ada).await;
    let mut here = one.connect(&mei).await;
    let (mut there, mut stranger) = (other.connect(&ada).await, other.connect(&eve).await);
    for id in [group, direct, EVERYONE] {
        let seq = one.post(&mei, id, "hi").await;
        let (sent, received) = (here.event_at(id, seq).await, there.event_at(id, seq).await);
        assert_eq!(sent.0, received.0, "the same bytes");
    }
    assert_eq!(stranger.event(EVERYONE).await.1.seq.0, 1, "the first event that eve gets");
    // The other way round; what comes next is nothing that came before.
    let seq = other.post(&ada, group, "hello").await;
    assert_eq!(here.event(group).await.1.seq, seq);
    assert_eq!(there.event(group).await.1.seq, seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_in_turn_deliver_one_order() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let group = one.group(&mei, "Tea", &[&ada]).await;
    let mut tabs = [one.connect(&mei).await, other.connect(&ada).await];
    for n in 0..100 {
        let (_, _) = tokio::join!(one.post(&mei, group, "hi"), other.post(&ada, group, "hi"));
        for tab in &mut tabs {
            for seq in [3 + 2 * n, 4 + 2 * n] {
                tab.event_at(group, Seq(seq)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn added_and_removed_members_are_those_of_every_node() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let (mut there, mut own) = (other.connect(&ada).await, other.connect(&mei).await);
    let group = one.group(&mei, "Tea", &[]).await;
    assert_eq!(
        own.event(group).await.1.seq.0,
        1,
        "who makes a group is a member wherever they are connected"
    );
    one.add(&mei, group, &ada).await;
    assert!(matches!(there.event(group).await.1.body, EventBody::Joined(_)));
    one.post(&mei, group, "welcome").await;
    assert_eq!(there.event(group).await.1.seq.0, 3);
    leave(&one, &ada, group).await;
    assert!(matches!(there.event(group).await.1.body, EventBody::Left(_)));
    one.post(&mei, group, "she is gone").await;
    one.post(&mei, EVERYONE, "last").await;
    assert_eq!(there.next_event().await.1.conversation, EVERYONE, "nothing of the group before it");
    one.add(&mei, group, &ada).await;
    assert!(matches!(there.event(group).await.1.body, EventBody::Joined(_)), "she is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_listens_to_what_its_people_need() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    one.group(&mei, "Tea", &[]).await;
    let _here = one.connect(&mei).await;
    let idle = other.subjects();
    assert_eq!(idle.len(), 2, "those of every node: {idle:?}");
    let shared = one.group(&mei, "Coffee", &[&ada]).await;
    let tabs = (other.connect(&ada).await, other.connect(&ada).await);
    let added = other.subjects().into_iter().filter(|subject| !idle.contains(subject));
    assert_eq!(
        added.collect::<Vec<_>>(),
        [format!("confab.v1.conversation.{shared}"), format!("confab.v1.user.{}", ada.id)]
    );
    drop(tabs);
    nodes::in_time("the end of the subscriptions", async || other.subjects() == idle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_reach_people_of_other_nodes() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let direct = one.direct(&mei, &ada).await;
    // Both have posted: they see each other's presence.
    one.post(&mei, direct, "hi").await;
    let seq = one.post(&ada, direct, "hello").await;
    let mut here = one.connect(&mei).await;
    let there = other.connect(&ada).await;
    let presence = async |tab: &mut Tab| {
        let found = tab.find(|frame| match frame {
            ServerFrame::Presence(presence) => Some(presence),
            _ => None,
        });
        found.await
    };
    let came = presence(&mut here).await;
    assert!(came.online && came.user == ada.id);
    assert!(one.shows_online(&mei, ada.id).await && other.shows_online(&ada, mei.id).await);
    other.service.typing(ada.clone(), direct, false).await.unwrap();
    here.find(|frame| matches!(frame, ServerFrame::Typing { .. }).then_some(())).await;
    other.read(&ada, direct, seq).await;
    one.read(&mei, direct, seq).await;
    let read = here.find(|frame| if let ServerFrame::Read(read) = frame { Some(read) } else { None }).await;
    assert_eq!(read.read_seq, seq);
    // Of two connections to two nodes, the last one counts.
    let elsewhere = one.connect(&ada).await;
    drop(there);
    drop(elsewhere);
    let went = presence(&mut here).await;
    assert!(!went.online && went.last_seen.is_some());
    assert!(!one.shows_online(&mei, ada.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_ends_its_connections_everywhere() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let mei = cluster.user("mei").await;
    let (kept, ended) = (other.connect_as(&mei, [1; 32]).await, other.connect_as(&mei, [2; 32]).await);
    one.bus.end(mei.id, EndedConnections::Session([2; 32]));
    ended.ends_within(AT_ONCE).await;
    let third = other.connect_as(&mei, [3; 32]).await;
    one.bus.end(mei.id, EndedConnections::OtherThan([1; 32]));
    third.ends_within(AT_ONCE).await;
    assert!(!kept.has_ended());
    one.bus.end(mei.id, EndedConnections::All);
    kept.ends_within(AT_ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_message_costs_a_read_of_storage() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada, eve) = (cluster.user("mei").await, cluster.user("ada").await, cluster.user("eve").await);
    let group = one.group(&mei, "Tea", &[&ada, &eve]).await;
    let (mut there, mut gone) = (other.connect(&ada).await, other.connect(&eve).await);
    // A node without a bus commits two events: for the other nodes, the bus lost them.
    let isolated = cluster.isolated_node().await;
    isolated.post(&mei, group, "lost").await;
    leave(&isolated, &eve, group).await;
    one.post(&mei, group, "delivered").await;
    for seq in [3, 4, 5] {
        there.event_at(group, Seq(seq)).await;
    }
    let (_, left) = gone.event_at(group, Seq(4)).await;
    assert!(matches!(left.body, EventBody::Left(_)), "what follows is not hers");
    one.post(&mei, EVERYONE, "last").await;
    assert_eq!(gone.next_event().await.1.conversation, EVERYONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bus_people_learn_of_everything_within_seconds() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada, eve) = (cluster.user("mei").await, cluster.user("ada").await, cluster.user("eve").await);
    let group = one.group(&mei, "Tea", &[&ada]).await;
    let mut there = other.connect(&ada).await;
    let mut newcomer = other.connect(&eve).await;
    let mut watcher = other.connect(&ada).await;
    cluster.bus.stop();
    let began = Instant::now();
    let seq = one.post(&mei, group, "hi").await;
    there.event_at(group, seq).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let began = Instant::now();
    let direct = one.direct(&mei, &ada).await;
    one.post(&mei, direct, "psst").await;
    one.add(&mei, group, &eve).await;
    there.find(|frame| event_of(frame).filter(|event| event.conversation == direct)).await;
    assert!(matches!(newcomer.event(group).await.1.body, EventBody::Joined(_)));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(other.service.is_slow());
    watcher.find(|frame| matches!(frame, ServerFrame::Slow { slow: true }).then_some(())).await;
    // Who is connected while the bus is away is connected, and sees others come and go in what is fetched.
    let late = one.connect(&eve).await;
    assert!(other.service.online([eve.id]).await.unwrap().contains(&eve.id));
    drop(late);
    let began = Instant::now();
    let seq = one.post(&mei, group, "timed").await;
    newcomer.event_at(group, seq).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let session = cluster.sign_in("mallory").await;
    let signed_out = other.connect_as(&session.0, session.1).await;
    one.service.sign_out(&session.0, session.1).await.unwrap();
    signed_out.ends_within(Duration::from_secs(5)).await;
    cluster.bus.restart();
    there.find(|frame| matches!(frame, ServerFrame::Slow { slow: false }).then_some(())).await;
    let began = Instant::now();
    let seq = one.post(&mei, group, "again").await;
    newcomer.event_at(group, seq).await;
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_position_that_the_bus_lost_arrives_when_it_is_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let direct = one.direct(&mei, &ada).await;
    one.post(&mei, direct, "hi").await;
    let seq = one.post(&ada, direct, "hello").await;
    let (mut own, mut peers) = (other.connect(&mei).await, other.connect(&ada).await);
    cluster.bus.stop();
    nodes::in_time("the bus is gone", async || !one.bus.is_ready()).await;
    one.read(&mei, direct, seq).await;
    cluster.bus.restart();
    for tab in [&mut own, &mut peers] {
        let read = tab.find(|frame| match frame {
            ServerFrame::Read(read) => Some(read).filter(|read| read.user == mei.id && read.read_seq == seq),
            _ => None,
        });
        assert_eq!(read.await.head_seq, seq);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_fetch_the_threads_that_moved_while_the_bus_was_gone() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let direct = one.direct(&mei, &ada).await;
    let root = one.post(&mei, direct, "hi").await;
    one.service.follow_thread(&mei, direct, root, true).await.unwrap();
    let (mut own, mut peers) = (other.connect(&mei).await, other.connect(&ada).await);
    cluster.bus.stop();
    nodes::in_time("the bus is gone", async || !one.bus.is_ready()).await;
    one.service.follow_thread(&mei, direct, root, false).await.unwrap();
    one.read(&ada, direct, root).await;
    cluster.bus.restart();
    own.find(|frame| matches!(frame, ServerFrame::Lagged).then_some(())).await;
    peers.find(|frame| matches!(frame, ServerFrame::Read(_)).then_some(())).await;
    let seq = one.post(&mei, direct, "last").await;
    peers
        .find(|frame| match frame {
            ServerFrame::Lagged => panic!("who did nothing with threads fetches nothing"),
            ServerFrame::Event(frame) => (frame.event.seq == seq).then_some(()),
            _ => None,
        })
        .await;
}

fn event_of(frame: ServerFrame) -> Option<Event> {
    if let ServerFrame::Event(frame) = frame { Some(frame.event) } else { None }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_a_node_that_is_gone_go_offline() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let direct = one.direct(&mei, &ada).await;
    one.post(&mei, direct, "hi").await;
    one.post(&ada, direct, "hello").await;
    let mut here = one.connect(&mei).await;
    let there = other.connect(&ada).await;
    let presence = |frame| match frame {
        ServerFrame::Presence(presence) => Some(presence.online),
        _ => None,
    };
    assert!(here.find(presence).await);
    other.leave().await;
    assert!(!here.find(presence).await);
    assert!(!one.service.is_slow(), "it left: no heartbeat is missing");
    drop(there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_taken_for_dead_tells_who_is_connected() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let ada = cluster.user("ada").await;
    let _there = other.connect(&ada).await;
    cluster.forget(other.bus.node()).await;
    assert!(!one.online(ada.id).await);
    nodes::in_time("ada is connected", async || one.online(ada.id).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_over_all_nodes() {
    let Some(cluster) = Cluster::start() else { return };
    let nodes = [cluster.node().await, cluster.node().await];
    let client = ClientAddress::new([203, 0, 113, 5].into(), false);
    let burst = INVITATIONS.remote.burst.get();
    let mut passed = 0;
    loop {
        let refused =
            nodes.iter().filter(|node| match node.service.limits().invitation(&client, UserId(7)) {
                Ok(()) => {
                    passed += 1;
                    false
                }
                Err(error) => error.code == ErrorCode::RateLimited,
            });
        if refused.count() == nodes.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!((burst..burst * 2).contains(&passed), "{passed} of {burst}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_programs_and_versions_say_changes_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let (mei, ada) = (cluster.user("mei").await, cluster.user("ada").await);
    let mut there = other.connect(&ada).await;
    let client = async_nats::connect(cluster.bus.url()).await.unwrap();
    let later = b"\x01\0\0\0\x1a{\"node\":3,\"type\":\"sing\"}  ".as_slice();
    for payload in [b"".as_slice(), b"\0", b"\x02\0\0\0\x02{}", b"\x01\xff\xff\xff\xff{}", later, b"hello"] {
        for subject in ["everyone".to_owned(), "nodes".to_owned(), format!("user.{}", ada.id)] {
            client.publish(format!("confab.v1.{subject}"), payload.to_vec().into()).await.unwrap();
        }
    }
    client.flush().await.unwrap();
    one.post(&mei, EVERYONE, "hi").await;
    assert_eq!(there.next_event().await.1.seq.0, 1);
}
