//! Attachments, uploads, and which blobs they use.
//!
//! A transaction that adds or removes uses of blobs holds their advisory locks: of two that end the last uses of a blob at once,
//! the later one sees what the earlier one did, and condemns it.

use async_trait::async_trait;
use confab_shared::{
    attachment::Attachment,
    id::{AttachmentId, ConversationId, Seq, Timestamp, UserId},
};
use deadpool_postgres::{Client, GenericClient, Transaction};
use tokio_postgres::{Row, types::Json};
use uuid::Uuid;

use super::{
    Postgres,
    attachment_statements::{END_USES, LOCK_USED, REMOVE},
    columns::{Columns, limit as row_limit, parameter},
    connection::{commit, execute, query, query_opt, transaction},
    failure::{Failure, attempt},
};
use crate::{
    domain::{
        attachment::{BlobHash, Blobs, StorageDecision, StorageLimits, StoredAttachment, Upload},
        sign_in::SecretHash,
    },
    storage::{
        StorageError,
        attachments::{AttachmentStorage, ClaimOutcome, CopyOutcome},
    },
};

/// The columns of [`stored`], of a table called `a`.
const STORED: &str =
    "a.id, a.owner, a.content, a.file, a.small, a.large, a.conversation, a.seq, a.created_at";

/// The columns of [`upload_of`].
const UPLOAD: &str = "id, owner, length, name, mime, duration, waveform, created_at";

/// That a user `u.user_id` sees an attachment `a`.
const IS_VISIBLE: &str = "(a.conversation IS NULL AND a.owner = u.user_id OR EXISTS ( \
     SELECT FROM member m WHERE m.conversation = a.conversation AND m.user_id = u.user_id))";

/// Locks the hashes of `$1`, in one order.
const LOCK: &str = "SELECT pg_advisory_xact_lock(k.key) FROM (SELECT DISTINCT \
     ('x' || encode(substr(h, 1, 8), 'hex'))::bit(64)::bigint AS key FROM unnest($1::bytea[]) h ORDER BY 1) k";

fn hashes(blobs: &[BlobHash]) -> Vec<Vec<u8>> {
    blobs.iter().map(|blob| blob.0.to_vec()).collect()
}

fn stored(row: &Row) -> Result<StoredAttachment, Failure> {
    let mut columns = Columns::of(row);
    // The content has the id.
    columns.get::<Uuid>()?;
    let owner = columns.user_id()?;
    let attachment = columns.get::<Json<Attachment>>()?.0;
    let blobs = Blobs {
        file: BlobHash(columns.bytes()?),
        small: columns.optional_hash()?.map(BlobHash),
        large: columns.optional_hash()?.map(BlobHash),
    };
    let conversation = columns.optional_number()?.map(ConversationId);
    let message = conversation.zip(columns.optional_number()?.map(Seq));
    Ok(StoredAttachment { attachment, owner, blobs, message, created_at: columns.timestamp()? })
}

fn upload_of(row: &Row) -> Result<Upload, Failure> {
    let mut columns = Columns::of(row);
    Ok(Upload {
        id: AttachmentId(columns.get()?),
        owner: columns.user_id()?,
        length: columns.number()?,
        name: columns.get()?,
        mime: columns.get()?,
        duration: columns.optional_number()?.and_then(|duration| duration.try_into().ok()),
        waveform: columns.get()?,
        created_at: columns.timestamp()?,
    })
}

async fn bytes_of(client: &impl GenericClient, user: UserId) -> Result<u64, Failure> {
    let sql = "SELECT (SELECT coalesce(sum(bytes), 0)::bigint FROM attachment WHERE owner = $1) \
         + (SELECT coalesce(sum(length), 0)::bigint FROM upload WHERE owner = $1)";
    let row = query_opt(client, sql, &[&parameter(user.0)]).await?.ok_or_else(Failure::missing)?;
    Columns::of(&row).number()
}

