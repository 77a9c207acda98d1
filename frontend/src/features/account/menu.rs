//! The signed-in user below the list, with the menu of settings.

use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::{
    features::account::{
        name_note::NameNote, password_dialog::PasswordDialog, sign_out_dialog::SignOutDialog,
    },
    i18n::{t, t_fmt, td_string},
    route::use_route,
    session::use_session,
    state::{Chat, Connection},
    ui::{
        avatar::{Avatar, Size},
        icon::{Icon, IconView},
        language_switch::LanguageSwitch,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::Show,
    },
};

#[component]
pub(crate) fn AccountMenu() -> impl IntoView {
    let session = use_session();
    let chat: Chat = expect_context();
    let name = memo(move || session.get().map(|session| session.user.name.to_string()).unwrap_or_default());
    let persistent = memo(move || session.get().is_some_and(|session| session.persistent));
    let confirming = RwSignal::new(false);
    let settings = ElementRef::new();
    let (menu, menu_open) = (ElementRef::new(), RwSignal::new(false));
    // The browser opens and closes the popover by itself.
    let on_toggle = move || {
        let menu = menu.get_untracked::<Element>();
        menu_open.set(menu.is_some_and(|menu| menu.matches(":popover-open").unwrap_or_default()));
    };
    effect(move || {
        if let (false, Some(menu)) = (menu_open.get(), menu.get_untracked::<HtmlElement>()) {
            let _ = menu.hide_popover();
        }
    });
    // The menu closes; a dialog returns the focus to its button.
    let close_menu = move || {
        if let Some(settings) = settings.get_untracked::<HtmlElement>() {
            let _ = settings.focus();
        }
        menu_open.set(false);
    };
    let password = RwSignal::new(false);
    let open_password = move || {
        close_menu();
        password.set(true);
    };
    let on_password = Callback::new(move |()| {
        confirming.set(false);
        open_password();
    });
    let sign_out = move || {
        close_menu();
        match chat.unsent_count() {
            0 => session.sign_out(),
            _ => confirming.set(true),
        }
    };
    let online = Signal::derive(move || chat.connection() == Connection::Online);
    view! {
        <footer class="account">
            <Avatar name size=Size::Middle online/>
            <div class="account-text">
                <b data-testid="me-name" dir="auto">{name}</b>
                <span>
                    {t_fmt(move |l| match persistent.get() { true => td_string!(l, me.kept), false => td_string!(l, me.tab) }.to_owned())}
                </span>
            </div>
            <button
                class="icon-button"
                type="button"
                data-testid="settings"
                use:capture=settings
                popovertarget="settings-menu"
                title=t(|l| td_string!(l, me.settings))
                    aria-label=t(|l| td_string!(l, me.settings))>
                <IconView icon=Icon::Settings/>
            </button>
            <div
                id="settings-menu"
                class="menu"
                popover="auto"
                data-testid="settings-menu"
                use:capture=menu
                on:toggle=on_event(on_toggle)
            >
                <div class="menu-row">
                    <span>{t(|l| td_string!(l, me.language))}</span>
                    <LanguageSwitch/>
                </div>
                <Show when=menu_open>
                    <NameNote on_password/>
                </Show>
                <button
                    class="menu-item"
                    type="button"
                    data-testid="password"
                    on:click=on_event(open_password)
                >
                    <IconView icon=Icon::Key/>
                    {t(|l| td_string!(l, me.password))}
                </button>
                <button
                    class="menu-item danger"
                    type="button"
                    data-testid="sign-out"
                    on:click=on_event(sign_out)
                >
                    <IconView icon=Icon::Leave/>
                    {t(|l| td_string!(l, me.sign_out))}
                </button>
            </div>
            <Show when=menu_open>
                <CloseOnBack open=menu_open/>
            </Show>
            <Show when=confirming>
                <SignOutDialog open=confirming on_password/>
            </Show>
            <Show when=password>
                <PasswordDialog open=password/>
            </Show>
        </footer>
    }
}

/// Makes Back close the menu while it is mounted.
#[component]
fn CloseOnBack(open: RwSignal<bool>) -> impl IntoView {
    use_route().push_overlay(open);
}
