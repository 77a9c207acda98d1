//! The statements that load what a batch needs. `$1` and the following are columns of keys.

/// Locks the node's row until the transaction ends: a later query whether it was committed waits for that.
pub(super) const MARK: &str =
    "INSERT INTO node (id, batch) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET batch = excluded.batch";

/// Rows are locked in the order of their ids.
pub(super) const CONVERSATIONS: &str = "SELECT c.id, c.kind, c.title, c.topic, c.low, c.high, c.member_count, c.head_seq, \
     c.message_count, c.deleted_count, c.last_activity_at, c.last_seq, c.last_by, c.last_at, c.last_text, \
     c.last_attachments, c.members_version, c.furthest_read_seq, c.furthest_reader, c.second_read_seq FROM conversation c \
     WHERE c.id = ANY($1::bigint[] || ARRAY(SELECT d.id FROM unnest($2::bigint[], $3::bigint[]) k (low, high) \
     JOIN conversation d ON d.low = k.low AND d.high = k.high)) ORDER BY c.id FOR NO KEY UPDATE OF c";

pub(super) const MEMBERS: &str = "SELECT m.conversation, m.user_id, m.role FROM unnest($1::bigint[], $2::bigint[]) k (id, version) \
     JOIN conversation c ON c.id = k.id AND c.members_version <> k.version AND c.kind <> 3 \
     JOIN member m ON m.conversation = c.id";

pub(super) const POSITIONS: &str = "SELECT m.conversation, m.user_id, m.role, m.takes_part, \
     m.read_seq, m.read_ordinal, CASE c.deleted_count WHEN 0 THEN 0 ELSE (SELECT count(*) FROM message_change d \
     WHERE d.conversation = m.conversation AND d.seq > m.read_seq AND d.deleted_at IS NOT NULL \
     AND NOT EXISTS (SELECT FROM event b WHERE b.conversation = d.conversation \
     AND b.seq = d.seq AND b.target IS NOT NULL)) END \
     FROM unnest($1::bigint[], $2::bigint[]) k (id, user_id) \
     JOIN member m ON m.conversation = k.id AND m.user_id = k.user_id JOIN conversation c ON c.id = m.conversation";

/// Those of the users who do not share their read positions.
pub(super) const NOT_SHARING: &str =
    "SELECT u.id FROM users u WHERE u.id = ANY($1) AND NOT u.shares_read_positions";

pub(super) const EARLIER: &str = "SELECT e.conversation, e.seq, e.at, e.by, e.client_id, e.body, e.legacy \
     FROM unnest($1::bigint[], $2::uuid[]) k (sender, client_id) \
     JOIN event e ON e.client_id = k.client_id AND e.by = k.sender";

pub(super) const UNCHANGED: &str = "SELECT u.sender, u.client_id, u.conversation, u.seq, u.at \
     FROM unnest($1::bigint[], $2::uuid[]) k (sender, client_id) \
     JOIN unchanged_command u ON u.client_id = k.client_id AND u.sender = k.sender";

pub(super) const USERS: &str = "SELECT u.name_key, u.id, u.name, u.display_name, u.asks_before_groups, u.role, u.kind \
     FROM users u WHERE u.name_key = ANY($1) AND u.kind > 0";

/// Who of the users of `$1` shares with the user of `$2` a conversation by choice, beside those that the batch locks: of
/// `$3`, and of the pairs of `$4` and `$5`. The conversations of the first are looked at: who adds people may be in many.
pub(super) const MET: &str = "SELECT u.id, k.actor FROM unnest($1::text[], $2::bigint[]) k (name_key, actor) \
     JOIN users u ON u.name_key = k.name_key WHERE EXISTS (SELECT FROM member m \
     JOIN member a ON a.conversation = m.conversation AND a.user_id = k.actor AND a.takes_part \
     WHERE m.user_id = u.id AND m.takes_part AND m.conversation <> ALL ($3::bigint[] || ARRAY( \
     SELECT d.id FROM unnest($4::bigint[], $5::bigint[]) p (low, high) \
     JOIN conversation d ON d.low = p.low AND d.high = p.high)))";

/// Which of the same users take part in the conversations that the batch locks.
pub(super) const TAKING_PART: &str = "SELECT m.conversation, m.user_id FROM ( \
     SELECT u.id FROM users u WHERE u.name_key = ANY($1) UNION SELECT unnest($2::bigint[])) w \
     JOIN member m ON m.user_id = w.id AND m.takes_part AND m.conversation = ANY($3::bigint[] || ARRAY( \
     SELECT d.id FROM unnest($4::bigint[], $5::bigint[]) p (low, high) \
     JOIN conversation d ON d.low = p.low AND d.high = p.high))";

/// The requests that the users of `$1` have not answered: a bounded number.
pub(super) const PENDING_REQUESTS: &str = "SELECT r.conversation, r.user_id, r.made_by, r.declined FROM users u \
     JOIN group_request r ON r.user_id = u.id AND NOT r.declined WHERE u.name_key = ANY($1)";

/// The requests of the users of `$1` to join the groups of `$2`, and those to join `$3` of the users `$4`.
pub(super) const REQUESTS: &str = "SELECT r.conversation, r.user_id, r.made_by, r.declined FROM ( \
     SELECT k.id, u.id AS user_id FROM unnest($1::text[], $2::bigint[]) k (name_key, id) \
     JOIN users u ON u.name_key = k.name_key \
     UNION SELECT * FROM unnest($3::bigint[], $4::bigint[])) w (id, user_id) \
     JOIN group_request r ON r.user_id = w.user_id AND r.conversation = w.id";

