//! A signed-in user, and their requests over HTTP.

use confab_shared::{
    api::{
        ConversationPage, ConversationView, EventPage, Me, MeChange, Members, MessagePage, NewConversation,
        PasswordChange, SignIn, SignedIn, ThreadPage, Users,
    },
    command::{AddMembers, Join, Leave, Rename, Send},
    error::{ErrorBody, ErrorCode},
    event::Event,
    id::{ClientId, ConversationId, Seq},
    item::Item,
    message::Message,
    protocol::Ack,
    thread::ThreadState,
    user::User,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};

use super::{Server, Socket, client_id, in_time};

/// The conversation that everybody is in.
pub const EVERYONE: ConversationId = ConversationId(1);

/// An answer that is no success.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    pub body: ErrorBody,
}

impl Refused {
    /// Checks what it was.
    #[track_caller]
    pub fn is(&self, status: u16, code: ErrorCode) {
        assert_eq!((self.status.as_u16(), self.body.code), (status, code), "{self:?}");
    }
}

/// A session of a user.
#[derive(Clone)]
pub struct Person {
    server: String,
    socket: String,
    http: reqwest::Client,
    pub token: String,
    pub guest_key: String,
    pub user: User,
}

impl Person {
    /// Signs in under a free name, as somebody whom anybody may add to a group.
    pub async fn come(server: &Server, name: &str) -> Self {
        let person = Self::come_as_stranger(server, name).await;
        person.ask_before_groups(false).await;
        person
    }

    /// Signs in under a free name.
    pub async fn come_as_stranger(server: &Server, name: &str) -> Self {
        Self::try_come(server, name, None).await.unwrap_or_else(|refused| panic!("{name}: {refused:?}"))
    }

    /// Sets whether people whom they never met have to ask before they add them to a group.
    pub async fn ask_before_groups(&self, asks: bool) {
        let change = MeChange { asks_before_groups: Some(asks), ..MeChange::default() };
        let me: Result<Me, Refused> = answer(self.request(Method::PATCH, "/me").json(&change)).await;
        assert_eq!(me.unwrap_or_else(|refused| panic!("{refused:?}")).asks_before_groups, asks);
    }

    /// Tries to sign in.
    pub async fn try_come(server: &Server, name: &str, guest_key: Option<&str>) -> Result<Self, Refused> {
        let body = SignIn {
            name: name.to_owned(),
            guest_key: guest_key.map(str::to_owned),
            password: None,
            code: None,
        };
        let request = super::http().post(server.url("/api/v1/sessions")).json(&body);
        Ok(Self::of(server, answer(request).await?))
    }

    /// A person of a session that has begun.
    pub fn of(server: &Server, SignedIn { token, guest_key, user }: SignedIn) -> Self {
        let (http, socket) = (super::http(), server.socket_url(""));
        let guest_key = guest_key.unwrap_or_default();
        Self { server: server.url("/api/v1"), socket, http, token, guest_key, user }
    }

    /// The same session over another server with the same database.
    pub fn through(&self, server: &Server) -> Self {
        Self { server: server.url("/api/v1"), socket: server.socket_url(""), ..self.clone() }
    }

