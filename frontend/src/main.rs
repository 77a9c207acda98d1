//! Confab's page, a Leptos app in WASM.
//!
//! Imports run downwards only: `app` → `features` → `state`, `session` → `ui` → `route`, `i18n` → `platform` →
//! `confab_shared`. To add a feature: a folder below `features` with its pure state, tested natively, and its views.

mod app;
mod features;
mod i18n;
mod platform;
mod route;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod ui;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
