//! Translations, from `locales/`, and the language of the page.

pub(crate) mod collation;
pub(crate) mod dates;
pub(crate) mod errors;
pub(crate) mod lists;
pub(crate) mod plurals;
mod waits;

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
