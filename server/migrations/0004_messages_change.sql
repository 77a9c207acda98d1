-- Messages that change: what later events made of a message is a sparse row per changed message. A message is named by one
-- number: conversation << 32 | seq.

CREATE TABLE message_change (
    message    INTEGER PRIMARY KEY,
    -- The text and the mentioned users since the last edit; NULL where it was never edited.
    edited_at  INTEGER,
    text       TEXT,
    mentions   TEXT,
    -- The users whom any of its texts has mentioned; NULL where it was never edited.
    mentioned  TEXT,
    -- The emoji of its reactions, in the order of their first use; NULL where there is none.
    emoji      TEXT,
    pinned_at  INTEGER,
    pinned_by  INTEGER,
    -- Everything else is NULL once it is deleted.
    deleted_at INTEGER,
    deleted_by INTEGER
) STRICT;

CREATE INDEX pinned_message ON message_change (message) WHERE pinned_at IS NOT NULL;

CREATE TABLE reaction (
    message INTEGER NOT NULL,
    emoji   TEXT NOT NULL,
    user    INTEGER NOT NULL REFERENCES user,
    -- The event: the users of an emoji are in its order.
    seq     INTEGER NOT NULL,
    PRIMARY KEY (message, emoji, user)
) STRICT, WITHOUT ROWID;

-- The events that contain a text or a reaction of a message, beside the one that posted it.
CREATE TABLE message_event (
    message INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

-- Deleted messages, and the events that deleted them: subtracted where messages are counted.
CREATE TABLE deletion (
    message INTEGER PRIMARY KEY,
    seq     INTEGER NOT NULL
) STRICT;

-- `message_count` is without deleted messages from now on; there is none yet.
ALTER TABLE conversation ADD COLUMN deleted_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN last_seq INTEGER;
-- The newest message is in the last segment that some message of the conversation is not before.
UPDATE conversation SET last_seq = (
    SELECT s.first_seq + line.key
    FROM (
        SELECT first_seq, events FROM segment
        WHERE position BETWEEN conversation.id << 32 AND (conversation.id << 32) + 4294967295
            AND messages_before < conversation.message_count
        ORDER BY position DESC LIMIT 1
    ) s, json_each('[' || replace(rtrim(s.events, char(10)), char(10), ',') || ']') line
    WHERE json_extract(line.value, '$[2]') IS NOT NULL
    ORDER BY line.key DESC LIMIT 1
) WHERE last_by IS NOT NULL;

-- How many messages were ever posted at or before the read position, deleted ones included.
ALTER TABLE member RENAME COLUMN read_count TO read_ordinal;
-- 0 member, 1 admin: at first who made the group.
ALTER TABLE member ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
UPDATE member SET role = 1
WHERE (SELECT kind FROM conversation WHERE id = member.conversation) = 2
    AND user = coalesce(
        (SELECT json_extract(substr(events, 1, instr(events, char(10)) - 1), '$[1]') FROM segment
            WHERE position BETWEEN member.conversation << 32 AND (member.conversation << 32) + 4294967295
            ORDER BY position LIMIT 1),
        (SELECT json_extract(substr(events, 1, instr(events, char(10)) - 1), '$[1]') FROM write_buffer
            WHERE position BETWEEN member.conversation << 32 AND (member.conversation << 32) + 4294967295
            ORDER BY rowid LIMIT 1));

-- The event that mentions the user: the message or an edit. The mention is read once it is.
ALTER TABLE mention ADD COLUMN event INTEGER NOT NULL DEFAULT 0;
UPDATE mention SET event = seq;

-- When a command was taken that changed nothing; NULL where it made the event at `seq`.
ALTER TABLE command ADD COLUMN unchanged_at INTEGER;
