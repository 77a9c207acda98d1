//! Confab's page: mounts the app. `state` holds what is seen and can be tested without a browser; `socket` and `api`
//! talk to the server; `pages` and `components` show the state and send intents; the small modules beside them are
//! each one thing of the browser's.

mod api;
mod app;
mod bidi;
mod browser;
mod client_id;
mod clock;
mod components;
mod composing;
mod decode;
mod draft;
mod fetcher;
mod format;
mod i18n;
mod natural;
mod outbox;
mod overlay;
mod pages;
mod paste;
mod reactive;
mod route;
mod session;
mod socket;
mod state;
mod storage;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
    // Only now: a page that fails to start must not leave nothing.
    if let Some(boot) = browser::document().get_element_by_id("boot") {
        boot.remove();
    }
}
