//! The view of the search: the field, and below it what was found, or what one searched for last.

use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use super::{
    field::{Field, FilterButtons},
    hits::{Results, focus_hit},
    keys::{FIELD_ID, focus_field},
    results::Found,
    searching::{Search, Status},
    start::{NothingFound, Start},
};
use crate::{
    i18n::{errors::error_text, plurals::t_plural, t, t_fmt, td_string},
    platform::browser::{is_focus_free, is_wide_screen, on_next_frame},
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, bool_attr},
    },
};

/// How far from the end of the results the next part is fetched, in pixels.
const NEAR_END: i32 = 600;

#[component]
pub(super) fn SearchPage() -> impl IntoView {
    let chat: Chat = expect_context();
    chat.open(None);
    let (search, is_back) = Search::new(chat);
    let scroller = ElementRef::new();
    arrive(search, scroller, is_back);
    let on_scroll = move || {
        let Some(scroller) = scroller.get_untracked::<Element>() else { return };
        search.scroll_top.set_value(scroller.scroll_top());
        let rest = scroller.scroll_height() - scroller.scroll_top() - scroller.client_height();
        if rest < NEAR_END && search.status.with_untracked(|status| *status == Status::Idle) {
            search.fetch_more();
        }
    };
    // A window may be higher than a part of the results.
    effect(move || {
        search.found.track();
        on_next_frame(on_scroll);
    });
    // What is found anew is shown from its beginning.
    let query = memo(move || search.found.with(|found| found.as_ref().map(|found| found.query.clone())));
    let seen = StoredValue::new(query.get_untracked());
    effect(move || {
        let query = query.get();
        if seen.get_value() != query {
            seen.set_value(query);
            if let Some(scroller) = scroller.get_untracked::<Element>() {
                scroller.set_scroll_top(0);
            }
        }
    });
    let searching = memo(move || search.status.with(|status| *status == Status::Searching));
    let failed = memo(move || search.status.with(|status| matches!(status, Status::Failed(_))));
    let is = move |holds: fn(&Found) -> bool| {
        memo(move || search.found.with(|found| found.as_ref().is_some_and(holds)))
    };
    let (nothing, something) = (is(Found::is_empty), is(|found| !found.is_empty()));
    let incomplete = is(|found| !found.complete);
    let start = move || search.found.with(Option::is_none) && !searching.get() && !failed.get();
    view! {
        <section class="search" data-testid="search-page" aria-busy=bool_attr(move || searching.get())>
            <header class="header search-header">
                <a href="/" class="icon-button back" data-testid="back" aria-label=t(|l| td_string!(l, conversation.back))>
                    <IconView icon=Icon::Back/>
                </a>
                <h1 class="visually-hidden">{t(|l| td_string!(l, search.title))}</h1>
                <Field search/>
            </header>
            <div class="search-progress" class:active=searching></div>
            <div class="search-body" use:capture=scroller on:scroll=on_event(on_scroll)>
                <div class="search-content">
                    <FilterButtons search/>
                    <Show when=failed>
                        <Failure search/>
                    </Show>
                    <Show when=move || incomplete.get() && !failed.get()>
                        <p class="search-note" role="status" data-testid="search-incomplete">
                            {t(|l| td_string!(l, search.incomplete))}
                        </p>
                    </Show>
                    <Show when=start>
                        <Start search/>
                    </Show>
                    <Show when=move || searching.get() && search.found.with(Option::is_none)>
                        <Skeleton/>
                    </Show>
                    <Show when=move || something.get() && !failed.get()>
                        <Count search/>
                        <Results search/>
                        <End search/>
                    </Show>
                    <Show when=move || nothing.get() && !failed.get()>
                        <NothingFound search/>
                    </Show>
                </div>
            </div>
        </section>
    }
}

/// Puts the keyboard where the user is: in the field, or at the hit from which Back led here.
fn arrive(search: Search, scroller: ElementRef, is_back: bool) {
    let scroll_top = search.scroll_top.get_value();
    effect(move || {
        let Some(scroller) = scroller.get::<HtmlElement>() else { return };
        on_next_frame(move || {
            if is_back {
                let selected = search.selected.try_get_untracked().flatten();
                selected.into_iter().for_each(focus_hit);
                scroller.set_scroll_top(scroll_top);
            }
            let is_empty = search.query.try_with_untracked(|query| query.is_empty()) == Some(true);
            let is_free = is_focus_free() || !is_back;
            if is_free && (is_empty || is_wide_screen()) {
                focus_field(FIELD_ID);
            }
        });
    });
}

/// How many messages were found.
#[component]
fn Count(search: Search) -> impl IntoView {
    let count = memo(move || {
        search.found.with(|found| {
            let found = found.as_ref()?;
            Some((found.keys().len() as u64, found.cursor.is_some()))
        })
    });
    view! {
        <p class="search-count" role="status" data-testid="search-count">
            {t_fmt(move |l| match count.get() {
                Some((count, false)) => t_plural!(l, count, search.count, count = count),
                Some((count, true)) => td_string!(l, search.count_more, count = count).to_string(),
                None => String::new(),
            })}
        </p>
    }
}

/// What shows below the hits while more come, or where they did not.
#[component]
fn End(search: Search) -> impl IntoView {
    let is = move |wanted: Status| memo(move || search.status.with(|status| *status == wanted));
    let (fetching, failed) = (is(Status::FetchingMore), is(Status::MoreFailed));
    view! {
        <Show when=fetching>
            <p class="search-note quiet" role="status">{t(|l| td_string!(l, on_demand.loading))}</p>
        </Show>
        <Show when=failed>
            <p class="search-note quiet" role="alert">
                {t(|l| td_string!(l, search.more_failed))} " "
                <button class="button plain" type="button" on:click=on_event(move || search.fetch_more())>
                    {t(|l| td_string!(l, conversation.try_again))}
                </button>
            </p>
        </Show>
    }
}

#[component]
fn Failure(search: Search) -> impl IntoView {
    let text = t_fmt(move |l| {
        search.status.with(|status| match status {
            Status::Failed(error) => error_text(l, error),
            _ => String::new(),
        })
    });
    view! {
        <div class="empty-state small" role="alert" data-testid="search-failed">
            <IconView icon=Icon::Alert/>
            <h2>{t(|l| td_string!(l, search.failed))}</h2>
            <p>{text}</p>
            <button class="button quiet" type="button" data-testid="search-retry" on:click=on_event(move || search.ask())>
                {t(|l| td_string!(l, conversation.try_again))}
            </button>
        </div>
    }
}

/// The placeholder until the first answer.
#[component]
fn Skeleton() -> impl IntoView {
    let row = || {
        view! {
            <li class="skeleton-row">
                <span class="skeleton-shape round"></span>
                <span class="skeleton-lines"><span class="skeleton-shape"></span><span class="skeleton-shape short"></span></span>
            </li>
        }
    };
    view! {
        <ul class="skeleton" aria-hidden="true">{(0..4).map(|_| row()).collect_view()}</ul>
        <p class="visually-hidden" role="status">{t(|l| td_string!(l, search.searching))}</p>
    }
}
