-- What users have begun to write in threads and not sent, as the table draft has it of conversations.
CREATE TABLE thread_draft (
    user_id      bigint NOT NULL,
    conversation bigint NOT NULL,
    root         bigint NOT NULL,
    text         text,
    version      bigint NOT NULL,
    at           bigint NOT NULL,
    PRIMARY KEY (user_id, conversation, root)
);
