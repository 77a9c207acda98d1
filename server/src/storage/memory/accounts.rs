//! Accounts, invitations, second factors and settings of the reference.

use async_trait::async_trait;
use confab_shared::{
    api::{Account, AccountChange, Invitation, Settings},
    id::{Timestamp, UserId},
    user::ServerRole,
};

use super::{Memory, Tables, UserRow};
use crate::{
    domain::{
        account::{self, Actor, Door, InvitationState, NewAccountDecision, Standing},
        second_factor::{self, CodeDecision, Secret, ShownCode, Step, StoredFactor},
        sign_in::{SecretHash, UserKind},
    },
    storage::{
        StorageError,
        accounts::{AccountChangeOutcome, Accounts, NewAccount, NewAccountOutcome},
        invitations::{Invitations, KnownInvitation, NewInvitation},
        second_factors::SecondFactors,
        settings::SettingsStorage,
    },
};

pub(super) struct InvitationRow {
    new: NewInvitation,
    used: u32,
}

impl UserRow {
    fn account(&self) -> Account {
        Account {
            user: self.known.user.clone(),
            role: self.standing.role,
            active: self.standing.active,
            has_password: self.password.is_some(),
            has_second_factor: self.second_factor.as_ref().is_some_and(|factor| factor.confirmed),
            last_seen: self.known.last_seen,
        }
    }

    /// Uses up a code that was accepted.
    pub(super) fn use_up(&mut self, accepted: ShownCode) {
        let Some(factor) = &mut self.second_factor else { return };
        match accepted {
            ShownCode::Step(step) => factor.last_step = step,
            ShownCode::Recovery(code) => factor.recovery_codes.retain(|left| *left != code),
            ShownCode::Nothing | ShownCode::Wrong => {}
        }
    }
}

impl InvitationRow {
    fn is_setup(&self) -> bool {
        self.new.by.is_none() && self.new.role == ServerRole::Owner
    }

    fn uses_left(&self) -> u32 {
        self.new.uses - self.used
    }
}

impl Tables {
    fn has_owner(&self) -> bool {
        self.users.values().any(|row| row.standing == Standing { role: ServerRole::Owner, active: true })
    }

    fn door(&self, row: &InvitationRow) -> Door {
        if row.is_setup() {
            let (uses_left, expires_at) = (row.uses_left(), row.new.expires_at);
            return Door::Setup { has_owner: self.has_owner(), uses_left, expires_at };
        }
        let by = match row.new.by {
            None => Standing { role: ServerRole::Owner, active: true },
            Some(by) => match self.row(by) {
                Some(by) => by.standing,
                None => return Door::UnknownToken,
            },
        };
        Door::Invitation(InvitationState {
            role: row.new.role,
            uses_left: row.uses_left(),
            expires_at: row.new.expires_at,
            by,
        })
    }
}

#[async_trait]
impl Accounts for Memory {
    async fn create_account(&self, new: NewAccount) -> Result<NewAccountOutcome, StorageError> {
        let mut tables = self.tables();
        let found = new.invitation.and_then(|token| {
            let mut rows = tables.invitations.iter();
            rows.find(|(_, row)| row.new.token == token).map(|(id, _)| *id)
        });
        let door = match (found, new.invitation) {
            (Some(id), _) => tables.door(&tables.invitations[&id]),
            (None, Some(_)) => Door::UnknownToken,
            (None, None) if new.registration => Door::Registration,
            (None, None) => Door::Closed,
        };
        let role = match account::decide_new(&tables.name_state(&new.name), door, new.at) {
            NewAccountDecision::Make(role) => role,
            NewAccountDecision::NameTaken => return Ok(NewAccountOutcome::NameTaken),
            NewAccountDecision::BadInvitation => return Ok(NewAccountOutcome::BadInvitation),
            NewAccountDecision::Closed => return Ok(NewAccountOutcome::Closed),
        };
        if new.display_name.as_ref().is_some_and(|shown| tables.looks_like_another(shown, None)) {
            return Ok(NewAccountOutcome::DisplayNameTaken);
        }
        tables.ensure_user(new.name.clone(), UserKind::Page).expect("it was decided on");
        let row = tables.users.get_mut(&new.name.key).expect("it was ensured");
        row.standing = Standing { role, active: true };
        row.password = Some(new.password);
        row.known.user.display_name = new.display_name.map(|shown| shown.display_name);
        let user = row.known.user.clone();
        tables.begin_session(user.id, new.token, new.device, new.at);
        let invited = found.and_then(|id| {
            let row = tables.invitations.get_mut(&id).expect("it was found");
            row.used += 1;
            row.new.by.map(|by| (by, row.new.groups.clone()))
        });
        let invited = invited.map(|(by, mut groups)| {
            groups.sort_unstable();
            groups.dedup();
            (tables.user(by).user.clone(), groups)
        });
        Ok(NewAccountOutcome::Made { user, role, invited })
    }

    async fn account(&self, user: UserId) -> Result<Option<Account>, StorageError> {
        Ok(self.tables().row(user).map(UserRow::account))
    }

    async fn accounts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Account>, StorageError> {
        let tables = self.tables();
        let found = tables.users.iter().filter(|(key, row)| {
            row.has_come() && row.begins_with(prefix) && after.is_none_or(|after| key.as_str() > after)
        });
        Ok(found.take(limit).map(|(_, row)| row.account()).collect())
    }

