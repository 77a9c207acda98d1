-- Whether others see how far the user has read.
ALTER TABLE user ADD COLUMN shares_read_positions INTEGER NOT NULL DEFAULT 1;
