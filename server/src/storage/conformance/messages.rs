//! Messages that change: edits, deletions, reactions and pins, and reading messages as they are now.

use confab_shared::{
    event::EventBody,
    id::{ConversationId, Seq, UserId},
    item::Item,
    message::{MAX_EMOJI_PER_MESSAGE, Message},
    user::User,
};

use super::world::{Backend, World, add, command, delete, edit, leave, mark_read, pin, preview, react, show};
use crate::{
    domain::{
        command::{CommandBody, RemovePreview},
        refusal::Refusal,
    },
    storage::{EVERYONE, Range},
};

/// A group of three with a message of the first.
async fn group<B: Backend>() -> (World<B>, [User; 3], ConversationId, Seq) {
    let mut world = World::<B>::new().await;
    let users = [world.user("mei").await, world.user("ada").await, world.user("li").await];
    let trip = world.group(&users[0], "trip", &[&users[1], &users[2]]).await;
    let seq = world.post(&users[0], trip, "hello @ada").await.seq;
    (world, users, trip, seq)
}

/// The unread mentions of a user: message and event.
async fn mentions<B: Backend>(world: &World<B>, user: &User, id: ConversationId) -> Vec<(u64, u64)> {
    let seen = world.seen_by(user, id).await;
    seen.mentions.iter().map(|mention| (mention.seq.0, mention.event.0)).collect()
}

fn reactions(message: &Message) -> Vec<(&str, &[UserId])> {
    message.reactions.iter().map(|reaction| (reaction.emoji.as_str(), &reaction.users[..])).collect()
}

async fn revisions<B: Backend>(
    world: &World<B>,
    user: &User,
    id: ConversationId,
    seq: Seq,
) -> Option<Vec<String>> {
    let found = world.storage().revisions(user.id, id, seq).await.unwrap().expect("the user is a member");
    found.map(|revisions| revisions.into_iter().map(|revision| revision.text.to_string()).collect())
}

pub async fn a_message_is_read_as_it_is_now<B: Backend>() {
    let (mut world, [mei, ada, _], trip, seq) = group::<B>().await;
    world.act(&mei, edit(trip, seq, "second")).await.unwrap();
    let mut world = world.reopened().await;
    let last = world.act(&mei, edit(trip, seq, "third")).await.unwrap();
    world.act(&ada, react(trip, seq, "👍", true)).await.unwrap();
    world.act(&ada, pin(trip, seq, true)).await.unwrap();
    let check = async |world: &World<B>| {
        let message = world.message(&ada, trip, seq).await;
        assert_eq!((message.text.as_str(), message.edited_at), ("third", Some(last.at)));
        assert_eq!(message.pinned.map(|stamp| stamp.by), Some(ada.id));
        assert_eq!(reactions(&message), [("👍", &[ada.id][..])]);
        assert_eq!(world.items(&ada, trip).await.len(), 3, "two notices and a message");
        assert_eq!(revisions(world, &ada, trip, seq).await, Some(vec!["hello @ada".into(), "second".into()]));
        assert_eq!(world.seen_by(&ada, trip).await.last_message.unwrap().text, "third");
    };
    check(&world).await;
    check(&world.reopened().await).await;
}

pub async fn an_edit_notifies_only_whom_no_text_mentioned_before<B: Backend>() {
    let (mut world, [mei, ada, li], trip, seq) = group::<B>().await;
    assert_eq!(mentions(&world, &ada, trip).await, [(seq.0, seq.0)]);
    let event = world.act(&mei, edit(trip, seq, "hello @ada and @li")).await.unwrap().seq;
    let mut world = world.reopened().await;
    assert_eq!(mentions(&world, &ada, trip).await, [(seq.0, seq.0)], "as before");
    assert_eq!(mentions(&world, &li, trip).await, [(seq.0, event.0)]);
    world.act(&li, mark_read(trip, event.0)).await.unwrap();
    world.act(&mei, edit(trip, seq, "hello @li")).await.unwrap();
    assert_eq!(mentions(&world, &ada, trip).await, [], "no longer mentioned");
    world.act(&mei, edit(trip, seq, "hello @ada, @li")).await.unwrap();
    let log = world.log(&mei, trip).await;
    let EventBody::Edited(edited) = log.last().unwrap() else { panic!("{log:?}") };
    assert_eq!((&edited.mentions, edited.notify.len()), (&vec![ada.id, li.id], 0));
    for user in [&ada, &li] {
        assert_eq!(mentions(&world, user, trip).await, [], "{} was notified once", user.name);
    }
}

