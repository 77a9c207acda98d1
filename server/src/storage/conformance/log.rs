//! Reading the log.

use confab_shared::id::{ConversationId, Seq};

use super::world::{Backend, World};
use crate::storage::{MemberQuery, Range};

pub async fn pages_cover_the_log_from_either_side<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let notes = world.direct(&mei, &mei).await;
    for number in 1..=150 {
        world.post(&mei, notes, &format!("message {number}")).await;
    }
    let mut world = world.reopened().await;
    for number in 151..=160 {
        world.post(&mei, notes, &format!("message {number}")).await;
    }
    for (range, limit, first, last) in [
        (Range::Newest, 50, 111, 160),
        (Range::Newest, 500, 1, 160),
        (Range::Before(Seq(111)), 50, 61, 110),
        (Range::Before(Seq(11)), 50, 1, 10),
        (Range::Before(Seq(1_000)), 5, 156, 160),
        (Range::Around(Seq(100)), 11, 95, 105),
        (Range::Around(Seq(1)), 10, 1, 5),
        (Range::Around(Seq(158)), 10, 153, 160),
        (Range::Around(Seq(u64::MAX)), 4, 159, 160),
        (Range::After(Seq(0)), 50, 1, 50),
        (Range::After(Seq(140)), 15, 141, 155),
        (Range::After(Seq(155)), 50, 156, 160),
    ] {
        let run = world.storage().events(mei.id, notes, range, limit).await.unwrap().unwrap();
        let seqs: Vec<_> = run.events.iter().map(|stored| stored.event.seq.0).collect();
        assert_eq!(seqs, (first..=last).collect::<Vec<_>>(), "{range:?}, {limit}");
        assert_eq!((run.head_seq, &run.users[..]), (Seq(160), &[mei.clone()][..]));
    }
    for range in
        [Range::Before(Seq(1)), Range::Before(Seq(0)), Range::After(Seq(160)), Range::After(Seq(u64::MAX))]
    {
        let run = world.storage().events(mei.id, notes, range, 50).await.unwrap().unwrap();
        assert!(run.events.is_empty() && run.users.is_empty(), "{range:?}");
        assert_eq!(run.head_seq, Seq(160));
    }
}

pub async fn what_is_not_ones_own_cannot_be_told_from_what_is_not<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let notes = world.direct(&mei, &mei).await;
    world.post(&mei, notes, "secret").await;
    for id in [notes, ConversationId(999), ConversationId(0), ConversationId(u64::MAX)] {
        let storage = world.storage();
        assert!(storage.events(ada.id, id, Range::Newest, 10).await.unwrap().is_none());
        assert!(storage.messages(ada.id, id, Range::Newest, 10).await.unwrap().is_none());
        assert!(storage.revisions(ada.id, id, Seq(1)).await.unwrap().is_none());
        assert!(storage.pins(ada.id, id, 10).await.unwrap().is_none());
        assert!(storage.conversation(ada.id, id).await.unwrap().is_none());
        assert!(storage.members(ada.id, id, MemberQuery::default()).await.unwrap().is_none());
        assert!(storage.audience(ada.id, id).await.unwrap().is_none());
    }
}
