//! Executes the same random commands on a backend and on the reference, and compares every answer, notification and
//! read.

use std::{collections::HashSet, fmt::Debug};

use confab_shared::{
    api::Access,
    conversation::Conversation,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    preview::Preview,
    text::{MessageText, Title, Topic, UserName},
    user::User,
};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use super::{
    attachments,
    world::{
        Backend, World, delete, edit, leave, mark_read, mark_unread, pin, post, preview, react, rename, show,
    },
};
use crate::{
    domain::{
        attachment::Blobs,
        command::{
            AddMembers, Command, CommandBody, CreateGroup, Join, OpenDirect, Post, RemovePreview, SetTopic,
        },
        listing::ListRange,
        notification::CommitNotification,
    },
    storage::{
        MemberQuery, Range,
        attachments::ClaimOutcome,
        memory::tests::InMemory,
        threads::{ThreadMove, ThreadQuery},
    },
};

const NAMES: [&str; 4] = ["mei", "ada", "li", "mei.2"];

/// The links of the texts.
const LINKS: [&str; 2] = ["https://a.example", "https://b.example"];

/// The links of which previews are shown at once.
const PREVIEWS: [&[usize]; 3] = [&[0], &[1], &[1, 0]];

/// Conversations that may exist: Everyone, and those that commands make.
const CONVERSATIONS: u64 = 6;

