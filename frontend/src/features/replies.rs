//! Replies: a message quotes the one that it replies to, as that is now.

pub(crate) mod bar;
pub(crate) mod quote;

use confab_shared::{
    id::Seq,
    markdown::preview,
    message::Message,
    state::{MessageView, State},
};
use leptos::prelude::*;

use crate::{
    features::{
        attachments::words::of_message,
        conversations::author_hues::use_author_hues,
        message_text::{Content, beginning},
    },
    i18n::{Locale, td_string},
    state::{Chat, Scope},
    ui::{
        person_name::shown_name,
        reactive::{effect, memo},
    },
};

/// How many characters of a message are quoted: two lines of a wide bubble.
const QUOTED_CHARS: usize = 200;

/// A message that something in a timeline is about, fetched where it is not cached; none until then.
pub(crate) fn original(chat: Chat, scope: Scope, seq: Memo<Option<Seq>>) -> Memo<Option<MessageView>> {
    let view = memo(move || seq.get().and_then(|seq| chat.state.with(|state| state.message(scope.id, seq))));
    let missing = memo(move || {
        let cached = |state: &State| scope.timeline(state).is_some();
        seq.get().filter(|_| view.with(Option::is_none) && chat.state.with(cached))
    });
    effect(move || {
        if let Some(seq) = missing.get() {
            chat.want_quote(scope, seq);
        }
    });
    view
}

/// The author of a message as a quote names them, and the class of their colour.
fn author(
    chat: Chat,
    view: Memo<Option<MessageView>>,
) -> (impl Fn(Locale) -> String + Copy + Send + Sync, Memo<String>) {
    let by = memo(move || view.with(|view| view.as_ref().map(|view| view.message.by)));
    let person = memo(move || by.get().and_then(|by| chat.person(by)));
    let own = memo(move || by.get().is_some() && by.get() == chat.me().map(|me| me.id));
    let name = move |locale: Locale| match own.get() {
        true => td_string!(locale, timeline.author_you).to_owned(),
        false => person.with(|person| person.as_ref().map(shown_name)).unwrap_or_default(),
    };
    let hues = use_author_hues();
    let ink = memo(move || match person.get().filter(|_| !own.get()) {
        Some(person) => format!("ink-{}", hues.of(person.id, person.name.as_str()).get()),
        None => String::new(),
    });
    (name, ink)
}

/// The words of a quoted message, without signs of their form.
pub(crate) fn words(locale: Locale, message: &Message) -> String {
    match message.deleted {
        Some(_) => td_string!(locale, replies.deleted).to_owned(),
        None => beginning(&preview(&of_message(locale, message), false), QUOTED_CHARS),
    }
}

/// What a quote shows of a message: a word that it is deleted, or three dots until it is there.
fn quoted(locale: Locale, message: Option<&Message>) -> Content {
    match message {
        Some(message) if message.deleted.is_none() => {
            Content { text: of_message(locale, message), mentions: message.mentions.clone() }
        }
        Some(_) => Content { text: td_string!(locale, replies.deleted).to_owned(), ..Content::default() },
        None => Content { text: "…".to_owned(), ..Content::default() },
    }
}
