//! Carries out what the state asks for over HTTP and hands the answers back.

use confab_shared::{
    api::EventPage,
    error::{ErrorBody, ErrorCode},
    id::{ConversationId, Seq},
    state::FetchRequest,
};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::{StreamExt, future::join};
use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;

use crate::{
    api::{self, Run},
    state::{Chat, Edge, Fetch},
};

/// The pause before a failed fetch is made again, in milliseconds.
const PAUSE_MILLIS: u32 = 2_000;

/// Runs for as long as the state does; fetches for different conversations do not wait for each other.
pub(crate) async fn run(chat: Chat, token: String, mut fetches: UnboundedReceiver<Fetch>) {
    while let Some(fetch) = fetches.next().await {
        let (token, asker) = (token.clone(), Asker { chat, welcomes: chat.welcomes() });
        spawn_local(async move {
            match fetch {
                Fetch::FetchRequest(need) => meet(asker, &token, need).await,
                Fetch::Beside(id, edge, seq) => {
                    let run = if edge == Edge::Older { Run::Before(seq) } else { Run::After(seq) };
                    let page = api::events(&token, id, run).await;
                    // Whatever is said meanwhile, these are events of the log.
                    if chat.is_there() {
                        chat.page_beside(id, edge, page.ok());
                    }
                }
            }
        });
    }
}

/// Who asked, and when.
#[derive(Clone, Copy)]
struct Asker {
    chat: Chat,
    /// How many welcomes there were then.
    welcomes: u32,
}

impl Asker {
    /// Whether the answer is still of use: not after another welcome.
    fn waits(self) -> bool {
        self.chat.is_there() && self.chat.welcomes() == self.welcomes
    }
}

async fn meet(asker: Asker, token: &str, need: FetchRequest) {
    let (chat, id) = (asker.chat, need.conversation());
    let failed = match need {
        FetchRequest::Conversation(_) => {
            hand(asker, api::conversation(token, id).await, |view| chat.view(view))
        }
        FetchRequest::Newest(_) => page(asker, need, api::events(token, id, Run::Newest).await),
        FetchRequest::After(_, seq) => page(asker, need, api::events(token, id, Run::After(seq)).await),
        FetchRequest::Around(_, seq) => page(asker, need, around(token, id, seq).await),
    };
    if let Some(error) = failed {
        give_up(asker, id, &error).await;
    }
}

fn page(asker: Asker, need: FetchRequest, answer: api::Answer<EventPage>) -> Option<ErrorBody> {
    hand(asker, answer, |page| asker.chat.page(need, page))
}

/// The events before a seq and those from it on.
async fn around(token: &str, id: ConversationId, seq: Seq) -> api::Answer<EventPage> {
    let older = api::events(token, id, Run::Before(seq));
    let newer = api::events(token, id, Run::After(Seq(seq.0.saturating_sub(1))));
    let (older, newer) = join(older, newer).await;
    Ok(older?.joined(newer?))
}

/// Hands an answer to the state, or answers what went wrong.
fn hand<T>(asker: Asker, answer: api::Answer<T>, take: impl FnOnce(T)) -> Option<ErrorBody> {
    match answer {
        _ if !asker.waits() => None,
        Ok(answer) => {
            take(answer);
            None
        }
        Err(error) => Some(error),
    }
}

async fn give_up(asker: Asker, id: ConversationId, error: &ErrorBody) {
    if error.code == ErrorCode::UnknownConversation {
        asker.chat.gone(id);
        return;
    }
    TimeoutFuture::new(PAUSE_MILLIS).await;
    if asker.waits() {
        asker.chat.fetch_failed(id);
    }
}
