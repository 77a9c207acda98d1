//! Second factors, as storage keeps them.

use async_trait::async_trait;
use confab_shared::id::UserId;

use super::error::StorageError;
use crate::domain::{
    second_factor::{CodeDecision, Secret, ShownCode, Step, StoredFactor},
    sign_in::SecretHash,
};

/// Second factors.
#[async_trait]
pub trait SecondFactors {
    /// The second factor of a user, confirmed or not.
    async fn second_factor(&self, user: UserId) -> Result<Option<StoredFactor>, StorageError>;

    /// Sets the secret of a user who has no confirmed one, or answers false.
    async fn set_second_factor(&self, user: UserId, secret: Secret) -> Result<bool, StorageError>;

    /// Confirms a secret, by the step of a code of it, with recovery codes; or answers false where it is not the user's
    /// unconfirmed one.
    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: Secret,
        step: Step,
        recovery_codes: Vec<SecretHash>,
    ) -> Result<bool, StorageError>;

    /// Removes the second factor, where `domain::second_factor` accepts what is shown.
    async fn remove_second_factor(
        &self,
        user: UserId,
        shown: ShownCode,
    ) -> Result<CodeDecision, StorageError>;
}
