//! Removes the blobs that nothing uses, and the uploads that nobody ends or sends.

use std::{collections::HashSet, time::Duration};

use confab_shared::id::Timestamp;
use futures_util::TryStreamExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    blobs::Listed,
    clock,
    domain::attachment::BlobHash,
    service::{
        Service,
        error::Error,
        files::{Files, UNSENT_LIFETIME},
    },
};

/// How often is looked for what other nodes condemned, and what a crash left.
const INTERVAL: Duration = Duration::from_secs(60);

/// How long is waited for further deletions.
const PAUSE: Duration = Duration::from_millis(200);

/// How often the whole store is compared with what is used.
const SWEEP_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How old a blob is that nothing knows of before a sweep removes it, and an upload. Whatever stores it has claimed it by then.
const SWEEP_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// By how many milliseconds the times of files may be behind the clock.
const CLOCK_TICK: u64 = 10;

/// For how long a condemned blob is taken: longer than a removal may take.
const TAKEN_FOR: Duration = Duration::from_secs(60);

/// How long a removal may take.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How many are read from storage at once.
const BATCH: usize = 256;

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn ago(duration: Duration) -> Timestamp {
    Timestamp(clock::now().0.saturating_sub(millis(duration)))
}

impl Service {
    /// A message lost attachments or previews, perhaps.
    pub(in crate::service) fn may_have_condemned(&self) {
        if let Some(files) = self.0.files.get() {
            files.condemned.notify_one();
        }
    }

    /// Removes what is to go, until `stop`.
    pub async fn collect_files(&self, stop: CancellationToken) {
        let Some(files) = self.0.files.get() else { return };
        let mut since_sweep = SWEEP_INTERVAL;
        // What a server that is alone finds taken, it took itself before it ended.
        let mut is_alone = self.storage().shared().is_none();
        loop {
            if let Err(error) = self.collect(files, is_alone).await {
                tracing::warn!(%error, "failed to remove files that nothing uses");
            }
            // Nor does anybody else write to its folder.
            let interrupted_before =
                if is_alone { Timestamp(files.opened.0.saturating_sub(CLOCK_TICK)) } else { ago(SWEEP_AGE) };
            is_alone = false;
            if since_sweep >= SWEEP_INTERVAL {
                since_sweep = Duration::ZERO;
                if let Err(error) = self.sweep(files, interrupted_before).await {
                    tracing::warn!(%error, "failed to look for files that nothing knows of");
                }
            }
            tokio::select! {
                () = files.condemned.notified() => sleep(PAUSE).await,
                () = sleep(INTERVAL) => since_sweep += INTERVAL,
                () = stop.cancelled() => return,
            }
        }
    }

    /// Removes what is condemned, and what nobody sends.
    async fn collect(&self, files: &Files, takes_all: bool) -> Result<(), Error> {
        loop {
            let gone = self.storage().discard_unsent(ago(UNSENT_LIFETIME), BATCH).await?;
            for id in &gone {
                if let Err(error) = files.blobs.remove_upload(*id).await {
                    tracing::warn!(%error, "failed to remove an upload that nobody ended: the next sweep will");
                }
            }
            if gone.len() < BATCH {
                break;
            }
        }
        loop {
            let condemned = self.storage().condemned_blobs(BATCH).await?;
            let count = condemned.len();
            let mut removed = 0;
            for blob in condemned {
                match self.remove_condemned(files, blob, takes_all).await {
                    Ok(is_removed) => removed += usize::from(is_removed),
                    // One that cannot be removed holds up no other.
                    Err(error) => tracing::warn!(%error, "failed to remove a file that nothing uses"),
                }
            }
            // What others have taken comes again.
            if count < BATCH || removed == 0 {
                return Ok(());
            }
        }
    }

    async fn remove_condemned(&self, files: &Files, blob: BlobHash, takes_all: bool) -> Result<bool, Error> {
        let until = Timestamp(clock::now().0.saturating_add(millis(TAKEN_FOR)));
        let taken_before = if takes_all { until } else { clock::now() };
        if !self.storage().take_condemned(blob, taken_before, until).await? {
            return Ok(false);
        }
        match timeout(REMOVAL_TIMEOUT, files.blobs.remove(blob)).await {
            Ok(removed) => removed?,
            // It may still be removed: nobody may store it anew before that is over.
            Err(_) => return Ok(false),
        }
        self.storage().forget_blob(blob).await?;
        Ok(true)
    }

    /// Condemns the blobs that nothing uses, which only a restored backup leaves, and removes the bytes of uploads that storage
    /// does not know, and what interrupted writes left.
    async fn sweep(&self, files: &Files, interrupted_before: Timestamp) -> Result<(), Error> {
        files.blobs.remove_temporaries(interrupted_before).await?;
        let old = ago(SWEEP_AGE);
        let listed = files.blobs.list().try_filter(|listed| std::future::ready(listed.modified < old));
        let mut chunks = std::pin::pin!(listed.map_ok(|Listed { name, .. }| name).try_chunks(BATCH));
        while let Some(names) = chunks.try_next().await.map_err(|error| Error::from(error.1))? {
            self.storage().condemn_unused(names).await?;
        }
        let uploads: Vec<_> = files.blobs.list_uploads().try_collect().await?;
        let mut seen = HashSet::new();
        for Listed { name, modified, .. } in uploads {
            let is_known =
                modified >= old || !seen.insert(name) || self.storage().upload(name).await?.is_some();
            if !is_known {
                files.blobs.remove_upload(name).await?;
            }
        }
        files.condemned.notify_one();
        Ok(())
    }
}
