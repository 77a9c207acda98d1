//! Translations, from `locales/`, and the language of the page.

pub(crate) mod collation;
pub(crate) mod dates;
pub(crate) mod lists;
pub(crate) mod plurals;
mod waits;

use confab_shared::{
    error::{ErrorBody, ErrorCode},
    text::UserName,
};
use leptos::prelude::*;

use crate::platform::{browser, storage::WebStorage};

#[allow(unreachable_pub, unused, clippy::all)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}
pub(crate) use generated::i18n::Locale;
pub(crate) use leptos_i18n::td_string;

const STORAGE_KEY: &str = "confab.language";

/// The language of the page as a signal: a view that reads it follows it.
#[derive(Clone, Copy)]
pub(crate) struct Language(RwSignal<Locale>);

impl Language {
    /// Provides the language that the user chose earlier, else the first of the browser's that the page supports.
    pub(crate) fn provide() -> Self {
        let chosen = WebStorage::Browser.get(STORAGE_KEY).and_then(|tag| supported(&tag));
        let language = Self(RwSignal::new(chosen.or_else(preferred).unwrap_or_default()));
        provide_context(language);
        Effect::new(move |_| {
            if let Some(root) = browser::document().document_element() {
                let _ = root.set_attribute("lang", tag(language.get()));
            }
        });
        language
    }

    pub(crate) fn get(self) -> Locale {
        self.0.get()
    }

    /// Switches to the other language and stores the choice.
    pub(crate) fn toggle(self) {
        let other = match self.0.get_untracked() {
            Locale::en => Locale::zh_CN,
            Locale::zh_CN => Locale::en,
        };
        WebStorage::Browser.set(STORAGE_KEY, tag(other));
        self.0.set(other);
    }
}

/// The language of the views below [`Language::provide`].
pub(crate) fn use_language() -> Language {
    expect_context()
}

/// A translation that follows the language. One type for all texts, so that their views are compiled once.
pub(crate) fn t(
    text: fn(Locale) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    let language = use_language();
    move || text(language.get())
}

/// A translation with arguments that follows the language and what the arguments read.
pub(crate) fn t_fmt(text: impl Fn(Locale) -> String + Send + Sync + 'static) -> Signal<String> {
    let language = use_language();
    Signal::derive(move || text(language.get()))
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
    let regional = preferred_tags().into_iter().find(|preferred| preferred.split('-').next() == language);
    regional.unwrap_or_else(|| tag.to_owned())
}

/// The BCP 47 tags of the browser's languages, in order of preference.
pub(crate) fn preferred_tags() -> Vec<String> {
    browser::window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

fn preferred() -> Option<Locale> {
    preferred_tags().iter().find_map(|tag| supported(tag))
}

/// The page's language for a BCP 47 tag, by its first subtag.
fn supported(tag: &str) -> Option<Locale> {
    match tag.split('-').next() {
        Some("en") => Some(Locale::en),
        Some("zh") => Some(Locale::zh_CN),
        _ => None,
    }
}

/// The text of an error: translated where there is a translation, else the server's own sentence.
pub(crate) fn error_text(locale: Locale, error: &ErrorBody) -> String {
    let known = match error.code {
        ErrorCode::AccountsOnly => td_string!(locale, error.accounts_only),
        ErrorCode::BadEmoji => td_string!(locale, error.bad_emoji),
        ErrorCode::BadInvitation => td_string!(locale, error.bad_invitation),
        ErrorCode::BadName => td_string!(locale, error.bad_name),
        ErrorCode::BadToken => td_string!(locale, error.bad_token),
        ErrorCode::Busy => td_string!(locale, error.busy),
        ErrorCode::Deactivated => td_string!(locale, error.deactivated),
        ErrorCode::CodeRequired => td_string!(locale, error.code_required),
        ErrorCode::Forbidden => td_string!(locale, error.forbidden),
        ErrorCode::Internal => td_string!(locale, error.internal),
        ErrorCode::NameTaken => td_string!(locale, error.name_taken),
        ErrorCode::NotFound => td_string!(locale, error.not_found),
        ErrorCode::PasswordRequired => td_string!(locale, error.password_required),
        ErrorCode::SecondFactorRequired => td_string!(locale, error.second_factor_required),
        ErrorCode::RateLimited => match error.retry_after_ms {
            Some(wait_ms) => return waits::rate_limited_text(locale, wait_ms),
            None => td_string!(locale, error.rate_limited),
        },
        ErrorCode::ShuttingDown => td_string!(locale, error.shutting_down),
        ErrorCode::StoreFailed => td_string!(locale, error.store_failed),
        ErrorCode::TextControlCharacter => td_string!(locale, error.text_control_character),
        ErrorCode::TextEmpty => td_string!(locale, error.text_empty),
        ErrorCode::TextTooLong => td_string!(locale, error.text_too_long),
        ErrorCode::TooLarge => td_string!(locale, error.too_large),
        ErrorCode::TooManyReactions => td_string!(locale, error.too_many_reactions),
        ErrorCode::UnknownConversation => td_string!(locale, error.unknown_conversation),
        ErrorCode::UnknownMessage => td_string!(locale, error.unknown_message),
        ErrorCode::UnknownUser => td_string!(locale, error.unknown_user),
        ErrorCode::WeakPassword => td_string!(locale, error.weak_password),
        ErrorCode::WrongCode => td_string!(locale, error.wrong_code),
        ErrorCode::WrongPassword => td_string!(locale, error.wrong_password),
        ErrorCode::WrongKind => td_string!(locale, error.wrong_kind),
        ErrorCode::ForeignOrigin => return foreign_origin_text(locale),
        // No answer in time, or one that is not Confab's.
        ErrorCode::Unknown if error.message.is_empty() => td_string!(locale, error.offline),
        ErrorCode::BadFrame
        | ErrorCode::BadJson
        | ErrorCode::BadLimit
        | ErrorCode::BadRequest
        | ErrorCode::BinaryFrame
        | ErrorCode::IdempotencyConflict
        | ErrorCode::HelloExpected
        | ErrorCode::Incomplete
        | ErrorCode::MethodNotAllowed
        | ErrorCode::TooManyConnections
        | ErrorCode::UnknownType
        | ErrorCode::UpgradeRequired
        | ErrorCode::WrongSender
        | ErrorCode::Unknown => return error.message.clone(),
    };
    known.to_string()
}

/// Why the server refuses the page's requests, and what its operator can do: mostly, a proxy replaces the `Host` header.
pub(crate) fn foreign_origin_text(locale: Locale) -> String {
    let site = browser::window().location().origin().unwrap_or_default();
    td_string!(locale, error.foreign_origin, site = site).to_string()
}

/// The text of an error of a name, with the limit of its length.
pub(crate) fn name_error_text(locale: Locale, error: &ErrorBody) -> String {
    if error.code == ErrorCode::TextTooLong {
        td_string!(locale, error.name_too_long, max = UserName::MAX_CHARS).to_string()
    } else {
        error_text(locale, error)
    }
}
