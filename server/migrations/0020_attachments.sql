-- What the newest message has beside its text, as JSON; NULL where it has no attachments.
ALTER TABLE conversation ADD COLUMN last_attachments TEXT;

-- What the owner has decided; NULL for what the server was started with.
ALTER TABLE settings ADD COLUMN attachment_bytes INTEGER;
ALTER TABLE settings ADD COLUMN storage_bytes INTEGER;
-- Signs the links to attachments.
ALTER TABLE settings ADD COLUMN link_key BLOB;

-- Files of which bytes are missing, or at which nobody has looked yet. An id is that of the attachment that it becomes.
CREATE TABLE upload (
    id          BLOB PRIMARY KEY,
    owner       INTEGER NOT NULL REFERENCES user,
    length      INTEGER NOT NULL,
    name        TEXT NOT NULL,
    mime        TEXT NOT NULL,
    duration    INTEGER,
    waveform    TEXT,
    created_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX upload_of_owner ON upload (owner, length);

-- Attachments. `content` is what everybody sees of one, as JSON.
CREATE TABLE attachment (
    id            BLOB PRIMARY KEY,
    owner         INTEGER NOT NULL REFERENCES user,
    content       TEXT NOT NULL,
    bytes         INTEGER NOT NULL,
    file          BLOB NOT NULL,
    small         BLOB,
    large         BLOB,
    -- The message that it is in; NULL until it is sent.
    conversation  INTEGER REFERENCES conversation,
    seq           INTEGER,
    created_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX attachment_of_owner ON attachment (owner, conversation, bytes);
CREATE INDEX attachment_of_message ON attachment (conversation, seq) WHERE conversation IS NOT NULL;
CREATE INDEX attachment_unsent ON attachment (created_at) WHERE conversation IS NULL;

-- Which attachments, and uploads that are complete, use which blobs.
CREATE TABLE blob_use (
    hash        BLOB NOT NULL,
    attachment  BLOB NOT NULL,
    PRIMARY KEY (hash, attachment)
) WITHOUT ROWID;
CREATE INDEX blob_use_of_attachment ON blob_use (attachment);

-- Blobs that nothing uses, until they are removed from the store.
CREATE TABLE condemned_blob (
    hash         BLOB PRIMARY KEY,
    -- Until when somebody removes it.
    taken_until  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
