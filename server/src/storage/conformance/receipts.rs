//! Read receipts.

use confab_shared::{
    id::{ConversationId, Seq, UserId},
    user::User,
};

use super::world::{Backend, World, add, command, mark_read, post};
use crate::storage::EVERYONE;

async fn readers<B: Backend>(world: &World<B>, user: &User, id: ConversationId, seq: Seq) -> Vec<User> {
    let run = world.storage().readers(user.id, id, seq, UserId(0), 10).await.unwrap();
    run.expect("the user is a member").readers.into_iter().map(|reader| reader.user).collect()
}

pub async fn who_has_read_a_message_is_listed_where_they_take_part_and_share_it<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let (li, zoe) = (world.user("li").await, world.user("zoe").await);
    let trip = world.group(&mei, "trip", &[&ada, &li, &zoe]).await;
    for user in [&ada, &li] {
        world.post(user, trip, "I am here").await;
    }
    world.act(&mei, mark_read(trip, 99)).await.unwrap();
    let seq = world.post(&mei, trip, "who reads this").await.seq;
    assert!(readers(&world, &mei, trip, seq).await.is_empty());
    for user in [&ada, &zoe] {
        world.act(user, mark_read(trip, seq.0)).await.unwrap();
    }
    assert_eq!(
        readers(&world, &mei, trip, seq).await,
        std::slice::from_ref(&ada),
        "zoe has never written here"
    );
    // An own message, whose position may be in memory only.
    world.act(&li, mark_read(trip, seq.0)).await.unwrap();
    let last = world.post(&li, trip, "I do").await.seq;
    assert_eq!(readers(&world, &mei, trip, last).await, std::slice::from_ref(&li));
    assert_eq!(readers(&world, &li, trip, seq).await, [mei.clone(), ada.clone()], "without the one who asks");
    let page = async |after: UserId| {
        let run = world.storage().readers(zoe.id, trip, seq, after, 2).await.unwrap().unwrap();
        (run.readers.into_iter().map(|reader| reader.user.id).collect::<Vec<_>>(), run.more)
    };
    assert_eq!(page(UserId(0)).await, (vec![mei.id, ada.id], true));
    assert_eq!(page(ada.id).await, (vec![li.id], false));
    let positions = async |world: &World<B>| {
        let run = world.storage().readers(mei.id, trip, Seq(0), UserId(0), 10).await.unwrap().unwrap();
        run.readers.into_iter().map(|reader| (reader.user.id, reader.read_seq)).collect::<Vec<_>>()
    };
    assert_eq!(positions(&world).await, [(ada.id, seq), (li.id, last)]);
    let world = world.reopened().await;
    assert_eq!(readers(&world, &mei, trip, last).await, std::slice::from_ref(&li));
    assert_eq!(positions(&world).await, [(ada.id, seq), (li.id, last)]);
    let eve = world.user("eve").await;
    assert_eq!(world.storage().readers(eve.id, trip, seq, UserId(0), 10).await.unwrap(), None);
    assert!(readers(&world, &mei, EVERYONE, Seq(0)).await.is_empty(), "nobody takes part there");
    for (seq, after) in [(seq, UserId(u64::MAX)), (Seq(u64::MAX), UserId(0))] {
        let none = world.storage().readers(mei.id, trip, seq, after, usize::MAX).await.unwrap().unwrap();
        assert!(none.readers.is_empty() && !none.more);
    }
}

pub async fn who_does_not_share_read_positions_gives_no_receipts<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let id = world.direct(&mei, &ada).await;
    assert!(world.storage().shares_read_positions(ada.id).await.unwrap());
    world.post(&ada, id, "hello").await;
    world.storage().set_shares_read_positions(ada.id, false).await.unwrap();
    let seq = world.post(&mei, id, "did you read this").await.seq;
    let before = world.seen_by(&mei, id).await.peers_read_seq;
    world.act(&ada, mark_read(id, seq.0)).await.unwrap();
    let mut world = world.reopened().await;
    assert!(!world.storage().shares_read_positions(ada.id).await.unwrap());
    assert_eq!(world.seen_by(&mei, id).await.peers_read_seq, before);
    assert!(readers(&world, &mei, id, seq).await.is_empty());
    assert_eq!(world.seen_by(&ada, id).await.read_seq, seq);
    world.storage().set_shares_read_positions(ada.id, true).await.unwrap();
    assert_eq!(readers(&world, &mei, id, seq).await, std::slice::from_ref(&ada));
    let last = world.post(&mei, id, "and this").await.seq;
    world.act(&ada, mark_read(id, last.0)).await.unwrap();
    assert_eq!(world.seen_by(&mei, id).await.peers_read_seq, last);
}

pub async fn who_never_shared_read_positions_shows_none<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    for user in [&mei, &ada] {
        world.storage().set_shares_read_positions(user.id, false).await.unwrap();
    }
    let trip = world.group(&mei, "trip", &[]).await;
    world.post(&mei, trip, "hello").await;
    // At once: the batch that makes somebody a member has nothing else of them.
    let joins = command(&mei, None, add(trip, &[&ada]));
    let outcomes = world.submit(vec![joins, command(&ada, None, post(trip, "hello you"))]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.seen_by(&mei, trip).await.peers_read_seq, Seq(0));
    let seq = world.post(&mei, trip, "did you read this").await.seq;
    world.act(&ada, mark_read(trip, seq.0)).await.unwrap();
    world.post(&ada, trip, "I did").await;
    let world = world.reopened().await;
    for (user, other) in [(&mei, &ada), (&ada, &mei)] {
        assert_eq!(world.seen_by(user, trip).await.peers_read_seq, Seq(0), "of {}", other.name);
        assert!(readers(&world, user, trip, Seq(1)).await.is_empty());
    }
}
