//! Accounts: the first owner, invitations, roles, devices and second factors, over the wire.

use std::os::unix::fs::PermissionsExt;

use confab_shared::{
    api::{
        Account, AccountChange, Accounts, CreatedInvitation, InvitationLookup, InvitationView, Invitations,
        Me, NewAccount, NewInvitation, NewSecondFactor, RecoveryCodes, SecondFactorCode, SecondFactorSecret,
        ServerInfo, Sessions, Settings, SignIn, SignedIn,
    },
    error::ErrorCode,
    id::ConversationId,
    protocol::close,
    user::ServerRole,
};
use reqwest::Method;
use totp_rs::{Builder, Secret};

use crate::{
    support::{
        Person, Server, Socket, http, in_time,
        person::{EVERYONE, Refused, answer, done},
    },
    user_command,
};

const SEA: &str = "a long walk by the sea";
const HILLS: &str = "a short nap in the hills";
const DAY: u64 = 24 * 60 * 60;

/// A server for people with an account.
async fn for_accounts() -> Server {
    Server::with().flags(["--access", "accounts"]).start().await
}

/// The secret of the set-up link.
pub fn setup_token(server: &Server) -> String {
    let link = std::fs::read_to_string(server.data().join("setup-link")).unwrap();
    link.trim_end().split_once("/join#").unwrap().1.to_owned()
}

pub async fn create(server: &Server, token: Option<&str>, name: &str) -> Result<Person, Refused> {
    let token = token.map(str::to_owned);
    let body = NewAccount { token, name: name.to_owned(), password: SEA.to_owned(), display_name: None };
    let signed_in: SignedIn = answer(http().post(server.url("/api/v1/accounts")).json(&body)).await?;
    assert_eq!(signed_in.guest_key, None);
    Ok(Person::of(server, signed_in))
}

/// The first owner.
async fn owner(server: &Server) -> Person {
    create(server, Some(&setup_token(server)), "olga").await.unwrap()
}

fn invitation(role: ServerRole) -> NewInvitation {
    NewInvitation { role, uses: 1, expires_in: DAY, groups: Vec::new() }
}

async fn invite(person: &Person, new: &NewInvitation) -> Result<CreatedInvitation, Refused> {
    answer(person.request(Method::POST, "/invitations").json(new)).await
}

/// Somebody whom a person invites.
async fn invited(server: &Server, by: &Person, role: ServerRole, name: &str) -> Person {
    let invitation = invite(by, &invitation(role)).await.unwrap();
    create(server, Some(&invitation.token), name).await.unwrap()
}

async fn sign_in(server: &Server, name: &str, password: &str, code: Option<&str>) -> Result<Person, Refused> {
    let (password, code) = (Some(password.to_owned()), code.map(str::to_owned));
    let body = SignIn { name: name.to_owned(), guest_key: None, password, code };
    let request = http().post(server.url("/api/v1/sessions")).header("user-agent", "Firefox/140.0 (Linux)");
    Ok(Person::of(server, answer(request.json(&body)).await?))
}

pub async fn me(person: &Person) -> Result<Me, Refused> {
    answer(person.request(Method::GET, "/me")).await
}

async fn change(person: &Person, target: &Person, change: &AccountChange) -> Result<Account, Refused> {
    let path = format!("/accounts/{}", target.user.id);
    answer(person.request(Method::PATCH, &path).json(change)).await
}

fn role(role: ServerRole) -> AccountChange {
    AccountChange { role: Some(role), ..AccountChange::default() }
}

fn active(active: bool) -> AccountChange {
    AccountChange { active: Some(active), ..AccountChange::default() }
}

async fn ends(mut socket: Socket) {
    let (_, code) = socket.until_closed().await;
    assert_eq!(code, Some(close::BAD_TOKEN));
}

