//! The end of a trial: all tabs become idle, their states are collected, and the logs are read.

use std::{collections::HashMap, future::Future, time::Duration};

use confab_shared::{
    api::FollowedThread,
    id::{ConversationId, Seq},
    protocol::{MAX_WELCOME_THREADS, MAX_WELCOME_UNREAD_THREADS, Welcome},
};
use reqwest::Method;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use crate::{
    cast::{Cast, Company},
    history::{End, History},
    site::Site,
    support::{
        Person, Server,
        person::{Refused, answer},
    },
    tab::{Fresh, Order},
    verify::{Verdict, Verifier},
};

/// How long coming to rest may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// After which time the people of a node know all of another node that died, or was cut off from the bus: five seconds, and one
/// for a busy machine.
const CATCH_UP: Duration = Duration::from_secs(6);

/// How many threads of each conversation are read at the end: the newest.
const THREADS: usize = 40;

/// How often what is fresh may differ from what was fresh a moment ago.
const ROUNDS: usize = 5;

/// Lets all tabs become idle. Returns their journals, their states, and those of new tabs, which are the same on every node.
pub async fn rest(cast: &mut Cast, company: &Company, site: &Site) -> Vec<End> {
    if site.bus.is_some() {
        site.is_whole().await;
        sleep(CATCH_UP).await;
    }
    let all: Vec<_> = (0..company.orders.len()).collect();
    company.ask(&all, Order::Drain).await;
    company.echo().await;
    let mut fresh = welcomes(cast, &site.nodes[0]).await;
    for round in 1..=ROUNDS {
        company.wait_for(&fresh).await;
        company.echo().await;
        let fresher = welcomes(cast, &site.nodes[round % site.nodes.len()]).await;
        if fresher == fresh {
            let contradiction = fresh.iter().find_map(|fresh| fresh.contradiction.as_deref());
            assert_eq!(contradiction, None, "the server says two things about threads");
            return gather(cast, company, &fresh).await;
        }
        fresh = fresher;
    }
    panic!("it does not come to rest: nobody does anything, and what is fresh changes, or hangs on the node");
}

/// The state of a new tab on a node, by user.
async fn welcomes(cast: &Cast, node: &Server) -> Vec<Fresh> {
    let mut fresh = Vec::new();
    for person in &cast.people {
        let person = person.through(node);
        let socket = person.connect().await;
        let mut conversations = socket.welcome.conversations.clone();
        conversations.sort_unstable_by_key(|c| c.id);
        let threads = all_threads(&person, "").await;
        let states: Vec<_> = threads.iter().map(|thread| thread.state.clone()).collect();
        let unread: Vec<_> = states.iter().filter(|state| state.unread > 0).cloned().collect();
        let Welcome { threads: first, unread_threads, .. } = &socket.welcome;
        let name = person.name();
        let listed = all_threads(&person, "unread=true&").await.into_iter().map(|thread| thread.state);
        let listed: Vec<_> = listed.collect();
        let (newest, older) = states.split_at(states.len().min(MAX_WELCOME_THREADS));
        let older = older.iter().filter(|state| state.unread > 0).take(MAX_WELCOME_UNREAD_THREADS);
        let is_same = first.iter().eq(newest.iter().chain(older))
            && *unread_threads == unread.len() as u64
            && listed == unread;
        let contradiction = (!is_same).then(|| {
            format!("{name}: welcomed with {first:?}, {unread_threads} unread; listed {states:?}, unread {listed:?}")
        });
        fresh.push(Fresh { conversations, threads, contradiction });
        socket.leave().await;
    }
    fresh
}

/// The threads that a user follows, page by page.
async fn all_threads(person: &Person, query: &str) -> Vec<FollowedThread> {
    let (mut threads, mut before) = (Vec::new(), String::new());
    loop {
        let page = person.threads(&format!("{query}limit=50{before}")).await;
        let page = page.unwrap_or_else(|refused| panic!("{refused:?}"));
        threads.extend(page.threads);
        let Some(more) = page.more else { return threads };
        before = format!("&before={more}");
    }
}

async fn gather(cast: &mut Cast, company: &Company, fresh: &[Fresh]) -> Vec<End> {
    let mut ends = Vec::new();
    for (tab, orders) in company.orders.iter().enumerate() {
        let (reply, answer) = oneshot::channel();
        let order = Order::End(fresh[company.persons[tab]].clone(), reply);
        orders.send(order).await.unwrap_or_else(|_| panic!("tab {tab} is gone"));
        let (journal, end) = in_time(tab, answer).await;
        cast.history.journals.push(journal);
        ends.push(end);
    }
    ends
}

