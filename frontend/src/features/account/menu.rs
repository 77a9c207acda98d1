//! The signed-in user below the list, with the menu of settings.

use confab_shared::user::ServerRole;
use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::{
    features::{
        account::{
            devices_dialog::devices_dialog,
            display_name_dialog::display_name_dialog,
            name_note::NameNote,
            password_dialog::password_dialog,
            privacy_dialog::privacy_dialog,
            profile::use_profile,
            role::{administers, role_name},
            second_factor_dialog::second_factor_dialog,
            sign_out_dialog::sign_out_dialog,
        },
        unread::mark_all_read,
    },
    i18n::{Locale, t, t_fmt, td_string},
    route::{ADMINISTRATION_PATH, SAVED_PATH, use_route},
    session::use_session,
    state::{Chat, Connection},
    ui::{
        avatar::{Avatar, Size},
        icon::{Icon, IconView},
        initials::hue,
        language_switch::LanguageSwitch,
        on_demand::when_fetched,
        person_name::{person_name, shown_name, unique_name},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, dynamic},
        toast::use_toasts,
    },
};

#[component]
pub(crate) fn AccountMenu() -> impl IntoView {
    let session = use_session();
    let chat: Chat = expect_context();
    let user = memo(move || chat.me().or_else(|| session.get().map(|session| session.user)));
    let name = memo(move || user.with(|user| user.as_ref().map(shown_name)).unwrap_or_default());
    let unique = memo(move || user.with(|user| user.as_ref().and_then(unique_name)));
    let hue_of =
        Signal::derive(move || user.with(|user| user.as_ref().map_or(1, |user| hue(user.name.as_str()))));
    let persistent = memo(move || session.get().is_some_and(|session| session.persistent));
    let profile = use_profile();
    let role = memo(move || profile.role());
    let is_administrator = memo(move || role.get().is_some_and(administers));
    // A second factor asks for a code beside the password.
    let has_password = memo(move || profile.get().is_some_and(|me| me.has_password));
    let confirming = RwSignal::new(false);
    let settings = ElementRef::new();
    let (menu, menu_open) = (ElementRef::new(), RwSignal::new(false));
    // The browser opens and closes the popover by itself.
    let on_toggle = move || {
        let menu = menu.get_untracked::<Element>();
        let is_open = menu.is_some_and(|menu| menu.matches(":popover-open").unwrap_or_default());
        menu_open.set(is_open);
        if is_open {
            profile.refresh();
        }
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
    let (password, devices) = (RwSignal::new(false), RwSignal::new(false));
    let (second_factor, display_name) = (RwSignal::new(false), RwSignal::new(false));
    let privacy = RwSignal::new(false);
    let show = move |dialog: RwSignal<bool>| {
        close_menu();
        dialog.set(true);
    };
    let on_password = Callback::new(move |()| {
        confirming.set(false);
        show(password);
    });
    let sign_out = move || {
        close_menu();
        match chat.unsent_count() {
            0 => session.sign_out(),
            _ => confirming.set(true),
        }
    };
    let toasts = use_toasts();
    let read_all = move || {
        close_menu();
        mark_all_read(chat, session, toasts);
    };
    let online = Signal::derive(move || chat.connection() == Connection::Online);
    view! {
        <footer class="account">
            <Avatar name hue_of size=Size::Middle online/>
            <div class="account-text">
                <b data-testid="me-name" dir="auto" title=move || unique.get()>{name}</b>
                <span>
                    {t_fmt(move |l| session_text(l, role.get(), persistent.get()))}
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
                <Show when=move || unique.with(Option::is_some)>
                    <div class="menu-row" data-testid="menu-name">
                        <span dir="auto">{dynamic(move || user.with(|user| user.as_ref().map(person_name)).into_any())}</span>
                    </div>
                </Show>
                <div class="menu-row">
                    <span>{t(|l| td_string!(l, me.language))}</span>
                    <LanguageSwitch/>
                </div>
                <Show when=menu_open>
                    <NameNote on_password/>
                </Show>
                <MenuItem
                    icon=Icon::Pen
                    label=|l| td_string!(l, display_name.title)
                    testid="display-name"
                    on_choose=move |()| show(display_name)
                />
                <MenuItem
                    icon=Icon::Key
                    label=|l| td_string!(l, me.password)
                    testid="password"
                    on_choose=move |()| show(password)
                />
                <Show when=move || has_password.get()>
                    <MenuItem
                        icon=Icon::Shield
                        label=|l| td_string!(l, second_factor.title)
                        testid="second-factor"
                        on_choose=move |()| show(second_factor)
                    />
                </Show>
                <MenuItem
                    icon=Icon::Devices
                    label=|l| td_string!(l, devices.title)
                    testid="devices"
                    on_choose=move |()| show(devices)
                />
                <MenuItem
                    icon=Icon::People
                    label=|l| td_string!(l, requests.privacy)
                    testid="privacy"
                    on_choose=move |()| show(privacy)
                />
                <a class="menu-item" href=SAVED_PATH data-testid="saved-messages" on:click=on_event(close_menu)>
                    <IconView icon=Icon::Save/>
                    {t(|l| td_string!(l, saved.title))}
                </a>
                <MenuItem
                    icon=Icon::Seen
                    label=|l| td_string!(l, me.mark_all_read)
                    testid="mark-all-read"
                    on_choose=move |()| read_all()
                />
                <Show when=move || is_administrator.get()>
                    <a
                        class="menu-item"
                        href=ADMINISTRATION_PATH
                        data-testid="administration"
                        on:click=on_event(close_menu)
                    >
                        <IconView icon=Icon::People/>
                        {t(|l| td_string!(l, administration.title))}
                    </a>
                </Show>
                <MenuItem
                    icon=Icon::Leave
                    label=|l| td_string!(l, me.sign_out)
                    testid="sign-out"
                    danger=true
                    on_choose=move |()| sign_out()
                />
            </div>
            <Show when=menu_open>
                <CloseOnBack open=menu_open/>
            </Show>
            <Show when=confirming>
                {when_fetched(Some(confirming), move || sign_out_dialog(confirming, on_password))}
            </Show>
            <Show when=password>
                {when_fetched(Some(password), move || password_dialog(password))}
            </Show>
            <Show when=display_name>
                {when_fetched(Some(display_name), move || display_name_dialog(display_name))}
            </Show>
            <Show when=devices>
                {when_fetched(Some(devices), move || devices_dialog(devices))}
            </Show>
            <Show when=privacy>
                {when_fetched(Some(privacy), move || privacy_dialog(privacy))}
            </Show>
            <Show when=second_factor>
                {when_fetched(Some(second_factor), move || second_factor_dialog(second_factor))}
            </Show>
        </footer>
    }
}

/// What the user is here, and how long the browser keeps the session.
fn session_text(locale: Locale, role: Option<ServerRole>, persistent: bool) -> String {
    let Some(role) = role else {
        // The line keeps its height until the server has answered.
        return "\u{a0}".to_owned();
    };
    let role = role_name(locale, role);
    match persistent {
        true => td_string!(locale, me.kept, role = role).to_string(),
        false => td_string!(locale, me.tab, role = role).to_string(),
    }
}

/// A line of the menu.
#[component]
fn MenuItem(
    icon: Icon,
    label: fn(Locale) -> &'static str,
    testid: &'static str,
    /// Whether it ends something.
    #[prop(optional)]
    danger: bool,
    #[prop(into)] on_choose: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class="menu-item"
            class:danger=danger
            type="button"
            data-testid=testid
            on:click=on_event(move || on_choose.run(()))
        >
            <IconView icon/>
            {t(label)}
        </button>
    }
}

/// Makes Back close the menu while it is mounted.
#[component]
fn CloseOnBack(open: RwSignal<bool>) -> impl IntoView {
    use_route().push_overlay(open);
}
