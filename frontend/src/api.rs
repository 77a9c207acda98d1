//! `/api/v1`: one function per request. Whatever fails is an [`ErrorBody`], a server out of reach included.

use std::pin::Pin;

use confab_shared::{
    api::{ConversationView, EventPage, Members, NewConversation, ServerInfo, SignIn, SignedIn, Users},
    command::{AddMembers, Leave, Rename},
    error::{ErrorBody, ErrorCode},
    id::{ConversationId, Seq},
};
use gloo_net::http::{Method, RequestBuilder};
use js_sys::encode_uri_component;
use serde::Serialize;

use crate::decode::{self, Read};

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
    decoded(ask(Method::GET, "/server", "", None).await)
}

pub(crate) async fn sign_in(body: &SignIn) -> Answer<SignedIn> {
    decoded(ask(Method::POST, "/sessions", "", encoded(body)).await)
}

pub(crate) async fn sign_out(token: &str) -> Answer<()> {
    ask(Method::DELETE, "/session", token, None).await.map(drop)
}

pub(crate) async fn conversation(token: &str, id: ConversationId) -> Answer<ConversationView> {
    decoded(ask(Method::GET, &format!("/conversations/{id}"), token, None).await)
}

pub(crate) async fn events(token: &str, id: ConversationId, run: Run) -> Answer<EventPage> {
    let which = match run {
        Run::Newest => String::new(),
        Run::Before(seq) => format!("before={seq}&"),
        Run::After(seq) => format!("after={seq}&"),
    };
    let path = format!("/conversations/{id}/events?{which}limit={PAGE}");
    decoded(ask(Method::GET, &path, token, None).await)
}

pub(crate) async fn members(token: &str, id: ConversationId) -> Answer<Members> {
    decoded(ask(Method::GET, &format!("/conversations/{id}/members"), token, None).await)
}

pub(crate) async fn users(token: &str, query: &str) -> Answer<Users> {
    let path = format!("/users?query={}", String::from(encode_uri_component(query)));
    decoded(ask(Method::GET, &path, token, None).await)
}

pub(crate) async fn start(token: &str, body: &NewConversation) -> Answer<ConversationView> {
    decoded(ask(Method::POST, "/conversations", token, encoded(body)).await)
}

pub(crate) async fn rename(token: &str, id: ConversationId, body: &Rename) -> Answer<ConversationView> {
    decoded(ask(Method::PATCH, &format!("/conversations/{id}"), token, encoded(body)).await)
}

pub(crate) async fn add_members(
    token: &str,
    id: ConversationId,
    body: &AddMembers,
) -> Answer<ConversationView> {
    decoded(ask(Method::POST, &format!("/conversations/{id}/members"), token, encoded(body)).await)
}

pub(crate) async fn leave(token: &str, id: ConversationId, body: &Leave) -> Answer<()> {
    ask(Method::POST, &format!("/conversations/{id}/leave"), token, encoded(body)).await.map(drop)
}

/// What the server says of a socket that does not open; none where it is out of reach or does not say. Asked with POST:
/// a browser does not say with GET which site the page is of.
pub(crate) async fn socket_refusal() -> Option<ErrorCode> {
    send(Method::POST, "/ws", "", None).await.err().map(|error| error.code)
}

/// One request, from the path to the text of its answer. Boxed and of one type, so that it is compiled once.
fn ask(
    method: Method,
    path: &str,
    token: &str,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = Answer<String>>>> {
    send(method, &format!("/api/v1{path}"), token, body)
}

fn send(
    method: Method,
    url: &str,
    token: &str,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = Answer<String>>>> {
    let mut request = RequestBuilder::new(url).method(method);
    if !token.is_empty() {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    Box::pin(async move {
        let answer = async {
            let response = request.ok()?.send().await.ok()?;
            Some((response.ok(), response.text().await.ok()?))
        };
        match answer.await {
            Some((true, text)) => Ok(text),
            // A proxy in between may answer with a page of its own.
            Some((false, text)) => Err(decode::body(&text).unwrap_or_else(unreachable_server)),
            None => Err(unreachable_server()),
        }
    })
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
