//! What users do with messages: react, edit, pin, delete, copy. One toolbar and one menu serve the whole timeline: rows
//! stay light, and the timeline's own element hears for all of them.

pub(crate) mod commands;
mod controls;
pub(crate) mod delete_dialog;
pub(crate) mod deleted_mark;
mod forward;
mod keys;
mod menu;
pub(crate) mod offers;
mod picker;
pub(crate) mod pinned_mark;
mod pointer;
pub(crate) mod reactions;
mod readers;
pub(crate) mod refused_change;
mod revisions;
mod toolbar;

use confab_shared::id::ConversationId;
use leptos::prelude::*;
use web_sys::{Element, Event, HtmlElement};

use self::{
    controls::{Controls, Overlay},
    delete_dialog::delete_dialog,
    forward::forward_dialog,
    menu::action_menu,
    picker::reaction_picker,
    readers::readers_dialog,
    revisions::revisions_dialog,
    toolbar::Toolbar,
};
use crate::{
    platform::browser::listen,
    state::{Chat, Scope},
    ui::{
        on_demand::when_fetched,
        popup::Anchor,
        reactive::{ElementRef, effect},
        show::Show,
    },
};

/// The actions for the messages in a timeline. A message is an element with its seq in `data-seq`, within a row; buttons in
/// a row with `data-action` open what they name.
#[component]
pub(crate) fn MessageActions(scope: Scope, timeline: ElementRef) -> impl IntoView {
    let id = scope.id;
    let controls = Controls::new(expect_context::<Chat>(), scope, timeline);
    controls.hide_after_overlays();
    effect(move || {
        if let Some(timeline) = timeline.get::<HtmlElement>() {
            pointer::listen_to(controls, &timeline);
            keys::listen_to(controls, &timeline);
            listen(&timeline, "click", move |event: Event| on_click(controls, &event));
        }
    });
    view! {
        <Toolbar controls/>
        <Show when=controls.menu.open>
            {when_fetched(Some(controls.menu.open), move || action_menu(controls))}
        </Show>
        <Show when=controls.picker.open>
            {when_fetched(Some(controls.picker.open), move || reaction_picker(controls))}
        </Show>
        <Show when=controls.revisions.open>
            {revisions(id, controls.revisions)}
        </Show>
        <Show when=controls.deletion.open>
            {deletion(id, controls.deletion)}
        </Show>
        <Show when=controls.readers.open>
            {readers(id, controls.readers)}
        </Show>
        <Show when=controls.forwarding.open>
            {forwarding(id, controls.forwarding)}
        </Show>
    }
}

fn revisions(id: ConversationId, overlay: Overlay) -> AnyView {
    let (seq, open) = (overlay.seq(), overlay.open);
    when_fetched(Some(open), move || revisions_dialog(id, seq, open))
}

fn deletion(id: ConversationId, overlay: Overlay) -> AnyView {
    let (seq, open) = (overlay.seq(), overlay.open);
    when_fetched(Some(open), move || delete_dialog(id, seq, open))
}

fn readers(id: ConversationId, overlay: Overlay) -> AnyView {
    let (seq, open) = (overlay.seq(), overlay.open);
    when_fetched(Some(open), move || readers_dialog(id, seq, open))
}

fn forwarding(id: ConversationId, overlay: Overlay) -> AnyView {
    let (seq, open) = (overlay.seq(), overlay.open);
    when_fetched(Some(open), move || forward_dialog(id, seq, open))
}

/// Opens what a button of a row names.
fn on_click(controls: Controls, event: &Event) {
    let Some(button) = controls::closest(event, "[data-action]") else { return };
    let Some(seq) = controls::seq_of(&button) else { return };
    let overlay = match button.get_attribute("data-action").as_deref() {
        Some("add-reaction") => controls.picker,
        Some("revisions") => controls.revisions,
        _ => return,
    };
    overlay.show(seq, Anchor::of(AsRef::<Element>::as_ref(&button)));
}
