//! The toolbar of the message below the mouse or with the focus. There is one, and it moves into the row that it serves:
//! it scrolls with the row, and Tab leads from the message into it.

use confab_shared::{emoji::Emoji, id::Seq};
use leptos::{ev::MouseEvent, prelude::*};
use web_sys::{Element, HtmlElement};

use super::{
    commands,
    controls::{Controls, Overlay},
};
use crate::{
    i18n::{Locale, dates, t, t_fmt, td_string},
    ui::{
        icon::{Icon, IconView},
        popup::{Anchor, px},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::Show,
    },
};

/// The reactions that are one click away. Always the same ones: the hand knows where they are.
const QUICK_REACTIONS: [&str; 3] = ["👍", "❤️", "😂"];

/// The distance to the message and how far the toolbar overlaps one that is too wide to stand beside, in pixels.
const GAP: f64 = 6.0;

/// The size of the toolbar with the time and all its buttons, in pixels; and in a thread, where there is less room and time and
/// quick reactions are left out.
const MAX_WIDTH: f64 = 342.0;
const MAX_WIDTH_IN_THREAD: f64 = 144.0;
const HEIGHT: f64 = 38.0;

#[component]
pub(super) fn Toolbar(controls: Controls) -> impl IntoView {
    let element = ElementRef::new();
    let offers = memo(move || controls.shown.get().map(|seq| controls.offers(seq)).unwrap_or_default());
    effect(move || {
        let (shown, offers) = (controls.shown.get(), offers.get());
        if let Some(toolbar) = element.get::<HtmlElement>() {
            let message = shown.filter(|_| offers.react).and_then(|seq| controls.element(seq));
            toolbar.set_hidden(message.is_none());
            if let Some(message) = message {
                attach(controls, &toolbar, &message);
            }
        }
    });
    let at = memo(move || {
        let seq = controls.shown.get()?;
        controls.chat.state.with(|state| state.message(controls.id, seq).map(|view| view.message.at))
    });
    let time = t_fmt(move |l| at.get().map(|at| dates::time_of_day(l, at)).unwrap_or_default());
    let date = t_fmt(move |l| at.get().map(|at| dates::full_date(l, at)).unwrap_or_default());
    let in_timeline = controls.scope.thread.is_none();
    view! {
        <div
            class="message-toolbar"
            role="toolbar"
            hidden
            data-testid="message-toolbar"
            aria-label=t(|l| td_string!(l, actions.label))
            use:capture=element
            // Keeps the focus where the user writes.
            on:mousedown=|event: MouseEvent| event.prevent_default()
        >
            {in_timeline.then(|| view! {
                <time title=date>{time}</time>
                {QUICK_REACTIONS.map(|emoji| view! { <QuickReaction controls emoji/> })}
            })}
            <Open controls overlay=controls.picker icon=Icon::React label=|l| td_string!(l, actions.react) testid="action-react"/>
            <Show when=move || offers.get().reply>
                {act(controls, Icon::Reply, |l| td_string!(l, replies.reply), "action-reply", Controls::reply)}
            </Show>
            {in_timeline.then(|| act(controls, Icon::Thread, |l| td_string!(l, threads.reply), "action-thread", Controls::open_thread))}
            <Show when=move || offers.get().edit>
                {act(controls, Icon::Pen, |l| td_string!(l, actions.edit), "action-edit", |controls, seq| {
                    controls.chat.start_editing(controls.scope, seq);
                })}
            </Show>
            <Open controls overlay=controls.menu icon=Icon::More label=|l| td_string!(l, actions.more) testid="action-more"/>
        </div>
    }
}

#[component]
fn QuickReaction(controls: Controls, emoji: &'static str) -> impl IntoView {
    let label = t_fmt(move |l| td_string!(l, actions.react_with, emoji = emoji).to_string());
    let react =
        move |seq| commands::toggle_reaction(controls.chat, controls.id, seq, &Emoji::existing(emoji));
    view! {
        <button
            type="button"
            class="emoji"
            data-testid="quick-reaction"
            title=label
            aria-label=label
            on:click=on_event(move || with_shown(controls, react))
        >
            {emoji}
        </button>
    }
}

/// A button that does something with the message.
fn act(
    controls: Controls,
    icon: Icon,
    label: fn(Locale) -> &'static str,
    testid: &'static str,
    act: fn(Controls, Seq),
) -> AnyView {
    view! {
        <button
            type="button"
            data-testid=testid
            title=t(label)
            aria-label=t(label)
            on:click=on_event(move || with_shown(controls, |seq| act(controls, seq)))
        >
            <IconView icon/>
        </button>
    }
    .into_any()
}

/// A button that opens an overlay beside itself.
#[component]
fn Open(
    controls: Controls,
    overlay: Overlay,
    icon: Icon,
    label: fn(Locale) -> &'static str,
    testid: &'static str,
) -> impl IntoView {
    let button = ElementRef::new();
    let open = move |seq| {
        let anchor = button.get_untracked::<Element>().map(|button| Anchor::of(&button)).unwrap_or_default();
        overlay.show(seq, anchor);
    };
    view! {
        <button
            type="button"
            data-testid=testid
            aria-haspopup="dialog"
            title=t(label)
            aria-label=t(label)
            use:capture=button
            on:click=on_event(move || with_shown(controls, open))
        >
            <IconView icon/>
        </button>
    }
}

fn with_shown(controls: Controls, act: impl Fn(Seq)) {
    if let Some(seq) = controls.shown.get_untracked() {
        act(seq);
    }
}

/// Moves the toolbar into the row of a message: beside the message where there is room, else over its upper edge.
fn attach(controls: Controls, toolbar: &HtmlElement, message: &HtmlElement) {
    let Some(body) = message.parent_element() else { return };
    if toolbar.parent_element().as_ref() != Some(&body) {
        // After the message, and before its reactions: the order of Tab.
        let _ = message.after_with_node_1(toolbar);
    }
    let Some(timeline) = controls.timeline.get_untracked::<Element>() else { return };
    let (view, area) = (timeline.get_bounding_client_rect(), message.get_bounding_client_rect());
    let origin = body.get_bounding_client_rect();
    let own = message.get_attribute("data-own").is_some_and(|own| own == "true");
    let room = if own { area.left() - view.left() } else { view.right() - area.right() };
    let width = if controls.scope.thread.is_none() { MAX_WIDTH } else { MAX_WIDTH_IN_THREAD };
    let beside = room >= width + 2.0 * GAP;
    let top = if beside {
        area.top() + (area.height().min(HEIGHT) - HEIGHT) / 2.0
    } else {
        let above = area.top() - HEIGHT + GAP;
        if above >= view.top() { above } else { area.bottom() - GAP }
    };
    // Over the message it begins at the message's inner side, where it is not cut off there.
    let from_left = match own {
        true => area.left() + GAP + width <= view.right(),
        false => area.right() - GAP - width < view.left(),
    };
    // Fixed at the side that the number of buttons does not move.
    let (side, other, distance) = match (beside, own, from_left) {
        (true, true, _) => ("right", "left", origin.right() - area.left() + GAP),
        (true, false, _) => ("left", "right", area.right() - origin.left() + GAP),
        (false, _, true) => ("left", "right", area.left() - origin.left() + GAP),
        (false, _, false) => ("right", "left", origin.right() - area.right() + GAP),
    };
    let style = toolbar.style();
    let _ = style.set_property("top", &px(top - origin.top()));
    let _ = style.set_property(side, &px(distance));
    let _ = style.set_property(other, "auto");
}
