//! What nodes know of each other, on backends that can be shared.

use std::{collections::BTreeSet, time::Duration};

use confab_shared::{
    conversation::ConversationKind,
    event::EventBody,
    id::{Seq, Timestamp, UserId},
    protocol::ReadSignal,
};

use super::{
    users::{sign_in, signed_in},
    world::{Backend, World, add, leave, mark_read},
};
use crate::{
    domain::{
        audience::Audience,
        cluster::{CommitMarker, DEAD_AFTER, NodeId},
    },
    storage::{EVERYONE, shared::SharedStorage, threads::ThreadMove},
};

const ONE: NodeId = NodeId(1);
/// An id of any 64 bits.
const OTHER: NodeId = NodeId(u64::MAX);

/// What is under test; none where the backend is of one server.
fn shared<B: Backend>(world: &World<B>) -> Option<&dyn SharedStorage> {
    world.storage().shared()
}

pub async fn a_user_is_online_while_connected_to_any_node<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await.id, world.user("ada").await.id);
    let Some(nodes) = shared(&world) else { return };
    assert!(nodes.connect(ONE, &[mei]).await.unwrap().is_empty(), "of no known node");
    assert!(nodes.connected(&[mei]).await.unwrap().is_empty());
    assert!(nodes.beat(ONE, DEAD_AFTER).await.unwrap().is_new);
    let beat = nodes.beat(OTHER, DEAD_AFTER).await.unwrap();
    assert_eq!((beat.is_new, beat.others, beat.gone), (true, vec![ONE], vec![]));
    assert!(!nodes.beat(ONE, DEAD_AFTER).await.unwrap().is_new);
    assert_eq!(nodes.connect(ONE, &[mei, ada]).await.unwrap(), [mei, ada]);
    assert!(nodes.connect(OTHER, &[mei]).await.unwrap().is_empty(), "connected already");
    assert_eq!(nodes.connected(&[ada, mei]).await.unwrap(), [mei, ada]);
    assert!(!nodes.disconnect(ONE, mei, Timestamp(5_000)).await.unwrap(), "the other node has her");
    assert!(nodes.disconnect(ONE, ada, Timestamp(6_000)).await.unwrap());
    assert_eq!(nodes.connected(&[ada, mei]).await.unwrap(), [mei]);
    let last_seen = async |name| world.storage().user(name).await.unwrap().unwrap().last_seen;
    assert_eq!((last_seen("mei").await, last_seen("ada").await), (None, Some(Timestamp(6_000))));
}

pub async fn the_people_of_a_dead_node_go_once<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await.id, world.user("ada").await.id);
    let Some(nodes) = shared(&world) else { return };
    nodes.beat(ONE, DEAD_AFTER).await.unwrap();
    nodes.beat(OTHER, DEAD_AFTER).await.unwrap();
    nodes.connect(ONE, &[mei, ada]).await.unwrap();
    nodes.connect(OTHER, &[ada]).await.unwrap();
    nodes.leave(ONE).await.unwrap();
    let beat = nodes.beat(OTHER, DEAD_AFTER).await.unwrap();
    let [(gone, at)] = beat.gone[..] else { panic!("mei alone: {:?}", beat.gone) };
    assert_eq!((gone, beat.others), (mei, vec![]));
    assert_eq!(world.storage().user("mei").await.unwrap().unwrap().last_seen, Some(at));
    assert!(nodes.beat(OTHER, DEAD_AFTER).await.unwrap().gone.is_empty(), "once");
    assert!(nodes.beat(ONE, DEAD_AFTER).await.unwrap().is_new, "it lives after all");
    // One that is silent is dead, too.
    nodes.connect(ONE, &[mei]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let beat = nodes.beat(OTHER, Duration::from_millis(10)).await.unwrap();
    assert_eq!(beat.gone.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [mei]);
}

