//! The table of each section. Its columns are the fields of the section's record, so Postgres itself makes JSON of rows and rows
//! of JSON.

use crate::storage::transfer::Section;

/// Where the records of a section are.
pub(super) struct Table {
    /// The table, or a query of one.
    from: &'static str,
    /// The table that is written; none where there are only `others`.
    into: Option<&'static str>,
    columns: &'static str,
    /// A column that other tables make.
    joined: &'static str,
    /// Which rows are records.
    filter: &'static str,
    /// The columns of the key.
    keys: &'static str,
    /// The key of the record `$1`, or one before all.
    after: &'static str,
    /// Writes what other tables have of the records `$1`.
    others: &'static [&'static str],
}

/// A table whose rows are all records and name nothing beside them.
const PLAIN: Table = Table {
    from: "",
    into: None,
    columns: "",
    joined: "",
    filter: "true",
    keys: "id",
    after: ID,
    others: &[],
};

const ID: &str = "coalesce(($1::text::json ->> 'id')::bigint, 0)";

const CONVERSATION_AND_SEQ: &str = "coalesce(($1::text::json ->> 'conversation')::bigint, 0), \
     coalesce(($1::text::json ->> 'seq')::bigint, 0)";

impl Table {
    /// Selects records behind the record `$1`, an empty object for none, in the order of their keys, at most `$2`.
    pub(super) fn page(&self) -> String {
        let Self { from, columns, joined, filter, keys, after, .. } = self;
        format!(
            "SELECT row_to_json(r)::text FROM (SELECT {columns}{joined} FROM {from} \
             WHERE {filter} AND ({keys}) > ({after}) ORDER BY {keys} LIMIT $2) r"
        )
    }

    /// Counts records. Of events, that is the sum of the heads.
    pub(super) fn count(&self) -> String {
        match self.from {
            "event" => "SELECT coalesce(sum(head_seq), 0)::bigint FROM conversation".to_owned(),
            from => format!("SELECT count(*) FROM {from} WHERE {}", self.filter),
        }
    }

    /// Statements that write an array of records, `$1`.
    pub(super) fn inserts(&self) -> impl Iterator<Item = String> {
        let columns = self.columns;
        let insert = self.into.map(|table| {
            format!(
                "INSERT INTO {table} ({columns}) \
                 SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::text::json)"
            )
        });
        insert.into_iter().chain(self.others.iter().map(|sql| (*sql).to_owned()))
    }
}

/// The table of a section.
pub(super) fn of(section: Section) -> Table {
    match section {
        Section::Users => plain(
            "users",
            "id, name, name_key, skeleton, kind, guest_key, password, role, deactivated_at, created_at, last_seen, \
             display_name, display_key, asks_before_groups, shares_read_positions",
        ),
        Section::SecondFactors => SECOND_FACTORS,
        Section::Sessions => plain("session", "id, token, user_id, created_at, used_at, browser, address"),
        Section::Conversations => plain("conversation", CONVERSATION),
        Section::Members => MEMBERS,
        Section::GroupRequests => GROUP_REQUESTS,
        Section::Events => {
            let columns = "conversation, seq, at, by, client_id, kind, target, ordinal, body, legacy";
            of_conversation("event", columns)
        }
        Section::UnchangedCommands => UNCHANGED_COMMANDS,
        Section::MessageChanges => Table {
            filter: "(edited_at IS NOT NULL OR deleted_at IS NOT NULL OR emoji::text <> '[]' OR previews::text <> '[]')",
            ..of_conversation("message_change", MESSAGE_CHANGE)
        },
        Section::Pins => of_conversation("pin", "conversation, seq, at, by"),
        Section::Reactions => REACTIONS,
        Section::MessageEvents => MESSAGE_EVENTS,
        Section::Mentions => MENTIONS,
        Section::Threads => THREADS,
        Section::ThreadReplies => of_conversation("thread_reply", "conversation, seq, root, at, by, deleted"),
        Section::ThreadFollowers => THREAD_FOLLOWERS,
        Section::ThreadMentions => THREAD_MENTIONS,
        Section::Drafts => DRAFTS,
        Section::ThreadDrafts => THREAD_DRAFTS,
        Section::SavedMessages => Table {
            from: "saved_message",
            into: Some("saved_message"),
            columns: "user_id, conversation, seq, at",
            ..MENTIONS
        },
        Section::Attachments => ATTACHMENTS,
        Section::Invitations => INVITATIONS,
        Section::Settings => plain(
            "settings",
            "id, registration, admins_need_second_factor, attachment_bytes, storage_bytes, link_previews",
        ),
        Section::Counters => COUNTERS,
    }
}

