//! The card in the middle of the page on which people come in.

use leptos::prelude::*;

use crate::ui::{icon::Logo, language_switch::LanguageSwitch};

#[component]
pub(crate) fn Card(children: Children) -> impl IntoView {
    view! {
        <main class="sign-in">
            <div class="sign-in-card">
                <div class="sign-in-logo"><Logo/></div>
                {children()}
                <div class="sign-in-footer"><LanguageSwitch/></div>
            </div>
        </main>
    }
}
