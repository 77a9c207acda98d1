//! The demo's dialect: what its pages send is what others receive, to the byte.

use crate::support::{Demo, Person, Server, client::text_of, demo::private};

#[tokio::test]
async fn two_of_the_demos_pages_talk_both_ways_to_the_byte() {
    let server = Server::start().await;
    let (mut a, mut b) = (Demo::connect(&server, "123").await, Demo::connect(&server, "456").await);
    let frames = [
        r#"{"userID1":"123","userID2":"456","data":"hi"}"#,
        r#"{ "userID1" : "123",  "userID2":"456" , "data":"odd   white space" }"#,
        "{\n\t\"userID1\":\"123\",\n\t\"userID2\":\"456\",\n\t\"data\":\"lines\"\n}",
        r#"{"data":"another order","userID2":"456","userID1":"123"}"#,
        r#"{"userID1":"123","userID2":"456","data":"more","extra":{"a":[1,2]},"z":null}"#,
        r#"{"type":1,"userID1":"123","userID2":"456","data":"said to be private"}"#,
        r#"{"userID1":"123","userID2":"456","data":"\u4f60\u597d \"你好\" \/ \n 👋"}"#,
    ];
    for frame in frames {
        a.send(frame).await;
        assert_eq!(b.next().await, frame);
    }
    b.say("123", "and back").await;
    assert_eq!(a.next().await, private("456", "123", "and back"));
    a.nothing_more().await;
}

#[tokio::test]
async fn the_demo_and_the_page_talk_both_ways() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut demo = Demo::connect(&server, "123").await;
    let id = mei.direct("123").await;
    let mut socket = mei.connect().await;
    socket.send_text(id, "hi \"123\"\nline").await;
    assert_eq!(demo.next().await, private("mei", "123", "hi \"123\"\nline"));
    demo.say("mei", "hello").await;
    assert_eq!(socket.next_text().await, "hi \"123\"\nline");
    let event = socket.next_event().await;
    assert_eq!((event.conversation, text_of(&event)), (id, Some("hello")));
    assert_eq!(mei.view(id).await.unread(), 1);
}

#[tokio::test]
async fn what_was_said_before_somebody_came_through_the_page_is_there() {
    let server = Server::start().await;
    let mut demo = Demo::connect(&server, "123").await;
    demo.say("mei", "are you there").await;
    demo.nothing_more().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.direct("123").await;
    assert_eq!(mei.view(id).await.unread(), 1);
    assert_eq!(text_of(&mei.log(id).await[0]), Some("are you there"));
}

#[tokio::test]
async fn type_2_goes_to_a_group() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (mut a, mut b) = (Demo::connect(&server, "123").await, Demo::connect(&server, "456").await);
    let mut socket = mei.connect().await;
    let id = mei.group("Trip", &["123", "456"]).await;
    let frame = r#"{"type":2,"userID1":"123","userID2":"Trip","data":"hi all"}"#;
    a.send(frame).await;
    assert_eq!(b.next().await, frame);
    for _ in 0..2 {
        // Its title and its members.
        socket.next_event().await;
    }
    assert_eq!(socket.next_text().await, "hi all");
    socket.send_text(id, "hello").await;
    let expected = r#"{"type":2,"userID1":"mei","userID2":"Trip","data":"hello"}"#;
    assert_eq!(a.next().await, expected);
    assert_eq!(b.next().await, expected);
    let odd = r#"{"userID2":"Trip", "type":2, "userID1":"456", "data":"odd"}"#;
    b.send(odd).await;
    assert_eq!(a.next().await, odd);
    b.nothing_more().await;
}

#[tokio::test]
async fn type_3_goes_to_everybody() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (mut a, mut b) = (Demo::connect(&server, "123").await, Demo::connect(&server, "456").await);
    let mut socket = mei.connect().await;
    let frames = [
        r#"{"type":3,"userID1":"123","data":"no target"}"#,
        r#"{"type":3,"userID1":"123","userID2":"","data":"an empty target"}"#,
        r#"{"userID1":"123","userID2":"anything","data":"any target","type":3}"#,
    ];
    for frame in frames {
        a.send(frame).await;
        assert_eq!(b.next().await, frame);
        socket.next_text().await;
    }
    socket.send_text(crate::support::person::EVERYONE, "hello all").await;
    let expected = r#"{"type":3,"userID1":"mei","data":"hello all"}"#;
    assert_eq!(a.next().await, expected, "and no echo of what it sent itself before");
    assert_eq!(b.next().await, expected);
}

#[tokio::test]
async fn two_sockets_of_one_id_both_receive() {
    let server = Server::start().await;
    let mut sender = Demo::connect(&server, "123").await;
    let (mut one, mut two) = (Demo::connect(&server, "456").await, Demo::connect(&server, "456").await);
    sender.say("456", "to both").await;
    assert_eq!(one.next().await, private("123", "456", "to both"));
    assert_eq!(two.next().await, private("123", "456", "to both"));
    two.leave().await;
    sender.say("456", "to the one that stayed").await;
    assert_eq!(one.next().await, private("123", "456", "to the one that stayed"));
    sender.nothing_more().await;
}

#[tokio::test]
async fn what_a_group_is_called_now_or_how_a_name_is_written_changes_no_bytes() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    Demo::connect(&server, "456").await.leave().await;
    let mut sender = Demo::connect(&server, "Anna").await;
    let group = mei.group("Old", &["Anna", "456"]).await;
    let frames = [
        r#"{"type":2,"userID1":"Anna","userID2":"Old","data":"to the group"}"#,
        r#"{"userID1":"anna","userID2":" 456 ","data":"oddly written"}"#,
        r#"{"userID1":"Anna","userID2":"456","data":"as ever"}"#,
    ];
    for frame in frames {
        sender.send(frame).await;
    }
    sender.nothing_more().await;
    mei.rename(group, crate::support::client_id(), "New").await.unwrap();
    let mut reader = Demo::connect(&server, "456").await;
    let mut came = vec![reader.next().await, reader.next().await, reader.next().await];
    came.sort();
    let mut sent = frames.map(str::to_owned);
    sent.sort();
    assert_eq!(came, sent);
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_makes_nobody() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let answer = crate::support::http().get(server.url("/ws?userID=made-by-a-picture")).send().await.unwrap();
    assert_eq!(answer.status(), 426);
    assert!(mei.find("made").await.unwrap().users.is_empty());
}
