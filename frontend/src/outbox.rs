//! What is unsent, as the browser keeps it: one entry per message, so that two tabs of one person never write over
//! each other. It outlives the tab, and the session; whoever comes in again as the same person sends it then.

use confab_shared::{
    command::{Command, Send},
    error::ErrorBody,
    id::{ClientId, ConversationId, Timestamp},
    state::{OutboxEntry, SendState},
    user::User,
};
use serde::Serialize;
use uuid::Uuid;
use web_sys::StorageEvent;

use crate::{
    browser::{listen, window},
    decode::{self, Json, Read, field},
    session::mark_of,
    state::{Chat, Shelf},
    storage::Keep,
};

const OUTBOX: &str = "confab.outbox.";

/// Where to keep it: in the browser, where the next tab finds it; in the tab where that is full or forbidden.
const PLACES: [Keep; 2] = [Keep::Browser, Keep::Tab];

/// What one person has unsent in this browser.
#[derive(Clone)]
pub(crate) struct BrowserShelf {
    /// What the keys of this person's entries begin with: nobody else's do.
    prefix: String,
}

/// An entry.
#[derive(Serialize)]
struct Entry {
    client_id: ClientId,
    conversation: ConversationId,
    at: Timestamp,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<ErrorBody>,
}

impl Read for Entry {
    fn read(value: &Json) -> Option<Self> {
        Some(Self {
            client_id: field(value, "client_id")?,
            conversation: field(value, "conversation")?,
            at: field(value, "at")?,
            text: field(value, "text")?,
            refused: field(value, "refused")?,
        })
    }
}

impl BrowserShelf {
    pub(crate) fn of(user: &User) -> Self {
        Self { prefix: format!("{OUTBOX}{}.{}.", user.id, mark_of(user.name.as_str())) }
    }

    /// Hears of what another tab sent or gave up, for as long as the reactive owner lives.
    pub(crate) fn follow(self, chat: Chat) {
        listen(&window(), "storage", move |event: StorageEvent| {
            let settled = event.key().filter(|_| event.new_value().is_none());
            let id = settled.as_deref().and_then(|key| key.strip_prefix(&self.prefix));
            if let Some(id) = id.and_then(|id| Uuid::try_parse(id).ok()) {
                chat.resolved_elsewhere(ClientId(id));
            }
        });
    }

    fn key(&self, client_id: ClientId) -> String {
        format!("{}{client_id}", self.prefix)
    }
}

impl Shelf for BrowserShelf {
    /// What cannot be read is left alone: it may be of a newer page.
    fn kept(&self) -> Vec<OutboxEntry> {
        let read = |keep: Keep, key: &String| decode::body::<Entry>(&keep.get(key)?).map(outgoing);
        let of =
            |keep: Keep| keep.keys(&self.prefix).iter().filter_map(|key| read(keep, key)).collect::<Vec<_>>();
        // The tab has only what the browser had no room for, so what it says of a message is newer.
        let [browsers, mut kept] = PLACES.map(of);
        kept.extend(browsers);
        kept
    }

    fn keep(&self, entry: &OutboxEntry) -> bool {
        let OutboxEntry { command, at, state } = entry;
        let Command::Send(Send { client_id, conversation, text }) = command else { return false };
        let refused = match state {
            SendState::Failed(code, message) => {
                Some(ErrorBody { code: *code, message: message.clone(), client_id: None })
            }
            SendState::Pending | SendState::Sent(_) => None,
        };
        let entry = Entry {
            client_id: *client_id,
            conversation: *conversation,
            at: *at,
            text: text.clone(),
            refused,
        };
        let Ok(text) = serde_json::to_string(&entry) else { return false };
        let key = self.key(*client_id);
        // What the tab alone has outlives a reload, and is lost with the tab.
        let [browser, tab] = PLACES;
        let kept = browser.set(&key, &text);
        if kept {
            tab.remove(&key);
        } else {
            tab.set(&key, &text);
        }
        kept
    }

    fn let_go(&self, client_id: ClientId) {
        let key = self.key(client_id);
        PLACES.into_iter().for_each(|keep| keep.remove(&key));
    }
}

fn outgoing(entry: Entry) -> OutboxEntry {
    let Entry { client_id, conversation, at, text, refused } = entry;
    let state = match refused {
        Some(error) => SendState::Failed(error.code, error.message),
        None => SendState::Pending,
    };
    OutboxEntry { command: Send { client_id, conversation, text }.into(), at, state }
}