/// Whether a user may store another file. One decision about a user after the other.
async fn decide(
    transaction: &Transaction<'_>,
    user: UserId,
    limits: StorageLimits,
    new_bytes: u64,
) -> Result<StorageDecision, Failure> {
    let key = parameter(user.0);
    query_opt(transaction, "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", &[&key]).await?;
    let sql = "SELECT (SELECT count(*) FROM attachment WHERE owner = $1 AND conversation IS NULL) \
         + (SELECT count(*) FROM upload WHERE owner = $1)";
    let row = query_opt(transaction, sql, &[&key]).await?.ok_or_else(Failure::missing)?;
    let unsent = Columns::of(&row).number()?;
    Ok(limits.decide(bytes_of(transaction, user).await?, unsent, new_bytes))
}

async fn start(client: &mut Client, new: &Upload, limits: StorageLimits) -> Result<StorageDecision, Failure> {
    let transaction = transaction(client).await?;
    let decision = decide(&transaction, new.owner, limits, new.length).await?;
    if decision == StorageDecision::Allowed {
        // A repeated attempt may find it there.
        let sql = format!(
            "INSERT INTO upload ({UPLOAD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
        );
        let (owner, length) = (parameter(new.owner.0), parameter(new.length));
        let (duration, created_at) = (new.duration.map(i64::from), parameter(new.created_at.0));
        execute(
            &transaction,
            &sql,
            &[&new.id.0, &owner, &length, &new.name, &new.mime, &duration, &new.waveform, &created_at],
        )
        .await?;
    }
    commit(transaction).await?;
    Ok(decision)
}

async fn upload(client: &impl GenericClient, id: AttachmentId) -> Result<Option<Upload>, Failure> {
    let sql = format!("SELECT {UPLOAD} FROM upload WHERE id = $1");
    query_opt(client, &sql, &[&id.0]).await?.as_ref().map(upload_of).transpose()
}

/// An upload, locked until the transaction ends.
async fn locked_upload(transaction: &Transaction<'_>, id: AttachmentId) -> Result<Option<Upload>, Failure> {
    let sql = format!("SELECT {UPLOAD} FROM upload WHERE id = $1 FOR UPDATE");
    query_opt(transaction, &sql, &[&id.0]).await?.as_ref().map(upload_of).transpose()
}

async fn insert_uses(
    transaction: &Transaction<'_>,
    id: AttachmentId,
    blobs: &[BlobHash],
) -> Result<(), Failure> {
    let sql = "INSERT INTO blob_use (hash, attachment) SELECT DISTINCT h, $2::uuid FROM unnest($1::bytea[]) h \
         ON CONFLICT DO NOTHING";
    execute(transaction, sql, &[&hashes(blobs), &id.0]).await?;
    Ok(())
}

async fn condemn(client: &impl GenericClient, blobs: &[BlobHash]) -> Result<(), Failure> {
    let sql = "INSERT INTO condemned_blob (hash) SELECT DISTINCT h FROM unnest($1::bytea[]) h \
         WHERE NOT EXISTS (SELECT FROM blob_use u WHERE u.hash = h) ON CONFLICT DO NOTHING";
    execute(client, sql, &[&hashes(blobs)]).await?;
    Ok(())
}

async fn claim(client: &mut Client, id: AttachmentId, blobs: &[BlobHash]) -> Result<ClaimOutcome, Failure> {
    let transaction = transaction(client).await?;
    if locked_upload(&transaction, id).await?.is_none() {
        return Ok(ClaimOutcome::NoUpload);
    }
    query(&transaction, LOCK, &[&hashes(blobs)]).await?;
    let sql = "SELECT FROM condemned_blob WHERE hash = ANY($1::bytea[]) LIMIT 1";
    if query_opt(&transaction, sql, &[&hashes(blobs)]).await?.is_some() {
        return Ok(ClaimOutcome::Condemned);
    }
    insert_uses(&transaction, id, blobs).await?;
    commit(transaction).await?;
    Ok(ClaimOutcome::Claimed)
}

