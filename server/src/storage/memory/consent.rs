//! Consent and requests to join groups of the reference.

use async_trait::async_trait;
use confab_shared::{
    api::Access,
    group_request::GroupRequest,
    id::{ConversationId, Timestamp, UserId},
    user::User,
};

use super::{Memory, Tables};
use crate::{
    domain::{
        consent::{AskedUser, ConsentSetting, RequestState},
        presence::SharedConversation,
    },
    storage::{StorageError, consent::ConsentStorage},
};

/// A request to join a group, by the user who was asked and the group.
pub(super) struct RequestRow {
    pub(super) by: UserId,
    pub(super) at: Timestamp,
    pub(super) state: RequestState,
}

impl Tables {
    /// Those of the users who are asked before people whom they never met add them to a group.
    pub(super) fn asked(
        &self,
        access: Access,
        actor: UserId,
        group: Option<ConversationId>,
        users: &[(String, User)],
    ) -> Vec<AskedUser> {
        let asks = |user: &User| {
            let row = self.row(user.id)?;
            let setting = ConsentSetting {
                chosen: row.asks_before_groups,
                role: row.standing.role,
                kind: row.known.kind,
            };
            setting.asks(access).then(|| AskedUser {
                user: user.id,
                has_met_actor: self.have_met(actor, user.id),
                request: group.and_then(|group| self.request_state(user.id, group)),
                pending_requests: self.pending(user.id).count(),
                pending_by_actor: self.pending(user.id).filter(|(_, row)| row.by == actor).count(),
            })
        };
        users.iter().filter_map(|(_, user)| asks(user)).collect()
    }

    fn have_met(&self, one: UserId, other: UserId) -> bool {
        let mut shared = self.conversations.values().map(|row| row.shared(one, other));
        shared.any(SharedConversation::by_choice)
    }

    pub(super) fn request_state(&self, user: UserId, group: ConversationId) -> Option<RequestState> {
        self.group_requests.get(&(user, group)).map(|row| row.state)
    }

    fn pending(&self, user: UserId) -> impl Iterator<Item = (ConversationId, &RequestRow)> {
        let own = self.group_requests.iter().filter(move |((asked, _), _)| *asked == user);
        own.filter(|(_, row)| row.state == RequestState::Pending).map(|((_, group), row)| (*group, row))
    }
}

#[async_trait]
impl ConsentStorage for Memory {
    async fn asks_before_groups(&self, user: UserId) -> Result<Option<bool>, StorageError> {
        Ok(self.tables().row(user).and_then(|row| row.asks_before_groups))
    }

    async fn set_asks_before_groups(&self, user: UserId, asks: bool) -> Result<(), StorageError> {
        self.tables().row_mut(user).expect("users are never deleted").asks_before_groups = Some(asks);
        Ok(())
    }

    async fn group_requests(&self, user: UserId) -> Result<Vec<GroupRequest>, StorageError> {
        let tables = self.tables();
        let request = |(conversation, row): (ConversationId, &RequestRow)| GroupRequest {
            conversation,
            title: tables.conversations[&conversation].conversation.title.clone().expect("groups have one"),
            by: tables.user(row.by).user.clone(),
            at: row.at,
        };
        let mut requests: Vec<_> = tables.pending(user).map(request).collect();
        requests.sort_by_key(|request| std::cmp::Reverse((request.at, request.conversation)));
        Ok(requests)
    }

    async fn decline_group_request(&self, user: UserId, group: ConversationId) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let row = tables.group_requests.get_mut(&(user, group));
        Ok(row.map(|row| row.state = RequestState::Declined).is_some())
    }
}
