//! `/invitations`: links by which people come in.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Timestamp},
    text::{Title, UserName},
    user::{ServerRole, User},
};

/// The most people that one invitation may bring.
pub const MAX_INVITATION_USES: u32 = 1_000;

/// The longest life of an invitation, in seconds: 30 days.
pub const MAX_INVITATION_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The most groups that those who come by one invitation join.
pub const MAX_INVITATION_GROUPS: usize = 20;

/// `POST /invitations`. Answered by [`CreatedInvitation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// What those who come by it are.
    pub role: ServerRole,
    /// How many may come by it, from 1 to [`MAX_INVITATION_USES`].
    pub uses: u32,
    /// How long it holds, in seconds, from 60 to [`MAX_INVITATION_SECONDS`].
    pub expires_in: u64,
    /// The groups that they join at once, at most [`MAX_INVITATION_GROUPS`]; the one who invites is in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<ConversationId>,
}

/// A new invitation. Its secret is answered once, and stored hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct CreatedInvitation {
    /// Names it.
    pub id: u64,
    /// The secret, for [`super::NewAccount::token`].
    pub token: String,
    /// The link, with the secret in its fragment, which browsers send to no server.
    pub url: String,
}

/// An invitation that can still be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Invitation {
    /// Names it.
    pub id: u64,
    /// Who invites; none where it was made by the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<User>,
    /// What those who come by it are.
    pub role: ServerRole,
    /// How many may still come by it.
    pub uses_left: u32,
    /// How many came by it.
    pub used: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The titles of the groups that they join.
    pub groups: Vec<Title>,
}

/// `GET /invitations`: those that can still be used, the newest first: an admin's own, and an owner's all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Invitations {
    /// The invitations.
    pub invitations: Vec<Invitation>,
}

/// `POST /invitations/lookup`: whether a link can be used. Answered by [`InvitationView`], or `bad_invitation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationLookup {
    /// The secret.
    pub token: String,
}

/// An invitation, as whoever has its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct InvitationView {
    /// Who invites; none of the set-up link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserName>,
    /// What those who come by it are.
    pub role: ServerRole,
}
