//! What the server says when it starts, and when it cannot.

use std::{fs, net::TcpListener};

use crate::{
    lifecycle::run,
    support::{Server, http, in_time},
};

#[tokio::test]
async fn the_address_that_it_prints_can_be_opened() {
    for (listen, host) in [
        ("0.0.0.0:0", "localhost"),
        ("127.0.0.2:0", "127.0.0.2"),
        ("[::]:0", "localhost"),
        ("[::1]:0", "[::1]"),
    ] {
        if TcpListener::bind(listen).is_err() {
            eprintln!("this machine has no {listen}: not tested");
            continue;
        }
        let server = Server::with().listen(listen).start().await;
        let url = server.greeting().rsplit(' ').next().unwrap();
        assert_eq!(url, format!("http://{host}:{}", server.port()), "{listen}");
        let answer = in_time("an answer", http().get(format!("{url}/healthz")).send()).await.unwrap();
        assert_eq!(answer.status(), 200, "{listen}");
    }
}

#[tokio::test]
async fn a_log_in_a_file_has_no_colours() {
    let mut server = Server::start().await;
    assert_eq!(server.sigterm().await.code(), Some(0));
    assert!(server.log().contains("stopped"), "{}", server.log());
    assert!(!server.log().contains('\u{1b}'), "{}", server.log());
}

#[tokio::test]
async fn where_nobody_can_come_in_it_says_what_helps() {
    let mut closed = Server::with().listen("0.0.0.0:0").start().await;
    let line = closed.says().await.unwrap();
    let link = std::fs::read_to_string(closed.data().join("setup-link")).unwrap();
    assert!(line.ends_with(link.trim_end()) && line.contains("becomes the owner"), "{line}");
    let mut open = Server::with().listen("0.0.0.0:0").flags(["--access", "open"]).start().await;
    assert_eq!(open.sigterm().await.code(), Some(0));
    assert_eq!(open.says().await, None, "no more than that it is ready");
}

#[test]
fn what_cannot_be_opened_is_named() {
    for name in ["confab.lock", "confab.db"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::create_dir(&file).unwrap();
        let data = folder.path().to_str().unwrap();
        let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", "--data", data]);
        assert_eq!(code, Some(1), "{name}: {stderr}");
        let line = stderr.lines().last().unwrap_or_default();
        let named = line.contains(file.to_str().unwrap());
        assert!(line.starts_with("error: failed to open ") && named, "{name}: {stderr}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_what_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = run(&["--listen", &address, "--data", folder.path().to_str().unwrap()]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains(&address) && stderr.contains("`--listen` takes another port"), "{stderr}");
}

#[test]
fn an_origin_that_no_browser_sends_is_refused_with_what_helps() {
    for (origin, helps) in [
        ("https://*.example", "wildcard"),
        ("https://chat.example/", "write https://chat.example"),
        ("https://chat.example/chat", "write https://chat.example"),
        ("chat.example", "such as https://chat.example"),
    ] {
        let (code, _, stderr) = run(&["--allow-origin", origin]);
        assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{origin}: {stderr}");
        assert!(stderr.contains(helps), "{origin}: {stderr}");
    }
}
