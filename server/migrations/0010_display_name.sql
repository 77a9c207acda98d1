-- What the page shows of a user in place of the name; NULL where nothing else is shown.
ALTER TABLE user ADD COLUMN display_name TEXT;
-- The key (confab_shared::name_key) of what is shown: of the display name, or of the name. Lists of people are in its order.
ALTER TABLE user ADD COLUMN shown_key TEXT NOT NULL DEFAULT '';
UPDATE user SET shown_key = name_key;
CREATE INDEX user_by_shown_key ON user (shown_key, name_key);
