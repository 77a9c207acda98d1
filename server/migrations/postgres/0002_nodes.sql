-- What nodes know of each other.

-- The nodes that live.
CREATE TABLE cluster_node (
    id      bigint PRIMARY KEY,
    -- By the clock of the database.
    seen_at timestamptz NOT NULL,
    -- Whether it has ended: the next beat of another node removes it.
    leaving boolean NOT NULL DEFAULT false
);

-- The users who are connected to each.
CREATE TABLE node_user (
    node    bigint NOT NULL REFERENCES cluster_node ON DELETE CASCADE,
    user_id bigint NOT NULL,
    PRIMARY KEY (node, user_id)
);
CREATE INDEX node_of_user ON node_user (user_id);

-- The transaction that appended an event: a node that missed some finds which conversations changed since. Events lie about
-- in the order of their transactions, so a range index is enough, which costs an insert next to nothing.
ALTER TABLE event ADD COLUMN transaction bigint NOT NULL DEFAULT 0;
ALTER TABLE event ALTER COLUMN transaction SET DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX event_by_transaction ON event USING brin (transaction) WITH (pages_per_range = 32, autosummarize = on);
