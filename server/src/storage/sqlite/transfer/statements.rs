//! The statements of the plain tables. `page` selects records as JSON behind the record `?1` (an empty object for the first
//! page), in the order of their keys, at most `?2`. `inserts` write an array of records, `?1`.

use crate::storage::transfer::Section;

/// The statements of a section.
pub(super) struct Statements {
    pub(super) page: &'static str,
    pub(super) inserts: &'static [&'static str],
}

/// How many records a section has. Of events, that is the sum of the heads.
pub(super) fn count(section: Section) -> &'static str {
    match section {
        Section::Users => "SELECT count(*) FROM user",
        Section::SecondFactors => "SELECT count(*) FROM second_factor",
        Section::Sessions => "SELECT count(*) FROM session",
        Section::Conversations => "SELECT count(*) FROM conversation",
        Section::Members => "SELECT count(*) FROM member",
        Section::GroupRequests => "SELECT count(*) FROM group_request",
        Section::Events => "SELECT coalesce(sum(head_seq), 0) FROM conversation",
        Section::UnchangedCommands => "SELECT count(*) FROM command WHERE unchanged_at IS NOT NULL",
        Section::MessageChanges => {
            "SELECT count(*) FROM message_change \
             WHERE edited_at IS NOT NULL OR emoji IS NOT NULL OR deleted_at IS NOT NULL OR previews IS NOT NULL"
        }
        Section::Pins => "SELECT count(*) FROM message_change WHERE pinned_at IS NOT NULL",
        Section::Reactions => "SELECT count(*) FROM reaction",
        Section::MessageEvents => "SELECT count(*) FROM message_event",
        Section::Mentions => "SELECT count(*) FROM mention",
        Section::Threads => "SELECT count(*) FROM thread",
        Section::ThreadReplies => "SELECT count(*) FROM thread_reply",
        Section::ThreadFollowers => "SELECT count(*) FROM thread_follower",
        Section::ThreadMentions => "SELECT count(*) FROM thread_mention",
        Section::Drafts => "SELECT count(*) FROM draft",
        Section::ThreadDrafts => "SELECT count(*) FROM thread_draft",
        Section::SavedMessages => "SELECT count(*) FROM saved_message",
        Section::Attachments => "SELECT count(*) FROM attachment",
        Section::Invitations => "SELECT count(*) FROM invitation",
        Section::Settings => "SELECT count(*) FROM settings",
        Section::Counters => "SELECT count(*) FROM sqlite_sequence WHERE seq > 0",
    }
}

/// The statements of a section; of events none, which are in segments.
pub(super) fn of(section: Section) -> Statements {
    match section {
        Section::Users => USERS,
        Section::SecondFactors => SECOND_FACTORS,
        Section::Sessions => SESSIONS,
        Section::Conversations => CONVERSATIONS,
        Section::Members => MEMBERS,
        Section::GroupRequests => GROUP_REQUESTS,
        Section::Events => Statements { page: "SELECT NULL WHERE ?1 = ?2 AND false", inserts: &[] },
        Section::UnchangedCommands => UNCHANGED_COMMANDS,
        Section::MessageChanges => MESSAGE_CHANGES,
        Section::Pins => PINS,
        Section::Reactions => REACTIONS,
        Section::MessageEvents => MESSAGE_EVENTS,
        Section::Mentions => MENTIONS,
        Section::Threads => THREADS,
        Section::ThreadReplies => THREAD_REPLIES,
        Section::ThreadFollowers => THREAD_FOLLOWERS,
        Section::ThreadMentions => THREAD_MENTIONS,
        Section::Drafts => DRAFTS,
        Section::ThreadDrafts => THREAD_DRAFTS,
        Section::SavedMessages => SAVED_MESSAGES,
        Section::Attachments => ATTACHMENTS,
        Section::Invitations => INVITATIONS,
        Section::Settings => SETTINGS,
        Section::Counters => COUNTERS,
    }
}

