//! New messages for screen readers: said politely, and a burst of them in one sentence.

use std::{cell::RefCell, rc::Rc, time::Duration};

use confab_shared::{conversation::ConversationKind, id::ConversationId, markdown::preview, state::State};
use leptos::prelude::*;

use super::{
    attachments::words::words,
    conversations::display_name::name_of,
    message_text::{beginning, spoken},
    threads::follow::is_following,
};
use crate::{
    i18n::{Locale, plurals::t_plural, td_string, use_language},
    platform::{browser::document, clock},
    state::{Chat, IncomingMessage},
    ui::{
        bidi::isolate,
        person_name::shown_name,
        reactive::{Debounce, effect},
    },
};

/// How long nothing more comes before what came is said.
const QUIET: Duration = Duration::from_secs(1);

/// How long a burst is waited for, in milliseconds: where messages come without end, so often is something said.
const MAX_WAIT_MS: u64 = 5_000;

/// How many characters of a message are said.
const MAX_SAID: usize = 200;

/// What waits to be said, and since when.
#[derive(Default)]
struct Burst {
    messages: Vec<IncomingMessage>,
    since: u64,
}

/// The place in which new messages are said. Nothing is said of what nobody looks at: a page in the background is silent, and so is
/// Everyone where it is not open.
#[component]
pub(crate) fn Announcer() -> impl IntoView {
    let (lang, chat): (_, Chat) = (use_language(), expect_context());
    let said = RwSignal::new(String::new());
    let (burst, pause) = (Rc::new(RefCell::new(Burst::default())), Debounce::new());
    effect(move || {
        let mut incoming = chat.take_incoming();
        if document().hidden() {
            return;
        }
        chat.state.with_untracked(|state| incoming.retain(|message| is_said(state, message)));
        if incoming.is_empty() {
            return;
        }
        let now = clock::now().0;
        let waits = {
            let mut burst = burst.borrow_mut();
            if burst.messages.is_empty() {
                burst.since = now;
                // The same words once more are a change only where others stood between.
                said.set(String::new());
            }
            burst.messages.append(&mut incoming);
            MAX_WAIT_MS.saturating_sub(now.saturating_sub(burst.since))
        };
        let burst = Rc::clone(&burst);
        pause.schedule(QUIET.min(Duration::from_millis(waits)), move || {
            let messages = std::mem::take(&mut burst.borrow_mut().messages);
            let locale = untrack(|| lang.get());
            said.try_set(chat.state.with_untracked(|state| sentence(locale, state, &messages)));
        });
    });
    on_cleanup(move || pause.cancel());
    view! { <p class="visually-hidden" role="status" data-testid="announced">{said}</p> }
}

/// Whether a message is said.
fn is_said(state: &State, IncomingMessage { scope, .. }: &IncomingMessage) -> bool {
    let is_open = state.open_conversation() == Some(scope.id);
    match scope.thread {
        Some(root) => is_open && state.opened_thread() == Some(root) || is_following(state, scope.id, root),
        None => {
            is_open || state.conversation(scope.id).is_some_and(|c| c.kind != ConversationKind::Broadcast)
        }
    }
}

/// What is said of messages: one is read out, of several their number.
fn sentence(locale: Locale, state: &State, messages: &[IncomingMessage]) -> String {
    let name = |id: ConversationId| name_of(locale, state, id).map(|name| isolate(&name)).unwrap_or_default();
    let mut conversations: Vec<_> = messages.iter().map(|message| message.scope.id).collect();
    conversations.sort_unstable();
    conversations.dedup();
    let count = messages.len() as u64;
    match (messages, conversations.as_slice()) {
        ([message], [id]) => {
            let author = state.user(message.by).map(shown_name).unwrap_or_default();
            let text = match &message.attachments {
                Some(files) if message.text.is_empty() => words(locale, files),
                _ => spoken(locale, &preview(&message.text, false)),
            };
            let text = beginning(&text, MAX_SAID);
            let (author, text) = (isolate(&author), isolate(&text));
            let is_named = state.open_conversation() == Some(*id)
                || state.conversation(*id).is_some_and(|c| c.kind == ConversationKind::Direct);
            match is_named {
                true => td_string!(locale, sidebar.author, name = author, text = text).to_string(),
                false => {
                    let place = name(*id);
                    td_string!(locale, announced.one_in, author = author, name = place, text = text)
                        .to_string()
                }
            }
        }
        (_, [id]) => t_plural!(locale, count, announced.messages, count = count, name = name(*id)),
        (_, several) => {
            let conversations = several.len();
            td_string!(locale, announced.several, count = count, conversations = conversations).to_string()
        }
    }
}
