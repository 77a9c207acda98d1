//! Search, and its index.

use std::sync::Arc;

use confab_shared::{
    attachment::Attachment,
    id::{ConversationId, Seq, Timestamp, UserId},
    preview::Preview,
    search_query::{Matcher, Person, Place, SearchQuery, TermKind},
    tokens::UnicodeTables,
    user::User,
};
use proptest::{collection::vec, prelude::*};

use super::{
    attachments,
    world::{Backend, World, add, command, delete, edit, leave, pin, post, preview, react, reply, show},
};
use crate::{
    domain::search::{HitKey, Search},
    storage::{EVERYONE, Storage, memory::tests::InMemory},
};

/// A search, in which people and conversations are ids.
fn search(user: UserId, query: &str, limit: usize) -> Search {
    let query = SearchQuery::parse(query);
    let people = query.terms.iter().filter_map(|term| match &term.kind {
        TermKind::From(person) => Some((
            person.clone(),
            match person {
                Person::Me => vec![user],
                Person::Id(id) => vec![*id],
                Person::Name(_) => Vec::new(),
            },
        )),
        _ => None,
    });
    let places = query.terms.iter().filter_map(|term| match &term.kind {
        TermKind::In(place) => Some((
            place.clone(),
            match place {
                Place::Id(id) => vec![*id],
                Place::Name(_) => Vec::new(),
            },
        )),
        _ => None,
    });
    Search {
        matcher: Matcher::new(&query, &UnicodeTables),
        people: people.collect(),
        places: places.collect(),
        utc_offset: 0,
        before: None,
        skipped: 0,
        limit,
        newest_first: query.has_place(),
    }
}

/// Indexes all that is not indexed.
async fn index(storage: &dyn Storage) {
    while storage.index().await.unwrap().behind > 0 {}
}

/// The hits of all pages, which the index has.
async fn hits(storage: &dyn Storage, user: UserId, query: &str, limit: usize) -> Vec<(ConversationId, Seq)> {
    let mut search = search(user, query, limit);
    let mut all = Vec::new();
    loop {
        let found = storage.search(user, Arc::new(search.clone())).await.unwrap();
        for (_, message) in &found.page.hits {
            assert!(found.users.iter().any(|user| user.id == message.by), "the author is named");
        }
        all.extend(found.page.hits.iter().map(|(id, message)| (*id, message.seq)));
        let Some(next) = found.page.next else { return all };
        search.before = Some(HitKey { at: next.at, conversation: next.conversation, seq: next.seq });
        search.skipped = usize::try_from(next.skipped).unwrap();
    }
}

/// The hits in one conversation, in seq order, once all is indexed.
async fn found<B: Backend>(world: &World<B>, user: &User, query: &str) -> Vec<u64> {
    index(world.storage()).await;
    let mut seqs: Vec<_> =
        hits(world.storage(), user.id, query, 20).await.into_iter().map(|(_, seq)| seq.0).collect();
    seqs.sort_unstable();
    seqs
}

pub async fn messages_are_found_by_words_parts_and_filters<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    // The creator of a group may pin in it.
    let trip = world.group(&mei, "Trip", &[&ada]).await;
    let budget = world.post(&mei, trip, "The Budget Réunion is tomorrow").await.seq.0;
    let chinese = world.post(&ada, trip, "我在北京大学，用iPhone手机").await.seq.0;
    let link = world.post(&ada, trip, "see https://example.org/budget for tea 🎉").await.seq.0;
    let root = world.post(&mei, trip, "a thread about tea-time").await.seq.0;
    let answer = world.act(&ada, reply(trip, Seq(root), "only here: réunions", false)).await.unwrap().seq.0;
    world.act(&ada, react(trip, Seq(budget), "🎉", true)).await.unwrap();
    world.act(&mei, pin(trip, Seq(chinese), true)).await.unwrap();
    for (query, expected) in [
        ("budget", vec![budget, link]),
        ("BUDG", vec![budget, link]),
        ("budg ", vec![]),
        ("b", vec![budget, link]),
        ("reunion", vec![budget, answer]),
        ("réunion ", vec![budget]),
        ("budget tomor", vec![budget]),
        ("budget -tea", vec![budget]),
        ("\"budget réunion\"", vec![budget]),
        ("\"réunion budget\"", vec![]),
        ("tea-ti", vec![root]),
        ("京", vec![chinese]),
        ("学", vec![chinese]),
        ("京大", vec![chinese]),
        ("北京大学", vec![chinese]),
        ("北学", vec![]),
        ("用iph", vec![chinese]),
        ("🎉", vec![link]),
        ("from:me", vec![budget, root]),
        ("from:me from:#2", vec![budget, chinese, link, root, answer]),
        ("-from:me tea", vec![link]),
        ("from:nobody", vec![]),
        ("in:#2 tea", vec![link, root]),
        ("in:#1 tea", vec![]),
        ("has:link", vec![link]),
        ("has:reaction", vec![budget]),
        ("-has:reaction budget", vec![link]),
        ("is:pinned", vec![chinese]),
        ("is:thread", vec![root, answer]),
        ("-is:thread -has:link", vec![budget, chinese]),
        ("has:file", vec![]),
        ("-has:file budget", vec![budget, link]),
        ("has:image", vec![]),
        ("before:1970-01-02 tea", vec![link, root]),
        ("after:1970-01-02 tea", vec![]),
        ("-after:1970-01-02 thread", vec![root]),
        ("???", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&world, &mei, query).await, expected, "{query}");
    }
}

