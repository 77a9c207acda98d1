-- Threads: messages that reply to one message, their root, beside the timeline. A reply is an event of the log like any message;
-- one that shows only in its thread has the root as its target, so that it is no item of the timeline. Here is which messages are
-- replies, what a root shows of its thread, and who follows it. All of it is written under the lock of the conversation's row.

CREATE TABLE thread (
    conversation bigint NOT NULL,
    root         bigint NOT NULL,
    -- Deleted replies are left out; without any there is no row.
    reply_count  bigint NOT NULL,
    last_seq     bigint NOT NULL,
    last_at      bigint NOT NULL,
    -- Who wrote the newest replies, the latest first.
    faces        json NOT NULL,
    PRIMARY KEY (conversation, root)
) WITH (fillfactor = 80);

CREATE TABLE thread_reply (
    conversation bigint NOT NULL,
    seq          bigint NOT NULL,
    root         bigint NOT NULL,
    at           bigint NOT NULL,
    by           bigint NOT NULL,
    deleted      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (conversation, seq)
);
CREATE INDEX thread_reply_of ON thread_reply (conversation, root, seq);

-- Who follows a thread, and how far they have read it.
CREATE TABLE thread_follower (
    user_id      bigint NOT NULL,
    conversation bigint NOT NULL,
    root         bigint NOT NULL,
    read_seq     bigint NOT NULL,
    PRIMARY KEY (user_id, conversation, root)
) WITH (fillfactor = 80);
CREATE INDEX thread_follower_of ON thread_follower (conversation, root);

-- Unread mentions in threads: a row goes when the position in the thread passes its event.
CREATE TABLE thread_mention (
    user_id      bigint NOT NULL,
    conversation bigint NOT NULL,
    root         bigint NOT NULL,
    seq          bigint NOT NULL,
    event        bigint NOT NULL,
    PRIMARY KEY (user_id, conversation, root, seq)
);
CREATE INDEX thread_mention_of ON thread_mention (conversation, root);

-- The transaction that moved a user's position in a thread last, or had them follow one or not any more: a node that missed the
-- signal finds whose clients are to fetch their threads.
CREATE TABLE thread_move (
    user_id     bigint PRIMARY KEY,
    transaction bigint NOT NULL
) WITH (fillfactor = 50);
