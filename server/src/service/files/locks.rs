//! Which uploads somebody works on: each is one's at a time.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use confab_shared::id::{AttachmentId, UserId};

/// The uploads that somebody works on, each with its owner.
#[derive(Default)]
pub(in crate::service) struct UploadLocks(Mutex<HashMap<AttachmentId, UserId>>);

/// An upload that nobody else works on until this is dropped.
pub(in crate::service) struct UploadLock<'l> {
    locks: &'l UploadLocks,
    id: AttachmentId,
}

impl UploadLocks {
    /// Locks an upload; none where it is locked already.
    pub(in crate::service) fn lock(&self, id: AttachmentId, owner: UserId) -> Option<UploadLock<'_>> {
        match self.locked().entry(id) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(owner);
                Some(UploadLock { locks: self, id })
            }
        }
    }

    /// How many uploads of a user are locked.
    pub(in crate::service) fn of_owner(&self, owner: UserId) -> usize {
        self.locked().values().filter(|other| **other == owner).count()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<AttachmentId, UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UploadLock<'_> {
    fn drop(&mut self) {
        self.locks.locked().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_upload_is_locked_by_one_at_a_time() {
        let locks = UploadLocks::default();
        let (id, owner) = (AttachmentId(Uuid::nil()), UserId(1));
        let first = locks.lock(id, owner);
        assert!(first.is_some() && locks.lock(id, owner).is_none());
        assert!(locks.lock(id, owner).is_none(), "who does not get it lets go of nothing");
        let second = locks.lock(AttachmentId(Uuid::from_u128(1)), owner);
        assert_eq!((locks.of_owner(owner), locks.of_owner(UserId(2))), (2, 0));
        drop((first, second));
        assert!(locks.lock(id, owner).is_some());
    }
}
