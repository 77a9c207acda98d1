//! The signed-in user: the menu of settings, and signing out.

pub(crate) mod menu;
mod sign_out_dialog;
