//! A password keeps a guest's name.

use confab_shared::{
    api::{Me, MeChange, PasswordChange, SignIn, SignedIn},
    error::ErrorCode,
};
use reqwest::Method;

use crate::support::{
    Person, Server, http,
    person::{EVERYONE, Refused, answer},
};

const SEA: &str = "a long walk by the sea";
const HILLS: &str = "a short nap in the hills";

async fn set(person: &Person, current: Option<&str>, new: &str) -> Result<Me, Refused> {
    let password = PasswordChange { current: current.map(str::to_owned), new: new.to_owned() };
    answer(
        person
            .request(Method::PATCH, "/me")
            .json(&MeChange { password: Some(password), ..MeChange::default() }),
    )
    .await
}

async fn sign_in(server: &Server, name: &str, password: Option<&str>) -> Result<SignedIn, Refused> {
    let body =
        SignIn { name: name.to_owned(), guest_key: None, password: password.map(str::to_owned), code: None };
    answer(http().post(server.url("/api/v1/sessions")).json(&body)).await
}

#[tokio::test]
async fn a_guest_keeps_the_name_with_a_password() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let me: Me = answer(mei.request(Method::GET, "/me")).await.unwrap();
    assert_eq!((&me.user, me.has_password), (&mei.user, false));
    sign_in(&server, "mei", Some(SEA)).await.unwrap_err().is(403, ErrorCode::WrongPassword);

    assert!(set(&mei, None, SEA).await.unwrap().has_password);
    server.sigkill().await;
    server.restart().await;
    let again = sign_in(&server, "Mei", Some(SEA)).await.unwrap();
    assert_eq!((again.user, again.guest_key), (mei.user.clone(), None));
    sign_in(&server, "mei", None).await.unwrap_err().is(403, ErrorCode::PasswordRequired);
    sign_in(&server, "mei", Some(HILLS)).await.unwrap_err().is(403, ErrorCode::WrongPassword);
    // What the browser had before opens nothing any more.
    let by_key = Person::try_come(&server, "mei", Some(&mei.guest_key)).await.err().unwrap();
    by_key.is(403, ErrorCode::PasswordRequired);
    let stored = std::fs::read(server.data().join("confab.db")).unwrap();
    assert!(!stored.windows(SEA.len()).any(|bytes| bytes == SEA.as_bytes()), "only its hash is stored");
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let elsewhere = mei.again(&server).await;
    let (mut here, mut there) = (mei.connect().await, elsewhere.connect().await);
    set(&mei, None, SEA).await.unwrap();
    let (_, code) = there.until_closed().await;
    assert!(code.is_some(), "it is told");
    let refused = answer::<Me>(elsewhere.request(Method::GET, "/me")).await.unwrap_err();
    refused.is(401, ErrorCode::BadToken);
    here.send_text(EVERYONE, "still here").await;

    set(&mei, None, HILLS).await.unwrap_err().is(403, ErrorCode::WrongPassword);
    set(&mei, Some(HILLS), HILLS).await.unwrap_err().is(403, ErrorCode::WrongPassword);
    set(&mei, Some(SEA), HILLS).await.unwrap();
    sign_in(&server, "mei", Some(SEA)).await.unwrap_err().is(403, ErrorCode::WrongPassword);
    sign_in(&server, "mei", Some(HILLS)).await.unwrap();
}

#[tokio::test]
async fn a_weak_password_is_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "meiling").await;
    for weak in ["", "short", "password", "12345678", "meilingmeiling", &"x".repeat(257)] {
        set(&mei, None, weak).await.unwrap_err().is(400, ErrorCode::WeakPassword);
    }
    assert!(!answer::<Me>(mei.request(Method::GET, "/me")).await.unwrap().has_password);
    set(&mei, None, "我在海边散步很久 🌊").await.unwrap();
}
