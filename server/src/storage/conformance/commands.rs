//! Order, idempotency, membership at the time of the commit, refusals, concurrent batches.

use confab_shared::{
    event::EventBody,
    id::{ConversationId, Seq},
};

use super::world::{Backend, World, add, command, leave, post, rename};
use crate::{
    domain::{notification::CommitNotification, refusal::Refusal},
    storage::{EVERYONE, MemberQuery, StorageError},
};

pub async fn seqs_are_gapless_and_acknowledged_in_order<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let mut commands = Vec::new();
    for number in 0..200 {
        let (actor, id) = (if number % 2 == 0 { &mei } else { &ada }, world.client_id());
        commands.push(command(actor, Some(id), post(trip, &format!("message {number}"))));
    }
    let acks = world.submit(commands).await;
    let seqs: Vec<_> = acks.iter().map(|ack| ack.as_ref().unwrap().seq.0).collect();
    assert_eq!(seqs, (3..203).collect::<Vec<_>>());
    let check = async |world: &World<B>| {
        let log = world.log(&mei, trip).await;
        assert_eq!(log.len(), 202);
        for (number, body) in log[2..].iter().enumerate() {
            let EventBody::Posted(posted) = body else { panic!("not a message: {body:?}") };
            assert_eq!(posted.text.as_str(), format!("message {number}"));
            assert_eq!(posted.ordinal, number as u64 + 1);
        }
    };
    check(&world).await;
    check(&world.reopened().await).await;
}

pub async fn a_retry_has_the_same_answer_and_no_second_event<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let id = world.client_id();
    let again = || command(&ada, Some(id), post(trip, "once"));
    let first = world.submit(vec![again(), again()]).await;
    assert_eq!(first[0], first[1], "in one batch");
    let mut world = world.reopened().await;
    assert_eq!(world.submit(vec![again()]).await, first[..1], "after a kill");
    // The same id of another user is another command.
    assert_ne!(world.submit(vec![command(&mei, Some(id), post(trip, "once"))]).await, first[..1]);
    world.act(&ada, leave(trip)).await.unwrap();
    assert_eq!(world.submit(vec![again()]).await, first[..1], "after the user left");
    assert_eq!(world.log(&mei, trip).await.len(), 5);
}

pub async fn an_id_that_belongs_to_another_command_is_refused<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let (trip, home) = (world.group(&mei, "trip", &[]).await, world.group(&mei, "home", &[]).await);
    let id = world.client_id();
    let outcomes = world
        .submit(vec![
            command(&mei, Some(id), post(trip, "once")),
            command(&mei, Some(id), post(home, "once")),
            command(&mei, Some(id), rename(trip, "other")),
            command(&mei, Some(id), leave(trip)),
        ])
        .await;
    assert!(outcomes[0].is_ok());
    for refused in &outcomes[1..] {
        assert_eq!(*refused, Err(Refusal::IdempotencyConflict));
    }
    assert_eq!((world.log(&mei, trip).await.len(), world.log(&mei, home).await.len()), (2, 1));
}

pub async fn the_same_command_at_once_makes_one_event<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let id = world.client_id();
    let mut handles = Vec::new();
    for _ in 0..20 {
        let again = command(&mei, Some(id), post(EVERYONE, "once"));
        handles.push(world.storage().submit(vec![again]).await);
    }
    for handle in handles {
        assert_eq!(handle.await.remove(0).unwrap().unwrap().seq, Seq(1));
    }
    assert_eq!(world.log(&mei, EVERYONE).await.len(), 1);
}

pub async fn only_members_at_the_time_of_the_commit_act<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[]).await;
    // One batch: added, posted, left, and posted too late.
    let outcomes = world
        .submit(vec![
            command(&ada, None, post(trip, "too early")),
            command(&mei, None, add(trip, &[&ada])),
            command(&ada, None, post(trip, "in time")),
            command(&ada, None, leave(trip)),
            command(&ada, None, post(trip, "too late")),
            command(&ada, None, rename(trip, "too late")),
        ])
        .await;
    let allowed: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(allowed, [false, true, true, true, false, false]);
    assert_eq!(outcomes[0], Err(Refusal::UnknownConversation));
    let unknown = command(&ada, None, post(ConversationId(u64::MAX), "nowhere"));
    assert_eq!(world.submit(vec![unknown]).await, [Err(Refusal::UnknownConversation)]);
}

