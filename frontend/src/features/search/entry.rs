//! The way to the search, above the list of conversations.

use leptos::prelude::*;

use crate::{
    i18n::{t, t_fmt, td_string},
    route::{Location, SEARCH_PATH, use_route},
    ui::{
        icon::{Icon, IconView},
        show::optional_attr,
    },
};

#[component]
pub(crate) fn SearchEntry() -> impl IntoView {
    let route = use_route();
    view! {
        <a
            class="icon-button"
            href=SEARCH_PATH
            data-testid="search"
            title=t_fmt(|l| format!("{} (/)", td_string!(l, search.title)))
            aria-label=t(|l| td_string!(l, search.title))
            aria-keyshortcuts="/"
            aria-current=optional_attr(move || (route.location() == Location::Search).then_some("page"))
        >
            <IconView icon=Icon::SearchText/>
        </a>
    }
}
