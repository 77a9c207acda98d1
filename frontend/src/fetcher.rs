//! Carries out what the state asks for over HTTP and hands the answers back.

use confab_shared::{
    ids::ConversationId,
    protocol::{ErrorBody, ErrorCode},
    state::Need,
};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;

use crate::{
    api::{self, Run},
    state::{Chat, Fetch},
};

/// The pause before a failed fetch is made again, in milliseconds.
const PAUSE_MILLIS: u32 = 2_000;

/// Runs for as long as the state does; fetches for different conversations do not wait for each other.
pub(crate) async fn run(chat: Chat, token: String, mut fetches: UnboundedReceiver<Fetch>) {
    while let Some(fetch) = fetches.next().await {
        let token = token.clone();
        spawn_local(async move {
            match fetch {
                Fetch::Need(need) => meet(chat, &token, need).await,
                Fetch::Older(id, seq) => {
                    let page = api::events(&token, id, Run::Before(seq)).await;
                    if !over(chat) {
                        chat.older_page(id, page.ok());
                    }
                }
            }
        });
    }
}

async fn meet(chat: Chat, token: &str, need: Need) {
    let id = need.conversation();
    let failed = match need {
        Need::Conversation(_) => hand(chat, api::conversation(token, id).await, |view| chat.view(view)),
        Need::Newest(_) => hand(chat, api::events(token, id, Run::Newest).await, |page| chat.page(id, page)),
        Need::After(_, seq) => {
            hand(chat, api::events(token, id, Run::After(seq)).await, |page| chat.page(id, page))
        }
    };
    if let Some(error) = failed {
        give_up(chat, id, &error).await;
    }
}

/// Hands an answer to the state, or answers what went wrong.
fn hand<T>(chat: Chat, answer: api::Answer<T>, take: impl FnOnce(T)) -> Option<ErrorBody> {
    match answer {
        Ok(_) if over(chat) => None,
        Ok(answer) => {
            take(answer);
            None
        }
        Err(error) => Some(error),
    }
}

async fn give_up(chat: Chat, id: ConversationId, error: &ErrorBody) {
    if over(chat) {
        return;
    }
    if error.code == ErrorCode::UnknownConversation {
        chat.forget(id);
        return;
    }
    TimeoutFuture::new(PAUSE_MILLIS).await;
    if !over(chat) {
        chat.fetch_failed(id);
    }
}

/// Whether the person signed out meanwhile: the state is gone then.
fn over(chat: Chat) -> bool {
    leptos::prelude::IsDisposed::is_disposed(&chat.state)
}