pub async fn a_deleted_message_leaves_only_a_mark<B: Backend>() {
    let (mut world, [mei, ada, li], trip, seq) = group::<B>().await;
    world.act(&mei, edit(trip, seq, "secret @li")).await.unwrap();
    world.act(&ada, react(trip, seq, "👍", true)).await.unwrap();
    world.act(&ada, pin(trip, seq, true)).await.unwrap();
    let mut world = world.reopened().await;
    world.act(&mei, delete(trip, seq)).await.unwrap();
    let check = async |world: &World<B>| {
        let message = world.message(&li, trip, seq).await;
        assert_eq!((message.text.as_str(), message.deleted.map(|stamp| stamp.by)), ("", Some(mei.id)));
        assert!(message.reactions.is_empty() && message.mentions.is_empty());
        assert!(message.pinned.is_none() && message.edited_at.is_none());
        assert_eq!(revisions(world, &li, trip, seq).await, None);
        assert!(world.storage().pins(li.id, trip, 9).await.unwrap().unwrap().messages.is_empty());
        for body in world.log(&li, trip).await {
            let said = match &body {
                EventBody::Posted(posted) => posted.text.as_str(),
                EventBody::Edited(edited) => edited.text.as_str(),
                EventBody::Reacted(reacted) => reacted.emoji.as_str(),
                _ => "",
            };
            assert_eq!(said, "", "the log keeps its events and not what they said: {body:?}");
        }
    };
    check(&world).await;
    let mut world = world.reopened().await;
    check(&world).await;
    let changes: [CommandBody; 3] =
        [edit(trip, seq, "again").into(), react(trip, seq, "👍", true).into(), pin(trip, seq, true).into()];
    for change in changes {
        assert_eq!(world.act(&mei, change).await, Err(Refusal::UnknownMessage));
    }
}

pub async fn previews_stay_as_long_as_their_links<B: Backend>() {
    let (mut world, [mei, ada, _], trip, seq) = group::<B>().await;
    let [first, second, third] = ["https://a.example/1", "https://a.example/2", "https://b.example"];
    world.act(&mei, edit(trip, seq, &format!("{first} {second}"))).await.unwrap();
    // The last is of no link of the message, and they stand in the order of the links.
    let fetched = vec![preview(second), preview(first), preview(third)];
    world.act(&mei, show(trip, seq, fetched.clone())).await.unwrap();
    let urls = async |world: &World<B>| {
        let message = world.message(&ada, trip, seq).await;
        message.previews.into_iter().map(|preview| preview.url).collect::<Vec<_>>()
    };
    assert_eq!(urls(&world).await, [first, second]);
    let mut world = world.reopened().await;
    assert_eq!(urls(&world).await, [first, second]);
    let head = world.log(&mei, trip).await.len() as u64;
    assert_eq!(
        world.act(&mei, show(trip, seq, fetched)).await.unwrap().seq,
        Seq(head),
        "they are there already"
    );
    let remove = |url: &str| RemovePreview { conversation: trip, target: seq, url: url.to_owned() };
    assert_eq!(world.act(&ada, remove(first)).await, Err(Refusal::Forbidden));
    assert_eq!(world.act(&mei, remove(third)).await.unwrap().seq, Seq(head));
    world.act(&mei, remove(first)).await.unwrap();
    assert_eq!(urls(&world).await, [second]);
    world.act(&mei, edit(trip, seq, &format!("{first} and {third}"))).await.unwrap();
    assert_eq!(urls(&world).await, [""; 0]);
    world.act(&mei, show(trip, seq, vec![preview(third)])).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(urls(&world).await, [third]);
    world.act(&mei, delete(trip, seq)).await.unwrap();
    for world in [&world.reopened().await] {
        assert_eq!(urls(world).await, [""; 0]);
        let log = format!("{:?}", world.log(&mei, trip).await);
        assert!(!log.contains("example"), "{log}");
    }
}

