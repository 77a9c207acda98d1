//! The statements about attachments that batches of commands have, too.

/// Locks the hashes that the attachments or uploads of `$1` use, in one order.
pub(super) const LOCK_USED: &str = "SELECT pg_advisory_xact_lock(k.key) FROM (SELECT DISTINCT \
     ('x' || encode(substr(u.hash, 1, 8), 'hex'))::bit(64)::bigint AS key FROM blob_use u \
     WHERE u.attachment = ANY($1::uuid[]) ORDER BY 1) k";

/// Ends all uses of the attachments or uploads of `$1`, and condemns the blobs that nothing else uses.
pub(super) const END_USES: &str = "WITH gone AS (DELETE FROM blob_use WHERE attachment = ANY($1::uuid[]) RETURNING hash) \
     INSERT INTO condemned_blob (hash) SELECT DISTINCT g.hash FROM gone g WHERE NOT EXISTS ( \
     SELECT FROM blob_use o WHERE o.hash = g.hash AND o.attachment <> ALL ($1::uuid[])) ON CONFLICT DO NOTHING";

/// Removes the attachments of `$1`.
pub(super) const REMOVE: &str = "DELETE FROM attachment WHERE id = ANY($1::uuid[])";

/// What new messages need of the attachments of `$1`: locked until the transaction ends, in one order.
pub(super) const LOAD: &str = "SELECT a.owner, a.content, a.conversation IS NOT NULL FROM attachment a \
     WHERE a.id = ANY($1::uuid[]) ORDER BY a.id FOR NO KEY UPDATE";

/// Writes which messages the attachments of `$1` are in.
pub(super) const SET_MESSAGE: &str = "UPDATE attachment a SET conversation = k.conversation, seq = k.seq \
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) k (id, conversation, seq) WHERE a.id = k.id";
