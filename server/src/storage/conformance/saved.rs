//! Saved messages.

use confab_shared::{
    api::{MAX_SAVED, SavedCursor},
    id::{ConversationId, Seq, Timestamp},
    user::User,
};

use super::world::{Backend, World, add, delete, edit, leave, react, reply};
use crate::storage::{EVERYONE, saved::SaveOutcome};

async fn try_save<B: Backend>(
    world: &World<B>,
    user: &User,
    id: ConversationId,
    seq: u64,
    at: u64,
) -> SaveOutcome {
    world.storage().save(user.id, id, Seq(seq), Timestamp(at)).await.unwrap()
}

async fn save<B: Backend>(world: &World<B>, user: &User, id: ConversationId, seq: u64, at: u64) {
    assert_eq!(try_save(world, user, id, seq, at).await, SaveOutcome::Saved);
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
    for (id, seq, at) in [(trip, 3, 10), (EVERYONE, 1, 11), (trip, 4, 11), (trip, 3, 20)] {
        save(&world, &ada, id, seq, at).await;
    }
    let hidden = try_save(&world, &ada, secret, 1, 12).await;
    assert_eq!(hidden, SaveOutcome::NoMember, "she is not in it");
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

pub async fn only_so_many_messages_are_saved<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let most = MAX_SAVED as u64;
    for seq in 1..=most {
        save(&world, &mei, EVERYONE, seq, 10).await;
    }
    assert_eq!(try_save(&world, &mei, EVERYONE, most + 1, 11).await, SaveOutcome::TooMany);
    save(&world, &mei, EVERYONE, most, 12).await;
    save(&world, &ada, EVERYONE, most + 1, 12).await;
    world.storage().unsave(mei.id, EVERYONE, Seq(1)).await.unwrap();
    save(&world, &mei, EVERYONE, most + 1, 13).await;
}

pub async fn messages_are_read_by_conversation_and_seq<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let home = world.group(&mei, "home", &[&ada]).await;
    let secret = world.group(&mei, "secret", &[]).await;
    let root = world.post(&mei, trip, "one").await.seq;
    let beside = world.act(&ada, reply(trip, root, "beside it", false)).await.unwrap().seq;
    let edited = world.post(&mei, home, "two").await.seq;
    world.act(&mei, edit(home, edited, "two, edited")).await.unwrap();
    world.act(&ada, react(home, edited, "👍", true)).await.unwrap();
    let deleted = world.post(&mei, home, "three").await.seq;
    world.act(&mei, delete(home, deleted)).await.unwrap();
    let hidden = world.post(&mei, secret, "between us").await.seq;
    let far = Seq(u64::MAX);
    let keys = vec![
        (home, edited),
        (trip, beside),
        (secret, hidden),
        (home, deleted),
        (trip, root),
        (trip, Seq(1)),
        (trip, far),
        (ConversationId(u64::MAX), far),
    ];
    let world = world.reopened().await;
    let found = world.storage().messages_by_key(ada.id, keys).await.unwrap();
    let of = |index: usize| found.messages[index].clone();
    let text = |index: usize| of(index).unwrap().unwrap().text.to_string();
    assert_eq!((text(0), text(1), text(4)), ("two, edited".into(), "beside it".into(), "one".into()));
    assert_eq!(of(0).unwrap().unwrap().reactions[0].users, [ada.id]);
    assert_eq!(of(4).unwrap().unwrap().replies.unwrap().last_seq, beside);
    assert_eq!([2, 7].map(of), [None, None], "she is not in them");
    assert_eq!([3, 5, 6].map(of), [Some(None), Some(None), Some(None)]);
    assert_eq!(found.users, [mei, ada]);
    let none = world.storage().messages_by_key(li.id, vec![(trip, root)]).await.unwrap();
    assert_eq!((none.messages, none.users), (vec![None], vec![]));
}
