//! Drafts.

use confab_shared::{
    draft::{Draft, DraftKey, MAX_DRAFTS},
    id::{ConversationId, Seq, Timestamp},
    text::MessageText,
    user::User,
};

use super::world::{Backend, World, add, leave};
use crate::{
    domain::draft::DraftEdit,
    storage::{EVERYONE, drafts::DraftOutcome},
};

async fn change<B: Backend>(
    world: &World<B>,
    user: &User,
    of: impl Into<DraftKey>,
    edit: DraftEdit,
    at: u64,
) -> DraftOutcome {
    world.storage().change_draft(user.id, of.into(), edit, Timestamp(at)).await.unwrap()
}

fn save(text: &str, version: u64) -> DraftEdit {
    DraftEdit::Save { text: (!text.is_empty()).then(|| MessageText::new(text).unwrap()), version }
}

fn draft(conversation: ConversationId, text: &str, version: u64, at: u64) -> Draft {
    Draft { conversation, thread: None, text: text.to_owned(), version, at: Timestamp(at) }
}

pub async fn a_draft_is_changed_by_whoever_knows_its_version<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let id = world.direct(&mei, &ada).await;
    let stored = async |world: &World<B>| world.storage().draft(mei.id, id.into()).await.unwrap();
    assert_eq!(stored(&world).await, Some(draft(id, "", 0, 0)));
    let first = draft(id, "hello", 1, 10);
    assert_eq!(change(&world, &mei, id, save("hello", 0), 10).await, DraftOutcome::Changed(first.clone()));
    assert_eq!(change(&world, &mei, id, save("other", 0), 11).await, DraftOutcome::Conflict);
    assert_eq!(stored(&world).await, Some(first));
    assert!(world.storage().drafts(ada.id).await.unwrap().is_empty(), "it is mei's alone");
    let second = draft(id, "hello you", 2, 12);
    assert_eq!(change(&world, &mei, id, save("hello you", 1), 12).await, DraftOutcome::Changed(second));
    let world = world.reopened().await;
    // Sent while version 3 was on its way, which comes late.
    let sent = draft(id, "", 4, 13);
    let outcome = change(&world, &mei, id, DraftEdit::Sent { version: 3 }, 13).await;
    assert_eq!(outcome, DraftOutcome::Changed(sent.clone()));
    assert_eq!(change(&world, &mei, id, save("hello you!", 2), 14).await, DraftOutcome::Conflict);
    for version in [3, i64::MAX.unsigned_abs(), u64::MAX] {
        let outcome = change(&world, &mei, id, DraftEdit::Sent { version }, 15).await;
        assert_eq!(outcome, DraftOutcome::Kept(sent.clone()), "{version}");
    }
    let world = world.reopened().await;
    assert_eq!(stored(&world).await, Some(sent));
    assert!(world.storage().drafts(mei.id).await.unwrap().is_empty());
}

pub async fn drafts_are_listed_where_one_is_a_member<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let secret = world.group(&mei, "secret", &[]).await;
    change(&world, &ada, trip, save("one", 0), 10).await;
    change(&world, &ada, EVERYONE, save("two", 0), 11).await;
    assert_eq!(change(&world, &ada, secret, save("three", 0), 12).await, DraftOutcome::NoMember);
    assert_eq!(world.storage().draft(ada.id, secret.into()).await.unwrap(), None);
    assert_eq!(world.storage().draft(ada.id, ConversationId(99).into()).await.unwrap(), None);
    let (first, second) = (draft(trip, "one", 1, 10), draft(EVERYONE, "two", 1, 11));
    assert_eq!(world.storage().drafts(ada.id).await.unwrap(), [second.clone(), first.clone()]);
    world.act(&ada, leave(trip)).await.unwrap();
    assert_eq!(world.storage().drafts(ada.id).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(world.storage().draft(ada.id, trip.into()).await.unwrap(), None);
    world.act(&mei, add(trip, &[&ada])).await.unwrap();
    assert_eq!(world.storage().drafts(ada.id).await.unwrap(), [second, first]);
}

pub async fn a_thread_has_a_draft_of_its_own<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let [one, two] = [2, 3].map(|root| DraftKey::of_thread(trip, Seq(root)));
    let of = |key: DraftKey, text: &str, version, at| Draft {
        thread: key.thread,
        ..draft(trip, text, version, at)
    };
    assert_eq!(world.storage().draft(ada.id, one).await.unwrap(), Some(of(one, "", 0, 0)));
    let saved = change(&world, &ada, one, save("in one", 0), 10).await;
    assert_eq!(saved, DraftOutcome::Changed(of(one, "in one", 1, 10)));
    change(&world, &ada, two, save("in two", 0), 11).await;
    change(&world, &ada, trip, save("beside", 0), 11).await;
    assert_eq!(change(&world, &ada, one, save("other", 0), 12).await, DraftOutcome::Conflict);
    let world = world.reopened().await;
    let all = [of(two, "in two", 1, 11), draft(trip, "beside", 1, 11), of(one, "in one", 1, 10)];
    assert_eq!(world.storage().drafts(ada.id).await.unwrap(), all);
    assert_eq!(
        change(&world, &ada, two, DraftEdit::Sent { version: 1 }, 13).await,
        DraftOutcome::Changed(of(two, "", 2, 13))
    );
    assert_eq!(world.storage().drafts(ada.id).await.unwrap(), all[1..]);
    assert!(world.storage().drafts(mei.id).await.unwrap().is_empty(), "they are ada's alone");
    let nowhere = DraftKey::of_thread(trip, Seq(u64::MAX));
    assert_eq!(world.storage().draft(ada.id, nowhere).await.unwrap(), Some(nowhere.blank()));
    let eve = world.user("eve").await;
    assert_eq!(world.storage().draft(eve.id, one).await.unwrap(), None);
    assert_eq!(change(&world, &eve, one, save("hello", 0), 14).await, DraftOutcome::NoMember);
}

pub async fn there_are_only_so_many_drafts<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let mut last = EVERYONE;
    for _ in 0..=MAX_DRAFTS {
        last = world.group(&mei, "trip", &[]).await;
        change(&world, &mei, last, save("hello", 0), 10).await;
    }
    assert_eq!(world.storage().drafts(mei.id).await.unwrap().len(), MAX_DRAFTS);
    assert_eq!(change(&world, &mei, last, save("hello", 0), 11).await, DraftOutcome::TooMany);
    let thread = DraftKey::of_thread(last, Seq(1));
    assert_eq!(change(&world, &mei, thread, save("hello", 0), 11).await, DraftOutcome::TooMany);
    let some = world.storage().drafts(mei.id).await.unwrap().remove(0).conversation;
    assert!(matches!(change(&world, &mei, some, save("", 1), 12).await, DraftOutcome::Changed(_)));
    assert!(matches!(change(&world, &mei, last, save("hello", 0), 13).await, DraftOutcome::Changed(_)));
}
