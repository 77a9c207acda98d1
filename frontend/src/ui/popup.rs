//! A modal popup: beside what it belongs to on a wide screen, at the lower edge on a narrow one. Escape, a click beside it
//! and, on a narrow screen, the browser's Back close it.

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use crate::{
    i18n::{Locale, t},
    platform::{
        browser::{document, is_wide_screen, on_next_frame, window},
        input_method::is_composing,
    },
    route::use_route,
    ui::reactive::{ElementRef, capture, effect, on_event},
};

/// The distance to what the popup belongs to and to the edges of the window, in pixels.
const GAP: f64 = 6.0;

/// The box of the window that a popup belongs to; a point has no extent. In pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl Anchor {
    /// An element.
    pub(crate) fn of(element: &Element) -> Self {
        let area = element.get_bounding_client_rect();
        Self { left: area.left(), top: area.top(), bottom: area.bottom() }
    }

    /// A point.
    pub(crate) fn point(x: f64, y: f64) -> Self {
        Self { left: x, top: y, bottom: y }
    }

    /// Where a popup of some size begins in a window of some size: below the anchor where there is room, else above it.
    fn place(self, size: (f64, f64), window: (f64, f64)) -> (f64, f64) {
        let left = self.left.min(window.0 - size.0 - GAP).max(GAP);
        let below = self.bottom + GAP;
        let top = if below + size.1 + GAP <= window.1 { below } else { self.top - GAP - size.1 };
        (left, top.min(window.1 - size.1 - GAP).max(GAP))
    }
}

/// A popup that is open for as long as it is mounted: the parent mounts it while `open` is true.
#[component]
pub(crate) fn Popup(
    label: fn(Locale) -> &'static str,
    open: RwSignal<bool>,
    anchor: Anchor,
    testid: &'static str,
    children: Children,
) -> impl IntoView {
    let popup = ElementRef::new();
    let close = move || {
        open.try_set(false);
    };
    effect(move || {
        if let Some(popup) = popup.get::<HtmlDialogElement>() {
            let _ = popup.show_modal();
            place(&popup, anchor);
        }
    });
    restore_lost_focus();
    use_route().push_overlay(open);
    // The Escape of an input method cancels its composition only.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_composing(&event) {
            event.prevent_default();
        }
    };
    // The popup's box is a child: a click whose target is the dialog itself is beside it.
    let click_beside = move |event: MouseEvent| {
        let popup = popup.get_untracked::<HtmlDialogElement>();
        if popup.is_some_and(|popup| event.target().as_ref() == Some(popup.as_ref())) {
            event.prevent_default();
            close();
        }
    };
    view! {
        <dialog
            class="popup"
            data-testid=testid
            use:capture=popup
            aria-label=t(label)
            on:close=on_event(close)
            on:keydown=key
            on:mousedown=click_beside
            on:contextmenu=|event: MouseEvent| event.prevent_default()
        >
            <div class="popup-box">{children()}</div>
        </dialog>
    }
}

/// A length for a style, in whole pixels.
pub(crate) fn px(length: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a position on a page is small")]
    let pixels = length.round() as i32;
    format!("{pixels}px")
}

/// Places a popup anew on a wide screen; on a narrow one the style sheet places it.
fn place(popup: &HtmlElement, anchor: Anchor) {
    if !is_wide_screen() {
        return;
    }
    let extent =
        |size: Result<wasm_bindgen::JsValue, _>| size.ok().and_then(|size| size.as_f64()).unwrap_or_default();
    let area = (extent(window().inner_width()), extent(window().inner_height()));
    let size = (f64::from(popup.offset_width()), f64::from(popup.offset_height()));
    let (left, top) = anchor.place(size, area);
    let style = popup.style();
    let _ = style.set_property("left", &px(left));
    let _ = style.set_property("top", &px(top));
}

/// Focuses the element that has the focus now again, when the reactive owner ends and nothing else took the focus.
fn restore_lost_focus() {
    let focused = || document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let before = StoredValue::new_local(focused());
    on_cleanup(move || {
        let Some(before) = before.try_get_value().flatten() else { return };
        on_next_frame(move || {
            if focused().is_none_or(|focused| focused.tag_name() == "BODY") {
                let _ = before.focus();
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: (f64, f64) = (1000.0, 800.0);

    #[test]
    fn a_popup_stands_below_its_anchor() {
        let anchor = Anchor { left: 100.0, top: 200.0, bottom: 240.0 };
        assert_eq!(anchor.place((300.0, 400.0), WINDOW), (100.0, 246.0));
    }

    #[test]
    fn a_popup_without_room_below_stands_above_and_within_the_window() {
        let anchor = Anchor { left: 900.0, top: 600.0, bottom: 640.0 };
        assert_eq!(anchor.place((300.0, 400.0), WINDOW), (694.0, 194.0));
        assert_eq!(Anchor::point(500.0, 300.0).place((300.0, 600.0), WINDOW), (500.0, 6.0));
        assert_eq!(Anchor::point(2.0, 10.0).place((300.0, 100.0), WINDOW), (6.0, 16.0));
    }
}
