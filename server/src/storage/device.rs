//! What a session is of.

/// What signs in: shown to its user, so that they know their sessions apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The browser and its system.
    pub browser: Option<String>,
    /// The address.
    pub address: Option<String>,
}
