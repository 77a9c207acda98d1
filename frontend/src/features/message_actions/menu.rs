//! The menu of a message: beside the pointer, or from the lower edge of a phone. The arrows move in it.

use confab_shared::{
    emoji::Emoji,
    id::{Seq, UserId},
};
use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    commands,
    controls::{Controls, Overlay},
};
use crate::{
    features::{
        account::profile::use_profile,
        saved,
        threads::follow::{follow, is_following},
        unread,
    },
    i18n::{Locale, t, t_fmt, td_string},
    platform::{
        browser::{document, focus_on_next_frame},
        clipboard,
    },
    route::{message_link, reply_link},
    session::use_session,
    ui::{
        icon::{Icon, IconView},
        on_demand::on_demand,
        popup::Popup,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::dynamic,
        toast::{Toast, use_toasts},
    },
};

/// The reactions above the menu.
const QUICK_REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

on_demand! {
    /// The menu of the message that it was opened for.
    pub(super) fn action_menu(controls: Controls) in dialogs { <ActionMenu controls/> }
}

#[component]
fn ActionMenu(controls: Controls) -> impl IntoView {
    let seq = controls.menu.seq();
    let (chat, id) = (controls.chat, controls.id);
    let offers = untrack(|| controls.offers(seq));
    let message = controls.message(seq);
    let pinned = message.as_ref().is_some_and(|message| message.pinned.is_some());
    let text = message.map(|message| message.text.to_string()).unwrap_or_default();
    let (session, toasts) = (use_session(), use_toasts());
    let profile = use_profile();
    let shares = untrack(|| profile.get().is_none_or(|me| me.shares_read_positions));
    let menu = ElementRef::new();
    // The keyboard begins at the first line. A mouse and a finger see no ring around it.
    let by_keyboard = document().query_selector(".row :focus-visible").is_ok_and(|focused| focused.is_some());
    effect(move || {
        let menu = menu.get::<HtmlElement>();
        let first = menu.as_ref().and_then(|menu| menu.query_selector(".menu-item").ok().flatten());
        let first = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()).filter(|_| by_keyboard);
        if let Some(focused) = first.or(menu) {
            focus_on_next_frame(focused);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        if let Some(item) = menu.get_untracked::<Element>().and_then(|menu| next_item(&menu, &event.key())) {
            event.prevent_default();
            let _ = item.focus();
        }
    };
    let root = controls.root_of(seq);
    let following = memo(move || chat.state.with(|state| is_following(state, id, root)));
    let follow_item = move || {
        let (on, session) = (!following.get(), controls.session);
        let act = move || follow(chat, session, toasts, (id, root), on);
        match on {
            true => item(controls, Icon::Bell, |l| td_string!(l, threads.follow_long), "menu-follow", act),
            false => item(controls, Icon::Bell, |l| td_string!(l, threads.unfollow), "menu-unfollow", act),
        }
    };
    let pin = move |pinned: bool| match pinned {
        true => item(
            controls,
            Icon::Pin,
            |l| td_string!(l, actions.unpin),
            "menu-unpin",
            move || {
                commands::pin(chat, id, seq, false);
            },
        ),
        false => item(
            controls,
            Icon::Pin,
            |l| td_string!(l, actions.pin),
            "menu-pin",
            move || {
                commands::pin(chat, id, seq, true);
            },
        ),
    };
    view! {
        <Popup label=|l| td_string!(l, actions.label) open=controls.menu.open anchor=controls.menu.anchor() testid="message-menu">
            <div
                class="message-menu"
                role="menu"
                tabindex="-1"
                aria-label=t(|l| td_string!(l, actions.label))
                use:capture=menu
                on:keydown=on_key
            >
                <div class="quick-reactions" role="group" aria-label=t(|l| td_string!(l, actions.react))>
                    {QUICK_REACTIONS.map(|emoji| quick_reaction(controls, seq, emoji))}
                    <button
                        class="quick"
                        type="button"
                        role="menuitem"
                        tabindex="-1"
                        data-testid="menu-react"
                        title=t(|l| td_string!(l, actions.react))
                        aria-label=t(|l| td_string!(l, actions.react))
                        on:click=on_event(move || controls.open_after(controls.menu, controls.picker))
                    >
                        <IconView icon=Icon::React/>
                    </button>
                </div>
                <div class="menu-group" role="group">
                    {offers.reply.then(|| item(controls, Icon::Reply, |l| td_string!(l, replies.reply), "menu-reply", move || {
                        controls.reply(seq);
                    }))}
                    {controls.scope.thread.is_none().then(|| item(controls, Icon::Thread, |l| td_string!(l, threads.reply), "menu-thread", move || {
                        controls.open_thread(seq);
                    }))}
                </div>
                <div class="menu-group" role="group">
                    {(!text.is_empty()).then(|| item(controls, Icon::Copy, |l| td_string!(l, actions.copy), "menu-copy", move || {
                        clipboard::copy(&text);
                        toasts.show(Toast::new(|l| td_string!(l, actions.copied).to_owned()));
                    }))}
                    {item(controls, Icon::Link, |l| td_string!(l, actions.copy_link), "menu-copy-link", move || {
                        clipboard::copy(&match controls.scope.thread {
                            Some(root) => reply_link(id, root, seq),
                            None => message_link(id, seq),
                        });
                        toasts.show(Toast::new(|l| td_string!(l, actions.link_copied).to_owned()));
                    })}
                    {offers.edit.then(|| item(controls, Icon::Pen, |l| td_string!(l, actions.edit), "menu-edit", move || {
                        chat.start_editing(controls.scope, seq);
                    }))}
                    {opener(controls, Icon::Forward, |l| td_string!(l, actions.forward), "menu-forward", controls.forwarding)}
                    {item(controls, Icon::Save, |l| td_string!(l, actions.save), "menu-save", move || {
                        saved::save(session, toasts, id, seq);
                    })}
                </div>
                <div class="menu-group" role="group">
                    {offers.pin.then(|| pin(pinned))}
                    {offers.reply.then(|| dynamic(follow_item))}
                    {(offers.readers && shares && controls.scope.thread.is_none()).then(|| {
                        opener(controls, Icon::Seen, |l| td_string!(l, actions.readers), "menu-readers", controls.readers)
                    })}
                    {(offers.unread && controls.scope.thread.is_none()).then(|| item(controls, Icon::Unread, |l| td_string!(l, actions.mark_unread), "menu-unread", move || {
                        unread::mark_unread(session, toasts, id, seq);
                    }))}
                </div>
                <div class="menu-group" role="group">
                    {offers.delete.then(|| {
                        let open = move || controls.open_after(controls.menu, controls.deletion);
                        line("menu-item danger", Icon::Delete, |l| td_string!(l, actions.delete), "menu-delete", open)
                    })}
                </div>
            </div>
        </Popup>
    }
}

/// A line that does something once the menu is closed.
fn item(
    controls: Controls,
    icon: Icon,
    label: fn(Locale) -> &'static str,
    testid: &'static str,
    act: impl Fn() + 'static,
) -> AnyView {
    let act = on_event::<()>(act);
    let choose = move || {
        controls.menu.open.set(false);
        act(());
    };
    line("menu-item", icon, label, testid, choose)
}

/// A line that opens another overlay.
fn opener(
    controls: Controls,
    icon: Icon,
    label: fn(Locale) -> &'static str,
    testid: &'static str,
    opened: Overlay,
) -> AnyView {
    line("menu-item", icon, label, testid, move || controls.open_after(controls.menu, opened))
}

/// A line, and what is done when it is chosen.
fn line(
    class: &'static str,
    icon: Icon,
    label: fn(Locale) -> &'static str,
    testid: &'static str,
    choose: impl Fn() + 'static,
) -> AnyView {
    view! {
        <button
            class=class
            type="button"
            role="menuitem"
            tabindex="-1"
            data-testid=testid
            on:click=on_event(choose)
        >
            <IconView icon/>
            {t(label)}
        </button>
    }
    .into_any()
}

fn quick_reaction(controls: Controls, seq: Seq, emoji: &'static str) -> AnyView {
    let (chat, id) = (controls.chat, controls.id);
    let me = chat.state.with_untracked(|state| state.me().map_or(UserId(0), |me| me.id));
    let given =
        controls.message(seq).is_some_and(|message| message.has_reaction(me, &Emoji::existing(emoji)));
    let label = t_fmt(move |l| td_string!(l, actions.react_with, emoji = emoji).to_string());
    let react = move || {
        controls.menu.open.set(false);
        commands::toggle_reaction(chat, id, seq, &Emoji::existing(emoji));
    };
    view! {
        <button
            class="quick emoji"
            type="button"
            role="menuitemcheckbox"
            aria-checked=if given { "true" } else { "false" }
            tabindex="-1"
            data-testid="menu-quick-reaction"
            aria-label=label
            on:click=on_event(react)
        >
            {emoji}
        </button>
    }
    .into_any()
}

/// The item to which a key moves the focus; none for other keys. Up and down go over the row of reactions as one.
fn next_item(menu: &Element, key: &str) -> Option<HtmlElement> {
    let items = |selector: &str| -> Vec<HtmlElement> {
        let Ok(found) = menu.query_selector_all(selector) else { return Vec::new() };
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
    };
    let (quick, lines) = (items(".quick"), items(".menu-item"));
    let focused = document().active_element()?;
    let position = |items: &[HtmlElement]| items.iter().position(|item| **item == focused);
    match (key, position(&quick), position(&lines)) {
        ("Home", ..) => quick.first().cloned(),
        ("End", ..) | ("ArrowUp", Some(_), _) => lines.last().cloned(),
        ("ArrowDown", Some(_), _) => lines.first().cloned(),
        ("ArrowRight", Some(at), _) => quick.get((at + 1) % quick.len()).cloned(),
        ("ArrowLeft", Some(at), _) => quick.get((at + quick.len() - 1) % quick.len()).cloned(),
        ("ArrowUp", _, Some(0)) => quick.first().cloned(),
        ("ArrowUp", _, Some(at)) => lines.get(at - 1).cloned(),
        ("ArrowDown", _, Some(at)) => lines.get(at + 1).or_else(|| quick.first()).cloned(),
        ("ArrowDown" | "ArrowUp", None, None) => lines.first().cloned(),
        _ => None,
    }
}