fn plain(table: &'static str, columns: &'static str) -> Table {
    Table { from: table, into: Some(table), columns, ..PLAIN }
}

/// A table with the key (conversation, seq).
fn of_conversation(table: &'static str, columns: &'static str) -> Table {
    Table { keys: "conversation, seq", after: CONVERSATION_AND_SEQ, ..plain(table, columns) }
}

const CONVERSATION: &str = "id, kind, title, topic, low, high, member_count, head_seq, message_count, deleted_count, \
     last_activity_at, last_seq, last_by, last_at, last_text, last_attachments, furthest_read_seq, furthest_reader, \
     second_read_seq";

const MESSAGE_CHANGE: &str =
    "conversation, seq, edited_at, text, mentions, mentioned, emoji, deleted_at, deleted_by, previews";

const SECOND_FACTORS: Table = Table {
    from: "second_factor",
    into: Some("second_factor"),
    columns: "user_id, secret, confirmed, last_step",
    joined: ", (SELECT coalesce(json_agg(c.code ORDER BY c.code), '[]') FROM recovery_code c \
         WHERE c.user_id = second_factor.user_id) AS codes",
    keys: "user_id",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0)",
    others: &[
        "INSERT INTO recovery_code (user_id, code) SELECT (r ->> 'user_id')::bigint, (c #>> '{}')::bytea \
         FROM json_array_elements($1::text::json) r, json_array_elements(r -> 'codes') c",
    ],
    ..PLAIN
};

const MEMBERS: Table = Table {
    from: "member",
    into: Some("member"),
    columns: "conversation, user_id, role, takes_part, read_seq, read_ordinal",
    keys: "conversation, user_id",
    after: "coalesce(($1::text::json ->> 'conversation')::bigint, 0), \
         coalesce(($1::text::json ->> 'user_id')::bigint, 0)",
    ..PLAIN
};

const GROUP_REQUESTS: Table = Table {
    from: "group_request",
    into: Some("group_request"),
    columns: "user_id, conversation, made_by, at, declined",
    keys: "user_id, conversation",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0), \
         coalesce(($1::text::json ->> 'conversation')::bigint, 0)",
    ..PLAIN
};

const UNCHANGED_COMMANDS: Table = Table {
    from: "unchanged_command",
    into: Some("unchanged_command"),
    columns: "client_id, sender, conversation, seq, at",
    keys: "client_id, sender",
    after: "coalesce(($1::text::json ->> 'client_id')::uuid, '00000000-0000-0000-0000-000000000000'), \
         coalesce(($1::text::json ->> 'sender')::bigint, 0)",
    ..PLAIN
};

const REACTIONS: Table = Table {
    from: "reaction",
    into: Some("reaction"),
    columns: "conversation, seq, emoji, user_id, event",
    keys: "conversation, seq, emoji, user_id",
    after: "coalesce(($1::text::json ->> 'conversation')::bigint, 0), coalesce(($1::text::json ->> 'seq')::bigint, 0), \
         coalesce($1::text::json ->> 'emoji', ''), coalesce(($1::text::json ->> 'user_id')::bigint, 0)",
    ..PLAIN
};

const MESSAGE_EVENTS: Table = Table {
    from: "message_event",
    into: Some("message_event"),
    columns: "conversation, message, seq",
    keys: "conversation, message, seq",
    after: "coalesce(($1::text::json ->> 'conversation')::bigint, 0), \
         coalesce(($1::text::json ->> 'message')::bigint, 0), coalesce(($1::text::json ->> 'seq')::bigint, 0)",
    ..PLAIN
};

