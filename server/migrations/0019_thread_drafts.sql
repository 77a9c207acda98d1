-- What users have begun to write in threads and not sent, as the table draft has it of conversations.
CREATE TABLE thread_draft (
    user         INTEGER NOT NULL REFERENCES user,
    conversation INTEGER NOT NULL REFERENCES conversation,
    root         INTEGER NOT NULL,
    text         TEXT,
    version      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (user, conversation, root)
) STRICT, WITHOUT ROWID;