#[tokio::test]
async fn the_first_start_prints_a_link_that_makes_the_owner_once() {
    let mut server = for_accounts().await;
    let file = server.data().join("setup-link");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let first = setup_token(&server);
    server.sigterm().await;
    server.restart().await;
    let token = setup_token(&server);
    assert_ne!(first, token, "each start makes a new one");
    create(&server, Some(&first), "olga").await.err().unwrap().is(403, ErrorCode::BadInvitation);
    create(&server, None, "olga").await.err().unwrap().is(403, ErrorCode::AccountsOnly);
    let view: InvitationView = answer(
        http()
            .post(server.url("/api/v1/invitations/lookup"))
            .json(&InvitationLookup { token: token.clone() }),
    )
    .await
    .unwrap();
    assert_eq!(view, InvitationView { by: None, role: ServerRole::Owner });
    let olga = create(&server, Some(&token), "olga").await.unwrap();
    assert_eq!(me(&olga).await.unwrap().role, ServerRole::Owner);
    assert!(!file.exists(), "it is removed once it was used");
    create(&server, Some(&token), "eve").await.err().unwrap().is(403, ErrorCode::BadInvitation);
    olga.connect().await.send_text(EVERYONE, "the first").await;
    server.sigterm().await;
    server.restart().await;
    assert!(!file.exists(), "there is an owner");
    assert!(!server.log().contains(&token), "no secret is logged");
    sign_in(&server, "olga", SEA, None).await.unwrap();
}

#[tokio::test]
async fn people_come_by_invitation_into_the_groups_that_it_names() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let trip = olga.group("Trip", &[]).await;
    let new = NewInvitation { uses: 2, groups: vec![trip], ..invitation(ServerRole::Member) };
    let created = invite(&olga, &new).await.unwrap();
    assert!(created.token.len() >= 22, "at least 128 bits: {}", created.token);
    let port = server.port();
    assert_eq!(created.url, format!("http://127.0.0.1:{port}/join#{}", created.token));
    let mei = create(&server, Some(&created.token), "mei").await.unwrap();
    assert_eq!(me(&mei).await.unwrap().role, ServerRole::Member);
    assert_eq!(mei.view(trip).await.member_count, 2);
    let listed: Invitations = answer(olga.request(Method::GET, "/invitations")).await.unwrap();
    let seen: Vec<_> = listed.invitations.iter().map(|i| (i.id, i.uses_left, i.used)).collect();
    assert_eq!(seen, [(created.id, 1, 1)]);
    assert_eq!(listed.invitations[0].groups[0].as_str(), "Trip");
    let ada = create(&server, Some(&created.token), "ada").await.unwrap();
    ada.direct("mei").await;
    create(&server, Some(&created.token), "li").await.err().unwrap().is(403, ErrorCode::BadInvitation);

    let revoked = invite(&olga, &invitation(ServerRole::Guest)).await.unwrap();
    done(olga.request(Method::DELETE, &format!("/invitations/{}", revoked.id))).await.unwrap();
    create(&server, Some(&revoked.token), "li").await.err().unwrap().is(403, ErrorCode::BadInvitation);
    let again = done(olga.request(Method::DELETE, &format!("/invitations/{}", revoked.id))).await;
    again.unwrap_err().is(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn an_invitation_has_limits() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let valid = || invitation(ServerRole::Member);
    for wrong in [
        NewInvitation { uses: 0, ..valid() },
        NewInvitation { uses: 1_001, ..valid() },
        NewInvitation { expires_in: 59, ..valid() },
        NewInvitation { expires_in: 31 * DAY, ..valid() },
        NewInvitation { expires_in: u64::MAX, ..valid() },
        NewInvitation { groups: vec![EVERYONE], ..valid() },
        NewInvitation { groups: vec![ConversationId(u64::MAX)], ..valid() },
        NewInvitation { groups: vec![olga.group("Trip", &[]).await; 21], ..valid() },
    ] {
        invite(&olga, &wrong).await.unwrap_err().is(400, ErrorCode::BadRequest);
    }
    invite(&olga, &invitation(ServerRole::Owner)).await.unwrap_err().is(403, ErrorCode::Forbidden);
    let created = invite(&olga, &valid()).await.unwrap();
    for (name, code) in
        [("olga", ErrorCode::NameTaken), ("admin", ErrorCode::NameTaken), ("a b", ErrorCode::BadName)]
    {
        assert_eq!(
            create(&server, Some(&created.token), name).await.err().unwrap().body.code,
            code,
            "{name}"
        );
    }
    create(&server, Some(&created.token), "mei").await.unwrap();
}

