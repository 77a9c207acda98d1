//! Stale state and the events since then give what is fetched afresh, for every kind of event.

use confab_shared::{conversation::Conversation, event::ApplyOutcome, id::Seq};

use crate::support::{Mirror, Person, Server, client_id, person::EVERYONE};

#[tokio::test]
async fn a_page_that_listens_holds_what_a_fresh_one_gets() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let li = Person::come(&server, "li").await;
    let mut mirror = Mirror::of(&ada).await;
    let mut meis = mei.connect().await;

    let group = mei.group("Trip", &["ada"]).await;
    mirror.settle().await;
    mirror.open(group).await;
    mirror.is_fresh().await;
    meis.send_text(group, "hello").await;
    mirror.is_fresh().await;
    mei.add(group, client_id(), &["li"]).await.unwrap();
    mirror.is_fresh().await;
    li.rename(group, client_id(), "Journey").await.unwrap();
    mirror.is_fresh().await;
    ada.connect().await.send_text(group, "from another tab").await;
    li.leave(group, client_id()).await.unwrap();
    mirror.is_fresh().await;

    let direct = mei.direct("ada").await;
    meis.send_text(direct, "just us").await;
    meis.send_text(EVERYONE, "all of us").await;
    mirror.is_fresh().await;
    let mut tab = ada.connect().await;
    tab.send_text(EVERYONE, "me too").await;
    tab.read(direct, Seq(1)).await;
    tab.next_read().await;
    mirror.is_fresh().await;
    assert_eq!(mirror.state.conversation(direct).unwrap().unread(), 0);

    ada.leave(group, client_id()).await.unwrap();
    mirror.is_fresh().await;
    assert!(mirror.state.conversation(group).is_none());
    mei.add(group, client_id(), &["ada"]).await.unwrap();
    meis.send_text(group, "welcome back").await;
    mirror.settle().await;
    mirror.is_fresh().await;
    assert_eq!(mirror.state.conversation(group).unwrap().unread(), 1);
}

#[tokio::test]
async fn a_page_that_was_away_catches_up() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let group = mei.group("Trip", &["ada"]).await;
    let mut mirror = Mirror::of(&ada).await;
    mirror.open(group).await;
    let mut meis = mei.connect().await;
    for n in 0..130 {
        meis.send_text(group, &format!("message {n}")).await;
    }
    // What was sent meanwhile is lost with the connection.
    mirror.reconnect().await;
    mirror.is_fresh().await;
    assert_eq!(mirror.state.conversation(group).unwrap().unread(), 130);
}

#[tokio::test]
async fn a_gap_is_filled_from_the_log() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let group = mei.group("Trip", &["ada"]).await;
    let mut mirror = Mirror::of(&ada).await;
    mirror.open(group).await;
    let mut meis = mei.connect().await;
    for n in 0..60 {
        meis.send_text(group, &format!("message {n}")).await;
    }
    for _ in 0..59 {
        mirror.socket.next_event().await;
    }
    mirror.is_fresh().await;
}

#[tokio::test]
async fn a_stale_conversation_and_its_log_since_are_the_fresh_one() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    Person::come(&server, "li").await;
    let group = mei.group("Trip", &["ada"]).await;
    let mut stale = vec![mei.view(group).await];
    let (mut meis, mut adas) = (mei.connect().await, ada.connect().await);
    meis.send_text(group, "one").await;
    stale.push(mei.view(group).await);
    adas.send_text(group, "two").await;
    stale.push(mei.view(group).await);
    mei.add(group, client_id(), &["li"]).await.unwrap();
    stale.push(mei.view(group).await);
    mei.rename(group, client_id(), "Journey").await.unwrap();
    stale.push(mei.view(group).await);
    ada.leave(group, client_id()).await.unwrap();
    meis.send_text(group, "three").await;
    let fresh = mei.view(group).await;
    for mut conversation in stale {
        let page = mei.page(group, &format!("after={}", conversation.head_seq)).await.unwrap();
        for event in &page.events {
            assert_eq!(event.apply(&mut conversation, mei.user.id), ApplyOutcome::Applied);
        }
        let peers_read_seq = fresh.peers_read_seq;
        assert_eq!(Conversation { peers_read_seq, ..conversation }, fresh);
    }
}
