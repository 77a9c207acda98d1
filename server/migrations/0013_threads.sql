-- Threads: messages that reply to one message, their root, beside the timeline. A reply is an event of the log like any message;
-- here is which messages are replies, what a root shows of its thread, and who follows it. A message is named by one number:
-- conversation << 32 | seq.

CREATE TABLE thread (
    root        INTEGER PRIMARY KEY,
    -- Deleted replies are left out; without any there is no row.
    reply_count INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    -- Who wrote the newest replies, the latest first.
    faces       TEXT NOT NULL
) STRICT;

CREATE TABLE thread_reply (
    message INTEGER PRIMARY KEY,
    root    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    by      INTEGER NOT NULL REFERENCES user,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX thread_reply_of ON thread_reply (root, message, by, deleted);

-- Who follows a thread, and how far they have read it.
CREATE TABLE thread_follower (
    user     INTEGER NOT NULL REFERENCES user,
    root     INTEGER NOT NULL,
    read_seq INTEGER NOT NULL,
    PRIMARY KEY (user, root)
) STRICT, WITHOUT ROWID;

CREATE INDEX thread_follower_of ON thread_follower (root, user);

-- Unread mentions in threads: a row goes when the position in the thread passes its event.
CREATE TABLE thread_mention (
    user  INTEGER NOT NULL REFERENCES user,
    root  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    event INTEGER NOT NULL,
    PRIMARY KEY (user, root, seq)
) STRICT, WITHOUT ROWID;

-- Whether a deleted message showed only in a thread: it was never counted among those of its conversation.
ALTER TABLE deletion ADD COLUMN beside INTEGER NOT NULL DEFAULT 0;
