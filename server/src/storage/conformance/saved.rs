//! Saved messages.

use confab_shared::{
    api::SavedCursor,
    id::{ConversationId, Seq, Timestamp},
    user::User,
};

use super::world::{Backend, World, add, leave};
use crate::storage::EVERYONE;

async fn save<B: Backend>(world: &World<B>, user: &User, id: ConversationId, seq: u64, at: u64) -> bool {
    world.storage().save(user.id, id, Seq(seq), Timestamp(at)).await.unwrap()
}

async fn saved<B: Backend>(world: &World<B>, user: &User) -> Vec<(u64, u64)> {
    let saved = world.storage().saved(user.id, None, 10).await.unwrap();
    saved.into_iter().map(|place| (place.conversation.0, place.seq.0)).collect()
}

pub async fn messages_are_saved_and_listed_the_last_first<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let secret = world.group(&mei, "secret", &[]).await;
    assert!(save(&world, &ada, trip, 3, 10).await && save(&world, &ada, EVERYONE, 1, 11).await);
    assert!(save(&world, &ada, trip, 4, 11).await && save(&world, &ada, trip, 3, 20).await);
    assert!(!save(&world, &ada, secret, 1, 12).await, "she is not in it");
    let all = [(trip.0, 4), (1, 1), (trip.0, 3)];
    assert_eq!(saved(&world, &ada).await, all, "one that is saved stays in its place");
    assert!(saved(&world, &mei).await.is_empty());
    let cursor = |at, conversation, seq| SavedCursor { saved_at: Timestamp(at), conversation, seq: Seq(seq) };
    for (before, limit, expected) in [
        (cursor(11, trip, 4), 10, &all[1..]),
        (cursor(11, trip, 4), 1, &all[1..2]),
        (cursor(11, EVERYONE, 1), 10, &all[2..]),
        (cursor(10, trip, 3), 10, &[]),
        (cursor(u64::MAX, trip, u64::MAX), 10, &all[..]),
    ] {
        let page = world.storage().saved(ada.id, Some(before), limit).await.unwrap();
        let page: Vec<_> = page.into_iter().map(|place| (place.conversation.0, place.seq.0)).collect();
        assert_eq!(page, expected, "before {before}");
    }
    world.act(&ada, leave(trip)).await.unwrap();
    assert_eq!(saved(&world, &ada).await, [(1, 1)]);
    world.act(&mei, add(trip, &[&ada])).await.unwrap();
    world.storage().unsave(ada.id, trip, Seq(4)).await.unwrap();
    world.storage().unsave(ada.id, trip, Seq(99)).await.unwrap();
    let world = world.reopened().await;
    assert_eq!(saved(&world, &ada).await, [(1, 1), (trip.0, 3)]);
}