pub async fn messages_are_found_by_their_files<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let trip = world.group(&mei, "Trip", &[]).await;
    attachments::store(&world, &mei, attachments::attachment(1, 10), 1).await;
    for number in 2..=4 {
        attachments::store(&world, &mei, attachments::picture(number), number as u8).await;
    }
    let plain = world.post(&mei, trip, "tea, see https://a.example").await.seq;
    let file = world.act(&mei, attachments::with(trip, "tea list", &[1])).await.unwrap().seq;
    let picture = world.act(&mei, attachments::with(trip, "", &[2])).await.unwrap().seq;
    let pictures = world.act(&mei, attachments::with(trip, "tea pots", &[3])).await.unwrap().seq;
    // The picture of a preview is no file of the message.
    let image = Some(attachments::picture(4));
    let previews = vec![Preview { image, ..preview("https://a.example") }];
    world.act(&mei, show(trip, plain, previews)).await.unwrap();
    for (query, expected) in [
        ("has:file", vec![file, picture, pictures]),
        ("has:image", vec![picture, pictures]),
        ("tea has:file", vec![file, pictures]),
        ("tea has:image", vec![pictures]),
        ("tea -has:file", vec![plain]),
        ("tea -has:image", vec![plain, file]),
        ("has:file -has:image", vec![file]),
        ("has:link has:file", vec![]),
        ("notes", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|seq| seq.0).collect();
        assert_eq!(found(&world, &mei, query).await, expected, "{query}");
    }
    world.act(&mei, edit(trip, file, "coffee list")).await.unwrap();
    world.act(&mei, delete(trip, picture)).await.unwrap();
    let world = world.reopened().await;
    world.storage().drop_index().await.unwrap();
    assert_eq!(found(&world, &mei, "has:file").await, [file.0, pictures.0]);
    assert_eq!(found(&world, &mei, "has:image").await, [pictures.0]);
    assert_eq!(found(&world, &mei, "coffee has:file").await, [file.0]);
}

pub async fn what_messages_say_now_is_found<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let trip = world.group(&mei, "Trip", &[]).await;
    let (edited, deleted) =
        (world.post(&mei, trip, "green tea").await.seq, world.post(&mei, trip, "black tea").await.seq);
    world.act(&mei, react(trip, edited, "🎉", true)).await.unwrap();
    world.act(&mei, pin(trip, edited, true)).await.unwrap();
    assert_eq!(found(&world, &mei, "tea").await, [edited.0, deleted.0]);
    assert_eq!(found(&world, &mei, "has:reaction is:pinned").await, [edited.0]);
    world.act(&mei, edit(trip, edited, "white coffee 咖啡")).await.unwrap();
    world.act(&mei, delete(trip, deleted)).await.unwrap();
    // Before they are indexed, too: what a message says now decides.
    assert!(hits(world.storage(), mei.id, "tea", 20).await.is_empty());
    assert!(found(&world, &mei, "tea").await.is_empty());
    for query in ["coffee", "咖", "has:reaction", "is:pinned white"] {
        assert_eq!(found(&world, &mei, query).await, [edited.0], "{query}");
    }
    world.act(&mei, react(trip, edited, "🎉", false)).await.unwrap();
    world.act(&mei, pin(trip, edited, false)).await.unwrap();
    assert!(found(&world, &mei, "has:reaction").await.is_empty());
    assert!(found(&world, &mei, "is:pinned").await.is_empty());
    assert_eq!(found(&world, &mei, "-is:pinned coffee").await, [edited.0]);
}

