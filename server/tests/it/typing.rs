//! The signal that somebody is writing.

use confab_shared::{id::Seq, protocol::ServerFrame};

use crate::support::{Person, Server};

#[tokio::test]
async fn that_somebody_writes_reaches_the_others_and_no_log() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let eve = Person::come(&server, "eve").await;
    let (id, notes) = (mei.direct("ada").await, eve.direct("eve").await);
    let (mut mei_socket, mut ada_socket, mut eve_socket) =
        (mei.connect().await, ada.connect().await, eve.connect().await);
    mei_socket.typing(id).await;
    let typing = |frame: &ServerFrame| match frame {
        ServerFrame::Typing { conversation, user } => Some((*conversation, user.clone())),
        _ => None,
    };
    assert_eq!(ada_socket.find("that mei writes", typing).await, (id, mei.user.clone()));
    let told = eve_socket.told(notes).await;
    assert!(told.iter().all(|frame| typing(frame).is_none()), "{told:#?}");
    let view = ada.view(id).await;
    assert_eq!((view.head_seq, view.unread()), (Seq(0), 0));
}