#[tokio::test]
async fn each_role_does_on_the_server_what_it_may() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let admin = invited(&server, &olga, ServerRole::Admin, "ada").await;
    let member = invited(&server, &admin, ServerRole::Member, "mei").await;
    let guest = invited(&server, &admin, ServerRole::Guest, "gast").await;
    let forbidden = |refused: Refused| refused.is(403, ErrorCode::Forbidden);
    invite(&admin, &invitation(ServerRole::Admin)).await.map(drop).map_err(forbidden).unwrap_err();
    for person in [&member, &guest] {
        invite(person, &invitation(ServerRole::Guest)).await.map(drop).map_err(forbidden).unwrap_err();
        let accounts: Result<Accounts, _> = answer(person.request(Method::GET, "/accounts")).await;
        accounts.map(drop).map_err(forbidden).unwrap_err();
        let settings: Result<Settings, _> = answer(person.request(Method::GET, "/settings")).await;
        settings.map(drop).map_err(forbidden).unwrap_err();
        change(person, &guest, &active(false)).await.map(drop).map_err(forbidden).unwrap_err();
    }
    for (actor, target, what) in [
        (&admin, &olga, active(false)),
        (&admin, &admin, role(ServerRole::Owner)),
        (&admin, &member, role(ServerRole::Admin)),
        (&olga, &olga, role(ServerRole::Member)),
        (&olga, &olga, active(false)),
    ] {
        change(actor, target, &what).await.map(drop).map_err(forbidden).unwrap_err();
    }
    let unknown = AccountChange::default();
    let path = "/accounts/999999";
    let refused: Result<Account, _> = answer(admin.request(Method::PATCH, path).json(&unknown)).await;
    refused.unwrap_err().is(404, ErrorCode::NotFound);
    assert_eq!(change(&admin, &guest, &role(ServerRole::Member)).await.unwrap().role, ServerRole::Member);
    assert_eq!(change(&olga, &member, &role(ServerRole::Admin)).await.unwrap().role, ServerRole::Admin);
    // What a role had is gone with it, at once.
    change(&olga, &admin, &role(ServerRole::Member)).await.unwrap();
    invite(&admin, &invitation(ServerRole::Guest)).await.map(drop).map_err(forbidden).unwrap_err();
    let page: Accounts = answer(olga.request(Method::GET, "/accounts?query=m")).await.unwrap();
    assert_eq!((page.accounts.len(), page.more), (1, false));
    assert_eq!((page.accounts[0].user.name.as_str(), page.accounts[0].role), ("mei", ServerRole::Admin));
    let after: Accounts = answer(olga.request(Method::GET, "/accounts?after=gast")).await.unwrap();
    let names: Vec<_> = after.accounts.iter().map(|account| account.user.name.as_str()).collect();
    assert_eq!(names, ["mei", "olga"]);
}

#[tokio::test]
async fn who_is_deactivated_is_out_at_once_and_comes_back() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let mei = invited(&server, &olga, ServerRole::Member, "mei").await;
    let elsewhere = sign_in(&server, "mei", SEA, None).await.unwrap();
    let (one, other) = (mei.connect().await, elsewhere.connect().await);
    assert!(!change(&olga, &mei, &active(false)).await.unwrap().active);
    ends(one).await;
    ends(other).await;
    me(&mei).await.unwrap_err().is(401, ErrorCode::BadToken);
    sign_in(&server, "mei", SEA, None).await.err().unwrap().is(403, ErrorCode::Deactivated);
    // Only who knows the password learns it.
    sign_in(&server, "mei", HILLS, None).await.err().unwrap().is(403, ErrorCode::WrongPassword);
    change(&olga, &mei, &active(true)).await.unwrap();
    sign_in(&server, "mei", SEA, None).await.unwrap().connect().await;
}

#[tokio::test]
async fn a_user_sees_their_devices_and_ends_them() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let (second, third) = (
        sign_in(&server, "olga", SEA, None).await.unwrap(),
        sign_in(&server, "olga", SEA, None).await.unwrap(),
    );
    let list = async |person: &Person| -> Sessions {
        answer(person.request(Method::GET, "/me/sessions")).await.unwrap()
    };
    let sessions = list(&second).await.sessions;
    assert_eq!(sessions.len(), 3);
    let current: Vec<_> = sessions.iter().filter(|session| session.current).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0].browser.as_deref(), Some("Firefox, Linux"));
    assert_eq!(current[0].address.as_deref(), Some("127.0.0.1"));
    let third_id = list(&third).await.sessions.iter().find(|session| session.current).unwrap().id;

    let socket = third.connect().await;
    done(second.request(Method::DELETE, &format!("/me/sessions/{third_id}"))).await.unwrap();
    ends(socket).await;
    me(&third).await.unwrap_err().is(401, ErrorCode::BadToken);
    for unknown in [format!("/me/sessions/{third_id}"), "/me/sessions/x".to_owned()] {
        done(second.request(Method::DELETE, &unknown)).await.unwrap_err().is(404, ErrorCode::NotFound);
    }
    // Somebody else's session is none of theirs.
    let mei = invited(&server, &olga, ServerRole::Member, "mei").await;
    let id = sessions.iter().find(|session| session.current).unwrap().id;
    done(mei.request(Method::DELETE, &format!("/me/sessions/{id}")))
        .await
        .unwrap_err()
        .is(404, ErrorCode::NotFound);

    let (here, there) = (second.connect().await, olga.connect().await);
    done(second.request(Method::DELETE, "/me/sessions?others=true")).await.unwrap();
    ends(there).await;
    assert_eq!(list(&second).await.sessions.len(), 1);
    done(second.request(Method::DELETE, "/me/sessions")).await.unwrap();
    ends(here).await;
    me(&second).await.unwrap_err().is(401, ErrorCode::BadToken);
}

