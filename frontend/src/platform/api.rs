//! The requests of `/api/v1`, a function each.

pub(crate) mod accounts;
pub(crate) mod attachments;

use std::pin::Pin;

use confab_shared::{
    api::{
        ConversationPage, ConversationView, DraftChange, Drafts, EventPage, MAX_EVENTS_PER_PAGE, MarkUnread,
        Me, MeChange, Members, MessagePage, NewConversation, Pins, ReadPositions, Readers, Revisions, Saved,
        SavedCursor, SearchCursor, SearchPage, ServerInfo, SignIn, SignedIn, ThreadChange, ThreadCursor,
        ThreadPage, Users,
    },
    command::Join,
    conversation::ListCursor,
    decode::{self, Decode},
    draft::{Draft, DraftKey},
    error::ErrorCode,
    id::{ClientId, ConversationId, Seq, UserId},
    thread::ThreadState,
    user::User,
};
use gloo_net::http::Method;
use js_sys::encode_uri_component;
use serde::Serialize;

pub(crate) use super::http::ApiResult;
use super::{
    clock::utc_offset,
    http::{self, unreachable_server},
};

/// Which items of a conversation to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageRange {
    /// The newest items.
    Newest,
    /// The newest items before a seq.
    Before(Seq),
    /// The oldest items after a seq.
    After(Seq),
    /// Half of the items before a seq, the others from it on.
    Around(Seq),
}

impl MessageRange {
    /// Its part of a query.
    fn query(self) -> String {
        match self {
            Self::Newest => String::new(),
            Self::Before(seq) => format!("before={seq}&"),
            Self::After(seq) => format!("after={seq}&"),
            Self::Around(seq) => format!("around={seq}&"),
        }
    }
}

/// `GET /server`
pub(crate) async fn get_server() -> ApiResult<ServerInfo> {
    decoded(request(Method::GET, "/server", "", None).await)
}

/// `POST /sessions`
pub(crate) async fn create_session(body: &SignIn) -> ApiResult<SignedIn> {
    decoded(request(Method::POST, "/sessions", "", encoded(body)).await)
}

/// `DELETE /session`
pub(crate) async fn delete_session(token: &str) -> ApiResult<()> {
    request(Method::DELETE, "/session", token, None).await.map(drop)
}

/// `GET /me`
pub(crate) async fn get_me(token: &str) -> ApiResult<Me> {
    decoded(request(Method::GET, "/me", token, None).await)
}

/// `PATCH /me`
pub(crate) async fn change_me(token: &str, change: &MeChange) -> ApiResult<Me> {
    decoded(request(Method::PATCH, "/me", token, encoded(change)).await)
}

/// `GET /conversations`: as many of the conversations before a cursor as one page may have.
pub(crate) async fn get_conversations(token: &str, before: ListCursor) -> ApiResult<ConversationPage> {
    decoded(request(Method::GET, &format!("/conversations?before={before}"), token, None).await)
}

/// `GET /conversations/{id}`
pub(crate) async fn get_conversation(token: &str, id: ConversationId) -> ApiResult<ConversationView> {
    decoded(request(Method::GET, &format!("/conversations/{id}"), token, None).await)
}

