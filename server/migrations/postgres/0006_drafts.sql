-- What users have begun to write and not sent. The text is NULL once it was sent or removed; its version stays, so that what a
-- device saves late does not bring it back.
CREATE TABLE draft (
    user_id      bigint NOT NULL,
    conversation bigint NOT NULL,
    text         text,
    version      bigint NOT NULL,
    at           bigint NOT NULL,
    PRIMARY KEY (user_id, conversation)
);
