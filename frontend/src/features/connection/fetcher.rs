//! The task that carries out the state's fetches over HTTP and hands the answers back.

use confab_shared::{
    api::MessagePage,
    error::{ErrorBody, ErrorCode},
    state::{FetchRequest, State},
};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;

use crate::{
    platform::api::{self, ApiResult, MessageRange},
    state::{Chat, Edge, Fetch},
};

/// The delay before a failed fetch is repeated, in milliseconds.
const RETRY_DELAY_MS: u32 = 2_000;

/// How many items one page of history has; one around a seq has twice as many.
const PAGE_SIZE: usize = 60;

/// Runs for as long as the state lives. Fetches for different conversations run side by side.
pub(crate) async fn run(chat: Chat, token: String, mut fetches: UnboundedReceiver<Fetch>) {
    while let Some(fetch) = fetches.next().await {
        let (token, welcomes) = (token.clone(), chat.welcome_count());
        spawn_local(async move {
            match fetch {
                Fetch::Required(request) => RequiredFetch { chat, welcomes, request }.run(&token).await,
                Fetch::Page(scope, edge, seq) => {
                    let range = match edge {
                        Edge::Older => MessageRange::Before(seq),
                        Edge::Newer => MessageRange::After(seq),
                    };
                    let page = match scope.thread {
                        None => api::get_messages(&token, scope.id, range, PAGE_SIZE).await,
                        Some(root) => api::get_replies(&token, scope.id, root, range, PAGE_SIZE).await,
                    };
                    // The page names the head that it reflects: it is valid also after another welcome.
                    if chat.is_alive() {
                        chat.apply_adjacent_page(scope, edge, page.ok());
                    }
                }
                Fetch::More(before) => {
                    let page = api::get_conversations(&token, before).await;
                    // A welcome begins the list anew.
                    if chat.is_alive() && chat.welcome_count() == welcomes {
                        chat.apply_more(before, page.ok());
                    }
                }
            }
        });
    }
}

/// A fetch that the reducer asked for.
#[derive(Clone, Copy)]
struct RequiredFetch {
    chat: Chat,
    /// How many welcomes there were when the fetch began.
    welcomes: u32,
    request: FetchRequest,
}

impl RequiredFetch {
    async fn run(self, token: &str) {
        let (chat, id) = (self.chat, self.request.conversation());
        let messages = |range, limit| api::get_messages(token, id, range, limit);
        let failed = match self.request {
            FetchRequest::Conversation(_) => {
                self.deliver(api::get_conversation(token, id).await, |view| chat.apply_conversation(view))
            }
            FetchRequest::After(_, seq) => {
                self.deliver(api::get_events(token, id, seq).await, |page| chat.apply_events(id, page))
            }
            FetchRequest::Newest(_) => self.deliver_page(messages(MessageRange::Newest, PAGE_SIZE).await),
            FetchRequest::Around(_, seq) => {
                self.deliver_page(messages(MessageRange::Around(seq), 2 * PAGE_SIZE).await)
            }
            FetchRequest::Thread(_, root) => {
                let replies = api::get_replies(token, id, root, MessageRange::Newest, PAGE_SIZE).await;
                self.deliver_page(replies)
            }
            FetchRequest::Quoted(_, None, seq) => {
                self.deliver_page(messages(MessageRange::Around(seq), 1).await)
            }
            FetchRequest::Quoted(_, Some(root), seq) => {
                self.deliver_page(api::get_replies(token, id, root, MessageRange::Around(seq), 1).await)
            }
            FetchRequest::Threads(_) => {
                self.deliver(api::get_threads(token, false, None).await, |page| chat.apply_threads(id, page))
            }
            FetchRequest::ThreadState(_, root) => {
                self.deliver(api::get_thread(token, id, root).await, |thread| {
                    chat.apply_thread(thread, State::thread_state);
                })
            }
        };
        if let Some(error) = failed {
            self.handle_failure(&error).await;
        }
    }

    /// Whether the answer is still wanted: not after another welcome, after which the state has asked again.
    fn is_current(self) -> bool {
        self.chat.is_alive() && self.chat.welcome_count() == self.welcomes
    }

    fn deliver_page(self, answer: ApiResult<MessagePage>) -> Option<ErrorBody> {
        self.deliver(answer, |page| self.chat.apply_messages(self.request, page))
    }

    /// Applies an answer that is still wanted, or answers the error.
    fn deliver<T>(self, answer: ApiResult<T>, apply: impl FnOnce(T)) -> Option<ErrorBody> {
        match answer {
            _ if !self.is_current() => None,
            Ok(answer) => {
                apply(answer);
                None
            }
            Err(error) => Some(error),
        }
    }

    async fn handle_failure(self, error: &ErrorBody) {
        let id = self.request.conversation();
        if error.code == ErrorCode::UnknownConversation {
            self.chat.conversation_not_found(id);
            return;
        }
        if let (
            ErrorCode::UnknownMessage,
            FetchRequest::Thread(_, root) | FetchRequest::ThreadState(_, root),
        ) = (error.code, self.request)
        {
            self.chat.thread_not_found(id, root);
            return;
        }
        TimeoutFuture::new(RETRY_DELAY_MS).await;
        if self.is_current() {
            self.chat.fetch_failed(id);
        }
    }
}