async fn insert(transaction: &Transaction<'_>, new: &StoredAttachment) -> Result<(), Failure> {
    let sql = "INSERT INTO attachment (id, owner, content, bytes, file, small, large, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let Blobs { file, small, large } = new.blobs;
    let bytes = |blob: BlobHash| blob.0.to_vec();
    execute(
        transaction,
        sql,
        &[
            &new.attachment.id.0,
            &parameter(new.owner.0),
            &Json(&new.attachment),
            &parameter(new.attachment.bytes),
            &bytes(file),
            &small.map(bytes),
            &large.map(bytes),
            &parameter(new.created_at.0),
        ],
    )
    .await?;
    insert_uses(transaction, new.attachment.id, &new.blobs.all().collect::<Vec<_>>()).await
}

async fn finish(client: &mut Client, attachment: &Attachment, blobs: Blobs) -> Result<bool, Failure> {
    let transaction = transaction(client).await?;
    let id = attachment.id;
    let Some(Upload { owner, created_at, .. }) = locked_upload(&transaction, id).await? else {
        // A repeated attempt finds what the first one did.
        let sql = "SELECT FROM attachment WHERE id = $1";
        return Ok(query_opt(&transaction, sql, &[&id.0]).await?.is_some());
    };
    query(&transaction, LOCK_USED, &[&vec![id.0]]).await?;
    let used = hashes(&blobs.all().collect::<Vec<_>>());
    let sql = "DELETE FROM blob_use WHERE attachment = $1 AND hash <> ALL ($2::bytea[]) RETURNING hash";
    let unused = query(&transaction, sql, &[&id.0, &used]).await?;
    let unused = unused.iter().map(|row| Ok(BlobHash(Columns::of(row).bytes()?)));
    condemn(&transaction, &unused.collect::<Result<Vec<_>, Failure>>()?).await?;
    execute(&transaction, "DELETE FROM upload WHERE id = $1", &[&id.0]).await?;
    let attachment = attachment.clone();
    insert(&transaction, &StoredAttachment { attachment, owner, blobs, message: None, created_at }).await?;
    commit(transaction).await?;
    Ok(true)
}

/// Removes attachments or uploads, and condemns the blobs that nothing else uses.
async fn remove(transaction: &Transaction<'_>, ids: &[Uuid]) -> Result<(), Failure> {
    query(transaction, LOCK_USED, &[&ids]).await?;
    execute(transaction, END_USES, &[&ids]).await?;
    execute(transaction, REMOVE, &[&ids]).await?;
    execute(transaction, "DELETE FROM upload WHERE id = ANY($1::uuid[])", &[&ids]).await?;
    Ok(())
}

async fn discard(client: &mut Client, owner: UserId, id: AttachmentId) -> Result<bool, Failure> {
    let transaction = transaction(client).await?;
    let key = parameter(owner.0);
    let upload = "SELECT FROM upload WHERE id = $1 AND owner = $2 FOR UPDATE";
    let attachment =
        "SELECT FROM attachment WHERE id = $1 AND owner = $2 AND conversation IS NULL FOR UPDATE";
    let exists = query_opt(&transaction, upload, &[&id.0, &key]).await?.is_some()
        || query_opt(&transaction, attachment, &[&id.0, &key]).await?.is_some();
    if exists {
        remove(&transaction, &[id.0]).await?;
    }
    commit(transaction).await?;
    Ok(exists)
}

async fn discard_unsent(
    client: &mut Client,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<AttachmentId>, Failure> {
    let transaction = transaction(client).await?;
    let key = parameter(before.0);
    let uploads = "SELECT id FROM upload WHERE created_at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED";
    let unsent = "SELECT id FROM attachment WHERE created_at < $1 AND conversation IS NULL ORDER BY id LIMIT $2 \
         FOR UPDATE SKIP LOCKED";
    let mut ids: Vec<Uuid> = Vec::new();
    for sql in [uploads, unsent] {
        let rows = query(&transaction, sql, &[&key, &row_limit(limit.saturating_sub(ids.len()))]).await?;
        for row in &rows {
            ids.push(Columns::of(row).get()?);
        }
    }
    remove(&transaction, &ids).await?;
    commit(transaction).await?;
    Ok(ids.into_iter().map(AttachmentId).collect())
}

async fn visible(
    client: &impl GenericClient,
    user: UserId,
    ids: &[AttachmentId],
) -> Result<Vec<StoredAttachment>, Failure> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT {STORED} FROM (SELECT $1::bigint AS user_id) u \
         JOIN attachment a ON a.id = ANY($2::uuid[]) WHERE {IS_VISIBLE}"
    );
    query(client, &sql, &[&parameter(user.0), &ids]).await?.iter().map(stored).collect()
}

