//! Oneself, and the menu of what concerns oneself.

use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::{
    app::use_session,
    components::{
        avatar::{Avatar, Size},
        icon::{Draw, Icon},
        language_switch::LanguageSwitch,
        sign_out::SignOutDialog,
        when::When,
    },
    i18n::{say, td_string, tell},
    reactive::{Slot, held, memo, press, watch},
    route::use_route,
    state::{Chat, Connection},
};

#[component]
pub(crate) fn Me() -> impl IntoView {
    let session = use_session();
    let chat: Chat = expect_context();
    let name = memo(move || session.get().map(|session| session.user.name.to_string()).unwrap_or_default());
    let kept = memo(move || session.get().is_some_and(|session| session.kept));
    let asking = RwSignal::new(false);
    let settings = Slot::new();
    let (menu, menu_open) = (Slot::new(), RwSignal::new(false));
    // The browser opens and closes the menu; it is asked for either.
    let toggled = move || {
        let menu = menu.now::<Element>();
        menu_open.set(menu.is_some_and(|menu| menu.matches(":popover-open").unwrap_or_default()));
    };
    watch(move || {
        if let (false, Some(menu)) = (menu_open.get(), menu.now::<HtmlElement>()) {
            let _ = menu.hide_popover();
        }
    });
    let sign_out = move || {
        // The menu is about to close: whoever stays goes on from its button.
        if let Some(settings) = settings.now::<HtmlElement>() {
            let _ = settings.focus();
        }
        match chat.unsent_count() {
            0 => session.sign_out(),
            _ => asking.set(true),
        }
    };
    let online = Signal::derive(move || chat.connection() == Connection::Online);
    view! {
        <footer class="me">
            <Avatar name size=Size::Middle online/>
            <div class="me-text">
                <b data-testid="me-name" dir="auto">{name}</b>
                <span>
                    {tell(move |l| match kept.get() { true => td_string!(l, me.kept), false => td_string!(l, me.tab) }.to_owned())}
                </span>
            </div>
            <button
                class="icon-button"
                type="button"
                data-testid="settings"
                use:held=settings
                popovertarget="settings-menu"
                title=say(|l| td_string!(l, me.settings))
                    aria-label=say(|l| td_string!(l, me.settings))>
                <Draw icon=Icon::Settings/>
            </button>
            <div
                id="settings-menu"
                class="menu"
                popover="auto"
                data-testid="settings-menu"
                use:held=menu
                on:toggle=press(toggled)
            >
                <div class="menu-row">
                    <span>{say(|l| td_string!(l, me.language))}</span>
                    <LanguageSwitch/>
                </div>
                <button
                    class="menu-item danger"
                    type="button"
                    data-testid="sign-out"
                    on:click=press(sign_out)
                >
                    <Draw icon=Icon::Leave/>
                    {say(|l| td_string!(l, me.sign_out))}
                </button>
            </div>
            <When holds=menu_open>
                <Cover open=menu_open/>
            </When>
            <When holds=asking>
                <SignOutDialog open=asking/>
            </When>
        </footer>
    }
}

/// Makes Back close what the browser shows, for as long as it does.
#[component]
fn Cover(open: RwSignal<bool>) -> impl IntoView {
    use_route().cover(open);
}
