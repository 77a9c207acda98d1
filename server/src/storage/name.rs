//! A name, as storage compares it.

use confab_shared::{name_key::name_key, text::UserName};

use crate::domain::name::skeleton;

/// A name, with what it is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewName {
    /// The name.
    pub name: UserName,
    /// Its key: `confab_shared::name_key`. Names of one key are the same.
    pub key: String,
    /// Its skeleton: `domain::name::skeleton`. Names of one skeleton look the same.
    pub skeleton: String,
}

impl NewName {
    /// A name.
    pub fn of(name: UserName) -> Self {
        let key = name_key(name.as_str());
        Self { skeleton: skeleton(&key), name, key }
    }
}