pub async fn only_what_one_may_see_is_found<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    let group = world.group(&mei, "Trip", &[&ada]).await;
    let secret = world.post(&mei, group, "the secret plan").await.seq.0;
    let direct = world.direct(&mei, &ada).await;
    world.post(&ada, direct, "a secret, too").await;
    let query = format!("in:#{group} secret");
    assert_eq!(found(&world, &ada, "secret").await.len(), 2);
    assert!(found(&world, &li, "secret").await.is_empty());
    assert!(found(&world, &li, &query).await.is_empty());
    assert_eq!(found(&world, &ada, &query).await, [secret]);
    assert_eq!(world.storage().direct_with(ada.id, mei.id).await.unwrap(), Some(direct));
    assert_eq!(world.storage().direct_with(ada.id, li.id).await.unwrap(), None);
    world.act(&ada, leave(group)).await.unwrap();
    assert!(hits(world.storage(), ada.id, &query, 20).await.is_empty(), "from this moment on");
    assert_eq!(found(&world, &mei, "secret").await.len(), 2);
    world.act(&mei, add(group, &[&li])).await.unwrap();
    assert_eq!(found(&world, &li, "secret").await, [secret]);
}

pub async fn pages_have_every_hit_once_and_the_newest_first_in_a_conversation<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let mut commands = Vec::new();
    for n in 0..250 {
        // Many of the same time.
        let text = if n % 3 == 0 { "tea" } else { "teas and more" };
        let mut posted = command(&mei, None, post(EVERYONE, text));
        posted.at = Timestamp(1_000 + n / 40);
        commands.push(posted);
    }
    world.submit(commands).await;
    for limit in [7, 50] {
        index(world.storage()).await;
        let all = hits(world.storage(), mei.id, "tea", limit).await;
        let mut seqs: Vec<_> = all.iter().map(|(_, seq)| seq.0).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=250).collect::<Vec<_>>(), "{limit}");
        assert!(all[..20].iter().all(|(_, seq)| seq.0 % 3 == 1), "whole words first");
        let newest_first: Vec<_> = (1..=250).rev().map(|seq| (EVERYONE, Seq(seq))).collect();
        assert_eq!(hits(world.storage(), mei.id, "in:#1 tea", limit).await, newest_first, "{limit}");
        assert_eq!(hits(world.storage(), mei.id, "in:#1", limit).await, newest_first, "{limit}");
    }
}

pub async fn an_index_goes_on_where_it_was_and_is_built_again<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let first = world.post(&mei, EVERYONE, "tea").await.seq.0;
    assert_eq!(found(&world, &mei, "tea").await, [first]);
    let second = world.post(&mei, EVERYONE, "more tea").await.seq.0;
    let mut world = world.reopened().await;
    assert_eq!(found(&world, &mei, "tea").await, [first, second]);
    world.storage().drop_index().await.unwrap();
    let third = world.post(&mei, EVERYONE, "no tea").await.seq.0;
    assert_eq!(found(&world, &mei, "tea").await, [first, second, third]);
    assert_eq!(world.storage().index().await.unwrap().behind, 0);
}

/// What happens between two searches.
#[derive(Clone, Debug)]
enum Step {
    Post(usize, usize, String),
    /// A message of a user with one of the files that were uploaded for them, by its number.
    Attach(usize, usize, u128, String),
    /// The previews of a message's links.
    Show(usize, u64),
    Reply(usize, u64, String),
    Edit(usize, u64, String),
    Delete(usize, u64),
    React(usize, u64, bool),
    Pin(usize, u64, bool),
    Leave(usize),
    Add(usize),
    Index,
    Drop,
    Kill,
    /// A user, a query, and a limit.
    Search(usize, String, usize),
}

/// How many files each user has to send: every other one is a picture.
const FILES: u128 = 6;

/// The attachment of a number.
fn file(user: usize, number: u128) -> Attachment {
    let id = 1 + user as u128 * FILES + number;
    if number.is_multiple_of(2) { attachments::attachment(id, 10) } else { attachments::picture(id) }
}

const LINK: &str = "https://a.example";

const TEXT: &str =
    "(tea|teas|Té|team|tè-time|green|京|北京|北京大学|大学|ガス|🎉|https://a\\.example|,|，| ){1,6}";
const QUERY: &str = "(-?(tea|te|t|green|gre|green tea|\"tea green\"|京|学|京大|北京大学|大学tea|ガ|🎉|\\+|from:me|from:#2|in:#1|in:#2|\
     has:link|has:file|has:image|has:reaction|is:pinned|is:thread|before:1970-01-02|after:1970-01-02) ?){1,3}";

