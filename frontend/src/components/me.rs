//! Oneself, and the menu of what concerns oneself.

use leptos::prelude::*;

use crate::{
    app::use_session,
    components::{
        avatar::{Avatar, Size},
        icon::{Draw, Icon},
        language_switch::LanguageSwitch,
    },
    i18n::{td_string, use_language},
    state::{Chat, Connection},
};

#[component]
pub(crate) fn Me() -> impl IntoView {
    let lang = use_language();
    let session = use_session();
    let chat: Chat = expect_context();
    let name =
        Memo::new(move |_| session.get().map(|session| session.user.name.to_string()).unwrap_or_default());
    let kept = Memo::new(move |_| session.get().is_some_and(|session| session.kept));
    let online = Signal::derive(move || chat.connection.get() == Connection::Online);
    view! {
        <footer class="me">
            <Avatar name size=Size::Middle online/>
            <div class="me-text">
                <b data-testid="me-name">{name}</b>
                <span>
                    {move || match kept.get() {
                        true => td_string!(lang.get(), me.kept),
                        false => td_string!(lang.get(), me.tab),
                    }}
                </span>
            </div>
            <button
                class="icon-button"
                type="button"
                data-testid="settings"
                popovertarget="settings-menu"
                title=move || td_string!(lang.get(), me.settings)
                aria-label=move || td_string!(lang.get(), me.settings)
            >
                <Draw icon=Icon::Settings/>
            </button>
            <div id="settings-menu" class="menu" popover="auto">
                <div class="menu-row">
                    <span>{move || td_string!(lang.get(), me.language)}</span>
                    <LanguageSwitch/>
                </div>
                <button
                    class="menu-item danger"
                    type="button"
                    data-testid="sign-out"
                    on:click=move |_| session.sign_out()
                >
                    <Draw icon=Icon::Leave/>
                    {move || td_string!(lang.get(), me.sign_out)}
                </button>
            </div>
        </footer>
    }
}
