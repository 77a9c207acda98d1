//! The signed-in user: the menu of settings, and signing out.

pub(crate) mod menu;
mod name_note;
pub(crate) mod password_dialog;
mod sign_out_dialog;
