//! Display names: what people are shown as, beside the name that tells them apart.

use confab_shared::{
    api::Access,
    error::ErrorCode,
    protocol::ServerFrame,
    text::{DisplayName, UserName},
    user::User,
};

use super::{Service, error::Error};
use crate::{
    domain::{audience::Audience, client_address::ClientAddress},
    realtime::bus::Signal,
    storage::{NewDisplayName, StorageError},
    websocket::frame::Frame,
};

impl Service {
    /// Gives a user another display name, or none where it is blank. Everybody who may know of the user learns of it at once.
    ///
    /// # Errors
    /// What [`DisplayName`] refuses; `name_taken` where it looks like the name of somebody else, or has another meaning here;
    /// `rate_limited`.
    pub async fn set_display_name(
        &self,
        user: &User,
        display_name: &str,
        from: &ClientAddress,
    ) -> Result<User, Error> {
        let new = checked_display_name(display_name, &user.name)?;
        self.limits().display_name(from, user.id)?;
        // One after the other, so that what is signalled last is what was stored last.
        let _turn = self.0.display_names.lock().await;
        let changed = self.storage().set_display_name(user.id, new).await?.ok_or_else(looks_like_another)?;
        self.bus().set_user(&changed);
        match self.audience_of(&changed).await {
            Ok(audience) => {
                let frame = Frame::json(&ServerFrame::User { user: changed.clone() });
                self.bus().signal(Signal::to(audience, frame)).await;
            }
            // A signal may be lost: the next welcome has it.
            Err(error) => tracing::debug!(%error, "failed to signal a display name"),
        }
        Ok(changed)
    }

    /// Who learns that a user changed: where anybody may come in, everybody; on a server for accounts, those who are no guests
    /// and those who share a conversation with the user. Everybody is in Everyone, so no smaller audience is right; few changes
    /// are allowed to each person.
    async fn audience_of(&self, user: &User) -> Result<Audience, StorageError> {
        match self.access() {
            Access::Open => Ok(Audience::Everyone),
            Access::Accounts => Ok(Audience::of(self.storage().acquaintances(user.id).await?)),
        }
    }
}

/// Checks a display name for a user of a name; none where it is blank.
///
/// # Errors
/// What [`DisplayName`] refuses; `name_taken` for one that has another meaning here.
pub(super) fn checked_display_name(text: &str, own: &UserName) -> Result<Option<NewDisplayName>, Error> {
    let Some(display_name) = DisplayName::new(text)? else { return Ok(None) };
    NewDisplayName::of(display_name, own).map(Some).map_err(|_| looks_like_another())
}

pub(super) fn looks_like_another() -> Error {
    Error::new(
        ErrorCode::NameTaken,
        "This looks like the name of somebody else, or of something else. Please choose another.",
    )
}
