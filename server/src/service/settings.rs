//! The server's settings, and what a page needs to know before anybody signs in.

use confab_shared::{
    api::{Access, ServerInfo, Settings},
    error::ErrorCode,
    protocol::Limits,
    user::User,
};

use super::{Service, error::Error, options::MAX_FILE_LIMITS};
use crate::domain::permission::server::ServerAction;

/// Whether the limits of files are such as storage can count to.
fn check_limits(change: Settings) -> Result<(), Error> {
    let Limits { attachment_bytes, storage_bytes } = MAX_FILE_LIMITS;
    for (limit, most) in [(change.attachment_bytes, attachment_bytes), (change.storage_bytes, storage_bytes)]
    {
        if limit.is_some_and(|limit| limit > most) {
            let sentence = format!("This limit is too large: at most {most} bytes can be set.");
            return Err(Error::new(ErrorCode::BadRequest, sentence));
        }
    }
    Ok(())
}

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
    /// `forbidden`; `bad_request` for a limit that is too large.
    pub async fn change_settings(&self, user: &User, change: Settings) -> Result<Settings, Error> {
        self.check_right(user, ServerAction::ChangeSettings).await?;
        check_limits(change)?;
        Ok(self.shown_settings(self.storage().change_settings(change).await?))
    }

    fn shown_settings(&self, settings: Settings) -> Settings {
        self.with_link_previews(self.with_file_limits(settings))
    }
}
