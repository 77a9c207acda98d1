-- The previews of the pages that a message links to.
ALTER TABLE message_change ADD COLUMN previews json NOT NULL DEFAULT '[]';

-- What the owner has decided; NULL for what the server was started with.
ALTER TABLE settings ADD COLUMN link_previews boolean;
