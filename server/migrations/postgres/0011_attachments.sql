-- What the newest message has beside its text; NULL where it has no attachments.
ALTER TABLE conversation ADD COLUMN last_attachments json;

-- What the owner has decided; NULL for what the server was started with.
ALTER TABLE settings ADD COLUMN attachment_bytes bigint;
ALTER TABLE settings ADD COLUMN storage_bytes bigint;
-- Signs the links to attachments.
ALTER TABLE settings ADD COLUMN link_key bytea;

-- Files of which bytes are missing, or at which nobody has looked yet. An id is that of the attachment that it becomes.
CREATE TABLE upload (
    id          uuid PRIMARY KEY,
    owner       bigint NOT NULL REFERENCES users,
    length      bigint NOT NULL,
    name        text NOT NULL,
    mime        text NOT NULL,
    duration    bigint,
    waveform    text,
    created_at  bigint NOT NULL
);
CREATE INDEX upload_of_owner ON upload (owner) INCLUDE (length);

-- Attachments. `content` is what everybody sees of one.
CREATE TABLE attachment (
    id            uuid PRIMARY KEY,
    owner         bigint NOT NULL REFERENCES users,
    content       json NOT NULL,
    bytes         bigint NOT NULL,
    file          bytea NOT NULL,
    small         bytea,
    large         bytea,
    -- The message that it is in; NULL until it is sent.
    conversation  bigint REFERENCES conversation,
    seq           bigint,
    created_at    bigint NOT NULL
);
CREATE INDEX attachment_of_owner ON attachment (owner) INCLUDE (bytes);
CREATE INDEX attachment_of_message ON attachment (conversation, seq) WHERE conversation IS NOT NULL;
CREATE INDEX attachment_unsent ON attachment (created_at) WHERE conversation IS NULL;

-- Which attachments, and uploads that are complete, use which blobs. A transaction that adds or removes uses holds the advisory
-- locks of the hashes.
CREATE TABLE blob_use (
    hash        bytea NOT NULL,
    attachment  uuid NOT NULL,
    PRIMARY KEY (hash, attachment)
);
CREATE INDEX blob_use_of_attachment ON blob_use (attachment);

-- Blobs that nothing uses, until they are removed from the store.
CREATE TABLE condemned_blob (
    hash         bytea PRIMARY KEY,
    -- Until when somebody removes it.
    taken_until  bigint NOT NULL DEFAULT 0
);