const USERS: Statements = Statements {
    page: "SELECT json_object('id', id, 'name', name, 'name_key', name_key, 'skeleton', skeleton, 'kind', kind, \
         'guest_key', '\\x' || lower(hex(guest_key)), 'password', password, 'role', role, \
         'deactivated_at', deactivated_at, 'created_at', created_at, 'last_seen', last_seen, \
         'display_name', display_name, 'display_key', iif(display_name IS NULL, NULL, shown_key), 'asks_before_groups', \
         json(CASE asks_before_groups WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END), \
         'shares_read_positions', json(iif(shares_read_positions, 'true', 'false'))) \
         FROM user WHERE id > coalesce(?1 ->> '$.id', 0) ORDER BY id LIMIT ?2",
    inserts: &[
        "INSERT INTO user (id, name, name_key, skeleton, kind, guest_key, password, role, deactivated_at, created_at, \
         last_seen, display_name, shown_key, asks_before_groups, shares_read_positions) SELECT value ->> '$.id', value ->> '$.name', value ->> '$.name_key', value ->> '$.skeleton', \
         value ->> '$.kind', unhex(substr(value ->> '$.guest_key', 3)), value ->> '$.password', value ->> '$.role', \
         value ->> '$.deactivated_at', value ->> '$.created_at', value ->> '$.last_seen', value ->> '$.display_name', \
         coalesce(value ->> '$.display_key', value ->> '$.name_key'), value ->> '$.asks_before_groups', \
         value ->> '$.shares_read_positions' FROM json_each(?1)",
    ],
};

const SECOND_FACTORS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'secret', '\\x' || lower(hex(secret)), \
         'confirmed', json(iif(confirmed, 'true', 'false')), 'last_step', last_step, \
         'codes', json((SELECT json_group_array('\\x' || lower(hex(c.code)) ORDER BY c.code) \
             FROM recovery_code c WHERE c.user = f.user))) \
         FROM second_factor f WHERE user > coalesce(?1 ->> '$.user_id', 0) ORDER BY user LIMIT ?2",
    inserts: &[
        "INSERT INTO second_factor (user, secret, confirmed, last_step) SELECT value ->> '$.user_id', \
         unhex(substr(value ->> '$.secret', 3)), value ->> '$.confirmed', value ->> '$.last_step' FROM json_each(?1)",
        "INSERT INTO recovery_code (user, code) SELECT r.value ->> '$.user_id', unhex(substr(c.value, 3)) \
         FROM json_each(?1) r, json_each(r.value, '$.codes') c",
    ],
};

const SESSIONS: Statements = Statements {
    page: "SELECT json_object('id', id, 'token', '\\x' || lower(hex(token)), 'user_id', user, 'created_at', created_at, \
         'used_at', used_at, 'browser', browser, 'address', address) \
         FROM session WHERE id > coalesce(?1 ->> '$.id', 0) ORDER BY id LIMIT ?2",
    inserts: &[
        "INSERT INTO session (id, token, user, created_at, used_at, browser, address) SELECT value ->> '$.id', \
         unhex(substr(value ->> '$.token', 3)), value ->> '$.user_id', value ->> '$.created_at', value ->> '$.used_at', \
         value ->> '$.browser', value ->> '$.address' FROM json_each(?1)",
    ],
};

/// Everyone is there from the start.
const CONVERSATIONS: Statements = Statements {
    page: "SELECT json_object('id', id, 'kind', kind, 'title', title, 'topic', topic, 'low', low, 'high', high, \
         'member_count', member_count, 'head_seq', head_seq, 'message_count', message_count, \
         'deleted_count', deleted_count, 'last_activity_at', last_activity_at, 'last_seq', last_seq, \
         'last_by', last_by, 'last_at', last_at, 'last_text', last_text, \
         'last_attachments', json(last_attachments), 'furthest_read_seq', furthest_read_seq, \
         'furthest_reader', furthest_reader, 'second_read_seq', second_read_seq) \
         FROM conversation WHERE id > coalesce(?1 ->> '$.id', 0) ORDER BY id LIMIT ?2",
    inserts: &[
        "INSERT OR REPLACE INTO conversation (id, kind, title, topic, low, high, member_count, head_seq, \
         message_count, deleted_count, last_activity_at, last_seq, last_by, last_at, last_text, last_attachments, \
         furthest_read_seq, furthest_reader, second_read_seq) SELECT value ->> '$.id', value ->> '$.kind', value ->> '$.title', \
         value ->> '$.topic', value ->> '$.low', value ->> '$.high', value ->> '$.member_count', \
         value ->> '$.head_seq', value ->> '$.message_count', value ->> '$.deleted_count', \
         value ->> '$.last_activity_at', value ->> '$.last_seq', value ->> '$.last_by', value ->> '$.last_at', \
         value ->> '$.last_text', value ->> '$.last_attachments', value ->> '$.furthest_read_seq', value ->> '$.furthest_reader', \
         value ->> '$.second_read_seq' FROM json_each(?1)",
    ],
};

