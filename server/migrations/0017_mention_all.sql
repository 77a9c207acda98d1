-- A mention of all members is a row of a user whom there is not (confab_shared::id::UserId::ALL), which all but the author have.
CREATE TABLE mention_of_all (
    user         INTEGER NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversation,
    seq          INTEGER NOT NULL,
    event        INTEGER NOT NULL,
    author       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user, conversation, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO mention_of_all (user, conversation, seq, event) SELECT user, conversation, seq, event FROM mention;
DROP TABLE mention;
ALTER TABLE mention_of_all RENAME TO mention;
CREATE INDEX mention_by_event ON mention (user, conversation, event);
