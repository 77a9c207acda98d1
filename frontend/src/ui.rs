//! The components of all views.

pub(crate) mod avatar;
pub(crate) mod bidi;
pub(crate) mod code_field;
pub(crate) mod confirmed;
pub(crate) mod dialog;
pub(crate) mod form_error;
pub(crate) mod icon;
pub(crate) mod icon_button;
pub(crate) mod initials;
pub(crate) mod keyed_children;
pub(crate) mod language_switch;
pub(crate) mod on_demand;
pub(crate) mod password_field;
pub(crate) mod person_name;
pub(crate) mod popup;
pub(crate) mod reactive;
pub(crate) mod setting;
pub(crate) mod show;
pub(crate) mod submission;
pub(crate) mod toast;
