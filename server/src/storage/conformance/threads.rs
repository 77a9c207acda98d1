//! Replies, and threads beside the timeline.

use confab_shared::{
    api::ThreadCursor,
    id::{ConversationId, Seq, UserId},
    item::Item,
    user::User,
};

use super::world::{Backend, World, add, command, delete, edit, leave, mark_read, post, react, reply};
use crate::{
    domain::refusal::Refusal,
    storage::{
        MessageRun, Range,
        threads::{ThreadMove, ThreadQuery},
    },
};

/// A group of three with a message of the first.
async fn group<B: Backend>() -> (World<B>, [User; 3], ConversationId, Seq) {
    let mut world = World::<B>::new().await;
    let users = [world.user("mei").await, world.user("ada").await, world.user("li").await];
    let trip = world.group(&users[0], "trip", &[&users[1], &users[2]]).await;
    let root = world.post(&users[0], trip, "where to?").await.seq;
    (world, users, trip, root)
}

async fn page<B: Backend>(
    world: &World<B>,
    user: &User,
    id: ConversationId,
    root: Seq,
    range: Range,
    limit: usize,
) -> MessageRun {
    let found = world.storage().replies(user.id, id, root, range, limit).await.unwrap();
    found.expect("the user is a member").expect("there is such a root")
}

fn texts(items: &[Item]) -> Vec<&str> {
    items.iter().filter_map(|item| Some(item.message()?.text.as_str())).collect()
}

async fn to<B: Backend>(
    world: &World<B>,
    user: &User,
    id: ConversationId,
    root: Seq,
    to: ThreadMove,
) -> bool {
    world.storage().move_thread(user.id, id, root, to).await.unwrap().is_some_and(|state| state.is_some())
}

pub async fn a_reply_quotes_a_message_as_it_is_now<B: Backend>() {
    let (mut world, [mei, ada, _], trip, first) = group::<B>().await;
    world.act(&mei, edit(trip, first, "where to go?")).await.unwrap();
    let quoting = world.act(&ada, post(trip, "north").replying_to(Some(first))).await.unwrap().seq;
    let mut world = world.reopened().await;
    let read = async |world: &World<B>| {
        let run = world.storage().messages(ada.id, trip, Range::Newest, 1).await.unwrap().unwrap();
        assert_eq!(run.items[0].message().unwrap().reply_to, Some(first));
        assert!(run.users.iter().any(|user| user.id == mei.id), "who is quoted is named");
        let quoted =
            run.quoted.into_iter().map(|message| (message.seq, message.text.to_string(), message.deleted));
        quoted.collect::<Vec<_>>()
    };
    assert_eq!(read(&world).await, [(first, "where to go?".to_owned(), None)]);
    let whole = world.storage().messages(ada.id, trip, Range::After(Seq(0)), 99).await.unwrap().unwrap();
    assert!(whole.quoted.is_empty(), "it is among the items");
    world.act(&mei, delete(trip, first)).await.unwrap();
    let world = world.reopened().await;
    let quoted = read(&world).await;
    assert_eq!((quoted[0].0, quoted[0].1.as_str()), (first, ""));
    assert!(quoted[0].2.is_some(), "a mark is left");
    assert!(world.message(&ada, trip, quoting).await.reply_to.is_some());
}