/// The messages of `$1` and `$2`, and before each of `$3` and `$4` the newest that is not deleted.
pub(super) const MESSAGES: &str = "SELECT w.after, u.id, u.name, u.display_name, e.conversation, e.seq, e.at, e.by, e.client_id, e.body, e.legacy, \
     h.edited_at, h.text, h.mentions, h.mentioned, h.emoji, p.at, p.by, h.deleted_at, h.deleted_by, h.previews FROM ( \
     SELECT k.conversation, k.seq, NULL::bigint AS after FROM unnest($1::bigint[], $2::bigint[]) k (conversation, seq) \
     UNION ALL SELECT k.conversation, b.seq, k.seq FROM unnest($3::bigint[], $4::bigint[]) k (conversation, seq) \
     CROSS JOIN LATERAL (SELECT o.seq FROM event o WHERE o.conversation = k.conversation AND o.seq < k.seq \
     AND o.kind = 'posted' AND o.target IS NULL AND NOT EXISTS (SELECT FROM message_change d WHERE d.conversation = o.conversation \
     AND d.seq = o.seq AND d.deleted_at IS NOT NULL) ORDER BY o.seq DESC LIMIT 1) b) w \
     JOIN event e ON e.conversation = w.conversation AND e.seq = w.seq AND e.kind = 'posted' \
     JOIN users u ON u.id = e.by \
     LEFT JOIN message_change h ON h.conversation = e.conversation AND h.seq = e.seq \
     LEFT JOIN pin p ON p.conversation = e.conversation AND p.seq = e.seq";

/// What the roots of `$1` and `$2` show of their threads: a row for each author that they name, in their order.
pub(super) const THREADS: &str = "SELECT t.conversation, t.root, t.reply_count, t.last_seq, t.last_at, u.id, u.name, u.display_name \
     FROM unnest($1::bigint[], $2::bigint[]) k (conversation, seq) \
     JOIN thread t ON t.conversation = k.conversation AND t.root = k.seq \
     CROSS JOIN LATERAL json_array_elements_text(t.faces) WITH ORDINALITY f (id, place) \
     JOIN users u ON u.id = f.id::bigint ORDER BY t.conversation, t.root, f.place";

/// All replies of the threads of which those of `$1` and `$2` may be deleted.
pub(super) const THREAD_REPLIES: &str = "SELECT DISTINCT r.conversation, r.root, r.seq, r.at, u.id, u.name, u.display_name \
     FROM unnest($1::bigint[], $2::bigint[]) k (conversation, seq) \
     JOIN thread_reply d ON d.conversation = k.conversation AND d.seq = k.seq \
     JOIN thread_reply r ON r.conversation = d.conversation AND r.root = d.root AND NOT r.deleted \
     JOIN users u ON u.id = r.by";

/// Counts as far as the batch can matter: each of its commands removes one at most.
pub(super) const REACTIONS: &str = "SELECT k.conversation, k.seq, k.emoji, k.user_id, \
     (SELECT count(*) FROM (SELECT FROM reaction r WHERE r.conversation = k.conversation AND r.seq = k.seq \
     AND r.emoji = k.emoji LIMIT $5) enough), \
     EXISTS (SELECT FROM reaction r WHERE r.conversation = k.conversation AND r.seq = k.seq AND r.emoji = k.emoji \
     AND r.user_id = k.user_id) \
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) k (conversation, seq, emoji, user_id)";

/// The events that contain a text, a reaction or previews of messages that may be deleted.
pub(super) const QUOTING: &str = "SELECT q.message, e.conversation, e.seq, e.at, e.by, e.client_id, e.body, e.legacy FROM ( \
     SELECT k.conversation, k.seq AS message, k.seq FROM unnest($1::bigint[], $2::bigint[]) k (conversation, seq) \
     UNION ALL SELECT m.conversation, m.message, m.seq FROM unnest($1::bigint[], $2::bigint[]) k (conversation, seq) \
     JOIN message_event m ON m.conversation = k.conversation AND m.message = k.seq) q \
     JOIN event e ON e.conversation = q.conversation AND e.seq = q.seq";

/// The events behind the seqs to which read positions are to move.
pub(super) const TAIL: &str = "SELECT DISTINCT e.conversation, e.seq, e.by, e.kind = 'posted' AND e.target IS NULL, \
     e.ordinal, h.deleted_at IS NOT NULL AND e.target IS NULL \
     FROM unnest($1::bigint[], $2::bigint[]) k (id, seq) JOIN conversation c ON c.id = k.id \
     JOIN event e ON e.conversation = c.id AND e.seq >= least(k.seq, c.head_seq) \
     AND e.seq <= least(k.seq, c.head_seq) + $3 \
     LEFT JOIN message_change h ON h.conversation = e.conversation AND h.seq = e.seq";

/// How many messages behind those seqs are deleted.
pub(super) const DELETED_BEHIND: &str = "SELECT c.id, least(k.seq, c.head_seq), (SELECT count(*) FROM message_change d \
     WHERE d.conversation = c.id AND d.seq > least(k.seq, c.head_seq) AND d.deleted_at IS NOT NULL \
     AND NOT EXISTS (SELECT FROM event b WHERE b.conversation = d.conversation \
     AND b.seq = d.seq AND b.target IS NOT NULL)) \
     FROM unnest($1::bigint[], $2::bigint[]) k (id, seq) JOIN conversation c ON c.id = k.id AND c.deleted_count > 0";
