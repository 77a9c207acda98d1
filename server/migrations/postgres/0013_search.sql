-- The search index. It is derived from the logs: emptied, it is filled again.

CREATE TABLE search_document (
    conversation bigint NOT NULL,
    seq          bigint NOT NULL,
    -- When the message was posted.
    at           bigint NOT NULL,
    -- What the message has, or is, as the terms say.
    flags        smallint NOT NULL,
    -- The terms of the message; no positions.
    terms        tsvector NOT NULL,
    PRIMARY KEY (conversation, seq)
);
CREATE INDEX search_document_by_term ON search_document USING gin (terms);
CREATE INDEX search_document_by_time ON search_document (at, conversation, seq);

-- Up to which event each conversation is indexed.
CREATE TABLE search_progress (
    conversation bigint PRIMARY KEY,
    seq          bigint NOT NULL
);

-- What the terms are made of: one row.
CREATE TABLE search_version (
    id      integer PRIMARY KEY CHECK (id = 1),
    version integer NOT NULL
);
INSERT INTO search_version (id, version) VALUES (1, 0);
