//! Consent to be added to groups, and the requests to join them.

use confab_shared::{
    api::Access,
    event::{EventBody, Invited, Joined},
    group_request::{GroupRequest, MAX_GROUP_REQUESTS, MAX_GROUP_REQUESTS_BY_ONE},
    id::{ConversationId, Timestamp},
    text::Title,
    user::User,
};

use super::world::{Backend, World, add, command, leave, post, rename};
use crate::domain::{
    audience::Audience,
    command::{CreateGroup, Join},
    decision::Outcome,
    event_position::EventPosition,
    notification::{CommitNotification, NewGroupRequest},
    refusal::Refusal,
    sign_in::UserKind,
};

/// Adds users on a server where guests are asked.
async fn ask<B: Backend>(
    world: &mut World<B>,
    actor: &User,
    group: ConversationId,
    users: &[&User],
) -> EventPosition {
    world.act(actor, add(group, users).asking(Access::Open)).await.unwrap()
}

async fn join<B: Backend>(world: &mut World<B>, user: &User, conversation: ConversationId) -> Outcome {
    world.act(user, Join { conversation }).await
}

/// The groups whose requests a user has not answered.
async fn requests<B: Backend>(world: &World<B>, user: &User) -> Vec<ConversationId> {
    let requests = world.storage().group_requests(user.id).await.unwrap();
    requests.into_iter().map(|request| request.conversation).collect()
}

pub async fn who_is_asked_is_no_member_until_they_join<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, zoe) = (world.user("mei").await, world.user("ada").await, world.user("zoe").await);
    let demo = world.user_of(UserKind::Dialect, "123").await.user;
    world.storage().set_asks_before_groups(ada.id, false).await.unwrap();
    let names = [&ada, &zoe, &demo].map(|user| user.name.clone()).to_vec();
    let create = CreateGroup::new(Title::new("trip").unwrap(), names).asking(Access::Open);
    let trip = world.act(&mei, create).await.unwrap().conversation;
    let log = world.log(&mei, trip).await;
    let joined = EventBody::from(Joined { users: vec![ada.id, demo.id] });
    assert_eq!(log[1..], [joined, Invited { users: vec![zoe.id] }.into()]);
    assert_eq!(world.seen_by(&ada, trip).await.member_count, 3);
    let title = Title::new("trip").unwrap();
    let request = GroupRequest { conversation: trip, title, by: mei.clone(), at: Timestamp(1_000) };
    let mut world = world.reopened().await;
    assert_eq!(world.storage().group_requests(zoe.id).await.unwrap(), [request]);
    assert!(world.storage().conversation(zoe.id, trip).await.unwrap().is_none());
    assert!(world.storage().audience(zoe.id, trip).await.unwrap().is_none());
    assert_eq!(world.act(&zoe, post(trip, "hi")).await, Err(Refusal::UnknownConversation));
    // The title is the present one.
    world.act(&mei, rename(trip, "journey")).await.unwrap();
    let listed = world.storage().group_requests(zoe.id).await.unwrap();
    assert_eq!(listed[0].title.as_str(), "journey");

    world.take_published().await;
    let joined = join(&mut world, &zoe, trip).await.unwrap();
    assert_eq!(world.log(&zoe, trip).await.last(), Some(&Joined { users: vec![zoe.id] }.into()));
    let seen = world.seen_by(&zoe, trip).await;
    assert_eq!((seen.member_count, seen.head_seq, seen.unread()), (4, joined.seq, 0));
    assert_eq!(requests(&world, &zoe).await, []);
    let published = world.take_published().await;
    let [CommitNotification::Event(committed)] = &published[..] else { panic!("{published:?}") };
    assert_eq!(committed.audience, Audience::of([mei.id, ada.id, zoe.id, demo.id]));
    assert_eq!(join(&mut world, &zoe, trip).await.unwrap().seq, joined.seq, "she is in it");
}

pub async fn who_is_asked_is_notified_and_asked_once<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, zoe) = (world.user("mei").await, world.user("ada").await, world.user("zoe").await);
    let trip = world.group(&mei, "trip", &[]).await;
    world.take_published().await;
    let client_id = world.client_id();
    let given = || command(&mei, Some(client_id), add(trip, &[&zoe, &ada]).asking(Access::Open));
    let first = world.submit(vec![given()]).await;
    let published = world.take_published().await;
    let [CommitNotification::Event(invited), CommitNotification::GroupRequest(requested)] = &published[..]
    else {
        panic!("{published:?}")
    };
    assert_eq!(invited.audience, Audience::of([mei.id]), "an invited user gets no event");
    let NewGroupRequest { users, request } = requested;
    assert_eq!(*users, Audience::of([ada.id, zoe.id]));
    assert_eq!(world.storage().group_requests(zoe.id).await.unwrap(), std::slice::from_ref(request));
    assert_eq!(world.submit(vec![given()]).await, first, "a retry");
    // Asking again changes nothing.
    let head = ask(&mut world, &mei, trip, &[&zoe]).await;
    assert_eq!((world.log(&mei, trip).await.len() as u64, head.seq.0), (2, 2));
    assert!(world.take_published().await.is_empty());
}