/// `GET /conversations/{id}/events`: the oldest events after a seq, as many as one page may have.
pub(crate) async fn get_events(token: &str, id: ConversationId, after: Seq) -> ApiResult<EventPage> {
    let path = format!("/conversations/{id}/events?after={after}&limit={MAX_EVENTS_PER_PAGE}");
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /conversations/{id}/messages`, at most `limit` items.
pub(crate) async fn get_messages(
    token: &str,
    id: ConversationId,
    range: MessageRange,
    limit: usize,
) -> ApiResult<MessagePage> {
    let path = format!("/conversations/{id}/messages?{range}limit={limit}", range = range.query());
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /conversations/{id}/messages` of a thread, at most `limit` replies.
pub(crate) async fn get_replies(
    token: &str,
    id: ConversationId,
    root: Seq,
    range: MessageRange,
    limit: usize,
) -> ApiResult<MessagePage> {
    let range = range.query();
    let path = format!("/conversations/{id}/messages?thread={root}&{range}limit={limit}");
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /conversations/{id}/threads/{root}`
pub(crate) async fn get_thread(token: &str, id: ConversationId, root: Seq) -> ApiResult<ThreadState> {
    decoded(request(Method::GET, &format!("/conversations/{id}/threads/{root}"), token, None).await)
}

/// `PUT /conversations/{id}/threads/{root}`: follows a thread, or not any more.
pub(crate) async fn follow_thread(
    token: &str,
    id: ConversationId,
    root: Seq,
    following: bool,
) -> ApiResult<ThreadState> {
    let path = format!("/conversations/{id}/threads/{root}");
    decoded(request(Method::PUT, &path, token, encoded(&ThreadChange { following })).await)
}

/// `GET /threads`: the followed threads behind a cursor, as many as one page may have; all, or those with something unread.
pub(crate) async fn get_threads(
    token: &str,
    unread: bool,
    before: Option<ThreadCursor>,
) -> ApiResult<ThreadPage> {
    let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
    decoded(request(Method::GET, &format!("/threads?unread={unread}{before}"), token, None).await)
}

/// `GET /conversations/{id}/messages/{seq}/revisions`
pub(crate) async fn get_revisions(token: &str, id: ConversationId, seq: Seq) -> ApiResult<Revisions> {
    let path = format!("/conversations/{id}/messages/{seq}/revisions");
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /conversations/{id}/pins`
pub(crate) async fn get_pins(token: &str, id: ConversationId) -> ApiResult<Pins> {
    decoded(request(Method::GET, &format!("/conversations/{id}/pins"), token, None).await)
}

/// `GET /conversations/{id}/members`: at most `limit` members behind one, whose names begin with `prefix`.
pub(crate) async fn get_members(
    token: &str,
    id: ConversationId,
    after: Option<&User>,
    prefix: &str,
    limit: usize,
) -> ApiResult<Members> {
    let encoded = |text: &str| String::from(encode_uri_component(text));
    let mut path = format!("/conversations/{id}/members?query={}&limit={limit}", encoded(prefix));
    if let Some(user) = after {
        let (name, shown) = (encoded(user.name.as_str()), encoded(user.shown_name()));
        path += &format!("&after={name}&after_shown={shown}");
    }
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /users`: the users whose name begins with `prefix`.
pub(crate) async fn find_users(token: &str, prefix: &str) -> ApiResult<Users> {
    let path = format!("/users?query={}", String::from(encode_uri_component(prefix)));
    decoded(request(Method::GET, &path, token, None).await)
}

/// `PUT /conversations/{id}/unread`
pub(crate) async fn mark_unread(token: &str, id: ConversationId, seq: Seq) -> ApiResult<()> {
    let body = encoded(&MarkUnread { seq });
    request(Method::PUT, &format!("/conversations/{id}/unread"), token, body).await.map(drop)
}

/// `GET /conversations/{id}/messages/{seq}/readers`: as many of the readers behind one as one page may have.
pub(crate) async fn get_readers(
    token: &str,
    id: ConversationId,
    seq: Seq,
    after: UserId,
) -> ApiResult<Readers> {
    let path = format!("/conversations/{id}/messages/{seq}/readers?after={after}");
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /conversations/{id}/readers`
pub(crate) async fn get_read_positions(token: &str, id: ConversationId) -> ApiResult<ReadPositions> {
    decoded(request(Method::GET, &format!("/conversations/{id}/readers"), token, None).await)
}

/// `GET /saved`: as many of the saved messages before a place as one page may have.
pub(crate) async fn get_saved(token: &str, before: Option<SavedCursor>) -> ApiResult<Saved> {
    let query = before.map(|before| format!("?before={before}")).unwrap_or_default();
    decoded(request(Method::GET, &format!("/saved{query}"), token, None).await)
}

/// `PUT /saved/{conversation}/{seq}`
pub(crate) async fn save_message(token: &str, id: ConversationId, seq: Seq) -> ApiResult<()> {
    request(Method::PUT, &format!("/saved/{id}/{seq}"), token, None).await.map(drop)
}

/// `DELETE /saved/{conversation}/{seq}`
pub(crate) async fn unsave_message(token: &str, id: ConversationId, seq: Seq) -> ApiResult<()> {
    request(Method::DELETE, &format!("/saved/{id}/{seq}"), token, None).await.map(drop)
}

/// `GET /search`: at most `limit` of the messages that match a query, behind a place; as many as one page has by itself without
/// a limit.
pub(crate) async fn search(
    token: &str,
    query: &str,
    cursor: Option<SearchCursor>,
    limit: Option<usize>,
) -> ApiResult<SearchPage> {
    let mut path =
        format!("/search?q={}&utc_offset={}", String::from(encode_uri_component(query)), utc_offset());
    if let Some(cursor) = cursor {
        path += &format!("&cursor={cursor}");
    }
    if let Some(limit) = limit {
        path += &format!("&limit={limit}");
    }
    decoded(request(Method::GET, &path, token, None).await)
}

/// `GET /drafts`
pub(crate) async fn get_drafts(token: &str) -> ApiResult<Drafts> {
    decoded(request(Method::GET, "/drafts", token, None).await)
}

/// `GET /conversations/{id}/draft`
pub(crate) async fn get_draft(token: &str, of: DraftKey) -> ApiResult<Draft> {
    let thread = of.thread.map(|root| format!("?thread={root}")).unwrap_or_default();
    let path = format!("/conversations/{}/draft{thread}", of.conversation);
    decoded(request(Method::GET, &path, token, None).await)
}

/// `PUT /conversations/{id}/draft`
pub(crate) async fn save_draft(token: &str, id: ConversationId, change: &DraftChange) -> ApiResult<Draft> {
    let path = format!("/conversations/{id}/draft");
    decoded(request(Method::PUT, &path, token, encoded(change)).await)
}

/// `POST /conversations`
pub(crate) async fn create_conversation(token: &str, body: &NewConversation) -> ApiResult<ConversationView> {
    decoded(request(Method::POST, "/conversations", token, encoded(body)).await)
}

/// `POST /conversations/{id}/join`: accepts a request to join a group.
pub(crate) async fn join_group(
    token: &str,
    id: ConversationId,
    client_id: ClientId,
) -> ApiResult<ConversationView> {
    let body = Join { client_id, conversation: id };
    decoded(request(Method::POST, &format!("/conversations/{id}/join"), token, encoded(&body)).await)
}

/// `DELETE /conversations/{id}/join`: declines a request to join a group.
pub(crate) async fn decline_group(token: &str, id: ConversationId) -> ApiResult<()> {
    request(Method::DELETE, &format!("/conversations/{id}/join"), token, None).await.map(drop)
}

/// A file of the page itself, by its path.
pub(crate) async fn get_page_data<T: Decode>(path: &str) -> ApiResult<T> {
    decoded(http::request(Method::GET, path, "", None).await)
}

/// Why the server refuses the WebSocket upgrade; none where it is out of reach or gives no reason. Browsers send `Origin`
/// with POST and not with GET, hence POST.
pub(crate) async fn get_upgrade_refusal() -> Option<ErrorCode> {
    http::request(Method::POST, "/ws", "", None).await.err().map(|error| error.code)
}

fn request(
    method: Method,
    path: &str,
    token: &str,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = ApiResult<String>>>> {
    http::request(method, &format!("/api/v1{path}"), token, body)
}

fn encoded(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).ok()
}

fn decoded<T: Decode>(answer: ApiResult<String>) -> ApiResult<T> {
    decode::from_str(&answer?).ok_or_else(unreachable_server)
}
