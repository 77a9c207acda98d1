//! The mouse and touch on a timeline: the message below the mouse gets the toolbar; a right click and a long press open the
//! menu.

use std::time::Duration;

use confab_shared::id::Seq;
use leptos::prelude::*;
use web_sys::{Event, HtmlElement, MouseEvent, PointerEvent};

use super::controls::{Controls, closest, seq_of};
use crate::{
    platform::browser::{has_selection, listen},
    ui::{popup::Anchor, reactive::Debounce},
};

/// How long a finger rests on a message until the menu opens.
const LONG_PRESS: Duration = Duration::from_millis(500);

/// How far a finger may move meanwhile, in pixels.
const TREMBLE: f64 = 10.0;

/// Listens for as long as the reactive owner lives.
pub(super) fn listen_to(controls: Controls, timeline: &HtmlElement) {
    listen(timeline, "pointerover", move |event: PointerEvent| {
        if event.pointer_type() == "mouse" {
            let row = closest(&event, ".row");
            controls.show_soon(row.and_then(|row| seq_of(&row)));
        }
    });
    listen(timeline, "pointerleave", move |event: PointerEvent| {
        if event.pointer_type() == "mouse" {
            controls.show_soon(None);
        }
    });
    listen(timeline, "contextmenu", move |event: MouseEvent| {
        if let Some(seq) = message_of(controls, &event).filter(|_| !has_selection()) {
            event.prevent_default();
            open_menu(controls, seq, &event);
        }
    });
    LongPress::listen(controls, timeline);
}

/// The message of an event that something can be done with. Links have the browser's own menu.
fn message_of(controls: Controls, event: &Event) -> Option<Seq> {
    let message = closest(event, "[data-seq]").filter(|_| closest(event, "a").is_none())?;
    seq_of(&message).filter(|seq| untrack(|| controls.offers(*seq)).react)
}

fn open_menu(controls: Controls, seq: Seq, event: &MouseEvent) {
    if controls.menu.open.try_get_untracked() == Some(false) {
        let anchor = Anchor::point(f64::from(event.client_x()), f64::from(event.client_y()));
        controls.show_now(seq);
        controls.menu.show(seq, anchor);
    }
}

/// A finger on a message.
#[derive(Clone, Copy)]
struct LongPress {
    timer: Debounce,
    start: StoredValue<(f64, f64)>,
    /// Whether the menu opened: lifting the finger then is no click.
    fired: StoredValue<bool>,
}

impl LongPress {
    fn listen(controls: Controls, timeline: &HtmlElement) {
        let press = Self {
            timer: Debounce::new(),
            start: StoredValue::new((0.0, 0.0)),
            fired: StoredValue::new(false),
        };
        listen(timeline, "pointerdown", move |event: PointerEvent| press.begin(controls, event));
        listen(timeline, "pointermove", move |event: PointerEvent| {
            let (x, y) = press.start.get_value();
            let moved = (f64::from(event.client_x()) - x).hypot(f64::from(event.client_y()) - y);
            if event.pointer_type() != "mouse" && moved > TREMBLE {
                press.timer.cancel();
            }
        });
        for end in ["pointerup", "pointercancel"] {
            listen(timeline, end, move |_: Event| press.timer.cancel());
        }
        listen(timeline, "touchend", move |event: Event| {
            if press.fired.get_value() {
                event.prevent_default();
            }
        });
    }

    fn begin(self, controls: Controls, event: PointerEvent) {
        self.timer.cancel();
        self.fired.set_value(false);
        let seq = message_of(controls, &event);
        if let Some(seq) = seq.filter(|_| event.pointer_type() != "mouse" && event.is_primary()) {
            self.start.set_value((f64::from(event.client_x()), f64::from(event.client_y())));
            self.timer.schedule(LONG_PRESS, move || {
                self.fired.try_set_value(true);
                open_menu(controls, seq, &event);
            });
        }
    }
}