const MEMBERS: Statements = Statements {
    page: "SELECT json_object('conversation', conversation, 'user_id', user, 'role', role, \
         'takes_part', json(iif(takes_part, 'true', 'false')), 'read_seq', read_seq, 'read_ordinal', read_ordinal) \
         FROM member WHERE (conversation, user) > (coalesce(?1 ->> '$.conversation', 0), coalesce(?1 ->> '$.user_id', 0)) \
         ORDER BY conversation, user LIMIT ?2",
    inserts: &["INSERT INTO member (conversation, user, role, takes_part, read_seq, read_ordinal) \
         SELECT value ->> '$.conversation', value ->> '$.user_id', value ->> '$.role', value ->> '$.takes_part', \
         value ->> '$.read_seq', value ->> '$.read_ordinal' FROM json_each(?1)"],
};

const GROUP_REQUESTS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', conversation, 'made_by', made_by, 'at', at, \
         'declined', json(iif(declined, 'true', 'false'))) FROM group_request WHERE (user, conversation) > \
         (coalesce(?1 ->> '$.user_id', 0), coalesce(?1 ->> '$.conversation', 0)) ORDER BY user, conversation LIMIT ?2",
    inserts: &[
        "INSERT INTO group_request (user, conversation, made_by, at, declined) SELECT value ->> '$.user_id', \
         value ->> '$.conversation', value ->> '$.made_by', value ->> '$.at', value ->> '$.declined' FROM json_each(?1)",
    ],
};

const UNCHANGED_COMMANDS: Statements = Statements {
    page: "SELECT json_object('client_id', lower(hex(client_id)), 'sender', sender, 'conversation', conversation, \
         'seq', seq, 'at', unchanged_at) FROM command WHERE unchanged_at IS NOT NULL AND (client_id, sender) > \
         (unhex(coalesce(replace(?1 ->> '$.client_id', '-', ''), '')), coalesce(?1 ->> '$.sender', 0)) \
         ORDER BY client_id, sender LIMIT ?2",
    inserts: &["INSERT INTO command (client_id, sender, conversation, seq, unchanged_at) \
         SELECT unhex(replace(value ->> '$.client_id', '-', '')), value ->> '$.sender', value ->> '$.conversation', \
         value ->> '$.seq', value ->> '$.at' FROM json_each(?1)"],
};

/// A row that only says that the message is pinned is no record here. Empty lists are NULL.
const MESSAGE_CHANGES: Statements = Statements {
    page: "SELECT json_object('conversation', message >> 32, 'seq', message & 4294967295, 'edited_at', edited_at, \
         'text', text, 'mentions', json(iif(edited_at IS NULL, 'null', coalesce(mentions, '[]'))), \
         'mentioned', json(iif(edited_at IS NULL, 'null', coalesce(mentioned, '[]'))), \
         'emoji', json(coalesce(emoji, '[]')), 'deleted_at', deleted_at, 'deleted_by', deleted_by, \
         'previews', json(coalesce(previews, '[]'))) FROM message_change \
         WHERE (edited_at IS NOT NULL OR emoji IS NOT NULL OR deleted_at IS NOT NULL OR previews IS NOT NULL) \
         AND message > (coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.seq', 0)) \
         ORDER BY message LIMIT ?2",
    inserts: &[
        "INSERT INTO message_change (message, edited_at, text, mentions, mentioned, emoji, deleted_at, deleted_by, \
         previews) \
         SELECT value ->> '$.conversation' << 32 | value ->> '$.seq', value ->> '$.edited_at', value ->> '$.text', \
         nullif(value ->> '$.mentions', '[]'), nullif(value ->> '$.mentioned', '[]'), \
         nullif(value ->> '$.emoji', '[]'), value ->> '$.deleted_at', value ->> '$.deleted_by', \
         nullif(value ->> '$.previews', '[]') FROM json_each(?1)",
    ],
};