const MENTIONS: Table = Table {
    from: "mention",
    into: Some("mention"),
    columns: "user_id, conversation, seq, event, author",
    keys: "user_id, conversation, seq",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0), \
         coalesce(($1::text::json ->> 'conversation')::bigint, 0), coalesce(($1::text::json ->> 'seq')::bigint, 0)",
    ..PLAIN
};

const DRAFTS: Table = Table {
    from: "draft",
    into: Some("draft"),
    columns: "user_id, conversation, text, version, at",
    keys: "user_id, conversation",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0), \
         coalesce(($1::text::json ->> 'conversation')::bigint, 0)",
    ..PLAIN
};

const THREAD_DRAFTS: Table = Table {
    from: "thread_draft",
    into: Some("thread_draft"),
    columns: "user_id, conversation, root, text, version, at",
    keys: "user_id, conversation, root",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0), \
         coalesce(($1::text::json ->> 'conversation')::bigint, 0), coalesce(($1::text::json ->> 'root')::bigint, 0)",
    ..PLAIN
};

const THREADS: Table = Table {
    from: "thread",
    into: Some("thread"),
    columns: "conversation, root, reply_count, last_seq, last_at, faces",
    keys: "conversation, root",
    after: "coalesce(($1::text::json ->> 'conversation')::bigint, 0), \
         coalesce(($1::text::json ->> 'root')::bigint, 0)",
    ..PLAIN
};

const THREAD_FOLLOWERS: Table = Table {
    from: "thread_follower",
    into: Some("thread_follower"),
    columns: "user_id, conversation, root, read_seq",
    keys: "user_id, conversation, root",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0), \
         coalesce(($1::text::json ->> 'conversation')::bigint, 0), coalesce(($1::text::json ->> 'root')::bigint, 0)",
    ..PLAIN
};

const THREAD_MENTIONS: Table = Table {
    from: "thread_mention",
    into: Some("thread_mention"),
    columns: "user_id, conversation, root, seq, event",
    keys: "user_id, conversation, root, seq",
    after: "coalesce(($1::text::json ->> 'user_id')::bigint, 0), \
         coalesce(($1::text::json ->> 'conversation')::bigint, 0), \
         coalesce(($1::text::json ->> 'root')::bigint, 0), coalesce(($1::text::json ->> 'seq')::bigint, 0)",
    ..PLAIN
};

const ATTACHMENTS: Table = Table {
    from: "attachment",
    into: Some("attachment"),
    columns: "id, owner, content, bytes, file, small, large, conversation, seq, created_at",
    after: "coalesce(($1::text::json ->> 'id')::uuid, '00000000-0000-0000-0000-000000000000')",
    others: &[
        "INSERT INTO blob_use (hash, attachment) SELECT DISTINCT (b.value #>> '{}')::bytea, (r ->> 'id')::uuid \
         FROM json_array_elements($1::text::json) r, json_each(r) b \
         WHERE b.key IN ('file', 'small', 'large') AND json_typeof(b.value) = 'string'",
    ],
    ..PLAIN
};

const INVITATIONS: Table = Table {
    from: "invitation",
    into: Some("invitation"),
    columns: "id, token, made_by, role, uses_left, used, expires_at",
    joined: ", (SELECT coalesce(json_agg(g.conversation ORDER BY g.conversation), '[]') FROM invitation_group g \
         WHERE g.invitation = invitation.id) AS groups",
    others: &[
        "INSERT INTO invitation_group (invitation, conversation) SELECT (r ->> 'id')::bigint, (g #>> '{}')::bigint \
         FROM json_array_elements($1::text::json) r, json_array_elements(r -> 'groups') g",
    ],
    ..PLAIN
};

/// Sequences whose numbers are not given again.
const COUNTERS: Table = Table {
    from: "(SELECT 'invitation' AS name, last_value AS last, is_called FROM invitation_id_seq \
         UNION ALL SELECT 'session', last_value, is_called FROM session_id_seq) c",
    columns: "name, last",
    filter: "is_called",
    keys: "name COLLATE \"C\"",
    after: "coalesce($1::text::json ->> 'name', '')",
    others: &["SELECT setval(pg_get_serial_sequence(r ->> 'name', 'id'), (r ->> 'last')::bigint) \
         FROM json_array_elements($1::text::json) r"],
    ..PLAIN
};