pub async fn a_deleted_message_is_in_no_count_and_no_preview<B: Backend>() {
    let (mut world, [mei, ada, li], trip, first) = group::<B>().await;
    let second = world.post(&ada, trip, "second @li").await.seq;
    let third = world.post(&mei, trip, "third @li").await.seq;
    world.act(&li, mark_read(trip, first.0)).await.unwrap();
    let mut world = world.reopened().await;
    let counts = async |world: &World<B>, user: &User| {
        let seen = world.seen_by(user, trip).await;
        let last = seen.last_message.as_ref().map(|last| last.text.clone()).unwrap_or_default();
        (seen.message_count, seen.unread(), seen.mentions.len(), last)
    };
    assert_eq!(counts(&world, &li).await, (3, 2, 2, "third @li".into()));
    // An unread one with a mention, the newest.
    world.act(&mei, delete(trip, third)).await.unwrap();
    assert_eq!(counts(&world, &li).await, (2, 1, 1, "second @li".into()));
    // One that is read.
    world.act(&mei, delete(trip, first)).await.unwrap();
    assert_eq!(counts(&world, &li).await, (1, 1, 1, "second @li".into()));
    let mut world = world.reopened().await;
    assert_eq!(counts(&world, &li).await, (1, 1, 1, "second @li".into()));
    // What the mark of a deletion quotes is deleted, too.
    world.act(&ada, delete(trip, second)).await.unwrap();
    assert_eq!(counts(&world, &li).await, (0, 0, 0, String::new()));
    let quoted = world.log(&li, trip).await.into_iter().filter_map(|body| match body {
        EventBody::Deleted(deleted) => deleted.last_message,
        _ => None,
    });
    assert!(quoted.into_iter().all(|last| last.text.is_empty()));
    let fourth = world.post(&mei, trip, "fourth").await.seq;
    let mut world = world.reopened().await;
    let log = world.log(&li, trip).await;
    let EventBody::Posted(posted) = log.last().unwrap() else { panic!("{log:?}") };
    assert_eq!(posted.ordinal, 4, "ordinals count deleted ones, too");
    assert_eq!(counts(&world, &li).await, (1, 1, 0, "fourth".into()));
    world.act(&li, mark_read(trip, fourth.0)).await.unwrap();
    assert_eq!(counts(&world, &li).await, (1, 0, 0, "fourth".into()));
}

pub async fn reactions_are_one_per_user_and_emoji_and_in_order<B: Backend>() {
    let (mut world, [mei, ada, li], trip, seq) = group::<B>().await;
    for (user, emoji, on) in [
        (&li, "👍", true),
        (&ada, "🎉", true),
        (&ada, "👍", true),
        (&ada, "👍", true),
        (&mei, "🎉", false),
        (&mei, "🔥", true),
        (&mei, "🔥", false),
    ] {
        world.act(user, react(trip, seq, emoji, on)).await.unwrap();
    }
    let expected = [("👍", &[li.id, ada.id][..]), ("🎉", &[ada.id][..])];
    assert_eq!(reactions(&world.message(&mei, trip, seq).await), expected);
    let mut world = world.reopened().await;
    assert_eq!(reactions(&world.message(&mei, trip, seq).await), expected);
    // An emoji that nobody uses any more begins anew, at the end.
    world.act(&li, react(trip, seq, "👍", false)).await.unwrap();
    world.act(&ada, react(trip, seq, "👍", false)).await.unwrap();
    world.act(&li, react(trip, seq, "👍", true)).await.unwrap();
    let message = world.message(&mei, trip, seq).await;
    assert_eq!(reactions(&message), [("🎉", &[ada.id][..]), ("👍", &[li.id][..])]);
    for number in 2..MAX_EMOJI_PER_MESSAGE {
        world.act(&mei, react(trip, seq, &format!("emoji {number}"), true)).await.unwrap();
    }
    let one_more = world.act(&mei, react(trip, seq, "one more", true)).await;
    assert_eq!(one_more, Err(Refusal::TooManyReactions));
    world.act(&mei, react(trip, seq, "👍", true)).await.unwrap();
    assert_eq!(world.message(&mei, trip, seq).await.reactions.len(), MAX_EMOJI_PER_MESSAGE);
}