const PINS: Statements = Statements {
    page: "SELECT json_object('conversation', message >> 32, 'seq', message & 4294967295, 'at', pinned_at, 'by', pinned_by) \
         FROM message_change WHERE pinned_at IS NOT NULL \
         AND message > (coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.seq', 0)) \
         ORDER BY message LIMIT ?2",
    inserts: &["INSERT INTO message_change (message, pinned_at, pinned_by) \
         SELECT value ->> '$.conversation' << 32 | value ->> '$.seq', value ->> '$.at', value ->> '$.by' \
         FROM json_each(?1) WHERE true \
         ON CONFLICT (message) DO UPDATE SET pinned_at = excluded.pinned_at, pinned_by = excluded.pinned_by"],
};

const REACTIONS: Statements = Statements {
    page: "SELECT json_object('conversation', message >> 32, 'seq', message & 4294967295, 'emoji', emoji, \
         'user_id', user, 'event', seq) FROM reaction WHERE (message, emoji, user) > \
         (coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.seq', 0), coalesce(?1 ->> '$.emoji', ''), \
         coalesce(?1 ->> '$.user_id', 0)) ORDER BY message, emoji, user LIMIT ?2",
    inserts: &["INSERT INTO reaction (message, emoji, user, seq) \
         SELECT value ->> '$.conversation' << 32 | value ->> '$.seq', value ->> '$.emoji', value ->> '$.user_id', \
         value ->> '$.event' FROM json_each(?1)"],
};

const MESSAGE_EVENTS: Statements = Statements {
    page: "SELECT json_object('conversation', message >> 32, 'message', message & 4294967295, 'seq', seq) \
         FROM message_event WHERE (message, seq) > \
         (coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.message', 0), coalesce(?1 ->> '$.seq', 0)) \
         ORDER BY message, seq LIMIT ?2",
    inserts: &["INSERT INTO message_event (message, seq) \
         SELECT value ->> '$.conversation' << 32 | value ->> '$.message', value ->> '$.seq' FROM json_each(?1)"],
};

const MENTIONS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', conversation, 'seq', seq, 'event', event, \
         'author', author) FROM mention \
         WHERE (user, conversation, seq) > (coalesce(?1 ->> '$.user_id', 0), coalesce(?1 ->> '$.conversation', 0), \
         coalesce(?1 ->> '$.seq', 0)) ORDER BY user, conversation, seq LIMIT ?2",
    inserts: &["INSERT INTO mention (user, conversation, seq, event, author) SELECT value ->> '$.user_id', \
         value ->> '$.conversation', value ->> '$.seq', value ->> '$.event', value ->> '$.author' FROM json_each(?1)"],
};

const DRAFTS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', conversation, 'text', text, 'version', version, 'at', at) \
         FROM draft WHERE (user, conversation) > (coalesce(?1 ->> '$.user_id', 0), coalesce(?1 ->> '$.conversation', 0)) \
         ORDER BY user, conversation LIMIT ?2",
    inserts: &["INSERT INTO draft (user, conversation, text, version, at) SELECT value ->> '$.user_id', \
         value ->> '$.conversation', value ->> '$.text', value ->> '$.version', value ->> '$.at' FROM json_each(?1)"],
};

