//! Consent to be added to groups, and the requests to join them.

use confab_shared::{
    api::ConversationView,
    command::Join,
    error::ErrorCode,
    group_request::GroupRequest,
    id::ConversationId,
    protocol::ServerFrame,
    user::{ServerRole, User},
};

use super::{Service, commands::command, error::Error, run_to_end::run_to_end};
use crate::{
    domain::{audience::Audience, client_address::ClientAddress, consent},
    realtime::bus::Signal,
    websocket::frame::Frame,
};

impl Service {
    /// Whether people whom a user never met have to ask before they add the user to a group.
    pub(super) async fn asks_before_groups(&self, user: &User, role: ServerRole) -> Result<bool, Error> {
        let chosen = self.storage().asks_before_groups(user.id).await?;
        Ok(chosen.unwrap_or_else(|| consent::asks_by_default(role, self.access())))
    }

    /// Sets whether people whom a user never met have to ask.
    ///
    /// # Errors
    /// Storage's.
    pub async fn set_asks_before_groups(&self, user: &User, asks: bool) -> Result<(), Error> {
        Ok(self.storage().set_asks_before_groups(user.id, asks).await?)
    }

    /// The requests to join groups that a user has not answered.
    pub(super) async fn group_requests(&self, user: &User) -> Result<Vec<GroupRequest>, Error> {
        Ok(self.storage().group_requests(user.id).await?)
    }

    /// Accepts a request to join a group.
    ///
    /// # Errors
    /// `unknown_conversation` where there is none; `wrong_kind`; `rate_limited`.
    pub async fn join_group(
        &self,
        user: &User,
        join: Join,
        from: &ClientAddress,
    ) -> Result<ConversationView, Error> {
        let id = join.conversation;
        self.execute(command(user, join.into())?, from).await?;
        self.conversation(user, id).await
    }

    /// Declines a request to join a group. The others in the group are not notified.
    ///
    /// # Errors
    /// `unknown_conversation` where there is none.
    pub async fn decline_group(&self, user: &User, conversation: ConversationId) -> Result<(), Error> {
        let (service, user) = (self.clone(), user.id);
        run_to_end(async move {
            if !service.storage().decline_group_request(user, conversation).await? {
                return Err(ErrorCode::UnknownConversation.into());
            }
            let declined = Frame::json(&ServerFrame::GroupRequestDeclined { conversation });
            service.bus().signal(Signal::to(Audience::of([user]), declined)).await;
            Ok(())
        })
        .await
    }
}