async fn session_id(client: &impl GenericClient, token: SecretHash) -> Result<Option<u64>, Failure> {
    let row = query_opt(client, "SELECT id FROM session WHERE token = $1", &[&token.to_vec()]).await?;
    row.map(|row| Columns::of(&row).number()).transpose()
}

async fn visible_for(
    client: &impl GenericClient,
    session: u64,
    id: AttachmentId,
) -> Result<Option<StoredAttachment>, Failure> {
    let sql = format!(
        "SELECT {STORED} FROM session u JOIN attachment a ON a.id = $2 WHERE u.id = $1 AND {IS_VISIBLE}"
    );
    query_opt(client, &sql, &[&parameter(session), &id.0]).await?.as_ref().map(stored).transpose()
}

async fn copy(
    client: &mut Client,
    user: UserId,
    id: AttachmentId,
    copy: AttachmentId,
    at: Timestamp,
    limits: StorageLimits,
) -> Result<CopyOutcome, Failure> {
    let transaction = transaction(client).await?;
    query(&transaction, LOCK_USED, &[&vec![id.0]]).await?;
    // What was removed before the locks were there is not found any more.
    let Some(found) = visible(&transaction, user, &[id]).await?.pop() else {
        return Ok(CopyOutcome::Unknown);
    };
    let decision = decide(&transaction, user, limits, found.attachment.bytes).await?;
    if decision != StorageDecision::Allowed {
        return Ok(CopyOutcome::Refused(decision));
    }
    let attachment = Attachment { id: copy, ..found.attachment };
    let new = StoredAttachment { attachment, owner: user, message: None, created_at: at, ..found };
    insert(&transaction, &new).await?;
    commit(transaction).await?;
    Ok(CopyOutcome::Copied(new.attachment))
}

async fn condemned(client: &impl GenericClient, limit: usize) -> Result<Vec<BlobHash>, Failure> {
    let rows = query(client, "SELECT hash FROM condemned_blob LIMIT $1", &[&row_limit(limit)]).await?;
    rows.iter().map(|row| Ok(BlobHash(Columns::of(row).bytes()?))).collect()
}