const THREAD_DRAFTS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', conversation, 'root', root, 'text', text, \
         'version', version, 'at', at) FROM thread_draft WHERE (user, conversation, root) > \
         (coalesce(?1 ->> '$.user_id', 0), coalesce(?1 ->> '$.conversation', 0), coalesce(?1 ->> '$.root', 0)) \
         ORDER BY user, conversation, root LIMIT ?2",
    inserts: &[
        "INSERT INTO thread_draft (user, conversation, root, text, version, at) SELECT value ->> '$.user_id', \
         value ->> '$.conversation', value ->> '$.root', value ->> '$.text', value ->> '$.version', value ->> '$.at' \
         FROM json_each(?1)",
    ],
};

const SAVED_MESSAGES: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', conversation, 'seq', seq, 'at', at) FROM saved_message \
         WHERE (user, conversation, seq) > (coalesce(?1 ->> '$.user_id', 0), coalesce(?1 ->> '$.conversation', 0), \
         coalesce(?1 ->> '$.seq', 0)) ORDER BY user, conversation, seq LIMIT ?2",
    inserts: &["INSERT INTO saved_message (user, conversation, seq, at) SELECT value ->> '$.user_id', \
         value ->> '$.conversation', value ->> '$.seq', value ->> '$.at' FROM json_each(?1)"],
};

const THREADS: Statements = Statements {
    page: "SELECT json_object('conversation', root >> 32, 'root', root & 4294967295, 'reply_count', reply_count, \
         'last_seq', last_seq, 'last_at', last_at, 'faces', json(faces)) FROM thread \
         WHERE root > (coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.root', 0)) ORDER BY root LIMIT ?2",
    inserts: &["INSERT INTO thread (root, reply_count, last_seq, last_at, faces) \
         SELECT value ->> '$.conversation' << 32 | value ->> '$.root', value ->> '$.reply_count', \
         value ->> '$.last_seq', value ->> '$.last_at', value -> '$.faces' FROM json_each(?1)"],
};

const THREAD_REPLIES: Statements = Statements {
    page: "SELECT json_object('conversation', message >> 32, 'seq', message & 4294967295, 'root', root & 4294967295, \
         'at', at, 'by', by, 'deleted', json(iif(deleted, 'true', 'false'))) FROM thread_reply \
         WHERE message > (coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.seq', 0)) \
         ORDER BY message LIMIT ?2",
    inserts: &["INSERT INTO thread_reply (message, root, at, by, deleted) \
         SELECT value ->> '$.conversation' << 32 | value ->> '$.seq', \
         value ->> '$.conversation' << 32 | value ->> '$.root', value ->> '$.at', value ->> '$.by', \
         value ->> '$.deleted' FROM json_each(?1)"],
};

const THREAD_FOLLOWERS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', root >> 32, 'root', root & 4294967295, \
         'read_seq', read_seq) FROM thread_follower WHERE (user, root) > (coalesce(?1 ->> '$.user_id', 0), \
         coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.root', 0)) ORDER BY user, root LIMIT ?2",
    inserts: &["INSERT INTO thread_follower (user, root, read_seq) SELECT value ->> '$.user_id', \
         value ->> '$.conversation' << 32 | value ->> '$.root', value ->> '$.read_seq' FROM json_each(?1)"],
};

const THREAD_MENTIONS: Statements = Statements {
    page: "SELECT json_object('user_id', user, 'conversation', root >> 32, 'root', root & 4294967295, 'seq', seq, \
         'event', event) FROM thread_mention WHERE (user, root, seq) > (coalesce(?1 ->> '$.user_id', 0), \
         coalesce(?1 ->> '$.conversation', 0) << 32 | coalesce(?1 ->> '$.root', 0), coalesce(?1 ->> '$.seq', 0)) \
         ORDER BY user, root, seq LIMIT ?2",
    inserts: &["INSERT INTO thread_mention (user, root, seq, event) SELECT value ->> '$.user_id', \
         value ->> '$.conversation' << 32 | value ->> '$.root', value ->> '$.seq', value ->> '$.event' \
         FROM json_each(?1)"],
};