#[tokio::test]
async fn an_admin_sees_and_ends_the_sessions_of_those_below() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let ada = invited(&server, &olga, ServerRole::Admin, "ada").await;
    let mei = invited(&server, &ada, ServerRole::Member, "mei").await;
    let path = |person: &Person| format!("/accounts/{}/sessions", person.user.id);
    let sessions: Sessions = answer(ada.request(Method::GET, &path(&mei))).await.unwrap();
    assert_eq!(sessions.sessions.len(), 1);
    let socket = mei.connect().await;
    done(ada.request(Method::DELETE, &path(&mei))).await.unwrap();
    ends(socket).await;
    for (method, target) in [(Method::GET, &olga), (Method::DELETE, &olga), (Method::DELETE, &ada)] {
        let refused: Result<Sessions, _> = answer(ada.request(method, &path(target))).await;
        refused.unwrap_err().is(403, ErrorCode::Forbidden);
    }
}

#[tokio::test]
async fn an_unused_session_ends() {
    let mut server = Server::with().flags(["--access", "accounts", "--session-days", "1"]).start().await;
    let olga = owner(&server).await;
    server.sigterm().await;
    let file = server.data().join("confab.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute("UPDATE session SET used_at = used_at - 23 * 3600 * 1000", []).unwrap();
    drop(connection);
    server.restart().await;
    me(&olga).await.unwrap();
    server.sigterm().await;
    // Its use has been stored, so a day has to pass again.
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute("UPDATE session SET used_at = used_at - 25 * 3600 * 1000", []).unwrap();
    drop(connection);
    server.restart().await;
    me(&olga).await.unwrap_err().is(401, ErrorCode::BadToken);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let rows =
        || connection.query_row("SELECT count(*) FROM session", [], |row| row.get::<_, u64>(0)).unwrap();
    let gone = async {
        while rows() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time("the end of its row", gone).await;
}

/// What an app shows for a secret, so many steps from now.
fn code(secret: &SecondFactorSecret, steps: u64) -> String {
    let secret = Secret::try_from_base32(&secret.secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let now = confab::clock::now().0 / 1_000;
    totp.generate(now + 30 * steps).to_string()
}

#[tokio::test]
async fn a_second_factor_opens_once_with_each_code() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let second_factor = async |person: &Person, method, code: &str| {
        let request = person.request(method, "/me/second-factor");
        request.json(&SecondFactorCode { code: code.to_owned() })
    };
    let new_factor = async |password: &str| -> Result<SecondFactorSecret, Refused> {
        let body = NewSecondFactor { password: password.to_owned() };
        answer(olga.request(Method::POST, "/me/second-factor").json(&body)).await
    };
    new_factor(HILLS).await.unwrap_err().is(403, ErrorCode::WrongPassword);
    let secret = new_factor(SEA).await.unwrap();
    assert!(secret.uri.starts_with("otpauth://totp/Confab:olga?secret="), "{}", secret.uri);
    let wrong: Result<RecoveryCodes, _> = answer(second_factor(&olga, Method::PUT, "000000x").await).await;
    wrong.unwrap_err().is(403, ErrorCode::WrongCode);
    sign_in(&server, "olga", SEA, None).await.unwrap();
    let first = code(&secret, 0);
    let codes: RecoveryCodes = answer(second_factor(&olga, Method::PUT, &first).await).await.unwrap();
    assert_eq!(codes.codes.len(), 10);
    new_factor(SEA).await.unwrap_err().is(403, ErrorCode::Forbidden);

    sign_in(&server, "olga", HILLS, Some(&first)).await.err().unwrap().is(403, ErrorCode::WrongPassword);
    sign_in(&server, "olga", SEA, None).await.err().unwrap().is(403, ErrorCode::CodeRequired);
    sign_in(&server, "olga", SEA, Some(&first)).await.err().unwrap().is(403, ErrorCode::WrongCode);
    let next = code(&secret, 1);
    sign_in(&server, "olga", SEA, Some(&format!("{} {}", &next[..3], &next[3..]))).await.unwrap();
    sign_in(&server, "olga", SEA, Some(&next)).await.err().unwrap().is(403, ErrorCode::WrongCode);
    let recovery = codes.codes[3].to_uppercase().replace('-', " ");
    sign_in(&server, "olga", SEA, Some(&recovery)).await.unwrap();
    sign_in(&server, "olga", SEA, Some(&recovery)).await.err().unwrap().is(403, ErrorCode::WrongCode);
    let now = me(&olga).await.unwrap();
    assert_eq!((now.has_second_factor, now.recovery_codes), (true, 9));
    let stored = std::fs::read(server.data().join("confab.db-wal")).unwrap();
    let is_stored = |text: &str| stored.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(!is_stored(&codes.codes[0]) && !is_stored(&codes.codes[0].replace('-', "")), "hashed at rest");

    done(second_factor(&olga, Method::DELETE, &next).await).await.unwrap_err().is(403, ErrorCode::WrongCode);
    done(second_factor(&olga, Method::DELETE, &codes.codes[0]).await).await.unwrap();
    sign_in(&server, "olga", SEA, None).await.unwrap();
}

#[tokio::test]
async fn the_owner_has_admins_set_up_a_second_factor() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let ada = invited(&server, &olga, ServerRole::Admin, "ada").await;
    let need = Settings { admins_need_second_factor: Some(true), ..Settings::default() };
    let settings: Settings = answer(olga.request(Method::PATCH, "/settings").json(&need)).await.unwrap();
    assert_eq!((settings.registration, settings.admins_need_second_factor), (Some(false), Some(true)));
    let refused: Result<Accounts, _> = answer(ada.request(Method::GET, "/accounts")).await;
    refused.unwrap_err().is(403, ErrorCode::SecondFactorRequired);
    let body = NewSecondFactor { password: SEA.to_owned() };
    let request = ada.request(Method::POST, "/me/second-factor").json(&body);
    let secret: SecondFactorSecret = answer(request).await.unwrap();
    let shown = SecondFactorCode { code: code(&secret, 0) };
    let _: RecoveryCodes = answer(ada.request(Method::PUT, "/me/second-factor").json(&shown)).await.unwrap();
    let _: Accounts = answer(ada.request(Method::GET, "/accounts")).await.unwrap();
    // Who lost the app is helped by an owner.
    let socket = ada.connect().await;
    let reset = AccountChange { reset_second_factor: true, ..AccountChange::default() };
    assert!(!change(&olga, &ada, &reset).await.unwrap().has_second_factor);
    ends(socket).await;
    sign_in(&server, "ada", SEA, None).await.unwrap();
}

#[tokio::test]
async fn anybody_registers_where_the_owner_allows_it() {
    let server = for_accounts().await;
    let info = async || -> ServerInfo { answer(http().get(server.url("/api/v1/server"))).await.unwrap() };
    assert!(!info().await.registration);
    let olga = owner(&server).await;
    let open = Settings { registration: Some(true), ..Settings::default() };
    let _: Settings = answer(olga.request(Method::PATCH, "/settings").json(&open)).await.unwrap();
    assert!(info().await.registration);
    let mei = create(&server, None, "mei").await.unwrap();
    assert_eq!(me(&mei).await.unwrap().role, ServerRole::Member);
    create(&server, None, "Mei").await.err().unwrap().is(409, ErrorCode::NameTaken);
}

#[tokio::test]
async fn a_used_set_up_link_opens_nothing_also_where_there_is_no_owner_any_more() {
    let mut server = for_accounts().await;
    let token = setup_token(&server);
    let olga = create(&server, Some(&token), "olga").await.unwrap();
    user_command::deactivate(&server, olga.name());
    create(&server, Some(&token), "eve").await.err().unwrap().is(403, ErrorCode::BadInvitation);
    // The next start makes another; who is an owner by the command line makes that one void.
    server.sigterm().await;
    server.restart().await;
    let unused = setup_token(&server);
    user_command::reactivate(&server, olga.name());
    user_command::deactivate(&server, olga.name());
    create(&server, Some(&unused), "eve").await.err().unwrap().is(403, ErrorCode::BadInvitation);
}

#[tokio::test]
async fn a_guest_of_an_open_server_does_not_get_an_account_of_one_for_accounts() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    server.sigterm().await;
    server.variable("CONFAB_ACCESS", "accounts");
    server.restart().await;
    let body = serde_json::json!({ "password": { "new": SEA } });
    let refused: Result<Me, _> = answer(mei.request(Method::PATCH, "/me").json(&body)).await;
    refused.unwrap_err().is(403, ErrorCode::AccountsOnly);
    assert_eq!(me(&mei).await.unwrap().role, ServerRole::Guest);
}