pub async fn a_reply_of_a_thread_counts_nowhere_else<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    let before = world.seen_by(&li, trip).await;
    world.act(&ada, reply(trip, root, "north, @li", false)).await.unwrap();
    let second = world.act(&mei, reply(trip, root, "too cold", false)).await.unwrap().seq;
    world.act(&mei, edit(trip, second, "too cold, @li")).await.unwrap();
    let mut world = world.reopened().await;
    let check = async |world: &World<B>, events: u64| {
        let seen = world.seen_by(&li, trip).await;
        assert_eq!(seen.head_seq.0, before.head_seq.0 + events);
        assert_eq!((seen.message_count, seen.unread()), (before.message_count, before.unread()));
        assert_eq!(
            (seen.last_message, seen.last_activity_at),
            (before.last_message.clone(), before.last_activity_at)
        );
        assert_eq!(seen.mentions, [], "it is the thread's");
        assert_eq!(texts(&world.items(&li, trip).await), ["where to?"]);
    };
    check(&world, 3).await;
    let deleted = world.act(&mei, reply(trip, root, "no", false)).await.unwrap().seq;
    world.act(&mei, delete(trip, deleted)).await.unwrap();
    check(&world, 5).await;
    // Positions stay exact over them.
    let next = world.post(&ada, trip, "so, south").await.seq;
    let mut world = world.reopened().await;
    world.act(&li, mark_read(trip, root.0)).await.unwrap();
    assert_eq!(world.seen_by(&li, trip).await.unread(), 1);
    world.act(&li, mark_read(trip, next.0)).await.unwrap();
    let seen = world.seen_by(&li, trip).await;
    assert_eq!((seen.unread(), seen.read_count), (0, 2));
    assert_eq!(world.thread(&li, trip, root).await.unread, 2, "the thread is not read with its conversation");
    // One that shows in both counts in both.
    world.act(&ada, reply(trip, root, "south, @li", true)).await.unwrap();
    let world = world.reopened().await;
    let seen = world.seen_by(&li, trip).await;
    assert_eq!((seen.unread(), seen.mentions.len(), seen.message_count), (1, 1, 3));
    assert_eq!(seen.last_message.unwrap().text, "south, @li");
    assert_eq!(world.thread(&li, trip, root).await.unread, 3);
}

pub async fn what_a_reply_may_be_of<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    let other = world.post(&ada, trip, "when?").await.seq;
    let beside = world.act(&ada, reply(trip, root, "north", false)).await.unwrap().seq;
    let both = world.act(&ada, reply(trip, root, "south", true)).await.unwrap().seq;
    let refused = [
        post(trip, "to a notice").replying_to(Some(Seq(1))),
        post(trip, "to nothing").replying_to(Some(Seq(99))),
        post(trip, "to what does not show").replying_to(Some(beside)),
        reply(trip, beside, "to a reply", false),
        reply(trip, both, "to a reply that shows", false),
        reply(trip, Seq(1), "to a notice", false),
        reply(trip, root, "to another thread", false).replying_to(Some(other)),
    ];
    for wrong in refused {
        let said = format!("{wrong:?}");
        assert_eq!(world.act(&mei, wrong).await, Err(Refusal::UnknownMessage), "{said}");
    }
    world.act(&mei, post(trip, "fine").replying_to(Some(both))).await.unwrap();
    for quoted in [root, beside, both] {
        world.act(&mei, reply(trip, root, "fine, too", false).replying_to(Some(quoted))).await.unwrap();
    }
    world.act(&mei, delete(trip, root)).await.unwrap();
    for wrong in [post(trip, "no").replying_to(Some(root)), reply(trip, root, "no", false)] {
        assert_eq!(world.act(&mei, wrong).await, Err(Refusal::UnknownMessage), "it is deleted");
    }
    assert_eq!(page(&world, &li, trip, root, Range::Newest, 9).await.items.len(), 5, "what was said stays");
    world.act(&li, leave(trip)).await.unwrap();
    assert_eq!(world.act(&li, reply(trip, other, "out", false)).await, Err(Refusal::UnknownConversation));
    assert_eq!(world.storage().replies(li.id, trip, other, Range::Newest, 9).await.unwrap(), None);
}

