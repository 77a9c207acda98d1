//! Read positions, unread counts and mentions.

use confab_shared::{
    conversation::Conversation,
    event::{EventBody, Posted},
    id::{Seq, UserId},
    text::MessageText,
};

use super::world::{Backend, World, add, delete, edit, leave, mark_read, mark_unread};
use crate::{
    domain::{audience::Audience, command::Post, notification::CommitNotification},
    storage::EVERYONE,
};

pub async fn a_position_moves_forward_to_the_head_at_most<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let id = world.direct(&mei, &ada).await;
    for _ in 0..5 {
        world.post(&ada, id, "hello").await;
    }
    let position = async |world: &World<B>| {
        let seen = world.seen_by(&mei, id).await;
        (seen.read_seq.0, seen.read_count, seen.unread())
    };
    assert_eq!(position(&world).await, (0, 0, 5));
    for (seq, expected) in [(2, (2, 2, 3)), (1, (2, 2, 3)), (99, (5, 5, 0))] {
        world.act(&mei, mark_read(id, seq)).await.unwrap();
        assert_eq!(position(&world).await, expected, "to {seq}");
    }
    assert_eq!(position(&world.reopened().await).await, (5, 5, 0));
}

pub async fn who_has_read_all_has_read_their_own_message<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let id = world.direct(&mei, &ada).await;
    world.post(&mei, id, "one").await;
    world.post(&mei, id, "two").await;
    assert_eq!(world.seen_by(&mei, id).await.read_seq, Seq(2));
    world.post(&ada, id, "three").await;
    world.post(&mei, id, "four").await;
    let check = async |world: &World<B>| {
        let (mine, theirs) = (world.seen_by(&mei, id).await, world.seen_by(&ada, id).await);
        assert_eq!((mine.read_seq, mine.unread()), (Seq(2), 2), "there is an unread one in between");
        assert_eq!((theirs.read_seq, theirs.unread()), (Seq(0), 4));
    };
    check(&world).await;
    check(&world.reopened().await).await;
}

pub async fn a_position_moves_on_over_own_messages<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let id = world.direct(&mei, &ada).await;
    world.post(&ada, id, "one").await;
    world.post(&mei, id, "two").await;
    world.post(&mei, id, "three").await;
    world.post(&ada, id, "four").await;
    world.act(&mei, mark_read(id, 1)).await.unwrap();
    let seen = world.seen_by(&mei, id).await;
    assert_eq!((seen.read_seq, seen.read_count, seen.unread()), (Seq(3), 3, 1));
    let mut world = world.reopened().await;
    world.act(&ada, mark_read(id, 2)).await.unwrap();
    assert_eq!(world.seen_by(&ada, id).await.read_seq, Seq(2), "the next is not their own");
}

fn mentions(conversation: &Conversation) -> Vec<u64> {
    conversation.mentions.iter().map(|mention| mention.seq.0).collect()
}

pub async fn unread_mentions_are_kept_until_they_are_read<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    // Neither oneself, nor who is no member, nor who does not exist.
    let posted = world.post(&mei, trip, "@ada @mei @li @nobody @ADA").await;
    world.post(&mei, trip, "and @ada again").await;
    let log = world.log(&mei, trip).await;
    let EventBody::Posted(Posted { mentions: mentioned, .. }) = &log[2] else { panic!("{log:?}") };
    assert_eq!((mentioned, posted.seq), (&vec![ada.id], Seq(3)));
    assert_eq!(mentions(&world.seen_by(&ada, trip).await), [3, 4]);
    assert!(world.seen_by(&mei, trip).await.mentions.is_empty());
    let mut world = world.reopened().await;
    world.act(&ada, mark_read(trip, 3)).await.unwrap();
    assert_eq!(mentions(&world.seen_by(&ada, trip).await), [4]);
    // Who leaves and comes back begins with nothing unread.
    world.act(&ada, leave(trip)).await.unwrap();
    world.act(&mei, add(trip, &[&ada, &li])).await.unwrap();
    let seen = world.seen_by(&ada, trip).await;
    assert_eq!((seen.mentions.len(), seen.unread(), seen.read_seq), (0, 0, Seq(6)));
    assert!(world.seen_by(&li, trip).await.mentions.is_empty());
}