/// An id is a UUID, which Postgres writes with hyphens.
const ATTACHMENTS: Statements = Statements {
    page: "SELECT json_object('id', lower(hex(id)), 'owner', owner, 'content', json(content), 'bytes', bytes, \
         'file', '\\x' || lower(hex(file)), 'small', iif(small IS NULL, NULL, '\\x' || lower(hex(small))), \
         'large', iif(large IS NULL, NULL, '\\x' || lower(hex(large))), \
         'conversation', conversation, 'seq', seq, 'created_at', created_at) FROM attachment \
         WHERE id > unhex(coalesce(replace(?1 ->> '$.id', '-', ''), '')) ORDER BY id LIMIT ?2",
    inserts: &[
        "INSERT INTO attachment (id, owner, content, bytes, file, small, large, conversation, seq, created_at) \
         SELECT unhex(replace(value ->> '$.id', '-', '')), value ->> '$.owner', value ->> '$.content', \
         value ->> '$.bytes', unhex(substr(value ->> '$.file', 3)), unhex(substr(value ->> '$.small', 3)), \
         unhex(substr(value ->> '$.large', 3)), value ->> '$.conversation', value ->> '$.seq', \
         value ->> '$.created_at' FROM json_each(?1)",
        "INSERT OR IGNORE INTO blob_use (hash, attachment) SELECT unhex(substr(b.value, 3)), \
         unhex(replace(r.value ->> '$.id', '-', '')) FROM json_each(?1) r, json_each(r.value) b \
         WHERE b.key IN ('file', 'small', 'large') AND b.value IS NOT NULL",
    ],
};

const INVITATIONS: Statements = Statements {
    page: "SELECT json_object('id', id, 'token', '\\x' || lower(hex(token)), 'made_by', made_by, 'role', role, \
         'uses_left', uses_left, 'used', used, 'expires_at', expires_at, 'groups', \
         json((SELECT json_group_array(g.conversation ORDER BY g.conversation) \
             FROM invitation_group g WHERE g.invitation = i.id))) \
         FROM invitation i WHERE id > coalesce(?1 ->> '$.id', 0) ORDER BY id LIMIT ?2",
    inserts: &[
        "INSERT INTO invitation (id, token, made_by, role, uses_left, used, expires_at) SELECT value ->> '$.id', \
         unhex(substr(value ->> '$.token', 3)), value ->> '$.made_by', value ->> '$.role', value ->> '$.uses_left', \
         value ->> '$.used', value ->> '$.expires_at' FROM json_each(?1)",
        "INSERT INTO invitation_group (invitation, conversation) SELECT r.value ->> '$.id', g.value \
         FROM json_each(?1) r, json_each(r.value, '$.groups') g",
    ],
};

const SETTINGS: Statements = Statements {
    page: "SELECT json_object('id', id, 'registration', json(iif(registration, 'true', 'false')), \
         'admins_need_second_factor', json(iif(admins_need_second_factor, 'true', 'false')), \
         'attachment_bytes', attachment_bytes, 'storage_bytes', storage_bytes, 'link_previews', \
         json(iif(link_previews IS NULL, 'null', iif(link_previews, 'true', 'false')))) \
         FROM settings WHERE id > coalesce(?1 ->> '$.id', 0) ORDER BY id LIMIT ?2",
    inserts: &[
        "INSERT OR REPLACE INTO settings (id, registration, admins_need_second_factor, attachment_bytes, storage_bytes, \
         link_previews) \
         SELECT value ->> '$.id', value ->> '$.registration', value ->> '$.admins_need_second_factor', \
         value ->> '$.attachment_bytes', value ->> '$.storage_bytes', value ->> '$.link_previews' FROM json_each(?1)",
    ],
};

/// SQLite makes the row of a table with its first id.
const COUNTERS: Statements = Statements {
    page: "SELECT json_object('name', name, 'last', seq) FROM sqlite_sequence \
         WHERE seq > 0 AND name > coalesce(?1 ->> '$.name', '') ORDER BY name LIMIT ?2",
    inserts: &[
        "DELETE FROM sqlite_sequence WHERE name IN (SELECT value ->> '$.name' FROM json_each(?1))",
        "INSERT INTO sqlite_sequence (name, seq) SELECT value ->> '$.name', value ->> '$.last' FROM json_each(?1)",
    ],
};