#[tokio::test]
async fn who_guesses_locks_nobody_out_where_they_are_signed_in() {
    let server = Server::with().flags(["--access", "accounts", "--trusted-proxy", "127.0.0.1"]).start().await;
    let from = |address: &'static str, body: serde_json::Value, path: &str| {
        http().post(server.url(&format!("/api/v1{path}"))).header("x-forwarded-for", address).json(&body)
    };
    let account = serde_json::json!({ "token": setup_token(&server), "name": "olga", "password": SEA });
    let olga: SignedIn = answer(from("203.0.113.5", account, "/accounts")).await.unwrap();
    let attempt = |password: &str| serde_json::json!({ "name": "olga", "password": password });
    let mut refused = None;
    for _ in 0..40 {
        let answer: Result<SignedIn, _> = answer(from("198.51.100.7", attempt(HILLS), "/sessions")).await;
        refused = answer.err();
    }
    refused.unwrap().is(429, ErrorCode::RateLimited);
    let elsewhere: Result<SignedIn, _> = answer(from("192.0.2.9", attempt(SEA), "/sessions")).await;
    elsewhere.unwrap_err().is(429, ErrorCode::RateLimited);
    let home: SignedIn = answer(from("203.0.113.5", attempt(SEA), "/sessions")).await.unwrap();
    assert_eq!(home.user, olga.user);
    // Nor in what a signed-in user changes.
    let change = serde_json::json!({ "password": { "current": SEA, "new": HILLS } });
    let request = http().patch(server.url("/api/v1/me")).header("x-forwarded-for", "192.0.2.9").json(&change);
    let _: Me = answer(request.bearer_auth(&olga.token)).await.unwrap();
}