pub async fn a_root_shows_its_replies<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    let first = world.act(&ada, reply(trip, root, "one", false)).await.unwrap().seq;
    let second = world.act(&li, reply(trip, root, "two", false)).await.unwrap().seq;
    let third = world.act(&ada, reply(trip, root, "three", true)).await.unwrap().seq;
    let mut world = world.reopened().await;
    let shown = async |world: &World<B>| {
        let replies = world.message(&mei, trip, root).await.replies;
        replies.map(|replies| (replies.count, replies.last_seq, replies.faces))
    };
    let faces = |users: &[&User]| users.iter().map(|user| user.id).collect::<Vec<UserId>>();
    assert_eq!(shown(&world).await, Some((3, third, faces(&[&ada, &li]))));
    world.act(&mei, react(trip, second, "👍", true)).await.unwrap();
    let found = page(&world, &mei, trip, root, Range::After(Seq(0)), 9).await;
    assert_eq!(texts(&found.items), ["one", "two", "three"]);
    assert_eq!(found.items[1].message().unwrap().reactions.len(), 1, "as they are now");
    assert_eq!((found.first_seq, found.last_seq), (Seq(1), found.head_seq));
    assert_eq!(found.root.map(|root| root.seq), Some(root));
    let found = page(&world, &mei, trip, root, Range::Newest, 2).await;
    assert_eq!((texts(&found.items), found.first_seq), (vec!["two", "three"], second));
    let found = page(&world, &mei, trip, root, Range::Around(second), 2).await;
    assert_eq!((texts(&found.items), found.first_seq, found.last_seq), (vec!["one", "two"], first, second));

    world.act(&ada, delete(trip, third)).await.unwrap();
    assert_eq!(shown(&world).await, Some((2, second, faces(&[&li, &ada]))));
    world.act(&ada, delete(trip, first)).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(shown(&world).await, Some((1, second, faces(&[&li]))));
    world.act(&li, delete(trip, second)).await.unwrap();
    assert_eq!(shown(&world).await, None);
    let found = page(&world, &mei, trip, root, Range::Newest, 9).await;
    assert_eq!((texts(&found.items), found.items.len()), (vec!["", "", ""], 3), "marks are left");
    let again = world.act(&li, reply(trip, root, "again", false)).await.unwrap().seq;
    assert_eq!(shown(&world).await, Some((1, again, faces(&[&li]))));
    // Of commands that are carried out together each sees what those before it did.
    let together = [
        command(&ada, None, reply(trip, root, "five", false)),
        command(&li, None, reply(trip, root, "six", false)),
        command(&li, None, delete(trip, again)),
        command(&li, None, delete(trip, Seq(again.0 + 2))),
    ];
    assert!(world.submit(together.to_vec()).await.iter().all(Result::is_ok));
    assert_eq!(shown(&world).await, Some((1, Seq(again.0 + 1), faces(&[&ada]))));
}

pub async fn who_takes_part_in_a_thread_follows_it<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    let zoe = world.user("zoe").await;
    world.act(&mei, add(trip, &[&zoe])).await.unwrap();
    let unread = async |world: &World<B>, user: &User| {
        let state = world.thread(user, trip, root).await;
        state.following.then_some((state.unread, state.mentions.len()))
    };
    let first = world.act(&ada, reply(trip, root, "one", false)).await.unwrap().seq;
    assert_eq!(
        unread(&world, &mei).await,
        Some((1, 0)),
        "who wrote the root follows from the first reply on"
    );
    assert_eq!(unread(&world, &ada).await, Some((0, 0)), "who wrote it follows, and has read it");
    assert_eq!(unread(&world, &li).await, None);
    world.act(&ada, reply(trip, root, "two, @li", false)).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(unread(&world, &li).await, Some((1, 1)), "what was said before is not unread");
    assert_eq!(unread(&world, &zoe).await, None);
    world.act(&ada, edit(trip, first, "one, @zoe, @li")).await.unwrap();
    assert_eq!(unread(&world, &li).await, Some((1, 2)), "an edit mentions, too");
    assert_eq!(unread(&world, &zoe).await, None, "and makes nobody follow");
    world.act(&ada, edit(trip, first, "one")).await.unwrap();
    assert_eq!(unread(&world, &li).await, Some((1, 1)));
    // Who follows no more is not followed up by others' replies.
    assert!(to(&world, &mei, trip, root, ThreadMove::Unfollow).await);
    world.act(&li, reply(trip, root, "three", false)).await.unwrap();
    assert_eq!(unread(&world, &mei).await, None);
    assert_eq!(unread(&world, &ada).await, Some((1, 0)));
    world.act(&li, leave(trip)).await.unwrap();
    world.act(&mei, add(trip, &[&li])).await.unwrap();
    let world = world.reopened().await;
    assert_eq!(unread(&world, &li).await, None, "who left follows nothing");
}