/// A command in numbers.
#[derive(Clone, Debug)]
struct Given {
    actor: usize,
    /// A few ids, so that retries and conflicts are common; 0 stands for none.
    client_id: u128,
    at: u64,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Post(u64, &'static str),
    /// A message with an attachment of a number.
    Attach(u64, u128),
    /// The root of a thread, what is quoted, whether it shows in the timeline.
    Reply(u64, Option<u64>, Option<u64>, bool, &'static str),
    /// Whether users are asked, too.
    Add(u64, Vec<usize>, bool),
    Join(u64),
    Rename(u64, &'static str),
    Leave(u64),
    Topic(u64, &'static str),
    Create(&'static str, Vec<usize>, bool),
    Direct(usize),
    Read(u64, u64),
    Unread(u64, u64),
    Edit(u64, u64, &'static str),
    Delete(u64, u64),
    React(u64, u64, &'static str, bool),
    Pin(u64, u64, bool),
    /// Whether previews are shown, or removed, of links by their numbers.
    Preview(u64, u64, bool, &'static [usize]),
}

/// A step of a test.
#[derive(Clone, Debug)]
enum Step {
    Batch(Vec<Given>),
    /// A user of an index is made, where there is none.
    User(usize),
    /// The user of an index, where there is one, is given a display name, or none where it is empty.
    DisplayName(usize, &'static str),
    /// A user of an index declines a request, or sets whether they are asked.
    Decline(usize, u64),
    Asks(usize, bool),
    /// A user of an index sets whether they share how far they have read.
    Shares(usize, bool),
    /// A user of an index uploads a file of a number, or discards it.
    Upload(usize, u128),
    Discard(usize, u128),
    /// A user of an index reads a thread, or follows it or not any more.
    Thread(usize, u64, u64, ThreadMove),
    Kill,
}

fn kind() -> impl Strategy<Value = Kind> {
    let texts = prop::sample::select(vec![
        "hello",
        "@ada look",
        "@mei.2 and @li",
        "你好@mei",
        "@nobody",
        "@everyone @ada",
        "https://a.example https://b.example",
        "https://b.example @ada",
    ]);
    let titles = prop::sample::select(vec!["trip", "home"]);
    let users = || vec(0..NAMES.len() + 1, 0..3);
    // Mostly the oldest ones: what exists, changes often.
    let id = || prop_oneof![1..=2_u64, 1..=CONVERSATIONS];
    let target = || 0..8_u64;
    let emoji = prop::sample::select(vec!["👍", "🎉"]);
    prop_oneof![
        6 => (id(), texts.clone()).prop_map(|(id, text)| Kind::Post(id, text)),
        3 => (id(), 1..9_u128).prop_map(|(id, number)| Kind::Attach(id, number)),
        5 => (id(), prop::option::weighted(0.8, target()), prop::option::weighted(0.4, target()), any::<bool>(), texts.clone())
            .prop_map(|(id, root, quoted, also, text)| Kind::Reply(id, root, quoted, also, text)),
        3 => (id(), users(), any::<bool>()).prop_map(|(id, users, asks)| Kind::Add(id, users, asks)),
        2 => id().prop_map(Kind::Join),
        1 => (id(), titles.clone()).prop_map(|(id, title)| Kind::Rename(id, title)),
        1 => id().prop_map(Kind::Leave),
        1 => (id(), prop::sample::select(vec!["", "here", "there"])).prop_map(|(id, topic)| Kind::Topic(id, topic)),
        1 => (titles, users(), any::<bool>())
            .prop_map(|(title, users, asks)| Kind::Create(title, users, asks)),
        1 => (0..NAMES.len()).prop_map(Kind::Direct),
        3 => (id(), 0..20_u64).prop_map(|(id, seq)| Kind::Read(id, seq)),
        2 => (id(), 0..12_u64).prop_map(|(id, seq)| Kind::Unread(id, seq)),
        3 => (id(), target(), texts).prop_map(|(id, target, text)| Kind::Edit(id, target, text)),
        2 => (id(), target()).prop_map(|(id, target)| Kind::Delete(id, target)),
        4 => (id(), target(), emoji, any::<bool>())
            .prop_map(|(id, target, emoji, on)| Kind::React(id, target, emoji, on)),
        2 => (id(), target(), any::<bool>()).prop_map(|(id, target, on)| Kind::Pin(id, target, on)),
        3 => (id(), target(), prop::bool::weighted(0.7), prop::sample::select(PREVIEWS.to_vec()))
            .prop_map(|(id, target, shown, links)| Kind::Preview(id, target, shown, links)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let given = (0..NAMES.len(), 0..8_u128, 0..5_u64, kind())
        .prop_map(|(actor, client_id, at, kind)| Given { actor, client_id, at, kind });
    prop_oneof![
        8 => vec(given, 1..6).prop_map(Step::Batch),
        1 => (0..NAMES.len()).prop_map(Step::User),
        1 => (0..NAMES.len(), prop::sample::select(vec!["", "Mei Ling", "a friend", "Li"]))
            .prop_map(|(index, display_name)| Step::DisplayName(index, display_name)),
        1 => (0..NAMES.len(), 1..=3_u64).prop_map(|(user, id)| Step::Decline(user, id)),
        1 => (0..NAMES.len(), any::<bool>()).prop_map(|(user, asks)| Step::Asks(user, asks)),
        1 => (0..NAMES.len(), any::<bool>()).prop_map(|(user, shares)| Step::Shares(user, shares)),
        3 => (0..NAMES.len(), 1..9_u128).prop_map(|(user, number)| Step::Upload(user, number)),
        1 => (0..NAMES.len(), 1..9_u128).prop_map(|(user, number)| Step::Discard(user, number)),
        2 => (0..NAMES.len(), 1..=2_u64, 0..8_u64, thread_move())
            .prop_map(|(user, id, root, to)| Step::Thread(user, id, root, to)),
        1 => Just(Step::Kill),
    ]
}

fn thread_move() -> impl Strategy<Value = ThreadMove> {
    prop_oneof![
        2 => (0..20_u64).prop_map(|seq| ThreadMove::Read(Seq(seq))),
        2 => Just(ThreadMove::Follow),
        1 => Just(ThreadMove::Unfollow),
    ]
}

fn name(index: usize) -> UserName {
    UserName::new(NAMES.get(index).unwrap_or(&"nobody")).unwrap()
}

fn command(given: &Given, number: u64, users: &[User]) -> Option<Command> {
    let names = |indexes: &Vec<usize>| indexes.iter().map(|index| name(*index)).collect();
    let find = |index: usize| users.iter().find(|user| user.name.as_str() == NAMES[index]);
    let actor = find(given.actor)?.clone();
    let body: CommandBody = match &given.kind {
        Kind::Post(id, text) => post(ConversationId(*id), text).into(),
        Kind::Attach(id, number) => {
            let text = MessageText::new_or_empty("").unwrap();
            Post::new(ConversationId(*id), text).with_attachments(vec![attachments::id(*number)]).into()
        }
        Kind::Reply(id, root, quoted, also, text) => post(ConversationId(*id), text)
            .in_thread(root.map(Seq), *also)
            .replying_to(quoted.map(Seq))
            .into(),
        Kind::Add(id, users, asks) => {
            let add = AddMembers::new(ConversationId(*id), names(users));
            if *asks { add.asking(Access::Open).into() } else { add.into() }
        }
        Kind::Join(id) => Join { conversation: ConversationId(*id) }.into(),
        Kind::Rename(id, title) => rename(ConversationId(*id), title).into(),
        Kind::Leave(id) => leave(ConversationId(*id)).into(),
        Kind::Topic(id, topic) => {
            SetTopic { conversation: ConversationId(*id), topic: Topic::new(topic).unwrap() }.into()
        }
        Kind::Create(title, users, asks) => {
            let create = CreateGroup::new(Title::new(title).unwrap(), names(users));
            if *asks { create.asking(Access::Open).into() } else { create.into() }
        }
        Kind::Direct(peer) => OpenDirect::new(actor.id, find(*peer)?.id).into(),
        Kind::Read(id, seq) => mark_read(ConversationId(*id), *seq).into(),
        Kind::Unread(id, seq) => mark_unread(ConversationId(*id), *seq).into(),
        Kind::Edit(id, target, text) => edit(ConversationId(*id), Seq(*target), text).into(),
        Kind::Delete(id, target) => delete(ConversationId(*id), Seq(*target)).into(),
        Kind::React(id, target, emoji, on) => react(ConversationId(*id), Seq(*target), emoji, *on).into(),
        Kind::Pin(id, target, on) => pin(ConversationId(*id), Seq(*target), *on).into(),
        Kind::Preview(id, target, true, links) => {
            let picture = |link: usize| Some(attachments::attachment(link as u128 + 1, 10));
            let previews =
                links.iter().map(|link| Preview { image: picture(*link), ..preview(LINKS[*link]) });
            let previews = previews.collect();
            show(ConversationId(*id), Seq(*target), previews).into()
        }
        Kind::Preview(id, target, false, links) => {
            let url = LINKS[links[0]].to_owned();
            RemovePreview { conversation: ConversationId(*id), target: Seq(*target), url }.into()
        }
    };
    let client_id = (given.client_id > 0).then(|| ClientId(Uuid::from_u128(given.client_id)));
    Some(Command { actor, client_id, at: Timestamp(number * 10 + given.at), body })
}

/// All that one user reads.
async fn reads<B: Backend>(world: &World<B>, user: &User) -> Vec<String> {
    let storage = world.storage();
    let mut all = Vec::new();
    let (part, users) = storage.conversations(user.id, ListRange::All).await.unwrap();
    let conversations = part.conversations;
    all.push(format!("{conversations:#?} {users:?}"));
    let cursor = conversations.first().map(Conversation::list_cursor);
    for range in [ListRange::Initial { limit: 2 }, ListRange::Before { cursor, limit: 2 }] {
        all.push(format!("{:?}", storage.conversations(user.id, range).await.unwrap()));
    }
    let mut peers = storage.direct_peers(user.id).await.unwrap();
    peers.sort_unstable_by_key(|(peer, _)| peer.user.id);
    all.push(format!("{peers:?}"));
    for prefix in ["", "mei", "a", "l"] {
        all.push(format!("{:?}", storage.users_by_prefix(prefix, 3).await.unwrap()));
    }
    let mut acquaintances = storage.acquaintances(user.id).await.unwrap();
    acquaintances.sort_unstable();
    all.push(format!("{acquaintances:?}"));
    for (unread, limit) in [(false, 99), (true, 99), (false, 1)] {
        let run = storage.threads(user.id, ThreadQuery { unread, before: None, limit }).await.unwrap();
        all.push(format!("{run:#?}"));
    }
    all.push(format!("{:?}", storage.followed_threads(user.id, 2, 1).await.unwrap()));
    let asks = storage.asks_before_groups(user.id).await.unwrap();
    all.push(format!("{asks:?} {:?}", storage.group_requests(user.id).await.unwrap()));
    let mut seen = storage.visible_attachments(user.id, (1..9).map(attachments::id).collect()).await.unwrap();
    seen.sort_unstable_by_key(|stored| stored.attachment.id);
    all.push(format!("{seen:?} {}", storage.stored_bytes(user.id).await.unwrap()));
    let mut condemned = storage.condemned_blobs(99).await.unwrap();
    condemned.sort_unstable();
    all.push(format!("{condemned:?} {:?}", storage.used_blobs(None, 99).await.unwrap()));
    for id in (1..=CONVERSATIONS + 1).map(ConversationId) {
        let one: Option<Conversation> = storage.conversation(user.id, id).await.unwrap().map(|(c, _)| c);
        assert_eq!(one.as_ref(), conversations.iter().find(|c| c.id == id), "one is as in the list");
        for (after, prefix, limit) in [("", "", 9), ("ada", "", 1), ("", "mei", 1), ("", "a", 9)] {
            let query =
                MemberQuery { after: after.to_owned(), after_shown: None, prefix: prefix.to_owned(), limit };
            all.push(format!("{:?}", storage.members(user.id, id, query).await.unwrap()));
        }
        all.push(format!("{:?}", storage.audience(user.id, id).await.unwrap()));
        for (range, limit) in [
            (Range::Newest, 3),
            (Range::Before(Seq(5)), 2),
            (Range::Around(Seq(4)), 3),
            (Range::After(Seq(2)), 4),
            (Range::After(Seq(0)), 99),
        ] {
            all.push(format!("{:#?}", storage.events(user.id, id, range, limit).await.unwrap()));
        }
        for (range, limit) in [
            (Range::Newest, 3),
            (Range::Before(Seq(5)), 2),
            (Range::After(Seq(2)), 2),
            (Range::Around(Seq(4)), 3),
            (Range::After(Seq(0)), 99),
        ] {
            all.push(format!("{:#?}", storage.messages(user.id, id, range, limit).await.unwrap()));
        }
        for seq in (1..8).map(Seq) {
            all.push(format!("{:?}", storage.revisions(user.id, id, seq).await.unwrap()));
        }
        all.push(format!("{:#?}", storage.pins(user.id, id, 2).await.unwrap()));
        for (seq, after, limit) in [(0, 0, 9), (4, 0, 1), (2, 2, 2)] {
            let run = storage.readers(user.id, id, Seq(seq), UserId(after), limit).await.unwrap();
            all.push(format!("{run:?}"));
        }
        for root in (0..8).map(Seq) {
            all.push(format!("{:?}", storage.thread(user.id, id, root).await.unwrap()));
            for (range, limit) in [
                (Range::Newest, 2),
                (Range::Before(Seq(9)), 1),
                (Range::After(Seq(0)), 99),
                (Range::Around(Seq(6)), 2),
            ] {
                let replies = storage.replies(user.id, id, root, range, limit).await.unwrap();
                all.push(format!("{replies:#?}"));
            }
        }
    }
    all
}

/// Uploads a file of a number, whose blob it shares with some others.
async fn upload<B: Backend>(world: &World<B>, user: &User, number: u128) -> ClaimOutcome {
    let (storage, id) = (world.storage(), attachments::id(number));
    let upload = attachments::upload(user, number, 10, 7);
    storage.start_upload(upload, attachments::NO_LIMITS).await.unwrap();
    let file = attachments::hash(u8::try_from(number % 3).unwrap());
    let claimed = storage.claim_blobs(id, vec![file]).await.unwrap();
    if claimed == ClaimOutcome::Claimed {
        let blobs = Blobs { file, small: None, large: None };
        assert!(storage.finish_upload(attachments::attachment(number, 10), blobs).await.unwrap());
    }
    claimed
}

fn same<T: PartialEq + Debug>(ours: &T, reference: &T, what: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours, reference, "{}", what);
    Ok(())
}

fn published(notifications: Vec<CommitNotification>) -> String {
    format!("{notifications:#?}")
}

async fn run<B: Backend>(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut ours, mut reference) = (World::<B>::new().await, World::<InMemory>::new().await);
    let (mut users, mut uploaded) = (Vec::new(), HashSet::new());
    for (number, step) in steps.into_iter().enumerate() {
        match step {
            Step::User(index) => {
                let (one, other) = (ours.user(NAMES[index]).await, reference.user(NAMES[index]).await);
                same(&one, &other, "a user")?;
                if !users.contains(&one) {
                    users.push(one);
                }
            }
            Step::DisplayName(index, display_name) => {
                let Some(user) = users.iter_mut().find(|user: &&mut User| user.name == name(index)) else {
                    continue;
                };
                let one = ours.set_display_name(user, display_name).await;
                same(&one, &reference.set_display_name(user, display_name).await, "a display name")?;
                // Later commands act as the user is now.
                if let Some(changed) = one {
                    *user = changed;
                }
            }
            Step::Batch(given) => {
                let commands = || given.iter().filter_map(|given| command(given, number as u64, &users));
                let (one, other) =
                    (ours.submit(commands().collect()).await, reference.submit(commands().collect()).await);
                same(&one, &other, "outcomes")?;
            }
            Step::Decline(index, id) => {
                let Some(user) = users.iter().find(|user| user.name.as_str() == NAMES[index]) else {
                    continue;
                };
                let (user, id) = (user.id, ConversationId(id));
                let one = ours.storage().decline_group_request(user, id).await.unwrap();
                same(&one, &reference.storage().decline_group_request(user, id).await.unwrap(), "declined")?;
            }
            Step::Asks(index, asks) => {
                let Some(user) = users.iter().find(|user| user.name.as_str() == NAMES[index]) else {
                    continue;
                };
                ours.storage().set_asks_before_groups(user.id, asks).await.unwrap();
                reference.storage().set_asks_before_groups(user.id, asks).await.unwrap();
            }
            Step::Shares(index, shares) => {
                let Some(user) = users.iter().find(|user| user.name.as_str() == NAMES[index]) else {
                    continue;
                };
                ours.storage().set_shares_read_positions(user.id, shares).await.unwrap();
                reference.storage().set_shares_read_positions(user.id, shares).await.unwrap();
            }
            Step::Upload(index, number) => {
                let Some(user) = users.iter().find(|user| user.name.as_str() == NAMES[index]) else {
                    continue;
                };
                if !uploaded.insert(number) {
                    continue;
                }
                let one = upload(&ours, user, number).await;
                same(&one, &upload(&reference, user, number).await, "an upload")?;
            }
            Step::Discard(index, number) => {
                let Some(user) = users.iter().find(|user| user.name.as_str() == NAMES[index]) else {
                    continue;
                };
                let number = attachments::id(number);
                let one = ours.storage().discard(user.id, number).await.unwrap();
                same(&one, &reference.storage().discard(user.id, number).await.unwrap(), "discarded")?;
            }
            Step::Thread(index, id, root, to) => {
                let Some(user) = users.iter().find(|user| user.name.as_str() == NAMES[index]) else {
                    continue;
                };
                let (user, id, root) = (user.id, ConversationId(id), Seq(root));
                let one = ours.storage().move_thread(user, id, root, to).await.unwrap();
                same(&one, &reference.storage().move_thread(user, id, root, to).await.unwrap(), "a thread")?;
            }
            Step::Kill => {
                same(
                    &published(ours.take_published().await),
                    &published(reference.take_published().await),
                    "notifications",
                )?;
                ours = ours.reopened().await;
                reference = reference.reopened().await;
            }
        }
        for user in &users {
            let (one, other) = (reads(&ours, user).await, reads(&reference, user).await);
            for (one, other) in one.iter().zip(&other) {
                same(one, other, user.name.as_str())?;
            }
        }
    }
    same(
        &published(ours.take_published().await),
        &published(reference.take_published().await),
        "notifications",
    )
}

/// Runs random steps on a backend and on the reference.
pub fn answers_as_the_reference_does<B: Backend>() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let users = || (0..NAMES.len() - 1).map(Step::User);
    let steps = vec(step(), 1..24).prop_map(move |steps| users().chain(steps).collect::<Vec<_>>());
    let config = ProptestConfig { cases: B::CASES, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in steps)| {
        runtime.block_on(run::<B>(steps))?;
    });
}