async fn in_time<T>(tab: usize, answer: impl Future<Output = Result<T, oneshot::error::RecvError>>) -> T {
    let answer =
        timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("tab {tab} does not come to rest"));
    answer.unwrap_or_else(|_| panic!("tab {tab} is gone"))
}

impl Company {
    /// Gives an order to some tabs, and waits until all have answered.
    async fn ask(&self, tabs: &[usize], order: impl Fn(oneshot::Sender<()>) -> Order) {
        let mut answers = Vec::new();
        for tab in tabs {
            let (reply, answer) = oneshot::channel();
            let sent = self.orders[*tab].send(order(reply)).await;
            sent.unwrap_or_else(|_| panic!("tab {tab} is gone"));
            answers.push((*tab, answer));
        }
        for (tab, answer) in answers {
            in_time(tab, answer).await;
        }
    }

    /// Waits until the server has handled every frame, and every tab has received its frames. The tabs of one user
    /// receive each other's typing signals, so they send them one after the other.
    async fn echo(&self) {
        let (first, second): (Vec<_>, Vec<_>) =
            (0..self.orders.len()).partition(|tab| *tab == self.persons[*tab]);
        self.ask(&first, Order::Echo).await;
        self.ask(&second, Order::Echo).await;
    }

    /// Waits until every tab has received the newest events.
    async fn wait_for(&self, fresh: &[Fresh]) {
        let heads: Vec<HashMap<ConversationId, Seq>> = fresh
            .iter()
            .map(|fresh| fresh.conversations.iter().map(|c| (c.id, c.head_seq)).collect())
            .collect();
        let mut answers = Vec::new();
        for (tab, orders) in self.orders.iter().enumerate() {
            let (reply, answer) = oneshot::channel();
            let heads = heads[self.persons[tab]].iter().map(|(id, seq)| (*id, *seq)).collect();
            let sent = orders.send(Order::Await(heads, reply)).await;
            sent.unwrap_or_else(|_| panic!("tab {tab} is gone"));
            answers.push((tab, answer));
        }
        for (tab, answer) in answers {
            in_time(tab, answer).await;
        }
    }
}

/// Reads every log, page by page, from each node, and compares everything with them.
pub async fn judge(
    history: &History,
    ends: &[End],
    logs: &[(ConversationId, usize)],
    (people, site): (&[Person], &Site),
) -> Verdict {
    let mut verifier = Verifier::new(history, ends);
    for (id, person) in logs {
        let reader: Vec<_> = site.nodes.iter().map(|node| people[*person].through(node)).collect();
        verifier.begin(*id);
        let mut after = Seq(0);
        loop {
            let query = format!("after={after}&limit=200");
            let page = everywhere(&reader, |reader| reader.page(*id, &query)).await;
            let page = verifier.same(after, page);
            let Some(last) = page.events.last() else { break };
            after = last.seq;
            verifier.page(&page.events);
            if after >= page.head_seq {
                break;
            }
        }
        judge_messages(&mut verifier, *id, &reader, None).await;
        for root in verifier.roots().into_iter().rev().take(THREADS) {
            judge_messages(&mut verifier, *id, &reader, Some(root)).await;
        }
        judge_pins(&mut verifier, *id, &reader).await;
        verifier.end();
    }
    verifier.verdict()
}

/// Reads what the messages of a conversation are at the end, or the replies of one of its threads, from the oldest on.
async fn judge_messages(
    verifier: &mut Verifier<'_>,
    id: ConversationId,
    reader: &[Person],
    thread: Option<Seq>,
) {
    let mut after = Seq(0);
    let thread = thread.map_or_else(String::new, |root| format!("&thread={root}"));
    loop {
        let query = format!("after={after}&limit=200{thread}");
        let page = everywhere(reader, |reader| reader.messages(id, &query)).await;
        let page = verifier.same(after, page);
        verifier.messages(&page);
        if page.last_seq >= page.head_seq {
            break;
        }
        after = page.last_seq;
    }
}

async fn judge_pins(verifier: &mut Verifier<'_>, id: ConversationId, reader: &[Person]) {
    let path = format!("/conversations/{id}/pins");
    let pins = everywhere(reader, |reader| answer(reader.request(Method::GET, &path))).await;
    let pins = verifier.same(Seq(0), pins);
    verifier.pins(&pins);
}

/// What each node answers to the same question.
async fn everywhere<'r, T, A>(reader: &'r [Person], ask: impl Fn(&'r Person) -> A) -> Vec<T>
where
    A: Future<Output = Result<T, Refused>>,
{
    let mut answers = Vec::new();
    for reader in reader {
        answers.push(ask(reader).await.unwrap_or_else(|refused| panic!("{refused:?}")));
    }
    answers
}