pub async fn a_thread_is_followed_and_read_by_itself<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    assert!(to(&world, &li, trip, root, ThreadMove::Follow).await, "also without a reply");
    assert!(to(&world, &li, trip, root, ThreadMove::Follow).await, "again");
    let first = world.act(&ada, reply(trip, root, "one, @li", false)).await.unwrap().seq;
    let second = world.act(&ada, reply(trip, root, "two", false)).await.unwrap().seq;
    let mut world = world.reopened().await;
    let state = world.thread(&li, trip, root).await;
    assert_eq!((state.unread, state.mentions.len(), state.head_seq), (2, 1, second));
    world.act(&li, mark_read(trip, second.0)).await.unwrap();
    assert_eq!(world.thread(&li, trip, root).await.unread, 2);
    assert!(to(&world, &li, trip, root, ThreadMove::Read(first)).await);
    let state = world.thread(&li, trip, root).await;
    assert_eq!((state.unread, state.mentions.len(), state.read_seq), (1, 0, first));
    assert!(to(&world, &li, trip, root, ThreadMove::Read(Seq(1))).await, "it stays");
    assert!(to(&world, &li, trip, root, ThreadMove::Read(Seq(u64::MAX))).await);
    let state = world.thread(&li, trip, root).await;
    assert_eq!((state.unread, state.read_seq), (0, state.head_seq), "to the head at most");
    // Exact under deletion.
    let third = world.act(&ada, reply(trip, root, "three", false)).await.unwrap().seq;
    world.act(&ada, reply(trip, root, "four", false)).await.unwrap();
    world.act(&ada, delete(trip, first)).await.unwrap();
    assert_eq!(world.thread(&li, trip, root).await.unread, 2, "it was read");
    world.act(&ada, delete(trip, third)).await.unwrap();
    assert_eq!(world.thread(&li, trip, root).await.unread, 1);
    for wrong in [Seq(1), second, Seq(99)] {
        assert!(!to(&world, &mei, trip, wrong, ThreadMove::Follow).await, "{wrong} is no root");
        assert_eq!(world.storage().thread(mei.id, trip, wrong).await.unwrap(), Some(None));
    }
    let stranger = world.user("zoe").await;
    assert!(!to(&world, &stranger, trip, root, ThreadMove::Follow).await);
    assert_eq!(world.storage().thread(stranger.id, trip, root).await.unwrap(), None);
}

pub async fn nothing_is_unread_where_a_root_is_deleted<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    world.act(&ada, reply(trip, root, "one, @li", false)).await.unwrap();
    world.act(&mei, delete(trip, root)).await.unwrap();
    let world = world.reopened().await;
    for user in [&mei, &ada, &li] {
        let state = world.thread(user, trip, root).await;
        assert_eq!((state.following, state.unread, state.mentions.len()), (false, 0, 0));
        assert_eq!(world.storage().followed_threads(user.id, 9, 9).await.unwrap(), (vec![], 0));
        assert!(!to(&world, user, trip, root, ThreadMove::Follow).await);
    }
    let found = page(&world, &li, trip, root, Range::Newest, 9).await;
    assert_eq!(texts(&found.items), ["one, @li"]);
    assert!(found.root.unwrap().deleted.is_some());
}

