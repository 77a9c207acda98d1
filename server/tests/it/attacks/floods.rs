//! Too much of everything.

use std::time::{Duration, Instant};

use confab::domain::limits;
use confab_shared::{
    api::{CreatedInvitation, SignIn, SignedIn},
    command::{Edit, Send},
    error::{ErrorBody, ErrorCode},
    id::Seq,
    protocol::{Ack, ClientFrame, ServerFrame},
};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::json;
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{behind_a_proxy, connect_from, guest, open_from, sign_in_from, until_limited};
use crate::{
    support::{
        Demo, Person, Refusal, Server, Socket, client, client_id,
        demo::private,
        http, in_time,
        person::{EVERYONE, answer},
        refusal,
    },
    user_command::{add_account, user},
};

const ATTACKER: &str = "203.0.113.5";
const BYSTANDER: &str = "198.51.100.7";

const SEA: &str = "a long walk by the sea";

#[tokio::test]
async fn new_names_of_one_address_end_in_429() {
    let server = behind_a_proxy().start().await;
    let flood = async |n: usize| sign_in_from(&server, ATTACKER, &guest(&format!("flood-{n}"))).await;
    let passed = until_limited(400, flood).await;
    assert!(passed >= 60, "a class that comes in at once is no flood: {passed}");
    sign_in_from(&server, BYSTANDER, &guest("bystander")).await.unwrap();
    let response = http()
        .post(server.url("/api/v1/sessions"))
        .header("x-forwarded-for", ATTACKER)
        .json(&guest("one-more"))
        .send();
    let response = in_time("an answer", response).await.unwrap();
    assert_eq!(response.status(), 429);
    let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_one_flood() {
    let server = behind_a_proxy().start().await;
    let flood = async |n: usize| {
        let from = format!("2001:db8:0:1:{n:x}::{n:x}");
        sign_in_from(&server, &from, &guest(&format!("flood-{n}"))).await
    };
    until_limited(400, flood).await;
    sign_in_from(&server, "2001:db8:0:2::1", &guest("bystander")).await.unwrap();
}

#[tokio::test]
async fn sessions_of_one_guest_end_in_429() {
    let server = behind_a_proxy().start().await;
    let mut mei = guest("mei");
    mei.guest_key = sign_in_from(&server, BYSTANDER, &mei).await.unwrap().guest_key;
    until_limited(400, async |_: usize| sign_in_from(&server, ATTACKER, &mei).await).await;
    sign_in_from(&server, BYSTANDER, &mei).await.expect("mei elsewhere is not held up");
}

#[tokio::test]
async fn floods_of_this_machine_end_in_429_too() {
    const LANES: usize = 64;
    let server = Server::start().await;
    Person::come(&server, "mei").await;
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        let (http, url) = (http(), server.url("/api/v1/sessions"));
        lanes.spawn(async move {
            for _ in 0..7_000 / LANES {
                // Without mei's key: nothing is stored, and it counts all the same.
                let refused = answer::<SignedIn>(http.post(&url).json(&guest("mei"))).await.unwrap_err();
                if refused.body.code == ErrorCode::RateLimited {
                    return true;
                }
                refused.is(409, ErrorCode::NameTaken);
            }
            false
        });
    }
    assert!(lanes.join_all().await.contains(&true));
}

#[tokio::test]
async fn guesses_of_a_password_are_counted_by_name_whether_or_not_anybody_has_it() {
    let server = behind_a_proxy().start().await;
    let guess = |name: &str, n: usize| {
        let mut request = guest(name);
        request.password = Some(format!("a guess of many {n}"));
        request
    };
    Person::come(&server, "mei").await;
    let mut passed = Vec::new();
    for name in ["mei", "nooneyet"] {
        // From anywhere: a botnet is no way around it.
        let attempt =
            async |n: usize| sign_in_from(&server, &format!("203.0.113.{n}"), &guess(name, n)).await;
        passed.push(until_limited(60, attempt).await);
    }
    let burst = limits::PASSWORDS.burst.get() as usize;
    assert!(passed.iter().all(|passed| *passed >= burst), "{passed:?}");
    sign_in_from(&server, "203.0.113.1", &guess("ada", 0))
        .await
        .unwrap_err()
        .is(403, ErrorCode::WrongPassword);
}

