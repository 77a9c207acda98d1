//! A button that shows only an icon: its label is for assistive technology and for the pointer.

use leptos::prelude::*;

use crate::{
    i18n::{Locale, t},
    ui::{
        icon::{Icon, IconView},
        reactive::on_event,
    },
};

/// A button that shows only an icon.
#[component]
pub(crate) fn IconButton(
    icon: Icon,
    label: fn(Locale) -> &'static str,
    #[prop(default = "icon-button")] class: &'static str,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class=class
            type="button"
            data-testid=testid
            title=t(label)
            aria-label=t(label)
            on:click=on_event(move || on_press.run(()))
        >
            <IconView icon/>
        </button>
    }
}