pub async fn who_leaves_meanwhile_follows_nothing<B: Backend>() {
    let (mut world, [mei, ada, li], trip, root) = group::<B>().await;
    for _ in 0..20 {
        let (_, left) = tokio::join!(
            to(&world, &li, trip, root, ThreadMove::Follow),
            world.submit(vec![command(&li, None, leave(trip))])
        );
        assert!(left[0].is_ok());
        assert_eq!(world.storage().followed_threads(li.id, 9, 9).await.unwrap(), (vec![], 0));
        world.act(&mei, add(trip, &[&li])).await.unwrap();
        assert!(!world.thread(&li, trip, root).await.following, "who comes back follows nothing");
    }
    for _ in 0..20 {
        let root = world.post(&mei, trip, "a slip").await.seq;
        let (_, deleted) = tokio::join!(
            to(&world, &ada, trip, root, ThreadMove::Follow),
            world.submit(vec![command(&mei, None, delete(trip, root))])
        );
        assert!(deleted[0].is_ok());
        assert_eq!(world.storage().followed_threads(ada.id, 9, 9).await.unwrap(), (vec![], 0));
    }
}

pub async fn threads_are_listed_the_newest_reply_first<B: Backend>() {
    let (mut world, [mei, ada, _], trip, first) = group::<B>().await;
    let home = world.group(&mei, "home", &[&ada]).await;
    let second = world.post(&mei, home, "who cooks?").await.seq;
    let third = world.post(&mei, home, "who shops?").await.seq;
    assert!(to(&world, &mei, home, third, ThreadMove::Follow).await);
    let mut at = 2_000;
    for (id, root) in [(trip, first), (home, second)] {
        at += 1;
        let mut one = command(&ada, None, reply(id, root, "me", false));
        one.at = confab_shared::id::Timestamp(at);
        world.submit(vec![one]).await.remove(0).unwrap();
    }
    let world = world.reopened().await;
    let listed = async |unread: bool, before: Option<ThreadCursor>, limit: usize| {
        let run = world.storage().threads(mei.id, ThreadQuery { unread, before, limit }).await.unwrap();
        let keys = run.threads.iter().map(|thread| (thread.state.conversation, thread.state.root));
        (keys.collect::<Vec<_>>(), run.more)
    };
    assert_eq!(listed(false, None, 9).await, (vec![(home, second), (trip, first), (home, third)], false));
    assert_eq!(listed(true, None, 9).await, (vec![(home, second), (trip, first)], false));
    assert_eq!(listed(false, None, 2).await, (vec![(home, second), (trip, first)], true));
    let last_at = confab_shared::id::Timestamp(2_001);
    let before = Some(ThreadCursor { last_at, conversation: trip, root: first });
    assert_eq!(listed(false, before, 9).await, (vec![(home, third)], false));
    let first_of = async |limit: usize, unread_limit: usize| {
        let (states, unread) = world.storage().followed_threads(mei.id, limit, unread_limit).await.unwrap();
        let keys = states.iter().map(|state| (state.conversation, state.root));
        (keys.collect::<Vec<_>>(), unread)
    };
    assert_eq!(first_of(1, 0).await, (vec![(home, second)], 2));
    assert_eq!(first_of(1, 9).await, (vec![(home, second), (trip, first)], 2), "the third is read");
    assert_eq!(first_of(3, 9).await.0, [(home, second), (trip, first), (home, third)]);
    assert!(to(&world, &mei, home, second, ThreadMove::Read(Seq(99))).await);
    assert_eq!(first_of(1, 9).await, (vec![(home, second), (trip, first)], 1));
    assert_eq!(listed(true, None, 9).await.0, [(trip, first)]);
    let run =
        world.storage().threads(mei.id, ThreadQuery { unread: true, before: None, limit: 9 }).await.unwrap();
    let thread = &run.threads[0];
    assert_eq!(thread.root.replies.as_ref().unwrap().count, 1);
    assert_eq!(thread.last_reply.as_ref().unwrap().text.as_str(), "me");
    assert_eq!(run.users.len(), 2, "both authors");
}
