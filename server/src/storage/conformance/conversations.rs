//! Conversations and their members.

use confab_shared::{
    conversation::ConversationKind,
    event::{EventBody, Joined, Renamed},
    id::{ConversationId, Seq, Timestamp},
    text::{Title, Topic},
    user::User,
};

use super::world::{Backend, World, add, command, leave, mark_read, post, rename};
use crate::{
    domain::{audience::Audience, command::SetTopic, listing::ListRange, notification::CommitNotification},
    storage::{EVERYONE, MemberQuery},
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
    assert_eq!(
        members(&world, &mei, trip, "", "", 9).await,
        (words("ada mei"), false),
        "in the order of names"
    );
}

/// The names of the members that a query finds, and whether there are more.
async fn members<B: Backend>(
    world: &World<B>,
    user: &User,
    id: ConversationId,
    after: &str,
    prefix: &str,
    limit: usize,
) -> (Vec<String>, bool) {
    let query = MemberQuery { after: after.to_owned(), after_shown: None, prefix: prefix.to_owned(), limit };
    let run = world.storage().members(user.id, id, query).await.unwrap().unwrap();
    (run.members.iter().map(|member| member.known.user.name.to_string()).collect(), run.more)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

pub async fn members_are_listed_by_page_and_found_by_prefix<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mut users = Vec::new();
    for name in ["mei", "Ada", "li", "adam", "zoe"] {
        users.push(world.user(name).await);
    }
    let trip = world.group(&users[0], "trip", &[&users[1], &users[2], &users[3]]).await;
    for (id, all) in [(trip, "Ada adam li mei"), (EVERYONE, "Ada adam li mei zoe")] {
        let of = async |after, prefix, limit| members(&world, &users[0], id, after, prefix, limit).await;
        assert_eq!(of("", "", 9).await, (words(all), false));
        assert_eq!(of("", "", 2).await, (words("Ada adam"), true));
        assert_eq!(of("adam", "", 2).await, (words("li mei"), id == EVERYONE));
        assert_eq!(of("b", "", 1).await, (words("li"), true), "behind a name that is no member's");
        assert_eq!(of("", "ada", 2).await, (words("Ada adam"), false));
        assert_eq!(of("ada", "ada", 1).await, (words("adam"), false));
        assert_eq!(of("", "x", 9).await, (vec![], false));
    }
}

pub async fn who_takes_part_is_who_made_the_group_or_posted<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let direct = world.direct(&mei, &ada).await;
    let trip = world.group(&mei, "trip", &[&ada, &li]).await;
    let taking_part = async |world: &World<B>, user: &User, id| {
        let query = MemberQuery { limit: 9, ..MemberQuery::default() };
        let run = world.storage().members(user.id, id, query).await.unwrap().unwrap();
        let taking_part = run.members.iter().filter(|member| member.here.other_takes_part);
        let names: Vec<_> = taking_part.map(|member| member.known.user.name.to_string()).collect();
        let mine = run.members.first().is_some_and(|member| member.here.user_takes_part);
        (names, mine)
    };
    let shared = async |world: &World<B>, user: &User, other: &User| {
        let direct = world.storage().direct_between(user.id, other.id).await.unwrap();
        let peers = world.storage().direct_peers(user.id).await.unwrap();
        let peer = peers.into_iter().find(|(peer, _)| peer.user.id == other.id).map(|(_, shared)| shared);
        assert_eq!(direct, peer);
        direct.map(|shared| (shared.user_takes_part, shared.other_takes_part))
    };
    assert_eq!(taking_part(&world, &mei, trip).await, (words("mei"), true), "who made it");
    assert_eq!(shared(&world, &mei, &ada).await, Some((false, false)), "it was only opened");
    assert_eq!(shared(&world, &mei, &li).await, None);
    world.post(&ada, direct, "hello").await;
    world.post(&li, trip, "hello").await;
    world.act(&ada, mark_read(trip, 3)).await.unwrap();
    world.post(&ada, EVERYONE, "hello").await;
    assert_eq!(shared(&world, &ada, &mei).await, Some((true, false)), "at once");
    let mut world = world.reopened().await;
    assert_eq!(shared(&world, &mei, &ada).await, Some((false, true)));
    assert_eq!(taking_part(&world, &ada, trip).await, (words("li mei"), false), "reading is no choice");
    assert_eq!(taking_part(&world, &ada, EVERYONE).await, (vec![], false), "nobody asked to be there");
    world.post(&mei, direct, "hello").await;
    assert_eq!(shared(&world, &mei, &ada).await, Some((true, true)));
    // Who leaves and is added again has not chosen anew.
    world.act(&li, leave(trip)).await.unwrap();
    world.act(&mei, add(trip, &[&li])).await.unwrap();
    assert_eq!(taking_part(&world, &li, trip).await, (words("mei"), false));
    world.post(&li, trip, "again").await;
    assert_eq!(taking_part(&world.reopened().await, &li, trip).await, (words("li mei"), true));
}

pub async fn the_list_is_read_by_part<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let mut groups = Vec::new();
    for number in 1..=4 {
        let id = world.group(&mei, &format!("group {number}"), &[&ada]).await;
        let mut given = command(&mei, None, post(id, "hello"));
        given.at = Timestamp(number * 1_000);
        world.submit(vec![given]).await.remove(0).unwrap();
        groups.push(id);
    }
    // Mei has read her own; of Ada's only the oldest is read.
    world.act(&ada, mark_read(groups[0], 9)).await.unwrap();
    let part = async |world: &World<B>, user: &User, range| {
        let (part, users) = world.storage().conversations(user.id, range).await.unwrap();
        let ids: Vec<_> = part.conversations.iter().map(|conversation| conversation.id).collect();
        (ids, part.more.map(|cursor| cursor.id), users.len())
    };
    let initial = |limit| ListRange::Initial { limit };
    for _ in 0..2 {
        assert_eq!(part(&world, &mei, initial(2)).await, (vec![groups[3], groups[2]], Some(groups[2]), 1));
        let (of_ada, more, _) = part(&world, &ada, initial(2)).await;
        assert_eq!(
            (of_ada, more),
            (vec![groups[3], groups[2], groups[1]], Some(groups[2])),
            "what is unread"
        );
        let (whole, more, _) = part(&world, &ada, ListRange::All).await;
        assert_eq!((whole.len(), more), (5, None));
        let cursor = world.seen_by(&ada, groups[2]).await.list_cursor();
        let before = |limit| ListRange::Before { cursor: Some(cursor), limit };
        assert_eq!(part(&world, &ada, before(2)).await.0, [groups[1], groups[0]]);
        assert_eq!(part(&world, &ada, before(3)).await, (vec![groups[1], groups[0], EVERYONE], None, 1));
        world = world.reopened().await;
    }
    // What is posted is the newest at once.
    let mut given = command(&ada, None, post(groups[0], "hello"));
    given.at = Timestamp(9_000);
    world.submit(vec![given]).await.remove(0).unwrap();
    assert_eq!(part(&world, &mei, initial(1)).await.0, [groups[0]]);
}

fn audiences(published: &[CommitNotification]) -> Vec<Audience> {
    let audience = |notification: &CommitNotification| match notification {
        CommitNotification::Event(committed) => Some(committed.audience.clone()),
        CommitNotification::ReadPosition(_) | CommitNotification::GroupRequest(_) => None,
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
