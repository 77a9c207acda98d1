//! `confab user`: accounts from the command line.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use confab_shared::{
    api::{SignIn, SignedIn},
    error::ErrorCode,
};

use crate::support::{
    Person, Server, http,
    person::{Refused, answer},
    server::confab,
};

const SEA: &str = "a long walk by the sea";

/// Runs `confab user` on the data folder of a server, with a password on its input.
pub fn user(server: &Server, args: &[&str], password: Option<&str>) -> Output {
    let mut command = confab();
    command.arg("user").args(args).arg("--data").arg(server.data());
    if password.is_some() {
        command.arg("--password-stdin");
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A command that fails early reads nothing.
    let _ = writeln!(input, "{}", password.unwrap_or_default());
    drop(input);
    child.wait_with_output().unwrap()
}

/// Makes an account on the data folder of a stopped server.
pub fn add_account(server: &Server, name: &str, password: &str) {
    let output = user(server, &["add", name], Some(password));
    assert!(output.status.success(), "{output:?}");
}

/// Deactivates a user.
pub fn deactivate(server: &Server, name: &str) {
    printed(user(server, &["deactivate", name], None));
}

/// Reactivates a user.
pub fn reactivate(server: &Server, name: &str) {
    printed(user(server, &["reactivate", name], None));
}

async fn sign_in(server: &Server, name: &str, password: Option<&str>) -> Result<SignedIn, Refused> {
    let body =
        SignIn { name: name.to_owned(), guest_key: None, password: password.map(str::to_owned), code: None };
    answer(http().post(server.url("/api/v1/sessions")).json(&body)).await
}

#[tokio::test]
async fn an_account_opens_a_server_that_is_for_accounts() {
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    server.sigterm().await;
    add_account(&server, "mei", SEA);
    let again = user(&server, &["add", "Mei"], Some(SEA));
    assert_eq!(again.status.code(), Some(1), "the name has a password");
    let weak = user(&server, &["add", "ada"], Some("12345678"));
    assert!(String::from_utf8(weak.stderr).unwrap().contains("easy to guess"));
    server.restart().await;

    let mei = sign_in(&server, "mei", Some(SEA)).await.unwrap();
    assert_eq!(mei.guest_key, None);
    // A name that nobody has is answered like one with another password.
    for (name, password, code) in [
        ("mei", Some("something else"), ErrorCode::WrongPassword),
        ("ada", Some(SEA), ErrorCode::WrongPassword),
        ("admin", Some(SEA), ErrorCode::WrongPassword),
        ("mei", None, ErrorCode::PasswordRequired),
        ("ada", None, ErrorCode::PasswordRequired),
    ] {
        sign_in(&server, name, password).await.unwrap_err().is(403, code);
    }
}

fn printed(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn accounts_are_changed_while_the_server_runs_and_while_it_does_not() {
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    for runs in [true, false, true] {
        let name = format!("mei{runs}{}", server.log().len());
        add_account(&server, &name, SEA);
        let list = printed(user(&server, &["list"], None));
        assert!(list.contains(&format!("{name}\tmember\n")), "{list}");
        printed(user(&server, &["set-role", &name, "owner"], None));
        assert!(!server.data().join("setup-link").exists(), "there is an owner");
        let list = printed(user(&server, &["list"], None));
        assert!(list.contains(&format!("{name}\towner\n")), "{list}");
        printed(user(&server, &["deactivate", &name], None));
        let list = printed(user(&server, &["list"], None));
        assert!(list.contains(&format!("{name}\towner\tdeactivated\n")), "{list}");
        printed(user(&server, &["reactivate", &name], None));
        let unknown = user(&server, &["deactivate", "nobody-has-it"], None);
        assert!(String::from_utf8(unknown.stderr).unwrap().contains("Nobody here is called"));
        match runs {
            true => drop(server.sigterm().await),
            false => server.restart().await,
        }
    }
}

#[tokio::test]
async fn what_the_command_line_changes_acts_at_once() {
    let server = Server::with().flags(["--access", "accounts"]).start().await;
    add_account(&server, "mei", SEA);
    let mei = Person::of(&server, sign_in(&server, "mei", Some(SEA)).await.unwrap());
    let mut socket = mei.connect().await;
    printed(user(&server, &["deactivate", "mei"], None));
    let (_, code) = socket.until_closed().await;
    assert!(code.is_some());
    sign_in(&server, "mei", Some(SEA)).await.unwrap_err().is(403, ErrorCode::Deactivated);
    printed(user(&server, &["reactivate", "mei"], None));
    let mei = Person::of(&server, sign_in(&server, "mei", Some(SEA)).await.unwrap());
    let mut socket = mei.connect().await;
    printed(user(&server, &["set-password", "mei"], Some("a short nap in the hills")));
    let (_, code) = socket.until_closed().await;
    assert!(code.is_some());
    sign_in(&server, "mei", Some(SEA)).await.unwrap_err().is(403, ErrorCode::WrongPassword);
}

#[tokio::test]
async fn an_invitation_is_made_by_the_command_line() {
    let mut server = Server::with().flags(["--access", "accounts"]).start().await;
    for (name, runs) in [("mei", true), ("ada", false)] {
        if !runs {
            server.sigterm().await;
        }
        let mut command = confab();
        command.args(["invite", "--role", "admin", "--days", "2", "--data"]).arg(server.data());
        let link = printed(command.output().unwrap());
        let (base, token) = link.trim_end().split_once("/join#").unwrap();
        match runs {
            true => assert_eq!(base, format!("http://localhost:{}", server.port())),
            false => assert_eq!(base, "http://localhost:8088"),
        }
        if !runs {
            server.restart().await;
        }
        let body = serde_json::json!({ "token": token, "name": name, "password": SEA });
        let signed_in: SignedIn =
            answer(http().post(server.url("/api/v1/accounts")).json(&body)).await.unwrap();
        assert_eq!(signed_in.user.name.as_str(), name);
    }
    let list = printed(user(&server, &["list"], None));
    assert_eq!(list, "ada\tadmin\nmei\tadmin\n");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced() {
    let mut server = Server::start().await;
    let mei = crate::support::Person::come(&server, "mei").await;
    server.sigterm().await;
    let unknown = user(&server, &["set-password", "ada"], Some(SEA));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("Nobody here is called"));
    let output = user(&server, &["set-password", "mei"], None);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let password = stdout.split("The password is ").nth(1).and_then(|rest| rest.split(':').next());
    server.restart().await;
    let again = sign_in(&server, "mei", password).await.unwrap();
    assert_eq!(again.user, mei.user);
    mei.try_view(crate::support::person::EVERYONE).await.unwrap_err().is(401, ErrorCode::BadToken);
}
