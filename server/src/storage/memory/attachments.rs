//! Attachments of the reference.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use confab_shared::{
    attachment::Attachment,
    id::{AttachmentId, ConversationId, Seq, Timestamp, UserId},
};

use super::{Memory, Tables};
use crate::{
    domain::{
        attachment::{
            BlobHash, Blobs, LoadedAttachment, StorageDecision, StorageLimits, StoredAttachment, Upload,
        },
        sign_in::SecretHash,
    },
    storage::{
        StorageError,
        attachments::{AttachmentStorage, ClaimOutcome, CopyOutcome},
    },
};

/// Uploads, attachments and blobs.
#[derive(Default)]
pub(super) struct Files {
    uploads: BTreeMap<AttachmentId, Upload>,
    attachments: BTreeMap<AttachmentId, StoredAttachment>,
    uses: BTreeSet<(BlobHash, AttachmentId)>,
    /// Until when each is taken.
    condemned: BTreeMap<BlobHash, Timestamp>,
    link_key: Option<[u8; 32]>,
}

impl Files {
    /// What a new message needs of its attachments.
    pub(super) fn load(&self, ids: &[AttachmentId]) -> Vec<LoadedAttachment> {
        let found = ids.iter().filter_map(|id| self.attachments.get(id));
        let loaded = found.map(|found| LoadedAttachment {
            attachment: found.attachment.clone(),
            owner: found.owner,
            is_sent: found.message.is_some(),
        });
        loaded.collect()
    }

    pub(super) fn set_message(&mut self, attachments: &[Attachment], id: ConversationId, seq: Seq) {
        for attachment in attachments {
            if let Some(stored) = self.attachments.get_mut(&attachment.id) {
                stored.message = Some((id, seq));
            }
        }
    }

    pub(super) fn remove(&mut self, ids: &[AttachmentId]) {
        for id in ids {
            let used: Vec<_> = self.uses.iter().filter(|(_, by)| by == id).map(|(blob, _)| *blob).collect();
            self.uses.retain(|(_, by)| by != id);
            self.condemn_unused(&used);
            self.attachments.remove(id);
            self.uploads.remove(id);
        }
    }

    fn condemn_unused(&mut self, blobs: &[BlobHash]) {
        for blob in blobs {
            if !self.uses.iter().any(|(used, _)| used == blob) {
                self.condemned.entry(*blob).or_insert(Timestamp(0));
            }
        }
    }

    fn bytes_of(&self, user: UserId) -> u64 {
        let attachments = self.attachments.values().filter(|stored| stored.owner == user);
        let uploads = self.uploads.values().filter(|upload| upload.owner == user);
        attachments.map(|stored| stored.attachment.bytes).sum::<u64>()
            + uploads.map(|upload| upload.length).sum::<u64>()
    }

    fn decide(&self, user: UserId, limits: StorageLimits, new_bytes: u64) -> StorageDecision {
        let attachments = self.attachments.values();
        let unsent = attachments.filter(|stored| stored.owner == user && stored.message.is_none()).count()
            + self.uploads.values().filter(|upload| upload.owner == user).count();
        limits.decide(self.bytes_of(user), unsent as u64, new_bytes)
    }

    fn insert(&mut self, new: StoredAttachment) {
        self.uses.extend(new.blobs.all().map(|blob| (blob, new.attachment.id)));
        self.attachments.insert(new.attachment.id, new);
    }
}

impl Tables {
    fn visible(&self, user: UserId, id: AttachmentId) -> Option<&StoredAttachment> {
        self.files.attachments.get(&id).filter(|stored| match stored.message {
            None => stored.owner == user,
            Some((conversation, _)) => self.is_member(user, conversation),
        })
    }
}

#[async_trait]
impl AttachmentStorage for Memory {
    async fn start_upload(
        &self,
        upload: Upload,
        limits: StorageLimits,
    ) -> Result<StorageDecision, StorageError> {
        let mut tables = self.tables();
        let files = &mut tables.files;
        let decision = files.decide(upload.owner, limits, upload.length);
        if decision == StorageDecision::Allowed {
            files.uploads.insert(upload.id, upload);
        }
        Ok(decision)
    }

    async fn upload(&self, id: AttachmentId) -> Result<Option<Upload>, StorageError> {
        Ok(self.tables().files.uploads.get(&id).cloned())
    }

    async fn claim_blobs(
        &self,
        id: AttachmentId,
        blobs: Vec<BlobHash>,
    ) -> Result<ClaimOutcome, StorageError> {
        let mut tables = self.tables();
        let files = &mut tables.files;
        if !files.uploads.contains_key(&id) {
            return Ok(ClaimOutcome::NoUpload);
        }
        if blobs.iter().any(|blob| files.condemned.contains_key(blob)) {
            return Ok(ClaimOutcome::Condemned);
        }
        files.uses.extend(blobs.into_iter().map(|blob| (blob, id)));
        Ok(ClaimOutcome::Claimed)
    }