pub async fn a_mention_of_all_is_unread_for_all_but_its_author<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada, &li]).await;
    let seq = world.post(&mei, trip, "@Everyone, and @ada").await.seq;
    let log = world.log(&mei, trip).await;
    let Some(EventBody::Posted(posted)) = log.last() else { panic!("{log:?}") };
    assert_eq!(posted.mentions, [UserId::ALL], "one entry, however many members there are");
    for user in [&ada, &li] {
        assert_eq!(mentions(&world.seen_by(user, trip).await), [seq.0], "{}", user.name);
    }
    assert!(world.seen_by(&mei, trip).await.mentions.is_empty());
    world.act(&ada, mark_read(trip, seq.0)).await.unwrap();
    // An edit neither adds such a mention nor takes it away, and notifies nobody again.
    world.act(&mei, edit(trip, seq, "and @li")).await.unwrap();
    let other = world.post(&li, trip, "hello").await.seq;
    world.act(&li, edit(trip, other, "hello @everyone")).await.unwrap();
    let mut world = world.reopened().await;
    assert!(world.seen_by(&ada, trip).await.mentions.is_empty());
    assert_eq!(mentions(&world.seen_by(&li, trip).await), [seq.0]);
    world.act(&ada, mark_unread(trip, seq.0)).await.unwrap();
    assert_eq!(mentions(&world.seen_by(&ada, trip).await), [seq.0]);
    world.act(&mei, delete(trip, seq)).await.unwrap();
    for user in [&ada, &li] {
        assert!(world.seen_by(user, trip).await.mentions.is_empty());
    }
    // In Everyone only an admin may; in a direct conversation it is a word.
    let direct = world.direct(&mei, &ada).await;
    for id in [EVERYONE, direct] {
        world.post(&mei, id, "@everyone").await;
        assert!(world.seen_by(&ada, id).await.mentions.is_empty());
    }
}

pub async fn a_mention_of_those_online_is_unread_for_them_alone<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada, &li]).await;
    let text = |text: &str| MessageText::new(text).unwrap();
    let post = Post::new(trip, text("tea, @here?")).with_online([mei.id, ada.id]);
    let seq = world.act(&mei, post).await.unwrap().seq;
    world.act(&mei, edit(trip, seq, "tea, @here, @li?")).await.unwrap();
    let mut world = world.reopened().await;
    let message = |log: &[EventBody]| {
        log.iter().rev().find_map(|body| match body {
            EventBody::Edited(edited) => Some((edited.mentions.clone(), edited.notify.clone())),
            _ => None,
        })
    };
    let log = world.log(&mei, trip).await;
    assert_eq!(message(&log), Some((vec![ada.id, UserId::HERE], vec![])));
    assert_eq!(mentions(&world.seen_by(&ada, trip).await), [seq.0]);
    for user in [&mei, &li] {
        assert!(world.seen_by(user, trip).await.mentions.is_empty(), "{}", user.name);
    }
    world.act(&ada, mark_read(trip, 99)).await.unwrap();
    assert!(world.seen_by(&ada, trip).await.mentions.is_empty());
    world.act(&ada, mark_unread(trip, seq.0)).await.unwrap();
    assert_eq!(mentions(&world.seen_by(&ada, trip).await), [seq.0]);
    world.act(&mei, delete(trip, seq)).await.unwrap();
    assert!(world.seen_by(&ada, trip).await.mentions.is_empty());
}

pub async fn what_is_marked_as_unread_is_unread_with_its_mentions<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let first = world.post(&mei, trip, "@ada one").await.seq.0;
    for text in ["two", "@ada three", "four"] {
        world.post(&mei, trip, text).await;
    }
    world.act(&mei, delete(trip, Seq(first + 1))).await.unwrap();
    world.act(&ada, mark_read(trip, 99)).await.unwrap();
    // Back over an own message that had moved the position on.
    world.post(&ada, trip, "mine").await;
    let peers_read_seq = world.seen_by(&mei, trip).await.peers_read_seq;
    world.take_published().await;
    world.act(&ada, mark_unread(trip, first + 2)).await.unwrap();
    let mut published = world.take_published().await;
    let Some(CommitNotification::ReadPosition(moved)) = published.pop() else { panic!("{published:?}") };
    let signal = moved.signal;
    assert_eq!((signal.user, signal.read_seq, signal.read_count), (ada.id, Seq(first + 1), 1));
    assert!(signal.back && moved.audience.is_none(), "to ada only");
    let check = async |world: &World<B>| {
        let seen = world.seen_by(&ada, trip).await;
        assert_eq!((seen.read_seq, seen.read_count, seen.unread()), (Seq(first + 1), 1, 3));
        assert_eq!(mentions(&seen), [first + 2], "the one that is read stays so");
        assert_eq!(world.seen_by(&mei, trip).await.peers_read_seq, peers_read_seq, "mei does not see it");
    };
    check(&world).await;
    let mut world = world.reopened().await;
    check(&world).await;
    // Forward is no way to mark something as unread, and nothing moves where nothing of others is behind.
    world.act(&ada, mark_unread(trip, first + 3)).await.unwrap();
    check(&world).await;
    world.act(&ada, mark_unread(trip, 0)).await.unwrap();
    assert_eq!(mentions(&world.seen_by(&ada, trip).await), [first, first + 2]);
    world.act(&ada, mark_read(trip, 99)).await.unwrap();
    let read = world.seen_by(&ada, trip).await;
    assert_eq!((read.unread(), read.mentions.len()), (0, 0));
    world.act(&ada, mark_unread(trip, read.head_seq.0)).await.unwrap();
    assert_eq!(world.seen_by(&ada, trip).await, read, "only a deletion and her own message are there");
}

