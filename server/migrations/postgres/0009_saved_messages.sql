-- Messages that users keep at hand.
CREATE TABLE saved_message (
    user_id      bigint NOT NULL,
    conversation bigint NOT NULL,
    seq          bigint NOT NULL,
    at           bigint NOT NULL,
    PRIMARY KEY (user_id, conversation, seq)
);
CREATE INDEX saved_message_by_time ON saved_message (user_id, at, conversation, seq);
