-- Whether the user is asked before people whom they never met add them to a group; NULL where they did not decide.
ALTER TABLE user ADD COLUMN asks_before_groups INTEGER;

-- Groups that users were asked to join. A row ends when its user becomes a member, or the group has none.
CREATE TABLE group_request (
    user         INTEGER NOT NULL REFERENCES user,
    conversation INTEGER NOT NULL REFERENCES conversation,
    made_by      INTEGER NOT NULL REFERENCES user,
    at           INTEGER NOT NULL,
    declined     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_request_of_conversation ON group_request (conversation);
CREATE INDEX group_request_pending ON group_request (user) WHERE declined = 0;

-- Finds the conversations that two users share by choice.
CREATE INDEX member_taking_part ON member (user, conversation) WHERE takes_part = 1;
