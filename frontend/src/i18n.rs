//! The page's words in every language it speaks, from `locales/`, and which of them is spoken.

pub(crate) mod lists;
pub(crate) mod plurals;

use confab_shared::{
    protocol::{ErrorBody, ErrorCode},
    text::UserName,
};
use leptos::prelude::*;

use crate::{browser, reactive::watch, storage::Keep};

#[allow(unreachable_pub, unused, clippy::all)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}
pub(crate) use generated::i18n::Locale;
pub(crate) use leptos_i18n::td_string;

const CHOICE: &str = "confab.language";

/// The language that is spoken: reading it in a view keeps the view in that language.
#[derive(Clone, Copy)]
pub(crate) struct Language(RwSignal<Locale>);

impl Language {
    /// The language chosen before, else the first of the browser's that the page speaks.
    pub(crate) fn provide() -> Self {
        let chosen = Keep::Browser.get(CHOICE).and_then(|tag| spoken(&tag));
        let language = Self(RwSignal::new(chosen.or_else(preferred).unwrap_or_default()));
        provide_context(language);
        watch(move || {
            if let Some(root) = browser::document().document_element() {
                let _ = root.set_attribute("lang", tag(language.get()));
            }
        });
        language
    }

    pub(crate) fn get(self) -> Locale {
        self.0.get()
    }

    /// Speaks the other language, now and the next time.
    pub(crate) fn switch(self) {
        let other = match self.0.get_untracked() {
            Locale::en => Locale::zh_CN,
            Locale::zh_CN => Locale::en,
        };
        Keep::Browser.set(CHOICE, tag(other));
        self.0.set(other);
    }
}

/// The language of the views below the app.
pub(crate) fn use_language() -> Language {
    expect_context()
}

/// Words that follow the language. One type for all that says something, and so compiled once.
pub(crate) fn say(
    words: fn(Locale) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    let language = use_language();
    move || words(language.get())
}

/// Words that follow the language and whatever else goes into them.
pub(crate) fn tell(words: impl Fn(Locale) -> String + Send + Sync + 'static) -> Signal<String> {
    let language = use_language();
    Signal::derive(move || words(language.get()))
}

/// The language's BCP 47 tag.
pub(crate) fn tag(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en",
        Locale::zh_CN => "zh-CN",
    }
}

/// The tag with the reader's own region, where the browser names one: `en-GB` for a British reader of the English page.
pub(crate) fn regional_tag(locale: Locale) -> String {
    let tag = tag(locale);
    let language = tag.split('-').next();
    let regional = wanted().into_iter().find(|wanted| wanted.split('-').next() == language);
    regional.unwrap_or_else(|| tag.to_owned())
}

/// The languages that the browser asks for, the most wanted first.
pub(crate) fn wanted() -> Vec<String> {
    browser::window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

fn preferred() -> Option<Locale> {
    wanted().iter().find_map(|tag| spoken(tag))
}

/// The page's language for a tag, by its first part.
fn spoken(tag: &str) -> Option<Locale> {
    match tag.split('-').next() {
        Some("en") => Some(Locale::en),
        Some("zh") => Some(Locale::zh_CN),
        _ => None,
    }
}

/// What went wrong, in the page's words where it has some, else in the server's.
pub(crate) fn error_text(locale: Locale, error: &ErrorBody) -> String {
    let known = match error.code {
        ErrorCode::AccountsOnly => td_string!(locale, error.accounts_only),
        ErrorCode::BadName => td_string!(locale, error.bad_name),
        ErrorCode::BadToken => td_string!(locale, error.bad_token),
        ErrorCode::Internal => td_string!(locale, error.internal),
        ErrorCode::NameTaken => td_string!(locale, error.name_taken),
        ErrorCode::NotFound => td_string!(locale, error.not_found),
        ErrorCode::ShuttingDown => td_string!(locale, error.shutting_down),
        ErrorCode::StoreFailed => td_string!(locale, error.store_failed),
        ErrorCode::TextControlCharacter => td_string!(locale, error.text_control_character),
        ErrorCode::TextEmpty => td_string!(locale, error.text_empty),
        ErrorCode::TextTooLong => td_string!(locale, error.text_too_long),
        ErrorCode::TooLarge => td_string!(locale, error.too_large),
        ErrorCode::UnknownConversation => td_string!(locale, error.unknown_conversation),
        ErrorCode::UnknownUser => td_string!(locale, error.unknown_user),
        ErrorCode::WrongKind => td_string!(locale, error.wrong_kind),
        _ if error.message.is_empty() => td_string!(locale, error.offline),
        _ => return error.message.clone(),
    };
    known.to_string()
}

/// What is wrong with a name, where the limit is worth telling.
pub(crate) fn name_error_text(locale: Locale, error: &ErrorBody) -> String {
    if error.code == ErrorCode::TextTooLong {
        td_string!(locale, error.name_too_long, max = UserName::MAX_CHARS).to_string()
    } else {
        error_text(locale, error)
    }
}
