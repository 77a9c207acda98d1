//! The server's settings, as storage keeps them.

use async_trait::async_trait;
use confab_shared::api::Settings;

use super::error::StorageError;

/// Settings.
#[async_trait]
pub trait SettingsStorage {
    /// All settings.
    async fn settings(&self) -> Result<Settings, StorageError>;

    /// Changes what is given, and answers all.
    async fn change_settings(&self, change: Settings) -> Result<Settings, StorageError>;
}
