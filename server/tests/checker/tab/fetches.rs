//! What a tab asks over HTTP, each request a task of its own as on the page; the answers come back in the order in
//! which they arrive.

use std::{net::SocketAddr, time::Duration};

use confab_shared::{
    api::{ConversationView, EventPage, MarkUnread, MessagePage, ThreadChange, ThreadPage},
    command::{AddMembers, Leave, Rename},
    error::{ErrorBody, ErrorCode},
    id::{ConversationId, Seq},
    state::FetchRequest,
    thread::ThreadState,
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use tokio::{sync::mpsc, time::sleep};

use crate::command::Command;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// The result of a request.
#[derive(Debug)]
pub enum Fetched {
    View(ConversationView),
    Events(ConversationId, EventPage),
    Items(FetchRequest, MessagePage),
    Thread(ThreadState),
    Threads(ConversationId, ThreadPage),
    /// A thread was followed by hand, or not any more; without an answer it may have been, or may still be.
    Followed(usize, Result<ThreadState, Option<ErrorBody>>),
    /// Something was marked as unread, or not.
    Marked(Option<ErrorBody>),
    /// There is no such conversation, for this person.
    Gone(ConversationId),
    /// No usable answer arrived, and the delay before the next attempt is over.
    Failed(ConversationId, Option<ErrorBody>),
    /// Items before the cached ones, where there was an answer.
    Older(ConversationId, Option<MessagePage>),
    /// A command was carried out, or refused.
    Changed(Command, ConversationId, Result<Option<ConversationView>, ErrorBody>),
}

/// A change of a group.
#[derive(Clone, Debug)]
pub enum Change {
    Rename(String),
    Add(String),
    Leave,
}

/// Why there is no answer of the kind that was asked for.
enum Failure {
    Refused(ErrorBody),
    Network,
}

/// A tab's requests.
pub struct Fetches {
    http: Client,
    base: String,
    token: String,
    answers: mpsc::UnboundedSender<(u32, Fetched)>,
    arrived: mpsc::UnboundedReceiver<(u32, Fetched)>,
    /// How many welcomes and loads of the page there were: answers to what was asked before are of no use.
    begun: u32,
    under_way: usize,
}

impl Fetches {
    pub fn new(address: SocketAddr, token: &str) -> Self {
        confab::crypto_provider::install();
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client can be made");
        let (answers, arrived) = mpsc::unbounded_channel();
        let (base, token) = (format!("http://{address}/api/v1/conversations"), token.to_owned());
        Self { http, base, token, answers, arrived, begun: 0, under_way: 0 }
    }

    /// Drops all requests: a welcome or a reload starts again.
    pub fn begin(&mut self) {
        self.begun += 1;
    }

    /// Whether nothing is under way.
    pub fn quiet(&self) -> bool {
        self.under_way == 0
    }

    /// The next answer. Nothing is lost where the wait is given up.
    pub async fn next(&mut self) -> Option<Fetched> {
        loop {
            let (begun, fetched) = self.arrived.recv().await?;
            self.under_way -= 1;
            if begun == self.begun || matches!(fetched, Fetched::Changed(..) | Fetched::Followed(..)) {
                return Some(fetched);
            }
        }
    }

    /// Fetches what the reducer lacks.
    pub fn meet(&mut self, need: FetchRequest) {
        match need {
            FetchRequest::Conversation(id) => {
                let request = self.request(Method::GET, &format!("/{id}"));
                self.spawn(id, answer(request), Fetched::View);
            }
            FetchRequest::After(id, seq) => {
                let request = self.request(Method::GET, &format!("/{id}/events?after={seq}"));
                self.spawn(id, answer(request), move |page| Fetched::Events(id, page));
            }
            FetchRequest::Newest(_) => self.page(need, ""),
            FetchRequest::Around(_, seq) => self.page(need, &format!("?around={seq}")),
            FetchRequest::Thread(_, root) => self.page(need, &format!("?thread={root}")),
            FetchRequest::Quoted(_, None, seq) => self.page(need, &format!("?around={seq}&limit=1")),
            FetchRequest::Quoted(_, Some(root), seq) => {
                self.page(need, &format!("?thread={root}&around={seq}&limit=1"));
            }
            FetchRequest::ThreadState(id, root) => {
                let request = self.request(Method::GET, &format!("/{id}/threads/{root}"));
                self.spawn(id, answer(request), Fetched::Thread);
            }
            FetchRequest::Threads(id) => {
                let path = self.base.replace("/conversations", "/threads");
                let request = self.http.get(path).bearer_auth(&self.token);
                self.spawn(id, answer(request), move |page| Fetched::Threads(id, page));
            }
        }
    }

    /// Fetches the items before one.
    pub fn older(&mut self, id: ConversationId, seq: Seq) {
        self.under_way += 1;
        let request = self.items(id, &format!("?before={seq}"));
        let (answers, begun) = (self.answers.clone(), self.begun);
        tokio::spawn(async move {
            let page = answer(request).await.ok().flatten();
            let _ = answers.send((begun, Fetched::Older(id, page)));
        });
    }

    fn page(&mut self, need: FetchRequest, query: &str) {
        let request = self.items(need.conversation(), query);
        self.spawn(need.conversation(), answer(request), move |page| Fetched::Items(need, page));
    }

    fn items(&self, id: ConversationId, query: &str) -> RequestBuilder {
        self.request(Method::GET, &format!("/{id}/messages{query}"))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    fn spawn<T: Send>(
        &mut self,
        id: ConversationId,
        request: impl Future<Output = Result<Option<T>, Failure>> + Send + 'static,
        arrived: impl FnOnce(T) -> Fetched + Send + 'static,
    ) {
        self.under_way += 1;
        let (answers, begun) = (self.answers.clone(), self.begun);
        tokio::spawn(async move {
            let fetched = match request.await {
                Ok(Some(body)) => arrived(body),
                Err(Failure::Refused(error)) if error.code == ErrorCode::UnknownConversation => {
                    Fetched::Gone(id)
                }
                Err(Failure::Refused(error)) => Fetched::Failed(id, Some(error)),
                Ok(None) | Err(Failure::Network) => {
                    sleep(PAUSE).await;
                    Fetched::Failed(id, None)
                }
            };
            let _ = answers.send((begun, fetched));
        });
    }

    /// Follows a thread or not any more: asks once.
    pub fn follow(&mut self, number: usize, id: ConversationId, root: Seq, following: bool) {
        self.under_way += 1;
        let request =
            self.request(Method::PUT, &format!("/{id}/threads/{root}")).json(&ThreadChange { following });
        let (answers, begun) = (self.answers.clone(), self.begun);
        tokio::spawn(async move {
            let answer = match answer(request).await {
                Ok(state) => state.ok_or(None),
                Err(Failure::Refused(error)) => Err(Some(error)),
                Err(Failure::Network) => Err(None),
            };
            let _ = answers.send((begun, Fetched::Followed(number, answer)));
        });
    }

    /// Marks an event and all behind it as unread: asks once.
    pub fn mark_unread(&mut self, id: ConversationId, seq: Seq) {
        self.under_way += 1;
        let request = self.request(Method::PUT, &format!("/{id}/unread")).json(&MarkUnread { seq });
        let (answers, begun) = (self.answers.clone(), self.begun);
        tokio::spawn(async move {
            let refused = match answer::<()>(request).await {
                Err(Failure::Refused(error)) => Some(error),
                Ok(_) | Err(Failure::Network) => None,
            };
            let _ = answers.send((begun, Fetched::Marked(refused)));
        });
    }

    /// Changes a group; asks until there is an answer, always with the same command.
    pub fn change(&mut self, command: Command, id: ConversationId, change: Change) {
        self.under_way += 1;
        let (client_id, conversation) = (command.client_id(), id);
        let request =
            match change {
                Change::Rename(title) => self.request(Method::PATCH, &format!("/{id}")).json(&Rename {
                    client_id,
                    conversation,
                    title,
                }),
                Change::Add(user) => self
                    .request(Method::POST, &format!("/{id}/members"))
                    .json(&AddMembers { client_id, conversation, users: vec![user] }),
                Change::Leave => self
                    .request(Method::POST, &format!("/{id}/leave"))
                    .json(&Leave { client_id, conversation }),
            };
        let (answers, begun) = (self.answers.clone(), self.begun);
        tokio::spawn(async move {
            let outcome = loop {
                let request = request.try_clone().expect("its body is no stream");
                match answer(request).await {
                    Ok(view) => break Ok(view),
                    Err(Failure::Refused(error)) => break Err(error),
                    Err(Failure::Network) => sleep(PAUSE).await,
                }
            };
            let _ = answers.send((begun, Fetched::Changed(command, id, outcome)));
        });
    }
}

/// The body of an answer, where it has one.
async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<Option<T>, Failure> {
    let response = request.send().await.map_err(|_| Failure::Network)?;
    let status = response.status();
    let body = response.bytes().await.map_err(|_| Failure::Network)?;
    if status == StatusCode::NO_CONTENT {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&body);
    if status.is_success() {
        return Ok(Some(serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error} in {text}"))));
    }
    let error: ErrorBody =
        serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{status}: {error} in {text}"));
    // What the proxy cut, and the server could still answer, is for the network to answer for.
    let is_cut = error.code == ErrorCode::Incomplete;
    Err(if is_cut || comes_back(&error) { Failure::Network } else { Failure::Refused(error) })
}

/// Whether the server could not do anything for now: its database is away, or it is about to stop.
pub fn comes_back(error: &ErrorBody) -> bool {
    let is_away = error.code == ErrorCode::StoreFailed && error.retry_after_ms.is_some();
    is_away || error.code == ErrorCode::ShuttingDown
}
