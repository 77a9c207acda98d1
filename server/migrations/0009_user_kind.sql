-- By which door a user came: 0 by none yet, the demo's dialect wrote to the name; 1 by the page; 2 by the demo's dialect.
ALTER TABLE user ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;

-- Of users whom nobody has claimed, those who were connected by the dialect cannot be told from those who were only
-- written to. All count as the dialect's: who claims such a name on the page would otherwise read what another one wrote.
UPDATE user SET kind = 2 WHERE guest_key IS NULL AND password IS NULL;
