//! `/api/v1`: one function per request. Whatever fails is an [`ErrorBody`], a server out of reach included.

use std::pin::Pin;

use confab_shared::{
    api::{
        AddMembers, ConversationView, EventPage, Leave, Members, NewConversation, Rename, ServerInfo, SignIn,
        SignedIn, Users,
    },
    ids::{ConversationId, Seq},
    protocol::{ErrorBody, ErrorCode},
};
use js_sys::{encode_uri_component, futures::JsFuture};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, RequestInit, Response};

use crate::{
    browser::window,
    decode::{self, Read},
};

/// What a request comes to.
pub(crate) type Answer<T> = Result<T, ErrorBody>;

/// How many events one request for history asks for.
const PAGE: usize = 60;

/// Which run of a conversation's log is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// The newest.
    Newest,
    /// The newest before a seq.
    Before(Seq),
    /// The oldest after a seq.
    After(Seq),
}

pub(crate) async fn server() -> Answer<ServerInfo> {
    decoded(ask("GET", "/server", "", None).await)
}

pub(crate) async fn sign_in(body: &SignIn) -> Answer<SignedIn> {
    decoded(ask("POST", "/sessions", "", encoded(body)).await)
}

pub(crate) async fn sign_out(token: &str) -> Answer<()> {
    ask("DELETE", "/session", token, None).await.map(drop)
}

pub(crate) async fn conversation(token: &str, id: ConversationId) -> Answer<ConversationView> {
    decoded(ask("GET", &format!("/conversations/{id}"), token, None).await)
}

pub(crate) async fn events(token: &str, id: ConversationId, run: Run) -> Answer<EventPage> {
    let which = match run {
        Run::Newest => String::new(),
        Run::Before(seq) => format!("before={seq}&"),
        Run::After(seq) => format!("after={seq}&"),
    };
    let path = format!("/conversations/{id}/events?{which}limit={PAGE}");
    decoded(ask("GET", &path, token, None).await)
}

pub(crate) async fn members(token: &str, id: ConversationId) -> Answer<Members> {
    decoded(ask("GET", &format!("/conversations/{id}/members"), token, None).await)
}

pub(crate) async fn users(token: &str, query: &str) -> Answer<Users> {
    let path = format!("/users?query={}", String::from(encode_uri_component(query)));
    decoded(ask("GET", &path, token, None).await)
}

pub(crate) async fn start(token: &str, body: &NewConversation) -> Answer<ConversationView> {
    decoded(ask("POST", "/conversations", token, encoded(body)).await)
}

pub(crate) async fn rename(token: &str, id: ConversationId, body: &Rename) -> Answer<ConversationView> {
    decoded(ask("PATCH", &format!("/conversations/{id}"), token, encoded(body)).await)
}

pub(crate) async fn add_members(
    token: &str,
    id: ConversationId,
    body: &AddMembers,
) -> Answer<ConversationView> {
    decoded(ask("POST", &format!("/conversations/{id}/members"), token, encoded(body)).await)
}

pub(crate) async fn leave(token: &str, id: ConversationId, body: &Leave) -> Answer<()> {
    ask("POST", &format!("/conversations/{id}/leave"), token, encoded(body)).await.map(drop)
}

/// One request, from the path to the text of its answer. Boxed and of one type, so that it is compiled once.
fn ask(
    method: &str,
    path: &str,
    token: &str,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = Answer<String>>>> {
    let asked = request(method, token, body.as_deref());
    let asked = asked.map(|init| window().fetch_with_str_and_init(&format!("/api/v1{path}"), &init));
    Box::pin(async move {
        let answer = async {
            let response = JsFuture::from(asked.ok()?).await.ok()?.unchecked_into::<Response>();
            let text = JsFuture::from(response.text().ok()?).await.ok()?;
            Some((response.ok(), text.as_string()?))
        };
        match answer.await {
            Some((true, text)) => Ok(text),
            // A proxy in between may answer with a page of its own.
            Some((false, text)) => Err(decode::body(&text).unwrap_or_else(unreachable_server)),
            None => Err(unreachable_server()),
        }
    })
}

fn request(method: &str, token: &str, body: Option<&str>) -> Result<RequestInit, JsValue> {
    let (init, headers) = (RequestInit::new(), Headers::new()?);
    init.set_method(method);
    if !token.is_empty() {
        headers.set("Authorization", &format!("Bearer {token}"))?;
    }
    if let Some(body) = body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(body));
    }
    init.set_headers(&headers);
    Ok(init)
}

fn encoded(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).ok()
}

fn decoded<T: Read>(answer: Answer<String>) -> Answer<T> {
    decode::body(&answer?).ok_or_else(unreachable_server)
}

/// No answer, or one that is not Confab's. `Unknown` with no sentence: the page has words of its own for it.
fn unreachable_server() -> ErrorBody {
    ErrorBody { code: ErrorCode::Unknown, message: String::new(), client_id: None }
}