#[tokio::test]
async fn lookups_of_invitations_and_tries_to_register_end_in_429() {
    let server = behind_a_proxy().flags(["--access", "accounts"]).start().await;
    let ask = async |from: &str, path: &str, body: serde_json::Value| {
        let request = http().post(server.url(path)).header("x-forwarded-for", from).json(&body);
        answer::<serde_json::Value>(request).await
    };
    let flood = async |n: usize| match n % 2 {
        0 => ask(ATTACKER, "/api/v1/invitations/lookup", json!({ "token": format!("guess-{n}") })).await,
        _ => {
            let account = json!({ "token": format!("guess-{n}"), "name": "mei", "password": "a long walk" });
            ask(ATTACKER, "/api/v1/accounts", account).await
        }
    };
    let passed = until_limited(5_000, flood).await;
    assert!(passed >= limits::ACCOUNTS.remote.burst.get() as usize, "{passed}");
    let other = ask(BYSTANDER, "/api/v1/invitations/lookup", json!({ "token": "guess" })).await;
    assert_eq!(other.unwrap_err().body.code, ErrorCode::BadInvitation);
}

/// Signs in with a password.
fn boss() -> SignIn {
    SignIn { password: Some(SEA.to_owned()), ..guest("boss") }
}

#[tokio::test]
async fn an_office_behind_one_address_follows_one_invitation_at_once() {
    let server = behind_a_proxy().start().await;
    add_account(&server, "boss", SEA);
    assert!(user(&server, &["set-role", "boss", "owner"], None).status.success());
    let boss = sign_in_from(&server, ATTACKER, &boss()).await.unwrap();
    let boss = Person::of(&server, boss);
    let invitation = json!({ "role": "member", "uses": 100, "expires_in": 3_600 });
    let request = boss.request(Method::POST, "/invitations").json(&invitation);
    let CreatedInvitation { token, .. } = answer(request).await.unwrap();
    let ask = async |path: &str, body: serde_json::Value| {
        let request = http().post(server.url(path)).header("x-forwarded-for", BYSTANDER).json(&body);
        answer::<serde_json::Value>(request).await
    };
    for n in 0..100 {
        ask("/api/v1/invitations/lookup", json!({ "token": token })).await.unwrap();
        let account = json!({ "token": token, "name": format!("clerk-{n}"), "password": "short" });
        let refused = ask("/api/v1/accounts", account).await.unwrap_err();
        assert_eq!(refused.body.code, ErrorCode::WeakPassword, "{n}");
    }
    let account = json!({ "token": token, "name": "clerk", "password": "a short nap in the hills" });
    ask("/api/v1/accounts", account).await.unwrap();
}

#[tokio::test]
async fn who_registers_without_an_invitation_is_a_new_name_of_the_address() {
    let server = behind_a_proxy().start().await;
    let register = async |from: &str, n: usize| {
        let account = json!({ "name": format!("flood-{n}"), "password": "short" });
        let request = http().post(server.url("/api/v1/accounts")).header("x-forwarded-for", from);
        answer::<SignedIn>(request.json(&account)).await
    };
    let passed = until_limited(400, async |n| register(ATTACKER, n).await).await;
    assert!(passed >= limits::NAMES.remote.burst.get() as usize, "{passed}");
    sign_in_from(&server, ATTACKER, &guest("guest")).await.unwrap_err().is(429, ErrorCode::RateLimited);
    assert_eq!(register(BYSTANDER, 0).await.unwrap_err().body.code, ErrorCode::WeakPassword);
}

#[tokio::test]
async fn being_asked_for_a_password_takes_no_session() {
    for (access, name) in [("open", "boss"), ("accounts", "boss"), ("accounts", "nobody")] {
        let server = behind_a_proxy().flags(["--access", access]).start().await;
        add_account(&server, "boss", SEA);
        for _ in 0..limits::SESSIONS.remote.burst.get() + 50 {
            let refused = sign_in_from(&server, BYSTANDER, &guest(name)).await.unwrap_err();
            refused.is(403, ErrorCode::PasswordRequired);
        }
        sign_in_from(&server, BYSTANDER, &boss()).await.unwrap();
    }
}

