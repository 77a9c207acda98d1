//! Display names: the names under which users are shown, beside their unique names.

use confab_shared::{
    api::Access,
    error::ErrorCode,
    id::UserId,
    protocol::ServerFrame,
    text::{DisplayName, UserName},
    user::User,
};

use super::{Service, accounts::stray_mark, error::Error, run_to_end::run_to_end};
use crate::{
    domain::{audience::Audience, client_address::ClientAddress, name::NameRefusal},
    realtime::bus::Signal,
    storage::{NewDisplayName, StorageError},
    websocket::frame::Frame,
};

impl Service {
    /// Gives a user another display name, or none where it is blank. Everybody who may know of the user learns of it at once.
    ///
    /// # Errors
    /// What [`checked_display_name`] refuses; `name_taken` where it looks like the name of somebody else; `rate_limited`.
    pub async fn set_display_name(
        &self,
        user: &User,
        display_name: &str,
        from: &ClientAddress,
    ) -> Result<User, Error> {
        let new = checked_display_name(display_name, &user.name)?;
        self.limits().display_name(from, user.id)?;
        let (service, user) = (self.clone(), user.id);
        run_to_end(async move { service.change_display_name(user, new).await }).await
    }

    async fn change_display_name(&self, user: UserId, new: Option<NewDisplayName>) -> Result<User, Error> {
        // One after the other, so that what is signalled last is what was stored last.
        let _turn = self.0.display_names.lock().await;
        let changed = self.storage().set_display_name(user, new).await?.ok_or_else(looks_like_another)?;
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
/// What [`DisplayName`] refuses; `bad_name` for stray marks; `name_taken` for one that has another meaning here.
pub(super) fn checked_display_name(text: &str, own: &UserName) -> Result<Option<NewDisplayName>, Error> {
    let Some(display_name) = DisplayName::new(text)? else { return Ok(None) };
    NewDisplayName::of(display_name, own).map(Some).map_err(|refusal| match refusal {
        NameRefusal::StrayMark => stray_mark(),
        NameRefusal::NoWord
        | NameRefusal::StrayJoiner
        | NameRefusal::MixedScripts
        | NameRefusal::Reserved => looks_like_another(),
    })
}

pub(super) fn looks_like_another() -> Error {
    Error::new(
        ErrorCode::NameTaken,
        "This looks like the name of somebody else, or of something else. Please choose another.",
    )
}
