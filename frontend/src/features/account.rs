//! The signed-in user: the menu of settings, password, devices and second factor, and signing out.

mod devices_dialog;
mod display_name_dialog;
pub(crate) mod menu;
mod name_note;
pub(crate) mod password_dialog;
mod privacy_dialog;
pub(crate) mod profile;
pub(crate) mod role;
mod second_factor_dialog;
pub(crate) mod session_list;
mod sign_out_dialog;
