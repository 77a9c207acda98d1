//! The completions below the field of the search, and for a day a calendar.

use confab_shared::search_query::{Has, Is};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::{
    completion::{Candidate, Key, day_of},
    completions::{Completions, option_id},
    labels::{day_label, has_label, is_label, key_hint, key_label},
};
use crate::{
    features::conversations::{conversation_avatar::ConversationAvatar, display_name::use_display_name},
    i18n::{Locale, t, t_fmt, td_string},
    ui::{
        avatar::{Avatar, Size},
        bidi::render_isolated,
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

/// The id of the list of completions.
pub(super) const LIST_ID: &str = "search-completions";

/// The completions below the field, and for a day a calendar.
#[component]
pub(super) fn CompletionList(completions: Completions) -> impl IntoView {
    let Completions { typed, candidates, .. } = completions;
    let key = memo(move || typed.with(|typed| typed.as_ref().and_then(|typed| typed.key)));
    let label =
        t_fmt(move |l| key.get().map_or(td_string!(l, search.filters), |key| key_label(l, key)).to_owned());
    let day_key = memo(move || key.get().filter(|key| matches!(key, Key::Before | Key::After)));
    let pick = move |event: ev::Event| {
        let value = event
            .target()
            .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
            .map(|input| input.value());
        let day = value.and_then(|value| day_of(&value));
        if let (Some(key), Some(day)) = (day_key.get_untracked(), day) {
            completions.put(&Candidate::Day(key, day, None));
        }
    };
    view! {
        <Show when=move || completions.shown.get() || (day_key.get().is_some() && !completions.closed.get())>
            <div class="search-completions">
                <Show when=completions.shown>
                    <ul id=LIST_ID role="listbox" aria-label=label data-testid="search-completions">
                        {dynamic(move || {
                            let all = candidates.get().into_iter().enumerate();
                            all.map(|(at, candidate)| option(completions, at, candidate)).collect_view().into_any()
                        })}
                    </ul>
                </Show>
                <Show when=move || day_key.get().is_some()>
                    <label class="search-day">
                        {t(|l| td_string!(l, search.pick_day))}
                        <input type="date" data-testid="search-day" on:change=pick/>
                    </label>
                </Show>
            </div>
        </Show>
    }
}

fn option(completions: Completions, at: usize, candidate: Candidate) -> AnyView {
    let active = memo(move || completions.index.get() == Some(at));
    let source = candidate.source();
    view! {
        <li
            id=option_id(at)
            class="suggestion"
            class:active=active
            role="option"
            aria-selected=bool_attr(move || active.get())
            data-testid="search-completion"
            data-source=source.trim_end().to_owned()
            // The field keeps the focus.
            on:mousedown=|event: ev::MouseEvent| event.prevent_default()
            on:click=on_event(move || completions.take(at))
        >
            {content(candidate)}
        </li>
    }
    .into_any()
}

/// What is shown of a completion.
fn content(candidate: Candidate) -> AnyView {
    match candidate {
        Candidate::Key(key) => view! {
            <code class="search-key">{format!("{}:", key.word())}</code>
            <span class="completion-label">{t_fmt(move |l| key_hint(l, key).to_owned())}</span>
        }
        .into_any(),
        Candidate::Me => view! {
            <span class="search-fact" aria-hidden="true"><IconView icon=Icon::People/></span>
            <span class="completion-label">{t(|l| td_string!(l, search.me))}</span>
        }
        .into_any(),
        Candidate::Person { shown, unique, hue, .. } => view! {
            <Avatar name=Signal::stored(shown.clone()) hue_of=Signal::stored(hue) size=Size::Small/>
            <span class="completion-label"><bdi>{shown}</bdi> " " {unique.map(|unique| view! { <small class="unique-name" dir="auto">{unique}</small> })}</span>
        }
        .into_any(),
        Candidate::Conversation(id) => {
            let name = use_display_name(id);
            view! {
                <ConversationAvatar id size=Size::Small/>
                <span class="completion-label">{dynamic(move || name.with(|name| render_isolated(name)))}</span>
            }
            .into_any()
        }
        Candidate::Has(has) => fact(fact_icon(has), t_fmt(move |l| has_label(l, has).to_owned())),
        Candidate::Is(is) => {
            let icon = match is {
                Is::Pinned => Icon::Pin,
                Is::Thread => Icon::Thread,
            };
            fact(icon, t_fmt(move |l| is_label(l, is).to_owned()))
        }
        Candidate::Day(_, day, ago) => {
            let when = move |l: Locale| match ago {
                Some(0) => Some(td_string!(l, timeline.today).to_owned()),
                Some(1) => Some(td_string!(l, timeline.yesterday).to_owned()),
                Some(7) => Some(td_string!(l, search.week).to_owned()),
                Some(30) => Some(td_string!(l, search.month).to_owned()),
                Some(365) => Some(td_string!(l, search.year).to_owned()),
                _ => None,
            };
            view! {
                <span class="completion-label">
                    {t_fmt(move |l| when(l).unwrap_or_else(|| day_label(l, day)))}
                </span>
                <small class="completion-note">{day.to_string()}</small>
            }
            .into_any()
        }
    }
}

fn fact_icon(has: Has) -> Icon {
    match has {
        Has::File => Icon::File,
        Has::Image => Icon::Picture,
        Has::Link => Icon::Link,
        Has::Reaction => Icon::React,
    }
}

fn fact(icon: Icon, label: Signal<String>) -> AnyView {
    view! {
        <span class="search-fact" aria-hidden="true"><IconView icon/></span>
        <span class="completion-label">{label}</span>
    }
    .into_any()
}
