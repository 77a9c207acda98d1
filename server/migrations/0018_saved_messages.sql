-- Messages that users keep at hand.
CREATE TABLE saved_message (
    user         INTEGER NOT NULL REFERENCES user,
    conversation INTEGER NOT NULL REFERENCES conversation,
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (user, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_message_by_time ON saved_message (user, at, conversation, seq);
