//! Conversations and their members.

use confab_shared::{
    conversation::ConversationKind,
    event::{EventBody, Joined, Renamed},
    id::{Seq, Timestamp},
    text::{Title, Topic},
    user::User,
};

use super::world::{Backend, World, add, command, leave, mark_read, post, rename};
use crate::{
    domain::{audience::Audience, command::SetTopic, notification::CommitNotification},
    storage::EVERYONE,
};

pub async fn a_direct_conversation_is_one_per_pair<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let id = world.direct(&mei, &ada).await;
    assert_eq!(world.direct(&ada, &mei).await, id);
    let (mine, theirs) = (world.seen_by(&mei, id).await, world.seen_by(&ada, id).await);
    assert_eq!((mine.kind, mine.peer, theirs.peer), (ConversationKind::Direct, Some(ada.id), Some(mei.id)));
    assert_eq!((mine.member_count, mine.head_seq), (2, Seq(0)));
    let notes = world.direct(&mei, &mei).await;
    assert_ne!(notes, id);
    let notes_seen = world.seen_by(&mei, notes).await;
    assert_eq!((notes_seen.peer, notes_seen.member_count), (Some(mei.id), 1));
    let mut world = world.reopened().await;
    assert_eq!((world.direct(&ada, &mei).await, world.direct(&mei, &mei).await), (id, notes));
}

pub async fn a_group_begins_with_its_title_and_members<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada, &ada, &mei]).await;
    let title = Title::new("trip").unwrap();
    let begun = [Renamed { title: title.clone() }.into(), Joined { users: vec![ada.id] }.into()];
    assert_eq!(world.log(&ada, trip).await, begun);
    for user in [&mei, &ada] {
        let seen = world.seen_by(user, trip).await;
        assert_eq!((seen.title.as_ref(), seen.member_count), (Some(&title), 2));
        assert_eq!((seen.head_seq, seen.read_seq, seen.unread()), (Seq(2), Seq(2), 0));
    }
    let members = world.storage().members(mei.id, trip).await.unwrap().unwrap();
    let names: Vec<_> = members.iter().map(|member| member.user.name.as_str()).collect();
    assert_eq!(names, ["ada", "mei"], "in the order of their names");
}

fn audiences(published: &[CommitNotification]) -> Vec<Audience> {
    let audience = |notification: &CommitNotification| match notification {
        CommitNotification::Event(committed) => Some(committed.audience.clone()),
        CommitNotification::ReadPosition(_) => None,
    };
    published.iter().filter_map(audience).collect()
}

pub async fn members_come_and_go_with_the_log<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    world.take_published().await;
    world.act(&ada, add(trip, &[&li, &mei])).await.unwrap();
    world.act(&ada, leave(trip)).await.unwrap();
    world.post(&mei, trip, "hello").await;
    let of = |users: &[&User]| Audience::of(users.iter().map(|user| user.id));
    // The member who left gets the event of that, and nothing after it.
    let expected = [of(&[&mei, &ada, &li]), of(&[&mei, &ada, &li]), of(&[&mei, &li])];
    assert_eq!(audiences(&world.take_published().await), expected);
    let unchanged = world.act(&mei, add(trip, &[&li])).await.unwrap();
    assert_eq!(unchanged.seq, Seq(5), "who is a member is passed over");
    assert!(world.take_published().await.is_empty());
    assert!(world.storage().conversation(ada.id, trip).await.unwrap().is_none());
    let world = world.reopened().await;
    assert_eq!(world.seen_by(&li, trip).await.member_count, 2);
    assert_eq!(world.storage().audience(li.id, trip).await.unwrap(), Some(of(&[&mei, &li])));
    assert_eq!(world.storage().audience(li.id, EVERYONE).await.unwrap(), Some(Audience::Everyone));
}

pub async fn only_a_message_is_an_activity<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[]).await;
    let at = async |world: &World<B>, body: crate::domain::command::CommandBody, at: u64| {
        let mut given = command(&mei, None, body);
        given.at = Timestamp(at);
        world.submit(vec![given]).await.remove(0).unwrap();
        let seen = world.seen_by(&mei, trip).await;
        (seen.last_activity_at.0, seen.last_message.map(|last| last.text))
    };
    let hello = Some("hello".to_owned());
    assert_eq!(at(&world, post(trip, "hello").into(), 2_000).await, (2_000, hello.clone()));
    assert_eq!(at(&world, rename(trip, "holiday").into(), 3_000).await, (2_000, hello.clone()));
    assert_eq!(at(&world, add(trip, &[&ada]).into(), 4_000).await, (2_000, hello.clone()));
    assert_eq!(at(&world, mark_read(trip, 3).into(), 5_000).await, (2_000, hello));
    let world = world.reopened().await;
    assert_eq!(world.seen_by(&mei, trip).await.last_activity_at, Timestamp(2_000));
}

pub async fn a_group_is_found_by_its_title<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let old = world.group(&mei, "trip", &[]).await;
    let new = world.group(&mei, "trip", &[]).await;
    let mut later = command(&mei, None, post(old, "hello"));
    later.at = Timestamp(9_000);
    world.submit(vec![later]).await.remove(0).unwrap();
    let title = Title::new("trip").unwrap();
    let found =
        async |world: &World<B>, user: &User| world.storage().group_by_title(user.id, &title).await.unwrap();
    assert_eq!(found(&world, &mei).await, Some(old), "the one that was active last");
    assert_eq!(found(&world, &ada).await, None);
    world.act(&mei, rename(old, "other")).await.unwrap();
    assert_eq!(found(&world, &mei).await, Some(new));
    assert!(matches!(world.log(&mei, old).await.last(), Some(EventBody::Renamed(_))));
}

pub async fn a_topic_is_set_changed_and_removed<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let trip = world.group(&mei, "trip", &[&ada]).await;
    let topic = async |world: &World<B>| world.seen_by(&ada, trip).await.topic.map(|topic| topic.to_string());
    let set = |text: &str| SetTopic { conversation: trip, topic: Topic::new(text).unwrap() };
    assert_eq!(topic(&world).await, None);
    let first = world.act(&mei, set("Where to go")).await.unwrap();
    assert_eq!(topic(&world).await.as_deref(), Some("Where to go"));
    assert_eq!(world.act(&ada, set("Where to go")).await.unwrap().seq, first.seq, "nothing to change");
    let mut world = world.reopened().await;
    assert_eq!(topic(&world).await.as_deref(), Some("Where to go"));
    world.act(&mei, rename(trip, "holiday")).await.unwrap();
    world.act(&ada, set(" ")).await.unwrap();
    assert_eq!(topic(&world).await, None);
    assert_eq!(topic(&world.reopened().await).await, None);
}