pub async fn a_declined_request_is_not_made_again_until_they_have_met<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, zoe) = (world.user("mei").await, world.user("zoe").await);
    let (trip, home) = (world.group(&mei, "trip", &[]).await, world.group(&mei, "home", &[]).await);
    ask(&mut world, &mei, trip, &[&zoe]).await;
    for declined in [trip, trip] {
        assert!(world.storage().decline_group_request(zoe.id, declined).await.unwrap());
    }
    for other in [home, ConversationId(u64::MAX)] {
        assert!(!world.storage().decline_group_request(zoe.id, other).await.unwrap());
    }
    let mut world = world.reopened().await;
    assert_eq!(requests(&world, &zoe).await, []);
    assert_eq!(join(&mut world, &zoe, trip).await, Err(Refusal::UnknownConversation));
    ask(&mut world, &mei, trip, &[&zoe]).await;
    ask(&mut world, &mei, home, &[&zoe]).await;
    assert_eq!(requests(&world, &zoe).await, [home], "another group may ask");
    // They meet where both have written, and not where one of them has.
    let direct = world.direct(&mei, &zoe).await;
    world.post(&mei, direct, "hello").await;
    ask(&mut world, &mei, trip, &[&zoe]).await;
    assert!(world.storage().conversation(zoe.id, trip).await.unwrap().is_none());
    world.post(&zoe, direct, "hello").await;
    assert_eq!(requests(&world, &zoe).await, [home], "what was asked stays asked");
    ask(&mut world, &mei, trip, &[&zoe]).await;
    assert!(
        world.storage().conversation(zoe.id, trip).await.unwrap().is_none(),
        "talking takes no answer back"
    );
    let mut world = world.reopened().await;
    let mut asked = requests(&world, &zoe).await;
    asked.sort_unstable();
    assert_eq!(asked, [trip, home], "she is asked again");
    ask(&mut world, &mei, home, &[&zoe]).await;
    assert_eq!(requests(&world, &zoe).await, [trip], "and a request ends with becoming a member");
    join(&mut world, &zoe, trip).await.unwrap();
    assert_eq!(requests(&world, &zoe).await, []);
    // Nothing of what was declined is left.
    world.act(&zoe, leave(trip)).await.unwrap();
    assert!(!world.storage().decline_group_request(zoe.id, trip).await.unwrap());
}

pub async fn requests_are_bounded_and_end_with_their_group<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, zoe) = (world.user("mei").await, world.user("ada").await, world.user("zoe").await);
    let mut groups = Vec::new();
    for number in 0..MAX_GROUP_REQUESTS {
        let asker = world.user(&format!("asker{}", number / MAX_GROUP_REQUESTS_BY_ONE)).await;
        let group = world.group(&asker, &format!("group {number}"), &[]).await;
        ask(&mut world, &asker, group, &[&zoe]).await;
        groups.push(group);
    }
    let last = world.group(&mei, "one too many", &[]).await;
    ask(&mut world, &mei, last, &[&zoe]).await;
    groups.reverse();
    assert_eq!(requests(&world, &zoe).await, groups, "the newest first, and not one too many");
    assert_eq!(world.log(&mei, last).await.len(), 1, "no event says that she was asked");
    // The request survives the member who made it, and ends with the group's last member.
    let (first, asker) = (groups[0], world.user("asker19").await);
    world.act(&asker, add(first, &[&ada])).await.unwrap();
    world.act(&asker, leave(first)).await.unwrap();
    assert_eq!(requests(&world, &zoe).await, groups);
    world.act(&ada, leave(first)).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(requests(&world, &zoe).await, groups[1..]);
    assert_eq!(join(&mut world, &zoe, first).await, Err(Refusal::UnknownConversation));
    ask(&mut world, &mei, last, &[&zoe]).await;
    assert_eq!(requests(&world, &zoe).await.len(), MAX_GROUP_REQUESTS);
}

pub async fn one_asker_leaves_room_for_others<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, zoe) = (world.user("mei").await, world.user("ada").await, world.user("zoe").await);
    let mut groups = Vec::new();
    for number in 0..=MAX_GROUP_REQUESTS_BY_ONE {
        let group = world.group(&mei, &format!("group {number}"), &[&ada]).await;
        ask(&mut world, &mei, group, &[&zoe]).await;
        groups.push(group);
    }
    let last = groups.pop().unwrap();
    groups.reverse();
    let mut world = world.reopened().await;
    assert_eq!(requests(&world, &zoe).await, groups);
    ask(&mut world, &ada, last, &[&zoe]).await;
    assert_eq!(requests(&world, &zoe).await[0], last, "somebody else may ask");
    // An answer makes room for another request.
    assert!(world.storage().decline_group_request(zoe.id, groups[0]).await.unwrap());
    let more = world.group(&mei, "more", &[]).await;
    ask(&mut world, &mei, more, &[&zoe]).await;
    assert_eq!(requests(&world, &zoe).await[0], more);
}

pub async fn whether_a_user_is_asked_is_kept<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, zoe) = (world.user("mei").await, world.user("zoe").await);
    assert_eq!(world.storage().asks_before_groups(zoe.id).await.unwrap(), None);
    for asks in [true, false] {
        world.storage().set_asks_before_groups(zoe.id, asks).await.unwrap();
        world = world.reopened().await;
        assert_eq!(world.storage().asks_before_groups(zoe.id).await.unwrap(), Some(asks));
        let group = world.group(&mei, "trip", &[]).await;
        world.act(&mei, add(group, &[&zoe]).asking(Access::Accounts)).await.unwrap();
        assert_eq!(world.storage().conversation(zoe.id, group).await.unwrap().is_none(), asks);
    }
    assert_eq!(world.storage().asks_before_groups(mei.id).await.unwrap(), None);
}
