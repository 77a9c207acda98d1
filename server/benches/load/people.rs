//! People of Confab's native dialect: they sign in, say hello, and have groups.

use std::{
    cell::Cell,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
};

use confab::clock;
use confab_shared::{
    api::{ConversationView, MeChange, NewConversation, SignIn, SignedIn},
    command::{AddMembers, MAX_MEMBERS_ADDED, Send},
    id::{ClientId, ConversationId},
    protocol::ClientFrame,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Builder;

use crate::{http::Http, socket::Receiver};

/// How many sign in, or connect, at the same time.
const AT_ONCE: usize = 64;

/// How many of the machine's own addresses connections come from: each has some 28,000 ports.
const ADDRESSES: usize = 8;

/// Somebody who has signed in.
pub struct Person {
    pub name: String,
    pub token: String,
}

/// Signs people in, `{prefix}-0` and so on, over a few connections.
pub async fn sign_in(address: SocketAddr, prefix: &str, count: usize) -> anyhow::Result<Vec<Person>> {
    let next = Rc::new(Cell::new(0));
    let lane = |_| {
        let next = Rc::clone(&next);
        async move {
            let mut http = Http::connect(address).await?;
            let mut people = Vec::new();
            while next.get() < count {
                let number = next.replace(next.get() + 1);
                let name = format!("{prefix}-{number}");
                let request = SignIn { name: name.clone(), guest_key: None, password: None, code: None };
                let SignedIn { token, .. } = http.post("/api/v1/sessions", &request).await?;
                // The benchmark adds users who never met to groups, which needs consent by default.
                http = http.with_token(&token);
                let change = MeChange { asks_before_groups: Some(false), ..MeChange::default() };
                http.bytes("PATCH", "/api/v1/me", &serde_json::to_string(&change)?).await?;
                people.push((number, Person { name, token }));
            }
            anyhow::Ok(people)
        }
    };
    let lanes: Vec<_> =
        stream::iter(0..AT_ONCE.min(count)).map(lane).buffer_unordered(AT_ONCE).try_collect().await?;
    let mut people: Vec<_> = lanes.into_iter().flatten().collect();
    people.sort_by_key(|(number, _)| *number);
    Ok(people.into_iter().map(|(_, person)| person).collect())
}

/// Connects everybody; each has had their welcome.
pub async fn connect(address: SocketAddr, people: &[Person]) -> anyhow::Result<Vec<Receiver>> {
    connect_to(|_| address, people).await
}

/// Connects everybody, each to the server of their number.
pub async fn connect_to(
    server_of: impl Fn(usize) -> SocketAddr,
    people: &[Person],
) -> anyhow::Result<Vec<Receiver>> {
    let connect = |(number, person)| come(server_of(number), number, person);
    stream::iter(people.iter().enumerate()).map(connect).buffered(AT_ONCE).try_collect().await
}

/// Connects somebody, and waits for their welcome.
pub async fn come(address: SocketAddr, number: usize, person: &Person) -> anyhow::Result<Receiver> {
    let mut receiver = Receiver::connect_from(own_address(number), address, "/ws").await?;
    let hello = ClientFrame::Hello { token: person.token.clone() };
    receiver.sender.send(&serde_json::to_vec(&hello)?);
    let welcome = receiver.next().await?;
    anyhow::ensure!(welcome.starts_with(r#"{"type":"welcome""#), "no welcome: {welcome}");
    Ok(receiver)
}

fn own_address(number: usize) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, 1 + (number % ADDRESSES) as u8).into()
}

/// Makes a group of all of them; the first is who makes it.
pub async fn group(address: SocketAddr, title: &str, people: &[&Person]) -> anyhow::Result<ConversationId> {
    let [first, others @ ..] = people else { anyhow::bail!("a group of nobody") };
    let mut http = Http::connect(address).await?.with_token(&first.token);
    let names = |people: &[&Person]| people.iter().map(|person| person.name.clone()).collect();
    let (now, later) = others.split_at(others.len().min(MAX_MEMBERS_ADDED));
    let new = NewConversation::Group { client_id: client_id(), title: title.to_owned(), members: names(now) };
    let ConversationView { conversation, .. } = http.post("/api/v1/conversations", &new).await?;
    for some in later.chunks(MAX_MEMBERS_ADDED) {
        let id = conversation.id;
        let add = AddMembers { client_id: client_id(), conversation: id, users: names(some) };
        let path = format!("/api/v1/conversations/{id}/members");
        let _: ConversationView = http.post(&path, &add).await?;
    }
    Ok(conversation.id)
}

/// Posts a message.
pub fn post(conversation: ConversationId, text: &str) -> anyhow::Result<Vec<u8>> {
    let send = Send::new(client_id(), conversation, text.to_owned());
    Ok(serde_json::to_vec(&ClientFrame::Send(send))?)
}

/// A fresh id for a command: a UUIDv7, as the page makes them.
pub fn client_id() -> ClientId {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut rest = [0; 10];
    rest[2..].copy_from_slice(&MADE.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    ClientId(Builder::from_unix_timestamp_millis(clock::now().0, &rest).into_uuid())
}