async fn take_condemned(
    client: &impl GenericClient,
    blob: BlobHash,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, Failure> {
    let sql =
        "UPDATE condemned_blob SET taken_until = $3 WHERE hash = $1 AND taken_until <= $2 RETURNING hash";
    let hash = blob.0.to_vec();
    let taken = query_opt(client, sql, &[&hash, &parameter(now.0), &parameter(until.0)]).await?;
    Ok(taken.is_some())
}

async fn forget(client: &impl GenericClient, blob: BlobHash) -> Result<(), Failure> {
    execute(client, "DELETE FROM condemned_blob WHERE hash = $1", &[&blob.0.to_vec()]).await?;
    Ok(())
}

async fn condemn_unused(client: &mut Client, blobs: &[BlobHash]) -> Result<(), Failure> {
    let transaction = transaction(client).await?;
    query(&transaction, LOCK, &[&hashes(blobs)]).await?;
    condemn(&transaction, blobs).await?;
    commit(transaction).await
}

async fn used(
    client: &impl GenericClient,
    after: Option<BlobHash>,
    limit: usize,
) -> Result<Vec<BlobHash>, Failure> {
    let after = after.map_or(Vec::new(), |after| after.0.to_vec());
    let sql = "SELECT DISTINCT hash FROM blob_use WHERE hash > $1 ORDER BY hash LIMIT $2";
    let rows = query(client, sql, &[&after, &row_limit(limit)]).await?;
    rows.iter().map(|row| Ok(BlobHash(Columns::of(row).bytes()?))).collect()
}

async fn link_key(client: &impl GenericClient, new: [u8; 32]) -> Result<[u8; 32], Failure> {
    let sql = "UPDATE settings SET link_key = coalesce(link_key, $1) RETURNING link_key";
    let row = query_opt(client, sql, &[&new.to_vec()]).await?.ok_or_else(Failure::missing)?;
    Columns::of(&row).bytes()
}

#[async_trait]
impl AttachmentStorage for Postgres {
    async fn start_upload(
        &self,
        new: Upload,
        limits: StorageLimits,
    ) -> Result<StorageDecision, StorageError> {
        attempt!(self.database, client => start(&mut client, &new, limits))
    }

    async fn upload(&self, id: AttachmentId) -> Result<Option<Upload>, StorageError> {
        attempt!(self.database, client => upload(&client, id))
    }

    async fn claim_blobs(
        &self,
        id: AttachmentId,
        blobs: Vec<BlobHash>,
    ) -> Result<ClaimOutcome, StorageError> {
        attempt!(self.database, client => claim(&mut client, id, &blobs))
    }

    async fn finish_upload(&self, attachment: Attachment, blobs: Blobs) -> Result<bool, StorageError> {
        attempt!(self.database, client => finish(&mut client, &attachment, blobs))
    }

    async fn discard(&self, owner: UserId, id: AttachmentId) -> Result<bool, StorageError> {
        attempt!(self.database, client => discard(&mut client, owner, id))
    }

    async fn discard_unsent(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<AttachmentId>, StorageError> {
        attempt!(self.database, client => discard_unsent(&mut client, before, limit))
    }

    async fn visible_attachments(
        &self,
        user: UserId,
        ids: Vec<AttachmentId>,
    ) -> Result<Vec<StoredAttachment>, StorageError> {
        attempt!(self.database, client => visible(&client, user, &ids))
    }

    async fn session_id(&self, token: SecretHash) -> Result<Option<u64>, StorageError> {
        attempt!(self.database, client => session_id(&client, token))
    }

    async fn attachment_for(
        &self,
        session: u64,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        attempt!(self.database, client => visible_for(&client, session, id))
    }

    async fn copy_attachment(
        &self,
        user: UserId,
        id: AttachmentId,
        new: AttachmentId,
        at: Timestamp,
        limits: StorageLimits,
    ) -> Result<CopyOutcome, StorageError> {
        attempt!(self.database, client => copy(&mut client, user, id, new, at, limits))
    }

    async fn stored_bytes(&self, user: UserId) -> Result<u64, StorageError> {
        attempt!(self.database, client => bytes_of(&client, user))
    }

    async fn condemned_blobs(&self, limit: usize) -> Result<Vec<BlobHash>, StorageError> {
        attempt!(self.database, client => condemned(&client, limit))
    }

    async fn take_condemned(
        &self,
        blob: BlobHash,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StorageError> {
        attempt!(self.database, client => take_condemned(&client, blob, now, until))
    }

    async fn forget_blob(&self, blob: BlobHash) -> Result<(), StorageError> {
        attempt!(self.database, client => forget(&client, blob))
    }

    async fn condemn_unused(&self, blobs: Vec<BlobHash>) -> Result<(), StorageError> {
        attempt!(self.database, client => condemn_unused(&mut client, &blobs))
    }

    async fn used_blobs(&self, after: Option<BlobHash>, limit: usize) -> Result<Vec<BlobHash>, StorageError> {
        attempt!(self.database, client => used(&client, after, limit))
    }

    async fn link_key(&self, new: [u8; 32]) -> Result<[u8; 32], StorageError> {
        attempt!(self.database, client => link_key(&client, new))
    }
}