    async fn change_account(
        &self,
        actor: Option<UserId>,
        target: UserId,
        change: AccountChange,
        _at: Timestamp,
    ) -> Result<AccountChangeOutcome, StorageError> {
        let mut tables = self.tables();
        let actor = match actor {
            None => Actor::Operator,
            Some(user) => match tables.row(user) {
                Some(row) => Actor::User(user, row.standing),
                None => return Ok(AccountChangeOutcome::Forbidden),
            },
        };
        let Some(row) = tables.row_mut(target) else { return Ok(AccountChangeOutcome::Unknown) };
        let Ok(after) = account::decide_change(actor, target, row.standing, &change) else {
            return Ok(AccountChangeOutcome::Forbidden);
        };
        row.standing = after;
        if change.reset_second_factor {
            row.second_factor = None;
        }
        let account = row.account();
        if change.reset_second_factor || !after.active {
            tables.end_sessions(target, None);
        }
        Ok(AccountChangeOutcome::Changed(account))
    }

    async fn has_owner(&self) -> Result<bool, StorageError> {
        Ok(self.tables().has_owner())
    }
}

#[async_trait]
impl Invitations for Memory {
    async fn invite(&self, new: NewInvitation) -> Result<u64, StorageError> {
        let mut tables = self.tables();
        tables.invitation_count += 1;
        let id = tables.invitation_count;
        tables.invitations.insert(id, InvitationRow { new, used: 0 });
        Ok(id)
    }

    async fn revoke_setup_links(&self) -> Result<(), StorageError> {
        self.tables().invitations.retain(|_, row| !row.is_setup());
        Ok(())
    }

    async fn invitation(&self, token: SecretHash) -> Result<Option<KnownInvitation>, StorageError> {
        let tables = self.tables();
        let row = tables.invitations.values().find(|row| row.new.token == token);
        Ok(row.map(|row| KnownInvitation {
            door: tables.door(row),
            by: row.new.by.map(|by| tables.user(by).user.name.clone()),
            role: row.new.role,
        }))
    }

    async fn invitations(&self, by: Option<UserId>, at: Timestamp) -> Result<Vec<Invitation>, StorageError> {
        let tables = self.tables();
        let listed = tables.invitations.iter().rev().filter(|(_, row)| {
            (by.is_none() || row.new.by == by)
                && row.uses_left() > 0
                && row.new.expires_at > at
                && !row.is_setup()
        });
        let invitation = |(id, row): (&u64, &super::InvitationRow)| {
            let mut groups = row.new.groups.clone();
            groups.sort_unstable();
            groups.dedup();
            Invitation {
                id: *id,
                by: row.new.by.map(|by| tables.user(by).user.clone()),
                role: row.new.role,
                uses_left: row.uses_left(),
                used: row.used,
                expires_at: row.new.expires_at,
                groups: groups
                    .iter()
                    .filter_map(|group| tables.conversations.get(group)?.conversation.title.clone())
                    .collect(),
            }
        };
        Ok(listed.map(invitation).collect())
    }

    async fn revoke_invitation(&self, id: u64, by: Option<UserId>) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let is_there = tables.invitations.get(&id).is_some_and(|row| by.is_none() || row.new.by == by);
        if is_there {
            tables.invitations.remove(&id);
        }
        Ok(is_there)
    }
}

#[async_trait]
impl SecondFactors for Memory {
    async fn second_factor(&self, user: UserId) -> Result<Option<StoredFactor>, StorageError> {
        Ok(self.tables().row(user).and_then(|row| row.second_factor.clone()))
    }

    async fn set_second_factor(&self, user: UserId, secret: Secret) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let row = tables.row_mut(user).expect("users are never deleted");
        if row.second_factor.as_ref().is_some_and(|factor| factor.confirmed) {
            return Ok(false);
        }
        let factor = StoredFactor { secret, confirmed: false, last_step: 0, recovery_codes: Vec::new() };
        row.second_factor = Some(factor);
        Ok(true)
    }

    async fn confirm_second_factor(
        &self,
        user: UserId,
        secret: Secret,
        step: Step,
        recovery_codes: Vec<SecretHash>,
    ) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let row = tables.row_mut(user).expect("users are never deleted");
        let factor = row.second_factor.as_mut().filter(|factor| factor.secret == secret && !factor.confirmed);
        let Some(factor) = factor else { return Ok(false) };
        *factor = StoredFactor { secret, confirmed: true, last_step: step, recovery_codes };
        factor.recovery_codes.sort_unstable();
        factor.recovery_codes.dedup();
        Ok(true)
    }

    async fn remove_second_factor(
        &self,
        user: UserId,
        shown: ShownCode,
    ) -> Result<CodeDecision, StorageError> {
        let mut tables = self.tables();
        let row = tables.row_mut(user).expect("users are never deleted");
        let decision = second_factor::decide(row.second_factor.as_ref(), shown);
        if matches!(decision, CodeDecision::Accept(_) | CodeDecision::NotNeeded) {
            row.second_factor = None;
        }
        Ok(decision)
    }
}

#[async_trait]
impl SettingsStorage for Memory {
    async fn settings(&self) -> Result<Settings, StorageError> {
        Ok(self.tables().settings)
    }

    async fn change_settings(&self, change: Settings) -> Result<Settings, StorageError> {
        let mut tables = self.tables();
        let before = tables.settings;
        tables.settings = Settings {
            registration: change.registration.or(before.registration),
            admins_need_second_factor: change.admins_need_second_factor.or(before.admins_need_second_factor),
            attachment_bytes: change.attachment_bytes.or(before.attachment_bytes),
            storage_bytes: change.storage_bytes.or(before.storage_bytes),
            link_previews: change.link_previews.or(before.link_previews),
        };
        Ok(tables.settings)
    }
}
