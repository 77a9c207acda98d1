-- What users have begun to write and not sent. The text is NULL once it was sent or removed; its version stays, so that what a
-- device saves late does not bring it back.
CREATE TABLE draft (
    user         INTEGER NOT NULL REFERENCES user,
    conversation INTEGER NOT NULL REFERENCES conversation,
    text         TEXT,
    version      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (user, conversation)
) STRICT, WITHOUT ROWID;