pub async fn a_refused_command_leaves_nothing<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let (trip, direct) = (world.group(&mei, "trip", &[]).await, world.direct(&mei, &ada).await);
    world.post(&mei, trip, "hello").await;
    world.take_published().await;
    let before = (world.seen_by(&mei, trip).await, world.seen_by(&mei, direct).await);
    let nobody = confab_shared::text::UserName::new("nobody").unwrap();
    let add_nobody = crate::domain::command::AddMembers::new(trip, vec![li.name.clone(), nobody.clone()]);
    let outcomes = world
        .submit(vec![
            command(&ada, None, post(trip, "no member")),
            command(&mei, None, rename(direct, "a pair has none")),
            command(&mei, None, leave(EVERYONE)),
            command(&mei, None, add_nobody),
        ])
        .await;
    let refusals: Vec<_> = outcomes.into_iter().map(Result::unwrap_err).collect();
    let expected =
        [Refusal::UnknownConversation, Refusal::WrongKind, Refusal::WrongKind, Refusal::UnknownUser(nobody)];
    assert_eq!(refusals, expected);
    assert_eq!((world.seen_by(&mei, trip).await, world.seen_by(&mei, direct).await), before);
    assert!(world.take_published().await.is_empty());
    assert!(world.storage().members(li.id, trip, MemberQuery::default()).await.unwrap().is_none());
    // A refused id may be used again.
    let id = world.client_id();
    let refused = world.submit(vec![command(&ada, Some(id), post(trip, "later"))]).await;
    assert!(refused[0].is_err());
    world.act(&mei, add(trip, &[&ada])).await.unwrap();
    assert!(world.submit(vec![command(&ada, Some(id), post(trip, "later"))]).await[0].is_ok());
}

pub async fn one_command_that_is_refused_refuses_no_other<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[]).await;
    let commands =
        (0..10).map(|n| command(if n % 2 == 0 { &mei } else { &ada }, None, post(trip, "hello"))).collect();
    let outcomes = world.submit(commands).await;
    let seqs: Vec<_> = outcomes.into_iter().filter_map(|outcome| Some(outcome.ok()?.seq.0)).collect();
    assert_eq!(seqs, [2, 3, 4, 5, 6], "no seq is left out");
}

pub async fn concurrent_batches_lose_double_and_reorder_nothing<B: Backend>() {
    const WRITERS: usize = 8;
    const BATCHES: usize = 25;
    let mut world = World::<B>::new().await;
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(world.user(&format!("writer-{number}")).await);
    }
    world.take_published().await;
    let storage = world.storage();
    let write = async |number: usize| {
        let writer = &writers[number];
        let mut acks = Vec::new();
        for batch in 0..BATCHES {
            let commands = (0..4)
                .map(|n| command(writer, None, post(EVERYONE, &format!("{number} {}", batch * 4 + n))))
                .collect();
            acks.extend(storage.submit(commands).await.await);
        }
        acks.into_iter().map(|ack| ack.unwrap().unwrap().seq).collect::<Vec<_>>()
    };
    let acked: Vec<Vec<Seq>> = futures_util::future::join_all((0..WRITERS).map(write)).await;
    assert!(acked.iter().all(|seqs| seqs.is_sorted()), "each writer's in their order");
    let mut all: Vec<_> = acked.into_iter().flatten().map(|seq| seq.0).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=(WRITERS * BATCHES * 4) as u64).collect::<Vec<_>>());
    let published: Vec<_> = world.take_published().await;
    let published = published.iter().map(|notification| match notification {
        CommitNotification::Event(committed) => committed.stored.event.seq.0,
        other => panic!("only messages were posted: {other:?}"),
    });
    assert!(published.eq(all), "published in the order of the log");
    let log = world.log(&writers[0], EVERYONE).await;
    for number in 0..WRITERS {
        let own = log.iter().filter_map(|body| {
            let EventBody::Posted(posted) = body else { return None };
            posted.text.as_str().strip_prefix(&format!("{number} "))?.parse::<usize>().ok()
        });
        assert!(own.eq(0..BATCHES * 4), "writer {number}");
    }
}

pub async fn a_closed_storage_takes_nothing_more<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let last = world.storage().submit(vec![command(&mei, None, post(EVERYONE, "last"))]).await;
    world.storage().close().await;
    assert!(last.await.remove(0).unwrap().is_ok(), "what was queued is committed");
    let late = world.storage().submit(vec![command(&mei, None, post(EVERYONE, "late"))]).await.await;
    assert!(matches!(late[..], [Err(StorageError::Closed)]));
}
