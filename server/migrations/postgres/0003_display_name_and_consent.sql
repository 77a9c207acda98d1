-- What the page shows of a user in place of the name, and its key (confab_shared::name_key); NULL where nothing else is shown.
ALTER TABLE users ADD COLUMN display_name text, ADD COLUMN display_key text COLLATE "C";
-- The key of what is shown. Lists of people are in its order. It is generated, so that the users whom a node of an earlier
-- build makes have it, too.
ALTER TABLE users ADD COLUMN shown_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(display_key, name_key)) STORED;
CREATE INDEX users_by_shown_key ON users (shown_key, name_key);
-- Whether the user is asked before people whom they never met add them to a group; NULL where they did not decide.
ALTER TABLE users ADD COLUMN asks_before_groups boolean;

-- Groups that users were asked to join. A row ends when its user becomes a member, or the group has none. It is made and
-- ended under the lock of the group's row.
CREATE TABLE group_request (
    user_id      bigint NOT NULL,
    conversation bigint NOT NULL,
    made_by      bigint NOT NULL,
    at           bigint NOT NULL,
    declined     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, conversation)
);
CREATE INDEX group_request_of_conversation ON group_request (conversation);
CREATE INDEX group_request_pending ON group_request (user_id) WHERE NOT declined;

-- Finds the conversations that two users share by choice.
CREATE INDEX member_taking_part ON member (user_id, conversation) WHERE takes_part;
