//! Who says that somebody else is the client.

use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{behind_a_proxy, guest, sign_in_from, until_limited};
use crate::{
    lifecycle::run,
    support::{Server, http, in_time},
};

/// Asks under a name of another site, which the log names with the client's address.
async fn ask_under_a_foreign_name(server: &Server, headers: &[(&str, &str)]) {
    let request = http().get(server.url("/")).header("host", "evil.example");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    assert_eq!(in_time("an answer", request.send()).await.unwrap().status(), 403);
    server.logs("evil.example").await;
}

#[tokio::test]
async fn an_address_that_anybody_claims_is_not_believed() {
    let server = Server::with().flags(["--trusted-proxy", "127.0.0.9"]).start().await;
    let claims = [("x-forwarded-for", "203.0.113.5"), ("forwarded", "for=203.0.113.5")];
    ask_under_a_foreign_name(&server, &claims).await;
    let log = server.log();
    assert!(log.contains("127.0.0.1") && !log.contains("203.0.113.5"), "{log}");
}

#[tokio::test]
async fn what_a_client_claims_behind_a_trusted_proxy_is_not_believed() {
    let server = behind_a_proxy().start().await;
    ask_under_a_foreign_name(&server, &[("x-forwarded-for", "192.0.2.66, 203.0.113.5")]).await;
    let log = server.log();
    assert!(log.contains("203.0.113.5") && !log.contains("192.0.2.66"), "{log}");
    // Another claim with each request is still one client.
    let flood = async |n: usize| {
        let from = format!("192.0.2.{}, 203.0.113.5", n % 250);
        sign_in_from(&server, &from, &guest(&format!("flood-{n}"))).await
    };
    until_limited(400, flood).await;
    sign_in_from(&server, "192.0.2.1", &guest("bystander")).await.unwrap();
}

#[tokio::test]
async fn trusted_proxies_may_stand_in_a_row_and_be_named_by_the_environment() {
    let server =
        Server::with().variable("CONFAB_TRUSTED_PROXY", "127.0.0.0/8,10.0.0.0/8,2001:db8::/32").start().await;
    let chain = "192.0.2.66, 203.0.113.5, 2001:db8::7, 10.1.2.3";
    ask_under_a_foreign_name(&server, &[("x-forwarded-for", chain)]).await;
    assert!(server.log().contains("203.0.113.5"), "{}", server.log());
}

#[test]
fn a_proxy_that_is_no_network_is_refused_with_what_helps() {
    for wrong in ["proxy.example", "10.0.0.0/33", ""] {
        let (code, _, stderr) = run(&["--trusted-proxy", wrong]);
        assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{wrong}: {stderr}");
        assert!(stderr.contains("10.0.0.0/8"), "{wrong}: {stderr}");
    }
}

async fn connect_from(server: &Server, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
    in_time("a connection", socket.connect(([127, 0, 0, 1], server.port()).into())).await.unwrap()
}

/// One request on a connection that stays open.
async fn ask(connection: &mut TcpStream, client: usize) {
    let request =
        format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 203.0.113.{client}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("it is open");
    let mut answer = [0; 8 * 1024];
    let length = in_time("an answer", connection.read(&mut answer)).await.expect("it is open");
    assert!(answer[..length].ends_with(b"ok"), "client {client} lost its connection");
}

#[tokio::test]
async fn connections_of_a_trusted_proxy_do_not_count_as_those_of_one_address() {
    // 192 connections.
    let server = behind_a_proxy().after("ulimit -n 256").start().await;
    let mut proxied = Vec::new();
    for client in 0..80 {
        let mut connection = connect_from(&server, 1).await;
        ask(&mut connection, client).await;
        proxied.push(connection);
    }
    let mut flood = Vec::new();
    for _ in 0..300 {
        flood.push(connect_from(&server, 2).await);
    }
    server.logs("connection limit reached").await;
    for (client, connection) in proxied.iter_mut().enumerate() {
        ask(connection, client).await;
    }
}
