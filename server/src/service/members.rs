//! The members of a conversation, as far as one who asks may know them.

use confab_shared::{
    api::{MAX_MEMBERS_PER_PAGE, Members},
    error::ErrorCode,
    id::ConversationId,
    name_key::name_key,
    user::{ServerRole, User},
};

use super::{Service, error::Error};
use crate::{
    domain::directory,
    storage::{ListedMember, MemberQuery},
};

/// Where a page of members begins: behind one of them.
#[derive(Clone, Copy, Debug)]
pub struct MemberCursor<'a> {
    /// The name of that member; empty for the first page.
    pub name: &'a str,
    /// What was shown of them; none for what is shown of them now.
    pub shown: Option<&'a str>,
}

impl Service {
    /// Members of a conversation in the order of the keys of what is shown: those behind a cursor, whose names or display names
    /// begin with `query`.
    ///
    /// # Errors
    /// `bad_limit`; `unknown_conversation`; `forbidden` where everybody is a member and the user is a guest.
    pub async fn members(
        &self,
        user: &User,
        id: ConversationId,
        after: MemberCursor<'_>,
        query: &str,
        limit: usize,
    ) -> Result<Members, Error> {
        if !(1..=MAX_MEMBERS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_MEMBERS_PER_PAGE} members at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        let after_shown = after.shown.map(name_key);
        let query =
            MemberQuery { after: name_key(after.name), after_shown, prefix: name_key(query.trim()), limit };
        let run = self.storage().members(user.id, id, query).await?.ok_or(ErrorCode::UnknownConversation)?;
        directory::list_members(self.server_role(user).await?, run.kind)?;
        let online = self.online(run.members.iter().map(|member| member.known.user.id)).await?;
        let shown = |member: &ListedMember| {
            let shared = member.direct.into_iter().chain([member.here]);
            Self::shown_presence(user, &member.known, shared, &online)
        };
        let presence = run.members.iter().filter_map(shown).collect();
        let users = run.members.into_iter().map(|member| member.known.user).collect();
        Ok(Members { users, presence, more: run.more })
    }

    /// What a user is on this server.
    pub(super) async fn server_role(&self, user: &User) -> Result<ServerRole, Error> {
        let account = self.storage().account(user.id).await?.ok_or(ErrorCode::BadToken)?;
        Ok(account.role)
    }
}