#[tokio::test]
async fn a_code_cannot_be_guessed() {
    let server = for_accounts().await;
    let olga = owner(&server).await;
    let body = NewSecondFactor { password: SEA.to_owned() };
    let request = olga.request(Method::POST, "/me/second-factor").json(&body);
    let secret: SecondFactorSecret = answer(request).await.unwrap();
    let shown = SecondFactorCode { code: code(&secret, 0) };
    let _: RecoveryCodes = answer(olga.request(Method::PUT, "/me/second-factor").json(&shown)).await.unwrap();
    let mut codes = Vec::new();
    for _ in 0..25 {
        let refused = sign_in(&server, "olga", SEA, Some("12345x")).await.err().unwrap();
        codes.push(refused.body.code);
    }
    assert_eq!(codes[0], ErrorCode::WrongCode);
    assert_eq!(codes.last(), Some(&ErrorCode::RateLimited), "{codes:?}");
}

#[tokio::test]
async fn a_guest_who_sets_a_password_is_a_member() {
    let server = Server::start().await;
    let info: ServerInfo = answer(http().get(server.url("/api/v1/server"))).await.unwrap();
    assert!(info.registration && !info.exposed, "{info:?}");
    assert!(!server.data().join("setup-link").exists());
    let mei = Person::come(&server, "mei").await;
    assert_eq!(me(&mei).await.unwrap().role, ServerRole::Guest);
    let body = NewSecondFactor { password: SEA.to_owned() };
    let request = mei.request(Method::POST, "/me/second-factor").json(&body);
    let refused: Result<SecondFactorSecret, _> = answer(request).await;
    refused.unwrap_err().is(403, ErrorCode::PasswordRequired);
    let body = serde_json::json!({ "password": { "new": SEA } });
    let after: Me = answer(mei.request(Method::PATCH, "/me").json(&body)).await.unwrap();
    assert_eq!((after.role, after.has_password), (ServerRole::Member, true));
}