pub async fn the_two_furthest_say_how_far_the_others_have_read<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada, &li]).await;
    for (user, text) in [(&ada, "I am"), (&li, "here"), (&mei, "hello"), (&mei, "hello"), (&mei, "hello")] {
        world.post(user, trip, text).await;
    }
    world.take_published().await;
    world.act(&ada, mark_read(trip, 6)).await.unwrap();
    world.act(&li, mark_read(trip, 5)).await.unwrap();
    world.act(&li, mark_read(trip, 7)).await.unwrap();
    world.act(&ada, mark_read(trip, 6)).await.unwrap();
    let signals = world.take_published().await;
    let signals: Vec<_> = signals
        .into_iter()
        .map(|notification| match notification {
            CommitNotification::ReadPosition(moved) => (moved.signal, moved.audience),
            other => panic!("nothing was posted: {other:?}"),
        })
        .collect();
    let moves: Vec<_> =
        signals.iter().map(|(signal, _)| (signal.user, signal.read_seq.0, signal.read_count)).collect();
    assert_eq!(moves, [(ada.id, 6, 4), (li.id, 5, 3), (li.id, 7, 5)], "a move that is none is not signalled");
    let members = Audience::of([mei.id, ada.id, li.id]);
    assert!(signals.iter().all(|(_, audience)| audience.as_ref() == Some(&members)));
    let world = world.reopened().await;
    for (user, peers_read) in [(&mei, 7), (&ada, 7), (&li, 6)] {
        assert_eq!(world.seen_by(user, trip).await.peers_read_seq, Seq(peers_read), "{}", user.name);
    }
}

pub async fn only_who_takes_part_shows_how_far_they_have_read<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, eve) = (world.user("mei").await, world.user("eve").await);
    let (direct, trip) = (world.direct(&eve, &mei).await, world.group(&eve, "trip", &[&mei]).await);
    for id in [direct, trip, EVERYONE] {
        let last = world.post(&eve, id, "are you there").await.seq;
        world.take_published().await;
        world.act(&mei, mark_read(id, last.0)).await.unwrap();
        let mut published = world.take_published().await;
        let Some(CommitNotification::ReadPosition(moved)) = published.pop() else { panic!("{published:?}") };
        assert_eq!(
            (moved.signal.user, moved.signal.read_seq, moved.audience),
            (mei.id, last, None),
            "to mei only"
        );
        assert_eq!(world.seen_by(&eve, id).await.peers_read_seq, Seq(0));
    }
    let mut world = world.reopened().await;
    for id in [direct, trip, EVERYONE] {
        assert_eq!(world.seen_by(&eve, id).await.peers_read_seq, Seq(0));
        let read_seq = world.seen_by(&mei, id).await.read_seq;
        world.post(&mei, id, "yes").await;
        let mut published = world.take_published().await;
        if id == EVERYONE {
            assert_eq!(published.len(), 1, "nobody takes part there: {published:?}");
            continue;
        }
        let Some(CommitNotification::ReadPosition(moved)) = published.pop() else { panic!("{published:?}") };
        let of_mei = (moved.signal.user, moved.signal.read_seq, moved.signal.read_count);
        assert_eq!(of_mei, (mei.id, read_seq, 1), "what was read before the answer");
        assert_eq!(moved.audience, Some(Audience::of([eve.id])));
        assert_eq!(world.seen_by(&eve, id).await.peers_read_seq, read_seq);
    }
}

pub async fn who_joins_has_nothing_unread<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let trip = world.group(&mei, "trip", &[]).await;
    world.post(&mei, trip, "before").await;
    world.post(&mei, EVERYONE, "before").await;
    let ada = world.user("ada").await;
    assert_eq!(world.seen_by(&ada, EVERYONE).await.unread(), 0, "a new user in Everyone");
    world.act(&mei, add(trip, &[&ada])).await.unwrap();
    world.post(&mei, trip, "after").await;
    let seen = world.seen_by(&ada, trip).await;
    assert_eq!((seen.unread(), seen.message_count), (1, 2));
    // A member who returns starts with a new read position, independent of the earlier one.
    world.act(&ada, mark_read(trip, 2)).await.unwrap();
    world.act(&ada, leave(trip)).await.unwrap();
    world.post(&mei, trip, "meanwhile").await;
    world.act(&mei, add(trip, &[&ada])).await.unwrap();
    let back = world.seen_by(&ada, trip).await;
    world.act(&ada, mark_read(trip, 5)).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(world.seen_by(&ada, trip).await, back, "an earlier event is read already");
    world.post(&ada, trip, "hello again").await;
    assert_eq!(world.seen_by(&ada, trip).await.unread(), 0);
}
