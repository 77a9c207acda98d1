//! The signed-in user: the menu of settings, and signing out.

pub(crate) mod menu;
pub(crate) mod password_dialog;
mod sign_out_dialog;