    /// A second session of the same person.
    pub async fn again(&self, server: &Server) -> Self {
        let name = self.user.name.as_str();
        Self::try_come(server, name, Some(&self.guest_key))
            .await
            .unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// Their name.
    pub fn name(&self) -> &str {
        self.user.name.as_str()
    }

    /// Opens a socket, sends `hello`, and stores the welcome.
    pub async fn connect(&self) -> Socket {
        Socket::connect(&self.socket, &self.token).await
    }

    /// A request with their token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.server)).bearer_auth(&self.token)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refused> {
        answer(self.request(Method::GET, path)).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Refused> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Ends the session.
    pub async fn sign_out(&self) -> Result<(), Refused> {
        done(self.request(Method::DELETE, "/session")).await
    }

    /// The conversation with a user, created where there is none.
    pub async fn try_direct(&self, with: &str) -> Result<ConversationView, Refused> {
        self.post("/conversations", &NewConversation::Direct { user: with.to_owned() }).await
    }

    /// The conversation with a user.
    pub async fn direct(&self, with: &str) -> ConversationId {
        self.try_direct(with).await.unwrap_or_else(|refused| panic!("{refused:?}")).conversation.id
    }

    /// Makes a group, or makes sure that this command has made it.
    pub async fn try_group(
        &self,
        client_id: ClientId,
        title: &str,
        members: &[&str],
    ) -> Result<ConversationView, Refused> {
        let (title, members) = (title.to_owned(), members.iter().map(ToString::to_string).collect());
        self.post("/conversations", &NewConversation::Group { client_id, title, members }).await
    }

    /// A new group.
    pub async fn group(&self, title: &str, members: &[&str]) -> ConversationId {
        let view = self.try_group(client_id(), title, members).await;
        view.unwrap_or_else(|refused| panic!("{refused:?}")).conversation.id
    }

    /// Renames a group.
    pub async fn rename(
        &self,
        id: ConversationId,
        client_id: ClientId,
        title: &str,
    ) -> Result<ConversationView, Refused> {
        let body = Rename { client_id, conversation: id, title: title.to_owned() };
        answer(self.request(Method::PATCH, &format!("/conversations/{id}")).json(&body)).await
    }

    /// Adds people to a group.
    pub async fn add(
        &self,
        id: ConversationId,
        client_id: ClientId,
        users: &[&str],
    ) -> Result<ConversationView, Refused> {
        let users = users.iter().map(ToString::to_string).collect();
        let body = AddMembers { client_id, conversation: id, users };
        self.post(&format!("/conversations/{id}/members"), &body).await
    }

    /// Leaves a group.
    pub async fn leave(&self, id: ConversationId, client_id: ClientId) -> Result<(), Refused> {
        let body = Leave { client_id, conversation: id };
        done(self.request(Method::POST, &format!("/conversations/{id}/leave")).json(&body)).await
    }

    /// Joins a group that they were asked to join.
    pub async fn join(&self, id: ConversationId, client_id: ClientId) -> Result<ConversationView, Refused> {
        let body = Join { client_id, conversation: id };
        self.post(&format!("/conversations/{id}/join"), &body).await
    }

    /// Declines to join a group.
    pub async fn decline(&self, id: ConversationId) -> Result<(), Refused> {
        done(self.request(Method::DELETE, &format!("/conversations/{id}/join"))).await
    }

    /// A conversation as they see it.
    pub async fn try_view(&self, id: ConversationId) -> Result<ConversationView, Refused> {
        self.get(&format!("/conversations/{id}")).await
    }

    /// A conversation as they see it.
    pub async fn view(&self, id: ConversationId) -> confab_shared::conversation::Conversation {
        self.try_view(id).await.unwrap_or_else(|refused| panic!("{refused:?}")).conversation
    }

    /// Who is in a conversation.
    pub async fn members(&self, id: ConversationId) -> Result<Members, Refused> {
        self.get(&format!("/conversations/{id}/members")).await
    }

    /// A page of the members; `query` as after the question mark.
    pub async fn members_page(&self, id: ConversationId, query: &str) -> Result<Members, Refused> {
        self.get(&format!("/conversations/{id}/members?{query}")).await
    }

    /// A part of the list of conversations; `query` as after the question mark.
    pub async fn list(&self, query: &str) -> Result<ConversationPage, Refused> {
        self.get(&format!("/conversations?{query}")).await
    }

    /// Gives the name a password, which makes its guest somebody with an account.
    pub async fn set_password(&self, password: &str) {
        let password = PasswordChange { current: None, new: password.to_owned() };
        let change = MeChange { password: Some(password), ..MeChange::default() };
        let me: Result<Me, Refused> = answer(self.request(Method::PATCH, "/me").json(&change)).await;
        assert!(me.unwrap_or_else(|refused| panic!("{refused:?}")).has_password);
    }

    /// Posts a message over HTTP: without a connection, which others may see.
    pub async fn post_text(&self, id: ConversationId, text: &str) -> Ack {
        let send = Send::new(client_id(), id, text.to_owned());
        let ack = self.post(&format!("/conversations/{id}/messages"), &send).await;
        ack.unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// A run of a log; `query` as after the question mark.
    pub async fn page(&self, id: ConversationId, query: &str) -> Result<EventPage, Refused> {
        self.get(&format!("/conversations/{id}/events?{query}")).await
    }

    /// A whole log, fetched as a client does that begins with nothing.
    pub async fn log(&self, id: ConversationId) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.seq.0);
            let page = self.page(id, &format!("after={after}&limit=200")).await;
            let page = page.unwrap_or_else(|refused| panic!("{refused:?}"));
            let done = page.events.is_empty();
            events.extend(page.events);
            if done || events.last().is_some_and(|event| event.seq == page.head_seq) {
                return events;
            }
        }
    }

    /// A page of messages as they are now; `query` as after the question mark.
    pub async fn messages(&self, id: ConversationId, query: &str) -> Result<MessagePage, Refused> {
        self.get(&format!("/conversations/{id}/messages?{query}")).await
    }

    /// The threads that they follow; `query` as after the question mark.
    pub async fn threads(&self, query: &str) -> Result<ThreadPage, Refused> {
        self.get(&format!("/threads?{query}")).await
    }

    /// How far they have read a thread.
    pub async fn thread(&self, id: ConversationId, root: Seq) -> Result<ThreadState, Refused> {
        self.get(&format!("/conversations/{id}/threads/{root}")).await
    }

    /// A message as it is now.
    pub async fn message(&self, id: ConversationId, seq: Seq) -> Message {
        let page = self.messages(id, &format!("around={seq}&limit=1")).await;
        let page = page.unwrap_or_else(|refused| panic!("{refused:?}"));
        page.items.into_iter().find_map(|item| item.message().cloned()).expect("there is such a message")
    }

    /// All items of a conversation as they are now, fetched from the newest on.
    pub async fn all_items(&self, id: ConversationId) -> Vec<Item> {
        let mut items = Vec::new();
        let mut before = u64::MAX;
        while before > 1 {
            let page = self.messages(id, &format!("before={before}&limit=200")).await;
            let page = page.unwrap_or_else(|refused| panic!("{refused:?}"));
            before = page.first_seq.0;
            items.splice(0..0, page.items);
        }
        items
    }

    /// People whose name begins so.
    pub async fn find(&self, query: &str) -> Result<Users, Refused> {
        self.get(&format!("/users?query={query}")).await
    }
}

/// The answer to a request: its body, or what it was refused with.
pub async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Refused> {
    let response = successful(request).await?;
    Ok(in_time("the body", response.json()).await.expect("the body is what the route answers"))
}

/// The answer to a request that has no body.
pub async fn done(request: RequestBuilder) -> Result<(), Refused> {
    let response = successful(request).await?;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    Ok(())
}

async fn successful(request: RequestBuilder) -> Result<Response, Refused> {
    let response = in_time("an answer", request.send()).await.expect("the server answers");
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = in_time("the body", response.text()).await.expect("the body can be read");
    match serde_json::from_str(&text) {
        Ok(body) => Err(Refused { status, body }),
        Err(error) => panic!("{status} with a body that is no error of ours ({error}): {text:?}"),
    }
}
