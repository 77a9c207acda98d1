//! The server's settings, and what a page needs to know before anybody signs in.

use confab_shared::{
    api::{Access, ServerInfo, Settings},
    user::User,
};

use super::{Service, error::Error};
use crate::domain::permission::server::ServerAction;

impl Service {
    /// What a page needs to know before anybody signs in.
    ///
    /// # Errors
    /// Storage's.
    pub async fn server_info(&self) -> Result<ServerInfo, Error> {
        Ok(ServerInfo {
            access: self.access(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            registration: self.registration_is_open().await?,
            exposed: self.access() == Access::Open && self.options().exposed,
        })
    }

    /// All settings.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn settings(&self, user: &User) -> Result<Settings, Error> {
        self.check_right(user, ServerAction::ChangeSettings).await?;
        Ok(self.shown_settings(self.storage().settings().await?))
    }

    /// Changes settings, and answers all.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn change_settings(&self, user: &User, change: Settings) -> Result<Settings, Error> {
        self.check_right(user, ServerAction::ChangeSettings).await?;
        Ok(self.shown_settings(self.storage().change_settings(change).await?))
    }

    fn shown_settings(&self, settings: Settings) -> Settings {
        self.with_link_previews(self.with_file_limits(settings))
    }
}
