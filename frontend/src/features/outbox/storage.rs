//! Stores the outbox in the browser, an entry per command, so that two tabs of one user never overwrite each other's
//! entries. It outlives the tab and the session: the next session of the same user sends what is stored.

use confab_shared::{
    command::Command,
    decode::{Decode, Json, field},
    error::ErrorBody,
    id::{ClientId, Timestamp},
    state::{OutboxEntry, SendState},
    user::User,
};
use serde::Serialize;
use uuid::Uuid;
use web_sys::StorageEvent;

use crate::{
    platform::{
        browser::{listen, window},
        storage::WebStorage,
    },
    session::storage_scope,
    state::{Chat, OutboxStorage},
};

const PREFIX: &str = "confab.outbox.";

/// The tab's own storage is the fallback where the browser's is full or forbidden.
const STORAGES: [WebStorage; 2] = [WebStorage::Browser, WebStorage::Tab];

/// The outbox of one user in this browser.
#[derive(Clone)]
pub(crate) struct BrowserOutboxStorage {
    /// The prefix of this user's keys.
    prefix: String,
}

/// An entry as it is stored.
#[derive(Serialize)]
struct StoredEntry<'a> {
    command: &'a Command,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<ErrorBody>,
    /// Whether files of the message are on their way to the server.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    waiting: bool,
}

/// Decodes a stored entry. Entries of a newer page that cannot be decoded are none, and stay stored.
fn decode_entry(text: &str) -> Option<OutboxEntry> {
    let value = Json::parse(text)?;
    let command = match value.get("command") {
        // Earlier pages stored messages only, with the fields of `send` beside `at` and `refused`.
        Json::Null => Command::Send(Decode::decode(&value)?),
        command => Decode::decode(command)?,
    };
    let state = match field::<Option<ErrorBody>>(&value, "refused")? {
        Some(error) => SendState::Failed(error.code, error.message),
        None if field::<Option<bool>>(&value, "waiting")? == Some(true) => SendState::Waiting,
        None => SendState::Pending,
    };
    Some(OutboxEntry { command, at: field(&value, "at")?, state })
}

fn encode_entry(entry: &OutboxEntry) -> Option<String> {
    let refused = match &entry.state {
        SendState::Failed(code, message) => Some(ErrorBody::new(*code, message.clone())),
        SendState::Waiting | SendState::Pending | SendState::Sent(_) => None,
    };
    let waiting = entry.state == SendState::Waiting;
    serde_json::to_string(&StoredEntry { command: &entry.command, at: entry.at, refused, waiting }).ok()
}

impl BrowserOutboxStorage {
    pub(crate) fn new(user: &User) -> Self {
        Self { prefix: format!("{PREFIX}{}.", storage_scope(user)) }
    }

    /// Applies what other tabs store and remove, for as long as the reactive owner lives.
    pub(crate) fn sync_with_other_tabs(self, chat: Chat) {
        listen(&window(), "storage", move |event: StorageEvent| {
            let key = event.key().unwrap_or_default();
            let id = key.strip_prefix(&self.prefix).and_then(|id| Uuid::try_parse(id).ok());
            let Some(id) = id.map(ClientId) else { return };
            // The current value counts: the entry may be gone since the event.
            match WebStorage::Browser.get(&key) {
                None => chat.resolved_elsewhere(id),
                Some(text) => {
                    if let Some(entry) = decode_entry(&text).filter(|entry| entry.client_id() == id) {
                        chat.stored_elsewhere(entry);
                    }
                }
            }
        });
    }

    fn key(&self, client_id: ClientId) -> String {
        format!("{}{client_id}", self.prefix)
    }
}

impl OutboxStorage for BrowserOutboxStorage {
    fn load(&self) -> Vec<OutboxEntry> {
        let entries = |storage: WebStorage| {
            let keys = storage.keys(&self.prefix);
            let entry = |key: &String| decode_entry(&storage.get(key)?);
            keys.iter().filter_map(entry).collect::<Vec<_>>()
        };
        // The tab stores only what the browser had no room for, so its state of an entry is the newer one.
        let [browser, mut loaded] = STORAGES.map(entries);
        loaded.extend(browser);
        loaded
    }

    fn save(&self, entry: &OutboxEntry) -> bool {
        let Some(text) = encode_entry(entry) else { return false };
        let key = self.key(entry.client_id());
        let [browser, tab] = STORAGES;
        let saved = browser.set(&key, &text);
        if saved {
            tab.remove(&key);
        } else {
            // Survives a reload, and is lost with the tab.
            tab.set(&key, &text);
        }
        saved
    }

    fn remove(&self, client_id: ClientId) {
        let key = self.key(client_id);
        STORAGES.into_iter().for_each(|storage| storage.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        command::{AddMembers, Leave, Rename, Send},
        error::ErrorCode,
        id::ConversationId,
    };

    use super::*;

    fn client_id() -> ClientId {
        ClientId(Uuid::try_parse("0190163d-8694-739b-aea5-966c26f8ad91").unwrap())
    }

    #[test]
    fn entries_of_earlier_pages_are_messages() {
        let (client_id, conversation) = (client_id(), ConversationId(7));
        let pending =
            r#"{"client_id":"0190163d-8694-739b-aea5-966c26f8ad91","conversation":7,"at":5,"text":"hi\n"}"#;
        let command = Command::from(Send::new(client_id, conversation, "hi\n".to_owned()));
        let entry = OutboxEntry { command, at: Timestamp(5), state: SendState::Pending };
        assert_eq!(decode_entry(pending), Some(entry.clone()));
        let refused = r#"{"client_id":"0190163d-8694-739b-aea5-966c26f8ad91","conversation":7,"at":5,"text":"hi\n","refused":{"code":"store_failed","message":"No."}}"#;
        let state = SendState::Failed(ErrorCode::StoreFailed, "No.".to_owned());
        assert_eq!(decode_entry(refused), Some(OutboxEntry { state, ..entry }));
    }

    #[test]
    fn every_command_survives_storage_with_its_state() {
        let (client_id, conversation) = (client_id(), ConversationId(7));
        for command in [
            Command::from(Send::new(client_id, conversation, "hi".to_owned())),
            AddMembers { client_id, conversation, users: vec!["mei".to_owned()] }.into(),
            Rename { client_id, conversation, title: "Trip".to_owned() }.into(),
            Leave { client_id, conversation }.into(),
        ] {
            for state in [
                SendState::Waiting,
                SendState::Pending,
                SendState::Failed(ErrorCode::WrongKind, "No.".to_owned()),
            ] {
                let entry = OutboxEntry { command: command.clone(), at: Timestamp(5), state };
                assert_eq!(decode_entry(&encode_entry(&entry).unwrap()), Some(entry));
            }
        }
    }

    #[test]
    fn entries_that_cannot_be_decoded_are_skipped() {
        for text in ["", "not JSON", r#"{"text":1}"#, r#"{"command":{"type":"of a newer page"},"at":5}"#] {
            assert_eq!(decode_entry(text), None, "{text}");
        }
    }
}
