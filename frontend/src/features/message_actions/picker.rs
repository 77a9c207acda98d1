//! The picker of reactions: all emoji, those used last first, with a search and a skin tone. Its data is fetched when it
//! is first opened.

mod data;
mod grid;
mod preferences;
mod search;
mod sections;
mod tones;

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::*,
    task::spawn_local,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use confab_shared::emoji::Emoji;

use self::{
    data::EmojiGroups,
    sections::{Section, sections},
    tones::Tones,
};
use super::{
    commands,
    controls::{Controls, closest},
};
use crate::{
    i18n::{t, t_fmt, td_string, use_language},
    platform::{
        browser::{document, is_wide_screen},
        input_method::is_composing,
    },
    ui::{
        bidi::{isolate, render_isolated},
        icon::{Icon, IconView},
        on_demand::on_demand,
        popup::Popup,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, dynamic},
    },
};

on_demand! {
    /// The picker for the message that it was opened for.
    pub(super) fn reaction_picker(controls: Controls) in dialogs { <ReactionPicker controls/> }
}

#[component]
fn ReactionPicker(controls: Controls) -> impl IntoView {
    let (open, anchor, seq) = (controls.picker.open, controls.picker.anchor(), controls.picker.seq());
    let pick = move |emoji: String| {
        open.set(false);
        preferences::note_used(&emoji);
        commands::toggle_reaction(controls.chat, controls.id, seq, &Emoji::existing(&emoji));
    };
    view! {
        <Popup label=|l| td_string!(l, emoji.title) open anchor testid="emoji-picker">
            <Picker pick/>
        </Popup>
    }
}

#[component]
fn Picker(pick: impl Fn(String) + Clone + 'static) -> impl IntoView {
    let lang = use_language();
    let data = RwSignal::new(None::<Result<EmojiGroups, ()>>);
    let (retry, query) = (RwSignal::new(0_u32), RwSignal::new(String::new()));
    let tone = RwSignal::new(preferences::tone());
    effect(move || {
        retry.track();
        let locale = lang.get();
        data.set(data::cached(locale).map(Ok));
        if data.with_untracked(Option::is_none) {
            spawn_local(async move {
                let fetched = data::fetch(locale).await;
                data.try_set(Some(fetched));
            });
        }
    });
    // Read once: a grid in which the emoji move while one looks for one would be worse than one that is not quite new.
    let recent = preferences::recent();
    let shown = memo(move || {
        let groups = data.get().and_then(Result::ok)?;
        Some(query.with(|query| sections(&groups, &recent, query, tone.get())))
    });
    let nothing = memo(move || shown.with(|shown| shown.as_ref().is_some_and(Vec::is_empty)));
    let nothing_found = t_fmt(move |l| {
        query.with(|query| td_string!(l, emoji.nothing, query = isolate(query.trim())).to_string())
    });
    let (input, grid) = (ElementRef::new(), ElementRef::new());
    let on_key = {
        let pick = pick.clone();
        move |event: KeyboardEvent| {
            if is_composing(&event) {
                return;
            }
            let Some(grid) = grid.get_untracked::<Element>() else { return };
            let in_search = event.target().is_some_and(|target| target.has_type::<HtmlInputElement>());
            if in_search && event.key() == "Enter" {
                event.prevent_default();
                let first = grid::buttons(&grid)
                    .into_iter()
                    .next()
                    .filter(|_| !query.with_untracked(String::is_empty));
                first.and_then(|first| first.get_attribute("data-emoji")).into_iter().for_each(&pick);
            } else if let Some(next) = next_focus(&grid, input, in_search, &event.key()) {
                event.prevent_default();
                let _ = next.focus();
            }
        }
    };
    let on_click = move |event: MouseEvent| {
        let emoji = closest(&event, "[data-emoji]").and_then(|button| button.get_attribute("data-emoji"));
        emoji.into_iter().for_each(&pick);
    };
    view! {
        <div class="emoji-picker" on:keydown=on_key>
            <div class="emoji-search" role="search">
                <IconView icon=Icon::Search/>
                <input
                    type="text"
                    data-testid="emoji-search"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="done"
                    placeholder=t(|l| td_string!(l, emoji.search))
                    aria-label=t(|l| td_string!(l, emoji.search))
                    use:capture=input
                    bind:value=query
                />
            </div>
            // A phone's keyboard stays away until one searches.
            <div class="emoji-groups" tabindex="-1" autofocus=!is_wide_screen() use:capture=grid on:click=on_click>
                {dynamic(move || shown.get().unwrap_or_default().into_iter().map(group).collect_view().into_any())}
                <Show when=nothing>
                    <p class="emoji-note" role="status">
                        {dynamic(move || nothing_found.with(|text| render_isolated(text)))}
                    </p>
                </Show>
                <Show when=move || data.with(Option::is_none)>
                    <p class="emoji-note" role="status">{t(|l| td_string!(l, emoji.loading))}</p>
                </Show>
                <Show when=move || data.with(|data| matches!(data, Some(Err(()))))>
                    <p class="emoji-note" role="alert">
                        {t(|l| td_string!(l, emoji.failed))} " "
                        <button class="button plain" type="button" on:click=on_event(move || retry.update(|retry| *retry += 1))>
                            {t(|l| td_string!(l, conversation.try_again))}
                        </button>
                    </p>
                </Show>
            </div>
            <Tones tone/>
        </div>
    }
}

fn group(section: Section) -> AnyView {
    let emoji = section.emoji.into_iter().map(|(emoji, name)| {
        let shown = emoji.clone();
        view! { <button type="button" tabindex="-1" data-emoji=emoji title=name.clone() aria-label=name>{shown}</button> }
    });
    view! {
        <section class="emoji-group" role="group" aria-label=t(section.heading.text())>
            <h3>{t(section.heading.text())}</h3>
            <div class="emoji-grid emoji">{emoji.collect_view()}</div>
        </section>
    }
    .into_any()
}

/// The element that an arrow key leads to: from the search into the grid, within the grid, and back.
fn next_focus(grid: &Element, input: ElementRef, in_search: bool, key: &str) -> Option<HtmlElement> {
    let mut buttons = grid::buttons(grid);
    if in_search {
        return (key == "ArrowDown" && !buttons.is_empty()).then(|| buttons.swap_remove(0));
    }
    let focused = document().active_element()?;
    let Some(at) = buttons.iter().position(|button| **button == focused) else {
        let is_grid = focused == *grid && matches!(key, "ArrowDown" | "ArrowUp");
        return (is_grid && !buttons.is_empty()).then(|| buttons.swap_remove(0));
    };
    match grid::step(&grid::sizes(grid), at, key)? {
        grid::Step::To(index) => (index < buttons.len()).then(|| buttons.swap_remove(index)),
        grid::Step::Above => input.get_untracked(),
    }
}