/// The answers to so many commands, in order.
async fn answers(socket: &mut Socket, count: usize) -> Vec<Result<Ack, ErrorBody>> {
    let mut answers = Vec::new();
    while answers.len() < count {
        answers.push(socket.next_answer().await);
    }
    answers
}

#[tokio::test]
async fn messages_beyond_the_burst_are_refused_in_one_run_and_go_through_later_in_order() {
    let server = behind_a_proxy().start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let burst = limits::POSTS.remote.burst.get() as usize;
    let mut socket = connect_from(&server, &mei, ATTACKER).await;
    let sends: Vec<_> = (0..burst + 300).map(|n| Send::new(client_id(), EVERYONE, n.to_string())).collect();
    for send in &sends {
        socket.command(send.clone()).await;
    }
    let first = answers(&mut socket, sends.len()).await;
    let passed = first.iter().take_while(|answer| answer.is_ok()).count();
    assert!((burst..sends.len()).contains(&passed), "{passed}: what fits the burst goes through");
    let wait = first[passed..].iter().map(|answer| {
        let error = answer.as_ref().expect_err("nothing overtakes what was refused");
        assert_eq!(error.code, ErrorCode::RateLimited);
        error.retry_after_ms.expect("it says when to try again")
    });
    let wait = wait.max().unwrap();
    assert!((1..=2_000).contains(&wait), "{wait}");
    let ids: Vec<_> = first[passed..].iter().map(|answer| answer.as_ref().unwrap_err().client_id).collect();
    assert_eq!(ids, sends[passed..].iter().map(|send| Some(send.client_id)).collect::<Vec<_>>());

    // Another person is not held up, nor is what mei reads.
    connect_from(&server, &ada, ATTACKER).await.send_text(EVERYONE, "ada").await;
    // It takes as long as the server says.
    tokio::time::sleep(Duration::from_millis(wait)).await;
    // One that was under way while the others waited does not overtake them.
    let late = Send::new(client_id(), EVERYONE, "late".to_owned());
    socket.command(late).await;
    assert_eq!(socket.next_answer().await.unwrap_err().code, ErrorCode::RateLimited);
    for send in &sends[passed..] {
        socket.command(send.clone()).await;
    }
    let second = answers(&mut socket, sends.len() - passed).await;
    let later = second.iter().take_while(|answer| answer.is_ok()).count();
    assert!(later > 0 && second[later..].iter().all(Result::is_err));
    let log = mei.log(EVERYONE).await;
    let of_mei: Vec<_> =
        log.iter().filter(|event| event.by == mei.user.id).filter_map(|e| e.client_id).collect();
    assert_eq!(of_mei, sends[..passed + later].iter().map(|send| send.client_id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_paste_of_many_messages_and_many_changes_pass() {
    let server = behind_a_proxy().start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = connect_from(&server, &mei, ATTACKER).await;
    socket.send_many(EVERYONE, 900, |n| n.to_string()).await;
    for number in 1..=100 {
        let edit = Edit {
            client_id: client_id(),
            conversation: EVERYONE,
            target: Seq(number),
            text: "better".to_owned(),
        };
        socket.carry_out(edit).await.unwrap();
    }
}

#[tokio::test]
async fn frames_beyond_the_burst_are_read_slowly_and_none_is_refused() {
    let server = behind_a_proxy().start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut flood, mut quiet) =
        (connect_from(&server, &mei, ATTACKER).await, connect_from(&server, &ada, BYSTANDER).await);
    let begun = Instant::now();
    let beyond = 300;
    for _ in 0..limits::FRAMES.remote.burst.get() + beyond {
        flood.send(&ClientFrame::Ping).await;
    }
    quiet.send_text(EVERYONE, "meanwhile").await;
    for _ in 0..limits::FRAMES.remote.burst.get() + beyond {
        flood.find("a pong", |frame| matches!(frame, ServerFrame::Pong).then_some(())).await;
    }
    let least = limits::FRAMES.remote.regains_one_in * (beyond / 3);
    assert!(begun.elapsed() >= least, "it took {:?}, and not {least:?}", begun.elapsed());
    server.logs("reading a connection more slowly").await;
}

#[tokio::test]
async fn conversations_of_one_person_end_in_429() {
    let server = behind_a_proxy().start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let flood = async |_: usize| open_from(&mei, ATTACKER, "ada").await;
    let passed = until_limited(600, flood).await;
    assert!(passed >= 200, "{passed}");
    open_from(&ada, ATTACKER, "mei").await.expect("by person, not by address");
}

#[tokio::test]
async fn people_added_by_one_person_end_in_429() {
    let server = behind_a_proxy().start().await;
    let mei = Person::come(&server, "mei").await;
    let group = mei.group("Crowd", &[]).await;
    let crowd = vec!["mei"; 500];
    let flood = async |_: usize| {
        let body = json!({ "client_id": client_id(), "users": crowd });
        let request = mei.request(Method::POST, &format!("/conversations/{group}/members"));
        answer::<serde_json::Value>(request.header("x-forwarded-for", ATTACKER).json(&body)).await
    };
    let passed = until_limited(10, flood).await;
    assert_eq!(passed, limits::ADDITIONS.remote.burst.get() as usize / crowd.len());
}

#[tokio::test]
async fn reads_of_one_person_end_in_429() {
    let server = behind_a_proxy().start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let read = async |person: &Person, _: usize| {
        let request = person.request(Method::GET, "/conversations?limit=1");
        answer::<serde_json::Value>(request.header("x-forwarded-for", ATTACKER)).await
    };
    let passed = until_limited(5_000, async |n| read(&mei, n).await).await;
    assert!(passed >= limits::REQUESTS.remote.burst.get() as usize, "{passed}");
    read(&ada, 0).await.expect("by person, not by address");
    // A welcome is a read, too: it waits, and is not refused.
    connect_from(&server, &mei, ATTACKER).await;
    server.logs("requests of a person").await;
}

/// Connects as an id of the demo's dialect.
async fn connect_demo(server: &Server, id: &str) -> Result<WebSocketStream<TcpStream>, Refusal> {
    let url = server.socket_url(&format!("?userID={id}"));
    client::open(&url, &[("x-forwarded-for", ATTACKER)]).await.map_err(refusal)
}

#[tokio::test]
async fn names_that_the_demos_dialect_makes_by_writing_to_them_are_those_of_its_address() {
    let server = behind_a_proxy().flags(["--legacy-dialect"]).start().await;
    for id in ["123", "124"] {
        let mut demo = connect_demo(&server, id).await.unwrap();
        for n in 0..120 {
            demo.send(Message::text(private(id, &format!("new-{id}-{n}"), "hi"))).await.unwrap();
        }
        let error = async {
            loop {
                if let Message::Text(text) = demo.next().await.unwrap().unwrap() {
                    return serde_json::from_str::<ServerFrame>(&text).unwrap();
                }
            }
        };
        let ServerFrame::Error(error) = in_time("an error", error).await else { panic!("no error") };
        assert_eq!(error.code, ErrorCode::RateLimited);
    }
    let mut refused = None;
    for n in 0..10 {
        refused = refused.or(connect_demo(&server, &format!("another-{n}")).await.err());
    }
    let refused = refused.expect("the address has used up its names");
    assert_eq!((refused.status, refused.body.code), (429, ErrorCode::RateLimited));
    // Another address is not held up.
    let mut other = Demo::connect(&server, "125").await;
    other.say("new-of-another", "hi").await;
    other.nothing_more().await;
}

#[tokio::test]
async fn without_limits_nothing_ends_in_429() {
    let server = behind_a_proxy().flags(["--limits", "off"]).start().await;
    for n in 0..limits::SIGN_INS.remote.burst.get() + 50 {
        sign_in_from(&server, ATTACKER, &guest(&format!("many-{n}"))).await.unwrap();
    }
}
