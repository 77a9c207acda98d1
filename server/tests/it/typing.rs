//! The signal that a member is typing, or has stopped.

use confab_shared::{id::Seq, protocol::ServerFrame};

use crate::support::{Person, Server};

#[tokio::test]
async fn a_typing_signal_reaches_the_other_members_and_no_log() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let eve = Person::come(&server, "eve").await;
    let (id, notes) = (mei.direct("ada").await, eve.direct("eve").await);
    let (mut mei_socket, mut ada_socket, mut eve_socket) =
        (mei.connect().await, ada.connect().await, eve.connect().await);
    mei_socket.typing(id).await;
    mei_socket.typing_stopped(id).await;
    let typing = |frame: &ServerFrame| match frame {
        ServerFrame::Typing { conversation, user, stopped } => Some((*conversation, user.clone(), *stopped)),
        _ => None,
    };
    assert_eq!(ada_socket.find("that mei writes", typing).await, (id, mei.user.clone(), false));
    assert_eq!(ada_socket.find("that mei has stopped", typing).await, (id, mei.user.clone(), true));
    let frames = eve_socket.frames_so_far(notes).await;
    assert!(frames.iter().all(|frame| typing(frame).is_none()), "{frames:#?}");
    let view = ada.view(id).await;
    assert_eq!((view.head_seq, view.unread()), (Seq(0), 0));
}
