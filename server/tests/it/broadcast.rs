//! Everyone: the conversation that everybody is in.

use confab_shared::conversation::ConversationKind;

use crate::support::{Person, Server, person::EVERYONE};

#[tokio::test]
async fn everybody_hears_what_is_said_to_everyone() {
    let server = Server::start().await;
    let mut sockets = Vec::new();
    for name in ["mei", "ada", "li"] {
        sockets.push(Person::come(&server, name).await.connect().await);
    }
    sockets[0].send_text(EVERYONE, "good morning").await;
    sockets[2].send_text(EVERYONE, "morning").await;
    for socket in &mut sockets {
        assert_eq!(socket.next_text().await, "good morning");
        assert_eq!(socket.next_text().await, "morning");
    }
}

#[tokio::test]
async fn who_comes_today_has_nothing_unread_of_yesterday() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    for n in 0..3 {
        socket.send_text(EVERYONE, &format!("before {n}")).await;
    }
    let ada = Person::come(&server, "ada").await;
    let welcome = ada.connect().await.welcome;
    let everyone = &welcome.conversations[0];
    assert_eq!((everyone.id, everyone.kind), (EVERYONE, ConversationKind::Broadcast));
    assert_eq!((everyone.message_count, everyone.unread(), everyone.member_count), (3, 0, 2));
    assert_eq!(everyone.last_message.as_ref().unwrap().text, "before 2");
    assert!(welcome.users.contains(&mei.user));
    // What was said before is there to be read, all the same.
    assert_eq!(ada.log(EVERYONE).await.len(), 3);
    socket.send_text(EVERYONE, "after").await;
    assert_eq!(ada.view(EVERYONE).await.unread(), 1);
}