fn step() -> impl Strategy<Value = Step> {
    // A user, and what they do something to.
    let user = || (0..2_usize, 0..14_u64);
    prop_oneof![
        6 => (0..2_usize, 0..2_usize, TEXT).prop_map(|(user, place, text)| Step::Post(user, place, text)),
        3 => (0..2_usize, 0..2_usize, 0..FILES, TEXT)
            .prop_map(|(user, place, number, text)| Step::Attach(user, place, number, text)),
        1 => user().prop_map(|(user, target)| Step::Show(user, target)),
        2 => (user(), TEXT).prop_map(|((user, root), text)| Step::Reply(user, root, text)),
        3 => (user(), TEXT).prop_map(|((user, target), text)| Step::Edit(user, target, text)),
        2 => user().prop_map(|(user, target)| Step::Delete(user, target)),
        2 => (user(), any::<bool>()).prop_map(|((user, target), on)| Step::React(user, target, on)),
        2 => (user(), any::<bool>()).prop_map(|((user, target), on)| Step::Pin(user, target, on)),
        1 => (0..2_usize).prop_map(Step::Leave),
        1 => (0..2_usize).prop_map(Step::Add),
        2 => Just(Step::Index),
        1 => Just(Step::Drop),
        1 => Just(Step::Kill),
        8 => (0..2_usize, QUERY, prop::sample::select(vec![1, 3, 20]))
            .prop_map(|(user, query, limit)| Step::Search(user, query, limit)),
    ]
}

async fn run<B: Backend>(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut ours, mut reference) = (World::<B>::new().await, World::<InMemory>::new().await);
    let mut users = Vec::new();
    for name in ["mei", "ada"] {
        users.push(ours.user(name).await);
        reference.user(name).await;
    }
    for (index, user) in users.iter().enumerate() {
        for number in 0..FILES {
            attachments::store(&ours, user, file(index, number), number as u8).await;
            attachments::store(&reference, user, file(index, number), number as u8).await;
        }
    }
    let group = ours.group(&users[0], "Trip", &[&users[1]]).await;
    prop_assert_eq!(reference.group(&users[0], "Trip", &[&users[1]]).await, group);
    for (number, step) in steps.into_iter().enumerate() {
        let (user, body) = match step {
            Step::Post(user, place, text) => {
                (user, post([EVERYONE, group][place], &format!("{text}.")).into())
            }
            Step::Attach(user, place, number, text) => {
                let id = file(user, number).id.0.as_u128();
                (user, attachments::with([EVERYONE, group][place], &text, &[id]).into())
            }
            Step::Show(user, target) => (user, show(EVERYONE, Seq(target), vec![preview(LINK)]).into()),
            Step::Reply(user, root, text) => {
                (user, reply(group, Seq(root), &format!("{text}."), false).into())
            }
            Step::Edit(user, target, text) => (user, edit(group, Seq(target), &format!("{text}.")).into()),
            Step::Delete(user, target) => (user, delete(group, Seq(target)).into()),
            Step::React(user, target, on) => (user, react(group, Seq(target), "🎉", on).into()),
            Step::Pin(user, target, on) => (user, pin(group, Seq(target), on).into()),
            Step::Leave(user) => (user, leave(group).into()),
            Step::Add(user) => (1 - user, add(group, &[&users[user]]).into()),
            Step::Index => {
                index(ours.storage()).await;
                continue;
            }
            Step::Drop => {
                ours.storage().drop_index().await.unwrap();
                continue;
            }
            Step::Kill => {
                ours = ours.reopened().await;
                reference = reference.reopened().await;
                continue;
            }
            Step::Search(user, query, limit) => {
                index(ours.storage()).await;
                let user = users[user].id;
                let one = hits(ours.storage(), user, &query, limit).await;
                let other = hits(reference.storage(), user, &query, limit).await;
                prop_assert_eq!(one, other, "{}", query);
                continue;
            }
        };
        let mut command = command(&users[user], None, post(EVERYONE, "."));
        command.body = body;
        // Some of the same time.
        command.at = Timestamp(1_000 + number as u64 / 3);
        let (one, other) = (ours.submit(vec![command.clone()]).await, reference.submit(vec![command]).await);
        prop_assert_eq!(one, other);
    }
    Ok(())
}

/// Searches of a backend find what the reference finds, which looks at every message.
pub fn searches_find_what_a_plain_scan_finds<B: Backend>() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = ProptestConfig { cases: B::CASES, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in vec(step(), 1..60))| {
        runtime.block_on(run::<B>(steps))?;
    });
}