pub async fn what_changed_is_found_by_the_nodes_people<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, eve) = (world.user("mei").await, world.user("ada").await, world.user("eve").await);
    let group = world.group(&mei, "Tea", &[&ada]).await;
    let old = world.group(&mei, "Coffee", &[&ada]).await;
    let foreign = world.group(&eve, "Elsewhere", &[]).await;
    let Some(nodes) = shared(&world) else { return };
    nodes.beat(ONE, DEAD_AFTER).await.unwrap();
    nodes.connect(ONE, &[ada.id]).await.unwrap();
    let groups: BTreeSet<_> = nodes.groups(ada.id).await.unwrap().into_iter().collect();
    assert_eq!(groups, BTreeSet::from([(group, Seq(2)), (old, Seq(2))]));
    assert!(
        nodes
            .changed_since(OTHER, CommitMarker(0))
            .await
            .unwrap()
            .conversations
            .iter()
            .all(|c| c.id == EVERYONE)
    );
    let since = nodes.beat(ONE, DEAD_AFTER).await.unwrap().marker;
    let direct = world.direct(&mei, &ada).await;
    for id in [group, direct, EVERYONE] {
        world.post(&mei, id, "hi").await;
    }
    world.post(&eve, foreign, "hi").await;
    let nodes = shared(&world).expect("as before");
    let changes = nodes.changed_since(ONE, since).await.unwrap();
    let find = |id| changes.conversations.iter().find(|changed| changed.id == id).cloned();
    let tea = find(group).unwrap();
    assert_eq!((tea.kind, tea.head_seq, tea.members), (ConversationKind::Group, Seq(3), vec![ada.id]));
    assert_eq!(find(direct).unwrap().members, [ada.id]);
    assert_eq!(find(EVERYONE).map(|everyone| (everyone.head_seq, everyone.members)), Some((Seq(1), vec![])));
    assert_eq!(find(foreign), None);
    world.post(&mei, group, "again").await;
    let nodes = shared(&world).expect("as before");
    let later = nodes.changed_since(ONE, changes.marker).await.unwrap();
    assert!(later.conversations.iter().any(|changed| changed.id == group && changed.head_seq == Seq(4)));
}

pub async fn moved_read_positions_are_found_by_those_who_see_them<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, eve) = (world.user("mei").await, world.user("ada").await, world.user("eve").await);
    let group = world.group(&mei, "Tea", &[&ada, &eve]).await;
    let foreign = world.group(&eve, "Elsewhere", &[]).await;
    // Who has read all has read their own message.
    world.post(&mei, group, "hi").await;
    world.act(&ada, mark_read(group, 3)).await.unwrap();
    world.post(&ada, group, "hello").await;
    let Some(nodes) = shared(&world) else { return };
    nodes.beat(ONE, DEAD_AFTER).await.unwrap();
    nodes.connect(ONE, &[mei.id, ada.id]).await.unwrap();
    let since = nodes.beat(ONE, DEAD_AFTER).await.unwrap().marker;
    world.act(&eve, mark_read(foreign, 1)).await.unwrap();
    world.act(&mei, mark_read(group, 4)).await.unwrap();
    let nodes = shared(&world).expect("as before");
    let moved = nodes.moved_positions(ONE, since).await.unwrap();
    let found = |to: UserId, user: UserId| {
        let signals = moved.iter().filter(|moved| moved.to == to && moved.signal.conversation == group);
        signals.map(|moved| moved.signal).find(|signal| signal.user == user)
    };
    // That ada read her own message is shown to nobody else.
    for (to, user, seq, read_count) in
        [(&mei, &mei, 4, 2), (&mei, &ada, 3, 1), (&ada, &ada, 4, 2), (&ada, &mei, 4, 2)]
    {
        let (user, read_seq, head_seq) = (user.id, Seq(seq), Seq(4));
        let expected = ReadSignal { conversation: group, user, read_seq, read_count, head_seq, back: false };
        assert_eq!(found(to.id, user), Some(expected), "{moved:?}");
    }
    assert!(moved.iter().all(|moved| moved.to != eve.id && moved.signal.conversation != foreign));
}

