//! The command line, and the errors of a server that cannot start.

use std::{net::TcpListener, process::Command};

use confab_shared::api::{Access, ServerInfo};

use crate::support::{Server, client::open, http, in_time, server::confab};

/// Runs the executable to its end: its exit code, and what it said on stdout and stderr.
pub fn run(args: &[&str]) -> (Option<i32>, String, String) {
    // A start that ought to fail and does not would serve for ever.
    let mut command = Command::new("timeout");
    for (name, _) in confab().get_envs() {
        command.env_remove(name);
    }
    let output = command.arg("10").arg(env!("CARGO_BIN_EXE_confab")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

async fn access(server: &Server) -> Access {
    let answer = in_time("an answer", http().get(server.url("/api/v1/server")).send()).await.unwrap();
    answer.json::<ServerInfo>().await.unwrap().access
}

#[test]
fn a_wrong_value_ends_it_with_2_and_one_line() {
    let wrong: [&[&str]; 11] = [
        &["--listen", "nonsense"],
        &["--listen", "127.0.0.1"],
        &["--listen", "127.0.0.1:99999"],
        &["--listen"],
        &["--access", "maybe"],
        &["--allow-origin", "https://chat.example/"],
        &["--allow-origin", "chat.example"],
        &["--no-such-flag"],
        &["fly"],
        &["serve", "--access", "nobody"],
        &["--data"],
    ];
    for args in wrong {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{args:?}");
        assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let (code, stdout, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(["--listen", "--data", "--access", "--allow-origin"].iter().all(|flag| stdout.contains(flag)));
    let (code, stdout, _) = run(&["--version"]);
    assert_eq!((code, stdout), (Some(0), format!("confab {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn what_cannot_be_used_ends_it_with_1_and_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    let file = file.to_str().unwrap();
    let inside = format!("{file}/data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let good = folder.path().join("data");
    let good = good.to_str().unwrap();
    let cases: [(&[&str], &str); 4] = [
        (&["--listen", "127.0.0.1:0", "--data", &inside], &inside),
        (&["--listen", "127.0.0.1:0", "--data", file], file),
        (&["--listen", "127.0.0.1:0", "--data", "/proc/confab"], "/proc/confab"),
        (&["--listen", &address, "--data", good], &address),
    ];
    for (args, named) in cases {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{args:?}: {stderr}");
        let line = stderr.lines().last().unwrap_or_default();
        assert!(line.starts_with("error: ") && line.contains(named), "{stderr}");
    }
}

#[test]
fn a_store_that_is_none_ends_it_with_1_and_a_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("confab.db"),
        "this is no database, and long enough to tell".repeat(100),
    )
    .unwrap();
    let (code, stdout, stderr) = run(&["--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert!(stderr.lines().last().unwrap_or_default().starts_with("error: "), "{stderr}");
}

#[tokio::test]
async fn variables_say_what_flags_say() {
    let server = Server::with()
        .variable("CONFAB_LISTEN", "127.0.0.1:0")
        .variable("CONFAB_ACCESS", "accounts")
        .start()
        .await;
    assert_eq!(access(&server).await, Access::Accounts);
    let server = Server::with().variable("CONFAB_ALLOW_ORIGIN", "null,https://chat.example").start().await;
    for origin in ["null", "https://chat.example"] {
        open(&server.socket_url(""), &[("origin", origin)]).await.unwrap();
    }
    let flag_wins =
        Server::with().variable("CONFAB_ACCESS", "accounts").flags(["--access", "open"]).start().await;
    assert_eq!(access(&flag_wins).await, Access::Open);
}

#[tokio::test]
async fn serve_is_the_default() {
    let server = Server::with().subcommand("serve").flags(["--access", "accounts"]).start().await;
    assert_eq!(access(&server).await, Access::Accounts);
    assert_eq!(server.greeting(), format!("Confab is ready: open http://localhost:{}", server.port()));
    assert!(server.data().join("confab.db").exists());
}

#[tokio::test]
async fn a_folder_has_one_server() {
    let server = Server::start().await;
    let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", "--data", server.data().to_str().unwrap()]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("another Confab uses"), "{stderr}");
}