    async fn finish_upload(&self, attachment: Attachment, blobs: Blobs) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let files = &mut tables.files;
        let id = attachment.id;
        let Some(Upload { owner, created_at, .. }) = files.uploads.remove(&id) else { return Ok(false) };
        let claimed: Vec<_> = files.uses.iter().filter(|(_, by)| *by == id).map(|(blob, _)| *blob).collect();
        files.uses.retain(|(_, by)| *by != id);
        files.insert(StoredAttachment { attachment, owner, blobs, message: None, created_at });
        files.condemn_unused(&claimed);
        Ok(true)
    }

    async fn discard(&self, owner: UserId, id: AttachmentId) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let files = &mut tables.files;
        let unsent = |stored: &StoredAttachment| stored.owner == owner && stored.message.is_none();
        let exists = files.uploads.get(&id).is_some_and(|upload| upload.owner == owner)
            || files.attachments.get(&id).is_some_and(unsent);
        if exists {
            files.remove(&[id]);
        }
        Ok(exists)
    }

    async fn discard_unsent(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<AttachmentId>, StorageError> {
        let mut tables = self.tables();
        let files = &mut tables.files;
        let uploads = files.uploads.values().filter(|upload| upload.created_at < before);
        let unsent = files.attachments.values();
        let unsent = unsent.filter(|stored| stored.created_at < before && stored.message.is_none());
        let ids = uploads.map(|upload| upload.id).chain(unsent.map(|stored| stored.attachment.id));
        let ids: Vec<_> = ids.take(limit).collect();
        files.remove(&ids);
        Ok(ids)
    }

    async fn visible_attachments(
        &self,
        user: UserId,
        ids: Vec<AttachmentId>,
    ) -> Result<Vec<StoredAttachment>, StorageError> {
        let tables = self.tables();
        let ids = ids.into_iter().collect::<BTreeSet<_>>().into_iter();
        Ok(ids.filter_map(|id| tables.visible(user, id).cloned()).collect())
    }

    async fn session_id(&self, token: SecretHash) -> Result<Option<u64>, StorageError> {
        let tables = self.tables();
        let found = tables.sessions.values().find(|row| row.session.token == token);
        Ok(found.map(|row| row.session.id))
    }

    async fn attachment_for(
        &self,
        session: u64,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        let tables = self.tables();
        let session = tables.sessions.get(&session);
        Ok(session.and_then(|session| tables.visible(session.user, id)).cloned())
    }

    async fn copy_attachment(
        &self,
        user: UserId,
        id: AttachmentId,
        copy: AttachmentId,
        at: Timestamp,
        limits: StorageLimits,
    ) -> Result<CopyOutcome, StorageError> {
        let mut tables = self.tables();
        let Some(found) = tables.visible(user, id).cloned() else { return Ok(CopyOutcome::Unknown) };
        let decision = tables.files.decide(user, limits, found.attachment.bytes);
        if decision != StorageDecision::Allowed {
            return Ok(CopyOutcome::Refused(decision));
        }
        let attachment = Attachment { id: copy, ..found.attachment };
        let new = StoredAttachment {
            attachment: attachment.clone(),
            owner: user,
            message: None,
            created_at: at,
            ..found
        };
        tables.files.insert(new);
        Ok(CopyOutcome::Copied(attachment))
    }

    async fn stored_bytes(&self, user: UserId) -> Result<u64, StorageError> {
        Ok(self.tables().files.bytes_of(user))
    }

    async fn condemned_blobs(&self, limit: usize) -> Result<Vec<BlobHash>, StorageError> {
        Ok(self.tables().files.condemned.keys().copied().take(limit).collect())
    }

    async fn take_condemned(
        &self,
        blob: BlobHash,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        let files = &mut tables.files;
        let taken = files.condemned.get_mut(&blob).filter(|taken_until| **taken_until <= now);
        Ok(taken.map(|taken_until| *taken_until = until).is_some())
    }

    async fn forget_blob(&self, blob: BlobHash) -> Result<(), StorageError> {
        self.tables().files.condemned.remove(&blob);
        Ok(())
    }

    async fn condemn_unused(&self, blobs: Vec<BlobHash>) -> Result<(), StorageError> {
        self.tables().files.condemn_unused(&blobs);
        Ok(())
    }

    async fn used_blobs(&self, after: Option<BlobHash>, limit: usize) -> Result<Vec<BlobHash>, StorageError> {
        let tables = self.tables();
        let used: BTreeSet<_> = tables.files.uses.iter().map(|(blob, _)| *blob).collect();
        Ok(used.into_iter().filter(|blob| after.is_none_or(|after| *blob > after)).take(limit).collect())
    }

    async fn link_key(&self, new: [u8; 32]) -> Result<[u8; 32], StorageError> {
        Ok(*self.tables().files.link_key.get_or_insert(new))
    }
}
