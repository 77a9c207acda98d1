//! Who has read a message, and who shares that.

use confab_shared::{
    api::{Me, MeChange, Readers},
    error::ErrorCode,
    id::{ConversationId, Seq},
};
use reqwest::Method;

use crate::support::{
    Person, Server,
    person::{Refused, answer},
};

async fn readers(person: &Person, id: ConversationId, seq: Seq) -> Result<Vec<String>, Refused> {
    let path = format!("/conversations/{id}/messages/{seq}/readers");
    let readers: Readers = answer(person.request(Method::GET, &path)).await?;
    Ok(readers.users.into_iter().map(|user| user.name.to_string()).collect())
}

async fn share(person: &Person, shares: bool) {
    let change = MeChange { shares_read_positions: Some(shares), ..MeChange::default() };
    let me: Result<Me, Refused> = answer(person.request(Method::PATCH, "/me").json(&change)).await;
    assert_eq!(me.unwrap().shares_read_positions, shares);
}

#[tokio::test]
async fn who_has_read_a_message_is_shared_by_choice() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    adas.send_text(id, "hello").await;
    let seq = meis.send_text(id, "did you read this").await.seq;
    assert_eq!(readers(&mei, id, seq).await.unwrap(), [] as [&str; 0]);
    share(&ada, false).await;
    adas.read(id, seq).await;
    assert_eq!(adas.next_read().await.read_seq, seq);
    assert!(readers(&mei, id, seq).await.unwrap().is_empty());
    assert!(mei.view(id).await.peers_read_seq < seq);
    // Who does not share it does not see it.
    readers(&ada, id, seq).await.unwrap_err().is(403, ErrorCode::Forbidden);
    share(&ada, true).await;
    assert_eq!(readers(&mei, id, seq).await.unwrap(), ["ada"]);
    // Nobody is behind the greatest id, or has read the greatest seq.
    assert!(readers(&mei, id, Seq(u64::MAX)).await.unwrap().is_empty());
    let path = format!("/conversations/{id}/messages/{seq}/readers?after={}", u64::MAX);
    let behind: Result<Readers, Refused> = answer(mei.request(Method::GET, &path)).await;
    assert_eq!(behind.unwrap(), Readers { users: Vec::new(), more: false });
}