pub async fn pins_are_listed_the_last_first<B: Backend>() {
    let (mut world, [mei, ada, _], trip, first) = group::<B>().await;
    let second = world.post(&ada, trip, "second").await.seq;
    let third = world.post(&ada, trip, "third").await.seq;
    let pinned = async |world: &World<B>| {
        let pins = world.storage().pins(ada.id, trip, 9).await.unwrap().unwrap();
        pins.messages.iter().map(|message| message.seq).collect::<Vec<_>>()
    };
    for (number, (seq, on)) in
        [(first, true), (third, true), (second, true), (second, false)].into_iter().enumerate()
    {
        let mut given = command(&mei, None, pin(trip, seq, on));
        given.at.0 += number as u64;
        world.submit(vec![given]).await.remove(0).unwrap();
    }
    assert_eq!(pinned(&world).await, [third, first]);
    let mut world = world.reopened().await;
    assert_eq!(pinned(&world).await, [third, first]);
    let in_everyone = world.post(&mei, EVERYONE, "hello").await.seq;
    assert_eq!(world.act(&mei, pin(EVERYONE, in_everyone, true)).await, Err(Refusal::Forbidden));
}

pub async fn what_is_so_already_makes_no_event<B: Backend>() {
    let (mut world, [mei, ada, _], trip, seq) = group::<B>().await;
    world.act(&ada, react(trip, seq, "👍", true)).await.unwrap();
    let head = world.seen_by(&mei, trip).await.head_seq;
    world.take_published().await;
    let id = world.client_id();
    let same_text = || command(&mei, Some(id), edit(trip, seq, "hello @ada"));
    let first = world.submit(vec![same_text()]).await.remove(0).unwrap();
    assert_eq!(first.seq, head);
    assert_eq!(world.act(&ada, react(trip, seq, "👍", true)).await.unwrap().seq, head);
    assert_eq!(world.act(&ada, react(trip, seq, "🎉", false)).await.unwrap().seq, head);
    assert_eq!(world.act(&ada, pin(trip, seq, false)).await.unwrap().seq, head);
    assert!(world.take_published().await.is_empty());
    assert_eq!(world.message(&mei, trip, seq).await.edited_at, None);
    // Decided once: a retry does not undo what was written since.
    world.act(&mei, edit(trip, seq, "other")).await.unwrap();
    let mut world = world.reopened().await;
    assert_eq!(world.submit(vec![same_text()]).await.remove(0), Ok(first));
    assert_eq!(world.message(&mei, trip, seq).await.text.as_str(), "other");
    world.act(&mei, delete(trip, seq)).await.unwrap();
    let head = world.seen_by(&mei, trip).await.head_seq;
    assert_eq!(world.act(&mei, delete(trip, seq)).await.unwrap().seq, head);
}

