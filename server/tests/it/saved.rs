//! Saved messages.

use confab_shared::{
    api::Saved,
    command::{Delete, Send},
    error::ErrorCode,
    id::{ConversationId, Seq},
};
use reqwest::Method;

use crate::support::{
    Person, Server, client_id,
    person::{Refused, answer, done},
};

async fn ask(person: &Person, method: Method, id: ConversationId, seq: Seq) -> Result<(), Refused> {
    done(person.request(method, &format!("/saved/{id}/{seq}"))).await
}

async fn saved(person: &Person, query: &str) -> Saved {
    answer(person.request(Method::GET, &format!("/saved{query}")))
        .await
        .unwrap_or_else(|r: Refused| panic!("{r:?}"))
}

fn texts(saved: &Saved) -> Vec<&str> {
    saved.messages.iter().map(|saved| saved.message.text.as_str()).collect()
}

#[tokio::test]
async fn a_saved_message_shows_only_while_one_may_see_it() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (trip, secret) = (mei.group("Trip", &["ada"]).await, mei.group("Secret", &[]).await);
    let mut socket = mei.connect().await;
    let mut seqs = Vec::new();
    for text in ["one", "two", "three"] {
        seqs.push(socket.send_text(trip, text).await.seq);
    }
    let hidden = socket.send_text(secret, "between us").await.seq;
    for seq in &seqs {
        ask(&ada, Method::PUT, trip, *seq).await.unwrap();
    }
    ask(&ada, Method::PUT, secret, hidden).await.unwrap_err().is(404, ErrorCode::UnknownConversation);
    ask(&ada, Method::PUT, trip, Seq(1)).await.unwrap_err().is(404, ErrorCode::UnknownMessage);
    let page = saved(&ada, "?limit=2").await;
    assert_eq!((texts(&page), page.users.len()), (vec!["three", "two"], 1));
    let rest = saved(&ada, &format!("?limit=2&before={}", page.more.unwrap())).await;
    assert_eq!((texts(&rest), rest.more), (vec!["one"], None));
    assert!(saved(&mei, "").await.messages.is_empty());
    socket.carry_out(Delete { client_id: client_id(), conversation: trip, target: seqs[1] }).await.unwrap();
    ask(&ada, Method::DELETE, trip, seqs[0]).await.unwrap();
    assert_eq!(texts(&saved(&ada, "").await), ["three"]);
    ada.leave(trip, client_id()).await.unwrap();
    assert!(saved(&ada, "").await.messages.is_empty());
    mei.add(trip, client_id(), &["ada"]).await.unwrap();
    assert_eq!(texts(&saved(&ada, "").await), ["three"]);
}

#[tokio::test]
async fn a_reply_that_shows_only_in_its_thread_is_saved_too() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    let mut socket = mei.connect().await;
    let root = socket.send_text(trip, "one").await.seq;
    let reply = Send { thread: Some(root), ..Send::new(client_id(), trip, "beside it".to_owned()) };
    let reply = socket.carry_out(reply).await.unwrap().seq;
    socket.send_text(trip, "two").await;
    ask(&ada, Method::PUT, trip, reply).await.unwrap();
    let page = saved(&ada, "").await;
    assert_eq!(texts(&page), ["beside it"]);
    assert_eq!(page.messages[0].message.thread, Some(root));
}
