//! The root view: the sign-in form, what a link to join shows, or the chat of the signed-in user.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation as spawn_scoped};

use crate::{
    features::{
        account::profile::Profile,
        connection::{UpgradeProbe, fetcher, set_connection_attribute, socket_task},
        join::Join,
        outbox::storage::BrowserOutboxStorage,
        shell::Shell,
        sign_in::SignIn,
    },
    i18n::Language,
    platform::{
        browser::{document, listen, window},
        clock, paste,
    },
    route::{Route, take_join_secret},
    session::{SessionSignal, use_session},
    state::Chat,
    ui::{
        on_demand::{on_demand, prefetch, when_fetched},
        reactive::{effect, memo},
        show::dynamic,
    },
};

#[component]
pub(crate) fn App() -> impl IntoView {
    Language::provide();
    paste::clean_pasted_text();
    let session = SessionSignal::provide(requested_name());
    let joining = RwSignal::new(take_join_secret());
    // A new session gets a new state: nothing of one user is left for the next.
    let token = memo(move || session.get().map(|session| session.token).unwrap_or_default());
    dynamic(move || match (joining.get(), token.get()) {
        (None, token) if !token.is_empty() => when_fetched(None, move || signed_in(token.clone())),
        (joined_by, _) => {
            set_connection_attribute(None);
            remove_boot_screen();
            // While the form is filled in.
            prefetch(chat());
            match joined_by {
                Some(secret) => view! { <Join secret joining/> }.into_any(),
                None => view! { <SignIn requested_name=session.requested_name()/> }.into_any(),
            }
        }
    })
}

/// Removes what the document shows at first, which stays until there is something else to see.
fn remove_boot_screen() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
}

on_demand! {
    /// The chat: the sign-in form does not wait for it.
    fn signed_in(token: String) in chat { <SignedIn token/> }
}

on_demand! {
    /// An empty view of the chat's module: who waits for it has the module.
    fn chat() in chat { "" }
}

/// The name that the address asks to sign in as: `/?userID=123`.
fn requested_name() -> Option<String> {
    let search = window().location().search().ok()?;
    let params = web_sys::UrlSearchParams::new_with_str(&search).ok()?;
    params.get("userID").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The chat: its state, the tasks that keep it up to date, and its views.
#[component]
fn SignedIn(token: String) -> impl IntoView {
    remove_boot_screen();
    let session = use_session();
    let user = session.get_untracked().map(|session| session.user);
    let storage = BrowserOutboxStorage::new(&user.expect("a token belongs to a session"));
    let (chat, outputs) = Chat::new(clock::now(), Box::new(storage.clone()));
    provide_context(chat);
    Profile::provide(chat);
    let upgrade_probe = UpgradeProbe::provide();
    storage.sync_with_other_tabs(chat);
    clock::tick_every_second(chat.now);
    effect(move || {
        chat.now.track();
        chat.resume_sending();
    });
    listen(&window(), "beforeunload", move |event: web_sys::Event| {
        if chat.has_unsaved() {
            event.prevent_default();
        }
    });
    effect(move || set_connection_attribute(Some(chat.connection())));
    spawn_scoped({
        let token = token.clone();
        async move {
            socket_task::run(chat, upgrade_probe, token, outputs.frames).await;
            session.expire();
        }
    });
    spawn_scoped(fetcher::run(chat, token, outputs.fetches));
    Route::provide();
    view! { <Shell/> }
}
