//! `/api/v1`: one function per request. Whatever fails is an [`ErrorBody`], a server out of reach included.

use confab_shared::{
    api::{
        AddMembers, ConversationView, EventPage, Leave, Members, NewConversation, Rename, ServerInfo, SignIn,
        SignedIn, Users,
    },
    ids::{ConversationId, Seq},
    protocol::{ErrorBody, ErrorCode},
};
use gloo_net::http::{Method, RequestBuilder, Response};
use js_sys::encode_uri_component;
use serde::{Serialize, de::DeserializeOwned};

use crate::decode;

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
    read(request(Method::GET, "/server", None).send().await).await
}

pub(crate) async fn sign_in(body: &SignIn) -> Answer<SignedIn> {
    write(Method::POST, "/sessions", None, body).await
}

pub(crate) async fn sign_out(token: &str) -> Answer<()> {
    done(request(Method::DELETE, "/session", Some(token)).send().await).await
}

pub(crate) async fn conversation(token: &str, id: ConversationId) -> Answer<ConversationView> {
    get(token, &format!("/conversations/{id}")).await
}

pub(crate) async fn events(token: &str, id: ConversationId, run: Run) -> Answer<EventPage> {
    let which = match run {
        Run::Newest => String::new(),
        Run::Before(seq) => format!("before={seq}&"),
        Run::After(seq) => format!("after={seq}&"),
    };
    get(token, &format!("/conversations/{id}/events?{which}limit={PAGE}")).await
}

pub(crate) async fn members(token: &str, id: ConversationId) -> Answer<Members> {
    get(token, &format!("/conversations/{id}/members")).await
}

pub(crate) async fn users(token: &str, query: &str) -> Answer<Users> {
    get(token, &format!("/users?query={}", String::from(encode_uri_component(query)))).await
}

pub(crate) async fn start(token: &str, body: &NewConversation) -> Answer<ConversationView> {
    write(Method::POST, "/conversations", Some(token), body).await
}

pub(crate) async fn rename(token: &str, id: ConversationId, body: &Rename) -> Answer<ConversationView> {
    write(Method::PATCH, &format!("/conversations/{id}"), Some(token), body).await
}

pub(crate) async fn add_members(
    token: &str,
    id: ConversationId,
    body: &AddMembers,
) -> Answer<ConversationView> {
    write(Method::POST, &format!("/conversations/{id}/members"), Some(token), body).await
}

pub(crate) async fn leave(token: &str, id: ConversationId, body: &Leave) -> Answer<()> {
    let path = format!("/conversations/{id}/leave");
    match request(Method::POST, &path, Some(token)).json(body) {
        Ok(request) => done(request.send().await).await,
        Err(_) => Err(unreachable_server()),
    }
}

async fn get<T: DeserializeOwned>(token: &str, path: &str) -> Answer<T> {
    read(request(Method::GET, path, Some(token)).send().await).await
}

async fn write<T: DeserializeOwned>(
    method: Method,
    path: &str,
    token: Option<&str>,
    body: &impl Serialize,
) -> Answer<T> {
    match request(method, path, token).json(body) {
        Ok(request) => read(request.send().await).await,
        Err(_) => Err(unreachable_server()),
    }
}

fn request(method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
    let request = RequestBuilder::new(&format!("/api/v1{path}")).method(method);
    match token {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    }
}

async fn read<T: DeserializeOwned>(response: Result<Response, gloo_net::Error>) -> Answer<T> {
    let text = success(response).await?.text().await.unwrap_or_default();
    decode::body(&text).ok_or_else(unreachable_server)
}

async fn done(response: Result<Response, gloo_net::Error>) -> Answer<()> {
    success(response).await.map(drop)
}

async fn success(response: Result<Response, gloo_net::Error>) -> Answer<Response> {
    let response = response.map_err(|_| unreachable_server())?;
    if response.ok() {
        return Ok(response);
    }
    // A proxy in between may answer with a page of its own.
    Err(decode::body(&response.text().await.unwrap_or_default()).unwrap_or_else(unreachable_server))
}

/// No answer, or one that is not Confab's. `Unknown` with no sentence: the page has words of its own for it.
fn unreachable_server() -> ErrorBody {
    ErrorBody { code: ErrorCode::Unknown, message: String::new(), client_id: None }
}
