//! What the search shows before it found something: the recent searches, how to search; and that nothing was found.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{
    focus::focus_at_end,
    keys::{FIELD_ID, focus_field},
    labels::filter_label,
    query::Query,
    recent::Recent,
    searching::Search,
};
use crate::{
    features::conversations::hits::Step,
    i18n::{t, td_string, use_language},
    platform::browser::document,
    route::search_path,
    ui::{
        bidi::render_isolated,
        icon::{Icon, IconView},
        icon_button::IconButton,
        reactive::{memo, on_event},
        show::{Show, dynamic},
    },
};

#[component]
pub(super) fn Start(search: Search) -> impl IntoView {
    let none = memo(move || search.recent.with(|recent| recent.queries.is_empty()));
    view! {
        <Show
            when=move || !none.get()
            fallback=|| view! {
                <div class="empty-state small" data-testid="search-start">
                    <IconView icon=Icon::SearchText/>
                    <h2>{t(|l| td_string!(l, search.start_title))}</h2>
                    <p>{t(|l| td_string!(l, search.start))}</p>
                </div>
            }
        >
            <RecentSearches search/>
        </Show>
    }
}

#[component]
fn RecentSearches(search: Search) -> impl IntoView {
    let forget_all = move || {
        search.change_recent(|_| Recent::default());
        focus_field(FIELD_ID);
    };
    view! {
        <section class="search-recent" data-testid="search-recent" on:keydown=on_keydown>
            <header>
                <h2>{t(|l| td_string!(l, search.recent))}</h2>
                <button class="button plain" type="button" data-testid="forget-searches" on:click=on_event(forget_all)>
                    {t(|l| td_string!(l, search.forget_all))}
                </button>
            </header>
            <ul>
                {dynamic(move || {
                    let queries = search.recent.with(|recent| recent.queries.clone());
                    queries.into_iter().map(|query| recent_search(search, query)).collect_view().into_any()
                })}
            </ul>
        </section>
    }
}

fn recent_search(search: Search, source: String) -> impl IntoView {
    let lang = use_language();
    let query = Query::of(&source);
    let label = move || {
        let filters = query.filters.iter().map(|filter| {
            let label = filter_label(lang.get(), search.chat, filter);
            view! { <span class="search-chip small">{render_isolated(&label)}</span> }
        });
        view! {
            {filters.collect_view()}
            <bdi>{query.text.trim().to_owned()}</bdi>
        }
        .into_any()
    };
    let forgotten = source.clone();
    let forget = move || {
        search.change_recent(|recent| recent.without(&forgotten));
        focus_field(FIELD_ID);
    };
    view! {
        <li>
            <a href=search_path(&source) data-testid="recent-search" on:click=on_event(focus_at_end)>
                <IconView icon=Icon::Clock/>
                <span dir="auto">{dynamic(label)}</span>
            </a>
            <IconButton
                icon=Icon::Close
                label=|l| td_string!(l, search.forget)
                testid="forget-search"
                on_press=move |()| forget()
            />
        </li>
    }
}

/// The arrow keys lead from one recent search to the next; above the first one is the field.
fn on_keydown(event: KeyboardEvent) {
    let key = event.key();
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
    let Some(step) = Step::of_key(&key).filter(|_| !modified) else {
        if key == "Escape" {
            event.prevent_default();
            focus_field(FIELD_ID);
        }
        return;
    };
    event.prevent_default();
    let Ok(links) = document().query_selector_all(".search-recent a") else { return };
    let links: Vec<Element> = (0..links.length()).filter_map(|at| links.item(at)?.dyn_into().ok()).collect();
    let row = event.target().and_then(|target| target.dyn_into::<Element>().ok()?.closest("li").ok()?);
    let index = row.and_then(|row| links.iter().position(|link| row.contains(Some(link))));
    match step.from(index, links.len()).and_then(|next| links[next].dyn_ref::<HtmlElement>()) {
        Some(link) => {
            let _ = link.focus();
        }
        None if step == Step::Up => focus_field(FIELD_ID),
        None => {}
    }
}

#[component]
pub(super) fn NothingFound(search: Search) -> impl IntoView {
    let filtered = memo(move || {
        search
            .found
            .with(|found| found.as_ref().is_some_and(|found| !Query::of(&found.query).filters.is_empty()))
    });
    let words = memo(move || {
        let query = search.found.with(|found| found.as_ref().map(|found| Query::of(&found.query)));
        query.is_some_and(|query| !query.text.trim().is_empty())
    });
    let without_filters = move || {
        search.query.update(|query| query.filters.clear());
        focus_at_end();
    };
    view! {
        <div class="empty-state small" data-testid="search-nothing" role="status">
            <IconView icon=Icon::SearchText/>
            <h2>{t(|l| td_string!(l, search.nothing))}</h2>
            <p>{t(|l| td_string!(l, search.nothing_hint))}</p>
            <Show when=move || filtered.get() && words.get()>
                <button class="button quiet" type="button" data-testid="search-unfiltered" on:click=on_event(without_filters)>
                    {t(|l| td_string!(l, search.without_filters))}
                </button>
            </Show>
        </div>
    }
}
