//! One address that opens WebSockets without an end, as many people: each person has a limit of their own.

use confab_shared::{
    error::ErrorCode,
    protocol::{ClientFrame, ServerFrame},
};

use super::{behind_a_proxy, connect_from};
use crate::support::{Person, client::RawSocket, in_time};

const ATTACKER: &str = "203.0.113.5";

/// Of 168 authenticated WebSockets, where 256 files may be open.
const OF_ONE_ADDRESS: usize = 126;

/// How many one person has here.
const OF_ONE_PERSON: usize = 42;

async fn hello(server: &crate::support::Server, person: &Person, from: &str) -> RawSocket {
    let mut socket = RawSocket::open_with(&server.socket_url(""), &[("x-forwarded-for", from)]).await;
    socket.send(&ClientFrame::Hello { token: person.token.clone() }).await;
    socket
}

#[tokio::test]
async fn sockets_of_one_address_leave_room_for_others() {
    let server = behind_a_proxy().flags(["--legacy-dialect"]).after("ulimit -n 256").start().await;
    let mut sockets = Vec::new();
    let mut people = Vec::new();
    for number in 0..OF_ONE_ADDRESS / OF_ONE_PERSON {
        let person = Person::come(&server, &format!("person-{number}")).await;
        for _ in 0..OF_ONE_PERSON {
            sockets.push(connect_from(&server, &person, ATTACKER).await);
        }
        people.push(person);
    }
    let refused = hello(&server, &people[0], ATTACKER).await.turned_away().await;
    assert_eq!(refused, (ErrorCode::TooManyConnections, 1013));
    server.logs("from your network").await;
    let url = server.socket_url("?userID=123");
    let demo = crate::support::client::open(&url, &[("x-forwarded-for", ATTACKER)]);
    let refused = crate::support::refusal(demo.await.unwrap_err());
    assert_eq!((refused.status, refused.body.code), (503, ErrorCode::TooManyConnections));
    // Others are let in: from another address, and on loopback.
    let bystander = Person::come(&server, "bystander").await;
    connect_from(&server, &bystander, "203.0.113.6").await;
    bystander.connect().await;
    // One that ends makes room for another.
    sockets.pop().unwrap().leave().await;
    in_time("room for one", async {
        loop {
            let mut socket = hello(&server, &people[0], ATTACKER).await;
            if matches!(socket.next().await, ServerFrame::Welcome(_)) {
                break;
            }
        }
    })
    .await;
}
