-- Everything that survives. Times are milliseconds since 1970; ids are rowids, given in order.

CREATE TABLE user (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    -- What makes two names the same: see confab_shared::name_key.
    name_key   TEXT NOT NULL UNIQUE,
    -- SHA-256 of the key that its holder comes back with; NULL while nobody holds the name.
    guest_key  BLOB,
    created_at INTEGER NOT NULL,
    last_seen  INTEGER
) STRICT;

CREATE TABLE session (
    -- SHA-256 of the token.
    token      BLOB PRIMARY KEY,
    user       INTEGER NOT NULL REFERENCES user,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
    id           INTEGER PRIMARY KEY,
    -- 1 direct, 2 group, 3 broadcast
    kind         INTEGER NOT NULL,
    title        TEXT,
    -- The two of a direct conversation, the lower id first; one per pair.
    low          INTEGER REFERENCES user,
    high         INTEGER REFERENCES user,
    member_count INTEGER NOT NULL DEFAULT 0,
    head         INTEGER NOT NULL DEFAULT 0,
    -- The ordinal of the newest message.
    messages     INTEGER NOT NULL DEFAULT 0,
    active_at    INTEGER NOT NULL,
    last_by      INTEGER,
    last_at      INTEGER,
    last_text    TEXT,
    -- The furthest cursor, whose it is, and the furthest of all others: what anyone needs to know how far the
    -- others have read, without looking at every member.
    seen         INTEGER NOT NULL DEFAULT 0,
    seen_by      INTEGER NOT NULL DEFAULT 0,
    seen_next    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (low, high)
) STRICT;

CREATE TABLE member (
    conversation INTEGER NOT NULL REFERENCES conversation,
    user         INTEGER NOT NULL REFERENCES user,
    cursor       INTEGER NOT NULL,
    -- How many messages stand at or before the cursor.
    read         INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_of ON member (user, conversation);

-- The logs, in runs: events of one conversation that follow each other.
CREATE TABLE run (
    -- The conversation and the seq of the last event: conversation << 32 | last.
    place    INTEGER PRIMARY KEY,
    -- The seq of the first event.
    first    INTEGER NOT NULL,
    -- How many messages stand before it.
    messages INTEGER NOT NULL,
    -- A line of JSON for each: [when, who, what a message says or null], and behind that, where there is more to say, the
    -- command's `id`, those whom a message `calls` by name, any other event's `body`, and the demo's frame that posted a
    -- message (`legacy`) where writing it anew would give other bytes.
    events   TEXT NOT NULL
) STRICT;

-- Runs that are not in `run` yet, in the order of their commits, with the same columns. Until they are, the head of
-- their conversation and what it says of the newest message are behind, and so are the cursors of those who had read
-- all when they wrote, and `command`: the reducer's fold says how far.
CREATE TABLE recent (
    place    INTEGER NOT NULL,
    first    INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    events   TEXT NOT NULL
) STRICT;

-- Where the event of a command is: a command that comes again is carried out once. In this order of columns: ids begin
-- with the time, so the newest of all senders stand together, at the end.
CREATE TABLE command (
    client_id    BLOB NOT NULL,
    sender       INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (client_id, sender)
) STRICT, WITHOUT ROWID;

-- Unread messages that call somebody by name: a row goes when the cursor passes it.
CREATE TABLE mention (
    user         INTEGER NOT NULL REFERENCES user,
    conversation INTEGER NOT NULL REFERENCES conversation,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (user, conversation, seq)
) STRICT, WITHOUT ROWID;

-- Conversation 1, from the start: everybody is in it.
INSERT INTO conversation (id, kind, title, active_at) VALUES (1, 3, 'Everyone', 0);
