//! Names, as storage compares them.

use confab_shared::{
    name_key::name_key,
    text::{DisplayName, UserName},
};

use crate::domain::name::{NameRefusal, display_name, skeleton};

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

/// A display name of a user, with what it is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDisplayName {
    /// The display name.
    pub display_name: DisplayName,
    /// Its key, by which people are listed and found.
    pub key: String,
    /// No other user's name may have one of these skeletons: `domain::name::display_name`.
    pub skeletons: Vec<String>,
}

impl NewDisplayName {
    /// A display name for a user of a name.
    ///
    /// # Errors
    /// [`NameRefusal::StrayMark`], [`NameRefusal::Reserved`].
    pub fn of(display_name: DisplayName, own: &UserName) -> Result<Self, NameRefusal> {
        let skeletons = display_name::skeletons(&display_name, own)?;
        Ok(Self { key: name_key(display_name.as_str()), display_name, skeletons })
    }
}