pub async fn a_refused_change_leaves_the_message_as_it_is<B: Backend>() {
    let (mut world, [mei, ada, li], trip, seq) = group::<B>().await;
    world.act(&li, leave(trip)).await.unwrap();
    let before = world.message(&mei, trip, seq).await;
    world.take_published().await;
    let notice = Seq(1);
    let unknown = Seq(999);
    let outsider = world.user("outsider").await;
    let outcomes = world
        .submit(vec![
            command(&ada, None, edit(trip, seq, "not mine")),
            command(&ada, None, delete(trip, seq)),
            command(&li, None, react(trip, seq, "👍", true)),
            command(&outsider, None, pin(trip, seq, true)),
            command(&mei, None, edit(trip, notice, "a notice")),
            command(&mei, None, delete(trip, unknown)),
            command(&mei, None, react(trip, Seq(0), "👍", true)),
            command(&mei, None, pin(trip, Seq(u64::MAX), true)),
        ])
        .await;
    let refusals: Vec<_> = outcomes.into_iter().map(Result::unwrap_err).collect();
    use Refusal::{Forbidden, UnknownConversation, UnknownMessage};
    let notices_and_unknown = [UnknownMessage, UnknownMessage, UnknownMessage, UnknownMessage];
    assert_eq!(refusals[..4], [Forbidden, Forbidden, UnknownConversation, UnknownConversation]);
    assert_eq!(refusals[4..], notices_and_unknown);
    assert_eq!(world.message(&mei, trip, seq).await, before);
    assert!(world.take_published().await.is_empty());
    // The group's admin deletes anyone's; a member who comes back after leaving is an admin no more.
    let posted = world.post(&ada, trip, "to be deleted").await.seq;
    world.act(&mei, delete(trip, posted)).await.unwrap();
    world.act(&mei, leave(trip)).await.unwrap();
    world.act(&ada, add(trip, &[&mei])).await.unwrap();
    let posted = world.post(&ada, trip, "stays").await.seq;
    assert_eq!(world.act(&mei, delete(trip, posted)).await, Err(Refusal::Forbidden));
}

pub async fn pages_are_counted_in_items<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let notes = world.direct(&mei, &mei).await;
    for number in 1..=10 {
        world.post(&mei, notes, &format!("message {number}")).await;
    }
    // Sixty changes of one message are no items.
    for number in 0..30 {
        world.act(&mei, react(notes, Seq(5), "👍", number % 2 == 0)).await.unwrap();
        world.act(&mei, edit(notes, Seq(5), &format!("text {number}"))).await.unwrap();
    }
    let mut world = world.reopened().await;
    for number in 71..=80 {
        world.post(&mei, notes, &format!("message {number}")).await;
    }
    for (range, limit, (first, last), items) in [
        (Range::Newest, 12, (9, 80), 12),
        (Range::Newest, 500, (1, 80), 20),
        (Range::Before(Seq(71)), 3, (8, 70), 3),
        (Range::Before(Seq(4)), 9, (1, 3), 3),
        (Range::Before(Seq(1_000)), 2, (79, 80), 2),
        (Range::After(Seq(0)), 4, (1, 4), 4),
        (Range::After(Seq(8)), 3, (9, 71), 3),
        (Range::After(Seq(10)), 100, (11, 80), 10),
        (Range::Around(Seq(5)), 4, (3, 6), 4),
        (Range::Around(Seq(40)), 4, (9, 72), 4),
        (Range::Around(Seq(1)), 4, (1, 2), 2),
    ] {
        let run = world.storage().messages(mei.id, notes, range, limit).await.unwrap().unwrap();
        assert_eq!((run.first_seq.0, run.last_seq.0), (first, last), "{range:?}, {limit}");
        assert_eq!((run.items.len(), run.head_seq), (items, Seq(80)), "{range:?}, {limit}");
        let in_log = |item: &Item| (first..=last).contains(&item.seq().0);
        assert!(run.items.iter().all(in_log) && run.items.is_sorted_by_key(Item::seq), "{range:?}");
    }
    let changed = world.message(&mei, notes, Seq(5)).await;
    assert_eq!((changed.text.as_str(), changed.reactions.len()), ("text 29", 0));
    let page = world.storage().messages(mei.id, notes, Range::Before(Seq(6)), 1).await.unwrap().unwrap();
    assert_eq!(page.items, [Item::Message(changed)]);
    for range in [Range::Before(Seq(1)), Range::After(Seq(80)), Range::After(Seq(u64::MAX))] {
        let run = world.storage().messages(mei.id, notes, range, 50).await.unwrap().unwrap();
        assert!(run.items.is_empty() && run.users.is_empty(), "{range:?}");
    }
}