pub async fn who_moved_in_threads_is_found_by_their_node<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, eve) = (world.user("mei").await, world.user("ada").await, world.user("eve").await);
    let group = world.group(&mei, "Tea", &[&ada, &eve]).await;
    let root = world.post(&mei, group, "hi").await.seq;
    let Some(nodes) = shared(&world) else { return };
    nodes.beat(ONE, DEAD_AFTER).await.unwrap();
    nodes.beat(OTHER, DEAD_AFTER).await.unwrap();
    nodes.connect(ONE, &[mei.id, ada.id]).await.unwrap();
    nodes.connect(OTHER, &[eve.id]).await.unwrap();
    let mut since = nodes.beat(ONE, DEAD_AFTER).await.unwrap().marker;
    for to in [ThreadMove::Follow, ThreadMove::Read(Seq(99)), ThreadMove::Unfollow] {
        world.post(&ada, group, "between").await;
        for user in [&mei, &eve] {
            world.storage().move_thread(user.id, group, root, to).await.unwrap();
        }
        let nodes = shared(&world).expect("as before");
        assert_eq!(nodes.moved_in_threads(ONE, since).await.unwrap(), [mei.id], "{to:?}");
        assert_eq!(nodes.moved_in_threads(OTHER, since).await.unwrap(), [eve.id], "{to:?}");
        world.post(&ada, group, "later").await;
        let nodes = shared(&world).expect("as before");
        since = nodes.beat(ONE, DEAD_AFTER).await.unwrap().marker;
    }
}

pub async fn missed_events_come_with_the_members_of_now<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, eve) = (world.user("mei").await, world.user("ada").await, world.user("eve").await);
    let group = world.group(&mei, "Tea", &[&ada]).await;
    if shared(&world).is_none() {
        return;
    }
    world.act(&mei, add(group, &[&eve])).await.unwrap();
    world.act(&ada, leave(group)).await.unwrap();
    let direct = world.direct(&mei, &eve).await;
    world.post(&mei, direct, "hi").await;
    let nodes = shared(&world).expect("as before");
    let missed = nodes.missed(group, Seq(2), 10).await.unwrap().unwrap();
    assert_eq!((missed.kind, missed.audience), (ConversationKind::Group, Audience::of([mei.id, eve.id])));
    assert_eq!(missed.title.map(|title| title.to_string()).as_deref(), Some("Tea"));
    let bodies: Vec<_> = missed.events.iter().map(|stored| &stored.event.body).collect();
    assert!(matches!(bodies[..], [EventBody::Joined(_), EventBody::Left(_)]), "{bodies:?}");
    assert_eq!(missed.head_seq, Seq(4));
    assert!(missed.users.contains(&eve), "who is named");
    let newest = nodes.missed(group, Seq(0), 1).await.unwrap().unwrap();
    assert_eq!(newest.events[0].event.seq, Seq(4), "the newest of too many");
    let direct = nodes.missed(direct, Seq(0), 10).await.unwrap().unwrap();
    assert_eq!(direct.audience, Audience::of([mei.id, eve.id]));
    let everyone = nodes.missed(EVERYONE, Seq(0), 10).await.unwrap().unwrap();
    assert_eq!((everyone.audience, everyone.events.len()), (Audience::Everyone, 0));
    let unknown = confab_shared::id::ConversationId(1_000_000);
    assert!(nodes.missed(unknown, Seq(0), 10).await.unwrap().is_none());
}

pub async fn ended_sessions_are_found<B: Backend>() {
    let world = World::<B>::new().await;
    signed_in(&world, sign_in("mei", None, 1)).await;
    signed_in(&world, sign_in("ada", None, 2)).await;
    let Some(nodes) = shared(&world) else { return };
    let (mei, ada, nobody) = ([101; 32], [102; 32], [103; 32]);
    world.storage().end_session(ada).await.unwrap();
    assert_eq!(nodes.ended_sessions(&[nobody, mei, ada]).await.unwrap(), [ada, nobody]);
    assert!(nodes.ended_sessions(&[]).await.unwrap().is_empty());
}

pub async fn users_are_read_as_they_are_now<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let renamed = world.set_display_name(&mei, "Mei Ling").await.unwrap();
    let Some(nodes) = shared(&world) else { return };
    let nobody = UserId(1_000_000);
    assert_eq!(nodes.users(&[ada.id, nobody, mei.id]).await.unwrap(), [renamed, ada]);
}
